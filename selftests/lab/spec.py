# SPDX-License-Identifier: GPL-2.0
"""The YNL specification against the header, the kernel's schema, and what kernels say and accept."""

from __future__ import annotations

import contextlib
import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import ctool
import klog
import modules
import source
from guest import Guest
from initramfs import HERE, ROOT, Image, build
from kernel import Kernel
from ktap import Writer
from process import LabError, run, wait_until
from qemu import Machine, boot
from ynl import NLM_F_DUMP, Reader, Refused, Spec, Words, attr, schema_problems

SPEC = ROOT / "docs/netlink/tandem.yaml"
HEADER = ROOT / "include/uapi/linux/if_tandem.h"

Constants = dict[str, int]


# The header.


@dataclasses.dataclass
class Header:
    enums: dict[str, Constants]
    defines: Constants
    docs: dict[str, str]


def read_header(text: str) -> Header:
    """All of it: what is not understood is an error."""
    code = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    enums = {name: enumerators(body) for name, body in re.findall(r"\benum (\w+) \{([^}]*)\};", code)}
    defines = {}
    for line in re.sub(r"\benum \w+ \{[^}]*\};", "", code).split("\n"):
        number = re.fullmatch(r"#define (\w+)\s+(\d+)", line)
        if number:
            defines[number[1]] = int(number[2])
        elif not re.fullmatch(r"\s*|#(ifndef|define) _UAPI_\w+|#endif|#define (\w+)\s+\(__\2 - 1\)", line):
            raise ValueError(f"not understood in the header: {line}")
    return Header(enums, defines, kernel_doc(text))


def enumerators(body: str) -> Constants:
    found: Constants = {}
    for number, word in enumerate(re.sub(r",\s*$", "", body).split(",")):
        if not re.fullmatch(r"\s*\w+\s*", word):
            raise ValueError(f"not understood in an enum: {word.strip()}")
        found[word.strip()] = number
    return found


def kernel_doc(text: str) -> dict[str, str]:
    """What stands behind @NAME: in a line of its own."""
    found = re.findall(r"^ \* @(\w+):(.*?)(?=^ \* @|^ \*$|^ \*/)", text, re.S | re.M)
    return {name: re.sub(r"\s*\n \*\s*", " ", doc).strip() for name, doc in found}


# The specification in the header's words, by the rules of the kernel's ynl-gen-c.


def c_name(text: str) -> str:
    return text.upper().replace("-", "_")


def enum_name(spec: Spec, body: Words) -> str:
    default = f"{spec.tree['name']}-{body['name']}"
    return body.get("enum-name", default).replace("-", "_")


def constants(spec: Spec, body: Words, entries: dict[int, Words]) -> Constants:
    prefix = body.get("name-prefix", f"{spec.tree['name']}-{body['name']}-")
    return {c_name(prefix + entry["name"]): number for number, entry in entries.items()}


def enums_of(spec: Spec) -> Iterator[tuple[str, Constants]]:
    for name, entries in spec.enums.items():
        body = spec.definitions[name]
        yield enum_name(spec, body), constants(spec, body, entries)
    for name in tandem_sets(spec):
        yield enum_name(spec, spec.spaces[name]), constants(spec, spec.spaces[name], spec.sets[name])


def tandem_sets(spec: Spec) -> list[str]:
    """Those of if_tandem.h; rtnetlink's own have no enum of a name."""
    return [name for name, body in spec.spaces.items() if "enum-name" in body]


def documented_sets(spec: Spec) -> list[str]:
    """Those with an attribute's type in its kernel-doc: not those whose types are an enum's values."""
    values = {enum_name(spec, spec.definitions[name]) for name in spec.enums}
    return [name for name in tandem_sets(spec) if enum_name(spec, spec.spaces[name]) not in values]


def lone_constants(spec: Spec) -> Constants:
    return {
        c_name(f"{spec.tree['name']}-{name}"): body["value"]
        for name, body in spec.definitions.items()
        if body["type"] == "const"
    }


def number_problems(spec: Spec, header: Header) -> list[str]:
    """Every constant of one and not of the other, of another number or in another place."""
    problems = []
    lone = lone_constants(spec)
    wanted = {
        name: {key: number for key, number in values.items() if key not in lone and not key.startswith("__")}
        for name, values in header.enums.items()
    }
    described = list(enums_of(spec))
    for name, values in described:
        problems += differences(name, wanted.get(name, {}), values)
    for name in sorted(set(wanted) - {name for name, _ in described}):
        problems.append(f"enum {name} is not described")
    return problems + lone_problems(spec, header, lone)


