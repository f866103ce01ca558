# SPDX-License-Identifier: GPL-2.0
"""One guest and the hosts it moves between: what a cloud's control plane does.

With failover=on QEMU itself unplugs the VF for a migration and plugs it at the
destination; for every other driver the lab does both, as orchestrators do.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
from pathlib import Path

import net
import surprise
from guest import Guest
from process import LabError, pass_time
from qemu import ROOT_PORT, Machine, Vm, boot
from qmp import Event
from story import Story

VF = "vf"
STANDBY = "sb"
PLUG_SECONDS = 20
MIGRATE_SECONDS = 60
# Native hotplug: pciehp sleeps 1 s after switching a slot off and would miss a
# card that is plugged in that time.
SLOT_REST = 1.5
# QEMU would announce every emulated NIC after a migration, also the one that
# plays the VF, which no real VF does: announcing is left to the lab. At once, 50 and 100
# ms later: a VF has been in use again after 154. QEMU's own five rounds take over a
# second, and each one that comes after that makes the switch send over the standby until
# the guest's next frame: what is on its way then comes out of order, whoever drives it.
ANNOUNCE = {"initial": 50, "max": 50, "rounds": 3, "step": 1}
SLOW_LINK = 200_000  # bytes a second: a migration that stays active
FAST_LINK = 128 << 20  # QEMU's own default
COPYING = 1.0  # seconds of copying before a migration is cancelled
CRASHES = (-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS)

NOTED = {
    "STOP": "VM stopped",
    "RESUME": "VM running",
    "DEVICE_DELETED": "VF unplugged",
    "UNPLUG_PRIMARY": "unplug requested",
    "DEVICE_UNPLUG_GUEST_ERROR": "guest refused the unplug",
}


class Pair:
    """A booted guest; side says which host it is on."""

    def __init__(self, machine: Machine, work: Path, driver: str):
        self.machine = machine
        self.work = work
        self.driver = driver
        self.master = ""
        self.story = Story()
        self.vms: dict[int, Vm] = {}
        self.side = 0
        self.boots = 0
        self.guest = Guest()
        self.has_vf = True
        self.source: Vm | None = None  # of the migration under way

    def boot(self) -> None:
        """Boot, and set the driver up."""
        net.forget()
        vm, self.guest = boot(self.machine, self.work / "boot")
        self.vms[0] = vm
        self._watch(vm)
        said = self.guest.run(f"bash /lab/{self.driver}.sh setup", 60, f"setting up {self.driver}")
        self.master = said.split()[-1]

    @property
    def vm(self) -> Vm:
        return self.vms[self.side]

    def _watch(self, vm: Vm) -> None:
        """Note QEMU's events in the story, with QEMU's own times."""

        def note(event: Event) -> None:
            text = NOTED.get(event.name)
            if event.name == "MIGRATION" and vm is self.source:
                text = f"migration {event.data['status']}"
            if event.name == "DEVICE_DELETED" and event.data.get("device") != VF:
                text = ""
            if text:
                self.story.add(text, event.time)

        vm.qmp.hooks.append(note)

    # The VF.

    def unplug(self) -> None:
        """Ask for the VF and wait until the guest has let go of it."""
        qmp = self.vm.qmp
        mark = len(qmp.events)
        self.story.add("unplug requested")
        qmp.command("device_del", {"id": VF})
        qmp.wait_event("DEVICE_DELETED", PLUG_SECONDS, mark, device=VF)
        self.has_vf = False
        if self.machine.hotplug == "native":
            pass_time(SLOT_REST)

    def tear_out(self) -> None:
        """Take the VF without asking."""
        qmp = self.vm.qmp
        mark = len(qmp.events)
        self.story.add("VF torn out")
        surprise.cut_power(self.vm.where / "qtest.sock", ROOT_PORT)
        qmp.wait_event("DEVICE_DELETED", PLUG_SECONDS, mark, device=VF)
        self.has_vf = False

    def plug(self) -> None:
        self.story.add("VF plugged")
        self.vm.qmp.command("device_add", self.machine.vf_device(self.side))
        self.has_vf = True

    def set_link(self, up: bool, port: str = VF) -> None:
        name = "VF" if port == VF else "standby"
        self.story.add(f"{name} carrier {'on' if up else 'off'}")
        self.vm.qmp.command("set_link", {"name": port, "up": up})

    # Migration.

    def migrate(self) -> None:
        """Move the guest to the other host and give it its VF back there."""
        if not self.machine.failover and self.has_vf:
            self.unplug()
        source, target = self.vm, self._incoming()
        mark = len(source.qmp.events)
        self.story.add("migration started")
        source.qmp.command("migrate", {"uri": f"unix:{self._wire()}"})
        self._outcome(source, mark, "completed", target)
        target.qmp.wait_event("RESUME", MIGRATE_SECONDS)
        self.side = target.side
        target.attach(self.guest)
        self.has_vf = True

    def _outcome(self, source: Vm, mark: int, wanted: str, target: Vm) -> None:
        """The migration's end, which has to be the one that was wanted."""
        event = source.qmp.wait_event(
            "MIGRATION", MIGRATE_SECONDS, mark, status=("completed", "failed", "cancelled")
        )
        if event.data["status"] != wanted:
            log = (target.where / "qemu.log").read_text(errors="replace").strip()
            raise LabError(f"migration {event.data['status']}: {log}")

    def _wire(self) -> Path:
        return self.work / "migration.sock"

    def _incoming(self) -> Vm:
        """A QEMU on the other side that waits for the guest."""
        side = 1 - self.side
        self.close_side(side)
        self.boots += 1
        failover = self.machine.failover
        vm = Vm(self.machine, side, self.work / f"incoming{self.boots}", vf=failover, incoming=True)
        self.vms[side] = vm
        self._watch(vm)
        self.source = self.vm
        events = {"capability": "events", "state": True}
        self.vm.qmp.command("migrate-set-capabilities", {"capabilities": [events]})
        vm.qmp.command("migrate-set-parameters", {"announce-rounds": 0})
        vm.qmp.hooks.append(self._on_arrival(vm))
        self._wire().unlink(missing_ok=True)
        vm.qmp.command("migrate-incoming", {"uri": f"unix:{self._wire()}"})
        return vm

    def _on_arrival(self, vm: Vm):
        """In QMP's reading thread: the guest runs here now, not a moment to lose."""

        def hook(event: Event) -> None:
            if event.name != "RESUME":
                return
            vm.qmp.hooks.remove(hook)
            vm.qmp.send("announce-self", {"interfaces": [STANDBY], **ANNOUNCE})
            if not self.machine.failover:
                self.story.add("VF plugged")
                vm.qmp.send("device_add", self.machine.vf_device(vm.side))

        return hook

    def cancel(self, status: str) -> None:
        """Start a migration, change our mind when it has come to status."""
        if not self.machine.failover and self.has_vf:
            self.unplug()
        source, target = self.vm, self._incoming()
        source.qmp.command("migrate-set-parameters", {"max-bandwidth": SLOW_LINK})
        hook = self._cancel_hook(source, status)
        source.qmp.hooks.append(hook)
        try:
            self._start_and_cancel(source, status, target)
        finally:
            source.qmp.hooks.remove(hook)
            source.qmp.command("migrate-set-parameters", {"max-bandwidth": FAST_LINK})
        self.close_side(1 - self.side)
        if not self.machine.failover:
            self.plug()

    def _cancel_hook(self, source: Vm, status: str):
        """wait-unplug lasts a moment only, so the reading thread has to react."""

        def hook(event: Event) -> None:
            if event.name == "MIGRATION" and event.data["status"] == status == "wait-unplug":
                source.qmp.send("migrate_cancel")
                self.story.add(f"cancelled while {status}")

        return hook

    def _start_and_cancel(self, source: Vm, status: str, target: Vm) -> None:
        mark = len(source.qmp.events)
        self.story.add("migration started")
        source.qmp.command("migrate", {"uri": f"unix:{self._wire()}"})
        source.qmp.wait_event("MIGRATION", PLUG_SECONDS, mark, status=status)
        if status == "active":
            pass_time(COPYING)
            self.story.add(f"cancelled while {status}")
            source.qmp.command("migrate_cancel")
        self._outcome(source, mark, "cancelled", target)

    # The end.

    def close_side(self, side: int) -> None:
        vm = self.vms.pop(side, None)
        if vm:
            vm.close()

    def last_words(self, lines: int = 40) -> str:
        """The end of the consoles, for a guest that cannot be asked any more."""
        texts = [vm.console.read_text(errors="replace") for vm in self.vms.values() if vm.console.exists()]
        return "\n".join("\n".join(text.splitlines()[-lines:]) for text in texts)

    def aborted(self) -> str:
        """What QEMU said when it ended itself: its own fault, not the guest's."""
        for vm in self.vms.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                if vm.process.wait(1) in CRASHES:
                    said = (vm.where / "qemu.log").read_text(errors="replace").strip()
                    return said.splitlines()[-1] if said else "without a word"
        return ""

    def close(self) -> None:
        self.guest.detach()
        for vm in list(self.vms.values()):
            vm.close()
        self.vms.clear()
