"""The picture of the rooms: the rows from the contract that holds them, the arrows from the imports themselves.

An arrow that other arrows already imply is left out, so that the picture can be read; who points at a room reads all
of its imports. Nothing is counted: the picture grows old only when a room or a way between two rooms comes or goes.
"""

from __future__ import annotations

import itertools
import tomllib
from html import escape
from pathlib import Path
from typing import NamedTuple

import grimp

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs/pictures/rooms.svg"
WIDTH, ROW, MARGIN = 760, 78, 20
BOX, HEIGHT, BEND, GAP = 104, 34, 14, 22  # BEND: the room that an arrow takes where it passes a row
SWEEPS = 12
STYLE = """
  :root { color-scheme: light dark; --paper: #fff; --ink: #1b1b1b; --line: #767676; --box: #f1f3f5; }
  @media (prefers-color-scheme: dark) { :root { --paper: #16181b; --ink: #ececec; --line: #989898; --box: #25292e; } }
  .paper { fill: var(--paper); }
  .box { fill: var(--box); stroke: var(--ink); }
  .arrow { fill: none; stroke: var(--line); stroke-width: 1.3; }
  .tip { fill: var(--line); }
  text { fill: var(--ink); font: 14px system-ui, sans-serif; text-anchor: middle; }
"""

Imports = dict[str, set[str]]


class Stop(NamedTuple):
    """A room in a row, or the place where the arrow from `room` to `to` passes that row."""

    room: str
    to: str = ""


def imports() -> Imports:
    """Each room and those whose files its own files import."""
    graph = grimp.build_graph("kentongan", cache_dir=None)
    package = ROOT / "src/kentongan"
    rooms = {
        name for name in (one.split(".")[1] for one in graph.find_children("kentongan")) if (package / name).is_dir()
    }
    found: Imports = {room: set() for room in rooms}
    for module in graph.modules:
        room = module.split(".")[1] if "." in module else ""
        if room in rooms:
            imported = {one.split(".")[1] for one in graph.find_modules_directly_imported_by(module) if "." in one}
            found[room] |= (imported & rooms) - {room}
    return found


def rows(rooms: set[str]) -> list[list[str]]:
    """The rooms from the top, as the contract orders them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(one["layers"] for one in contracts if one.get("containers") == ["kentongan"])
    ordered = [sorted({name.strip() for name in layer.split("|")} & rooms) for layer in layers]
    return [row for row in ordered if row]


def arrows(found: Imports) -> list[tuple[str, str]]:
    """The imports without those that a longer way implies."""

    def reached(room: str) -> set[str]:
        return found[room].union(*(reached(one) for one in found[room]))

    return sorted((a, b) for a in found for b in found[a] if not any(b in reached(c) for c in found[a] - {b}))


def draw() -> str:
    """The picture as SVG."""
    found = imports()
    levels = rows(set(found))
    level = {room: number for number, row in enumerate(levels) for room in row}
    drawn = arrows(found)
    stops: list[list[Stop]] = [[Stop(room) for room in row] for row in levels]
    ways: list[list[Stop]] = []
    for a, b in drawn:
        between = [(number, Stop(a, b)) for number in range(level[a] + 1, level[b])]
        for number, stop in between:
            stops[number].append(stop)
        ways.append([Stop(a), *(stop for _number, stop in between), Stop(b)])
    at = _places(stops, ways, level)
    return _written(found, level, [_curve(way, at, level) for way in ways], at, len(levels))


def _places(stops: list[list[Stop]], ways: list[list[Stop]], level: dict[str, int]) -> dict[tuple[int, Stop], float]:
    """The middle of each stop from the left: sweeps down and up put each near those it is joined with."""
    joined: dict[tuple[int, Stop], list[tuple[int, Stop]]] = {}
    for way in ways:
        numbered = [(level[way[0].room] + step, stop) for step, stop in enumerate(way)]
        for upper, lower in itertools.pairwise(numbered):
            joined.setdefault(upper, []).append(lower)
            joined.setdefault(lower, []).append(upper)
    at: dict[tuple[int, Stop], float] = {}
    for number, row in enumerate(stops):
        _spread(number, row, at)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for number in range(len(stops)) if down else reversed(range(len(stops))):
            wanted = {}
            for stop in stops[number]:
                near = [at[one] for one in joined.get((number, stop), []) if (one[0] < number) == down]
                wanted[stop] = sum(near) / len(near) if near else at[number, stop]
            stops[number].sort(key=lambda stop: (wanted[stop], stop))
            _spread(number, stops[number], at)
    return at


def _spread(number: int, row: list[Stop], at: dict[tuple[int, Stop], float]) -> None:
    widths = [BEND if stop.to else BOX for stop in row]
    left = (WIDTH - sum(widths) - GAP * (len(row) - 1)) / 2
    for stop, width in zip(row, widths, strict=True):
        at[number, stop] = round(left + width / 2, 1)
        left += width + GAP


def _curve(way: list[Stop], at: dict[tuple[int, Stop], float], level: dict[str, int]) -> str:
    """From under the first box to above the last; straight down where it passes the boxes of a row between."""
    first, last = level[way[0].room], len(way) - 1
    path, left_x, left_y = "", 0.0, 0.0
    for step, stop in enumerate(way):
        x, y = at[first + step, stop], _middle(first + step)
        over, under = y - HEIGHT / 2, y + HEIGHT / 2
        if step:
            end = over - 6 if step == last else over
            half = (left_y + end) / 2
            path += f"C{left_x:g} {half:g} {x:g} {half:g} {x:g} {end:g}"
        left_x, left_y = x, under
        path += f"M{x:g} {under:g}" if step == 0 else f"V{under:g}" if step < last else ""
    return path


def _middle(number: int) -> float:
    return MARGIN + HEIGHT / 2 + number * ROW


def _written(
    found: Imports, level: dict[str, int], curves: list[str], at: dict[tuple[int, Stop], float], rows: int
) -> str:
    height = 2 * MARGIN + HEIGHT + (rows - 1) * ROW
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="t d">',
        '<title id="t">The rooms of Kentongan and who imports whom</title>',
        '<desc id="d">Drawn by script/draw-rooms from the imports. Arrows lead from a room to those it imports;'
        " an arrow that others imply is left out.</desc>",
        f"<style>{STYLE}</style>",
        '<marker id="tip" viewBox="0 0 8 8" refX="2" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path class="tip" d="M0 0 8 4 0 8z"/></marker>',
        f'<rect class="paper" width="{WIDTH}" height="{height}"/>',
        *(f'<path class="arrow" marker-end="url(#tip)" d="{curve}"/>' for curve in curves),
    ]
    for room in sorted(level, key=lambda one: (level[one], at[level[one], Stop(one)])):
        x, y = at[level[room], Stop(room)], _middle(level[room])
        said = f"{room} imports {', '.join(sorted(found[room])) or 'no other room'}"
        lines.append(
            f"<g><title>{escape(said)}</title>"
            f'<rect class="box" x="{x - BOX / 2:g}" y="{y - HEIGHT / 2:g}" width="{BOX}" height="{HEIGHT}" rx="6"/>'
            f'<text x="{x:g}" y="{y + 5:g}">{escape(room)}</text></g>'
        )
    return "\n".join([*lines, "</svg>"]) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