def differences(name: str, there: Constants, here: Constants) -> list[str]:
    found = [
        f"{name}: {key} is {there.get(key, 'not there')} in the header, {here.get(key, 'not there')} here"
        for key in {**there, **here}
        if there.get(key) != here.get(key)
    ]
    if not found and list(there) != list(here):
        found = [f"{name}: in another order"]
    return found


def lone_problems(spec: Spec, header: Header, lone: Constants) -> list[str]:
    there = {key: number for values in header.enums.values() for key, number in values.items()}
    there |= header.defines
    here = dict(lone)
    for name, body in spec.spaces.items():
        here |= constants(spec, body, spec.sets[name])
    problems = [f"{key}: {number}" for key, number in header.defines.items() if here.get(key) != number]
    return problems + [f"{key}: {number}" for key, number in lone.items() if there.get(key) != number]


# What the header's kernel-doc says of attributes.

TYPES = {"not": "unused", "for": "pad"}


def doc_problems(spec: Spec, header: Header) -> list[str]:
    problems = []
    for name in documented_sets(spec):
        keys = constants(spec, spec.spaces[name], spec.sets[name])
        docs = {number: full_doc(header, key) for key, number in keys.items()}
        has_state = any("read only" in doc for doc in docs.values())
        for number, body in spec.sets[name].items():
            found = attr_problems(spec, body, docs[number], has_state)
            problems += [f"{name} {body['name']}: {problem}" for problem in found]
    return problems


def full_doc(header: Header, key: str) -> str:
    """With that of the attribute it is said to be like."""
    doc = header.docs.get(key, "")
    like = re.search(r", as (IFLA_\w+)", doc)
    return f"{doc}: {header.docs.get(like[1], '')}" if like else doc


def attr_problems(spec: Spec, body: Words, doc: str, has_state: bool) -> Iterator[str]:
    word = re.split(r"\W", doc)[0]
    if body["type"] != TYPES.get(word, word):
        yield f"{body['type']}, the header says: {doc}"
    said = re.search(r"&enum (\w+)", doc)
    named = enum_of_attr(spec, body)
    if (said and said[1]) != named and (said or "enum" in body):
        yield f"of {named}, the header says: {doc}"
    if has_state and body["type"] not in TYPES.values():
        if ("checks" in body) == ("read only" in doc):
            yield f"can be set or not, the header says: {doc}"
    yield from range_problems(body.get("checks", {}), doc)


def enum_of_attr(spec: Spec, body: Words) -> str | None:
    if "enum" in body:
        return enum_name(spec, spec.definitions[body["enum"]])
    if "nested-attributes" in body:
        return enum_name(spec, spec.spaces[body["nested-attributes"]])
    return None


def range_problems(checks: Words, doc: str) -> Iterator[str]:
    """A range in the header may have a gap between 0 and its least number."""
    said = re.search(r"(\d+) to (\d+)", doc)
    if not said or not checks:
        return
    least = 0 if re.search(r"\b0 is\b", doc) else int(said[1])
    if (checks["min"], checks["max"]) != (least, int(said[2])):
        yield f"{checks['min']} to {checks['max']}, the header says: {doc}"


def undocumented(spec: Spec) -> list[str]:
    """Everything of tandem's own has a sentence."""
    bodies = [(name, spec.spaces[name], spec.sets[name]) for name in documented_sets(spec)]
    bodies += [(name, spec.definitions[name], entries) for name, entries in spec.enums.items()]
    return [
        f"{name} {entry['name']}"
        for name, body, entries in bodies
        for entry in [body, *entries.values()]
        if not entry.get("doc", "").strip()
    ]


# What the kernel's source has: the schema, and its own specification of links.


def kernel_specs() -> Path:
    return source.extracted("netlink", 2, "*/Documentation/netlink/*")


def rt_link_problems(spec: Spec, theirs: Spec) -> list[str]:
    """What is said of rtnetlink here and otherwise there. They need not know all that newer kernels have."""
    problems = []
    for name in set(spec.sets) & set(theirs.sets):
        there = {number: body["name"] for number, body in theirs.sets[name].items()}
        for number, body in spec.sets[name].items():
            if there.get(number, body["name"]) != body["name"] or number <= max(there) and number not in there:
                problems.append(f"{name} {number}: {body['name']}, the kernel has {there.get(number)}")
    for name in set(spec.operations) & set(theirs.operations):
        if outline(spec, name) != outline(theirs, name):
            problems.append(f"{name}: {outline(spec, name)}, the kernel has {outline(theirs, name)}")
    return problems


