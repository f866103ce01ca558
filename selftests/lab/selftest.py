# SPDX-License-Identifier: GPL-2.0
"""Run the kselftest scripts in a guest, one guest per kernel."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

import daemons
import klog
import modules
import source
from guest import Guest, GuestError
from initramfs import Image, build
from kernel import Kernel
from ktap import Reader, Tally
from process import LabError
from qemu import Machine, Vm, boot


# Freed memory that is touched, and memory written past its end, show in the
# kernel log; slabinfo counts exactly.
SLUB_DEBUG = "slub_debug=FZP"

# Heavy ones that only tests of the tracepoints want.
TRACERS = ("trace-cmd", "perf")

# The kernel's own tests, and what they share.
KERNELS_OWN = tuple(f"*/tools/testing/selftests/net/{name}.sh" for name in ("lib", "netdevice", "rtnetlink"))

# What udev names network devices by.
UDEV = (
    "/usr/lib/udev/rules.d/75-net-description.rules",
    "/usr/lib/udev/rules.d/80-net-setup-link.rules",
    "/usr/lib/systemd/network/99-default.link",
)


def fetch() -> None:
    daemons.unpacked()


def on_failover_host(script: Path) -> bool:
    """Tests of the drop-in want a host that offers VIRTIO_NET_F_STANDBY."""
    return script.name.startswith("dropin")


def run_kernel(kernel: Kernel, scripts: list[Path], options, work: Path, tally: Tally) -> None:
    """All scripts on one kernel, those that want the same host in the same guests."""
    extra = {
        "/selftests": scripts[0].resolve().parent,
        **daemons.data(),
        "/kernel/net": source.extracted("selftests", 4, *KERNELS_OWN),
        **{name: Path(name) for name in UDEV},
    }
    updates = modules.ours(kernel, options.modules) + modules.sim(kernel)
    image = Image(kernel, updates, extra, (*TRACERS, *daemons.programs()))
    initramfs = build(image, work / f"{kernel.release}.cpio")
    for failover in (False, True):
        machine = Machine(
            kernel,
            initramfs,
            failover=failover,
            same_mac=failover,
            cmdline=SLUB_DEBUG,
            smp=options.smp,
            memory=512,
            accel=options.accel,
        )
        fitting = [script for script in scripts if on_failover_host(script) == failover]
        run_guests(machine, fitting, options, work, tally)


def run_guests(machine: Machine, scripts: list[Path], options, work: Path, tally: Tally) -> None:
    """A guest that complained is replaced for the next script."""
    remaining = list(scripts)
    while remaining:
        vm, guest = boot(machine, work / f"{machine.kernel.release}-{remaining[0].stem}")
        with contextlib.closing(vm):
            healthy = True
            while healthy and remaining:
                result, healthy = run_script(vm, guest, remaining.pop(0), options.timeout)
                tally.add(result)


# A session of its own, so that what a script leaves behind can be ended with it.
COMMAND = """\
cd /selftests || exit 1
setsid -w bash -c 'echo $$ >/run/sid; exec timeout -k 5 {limit} bash ./{name}'
status=$?
pkill -KILL -s "$(cat /run/sid)"
exit $status
"""


def run_script(vm: Vm, guest: Guest, script: Path, limit: float) -> tuple[Tally, bool]:
    """One script's verdicts, and whether the guest can be used again."""
    reader, begin = Reader(), time.monotonic()
    say = printer(vm.machine.kernel.series)
    say(f"# {script.name}")

    def take(line: str) -> None:
        reader.line(line)
        say(line)

    healthy, status = True, 1
    try:
        status, _ = guest.status(COMMAND.format(limit=limit, name=script.name), limit + 30, take)
        log = guest.run("dmesg", 30)
    except GuestError as error:
        say(f"# {error}")
        healthy = False
        log = vm.console.read_text(errors="replace")
    problems = reader.finish(status)
    complaints = klog.complaints(log)
    if complaints:
        problems.append(f"the kernel log complains: {complaints[0]}")
        reader.tally.failed += 1
        show_log(log, say)
        healthy = False
    for problem in problems:
        say(f"not ok - {script.name}: {problem}")
    say(f"# {script.name}: {time.monotonic() - begin:.0f} s")
    return reader.tally, healthy


def printer(label: str) -> Callable[[str], None]:
    return lambda line: print(f"{label}: {line}", flush=True)


def show_log(log: str, say: Callable[[str], None], lines: int = 60) -> None:
    """The log from shortly before the first complaint."""
    all_lines = log.splitlines()
    bad = set(klog.complaints(log))
    first = next(i for i, line in enumerate(all_lines) if line.strip() in bad)
    for line in all_lines[max(first - 5, 0) : first + lines]:
        say(f"# log: {line}")


def main(options, kernels: list[Kernel], work: Path) -> int:
    scripts = [Path(name) for name in options.scripts]
    for script in scripts:
        if not script.is_file():
            raise LabError(f"no such script: {script}")
    if len({script.resolve().parent for script in scripts}) > 1:
        raise LabError("the scripts must be in one folder")
    total = Tally()
    print("TAP version 13")
    for kernel in kernels:
        try:
            run_kernel(kernel, scripts, options, work, total)
        except LabError as error:
            print(f"not ok - {kernel.series}: {error}")
            total.failed += 1
    print(total)
    return 1 if total.failed or not total.passed else 0
