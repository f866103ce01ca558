# SPDX-License-Identifier: GPL-2.0
"""Numbered datagrams and TCP flows between peer and guest, and what became of them."""

from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path

import ctool
from guest import Guest
from net import BROADCAST, GUEST_ADDRESS, GROUP, PEER_ADDRESS, TAPS
from process import LabError, pass_time, spawn, stop

RATE = 1000  # datagrams a second each way: what TCG carries without noise
TCP_RATE = 100
DRAIN = 0.7  # seconds between the last datagram and the end of the receivers
TCP_PORT = {"down": 7003, "up": 7004}
TOOL = "/lab/traffic"


@dataclasses.dataclass(frozen=True)
class Course:
    """Where one flow of numbered datagrams goes."""

    port: int
    target: str = ""  # everybody or a group; by default the other side
    group: bool = False


COURSES = {
    "down": Course(7001),
    "up": Course(7002),
    "down broadcast": Course(7011, BROADCAST),
    "up broadcast": Course(7012, BROADCAST),
    "down multicast": Course(7021, GROUP, group=True),
    "up multicast": Course(7022, GROUP, group=True),
}
UNICAST = {"down": RATE, "up": RATE}


@dataclasses.dataclass(frozen=True)
class Load:
    """What runs during a scenario: datagrams a second by course, and TCP."""

    rates: dict[str, int]
    tcp: str = "tcp-send"  # or tcp-flood, or nothing
    echoes: bool = False  # look for the guest's own frames on its master


USUAL = Load(UNICAST)
SILENT = Load({"down": RATE}, tcp="")
CASTS = Load({name: 100 if COURSES[name].target else RATE for name in COURSES}, echoes=True)
FLOOD = Load({"down": 50, "up": 50}, tcp="tcp-flood")


@dataclasses.dataclass
class Tcp:
    stalls: list[tuple[float, float]] = dataclasses.field(default_factory=list)
    last: float = 0.0


@dataclasses.dataclass
class Sighting:
    """A datagram on a tap: out of the switch, or into it."""

    tap: str
    outgoing: bool
    time: float


@dataclasses.dataclass
class Flow:
    """One direction; times of the guest's logs are the guest's own."""

    sent: dict[int, float] = dataclasses.field(default_factory=dict)
    errors: dict[int, int] = dataclasses.field(default_factory=dict)
    received: list[tuple[int, float]] = dataclasses.field(default_factory=list)
    seen: dict[int, list[Sighting]] = dataclasses.field(default_factory=dict)
    tcp: Tcp = dataclasses.field(default_factory=Tcp)


@dataclasses.dataclass
class Logs:
    flows: dict[str, Flow]
    echoes: int = 0  # frames of the guest's own that came back to its master