def outline(spec: Spec, operation: str) -> tuple:
    """What decides how an operation's bytes are read."""
    body = spec.operations[operation]
    parts = [(mode, part) for mode in ("do", "dump") for part in body.get(mode, {})]
    codes = [(mode, part, body[mode][part].get("value")) for mode, part in parts]
    members = [(member["name"], member["type"], member.get("len")) for member in spec.header(operation)]
    return body["attribute-set"], codes, members


# Is a fault seen? Each of these must lead to a complaint.

HEADER_FAULTS = (
    ("\tTANDEM_CAUSE_GONE,\n", ""),
    ("\tTANDEM_CAUSES,\n", "\tTANDEM_CAUSE_NEW,\n\tTANDEM_CAUSES,\n"),
    ("\tTANDEM_RX_BOTH,\n\tTANDEM_RX_ACTIVE,\n", "\tTANDEM_RX_ACTIVE,\n\tTANDEM_RX_BOTH,\n"),
    ("\t__IFLA_TANDEM_PORT_MAX,\n", "\tIFLA_TANDEM_PORT_NEW,\n\t__IFLA_TANDEM_PORT_MAX,\n"),
    ("TYPE_TANDEM\t16\n", "TYPE_TANDEM\t17\n"),
    ("enum tandem_rx {", "enum tandem_rx_new {"),
    ("@IFLA_TANDEM_UPDELAY: u32", "@IFLA_TANDEM_UPDELAY: u16"),
    ("0 to 600000", "0 to 60000"),
    ("@IFLA_TANDEM_PORT_STATE: u8, &enum tandem_port_state", "@IFLA_TANDEM_PORT_STATE: u8, &enum tandem_stall"),
    ("@IFLA_TANDEM_WAIT: u32, read only", "@IFLA_TANDEM_WAIT: u32"),
)
SPEC_FAULTS = (
    ("      - name: unbind\n", "      - name: unbound\n"),
    ("    value: 13\n", "    value: 14\n"),
    ("type: enum\n", "type: enumeration\n"),
    ("checks: {min: 10,", "checks: {least: 10,"),
)
# As a tandem's data: a u32 as u8, an unknown attribute, a reason of no meaning, an
# attribute cut off, one twice, a name without end, a nest that is none.
DATA_FAULTS = (
    attr(3, b"\1"),
    attr(99, b""),
    attr(16, b"\x63"),
    attr(4, b"\0")[:4],
    attr(4, b"\0") * 2,
    attr(23, attr(1, attr(3, b"eth0"))),
    attr(22, b"\1\2\3\4"),
)


def fault_problems(header: str, text: str, schema: str) -> Iterator[str]:
    for old, new in HEADER_FAULTS:
        if old not in header or not faults_of(header.replace(old, new), text, schema):
            yield f"not seen: {new or old!r}"
    for old, new in SPEC_FAULTS:
        if old not in text or not faults_of(header, text.replace(old, new), schema):
            yield f"not seen: {new!r}"
    for data in DATA_FAULTS:
        reader = Reader(Spec(text))
        reader.nest("linkinfo-tandem-attrs", data, "data")
        if len(reader.problems) != 1:
            yield f"{data.hex()}: {reader.problems}"


def faults_of(header: str, text: str, schema: str) -> list[str]:
    spec = Spec(text)
    known = read_header(header)
    found = schema_problems(spec, schema)
    return found or number_problems(spec, known) + doc_problems(spec, known)


def round_trip_problems(spec: Spec) -> Iterator[str]:
    """What is packed is what is read."""
    data = {"prefer": "standby", "updelay": 7, "since": 1 << 40, "switches": {"first": 1, "close": 2}}
    data["candidates"] = {"candidate": [{"reason": "mac", "name": "eth5"}, {"reason": "netns", "netnsid": -1}]}
    words = {"ifname": "t0", "address": b"\2\0\0\0\0\1", "linkinfo": {"kind": "tandem", "data": data}}
    reader = Reader(spec)
    message = spec.pack_header("getlink", {"ifi-index": 5}) + spec.pack("link-attrs", words)
    found = reader.reply("getlink", spec.code("getlink", "reply"), message)
    yield from reader.problems
    for name, value in {**words, "ifi-index": 5}.items():
        if found.get(name) != value:
            yield f"{name}: {found.get(name)} instead of {value}"


