"""Branch coverage of each room, from the data that `script/test --coverage` has joined; what falls short is named.

With arguments the figures are told and nothing is judged. `--lines ROOM` lists what was not reached.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src/kentongan"
LEAST = 95.0  # per cent of the branches of a room


def measured() -> dict[str, Any]:
    """What `coverage json` says of each file of the package, by its path there; of copies elsewhere nothing."""
    with TemporaryDirectory() as folder:
        told = Path(folder) / "coverage.json"
        subprocess.run([sys.executable, "-m", "coverage", "json", "-q", "-o", str(told)], cwd=ROOT, check=True)
        files: dict[str, Any] = json.loads(told.read_text())["files"]
    whole = {(ROOT / path).resolve(): found for path, found in files.items()}
    return {str(path.relative_to(PACKAGE)): found for path, found in whole.items() if path.is_relative_to(PACKAGE)}


def by_room(files: dict[str, Any]) -> dict[str, list[dict[str, int]]]:
    """The summaries of the files of each room; the few files beside the rooms are one."""
    rooms = defaultdict(list)
    for path, found in files.items():
        room, _slash, below = path.partition("/")
        rooms[room if below else "beside"].append(found["summary"])
    return dict(sorted(rooms.items()))


def share(covered: int, all_of: int) -> float:
    """Per cent; nothing to cover is all of it."""
    return 100.0 * covered / all_of if all_of else 100.0


def table(rooms: dict[str, list[dict[str, int]]]) -> tuple[list[str], list[str]]:
    """The lines of the table, and the rooms below `LEAST`."""
    lines, short = ["| room | branches | of | share | lines |", "| --- | --- | --- | --- | --- |"], []
    for room, summaries in rooms.items():
        taken, there = (sum(one[name] for one in summaries) for name in ("covered_branches", "num_branches"))
        read, all_lines = (sum(one[name] for one in summaries) for name in ("covered_lines", "num_statements"))
        branches = share(taken, there)
        lines.append(f"| `{room}` | {taken} | {there} | {branches:.1f} % | {share(read, all_lines):.1f} % |")
        if branches < LEAST:
            short.append(room)
    return lines, short


def missing(files: dict[str, Any], room: str) -> list[str]:
    """What nobody reached in a room, as lines and as branches `from->to` (to a negative line: the end)."""
    told = []
    for path, found in files.items():
        if path.startswith(f"{room}/") and (found["missing_lines"] or found["missing_branches"]):
            ways = [f"{a}->{b}" for a, b in found["missing_branches"]]
            told.append(f"{path}: lines {found['missing_lines']} branches {' '.join(ways)}")
    return told


def main(arguments: list[str]) -> int:
    """Prints the table; 1 where the whole was measured and a room falls short."""
    files = measured()
    if arguments[:1] == ["--lines"]:
        print(*(line for room in arguments[1:] for line in missing(files, room)), sep="\n")
        return 0
    lines, short = table(by_room(files))
    print(*lines, sep="\n")
    if short and not arguments:
        print(f"below {LEAST:g} % of branches: {', '.join(short)}", file=sys.stderr)
    return int(bool(short) and not arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
