# SPDX-License-Identifier: GPL-2.0
"""The table of results that runs have left with --out, over all machines in it."""

from __future__ import annotations

import json
from pathlib import Path

import summary
from process import LabError

# What a column may stand for: a word of each result, or several.
COLUMNS = {
    "driver": ("driver",),
    "kernel": ("kernel",),
    "vf": ("vf",),
    "hotplug": ("host",),
    "machine": ("kernel", "vf", "host", "driver"),
}


def main(options, _kernels, _work: Path) -> int:
    results = [json.loads(path.read_text()) for path in sorted(Path(options.results).glob("*.json"))]
    results = [result for result in results if result["driver"] in options.driver]
    if not results:
        raise LabError(f"no results of {', '.join(options.driver)} in {options.results}")
    column = lambda result: " ".join(result[word] for word in COLUMNS[options.by])
    print(summary.HEAD)
    print(summary.by(results, column))
    return 0
