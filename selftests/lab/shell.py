# SPDX-License-Identifier: GPL-2.0
"""One guest, some shell commands, what they printed: for a developer at work."""

from __future__ import annotations

from pathlib import Path

import klog
import modules
from initramfs import Image, build
from kernel import Kernel
from process import LabError
from qemu import Machine, boot


def main(options, kernels: list[Kernel], work: Path) -> int:
    worst = 0
    if len(options.vf) != 1 or len(options.hotplug) != 1:
        raise LabError("exec takes one VF and one way of plugging")
    for kernel in kernels:
        if len(kernels) > 1:
            print(f"# {kernel.release}", flush=True)
        worst = max(worst, run_one(options, kernel, work / kernel.release))
    return worst


def run_one(options, kernel: Kernel, work: Path) -> int:
    work.mkdir()
    extra = {}
    for word in options.add:
        source, _, where = word.partition(":")
        extra[where or f"/{Path(source).name}"] = Path(source)
    updates = [] if options.stock else modules.ours(kernel, options.modules)
    machine = Machine(
        kernel,
        build(Image(kernel, updates, extra), work / "root.cpio"),
        vf=options.vf[0],
        hotplug=options.hotplug[0],
        failover=options.failover,
        smp=options.smp,
        memory=512,
        accel=options.accel,
    )
    vm, guest = boot(machine, work, vf=not options.no_vf)
    try:
        status, _ = guest.status(
            " ".join(options.commands), options.timeout, lambda line: print(line, flush=True)
        )
        log = guest.run("dmesg")
    finally:
        console = vm.console.read_text(errors="replace").strip()
        vm.close()
        if console:
            print(f"# console:\n{console}")
    return report(status, klog.complaints(log))


def report(status: int, complaints: list[str]) -> int:
    for line in complaints:
        print(f"# kernel log: {line}")
    if status:
        print(f"# status {status}")
    return status or (1 if complaints else 0)