def on_paper(writer: Writer, spec: Spec) -> None:
    header, text, specs = HEADER.read_text(), SPEC.read_text(), kernel_specs()
    schema = (specs / "netlink-raw.yaml").read_text()
    theirs = Spec((specs / "specs/rt_link.yaml").read_text())
    known = read_header(header)
    writer.verdict("the kernel's schema", schema_problems(spec, schema))
    writer.verdict("the kernel's rt_link.yaml", rt_link_problems(spec, theirs))
    writer.verdict("numbers of if_tandem.h", number_problems(spec, known))
    writer.verdict("words of if_tandem.h", doc_problems(spec, known))
    writer.verdict("a sentence for everything", undocumented(spec))
    writer.verdict("what is packed is what is read", list(round_trip_problems(spec)))
    writer.verdict("faults are seen", list(fault_problems(header, text, schema)))


# A kernel.

# One namespace, and two pairs of veths with carrier.
DEVICES = """\
set -e
modprobe tandem
for port in pri sb; do
	ip link add $port type veth peer name $port-peer
	ip link set $port-peer up
done
ip link add t0 type tandem
"""

PORTS = """\
set -e
ip link set pri master t0
ip link set sb master t0
ip link set t0 up
"""

# A VF that belongs to t1 and is where t1 cannot take it, in a namespace with a number.
ELSEWHERE = """\
set -e
ip netns add other
ip netns set other 7
ip link set {vf} netns other
ip link add t1 address {mac} type tandem
"""


@dataclasses.dataclass
class Link:
    """rtnetlink of a guest, in the words of the specification."""

    guest: Guest
    reader: Reader

    def ask(self, operation: str, flags: int = 0, fixed: Words | None = None, **words) -> list[Words]:
        request = self.reader.spec.request(operation, flags, fixed, **words)
        lines = self.guest.run(f"/lab/netlink {request.hex()}", what=operation).split()
        return self.reader.replies(operation, [bytes.fromhex(line) for line in lines])

    def all(self) -> dict[str, Words]:
        return {link["ifname"]: link for link in self.ask("getlink", NLM_F_DUMP)}

    def info(self, name: str, part: str = "data") -> Words:
        [link] = self.ask("getlink", ifname=name)
        return link["linkinfo"].get(part, {})

    def set(self, name: str, part: str, **values) -> None:
        """part is data, or slave-data for a port."""
        info = {part.replace("data", "kind"): "tandem", part: values}
        self.ask("newlink", ifname=name, linkinfo=info)

    def wait(self, active: str) -> None:
        wait_until(lambda: self.info("t0").get("active") == active, 10, f"t0 is on {active}")


def candidates(link: Link) -> None:
    """While there is no primary: the guest's own NICs are none for t0."""
    link.guest.run(DEVICES)
    links = link.all()
    for name, body in links.items():
        if body.get("parent-dev-bus-name") == "pci":
            address = body.get("perm-address", body["address"]).hex(":")
            link.guest.run(ELSEWHERE.format(vf=name, mac=address))
            link.all()
            link.guest.run("ip link del t1")
            return
    raise LabError(f"no VF among {', '.join(links)}")


def switches(link: Link) -> None:
    """Of several causes, planned and not."""
    link.guest.run(PORTS)
    link.wait("primary")
    wait_until(lambda: link.info("sb", "slave-data").get("state") == "ready", 10, "sb can be used")
    for role in ("standby", "primary"):
        link.set("t0", "data", prefer=role)
        link.wait(role)
    for state, role in (("down", "standby"), ("up", "primary")):
        link.guest.run(f"ip link set pri-peer {state}")
        link.wait(role)


def history(link: Link, name: str) -> list[Words]:
    """In the order of the messages it may be split over."""
    index = link.all()[name]["ifi-index"]
    found = []
    for stats in link.ask("getstats", NLM_F_DUMP, {"filter-mask": 2}):
        if stats["ifindex"] == index:
            found += stats.get("link-xstats", {}).get("tandem", {}).get("switch", [])
    return found


def history_problems(link: Link) -> Iterator[str]:
    """It begins with the first switch, and ends with the four made above."""
    found = history(link, "t0")
    numbers = [switch.get("number") for switch in found]
    if numbers != list(range(1, len(found) + 1)):
        yield f"numbers: {numbers}"
    went = [switch.get("to") for switch in found]
    if went[-4:] != ["standby", "primary"] * 2:
        yield f"switches to {', '.join(map(str, went))}"


