# SPDX-License-Identifier: GPL-2.0
"""The lab's C tool: built once per source text, static so that it runs in any guest."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from kernel import cache_dir
from process import run

CFLAGS = ("-O2", "-Wall", "-Wextra", "-Werror", "-static", "-pthread")


def build(source: Path) -> Path:
    digest = hashlib.sha256(source.read_bytes() + " ".join(CFLAGS).encode()).hexdigest()[:16]
    home = cache_dir() / "tools"
    home.mkdir(exist_ok=True)
    binary = home / f"{source.stem}-{digest}"
    if not binary.exists():
        with tempfile.TemporaryDirectory(dir=home) as tmp:
            fresh = Path(tmp) / source.stem
            run("cc", *CFLAGS, "-o", fresh, source)
            fresh.rename(binary)
    return binary
