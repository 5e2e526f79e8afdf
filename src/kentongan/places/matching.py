"""Streets and landmarks by their words: near before far, slips and what no name says forgiven."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from rapidfuzz.distance import OSA

from kentongan.places import naming
from kentongan.places.gazetteer import distance
from kentongan.places.ground import CELLS, Ground, Sought, cell
from kentongan.places.words import Words, indexed, joined, with_one_less, words

CANDIDATES = 200  # names that one question reads: more would take longer than a person notices
CORRECTED, TWICE = 4, 8  # letters from which on one slip, and two, are forgiven
CLOSE = 100_000.0  # metres
SLIPS = 0.5  # of the wanted number: below it a word may be a mistyped one
SPELT_OUT = 3  # words that are a whole name and where it is
LAST = 1e-9  # the share of any number of names that is nothing: a last try
MOST = 6  # words of a name that are sought: each more is another question where nothing is found
BEGUN = 2  # letters from which on a word may be a beginning: the index holds those of two and three
ALIKE = 5  # words that a mistyped one may stand for
Point = tuple[float, float]


class Match(NamedTuple):
    """A name and how ill it fits what was typed: 0 is exactly, each whole number about a word. `lacks`: a word of what
    was typed was left out, as neither the name nor what it lies in has it."""

    row: Sought
    cost: float
    lacks: bool = False


class _Asked(NamedTuple):
    """A word that is sought, by any of the ways it may be written; `begun`: its end may not be typed yet."""

    forms: tuple[str, ...]
    begun: bool
    typed: str


def matches(under: Ground, asked: Words, near: Point | None, limit: int) -> list[Match]:
    """The names that fit, in no order: those near first looked for, then the country's; each way of reading what was
    typed only where the stricter ones found too little."""
    found: dict[int, Match] = {}
    close, spelt_out = False, len(asked.strong) >= SPELT_OUT
    for least, reading in _readings(under, asked):
        # Whoever spells a name out with its town is not asked whether another was meant; nor are slips sought for where
        # what was typed is there, near by if that was asked.
        is_enough = spelt_out or (least == SLIPS and (close or near is None))
        if len(found) >= least * limit or (found and is_enough):
            break
        left_out, costs = _left_out(reading, asked), dict[tuple[str, bool], float]()  # every town has a Jl. Mawar
        for row in _rows(under, reading, near, limit):
            if (known := (row.name, bool(row.kind))) not in costs:
                costs[known] = _cost(row, reading, asked) + left_out
            found.setdefault(row.id, Match(row, costs[known], left_out > 0))
            close = close or (near is not None and distance(*near, row.lon, row.lat) < CLOSE)
    return list(found.values())


def _rows(under: Ground, reading: list[_Asked], near: Point | None, limit: int) -> list[Sought]:
    """What fits a reading: those close to `near` where they are enough, else the country's, which are all there are
    where they are few, else those within some hundred kilometres first. Of several words the country has few: it is
    asked at once, as each question reads through all that have the commonest."""
    found: list[Sought] = []
    if near and len(reading) < SPELT_OUT:
        found = under.named(_expression(reading, _squares(near, CELLS[0])), CANDIDATES)
    if len(found) >= limit:
        return found
    whole = under.named(_expression(reading, []), CANDIDATES)
    if near is None or len(whole) < CANDIDATES:
        return whole
    return [*found, *under.named(_expression(reading, _squares(near, CELLS[1])), CANDIDATES), *whole]


def _readings(under: Ground, asked: Words) -> Iterator[tuple[float, list[_Asked]]]:
    """Ways to read what was typed, each with the share of the wanted number of names below which it is of use."""
    said, strong = asked.all, (asked.strong or asked.all)[:MOST]
    strict = [_Asked((one,), one == said[-1], one) for one in said]
    begun = [_Asked((one,), True, one) for one in strong]
    yield 1, strict
    if begun != strict:
        yield 1, begun
    some = [_Asked((one, *_alike(under, one)), True, one) for one in strong]
    if some != begun:
        yield SLIPS, some
    for pair in joined(strong):
        if not under.named(_expression([_Asked((pair,), True, pair)], []), 1):
            continue  # looked for alone first: common words beside it make each question dear
        yield LAST, [_Asked((pair,), True, pair), *(one for one in some if one.typed not in pair)]
    for left_out in reversed(range(len(some) if len(some) > 1 else 0)):
        yield LAST, [one for at, one in enumerate(some) if at != left_out]


def _alike(under: Ground, word: str) -> list[str]:
    """Words of names from which this one is a slip away; of a long one two."""
    if len(word) < CORRECTED:
        return []
    most = 1 if len(word) < TWICE else 2
    away = partial(OSA.distance, word, score_cutoff=most)
    near = sorted((away(one), one) for one in under.slips(sorted(with_one_less(word))) if one != word)
    return [one for far, one in near if far <= most][:ALIKE]


def _expression(reading: list[_Asked], cells: list[str]) -> str:
    """As FTS5 reads it. Words are letters and digits of ASCII, so no operator of its can be among them."""
    every = [_either(one) for one in reading]
    parts = [f"({{name area}} : {form}{_areas(one)})" for one, form in zip(reading, every, strict=True)]
    if len(every) > 1:
        parts.append(f"({{name}} : ({' OR '.join(every)}))")
    else:
        parts = [f"({{name}} : {every[0]})"]
    if cells:
        parts.append(f"({{cell}} : ({' OR '.join(cells)}))")
    return " AND ".join(parts)


def _either(one: _Asked) -> str:
    forms = [
        f'"{indexed(form)}"' + ("*" if one.begun and form == one.typed and len(form) >= BEGUN else "")
        for form in one.forms
    ]
    return f"({' OR '.join(forms)})"


def _areas(one: _Asked) -> str:
    """The area whose short name the word may be: "jaksel"."""
    long = naming.read(one.typed)[0]
    if long == one.typed or not (said := words(long).all):
        return ""
    return " OR ({area} : (" + " AND ".join(f'"{indexed(word)}"' for word in said) + "))"


def _squares(near: Point, size: int) -> list[str]:
    """The squares of one `size`-th of a degree around a place."""
    steps = (-1 / size, 0.0, 1 / size)
    return [f'"{cell(near[0] + east, near[1] + north, size)}"' for east in steps for north in steps]


def _left_out(reading: list[_Asked], asked: Words) -> float:
    """How many words that were typed are in no way sought."""
    typed = {one.typed for one in reading}
    return sum(1.0 for one in asked.strong if one not in typed and not any(one in other for other in typed))


def _cost(row: Sought, reading: list[_Asked], asked: Words) -> float:
    """How ill a name fits. What the name has beyond what was typed counts little, what it lacks much."""
    name = words(row.name)
    has = {*name.all, *joined(name.strong)}
    cost, met = 0.0, 0
    for one in reading:
        if one.typed in has:
            met += 1
        elif one.begun and any(word.startswith(one.typed) for word in has):
            met, cost = met + 1, cost + 0.15
        elif has.intersection(one.forms):
            met, cost = met + 1, cost + 0.8
        elif one.typed in asked.strong:
            cost += 0.1  # it names what the street lies in
    cost += sum(0.1 for one in asked.weak if not any(word.startswith(one) for word in has))
    beyond = len(name.strong) - met
    if name.kind and asked.kind and name.kind != asked.kind:
        cost += 0.3
    elif asked.kind and row.kind:
        cost += 0.5  # a street is asked for
    return cost + min(max(beyond, 0) * 0.2, 0.8)
