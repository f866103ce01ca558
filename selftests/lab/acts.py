# SPDX-License-Identifier: GPL-2.0
"""What happens in the scenarios: the host's and the administrator's part."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable
from typing import Any

import counters
import klog
import stall
import surprise
from net import TAPS, flood, ip
from pair import STANDBY, Pair
from process import pass_time, wait_until
from qemu import ROOT_PORT

BACK = 15  # seconds a VF may take to be in use again
REST = 0.3  # on each port between two switches, so that both have carried traffic
LINK_OFF = 4.5
STALLED = 3.5  # seconds; after 5 the kernel's own transmit watchdog would help
TELL_LINK = ("e1000e", "vmxnet3")  # drivers with a message about it
# Milliseconds. A command may take six seconds in a guest that is so busy. Where the
# bonding driver has begun to wait it goes on, whatever is set then.
UPDELAY = {"bonding": 5000}
UPDELAY_CUT_SHORT = 60000
PREFER_SECONDS = 2  # for there and back, at most

VF_READY = """\
. /lab/lib.sh
vf_up() { has_carrier "$(vf)"; }
wait_for 15 vf_up
"""


@dataclasses.dataclass
class Scene:
    """A guest under load, and what is found out about it beside the logs."""

    pair: Pair
    rounds: int = 1
    facts: dict[str, Any] = dataclasses.field(default_factory=dict)


def uplink() -> dict[str, int]:
    """Frames each tap has taken from its guest so far."""
    links = json.loads(ip("-j -s link show type tun"))
    return {link["ifname"]: link["stats64"]["rx"]["packets"] for link in links if link["ifname"] in TAPS}


def in_use(kind: str) -> Callable[[], bool]:
    """Does the guest send by this kind of tap now?"""
    last = uplink()

    def moved() -> bool:
        nonlocal last
        now = uplink()
        before, last = last, now
        return sum(now[tap] - before[tap] for tap in TAPS if tap.startswith(kind)) > 10

    return moved


def wait_in_use(kind: str, seconds: float = BACK) -> None:
    what = "the VF" if kind == "vf" else "the standby"
    wait_until(in_use(kind), seconds, f"traffic from the guest by {what}", every=0.05)


def idle(_scene: Scene) -> None:
    pass_time(4)


def unplug(scene: Scene) -> None:
    scene.pair.unplug()
    wait_in_use("sb")


def replug(scene: Scene) -> None:
    scene.pair.plug()
    wait_in_use("vf")


def cycles(scene: Scene) -> None:
    """The same VF over and over, in one boot."""
    for _ in range(scene.rounds):
        unplug(scene)
        pass_time(REST)
        replug(scene)
        pass_time(REST)


def note(pair: Pair, said: str, moment: str) -> None:
    """Add to the story when the guest's kernel has noticed."""
    pair.story.guest_moments.append((klog.last_said(pair.guest, said), moment))


def carrier(scene: Scene) -> None:
    pair = scene.pair
    pair.set_link(False)
    pass_time(LINK_OFF)
    pair.set_link(True)
    wait_in_use("vf")
    if pair.machine.vf in TELL_LINK:
        note(pair, "NIC Link is Down", "VF noticed down")


UNBIND = """\
. /lab/lib.sh
device=$(readlink -f "/sys/class/net/$(vf)/device")
[ $BUS = pci ] && case $device in */virtio*) device=${device%/*} ;; esac
driver=$(readlink -f "$device/driver")
echo "${device##*/}" >"$driver/unbind" && echo "$driver ${device##*/}"
"""


def unbinds(scene: Scene) -> None:
    """A virtio VF has two drivers, and that of the net device goes without a word of the PCI bus."""
    unbind(scene)
    if scene.pair.machine.vf == "virtio-net-pci":
        pass_time(REST)
        unbind(scene, bus="virtio")


def unbind(scene: Scene, seconds: float = 3, bus: str = "pci") -> None:
    """The guest's administrator takes the driver away from the VF for a while."""
    pair = scene.pair
    pair.story.add(f"{bus} driver unbound from the VF")
    driver, device = pair.guest.run(f"BUS={bus}\n{UNBIND}").split()
    pass_time(seconds)
    pair.story.add("driver bound to the VF")
    pair.guest.run(f"echo {device} >{driver}/bind")
    wait_in_use("vf")


