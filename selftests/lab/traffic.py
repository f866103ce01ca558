# SPDX-License-Identifier: GPL-2.0
"""Numbered datagrams and TCP flows between peer and guest, and what became of them."""

from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path

import ctool
from guest import Guest
from net import GUEST_ADDRESS, PEER_ADDRESS, TAPS
from process import LabError, pass_time, spawn, stop

RATE = 1000  # datagrams a second each way: what TCG carries without noise
TCP_RATE = 100
DRAIN = 0.7  # seconds between the last datagram and the end of the receivers
UDP_PORT = {"down": 7001, "up": 7002}
TCP_PORT = {"down": 7003, "up": 7004}
TOOL = "/lab/traffic"


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
    announcements: list[Sighting]


class Traffic:
    """All programs of one scenario: started together, ended senders first."""

    def __init__(self, guest: Guest, where: Path, up: bool = True, tcp: bool = True):
        self.guest = guest
        self.where = where
        self.up = up
        self.tcp = tcp
        self.host: dict[str, subprocess.Popen] = {}
        self.remote: dict[str, int] = {}
        self.tool = ctool.build(Path(__file__).resolve().parent / "guest" / "traffic.c")

    def start(self) -> None:
        """Receivers, sniffer, then TCP, then the senders."""
        where = self.where
        where.mkdir(parents=True, exist_ok=True)
        self._host("sniff", "sniff", *TAPS)
        self._guest("recv", "recv", UDP_PORT["down"])
        if self.up:
            self._host("recv", "recv", UDP_PORT["up"])
        if self.tcp:
            self._guest("tcp-recv", "tcp-recv", TCP_PORT["down"])
            self._host("tcp-recv", "tcp-recv", TCP_PORT["up"])
            self._host("tcp-send", "tcp-send", GUEST_ADDRESS, TCP_PORT["down"], TCP_RATE)
            self._guest("tcp-send", "tcp-send", PEER_ADDRESS, TCP_PORT["up"], TCP_RATE)
        self._host("send", "send", GUEST_ADDRESS, UDP_PORT["down"], RATE)
        if self.up:
            self._guest("send", "send", PEER_ADDRESS, UDP_PORT["up"], RATE)

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
        said = self.guest.run(f"{TOOL} -d {command} /tmp/{name}.log {rest}")
        self.remote[name] = int(said)

    def _log(self, name: str) -> Path:
        return self.where / f"{name}.log"

    def stop(self) -> Logs:
        """End everything in order and bring the logs together."""
        self._end("send")
        self._end("tcp-send")
        pass_time(DRAIN)
        for name in ("recv", "tcp-recv", "sniff"):
            self._end(name)
        for name in self.remote:
            (self.where / f"guest-{name}.log").write_bytes(self.guest.fetch(f"/tmp/{name}.log"))
        return read_logs(self.where)

    def _end(self, name: str) -> None:
        if name in self.host:
            stop(self.host[name])
        if name in self.remote:
            pid = self.remote[name]
            self.guest.run(
                f". /lab/lib.sh; kill {pid}; gone() {{ ! kill -0 {pid}; }}; wait_for 10 gone"
            )

    def abandon(self) -> None:
        """After a failure: nothing of the host's side may stay."""
        for child in self.host.values():
            stop(child)


def read_logs(where: Path) -> Logs:
    down = Flow(tcp=read_tcp(where / "tcp-send.log"))
    read_sender(where / "send.log", down)
    down.received = read_receiver(where / "guest-recv.log")
    up = Flow(tcp=read_tcp(where / "tcp-recv.log"))
    read_sender(where / "guest-send.log", up)
    up.received = read_receiver(where / "recv.log")
    flows = {"down": down, "up": up}
    return Logs(flows, read_sniffer(where / "sniff.log", flows))


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


def read_sniffer(path: Path, flows: dict[str, Flow]) -> list[Sighting]:
    """Sort sightings into the flows; ARP and RARP from the guests are announcements."""
    by_port = {str(port): name for name, port in UDP_PORT.items()}
    announcements = []
    for tap, direction, port, sequence, time in rows(path):
        sighting = Sighting(tap, direction == "out", seconds(time))
        if port == "0":
            if not sighting.outgoing:
                announcements.append(sighting)
        elif port in by_port:
            flows[by_port[port]].seen.setdefault(int(sequence), []).append(sighting)
    return announcements
