# SPDX-License-Identifier: GPL-2.0
"""Our packages, installed into Debian without booting it: what is built, and what if it cannot be."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path

import distro
from kernel import Kernel, cache_dir
from ktap import Writer
from process import LabError, run

NEWER = ("linux-image-6.12-amd64", "linux-headers-6.12-amd64")

# What the cases share. status COMMAND...: run it, keep what it says in /said.
TOOLS = """
export DEBIAN_FRONTEND=noninteractive
fail() { echo "# $*"; bad=1; }
said() { grep -q "$1" /said || { fail "not said: $1"; cat /said; }; }
status() { local wanted=$1 got=0; shift; "$@" >/said 2>&1 || got=$?
	[ $wanted = 0 ] && [ $got = 0 ] || [ $wanted != 0 ] && [ $got != 0 ] ||
		{ fail "status $got of $*"; cat /said; }; }
release() { ls -v /lib/modules | grep "^$1\\." | tail -n 1; }
ours() { local module; for module in net_failover tandem; do
	modinfo -k $1 -n $module | grep -q /updates/dkms/ || fail "$module is not ours on $1"
	lsinitramfs /boot/initrd.img-$1 | grep -q updates/dkms/$module.ko || fail "$module is not in the initramfs of $1"; done; }
theirs() { modinfo -k $1 -n net_failover | grep -q /kernel/drivers/net/ || fail "net_failover is ours on $1"
	lsinitramfs /boot/initrd.img-$1 >/listed || fail "no initramfs of $1"
	grep -q kernel/drivers/net/net_failover.ko /listed || fail "no net_failover in the initramfs of $1"
	! grep -q /tandem.ko /listed || fail "tandem is in the initramfs of $1"; }
bad=
old=$(release 6.1)
"""


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    script: str


CASES = (
    Case("modules are built, and in the initramfs", "status 0 dpkg -i /debs/*.deb; ours $old"),
    Case(
        "purge gives the kernel's own back",
        """
status 0 dpkg -i /debs/*.deb
status 0 apt-get -y purge tandem-dkms iproute2-tandem
theirs $old
[ ! -e /lib/udev/tandem-udev ] || fail "files are left"
[ -z "$(dpkg -l | grep tandem)" ] || fail "packages are left"
""",
    ),
    Case(
        "installed again, and upgraded",
        """
status 0 dpkg -i /debs/*.deb
status 0 dpkg -i /debs/*.deb
ours $old
status 0 dpkg -i /newer/*.deb
ours $old; ours $(release 6.12)
status 0 dpkg -i /debs/*.deb
ours $old; ours $(release 6.12)
""",
    ),
    Case(
        "a kernel without headers",
        """
dpkg --purge linux-headers-amd64 linux-headers-$old >/dev/null 2>&1
status 0 dpkg -i /debs/*.deb
said "headers"
theirs $old
""",
    ),
    Case(
        "headers that come later",
        """
status 0 dpkg -i /debs/*.deb
status 0 dpkg -i /newer/linux-image-6*.deb
said "its headers are not installed"
theirs $(release 6.12)
status 0 dpkg -i /newer/*.deb
ours $(release 6.12)
""",
    ),
    Case(
        "a build that fails",
        """
status 0 dpkg --unpack /debs/*.deb
echo "#error broken" >>/usr/src/tandem-*/net/tandem/main.c
status 1 dpkg --configure tandem-dkms
theirs $old
""",
    ),
    Case(
        "a build that fails for a new kernel, which is installed nevertheless",
        """
status 0 dpkg -i /debs/*.deb
echo "#error broken" >>/usr/src/tandem-*/net/tandem/main.c
status 0 dpkg -i /newer/*.deb
said "it could not be built"
theirs $(release 6.12); ours $old
""",
    ),
    Case(
        "a kernel whose CRCs are others",
        """
sed -i 's/^0x[0-9a-f]*\\(\\tnet_failover_create\\)/0x00000001\\1/' /lib/modules/$old/build/Module.symvers
status 1 dpkg -i /debs/*.deb
cat /var/lib/dkms/tandem/*/build/make.log >/said
said "virtio_net would refuse our net_failover.ko"
theirs $old
""",
    ),
    Case(
        "no room in /boot",
        """
cp -a /boot /was
mount -t tmpfs -o size=$(($(du -sk /was | cut -f 1) + 64))k tmpfs /boot
cp -a /was/. /boot
status 1 dpkg -i /debs/*.deb
said "stays as it was"
cmp /was/initrd.img-$old /boot/initrd.img-$old || fail "the initramfs was changed"
""",
    ),
)


def fetch() -> None:
    run("tools/deb", timeout=600)
    distro.base("ifupdown")
    newer()


def newer() -> list[Path]:
    """The packages of another kernel, kept in the cache."""
    names = sorted({name for meta in NEWER for name in needed(meta)})
    home = cache_dir() / "debs"
    home.mkdir(exist_ok=True)
    missing = [name for name in names if not list(home.glob(f"{name}_*.deb"))]
    if missing:
        run("apt-get", "-q", "download", *missing, cwd=home, timeout=900)
    return [path for name in names for path in home.glob(f"{name}_*.deb")]


def needed(meta: str) -> list[str]:
    """What it depends on, of the kernel's own."""
    words = ["--recurse", "--no-recommends", "--no-suggests", "--no-conflicts", "--no-breaks", "--no-replaces"]
    rows = run("apt-cache", "depends", *words, "--no-enhances", "--no-pre-depends", meta).splitlines()
    return [row for row in rows if row.startswith("linux-") and "6.12" in row and "unsigned" not in row]


def main(options, _kernels: list[Kernel], work: Path) -> int:
    writer = Writer()
    for case in CASES:
        if options.only and options.only not in case.name:
            continue
        try:
            problems = play(case)
        except LabError as error:
            problems = [str(error)]
        writer.verdict(case.name, problems)
    print(f"1..{writer.number}")
    print(writer.tally)
    return 1 if writer.tally.failed or not writer.tally.passed else 0


def play(case: Case) -> list[str]:
    """In a copy of an installation, of which nothing stays."""
    with tempfile.TemporaryDirectory(prefix="case-", dir=cache_dir()) as tmp:
        tree = Path(tmp) / "tree"
        run("cp", "-a", "--reflink=auto", distro.base("ifupdown"), tree, timeout=600)
        distro.put(sorted(Path("build/deb").glob("*.deb")), tree / "debs")
        distro.put(newer(), tree / "newer")
        said = distro.inside(tree, TOOLS + case.script + '\n[ -z "$bad" ] || cat /said\n', distro.BUILT, strict=False)
    return said.splitlines() if "# " in said else []