def receive_only(scene: Scene) -> None:
    """Nothing the guest sends by itself can teach the switch where it is."""
    scene.pair.unplug()
    pass_time(5)
    scene.pair.plug()
    pass_time(6)


def prefer(scene: Scene) -> None:
    """The guest's administrator moves the traffic to the standby and back."""
    pair = scene.pair
    script = f"bash /lab/{pair.driver}.sh prefer {pair.master} {scene.rounds}"
    pair.guest.run(script, scene.rounds * PREFER_SECONDS + 30, "moving to the standby and back")
    wait_in_use("vf")


def migrate(scene: Scene) -> None:
    scene.pair.migrate()
    wait_in_use("vf")


def migrations(scene: Scene) -> None:
    """There and back in turns."""
    for _ in range(scene.rounds):
        migrate(scene)
        pass_time(REST)


def cancel(scene: Scene) -> None:
    """Changed our mind: while the VF is being unplugged, and while memory is copied."""
    pair = scene.pair
    for status in ("wait-unplug", "active") if pair.machine.failover else ("active",):
        pair.cancel(status)
        pass_time(1)
        wait_in_use("vf")
        pass_time(2)


def tear_out(scene: Scene) -> None:
    pair = scene.pair
    pair.tear_out()
    wait_in_use("sb")
    note(pair, surprise.NOTICED, "VF noticed gone")


def stop_completing(scene: Scene) -> None:
    pair = scene.pair
    model = pair.machine.vf
    where = pair.vm.where / "qtest.sock"
    pair.story.add("VF stopped completing")
    stall.switch(where, ROOT_PORT, model, on=False)
    try:
        wait_in_use("sb", STALLED)
        pass_time(1)
    finally:
        pair.story.add("VF can complete again")
        stall.switch(where, ROOT_PORT, model, on=True)
    if stall.needs_reset(model):
        unbind(scene, REST)
    wait_in_use("vf")


def updelay(pair: Pair, milliseconds: int) -> None:
    pair.guest.run(f"bash /lab/{pair.driver}.sh updelay {pair.master} {milliseconds}")


def casts(scene: Scene) -> None:
    """A VF gets nothing until it is up: QEMU would keep a thousand frames. Then both bring the same for a while."""
    pair = scene.pair
    unplug(scene)
    flood(f"vf{pair.side}", False)
    updelay(pair, UPDELAY.get(pair.driver, UPDELAY_CUT_SHORT))
    pass_time(1.5)
    try:
        pair.plug()
        pair.guest.run(VF_READY, what="the VF comes up under its master")
    finally:
        flood(f"vf{pair.side}", True)
    pair.story.add("VF gets broadcasts")
    pass_time(1.5)
    updelay(pair, 0)
    wait_in_use("vf")
    pass_time(1.5)


def bulk(scene: Scene) -> None:
    """First the switches, then as long without one."""
    pass_time(2)  # flows at full speed
    before, start = counters.tcp(scene.pair.guest), time.monotonic()
    unplug(scene)
    pass_time(1.5)
    replug(scene)
    pass_time(1)
    between = counters.tcp(scene.pair.guest)
    scene.pair.story.add("nothing more happens")
    pass_time(time.monotonic() - start)
    after = counters.tcp(scene.pair.guest)
    switch, idle = counters.growth(before, between), counters.growth(between, after)
    scene.facts["tcp"] = {"switch": counters.both(switch), "idle": counters.both(idle)}
    scene.facts["tcp_ends"] = switch


def link_last(scene: Scene) -> None:
    """The VF goes first, then the standby gets its carrier."""
    scene.pair.unplug()
    scene.pair.set_link(True, STANDBY)
    wait_in_use("sb")
    pass_time(3)  # for TCP, which has waited longer and longer


def link_first(scene: Scene) -> None:
    """The standby gets its carrier, then the VF goes."""
    scene.pair.set_link(True, STANDBY)
    pass_time(1)
    unplug(scene)

