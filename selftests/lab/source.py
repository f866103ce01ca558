# SPDX-License-Identifier: GPL-2.0
"""Parts of the kernel's source, out of Debian's package and kept in the cache."""

from __future__ import annotations

import tempfile
import zlib
from pathlib import Path

from kernel import cache_dir
from process import run

PACKAGE = "linux-source-6.12"


def extracted(name: str, above: int, *patterns: str) -> Path:
    """What matches, without so many of its folders, from the top one on; named for the cache."""
    version = run("dpkg-query", "-W", "-f", "${Version}", PACKAGE)
    home = cache_dir() / name
    target = home / f"{version}-{zlib.crc32(' '.join(patterns).encode()):08x}"
    if not target.is_dir():
        home.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".extract-", dir=home) as tmp:
            fresh = Path(tmp) / "fresh"
            fresh.mkdir()
            words = ["-C", fresh, f"--strip-components={above + 1}", "--wildcards"]
            run("tar", "-xf", f"/usr/src/{PACKAGE}.tar.xz", *words, *patterns, timeout=600)
            try:
                fresh.rename(target)
            except OSError:  # another lab was faster
                pass
    return target
