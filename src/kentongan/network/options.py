"""What an operator may set of a peer (docs/reference/peers.md), checked when it is set: a worker that came upon a wrong
one later would serve this peer no more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from kentongan.foundation.problems import Problem


def _zone(written: str) -> str:
    try:
        ZoneInfo(written)
    except (ValueError, LookupError, OSError):
        raise ValueError("there is no such zone") from None
    return written


class Options(BaseModel):
    """The options of all dialects; `poll_every` in seconds, `longest` in characters."""

    model_config = ConfigDict(extra="forbid")

    poll_every: Annotated[int, Field(ge=0, le=604_800)] = 900
    format: Literal["json", "xml"] = "xml"
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    contact: dict[Literal["email", "first_name", "last_name", "phone", "device_id", "account_id"], str] = {}
    photos: Literal["list", "repeat", "upload", "none"] = "list"
    longest: Annotated[int, Field(ge=200, le=4_000)] = 4_000
    holidays: list[date] = []


def check_options(given: Mapping[str, object]) -> dict[str, object]:
    """The same as they are to be kept: days in ISO 8601, numbers as numbers. Raises Problem `bad_option` (422) that
    names the first that is none, or says what it may not say."""
    try:
        return Options.model_validate(given).model_dump(mode="json", exclude_unset=True)
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        words = _("The option %(name)s cannot be so: %(why)s.") % {"name": where, "why": first["msg"]}
        raise Problem("bad_option", 422, words, field="options") from None
