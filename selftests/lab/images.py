# SPDX-License-Identifier: GPL-2.0
"""Guests as Debian installs them, with our packages: does the network come up by itself, and once?"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import distro
import klog
import net
import packages
from kernel import Kernel
from ktap import Writer
from pair import Pair
from process import LabError, pass_time, run, spawn, stop, wait_until
from qemu import Machine, boot

HOSTS = ("failover", "plain")
PACKAGES = Path("build/deb")
# Seconds: until all is as it should be, and in which a second lease would have come.
SETTLE = 120
CALM = 8
OFF = 120
BUILD = 900
SERIES, NEWER = "6.1", "6.12"
# In a guest under TCG each build takes ten minutes.
UPGRADED = 3600
MIGRATIONS = 5

# On a host that says nothing of pairs.
DECLARED = "mkdir -p /etc/tandem; echo auto >/etc/tandem/pairs"

STATE = """\
systemctl is-system-running --wait >/dev/null 2>&1
ip -j addr
echo ,
ip -d -j link
"""

# While it runs nothing may be lost.
UPGRADE = """\
ping -i 0.2 -q 10.77.0.1 >/tmp/ping &
dpkg -i /newer/*.deb >/tmp/upgrade 2>&1 && dpkg -i /debs/*.deb >>/tmp/upgrade 2>&1 || cat /tmp/upgrade
kill -INT $!; wait
grep -q ' 0% packet loss' /tmp/ping || cat /tmp/ping
"""
PURGE = "apt-get -y purge tandem-dkms iproute2-tandem >/tmp/purge 2>&1 || cat /tmp/purge"
STOCK = """\
. /lab/lib.sh
wait_for 30 ping -c 1 -W 2 10.77.0.1 >/dev/null || { echo "the peer does not answer"; ip addr; }
"""

SERVER = """\
--keep-in-foreground --user=root --port=0 --conf-file=/dev/null --interface=peer0 --bind-interfaces
--dhcp-range=10.77.0.100,10.77.0.200,12h --dhcp-range=fd77::,ra-only,64 --enable-ra --dhcp-authoritative
--log-facility=-
""".split()


def fetch() -> None:
    """Before the network is left: everything that is downloaded."""
    run("tools/deb", timeout=600)
    for name in distro.MANAGERS:
        distro.base(name)
    packages.newer()


class Server:
    """DHCP and router advertisements from the peer."""

    def __init__(self, work: Path):
        self.leases = work / "leases"
        for device in ("all", "default", "peer0"):
            net.sysctl(f"ipv6/conf/{device}/disable_ipv6", "0" if device == "peer0" else "1")
        net.ip("-6 addr replace fd77::1/64 dev peer0 nodad")
        self.process = spawn(["dnsmasq", *SERVER, f"--dhcp-leasefile={self.leases}"], work / "dnsmasq.log")

    def given(self) -> list[str]:
        """The addresses that have been leased, ever."""
        rows = self.leases.read_text().splitlines() if self.leases.exists() else []
        return [row.split()[2] for row in rows if "." in row.split()[2:3][0]]

    def close(self) -> None:
        stop(self.process)


class Installed(Pair):
    """A guest that boots from its disk and sets itself up."""

    def boot(self) -> None:
        net.forget()
        self.boots += 1
        vm, self.guest = boot(self.machine, self.work / f"boot{self.boots}")
        self.side = 0
        self.vms[0] = vm
        self.has_vf = True
        self._watch(vm)

    def shut_down(self) -> None:
        self.guest.run("systemctl poweroff --no-block")
        try:
            self.vm.process.wait(OFF)
        except subprocess.TimeoutExpired:
            raise LabError(f"the guest is not off after {OFF} s") from None
        finally:
            self.close()


def global_addresses(addresses: list[dict], family: str) -> dict[str, list[str]]:
    """By device; a loopback has none of them."""
    found: dict[str, list[str]] = {}
    for device in addresses:
        for entry in device["addr_info"]:
            if entry.get("family") == family and entry.get("scope") == "global":
                found.setdefault(device["ifname"], []).append(entry["local"])
    return found


def deviations(pair: Pair, server: Server, vf: bool) -> list[str]:
    """What is not as it should be, in words."""
    addresses, links = json.loads(f"[{pair.guest.run(STATE, SETTLE)}]")
    names = {link["ifname"]: link for link in links}
    wrong = []
    for family in ("inet", "inet6"):
        found = global_addresses(addresses, family)
        if list(found) != [distro.NIC] or len(found[distro.NIC]) != 1:
            wrong.append(f"{family}: {found}")
    own = [device["ifname"] for device in addresses if device["addr_info"]]
    if sorted(own) != sorted(["lo", distro.NIC]):
        wrong.append(f"devices with addresses: {' '.join(own)}")
    if len(server.given()) != 1:
        wrong.append(f"leases: {' '.join(server.given()) or 'none'}")
    ports = {"nsby", "npri"} if vf else {"nsby"}
    wanted = {"lo", distro.NIC, *(distro.NIC + port for port in ports)}
    if set(names) != wanted:
        wrong.append(f"names: {' '.join(sorted(names))}")
    data = names.get(distro.NIC, {}).get("linkinfo", {})
    if data.get("info_kind") != "tandem":
        return [*wrong, f"{distro.NIC} is of kind {data.get('info_kind')}"]
    active = data["info_data"].get("active")
    if active != ("primary" if vf else "standby"):
        wrong.append(f"{active} is in use")
    return wrong


def settled(pair: Pair, server: Server, vf: bool = True) -> list[str]:
    """Poll until all is as it should be; it has to stay so."""
    wrong = ["never looked"]

    def good() -> bool:
        nonlocal wrong
        wrong = deviations(pair, server, vf)
        return not wrong

    with contextlib.suppress(LabError):
        wait_until(good, SETTLE, "the guest's network", every=1)
        pass_time(CALM)
        wrong = deviations(pair, server, vf)
    return wrong + klog.complaints(pair.guest.run("dmesg"))


def replace_kernel(machine: Machine, series: str, where: Path) -> Machine:
    """As a boot loader would find it on the disk now."""
    assert machine.disk
    kernel, initramfs = distro.Disk(machine.disk).kernel(series, where)
    return dataclasses.replace(machine, kernel=kernel, initramfs=initramfs)


def steps(pair: Installed, server: Server, more: bool) -> Iterator[tuple[str, Callable[[], list[str]]]]:
    """What a guest goes through, and what has to be seen then."""

    def replugged() -> list[str]:
        pair.unplug()
        without = settled(pair, server, vf=False)
        pair.plug()
        return without + settled(pair, server)

    def migrated() -> list[str]:
        for _ in range(MIGRATIONS):
            pair.migrate()
            wrong = settled(pair, server)
            if wrong:
                return wrong
        return []

    def booted() -> list[str]:
        pair.shut_down()
        pair.boot()
        return settled(pair, server)

    def upgraded() -> list[str]:
        said = pair.guest.run(UPGRADE, UPGRADED).splitlines()
        pair.shut_down()
        pair.machine = replace_kernel(pair.machine, NEWER, pair.work / NEWER)
        pair.boot()
        return said + settled(pair, server)

    def purged() -> list[str]:
        said = pair.guest.run(PURGE, BUILD).splitlines()
        pair.shut_down()
        pair.machine = replace_kernel(pair.machine, pair.machine.kernel.series, pair.work / "purged")
        pair.boot()
        module = pair.guest.run("modinfo -n net_failover").strip()
        return [*said, *([module] if "/updates/" in module else []), *pair.guest.run(STOCK, 60).splitlines()]

    yield "boots", lambda: settled(pair, server)
    yield "VF unplugged and back", replugged
    yield f"{MIGRATIONS} live migrations", migrated
    yield "boots again", booted
    if more:
        yield f"kernel {NEWER} and the package under traffic", upgraded
    yield "purged, and booted", purged


def play(name: str, host: str, options, work: Path, writer: Writer) -> None:
    """One guest, on one kind of host."""
    work.mkdir(parents=True)
    debs = sorted(PACKAGES.glob("*.deb"))
    newer = packages.newer() if options.upgrade else []
    disk = distro.disk(name, debs, newer, DECLARED if host == "plain" else "", work / "disk")
    kernel, initramfs = disk.kernel(SERIES, work)
    machine = Machine(
        kernel,
        initramfs,
        disk.path,
        vf=options.vf[0],
        hotplug=options.hotplug[0],
        failover=host == "failover",
        memory=1024,
        accel=options.accel,
    )
    server = Server(work)
    pair = Installed(machine, work, "dropin")
    try:
        for number in range(options.boots):
            pair.boot()
            writer.verdict(f"{name} {host}: boot {number + 1} of {options.boots}", settled(pair, server))
            pair.shut_down()
        pair.boot()
        for what, look in steps(pair, server, options.upgrade):
            wrong = look()
            writer.verdict(f"{name} {host}: {what}", wrong)
            if wrong:
                tell(pair, server)
    finally:
        pair.close()
        server.close()


def tell(pair: Pair, server: Server) -> None:
    """For whoever reads of a deviation."""
    said = pair.guest.run("ip -d addr; udevadm info --export-db | grep -B 12 -A 12 TANDEM; journalctl -b -n 150", 60)
    print("\n".join(f"# {line}" for line in said.splitlines()))
    print(f"# leases: {' '.join(server.given())}", flush=True)


def main(options, _kernels: list[Kernel], work: Path) -> int:
    writer = Writer()
    for name in options.manager:
        for host in options.host:
            try:
                play(name, host, options, work / f"{name}-{host}", writer)
            except LabError as error:
                writer.verdict(f"{name} {host}", [str(error)])
    print(f"1..{writer.number}")
    print(writer.tally)
    return 1 if writer.tally.failed or not writer.tally.passed else 0
