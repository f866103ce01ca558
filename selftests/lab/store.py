# SPDX-License-Identifier: GPL-2.0
"""Results as files for programs, and for a run that goes on where one ended."""

from __future__ import annotations

import json
from pathlib import Path


def file(result: dict, folder: Path) -> Path:
    return folder / "{kernel}-{vf}-{host}-{driver}-{scenario}-{run}.json".format(**result)


def save(result: dict, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    file(result, folder).write_text(json.dumps(result, indent=1) + "\n")


def find(head: dict, folder: Path) -> dict | None:
    """What was measured before of all that the head names: the same build, the same rounds."""
    path = file(head, folder)
    found = json.loads(path.read_text()) if path.exists() else {}
    same = all(found.get(name) == value for name, value in head.items())
    return found if same and "figures" in found else None
