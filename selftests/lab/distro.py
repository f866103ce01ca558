# SPDX-License-Identifier: GPL-2.0
"""Debian as it is installed: disks of guests with one network manager each, and our packages."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
import tempfile
from pathlib import Path

from kernel import Kernel, cache_dir, version_key
from process import LabError, run

HERE = Path(__file__).resolve().parent
SUITE = "bookworm"
MIRRORS = (
    f"deb http://deb.debian.org/debian {SUITE} main",
    f"deb http://deb.debian.org/debian-security {SUITE}-security main",
)
COMMON = (
    "systemd-sysv udev dbus kmod iproute2 iputils-ping ethtool procps mawk initramfs-tools "
    "linux-image-amd64 linux-headers-amd64 dkms gcc make"
).split()
DISK = "3G"
# What the NIC is called in all of these guests, and so has the master to be.
NIC = "enp0s2"
# In seconds: a whole Debian, and the packages of ours for one kernel.
INSTALLED = 1800
BUILT = 900


@dataclasses.dataclass(frozen=True)
class Manager:
    """Who configures the network: its packages, and what an administrator would set up."""

    packages: str
    setup: str


MANAGERS = {
    "networkd": Manager(
        "systemd",
        """
systemctl enable systemd-networkd
cat >/etc/systemd/network/80-dhcp.network <<END
[Match]
Name=en*

[Network]
DHCP=ipv4
END
""",
    ),
    "networkmanager": Manager("network-manager", "systemctl enable NetworkManager"),
    "ifupdown": Manager(
        "ifupdown isc-dhcp-client",
        f"""
cat >>/etc/network/interfaces <<END
allow-hotplug {NIC}
iface {NIC} inet dhcp
iface {NIC} inet6 auto
END
""",
    ),
    "cloud-init": Manager(
        "cloud-init netplan.io systemd",
        f"""
systemctl enable systemd-networkd
seed=/var/lib/cloud/seed/nocloud
mkdir -p $seed
echo "instance-id: lab" >$seed/meta-data
echo "#cloud-config" >$seed/user-data
cat >$seed/network-config <<END
version: 2
ethernets:
  {NIC}:
    dhcp4: true
END
""",
    ),
}

# The lab's channel, as a service like any other.
AGENT = """
cat >/etc/systemd/system/lab.service <<END
[Unit]
Description=commands of the lab
[Service]
ExecStart=/bin/bash /lab/serve.sh
[Install]
WantedBy=multi-user.target
END
systemctl enable lab.service
echo guest >/etc/hostname
echo "/dev/vda / ext4 errors=remount-ro 0 1" >/etc/fstab
echo virtio_blk >>/etc/initramfs-tools/modules
"""


@dataclasses.dataclass(frozen=True)
class Disk:
    """A file that a guest boots from, by the kernel that is in it."""

    path: Path

    def kernel(self, series: str, where: Path) -> tuple[Kernel, Path]:
        """What a boot loader would load: the newest of a series, and its initramfs."""
        names = self.listed("/boot")
        found = [name for name in names if name.startswith(f"vmlinuz-{series}.")]
        if not found:
            raise LabError(f"{self.path} has no kernel {series}: {' '.join(names)}")
        release = max(found, key=version_key).removeprefix("vmlinuz-")
        (where / "boot").mkdir(parents=True, exist_ok=True)
        for name in ("vmlinuz", "initrd.img"):
            self._debugfs(f"dump /boot/{name}-{release} {where}/boot/{name}-{release}")
        return Kernel(series, release, where), where / "boot" / f"initrd.img-{release}"

    def listed(self, folder: str) -> list[str]:
        rows = self._debugfs(f"ls -p {folder}").splitlines()
        return [row.split("/")[5] for row in rows if row.count("/") > 5]

    def _debugfs(self, request: str) -> str:
        return run("debugfs", "-R", request, self.path, timeout=120)


def base(name: str) -> Path:
    """The tree of an installation without anything of ours, kept in the cache."""
    manager = MANAGERS[name]
    words = (*MIRRORS, *COMMON, manager.packages, manager.setup, AGENT)
    key = hashlib.sha256("\n".join(words).encode()).hexdigest()[:12]
    home = cache_dir() / "images"
    target = home / f"{name}-{key}"
    if target.exists():
        return target
    home.mkdir(exist_ok=True)
    print(f"# installing Debian with {name}", flush=True)
    with tempfile.TemporaryDirectory(prefix=".install-", dir=home) as tmp:
        tree = Path(tmp) / "tree"
        packages = ",".join([*COMMON, *manager.packages.split()])
        words = ["--mode=root", "--variant=minbase", f"--include={packages}", SUITE, str(tree)]
        run("mmdebstrap", "--quiet", *words, *MIRRORS, timeout=INSTALLED)
        inside(tree, manager.setup + AGENT, 300)
        inside(tree, "apt-get clean; passwd -d root; update-initramfs -u -k all", 600)
        tree.rename(target)
    return target


def inside(tree: Path, script: str, seconds: float, strict: bool = True) -> str:
    """Run commands as if that was the system; what is mounted for it goes with them."""
    flag = "-ec" if strict else "-c"
    enter = f'mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && exec chroot "$1" bash {flag} "$2"'
    return run("unshare", "-m", "sh", "-c", enter, "sh", tree, script, timeout=seconds)


def put(debs: list[Path], folder: Path) -> None:
    folder.mkdir()
    for deb in debs:
        if "dbgsym" not in deb.name:
            shutil.copy(deb, folder)


def disk(name: str, debs: list[Path], newer: list[Path], more: str, target: Path) -> Disk:
    """A disk with that tree, our packages, those of a newer kernel to be installed later, and what else is to be done."""
    with tempfile.TemporaryDirectory(prefix="disk-", dir=cache_dir()) as tmp:
        tree = Path(tmp) / "tree"
        run("cp", "-a", "--reflink=auto", base(name), tree, timeout=600)
        shutil.copytree(HERE / "guest", tree / "lab")
        put(debs, tree / "debs")
        put(newer, tree / "newer")
        if debs:
            inside(tree, "dpkg -i /debs/*.deb", BUILT)
        inside(tree, more or ":", BUILT)
        run("mkfs.ext4", "-q", "-d", tree, target, DISK, timeout=600)
    return Disk(target)
