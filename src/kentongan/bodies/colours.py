"""Colours of a body that people can read: one colour is chosen, the shades of day and night are found from it.

Contrast is that of WCAG 2.2 (relative luminance, 1.4.3): letters want 4.5 to 1 against what lies behind them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LEAST = 4.5  # to 1, for letters (WCAG 2.2, AA)
STEPS = 100  # from the colour that was chosen to black or white
_HEX = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})", re.ASCII)
Rgb = tuple[int, int, int]


@dataclass(frozen=True)
class Grounds:
    """What letters stand on (the names of `web/styles/tokens.css`), and to which end they are made stronger."""

    paper: str
    card: str
    sunk: str
    on_sea: str
    end: str


DAY = Grounds("#fbfaf7", "#ffffff", "#f2efe8", "#ffffff", "#000000")
NIGHT = Grounds("#14181a", "#1c2225", "#23292c", "#0d1a1a", "#ffffff")


@dataclass(frozen=True)
class Shades:
    """Colours (#rrggbb) in the place of those of the site: links and buttons, stronger under the pointer, the letters
    on them, and a wash behind what is chosen."""

    sea: str
    deep: str
    on_sea: str
    wash: str


def read_colour(written: str) -> str | None:
    """`#rrggbb`, of what somebody wrote (`#A12`, `aa1122`); None: it is no colour."""
    found = _HEX.fullmatch(written.strip().lower())
    if found is None:
        return None
    digits = found[1]
    return "#" + (digits if len(digits) == 6 else "".join(one * 2 for one in digits))


def shades(accent: str, grounds: Grounds) -> Shades:
    """The colour nearest to `accent` (#rrggbb) that can be read on all of `grounds`, and with it the others."""
    for step in range(STEPS + 1):
        sea = _mixed(accent, grounds.end, step / STEPS)
        wash = _mixed(grounds.card, sea, 0.1)
        behind = (grounds.paper, grounds.card, grounds.sunk, grounds.on_sea, wash)
        if all(contrast(sea, one) >= LEAST for one in behind):
            break
    return Shades(sea, _mixed(sea, grounds.end, 0.25), grounds.on_sea, wash)


def contrast(one: str, other: str) -> float:
    """How much two colours (#rrggbb) differ in light: from 1 to 21."""
    dark, light = sorted((_light(one), _light(other)))
    return (light + 0.05) / (dark + 0.05)


def _light(colour: str) -> float:
    red, green, blue = (_linear(part / 255) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _mixed(one: str, other: str, share: float) -> str:
    both = zip(_parts(one), _parts(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in both)


def _parts(colour: str) -> Rgb:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
