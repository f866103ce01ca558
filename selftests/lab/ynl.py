# SPDX-License-Identifier: GPL-2.0
"""Netlink by a YNL specification: messages made of words, and read as words."""

from __future__ import annotations

import dataclasses
import os
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from process import LabError

DEBIAN = "/usr/bin/python3"

try:
    import jsonschema
    import yaml
except ImportError as error:
    # Another Python does not see the packages that Debian's does.
    if sys.executable != DEBIAN:
        os.execv(DEBIAN, [DEBIAN, *sys.orig_argv[1:]])
    raise LabError(f"{error}: run tools/deps") from error

Words = dict[str, Any]
Entries = dict[int, Words]

HEAD = struct.Struct("=IHHII")
ATTR = struct.Struct("=HH")
SCALARS = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q", "s8": "b", "s16": "h", "s32": "i", "s64": "q"}

NLMSG_ERROR, NLMSG_DONE = 2, 3
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 0x1, 0x4, 0x300
NLM_F_ACK_TLVS = 0x200
NLA_F_NESTED, NLA_TYPE_MASK = 0x8000, 0x3FFF
NLMSGERR_ATTR_MSG = 1


class Refused(Exception):
    """The kernel answered with an error."""


def numbered(entries: list, start: int) -> Entries:
    """By their numbers, which count on from the last one that is given."""
    found: Entries = {}
    number = start - 1
    for entry in entries:
        body = entry if isinstance(entry, dict) else {"name": entry}
        number = body.get("value", number + 1)
        found[number] = body
    return found


def by_name(elements: list[Words]) -> dict[str, Words]:
    return {element["name"]: element for element in elements}


