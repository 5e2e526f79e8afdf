"""Reads what servers really answer: XML or JSON under any content type, one or many, fields missing, odd or empty."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element, ParseError
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

Record = dict[str, Any]
DEEPEST = 40  # levels of an answer
_ZONE_WITHOUT_COLON = re.compile(r"([+-]\d{2})(\d{2})$")


class Unreadable(ValueError):
    """The answer is neither XML nor JSON, or says nothing of the kind that was asked for."""


def parse(content: bytes) -> Any:
    """The answer as lists, mappings and texts. What it is decides, not what it is declared as. Raises Unreadable."""
    text = content.decode("utf-8", "replace").lstrip("\ufeff \t\r\n\0")
    if text.startswith("HTTP/"):
        text = text[max(text.find("<"), 0) :]  # some servers repeat their status line in the body
    if text.startswith("<"):
        return _xml(text)
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable("neither XML nor JSON") from None


def records(found: Any, *names: str) -> list[Record]:
    """The records in an answer, under whichever of `names` (roots and items) they lie; one alone is a list of one."""
    return [one for one in _flat(found, set(names), 0) if one]


def field(record: Any, *names: str) -> str:
    """The first of these fields that says something, as text; empty where none does."""
    if not isinstance(record, dict):
        return ""
    lowered = {str(key).lower(): value for key, value in record.items()}
    for name in names:
        value = lowered.get(name)
        while isinstance(value, list):
            value = value[0] if value else None
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, str | int | float) and str(value).strip().lower() not in {"", "null", "none"}:
            return str(value).strip()
    return ""


def several(record: Record, *names: str) -> tuple[str, ...]:
    """All values of these fields: repeated, in a list, or separated by commas before an address."""
    found: list[str] = []
    for name in names:
        value = record.get(name)
        if isinstance(value, dict):
            value = [one for inner in value.values() for one in (inner if isinstance(inner, list) else [inner])]
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str):
                found += [part.strip() for part in re.split(r",(?=\s*(?:https?:|data:))", one) if part.strip()]
    return tuple(dict.fromkeys(found))


def names(ids: Iterable[str]) -> dict[str, str]:
    """Ids by what is left of them without zeros in front: some servers write `001001` here and `1001` there."""
    found = {one: one for one in ids}
    return {_bare(one): one for one in found} | found


def name(record: Record, ours: dict[str, str]) -> str:
    """The id of the request in a record, as it is known here where `ours` (of `names`) knows it."""
    written = field(record, "service_request_id")
    return ours.get(written) or ours.get(_bare(written), written)


def moment(written: str, zone: str = "") -> datetime | None:
    """A time, aware; one without a zone is in `zone` (an IANA name, else UTC). None where it is none."""
    text = _ZONE_WITHOUT_COLON.sub(r"\1:\2", written.strip().replace(" UTC", "Z").replace("/", "-"))
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=_zone(zone))
    try:
        return at.astimezone(UTC)
    except OverflowError:
        return None


def fault(found: Any) -> tuple[int, str] | None:
    """The error that an answer tells of, whatever its status was: its code (0: none given) and its words."""
    for one in records(found, "errors", "error"):
        words, code = field(one, "description", "message", "error"), field(one, "code")
        if words or code:
            return (int(code) if code.isascii() and code.isdigit() and len(code) < 4 else 0), words
    if isinstance(found, dict) and isinstance(found.get("error"), str):
        return 0, found["error"].strip()
    return None


def _xml(text: str) -> Any:
    try:
        root = fromstring(text.encode(), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, RecursionError):
        raise Unreadable("the XML is broken") from None
    return {_tag(root): _value(root, 0)}


def _value(element: Element, depth: int) -> Any:
    if depth > DEEPEST:
        raise Unreadable("too deep")
    children = list(element)
    if not children:
        return (element.text or "").strip()
    found: Record = {}
    for child in children:
        name, value = _tag(child), _value(child, depth + 1)
        if name in found:
            before = found[name]
            found[name] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            found[name] = value
    return found


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _flat(found: Any, names: set[str], depth: int) -> Iterator[Record]:
    if depth > DEEPEST:
        return
    if isinstance(found, list):
        for one in found:
            yield from _flat(one, names, depth + 1)
    elif isinstance(found, dict):
        inner = [key for key in found if key in names and isinstance(found[key], dict | list)]
        if inner and len(found) <= len(inner) + 1:
            for key in inner:
                yield from _flat(found[key], names, depth + 1)
        elif any(value or key not in names for key, value in found.items()):
            yield found


def _bare(written: str) -> str:
    return written.lstrip("0") or written if written.isascii() and written.isdigit() else written


def _zone(name: str) -> Any:
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
