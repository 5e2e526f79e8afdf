"""The catalogue as a file: read, checked, and put into the database as a whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

import yaml
from django.db import transaction
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kentongan.catalogue.kinds import invalidate
from kentongan.catalogue.models import Category
from kentongan.foundation.problems import Problem
from kentongan.foundation.yaml_files import read_yaml

# As long as their columns: PostgreSQL refuses what is longer.
Name = Annotated[str, Field(min_length=1, max_length=80)]
Hint = Annotated[str, Field(max_length=200)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Words(_Strict):
    """The same words in Indonesian and English."""

    id: Name
    en: Name


class Hints(_Strict):
    """What belongs to a category, in Indonesian and English; may be empty."""

    id: Hint = ""
    en: Hint = ""


class Value(_Strict):
    """One answer of a list: its key and its name."""

    key: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
    name: Words


class Question(_Strict):
    """An extra question, an attribute of Open311 GeoReport v2."""

    code: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
    datatype: Literal["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]
    description: Words
    required: bool = False
    public: bool = False  # whether everybody reads the answer
    values: list[Value] = []

    @model_validator(mode="after")
    def _lists_have_values(self) -> Question:
        if self.datatype.endswith("list") != bool(self.values):
            raise ValueError("a list needs values, and only a list has them")
        _once("values", [value.key for value in self.values])
        return self


class About(_Strict):
    """The things with an identity that a category is about: their layer, and how a person is asked which one."""

    layer: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
    question: Words | None = None


class Kind(_Strict):
    """One category of the file, with those below it."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
    name: Words
    hint: Hints = Hints()
    icon: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")] = "circle-help"
    keywords: dict[Literal["id", "en"], list[Name]] = {}
    questions: list[Question] = []
    asset: About | None = None
    needs_place: bool = True
    emergency: bool = False
    restricted: bool = False
    deadline_hours: Annotated[int, Field(ge=1, le=24 * 365)] = 120
    kinds: list[Kind] = []

    @model_validator(mode="after")
    def _questions_differ(self) -> Kind:
        _once("questions", [question.code for question in self.questions])
        return self


class Catalogue(_Strict):
    """The whole file."""

    kinds: list[Kind]


def load(path: Path | None = None) -> int:
    """Loads the file at `path`, without one the packaged catalogue; returns how many categories it has.

    Categories that the file no longer names are switched off, never deleted: old reports keep theirs.
    Raises Problem `bad_catalogue` that says where the file is wrong; nothing is changed then.
    """
    rows = _rows(_read(path).kinds, None)
    codes = [row.code for row in rows]
    if doubled := sorted({code for code in codes if codes.count(code) > 1}):
        raise Problem("bad_catalogue", 422, f"the codes are used twice: {', '.join(doubled)}")
    for at, row in enumerate(rows):
        row.position = at
    with transaction.atomic():
        Category.objects.exclude(code__in=codes).update(active=False)
        fields = [field.name for field in Category._meta.fields if not field.primary_key]
        Category.objects.bulk_create(rows, update_conflicts=True, unique_fields=["code"], update_fields=fields)
        invalidate()
    return len(rows)


def bring(rows: Sequence[Category]) -> int:
    """Adds categories of another instance that are not known here; returns how many are new. Raises Problem
    `bad_catalogue` where one would be part of itself, or of what there is not."""
    with transaction.atomic():
        known = dict(Category.objects.values_list("code", "parent_id"))
        new = [row for row in rows if row.code not in known]
        _check_parents(known | {row.code: row.parent_id for row in new})
        Category.objects.bulk_create(new)
        invalidate()
    return len(new)


def _check_parents(parents: Mapping[str, str | None]) -> None:
    """To go up the tree must come to an end."""
    for code in parents:
        passed, above = {code}, parents[code]
        while above is not None:
            if above in passed or above not in parents:
                raise Problem("bad_catalogue", 422, f"{code}: it cannot be part of {above}")
            passed.add(above)
            above = parents[above]


def _once(what: str, codes: list[str]) -> None:
    if doubled := sorted({code for code in codes if codes.count(code) > 1}):
        raise ValueError(f"{what} used twice: {', '.join(doubled)}")


def _read(path: Path | None) -> Catalogue:
    source = path or files("kentongan.catalogue").joinpath("catalogue.yaml")
    try:
        return Catalogue.model_validate(read_yaml(source.read_text(encoding="utf-8")))
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Problem("bad_catalogue", 422, f"{source}: {where}: {first['msg']}") from None
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as fault:
        raise Problem("bad_catalogue", 422, f"{source}: cannot be read ({type(fault).__name__})") from None


def _rows(kinds: list[Kind], parent: str | None) -> list[Category]:
    rows = []
    for kind in kinds:
        rows.append(
            Category(
                code=kind.code, parent_id=parent, name_id=kind.name.id, name_en=kind.name.en, hint_id=kind.hint.id,
                hint_en=kind.hint.en, icon=kind.icon, keywords_id=kind.keywords.get("id", []),
                keywords_en=kind.keywords.get("en", []), needs_place=kind.needs_place, emergency=kind.emergency,
                restricted=kind.restricted, deadline_hours=kind.deadline_hours, active=True,
                questions=[question.model_dump() for question in kind.questions],
                asset_layer=kind.asset.layer if kind.asset else "",
                asset_question=kind.asset.question.model_dump() if kind.asset and kind.asset.question else {},
            )
        )  # fmt: skip
        rows += _rows(kind.kinds, kind.code)
    return rows
