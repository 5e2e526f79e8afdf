"""Addresses without commas: "Tanah Abang Jakarta Pusat" is read as names of which each lies in the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from kentongan.places import naming
from kentongan.places.gazetteer import Area

LONGEST = 6  # words of a name: no area of the code list has more
MOST = 24  # words that are looked at, from the end
# What stands behind one of these names a street or a lake, not a place: "Jl. Gambir", "Jalan Danau Toba".
_OF_ANOTHER = {
    "jalan", "jl", "jln", "gang", "gg", "lorong", "lrg", "raya", "tol", "lintas", "trans", "danau", "gunung", "gn",
    "pulau", "selat", "teluk", "laut", "tukad",
}  # fmt: skip
Way = tuple[int, frozenset[str], frozenset[str]]  # words that are left, areas (codes), names


class Reading(NamedTuple):
    """The areas that the smallest name means, how many words are left before it, and the names that were read."""

    areas: list[Area]
    left: int
    names: frozenset[str]


def divided(piece: str, within: Sequence[str] | None, past: set[str]) -> tuple[list[Area], str]:
    """The areas that a piece means which is several names, from the smallest to the largest, and the words before
    them; no areas where it is not. Of several ways to read it the areas of each.

    `within` the codes that later pieces mean: then the whole piece must be names. With None words may stand before
    them, as a street does, but two names must lie in each other: one alone is what streets and shops are called too.
    """
    words = piece.split()[-MOST:]
    if words and naming.NOTHING.fullmatch(naming.plain(words[-1])):
        words.pop()
    read = [one for one in _readings(words, len(words), within, past) if not _is_cut(words, one, past)]
    left = min((one.left for one in read if len(one.names) > 1), default=len(words))
    if left and (left == len(words) or within is not None):
        return [], ""
    found = {area.code: area for one in read if one.left == left for area in one.areas}
    areas = list(found.values())
    return ([], "") if _is_between(words[:left], areas, past) else (areas, " ".join(words[:left]))


def _readings(
    words: Sequence[str], end: int, within: Sequence[str] | None, past: set[str],
    names: frozenset[str] = frozenset(), seen: set[Way] | None = None,
) -> Iterator[Reading]:  # fmt: skip
    """Every way to read names up to the word `end`, each as far as it goes. Where several ways have come to the same,
    one goes on (`seen`): of "DKI Jakarta" again and again there are else thousands."""
    seen = set() if seen is None else seen
    for begin in range(max(0, end - LONGEST), end):
        name = " ".join(words[begin:end])
        if found := naming.called(name, within, past):
            read = names | {naming.plain(name)}
            way = (begin, frozenset(one.code for one in found), read)
            if way not in seen:
                seen.add(way)
                yield Reading(found, begin, read)
                yield from _readings(words, begin, naming.meant(found), past, read, seen)


def _is_cut(words: Sequence[str], one: Reading, past: set[str]) -> bool:
    """Whether the last word that is left belongs to what was read: the kind of an area, or of a street or a lake."""
    if not one.left:
        return False
    before = words[one.left - 1]
    return naming.plain(before) in _OF_ANOTHER or bool(naming.read(f"{before} x")[1])


def _is_between(left: Sequence[str], areas: Sequence[Area], past: set[str]) -> bool:
    """Whether the words before a city end with another one: "Jalan Raya Semarang Solo Jawa Tengah" is in neither."""
    if any(one.level in {"district", "village"} for one in areas):
        return False
    tails = (" ".join(left[begin:]) for begin in range(max(0, len(left) - LONGEST), len(left)))
    cities = {one.code for tail in tails for one in naming.called(tail, None, past) if one.level == "regency"}
    return not cities <= {one.code for one in areas}
