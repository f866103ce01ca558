# SPDX-License-Identifier: GPL-2.0
"""Commands in the guest, over a virtio port of their own (never the console)."""

from __future__ import annotations

import base64
import io
import itertools
import socket
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

from process import LabError
from qmp import connect


class GuestError(LabError):
    """A command in the guest failed, or the guest did not answer."""


class Guest:
    """One end of the command channel; after a migration, attach() to the new QEMU."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self._sock: socket.socket | None = None
        self._buffer = b""

    def attach(self, path: Path) -> None:
        self.detach()
        self._sock = connect(path, 20)
        self._buffer = b""

    def detach(self) -> None:
        if self._sock:
            self._sock.close()
            self._sock = None

    def wait_ready(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self._line(deadline, "the guest to come up") != b"ready":
            pass

    def _line(self, deadline: float, what: str) -> bytes:
        assert self._sock
        while b"\n" not in self._buffer:
            self._sock.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                data = self._sock.recv(1 << 16)
            except TimeoutError:
                raise GuestError(f"no answer from the guest: {what}") from None
            except OSError:
                data = b""
            if not data:
                raise GuestError(f"the guest's QEMU is gone: {what}")
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def status(
        self, script: str, timeout: float = 30, echo: Callable[[str], None] | None = None
    ) -> tuple[int, str]:
        """Run a bash script; its exit status and what it printed (both streams)."""
        assert self._sock, "not attached"
        number = next(self._ids)
        encoded = base64.b64encode(script.encode())
        what = script.strip().splitlines()[0][:60]
        try:
            self._sock.sendall(b"%d %s\n" % (number, encoded))
        except OSError:
            raise GuestError(f"the guest's QEMU is gone: {what}") from None
        deadline = time.monotonic() + timeout
        output: list[str] = []
        while True:
            line = self._line(deadline, what).decode(errors="replace")
            if line.startswith("o "):
                output.append(line[2:])
                if echo:
                    echo(line[2:])
            elif line.startswith(f"x {number} "):
                return int(line.split()[2]), "\n".join(output)

    def run(self, script: str, timeout: float = 30, what: str = "") -> str:
        """Run a script that has to succeed; what says in words what it is for."""
        status, output = self.status(script, timeout)
        if status:
            raise GuestError(f"in the guest: {what or script.strip()}: status {status} {output}".strip())
        return output

    def fetch(self, folder: str, names: list[str], timeout: float = 60) -> dict[str, bytes]:
        """Bring files of the guest here, by their names."""
        text = self.run(f"tar -C {folder} -cz {' '.join(names)} | base64 -w 1000", timeout)
        with tarfile.open(fileobj=io.BytesIO(base64.b64decode(text))) as archive:
            return {member.name: archive.extractfile(member).read() for member in archive}