def aligned(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def attr(number: int, payload: bytes) -> bytes:
    return aligned(ATTR.pack(ATTR.size + len(payload), number) + payload)


class Spec:
    """A specification; the tree is the file as it stands."""

    def __init__(self, text: str):
        self.tree: Words = yaml.safe_load(text)
        self.definitions = by_name(self.tree["definitions"])
        self.spaces = by_name(self.tree["attribute-sets"])
        self.operations = by_name(self.tree["operations"]["list"])
        self.enums = {
            name: numbered(body["entries"], body.get("value-start", 0))
            for name, body in self.definitions.items()
            if body["type"] in ("enum", "flags")
        }
        self.sets = {name: numbered(body["attributes"], 1) for name, body in self.spaces.items()}
        self.formats = {
            message["name"]: {choice["value"]: choice.get("attribute-set") for choice in message["formats"]}
            for message in self.tree.get("sub-messages", [])
        }

    def find(self, space: str, name: str) -> tuple[int, Words]:
        return next((number, body) for number, body in self.sets[space].items() if body["name"] == name)

    def code(self, operation: str, part: str) -> int:
        """The message type of a request or reply."""
        body = self.operations[operation]
        return body.get("do", body.get("dump"))[part]["value"]

    def header(self, operation: str) -> list[Words]:
        return self.definitions[self.operations[operation]["fixed-header"]]["members"]

    def request(self, operation: str, flags: int = 0, fixed: Words | None = None, **words: Any) -> bytes:
        body = self.pack_header(operation, fixed or {})
        body += self.pack(self.operations[operation]["attribute-set"], words)
        flags |= NLM_F_REQUEST | NLM_F_ACK
        return HEAD.pack(HEAD.size + len(body), self.code(operation, "request"), flags, 1, 0) + body

    def pack_header(self, operation: str, fixed: Words) -> bytes:
        data = b""
        for member in self.header(operation):
            if member["type"] == "pad":
                data += bytes(member["len"])
            else:
                data += struct.pack(f"={SCALARS[member['type']]}", fixed.get(member["name"], 0))
        return data

    def pack(self, space: str, words: Words) -> bytes:
        """Attributes as they are sent; bytes stand for themselves."""
        data = b""
        for name, value in words.items():
            number, body = self.find(space, name)
            inner = self.space_of(body, words)
            if inner:
                number |= NLA_F_NESTED
            for one in value if body.get("multi-attr") else [value]:
                data += attr(number, self.pack(inner, one) if inner else self.pack_one(body, one))
        return data

    def space_of(self, body: Words, around: Words) -> str | None:
        """The set of what is nested in an attribute, which may depend on those beside it."""
        if body["type"] == "sub-message":
            return self.formats[body["sub-message"]].get(around.get(body["selector"]))
        return body.get("nested-attributes")

    def pack_one(self, body: Words, value: Any) -> bytes:
        if isinstance(value, bytes):
            return value
        if body["type"] == "string":
            return value.encode() + b"\0"
        if isinstance(value, str):
            value = next(n for n, entry in self.enums[body["enum"]].items() if entry["name"] == value)
        return struct.pack(f"={SCALARS[body['type']]}", value)


def attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    while data:
        size, number = ATTR.unpack_from(data.ljust(ATTR.size, b"\0"))
        if not ATTR.size <= size <= len(data):
            raise ValueError(f"an attribute of {size} bytes where {len(data)} are left")
        yield number & NLA_TYPE_MASK, data[ATTR.size : size]
        data = data[(size + 3) & ~3 :]


def messages(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Type, flags and the rest of each message in a datagram."""
    while data:
        size, code, flags, _, _ = HEAD.unpack_from(data.ljust(HEAD.size, b"\0"))
        if not HEAD.size <= size <= len(data):
            raise ValueError(f"a message of {size} bytes where {len(data)} are left")
        yield code, flags, data[HEAD.size : size]
        data = data[(size + 3) & ~3 :]


def check_error(code: int, flags: int, body: bytes) -> None:
    """What an end of messages says, if it is not that all went well."""
    number = -struct.unpack_from("=i", body)[0]
    if number:
        # The request's header stands between in answers that are no dump's.
        said = body[4 + (HEAD.size if code == NLMSG_ERROR else 0) :] if flags & NLM_F_ACK_TLVS else b""
        text = dict(attributes(said)).get(NLMSGERR_ATTR_MSG, b"").rstrip(b"\0").decode()
        raise Refused(f"{os.strerror(number)}: {text or 'no reason given'}")


@dataclasses.dataclass
class Reader:
    """Reads messages, and notes which attributes occurred and what was wrong with them."""

    spec: Spec
    seen: set[tuple[str, str]] = dataclasses.field(default_factory=set)
    problems: list[str] = dataclasses.field(default_factory=list)

    def replies(self, operation: str, datagrams: list[bytes]) -> list[Words]:
        """All that were an answer to a request; Refused if the kernel did not give one."""
        found = []
        for datagram in datagrams:
            for code, flags, body in messages(datagram):
                if code in (NLMSG_ERROR, NLMSG_DONE):
                    check_error(code, flags, body)
                else:
                    found.append(self.reply(operation, code, body))
        return found

    def reply(self, operation: str, code: int, body: bytes) -> Words:
        if code != self.spec.code(operation, "reply"):
            self.problem(f"{operation}: a message of type {code}")
            return {}
        found: Words = {}
        offset = 0
        for member in self.spec.header(operation):
            if member["type"] == "pad":
                offset += member["len"]
                continue
            form = f"={SCALARS[member['type']]}"
            found[member["name"]] = struct.unpack_from(form, body, offset)[0]
            offset += struct.calcsize(form)
        space = self.spec.operations[operation]["attribute-set"]
        return found | self.nest(space, body[offset:], operation)

    def problem(self, text: str) -> None:
        if text not in self.problems:
            self.problems.append(text)

    def nest(self, space: str, data: bytes, where: str) -> Words:
        found: Words = {}
        try:
            for number, payload in attributes(data):
                self.one(space, number, payload, found, where)
        except ValueError as error:
            self.problem(f"{where}: {error}")
        return found

    def one(self, space: str, number: int, payload: bytes, found: Words, where: str) -> None:
        body = self.spec.sets[space].get(number)
        if body is None:
            self.problem(f"{where}: attribute {number} is not in {space}")
            return
        name = body["name"]
        where = f"{where} {name}"
        self.seen.add((space, name))
        if body.get("multi-attr"):
            found.setdefault(name, []).append(self.value(body, payload, found, where))
        elif name in found:
            self.problem(f"{where}: twice")
        else:
            found[name] = self.value(body, payload, found, where)

    def value(self, body: Words, payload: bytes, around: Words, where: str) -> Any:
        kind = body["type"]
        inner = self.spec.space_of(body, around)
        if inner:
            return self.nest(inner, payload, where)
        if kind in SCALARS:
            return self.scalar(body, payload, where)
        if kind == "string":
            if payload[-1:] != b"\0" or b"\0" in payload[:-1]:
                self.problem(f"{where}: not a string: {payload!r}")
            return payload.rstrip(b"\0").decode(errors="replace")
        if kind == "unused" or kind == "pad" and payload:
            self.problem(f"{where}: {len(payload)} bytes where nothing should be")
        return payload

    def scalar(self, body: Words, payload: bytes, where: str) -> int | str | None:
        form = f"={SCALARS[body['type']]}"
        if len(payload) != struct.calcsize(form):
            self.problem(f"{where}: {len(payload)} bytes for a {body['type']}")
            return None
        number = struct.unpack(form, payload)[0]
        if "enum" not in body:
            return number
        entry = self.spec.enums[body["enum"]].get(number)
        if entry is None:
            self.problem(f"{where}: {number} is not in {body['enum']}")
            return number
        return entry["name"]


def schema_problems(spec: Spec, schema: str) -> list[str]:
    """What the schema of the kernel's own specifications does not allow."""
    checker = jsonschema.Draft7Validator(yaml.safe_load(schema))
    return [f"{error.json_path}: {error.message}" for error in checker.iter_errors(spec.tree)]
