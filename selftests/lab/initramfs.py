# SPDX-License-Identifier: GPL-2.0
"""The guest's root: a few real tools with their libraries, and the modules it needs."""

from __future__ import annotations

import dataclasses
import lzma
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import ctool
from kernel import Kernel
from process import LabError, run

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

# Real tools where busybox differs from what users and tests rely on.
TOOLS = (
    "bash ip tc bridge ss ethtool kmod sed grep mawk timeout base64 gzip date stat sort "
    "mktemp setsid setpriv unshare pkill pgrep sysctl ping tcpdump teamd teamdctl teamnl udevadm wg jq"
).split()
OPTIONAL = {"tcpdump", "ss", "wg", "ping", "teamd", "teamdctl", "teamnl", "sysctl", "trace-cmd", "perf"}
KMOD_NAMES = ("modprobe", "insmod", "rmmod", "lsmod", "modinfo", "depmod")

# What every guest loads to be talked to.
CORE_MODULES = ("virtio_pci", "virtio_console", "virtio_net")
# NICs that can play the VF.
VF_MODULES = ("e1000e", "vmxnet3")
# What scenarios and selftests may load; a kernel need not have all of them.
OTHER_MODULES = """
    net_failover failover veth dummy bridge bonding team team_mode_activebackup
    team_mode_roundrobin team_mode_broadcast team_mode_random team_mode_loadbalance
    8021q macvlan macvtap ipvlan
    vrf vxlan wireguard geneve sit ipip ip_gre ip6_tunnel tun tap ifb nlmon netkit hsr
    sch_netem sch_ingress sch_tbf sch_prio sch_htb sch_fq sch_fq_codel sch_mq sch_mqprio sch_plug
    sch_etf cls_u32 cls_matchall cls_flower cls_bpf cls_basic act_mirred act_gact act_police act_pedit
    act_skbedit act_vlan act_bpf pktgen af_packet_diag inet_diag tcp_diag udp_diag netconsole
    nf_tables nft_chain_filter nf_tables_netdev ptp crc32c_generic openvswitch macsec fou
""".split()

# INTx: with MSI-X QEMU's e1000e loses link interrupts. One value per card ever
# probed, so a VF that comes and goes needs all 32 the driver has room for.
MODPROBE_CONF = f"""\
options e1000e IntMode={','.join(['0'] * 32)}
options bonding max_bonds=0
options dummy numdummies=0
options ifb numifbs=0
"""


@dataclasses.dataclass
class Image:
    """What goes into one guest's root besides the common part."""

    kernel: Kernel
    updates: list[Path] = dataclasses.field(default_factory=list)
    extra: dict[str, Path] = dataclasses.field(default_factory=dict)
    tools: tuple[str, ...] = ()  # names, or paths of what is not installed


def build(image: Image, target: Path) -> Path:
    with tempfile.TemporaryDirectory(prefix="tandem-root-") as tmp:
        root = Path(tmp)
        make_skeleton(root)
        for tool in (*TOOLS, *image.tools):
            add_tool(root, tool)
        add_busybox(root)
        add_modules(root, image)
        shutil.copytree(HERE / "guest", root / "lab")
        (root / "lab" / "init").chmod(0o755)
        (root / "init").symlink_to("lab/init")
        shutil.copy(ctool.build(HERE / "guest" / "traffic.c"), root / "lab" / "traffic")
        for tool in ("rawlink", "tstamptest", "xdptest"):
            shutil.copy(ctool.build(ROOT / f"selftests/{tool}.c"), root / "usr/bin" / tool)
        add_plugins(root)
        shutil.copy(ROOT / "tools/tandem-doctor", root / "usr/bin")
        copy_any(ROOT / "tools/ip/completion.bash", root / "etc/bash_completion.d/tandem")
        for where, source in image.extra.items():
            copy_any(source, root / where.lstrip("/"))
        pack(root, target)
    return target


def make_skeleton(root: Path) -> None:
    for name in "dev proc sys run tmp etc/modprobe.d usr/bin usr/sbin usr/lib root var".split():
        (root / name).mkdir(parents=True)
    for name in ("bin", "sbin", "lib"):
        (root / name).symlink_to(f"usr/{name}")
    (root / "lib64").symlink_to("usr/lib64")
    (root / "usr/lib64").mkdir()
    (root / "var/run").symlink_to("/run")
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/bash\n")
    (root / "etc/group").write_text("root:x:0:\n")
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n")
    (root / "etc/modprobe.d/lab.conf").write_text(MODPROBE_CONF)


