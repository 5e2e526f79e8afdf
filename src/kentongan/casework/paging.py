"""The orders of a queue, and cursors in them: what the last row shown has in its column, and its id."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from django.utils.translation import gettext_lazy as _

from kentongan.casework.matching import moment
from kentongan.foundation.problems import Problem
from kentongan.reports.filtering import Condition

# By the word of an address: the column, and what kind of value it holds. The id grows with age.
COLUMNS: dict[str, tuple[str, type]] = {
    "age": ("id", int),
    "deadline": ("deadline_at", datetime),
    "priority": ("priority", int),
    "changed": ("updated_at", datetime),
    "support": ("support_count", int),
    "category": ("category_id", str),
    "place": ("village_code", str),
}
BIGGEST = 2**63 - 1


class After(NamedTuple):
    """The row after which a list goes on: what it has in the column of the order, and its id."""

    value: Any
    id: int


def column(sort: str) -> str:
    """The column of an order."""
    return COLUMNS[sort.removeprefix("-")][0]


def order(sort: str) -> str:
    """What comes after ORDER BY. What has no value stands last, either way round; said only where there may be none:
    an index that is walked backwards has it first."""
    down = " DESC" if sort.startswith("-") else ""
    name = column(sort)
    last = " NULLS LAST" if name == "deadline_at" else ""
    return f"id{down}" if name == "id" else f"{name}{down}{last}, id{down}"


def beyond(sort: str, after: After | None) -> Condition:
    """The condition for what comes after a row, beginning with AND."""
    if after is None:
        return "", []
    name, beyond = column(sort), "<" if sort.startswith("-") else ">"
    if name == "id":
        return f" AND id {beyond} %s", [after.id]
    if after.value is None:
        return f" AND {name} IS NULL AND id {beyond} %s", [after.id]
    value = moment(after.value) if isinstance(after.value, datetime) else after.value
    nothing = f" OR {name} IS NULL" if name == "deadline_at" else ""
    return f" AND (({name}, id) {beyond} (%s, %s){nothing})", [value, after.id]


def written(sort: str, last: Any) -> str:
    """The cursor after the row `last`, a `Queued`."""
    name = column(sort)
    return str(last.pk) if name == "id" else starting(sort, getattr(last, name), last.pk)


def starting(sort: str, value: Any, last: int = 1) -> str:
    """The cursor of an order (not that of age) after the row `last` with this value in its column."""
    return urlsafe_b64encode(orjson.dumps([sort, value, last])).decode().rstrip("=")


def read(cursor: str, sort: str) -> After | None:
    """The row of a cursor. Raises Problem `bad_cursor` (422) for what is none of ours, or belongs to another order."""
    if not cursor:
        return None
    if column(sort) == "id":
        if cursor.isascii() and cursor.isdigit() and len(cursor) < 19:
            return After(None, int(cursor))
        raise _bad()
    try:
        said, value, last = orjson.loads(urlsafe_b64decode(cursor[:500] + "=" * (-len(cursor[:500]) % 4)))
        kind = COLUMNS[sort.removeprefix("-")][1]
        found = datetime.fromisoformat(value) if kind is datetime and value is not None else value
    except (ValueError, TypeError):
        raise _bad() from None
    is_value = isinstance(found, kind) or (found is None and column(sort) == "deadline_at")
    if said != sort or type(last) is not int or not 0 < last <= BIGGEST or not is_value or not _fits(found):
        raise _bad()
    return After(found, last)


def _fits(value: Any) -> bool:
    """Whether a database takes it: people write cursors too."""
    if isinstance(value, bool):
        return False
    if isinstance(value, int):
        return 0 <= value <= BIGGEST
    if isinstance(value, datetime):
        return value.tzinfo is not None and 2000 <= value.year <= 2200
    return value is None or "\0" not in value


def _bad() -> Problem:
    return Problem("bad_cursor", 422, _("This page of the list does not exist. Start from the first."))
