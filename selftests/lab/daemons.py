# SPDX-License-Identifier: GPL-2.0
"""Programs of Debian's for guests, from packages whose daemons an installation would start here."""

from __future__ import annotations

import fcntl
import re
import tempfile
from pathlib import Path

from kernel import cache_dir
from process import LabError, run

PACKAGES = ("linuxptp", "openvswitch-common", "openvswitch-switch", "radvd", "uuid-runtime")
PROGRAMS = ("ovs-vsctl", "ovs-vswitchd", "ovsdb-server", "ovsdb-tool", "ptp4l", "radvd", "uuidgen")
SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"


def programs() -> tuple[str, ...]:
    """Where they are; what they are linked with is installed (tools/deps)."""
    tree = unpacked()
    files = (path for path in sorted(tree.rglob("*")) if path.is_file() and path.stat().st_mode & 0o100)
    found = {path.name: str(path) for path in files}
    missing = [name for name in PROGRAMS if name not in found]
    if missing:
        raise LabError(f"Debian's packages lack {' '.join(missing)}")
    return tuple(found[name] for name in PROGRAMS)


def data() -> dict[str, Path]:
    """What they read, by where it belongs."""
    return {SCHEMA: unpacked() / SCHEMA.lstrip("/")}


def unpacked() -> Path:
    names = [f"{package}={version(package)}" for package in PACKAGES]
    home = cache_dir() / "daemons"
    target = home / re.sub(r"[^\w.+-]+", "-", "_".join(names))
    home.mkdir(exist_ok=True)
    # Two labs side by side: apt-get can download for one of them.
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            fetch(names, target)
    return target


def version(package: str) -> str:
    shown = run("apt-cache", "show", "--no-all-versions", package)
    found = re.search(r"^Version: (\S+)$", shown, re.M)
    if not found:
        raise LabError(f"apt knows no version of {package}")
    return found[1]


def fetch(names: list[str], target: Path) -> None:
    print(f"# fetching {' '.join(names)}", flush=True)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=target.parent) as tmp:
        run("apt-get", "-q", "download", *names, cwd=tmp, timeout=900)
        tree = Path(tmp) / "tree"
        for deb in sorted(Path(tmp).glob("*.deb")):
            run("dpkg-deb", "-x", deb, tree, timeout=300)
        tree.rename(target)
