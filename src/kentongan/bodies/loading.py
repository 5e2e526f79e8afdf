"""The bodies as a file: the central ones and departments by name, the regions' governments from the gazetteer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import yaml
from django.db import transaction
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kentongan.bodies.models import Body, Level
from kentongan.bodies.world import GENERAL, invalidate
from kentongan.foundation.problems import Problem
from kentongan.foundation.yaml_files import read_yaml
from kentongan.places.gazetteer import Area, areas

# In DKI Jakarta the cities and the regency are administrative: the province governs (Law 2/2024).
GOVERNED_BY_PROVINCE = ("31",)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Words(_Strict):
    """The same name in Indonesian and English."""

    id: Annotated[str, Field(min_length=1, max_length=160)]
    en: Annotated[str, Field(min_length=1, max_length=160)]


class Entry(_Strict):
    """One body of the file."""

    code: Annotated[str, Field(pattern=r"^[a-z0-9.]{2,40}$")]
    name: Words
    level: Level
    parent: str | None = None
    area: str = ""
    duties: list[str] = []
    email: str = ""
    phone: str = ""
    website: str = ""


class Listed(_Strict):
    """The whole file; `regions` says whether the gazetteer's governments are made too."""

    regions: bool = True
    bodies: list[Entry]


def load(path: Path | None = None) -> int:
    """Loads the file at `path`, without one the packaged bodies; returns how many there are.

    All or nothing, repeatable; partner periods stay as they are, and so does what administrators of a body have said of
    it themselves (`told_here`). Raises Problem `bad_bodies`.
    """
    listed = _read(path)
    named = [_row(one) for one in listed.bodies]
    _check(named)
    # What the file says of a government takes the place of what the gazetteer says.
    rows = {row.code: row for row in (*(_governments() if listed.regions else ()), *named)}
    _check_parents(rows)
    fields = ["name_id", "name_en", "level", "parent", "area_code", "duties", "email", "phone", "website"]
    with transaction.atomic():
        told = set(Body.objects.filter(told_here=True).values_list("code", flat=True))
        new = [row for code, row in rows.items() if code not in told]
        Body.objects.bulk_create(new, update_conflicts=True, unique_fields=["code"], update_fields=fields)
        invalidate()
    return len(rows)


def bring(rows: Sequence[Body], own: set[str]) -> None:
    """Takes in bodies of another instance: those of `own` as they are there, the others only where they are unknown.
    Logos stay as they are here: they are rows of their own. Raises Problem `bad_bodies` where one would be part of
    itself."""
    fields = [one.attname for one in Body._meta.concrete_fields if not one.primary_key and one.attname != "logo"]
    with transaction.atomic():
        known = set(Body.objects.values_list("code", flat=True))
        _check_parents({row.code: row for row in rows if row.code not in known or row.code in own})
        Body.objects.bulk_create([row for row in rows if row.code not in known])
        Body.objects.bulk_update([row for row in rows if row.code in known and row.code in own], fields)
        invalidate()


def _check(named: list[Body]) -> None:
    codes = [row.code for row in named]
    if doubled := sorted({code for code in codes if codes.count(code) > 1}):
        raise Problem("bad_bodies", 422, f"the codes are used twice: {', '.join(doubled)}")
    for row in named:
        if row.area_code and row.area_code not in areas():
            raise Problem("bad_bodies", 422, f"{row.code}: there is no area {row.area_code}")


def _check_parents(rows: dict[str, Body]) -> None:
    """Every parent exists, and nobody is part of itself: to go up the tree must come to an end."""
    parents: dict[str, str | None] = dict(Body.objects.values_list("code", "parent_id"))
    parents |= {code: row.parent_id for code, row in rows.items()}
    for code, row in rows.items():
        if row.parent_id and row.parent_id not in parents:
            raise Problem("bad_bodies", 422, f"{code}: there is no body {row.parent_id} it could be part of")
        passed, above = {code}, row.parent_id
        while above:
            if above in passed:
                raise Problem("bad_bodies", 422, f"{code}: it would be part of itself, by way of {above}")
            passed.add(above)
            above = parents.get(above)


def _read(path: Path | None) -> Listed:
    source = path or files("kentongan.bodies").joinpath("bodies.yaml")
    try:
        return Listed.model_validate(read_yaml(source.read_text(encoding="utf-8")))
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Problem("bad_bodies", 422, f"{source}: {where}: {first['msg']}") from None
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as fault:
        raise Problem("bad_bodies", 422, f"{source}: cannot be read ({type(fault).__name__})") from None


def _row(one: Entry) -> Body:
    return Body(
        code=one.code, name_id=one.name.id, name_en=one.name.en, level=one.level, parent_id=one.parent,
        area_code=one.area, duties=one.duties, email=one.email, phone=one.phone, website=one.website,
    )  # fmt: skip


def _governments() -> Iterator[Body]:
    for area in areas().values():
        level = area.level
        if level == "province":
            yield _government(area, Level.PROVINCE)
        elif level == "regency" and area.code.split(".")[0] not in GOVERNED_BY_PROVINCE:
            yield _government(area, Level.REGENCY)


def _government(area: Area, level: Level) -> Body:
    name = area.name if level == Level.REGENCY else f"Provinsi {area.name}"
    return Body(
        code=area.code, name_id=f"Pemerintah {name}", name_en=f"{_english(name)} Government", level=level,
        area_code=area.code, duties=[GENERAL],
    )  # fmt: skip


def _english(name: str) -> str:
    kinds = {"Kabupaten": "Regency", "Kota": "City", "Provinsi": "Provincial"}
    kind, _space, own = name.partition(" ")
    return f"{own} {kinds[kind]}" if kind in kinds else name
