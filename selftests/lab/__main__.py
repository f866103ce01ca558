# SPDX-License-Identifier: GPL-2.0
"""The migration lab: python3 selftests/lab COMMAND --help."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import kernel
import net
from campaign import DRIVERS
from process import LabError
from scenario import SCENARIOS


VFS = ("e1000e", "vmxnet3", "virtio-net-pci")
HOTPLUGS = ("acpi", "native")


def comma(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


def some_of(known: Iterable[str]) -> Callable[[str], list[str]]:
    """For argparse: a comma list of known words."""

    def words(text: str) -> list[str]:
        chosen = comma(text)
        unknown = sorted(set(chosen) - set(known))
        if unknown or not chosen:
            raise argparse.ArgumentTypeError(f"{', '.join(unknown) or 'nothing'}: not of {', '.join(known)}")
        return chosen

    return words


def rounds(text: str) -> dict[str, int]:
    """For argparse: how often to go round, by scenario."""
    found = {}
    for word in comma(text):
        name, _, number = word.partition("=")
        if name not in SCENARIOS or not number.isdigit() or not int(number):
            raise argparse.ArgumentTypeError(f"{word}: not SCENARIO=NUMBER")
        found[name] = int(number)
    return found


def add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kernel", type=comma, default=["6.12"], help="6.1, 6.12 or a release; comma list")
    parser.add_argument("--modules", metavar="DIR", help="our modules [build/RELEASE/net/tandem]")
    parser.add_argument("--smp", type=int, default=1, help="vCPUs of a guest [1]")
    parser.add_argument("--keep", action="store_true", help="keep logs and sockets' folder, and say where")
    parser.add_argument("--accel", default="tcg", help="QEMU accelerator [tcg]")


def add_machine(parser: argparse.ArgumentParser) -> None:
    for name, known in (("vf", VFS), ("hotplug", HOTPLUGS)):
        text = f"comma list of {', '.join(known)} [{known[0]}]"
        parser.add_argument(f"--{name}", type=some_of(known), default=[known[0]], help=text)


def add_scenarios(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--driver", type=some_of(DRIVERS), default=["dropin"], help=f"comma list of {', '.join(DRIVERS)}"
    )
    parser.add_argument(
        "--scenario",
        type=some_of([*SCENARIOS, "table", "all"]),
        default=["table"],
        help=f"comma list of {', '.join(SCENARIOS)}; all; [table]",
    )
    parser.add_argument("--short", action="store_true", help="fewer rounds in cycles, prefer, migrations")
    parser.add_argument("--rounds", type=rounds, default={}, metavar="SCENARIO=N", help="comma list")
    parser.add_argument("--detail", action="store_true", help="print gaps and stalls as well")
    parser.add_argument("--runs", type=int, default=1, help="repeat; prints median/worst [1]")
    parser.add_argument("--check", action="store_true", help="KTAP verdicts; a missed bar ends in status 1")
    parser.add_argument("--out", metavar="DIR", help="a JSON file for every result")
    parser.add_argument("--resume", action="store_true", help="measure only what --out lacks of this build")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="lab", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    run = commands.add_parser("run", help="play scenarios, print what was lost")
    add_common(run)
    add_machine(run)
    add_scenarios(run)

    demo = commands.add_parser("demo", help="one live migration under load, told while it happens")
    add_common(demo)
    add_machine(demo)
    demo.add_argument("--driver", type=some_of(DRIVERS), default=["dropin"], help=f"one of {', '.join(DRIVERS)}")
    demo.add_argument("--out", metavar="DIR", help="a JSON file for the result")

    selftest = commands.add_parser("selftest", help="run kselftest scripts in a guest")
    add_common(selftest)
    selftest.add_argument("--timeout", type=int, default=180, help="seconds for one script [180]")
    selftest.add_argument("scripts", nargs="+", metavar="SCRIPT")

    spec = commands.add_parser("spec", help="docs/netlink/tandem.yaml against if_tandem.h and in a guest")
    add_common(spec)

    table = commands.add_parser("table", help="what runs have left with --out")
    table.add_argument("results", metavar="DIR")
    table.add_argument("--by", choices=("driver", "kernel", "vf", "hotplug", "machine"), default="driver")
    table.add_argument("--driver", type=some_of(DRIVERS), default=list(DRIVERS), help="comma list [all]")

    shell = commands.add_parser("exec", help="boot a guest with standby and VF, run shell commands in it")
    add_common(shell)
    add_machine(shell)
    shell.add_argument("--failover", action="store_true", help="failover=on: the host asks for pairing")
    shell.add_argument("--no-vf", action="store_true", help="leave the VF's slot empty")
    shell.add_argument("--stock", action="store_true", help="without our modules")
    shell.add_argument("--add", action="append", default=[], metavar="FILE[:PATH]", help="a file to take along")
    shell.add_argument("--timeout", type=int, default=120, help="seconds for the commands [120]")
    shell.add_argument("commands", nargs="+", metavar="COMMAND")
    options = parser.parse_args()
    if getattr(options, "resume", False) and not options.out:
        parser.error("--resume needs --out")
    return options


@contextlib.contextmanager
def work_folder(keep: bool) -> Iterator[Path]:
    # Not TMPDIR: the paths of unix sockets have to be short.
    path = Path(tempfile.mkdtemp(prefix="tandem-lab-", dir="/tmp"))
    try:
        yield path
    finally:
        if keep:
            print(f"# kept: {path}")
        else:
            shutil.rmtree(path, ignore_errors=True)


def main() -> int:
    options = parse()
    # Like Ctrl-C: unwind and leave nothing behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        # Before anything is made: a module may have to start over in another Python.
        module = importlib.import_module({"exec": "shell"}.get(options.command, options.command))
        kernels = [kernel.find(spec) for spec in getattr(options, "kernel", [])]
        # While there is still a network to fetch from.
        getattr(module, "fetch", bool)()
        net.enter()
        with work_folder(getattr(options, "keep", False)) as work:
            return module.main(options, kernels, work)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("lab: interrupted", file=sys.stderr)
        return 130


sys.exit(main())
