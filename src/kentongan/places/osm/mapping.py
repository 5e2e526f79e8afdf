"""Which tags of OpenStreetMap mean what: `mapping.yaml`, or an operator's own file of the same form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from kentongan.foundation.problems import Problem
from kentongan.foundation.yaml_files import read_yaml

Condition = tuple[tuple[str, Callable[[str], bool]], ...]
FARTHEST = 500.0  # metres that a layer may reach: what lies beyond is not at the place of the trouble


@dataclass(frozen=True)
class Rule:
    """What is true of a thing whose tags meet `when`: its layer, or its kind as a landmark."""

    means: str
    when: Condition

    def holds(self, tags: Mapping[str, str]) -> bool:
        """Whether all that is asked for is said."""
        return all((value := tags.get(key)) is not None and fits(value) for key, fits in self.when)


@dataclass(frozen=True)
class TagMapping:
    """The whole file. `layers`: owner class and reach in metres by code; `streets`: highways that carry an address."""

    streets: frozenset[str]
    layers: dict[str, tuple[str, float]]
    roads: tuple[Rule, ...]
    features: tuple[Rule, ...]
    landmarks: tuple[Rule, ...]

    def layer(self, tags: Mapping[str, str]) -> str:
        """The layer that the tags put a thing into; empty: none."""
        return _first(self.roads if "highway" in tags else self.features, tags)

    def landmark(self, tags: Mapping[str, str]) -> str:
        """The kind of landmark; empty: none."""
        return _first(self.landmarks, tags)

    def is_street(self, tags: Mapping[str, str]) -> bool:
        """Whether people can live or stand at it, so that it gives an address."""
        return tags.get("highway", "") in self.streets

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Every key that any rule asks for first: what has none of them is of no use."""
        rules = (*self.roads, *self.features, *self.landmarks)
        return tuple(sorted({rule.when[0][0] for rule in rules} | {"highway"}))


def read_mapping(path: Path | None = None) -> TagMapping:
    """The mapping of `path`, or the packaged one. Raises Problem `bad_mapping` (422) naming the line at fault."""
    try:
        text = path.read_text("utf-8") if path else files(__package__).joinpath("mapping.yaml").read_text("utf-8")
        said = read_yaml(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as fault:
        raise _bad(f"cannot be read: {fault}") from None
    if not isinstance(said, dict):
        raise _bad("is no list of streets, layers, roads, features and landmarks")
    unknown = sorted(map(str, set(said) - {"streets", "layers", "roads", "features", "landmarks"}))
    if unknown:
        raise _bad(f"names {', '.join(unknown)}, which mean nothing here")
    layers = _layers(said.get("layers"))
    roads, features = _rules(said, "roads", "layer", layers), _rules(said, "features", "layer", layers)
    return TagMapping(
        _texts(said.get("streets"), "streets"), layers, roads, features, _rules(said, "landmarks", "kind")
    )


def _first(rules: Iterable[Rule], tags: Mapping[str, str]) -> str:
    return next((rule.means for rule in rules if rule.holds(tags)), "")


def _layers(said: Any) -> dict[str, tuple[str, float]]:
    if not isinstance(said, dict):
        raise _bad("has no layers")
    found = {}
    for code, one in said.items():
        owner, reach = (one.get("owner"), one.get("reach")) if isinstance(one, dict) else (None, None)
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", str(code)) or not isinstance(owner, str):
            raise _bad(f"layers, {code}: a code of small letters with an owner is wanted")
        if isinstance(reach, bool) or not isinstance(reach, int | float) or not 0 <= reach <= FARTHEST:
            raise _bad(f"layers, {code}: reach is metres from 0 to {FARTHEST:.0f}")
        found[str(code)] = (owner, float(reach))
    return found


def _rules(said: dict[str, Any], part: str, names: str, layers: dict[str, Any] | None = None) -> tuple[Rule, ...]:
    rows = said.get(part)
    if not isinstance(rows, list):
        raise _bad(f"has no {part}")
    found = []
    for number, row in enumerate(rows, start=1):
        where = f"{part}, number {number}"
        means = row.get(names) if isinstance(row, dict) else None
        when = row.get("when") if isinstance(row, dict) else None
        if not isinstance(means, str) or not isinstance(when, dict) or not when:
            raise _bad(f"{where}: {names} and when are wanted")
        if layers is not None and means and means not in layers:
            raise _bad(f"{where}: there is no layer {means}")
        found.append(Rule(means, tuple((str(key), _fits(value, where)) for key, value in when.items())))
    return tuple(found)


def _fits(value: Any, where: str) -> Callable[[str], bool]:
    if value == "*":
        return bool
    if isinstance(value, str) and value.startswith("~"):
        try:
            form = re.compile(value[1:])
        except re.error as fault:
            raise _bad(f"{where}: {value[1:]} is no regular expression: {fault}") from None
        return lambda said: form.fullmatch(said) is not None
    return _texts(value, where).__contains__


def _texts(value: Any, where: str) -> frozenset[str]:
    given = value if isinstance(value, list) else [value]
    if not given or not all(isinstance(one, str) for one in given):
        raise _bad(f'{where}: texts are wanted; write "yes" and "no" in quotation marks')
    return frozenset(given)


def _bad(why: str) -> Problem:
    return Problem("bad_mapping", 422, f"the mapping of tags {why}", field="mapping")
