"""The fields of a template: some the report itself fills, the others the officer; none is sent empty."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from kentongan import places
from kentongan.foundation.problems import Problem
from kentongan.foundation.text import TextTooLong, clean_text
from kentongan.reports.models import Report

LONGEST = 200  # characters of what an officer writes into a field
_FIELD = re.compile(r"\{([a-z][a-z0-9_]{0,39})\}", re.ASCII)
# What the report says, in the words of both languages.
KNOWN = {
    "street": "street", "jalan": "street", "place": "place", "tempat": "place", "date": "date", "tanggal": "date",
    "report": "report", "laporan": "report", "category": "category", "kategori": "category", "body": "body",
    "instansi": "body",
}  # fmt: skip


def fields(*texts: str) -> list[str]:
    """The names of the fields of some texts, each once, in their order."""
    return list(dict.fromkeys(name for text in texts for name in _FIELD.findall(text)))


def check_fields(text: str, at: str) -> None:
    """Raises Problem `bad_field` (422, field `at`) for a brace that is none of a field: it would be sent as it is."""
    left = _FIELD.sub("", text)
    if "{" in left or "}" in left:
        words = _("A field is one word of small letters, digits and _ in braces, such as {street} or {works}.")
        raise Problem("bad_field", 422, words, field=at)


def told_by(report: Report, language: str) -> dict[str, str]:
    """What `report` says for the fields of KNOWN, in `language`; where it does not know, the field is left out."""
    with translation.override(language), timezone.override(places.zone_of(report.province_code)):
        told = {
            "street": places.street_text(report.address),
            "place": places.address_text(report.address, report.area_codes),
            "date": date_format(timezone.localdate(), "j F Y"),
            "report": report.code,
            "category": str(report.category.name),
            "body": report.body.name if report.body else "",
        }
    return {name: told[known] for name, known in KNOWN.items() if told[known]}


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its fields filled, all in one pass: braces within a value are words.

    Raises Problem `unfilled_field` (422, field `use-field-NAME` of the first, `extra` has all) where one stays empty.
    """
    missing = [name for name in fields(text) if not values.get(name, "").strip()]
    if missing:
        raise unfilled(missing)
    return _FIELD.sub(lambda found: values[found[1]], text)


def half_filled(text: str, values: Mapping[str, str]) -> str:
    """The same, where a field that nobody has filled stays as it is, to be seen."""
    return _FIELD.sub(lambda found: values.get(found[1]) or found[0], text)


def unfilled(missing: list[str], at: str = "") -> Problem:
    """The refusal of words whose fields are empty."""
    named = ", ".join(f"{{{name}}}" for name in missing)
    words = _("Nothing was sent. Fill in %(fields)s.") % {"fields": named}
    return Problem("unfilled_field", 422, words, field=at or f"use-field-{missing[0]}", extra={"fields": missing})


def cleaned(values: Mapping[str, str]) -> dict[str, str]:
    """What an officer wrote into fields. Raises Problem `text_too_long` (422, with the field)."""
    found = {}
    for name, written in values.items():
        try:
            found[name] = " ".join(clean_text(written, LONGEST).split())
        except TextTooLong:
            words = _("At most %(most)d characters fit.") % {"most": LONGEST}
            raise Problem("text_too_long", 422, words, field=f"use-field-{name}") from None
    return found
