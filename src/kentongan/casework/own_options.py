"""The options of a question that a body asks: written one a line, kept as the catalogue keeps them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from kentongan.foundation.problems import Problem
from kentongan.foundation.text import TextTooLong, clean_text

VALUES = ("singlevaluelist", "multivaluelist")  # the kinds of questions that have options
MOST, LONGEST, LONGEST_KEY = 50, 80, 40  # options; characters of one, of its key
LONGEST_ALL = MOST * (2 * LONGEST + 4)


def read_options(written: str, before: Sequence[Mapping[str, Any]] = ()) -> list[dict[str, Any]]:
    """`Indonesian | English` a line (without the second: the same) as `{key, name: {id, en}}`. One that was there
    `before` under the same Indonesian name keeps its key: answers and programs name it by that.

    Raises Problem `values_required`, `too_many`, `too_long`, `bad_values` (422, field `values`).
    """
    names = [_names(line) for line in _cleaned(written, LONGEST_ALL * 2).split("\n") if line.strip(" |\t")]
    if len(names) < 2:
        raise _wrong("values_required", _("Write at least two options, one a line."))
    if len(names) > MOST:
        raise _wrong("too_many", _("At most 50 options."))
    seen: set[str] = set()
    for name_id, _name_en in names:
        if name_id.casefold() in seen:
            raise _wrong("bad_values", _("“%(name)s” stands there twice.") % {"name": name_id})
        seen.add(name_id.casefold())
    kept = {one["name"]["id"].casefold(): one["key"] for one in before}
    taken = {kept[one] for one in seen & kept.keys()}
    made = []
    for name_id, name_en in names:
        key = kept.get(name_id.casefold()) or _free(name_id, taken)
        taken.add(key)
        made.append({"key": key, "name": {"id": name_id, "en": name_en}})
    return made


def written_options(values: Iterable[Mapping[str, Any]]) -> str:
    """Options as `read_options` takes them, for the form."""
    names = [one["name"] for one in values]
    return "\n".join(one["id"] if one["id"] == one["en"] else f"{one['id']} | {one['en']}" for one in names)


def _names(line: str) -> tuple[str, str]:
    name_id, _bar, name_en = (" ".join(part.split()) for part in line.partition("|"))
    if not name_id:
        raise _wrong("bad_values", _("“%(line)s” lacks its Indonesian name, before the stroke.") % {"line": line[:40]})
    for one in (name_id, name_en):
        _cleaned(one, LONGEST)
    return name_id, name_en or name_id


def _cleaned(written: str, most: int) -> str:
    try:
        return clean_text(written, most)
    except TextTooLong as fault:
        raise _wrong("too_long", _("At most %(most)d characters fit.") % {"most": fault.limit}) from None


def _free(name: str, taken: set[str]) -> str:
    word = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[: LONGEST_KEY - 3].strip("_") or "pilihan"
    tries = (f"{word}{f'_{number}' if number > 1 else ''}" for number in range(1, MOST + 2))
    return next(one for one in tries if one not in taken)


def _wrong(code: str, detail: Any) -> Problem:
    return Problem(code, 422, detail, field="values")
