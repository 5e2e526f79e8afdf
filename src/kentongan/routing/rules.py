"""The competence rules as data: read from a YAML file, checked, and named where they are wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from importlib.resources import files
from itertools import combinations
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kentongan import bodies, catalogue
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.foundation.remembering import remembered
from kentongan.foundation.yaml_files import read_yaml
from kentongan.routing.dividing import Division
from kentongan.routing.published import divisions_in_force


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(_Strict):
    """The same words in Indonesian and English; `{road}`, `{metres}` and `{where}` (on the road, or how
    far from it) are filled in."""

    id: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]


class Class(_Strict):
    """A body by its level and duty: `region` is the government of the place (in Jakarta the province)."""

    level: Literal["region", "province", "district", "village", "central"]
    duty: str


class Rule(_Strict):
    """One competence: where all of its conditions hold, the body or the body class is responsible.

    `category` is a category or a whole branch, `area` a Kemendagri code, `layer` a layer of lines or points
    within whose search distance the trouble lies; empty means any. `takes_over` names the body that takes
    reports where the responsible one is no partner and this one is.
    """

    code: str
    category: str = ""
    area: str = ""
    layer: str = ""
    valid_from: date = date.min
    valid_until: date = date.max
    body: str = ""
    to: Class | None = None
    takes_over: str = ""
    reason: Text

    @model_validator(mode="after")
    def _one_target(self) -> Rule:
        if bool(self.body) == bool(self.to):
            raise ValueError("a rule names either a body or a body class (to)")
        return self

    @property
    def target(self) -> str:
        """The body or the class, as an operator reads it."""
        return f"{self.to.level}/{self.to.duty}" if self.to else self.body


@dataclass(frozen=True)
class Rulebook:
    """The published rules and where they came from; `divisions`: by which rules of its own a body divides what comes to
    it by them."""

    rules: tuple[Rule, ...]
    source: str
    divisions: Mapping[str, Division] = field(default_factory=dict)


def rulebook() -> Rulebook:
    """The rules in force: `rules.yaml` in the data folder where an operator put one, else the packaged ones; and what
    bodies published of their own (`publishing`)."""
    own = config().data / "rules.yaml"
    book = _read_cached(own, own.stat().st_mtime_ns) if own.is_file() else _packaged()
    divisions = divisions_in_force()
    return replace(book, divisions=divisions) if divisions else book


def read_rules(path: Path) -> Rulebook:
    """The rules of a file. Raises Problem `bad_rules` that names the rule and what is wrong with it."""
    try:
        return _parse(path.read_text(encoding="utf-8"), str(path))
    except OSError as fault:
        raise Problem("bad_rules", 422, f"{path}: {fault.strerror}") from None
    except UnicodeDecodeError:
        raise Problem("bad_rules", 422, f"{path}: it is no text in UTF-8") from None


def check(book: Rulebook) -> list[str]:
    """What is wrong with the rules against the catalogue, the bodies and each other, a sentence each."""
    return [*_unknown(book), *_ties(book), *_uncovered(book), *_passed_over(book)]


@remembered(maxsize=1)
def _packaged() -> Rulebook:
    return _parse(files("kentongan.routing").joinpath("rules.yaml").read_text(encoding="utf-8"), "packaged")


@remembered(maxsize=2)
def _read_cached(path: Path, _changed: int) -> Rulebook:
    return read_rules(path)


def _parse(written: str, source: str) -> Rulebook:
    try:
        listed = read_yaml(written)["rules"]
        rules = tuple(Rule.model_validate(one) for one in listed)
    except ValidationError as fault:
        first = fault.errors()[0]
        raise Problem("bad_rules", 422, f"{source}: {first['loc']}: {first['msg']}") from None
    except (yaml.YAMLError, KeyError, TypeError) as fault:
        raise Problem("bad_rules", 422, f"{source}: not a list of rules ({type(fault).__name__})") from None
    return Rulebook(rules, source)


def _unknown(book: Rulebook) -> Iterator[str]:
    categories = {one.code for one in catalogue.all_active()}
    world = bodies.snapshot()
    for rule in book.rules:
        if rule.category and rule.category not in categories:
            yield f"rule {rule.code}: there is no category {rule.category}"
        for code in (rule.body, rule.takes_over):
            if code and world.body(code) is None:
                yield f"rule {rule.code}: there is no body {code}"
    codes = [rule.code for rule in book.rules]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        yield f"rule {code}: the code is used twice"


def _ties(book: Rulebook) -> Iterator[str]:
    """Two rules tie where the same conditions hold on the same day: no order could choose between them."""
    for one, other in combinations(book.rules, 2):
        same = (one.category, one.area, one.layer) == (other.category, other.area, other.layer)
        if same and one.valid_from < other.valid_until and other.valid_from < one.valid_until:
            yield f"rules {one.code} and {other.code} tie: same category, area and layer at the same time"


def _uncovered(book: Rulebook) -> Iterator[str]:
    everywhere = {rule.category for rule in book.rules if not (rule.area or rule.layer)}
    if "" in everywhere:
        return
    for one in catalogue.all_active():
        if not everywhere & set(catalogue.branch(one.code)):
            yield f"category {one.code}: no rule covers it everywhere"


def _passed_over(book: Rulebook) -> Iterator[str]:
    """Rules that bodies published of their own and that hold no more."""
    categories = {one.code for one in catalogue.all_active()}
    world = bodies.snapshot()
    for body, division in sorted(book.divisions.items()):
        for rule in division.rules:
            if rule.category and rule.category not in categories:
                yield f"rule {rule.key} of {body}: there is no category {rule.category}"
            if world.body(rule.to) is None or (world.is_partner(body) and not world.is_partner(rule.to)):
                yield f"rule {rule.key} of {body}: {rule.to} takes part no longer"
