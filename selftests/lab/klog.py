# SPDX-License-Identifier: GPL-2.0
"""What a guest's kernel log must not contain."""

from __future__ import annotations

import re

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


def complaints(log: str) -> list[str]:
    lines = (line.strip() for line in log.splitlines())
    return [line for line in lines if COMPLAINT.search(line) and not HARMLESS.search(line)]
