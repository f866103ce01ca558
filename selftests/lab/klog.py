# SPDX-License-Identifier: GPL-2.0
"""What a guest's kernel log must not contain, and when it said what it must."""

from __future__ import annotations

import re

from guest import Guest
from process import LabError

COMPLAINT = re.compile(
    r"\bBUG[: ]|WARNING:|Call Trace|\bOops\b|general protection|Kernel panic|KASAN|UBSAN|KCSAN|KFENCE: "
    r"|possible (?:recursive|circular)|inconsistent lock state|suspicious RCU usage|lockdep"
    r"|refcount|unregister_netdevice: waiting|detected stall|self-detected|soft lockup|hard LOCKUP"
    r"|blocked for more than|scheduling while atomic|sleeping function called|kmemleak|[Ll]eak"
    r"|ODEBUG|double free|use.after.free|list_(?:add|del) corruption|NETDEV WATCHDOG"
    r"|page allocation failure|Out of memory|disagrees about version|Unknown symbol"
)

# Lines that match above and say nothing about the driver under test.
HARMLESS = re.compile(
    r"Spectre|lockdep is|kmemleak: Kernel memory leak detector|BUG_ON|[Cc]ommand line|KFENCE: using"
)

# The log has a clock of its own: lines that tell both, always a little late.
CLOCKS = """\
exec 4>/dev/kmsg
for i in 1 2 3 4 5; do echo "lab: clock $EPOCHREALTIME" >&4; done
dmesg
"""
STAMP = r"\[\s*([0-9.]+)\] "
CLOCK = re.compile(STAMP + r"lab: clock ([0-9.]+)")


def last_said(guest: Guest, pattern: str) -> float:
    """When the kernel said something last, on the guest's clock."""
    log = guest.run(CLOCKS, what="reading the kernel log")
    found, clocks = re.findall(STAMP + ".*" + pattern, log), CLOCK.findall(log)
    if not found or not clocks:
        raise LabError(f"not in the kernel log: {pattern}")
    return float(found[-1]) + max(float(clock) - float(stamp) for stamp, clock in clocks)


def complaints(log: str) -> list[str]:
    lines = (line.strip() for line in log.splitlines())
    return [line for line in lines if COMPLAINT.search(line) and not HARMLESS.search(line)]
