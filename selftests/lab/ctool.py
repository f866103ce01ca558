# SPDX-License-Identifier: GPL-2.0
"""The lab's C tools, and the project's plugins for ip: built once per text, headers included."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from kernel import cache_dir
from process import run

CFLAGS = ("-O2", "-Wall", "-Wextra", "-Werror")
# Static, so that it runs in any guest.
TOOL = (*CFLAGS, "-static", "-pthread")
UAPI = Path(__file__).resolve().parents[2] / "include" / "uapi"
PLUGIN = (*CFLAGS, "-fPIC", "-shared", f"-I{UAPI}")


def build(source: Path) -> Path:
    return cached([source], TOOL, "")


def build_plugin(source: Path) -> Path:
    """With the files beside it whose names begin like its own."""
    return cached(sorted(source.parent.glob(f"{source.stem}*.c")), PLUGIN, ".so")


def cached(sources: list[Path], flags: tuple[str, ...], suffix: str) -> Path:
    text = run("cc", *flags, "-E", "-P", *sources) + " ".join(flags)
    home = cache_dir() / "tools"
    home.mkdir(exist_ok=True)
    name = sources[0].stem
    binary = home / f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}{suffix}"
    if not binary.exists():
        with tempfile.TemporaryDirectory(dir=home) as tmp:
            fresh = Path(tmp) / name
            run("cc", *flags, "-o", fresh, *sources)
            fresh.rename(binary)
    return binary