def which(tool: str) -> str | None:
    return shutil.which(tool, path="/usr/sbin:/usr/bin:/sbin:/bin")


def add_tool(root: Path, tool: str) -> None:
    path = tool if "/" in tool else which(tool)
    if not path:
        if tool in OPTIONAL:
            return
        raise LabError(f"the guest needs {tool}, which is not installed")
    where = "sbin" if "/sbin/" in path else "bin"
    shutil.copy(path, root / "usr" / where / Path(path).name)
    for library in libraries(path):
        copy = root / library.lstrip("/")
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(library, copy)
    if tool == "bash":
        (root / "usr/bin/sh").symlink_to("bash")
    if tool == "mawk":
        (root / "usr/bin/awk").symlink_to("mawk")
    if tool == "kmod":
        for name in KMOD_NAMES:
            (root / "usr/sbin" / name).symlink_to("../bin/kmod")


def libraries(binary: str) -> list[str]:
    done = subprocess.run(["ldd", binary], capture_output=True, text=True, check=False)
    return re.findall(r"(?:=> |^\s+)(/\S+) \(0x", done.stdout, re.M)


def add_busybox(root: Path) -> None:
    """Applets for everything else, in a directory that comes last in PATH."""
    path = which("busybox")
    if not path or libraries(path):
        raise LabError("the guest needs a static busybox (package busybox-static)")
    (root / "busybox").mkdir()
    shutil.copy(path, root / "busybox" / "busybox")
    for applet in run(path, "--list").split():
        if applet != "busybox":
            (root / "busybox" / applet).symlink_to("busybox")


def add_plugins(root: Path) -> None:
    """The guest's ip looks for them where the one it is a copy of does."""
    folder = root / "usr/lib" / run("cc", "-print-multiarch").strip() / "ip"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(ctool.build_plugin(ROOT / "tools/ip/link_tandem.c"), folder / "link_tandem.so")
    (folder / "link_tandem_slave.so").symlink_to("link_tandem.so")


def add_modules(root: Path, image: Image) -> None:
    stock = image.kernel.modules
    deps = read_deps(stock / "modules.dep")
    target = root / "usr/lib/modules" / image.kernel.release
    wanted = (*CORE_MODULES, *VF_MODULES, *OTHER_MODULES)
    for path in sorted({path for name in wanted for path in closure(name, deps)}):
        copy_module(stock / path, target / path)
    for name in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
        shutil.copy(stock / name, target / name)
    (target / "updates").mkdir(parents=True, exist_ok=True)
    for module in image.updates:
        # Nine tenths are for a debugger, which no guest has.
        run("strip", "-g", "-o", target / "updates" / module.name, module)
    run("depmod", "-b", root, image.kernel.release)


def read_deps(path: Path) -> dict[str, list[str]]:
    """modules.dep by module name: the module's own path first, then all it needs."""
    deps = {}
    for line in path.read_text().splitlines():
        own, _, rest = line.partition(":")
        deps[module_name(own)] = [own, *rest.split()]
    return deps


def module_name(path: str) -> str:
    return Path(path).name.split(".ko")[0].replace("-", "_")


def closure(name: str, deps: dict[str, list[str]]) -> list[str]:
    return deps.get(name.replace("-", "_"), [])


def copy_module(source: Path, target: Path) -> None:
    """Unpacked here: a guest under TCG takes many times as long to do it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix == ".xz":
        target.with_suffix("").write_bytes(lzma.decompress(source.read_bytes()))
    else:
        shutil.copy(source, target)


def copy_any(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        ignore = shutil.ignore_patterns("__pycache__", "lab", "mutants", "sim")
        shutil.copytree(source, target, dirs_exist_ok=True, ignore=ignore)
    else:
        shutil.copy(source, target)


def pack(root: Path, target: Path) -> None:
    names = sorted(str(p.relative_to(root)) for p in root.rglob("*"))
    with target.open("wb") as out:
        subprocess.run(
            ["cpio", "-o", "-H", "newc", "-R", "0:0", "--quiet"],
            input="\n".join(names).encode(),
            stdout=out,
            cwd=root,
            check=True,
        )
