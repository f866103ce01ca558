# SPDX-License-Identifier: GPL-2.0
"""Debian kernels to boot: found by series, fetched once, kept in a cache."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import tempfile
from pathlib import Path

from process import LabError, run

# The meta package that always depends on the current kernel of a series.
META = {"6.1": "linux-image-amd64", "6.12": "linux-image-6.12-amd64"}


def cache_dir() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    path = Path(base) / "tandem"
    path.mkdir(parents=True, exist_ok=True)
    return path


@dataclasses.dataclass(frozen=True)
class Kernel:
    """One kernel package, unpacked."""

    series: str
    release: str
    root: Path

    @property
    def image(self) -> Path:
        return self.root / "boot" / f"vmlinuz-{self.release}"

    @property
    def modules(self) -> Path:
        return self.root / "lib" / "modules" / self.release


def find(spec: str) -> Kernel:
    """The kernel of a series ("6.12") or of an exact release, fetched if need be.

    A release whose headers are installed wins: that is what the modules under
    test were built for.
    """
    series = spec if spec in META else ".".join(spec.split(".")[:2])
    exact = [spec] if spec not in META else headers_of(series)
    for release in exact:
        found = cached(series, release) or fetch(series, release)
        if found:
            return found
    if spec not in META:
        raise LabError(f"no kernel image for {spec}: not in the cache, not known to apt")
    release = release_of_meta(META[series])
    found = cached(series, release) or fetch(series, release)
    if not found:
        raise LabError(f"apt-get cannot download linux-image-{release}")
    return found


def headers_of(series: str) -> list[str]:
    """Releases of a series with headers installed, newest first."""
    pattern = re.compile(rf"{re.escape(series)}\.[0-9.]+(-\d+|\+deb\d+)-amd64$")
    names = [p.parent.name for p in Path("/lib/modules").glob("*/build") if p.is_dir()]
    return sorted(filter(pattern.match, names), key=version_key, reverse=True)


def version_key(release: str) -> list[int]:
    return [int(n) for n in re.findall(r"\d+", release)]


def release_of_meta(package: str) -> str:
    for line in run("apt-cache", "depends", package).splitlines():
        match = re.match(r"\s*Depends: linux-image-(\d\S+-amd64)$", line)
        if match:
            return match.group(1)
    raise LabError(f"apt knows no kernel behind {package}; run apt-get update")


def cached(series: str, release: str) -> Kernel | None:
    root = cache_dir() / "kernels" / release
    return Kernel(series, release, root) if root.is_dir() else None


def fetch(series: str, release: str) -> Kernel | None:
    """Download and unpack; a half-unpacked kernel is never seen under its name."""
    home = cache_dir() / "kernels"
    home.mkdir(exist_ok=True)
    package = f"linux-image-{release}"
    try:
        run("apt-cache", "show", package)
    except LabError:
        return None
    print(f"# fetching {package}", flush=True)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=home) as tmp:
        run("apt-get", "-q", "download", package, cwd=tmp, timeout=900)
        deb = next(Path(tmp).glob("*.deb"))
        tree = Path(tmp) / "tree"
        run("dpkg-deb", "-x", deb, tree, timeout=300)
        # Merged-/usr packages keep their modules under usr/lib.
        if not (tree / "lib").exists():
            (tree / "lib").symlink_to("usr/lib")
        run("depmod", "-b", tree, release)
        try:
            tree.rename(home / release)
        except OSError:  # another lab was faster
            shutil.rmtree(tree, ignore_errors=True)
    return cached(series, release)