class Traffic:
    """All programs of one scenario: started together, ended senders first."""

    def __init__(self, guest: Guest, where: Path, load: Load, master: str):
        self.guest = guest
        self.where = where
        self.load = load
        self.master = master
        self.host: dict[str, subprocess.Popen] = {}
        self.remote: dict[str, int] = {}
        self.tool = ctool.build(Path(__file__).resolve().parent / "guest" / "traffic.c")

    def start(self) -> None:
        """Receivers, sniffers, then TCP, then the senders."""
        self.where.mkdir(parents=True, exist_ok=True)
        self._host("sniff", "sniff", *TAPS)
        if self.load.echoes:
            self._guest("sniff", "sniff", self.master)
        for name in self.load.rates:
            self._receiver(name)
        if self.load.tcp:
            self._start_tcp()
        for name, rate in self.load.rates.items():
            self._sender(name, rate)

    def _receiver(self, name: str) -> None:
        course = COURSES[name]
        downwards = name.startswith("down")
        words = (course.target, GUEST_ADDRESS if downwards else PEER_ADDRESS) if course.group else ()
        start = self._guest if downwards else self._host
        start(f"recv {name}", "recv", course.port, *words)

    def _sender(self, name: str, rate: int) -> None:
        course = COURSES[name]
        start, own, other = self._guest, GUEST_ADDRESS, PEER_ADDRESS
        if name.startswith("down"):
            start, own, other = self._host, PEER_ADDRESS, GUEST_ADDRESS
        words = (own,) if course.group else ()
        start(f"send {name}", "send", course.target or other, course.port, rate, *words)

    def _start_tcp(self) -> None:
        command = self.load.tcp
        rate = (TCP_RATE,) if command == "tcp-send" else ()
        self._guest("tcp-recv", "tcp-recv", TCP_PORT["down"])
        self._host("tcp-recv", "tcp-recv", TCP_PORT["up"])
        self._host("tcp-send", command, GUEST_ADDRESS, TCP_PORT["down"], *rate)
        self._guest("tcp-send", command, PEER_ADDRESS, TCP_PORT["up"], *rate)

    def _host(self, name: str, command: str, *words) -> None:
        arguments = [str(self.tool), command, str(self._log(name)), *map(str, words)]
        child = spawn(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.host[name] = child
        assert child.stdout
        said = child.stdout.readline().strip()
        if not said.isdigit():
            raise LabError(f"traffic {command} on the host: {said or 'ended'}")

    def _guest(self, name: str, command: str, *words) -> None:
        rest = " ".join(map(str, words))
        said = self.guest.run(f"{TOOL} -d {command} {remote_log(name)} {rest}")
        self.remote[name] = int(said)

    def _log(self, name: str) -> Path:
        return self.where / log_name(name)

    def stop(self) -> Logs:
        """End everything in order and bring the logs together."""
        names = dict.fromkeys([*self.host, *self.remote])
        senders = [name for name in names if name.startswith(("send ", "tcp-send"))]
        self._end(senders)
        pass_time(DRAIN)
        self._end([name for name in names if name not in senders])
        logs = self.guest.fetch("/tmp", [log_name(name) for name in self.remote])
        for name, log in logs.items():
            (self.where / f"guest-{name}").write_bytes(log)
        return read_logs(self.where)

    def _end(self, names: list[str]) -> None:
        for name in names:
            if name in self.host:
                stop(self.host[name])
        pids = " ".join(str(self.remote[name]) for name in names if name in self.remote)
        if pids:
            self.guest.run(f". /lab/lib.sh; kill {pids}; gone() {{ ! kill -0 {pids}; }}; wait_for 10 gone")

    def abandon(self) -> None:
        """After a failure: nothing of the host's side may stay."""
        for child in self.host.values():
            stop(child)


def log_name(name: str) -> str:
    return f"{name.replace(' ', '-')}.log"


def remote_log(name: str) -> str:
    return f"/tmp/{log_name(name)}"


def read_logs(where: Path) -> Logs:
    flows = {}
    for name in COURSES:
        sender, receiver = log_name(f"send {name}"), log_name(f"recv {name}")
        if name.startswith("down"):
            receiver = f"guest-{receiver}"
        else:
            sender = f"guest-{sender}"
        flow = Flow()
        read_sender(where / sender, flow)
        flow.received = read_receiver(where / receiver)
        flows[name] = flow
    flows["down"].tcp = read_tcp(where / "tcp-send.log")
    flows["up"].tcp = read_tcp(where / "tcp-recv.log")
    read_sniffer(where / "sniff.log", flows)
    return Logs(flows, read_echoes(where / "guest-sniff.log"))


def read_echoes(path: Path) -> int:
    own = {str(course.port) for name, course in COURSES.items() if name.startswith("up")}
    return sum(direction == "in" and port in own for _, direction, port, _, _ in rows(path))


def rows(path: Path) -> list[list[str]]:
    """A program that was not part of the scenario left no log."""
    return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


def seconds(text: str) -> float:
    return int(text) / 1e9


def read_sender(path: Path, flow: Flow) -> None:
    for sequence, time, error in rows(path):
        flow.sent[int(sequence)] = seconds(time)
        if error != "0":
            flow.errors[int(sequence)] = int(error)


def read_receiver(path: Path) -> list[tuple[int, float]]:
    return [(int(sequence), seconds(time)) for sequence, time in rows(path)]


def read_tcp(path: Path) -> Tcp:
    tcp = Tcp()
    for what, first, second in rows(path):
        if what == "stall":
            tcp.stalls.append((seconds(first), seconds(second)))
        else:
            tcp.last = seconds(first)
    return tcp


def read_sniffer(path: Path, flows: dict[str, Flow]) -> None:
    """Sort sightings into the flows."""
    by_port = {str(course.port): name for name, course in COURSES.items()}
    for tap, direction, port, sequence, time in rows(path):
        if port in by_port:
            sighting = Sighting(tap, direction == "out", seconds(time))
            flows[by_port[port]].seen.setdefault(int(sequence), []).append(sighting)