def unseen(reader: Reader) -> Iterator[str]:
    """What the specification has and no message had.

    Padding is not looked for: x86 needs none. Of the causes one is enough: each
    is told of only if it has occurred.
    """
    for name in tandem_sets(reader.spec):
        usual = [body["name"] for body in reader.spec.sets[name].values() if body["type"] not in TYPES.values()]
        missing = [word for word in usual if (name, word) not in reader.seen]
        if name in documented_sets(reader.spec) or missing == usual:
            yield from (f"{name} {word}" for word in missing)


def words_of(spec: Spec) -> Iterator[tuple[str, str, Words]]:
    """A device that has it, where it stands, and its description: all that could be given to a link."""
    for device, part, message in (
        ("t0", "data", "linkinfo-data-msg"),
        ("pri", "slave-data", "linkinfo-member-data-msg"),
    ):
        for body in spec.sets[spec.formats[message]["tandem"]].values():
            if body["type"] not in TYPES.values():
                yield device, part, body


def state_problems(link: Link) -> Iterator[str]:
    """What has no range cannot be set, not even to what it is."""
    for device, part, body in words_of(link.reader.spec):
        name = body["name"]
        if "checks" not in body:
            with contextlib.suppress(Refused):
                link.set(device, part, **{name: link.info(device, part).get(name, {})})
                yield f"{name} of {device} is not refused"


def setting_problems(link: Link, device: str, part: str, body: Words) -> Iterator[str]:
    """The ends of its range are taken and told back, what is beyond them is refused."""
    name, least, most = body["name"], body["checks"]["min"], body["checks"]["max"]
    before = link.info(device, part)[name]
    for value in (least, most):
        link.set(device, part, **{name: value})
        yield from kept_problems(link, device, part, body, value)
    for value in (most + 1, *([least - 1] if least else [])):
        with contextlib.suppress(Refused):
            link.set(device, part, **{name: value})
            yield f"{value} is not refused"
        yield from kept_problems(link, device, part, body, most)
    link.set(device, part, **{name: before})


def kept_problems(link: Link, device: str, part: str, body: Words, value: int) -> Iterator[str]:
    word = link.reader.spec.enums[body["enum"]][value]["name"] if "enum" in body else value
    found = link.info(device, part).get(body["name"])
    if found != word:
        yield f"{found} instead of {word}"


def ranges(writer: Writer, series: str, link: Link) -> None:
    for device, part, body in words_of(link.reader.spec):
        if "checks" in body:
            name = f"{series}: {body['name']} of {device} from {body['checks']['min']} to {body['checks']['max']}"
            try:
                writer.verdict(name, list(setting_problems(link, device, part, body)))
            except Refused as error:
                writer.verdict(name, [f"refused: {error}"])


def on_kernel(writer: Writer, series: str, link: Link) -> None:
    candidates(link)
    switches(link)
    writer.verdict(f"{series}: history", list(history_problems(link)))
    writer.verdict(f"{series}: all of the specification occurs", list(unseen(link.reader)))
    writer.verdict(f"{series}: state cannot be set", list(state_problems(link)))
    ranges(writer, series, link)
    writer.verdict(f"{series}: all that is told can be read", link.reader.problems)
    writer.verdict(f"{series}: the kernel's log", klog.complaints(link.guest.run("dmesg")))


def run_kernel(writer: Writer, spec: Spec, kernel: Kernel, options, work: Path) -> None:
    extra = {"/lab/netlink": ctool.build(HERE / "guest/netlink.c")}
    image = Image(kernel, modules.ours(kernel, options.modules, required=True), extra)
    root = build(image, work / f"{kernel.release}.cpio")
    vm, guest = boot(Machine(kernel, root, smp=options.smp, memory=512, accel=options.accel), work / kernel.release)
    with contextlib.closing(vm):
        on_kernel(writer, kernel.series, Link(guest, Reader(spec)))


def main(options, kernels: list[Kernel], work: Path) -> int:
    writer = Writer()
    print("TAP version 13")
    spec = Spec(SPEC.read_text())
    on_paper(writer, spec)
    for kernel in kernels:
        try:
            run_kernel(writer, spec, kernel, options, work)
        except (LabError, Refused, ValueError) as error:
            writer.verdict(f"{kernel.series}: to the end", [str(error)])
    print(f"1..{writer.number}\n{writer.tally}")
    return 1 if writer.tally.failed else 0
