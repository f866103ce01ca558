# SPDX-License-Identifier: GPL-2.0
"""One virtual machine: QEMU's command line, its process, its two channels."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from guest import Guest
from kernel import Kernel
from net import GUEST_MAC, SPARE_MAC
from process import LabError, spawn, stop
from qmp import Qmp

# Warnings reach the console (level 4), the driver's chatter does not.
CMDLINE = "console=ttyS0 loglevel=5 oops=panic panic=-1 mitigations=off rdinit=/init"
BOOT_SECONDS = 90
ROOT_PORT = 0x10  # the VF's slot on the root bus


@dataclasses.dataclass(frozen=True)
class Machine:
    """What source and destination have in common."""

    kernel: Kernel
    initramfs: Path
    vf: str = "e1000e"
    hotplug: str = "acpi"
    failover: bool = False
    same_mac: bool = True
    smp: int = 1
    memory: int = 256
    accel: str = "tcg"
    cmdline: str = ""

    def vf_device(self, side: int) -> dict:
        device = {
            "driver": self.vf,
            "id": "vf",
            "netdev": f"vf{side}",
            "mac": GUEST_MAC if self.same_mac else SPARE_MAC,
            "bus": "rp1",
            "romfile": "",  # a boot ROM would stay behind and fail the migration
        }
        if self.failover:
            device["failover_pair_id"] = "sb"
        return device

    def standby_device(self, side: int) -> dict:
        device: dict = {
            "driver": "virtio-net-pci",
            "id": "sb",
            "netdev": f"sb{side}",
            "mac": GUEST_MAC,
            "bus": "pcie.0",
            "romfile": "",
        }
        if self.failover:
            device["failover"] = True
        return device

    def arguments(self, side: int, vf: bool) -> list[str]:
        """Everything but the channels, which belong to one process."""
        preload = {"virtio_net", "virtio_net" if self.vf == "virtio-net-pci" else self.vf}
        words = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"]
        words += ["-machine", "q35", "-accel", self.accel, "-m", str(self.memory), "-smp", str(self.smp)]
        words += ["-kernel", str(self.kernel.image), "-initrd", str(self.initramfs)]
        words += ["-append", f"{CMDLINE} {self.cmdline} lab.preload={','.join(sorted(preload, reverse=True))}"]
        if self.hotplug == "native":
            words += ["-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off"]
        for tap in (f"sb{side}", f"vf{side}"):
            words += ["-netdev", f"tap,id={tap},ifname={tap},script=no,downscript=no"]
        words += ["-device", f"pcie-root-port,id=rp1,addr={ROOT_PORT:#x},chassis=1,slot=1"]
        words += ["-device", json.dumps(self.standby_device(side))]
        if vf:
            words += ["-device", json.dumps(self.vf_device(side))]
        return words


class Vm:
    """A running QEMU on one side of the wire (0 or 1)."""

    def __init__(self, machine: Machine, side: int, where: Path, vf: bool = True, incoming: bool = False):
        where.mkdir(parents=True, exist_ok=True)
        self.machine = machine
        self.side = side
        self.where = where
        self.console = where / "console.log"
        self._channel = where / "lab.sock"
        words = machine.arguments(side, vf) + self._channels()
        if incoming:
            words += ["-incoming", "defer"]
        self.process = spawn(words, where / "qemu.log")
        try:
            self.qmp = Qmp(where / "qmp.sock")
        except LabError as error:
            stop(self.process)
            raise LabError(f"QEMU did not start: {(where / 'qemu.log').read_text().strip()}") from error

    def _channels(self) -> list[str]:
        server = "server=on,wait=off"
        words = ["-serial", f"file:{self.console}", "-qmp", f"unix:{self.where}/qmp.sock,{server}"]
        words += ["-device", "virtio-serial-pci", "-chardev", f"socket,id=lab,path={self._channel},{server}"]
        words += ["-device", "virtserialport,chardev=lab,name=lab"]
        words += ["-qtest", f"unix:{self.where}/qtest.sock,{server}", "-qtest-log", "/dev/null"]
        return words

    def attach(self, guest: Guest) -> None:
        guest.attach(self._channel)

    def close(self) -> None:
        self.qmp.close()
        stop(self.process)


def boot(machine: Machine, where: Path, vf: bool = True) -> tuple[Vm, Guest]:
    """A guest on side 0 that answers."""
    vm = Vm(machine, 0, where, vf)
    guest = Guest()
    try:
        vm.attach(guest)
        guest.wait_ready(BOOT_SECONDS)
    except LabError as error:
        vm.close()
        tail = "\n".join(vm.console.read_text(errors="replace").splitlines()[-15:])
        raise LabError(f"{error}\n{tail}") from error
    return vm, guest
