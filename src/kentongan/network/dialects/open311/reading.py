"""Reads what servers really answer: XML or JSON under any content type, one or many, fields missing, odd or empty."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from html.entities import html5
from typing import Any
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.utils.translation import gettext as _

Record = dict[str, Any]
DEEPEST = 40  # levels of an answer
MOST_PACKED = 3  # answers as the text of one another
MOST_NAMED = 10  # broken records of one answer that are named
UTF16 = {
    b"[\0{\0": "utf-16-le",
    b'{\0"\0': "utf-16-le",
    b"\xff\xfe<\0": "utf-16",
    b"\xfe\xff\0<": "utf-16",
    b"\xff\xfe{\0": "utf-16",
    b"\xff\xfe[\0": "utf-16",
}
# Fields by which a record is one, and no wrapper of records; those that a wrapper may have too.
IDS = {"service_request_id", "update_id", "service_code"}
MAY_BE_IDS = {"token", "code", "key", "url"}
# What people's words have in them where a server took its editor's for XML.
FORMATTING = {"p", "br", "b", "i", "u", "em", "strong", "span", "div", "a", "ul", "ol", "li", "font", "hr"}
_OF_XML = {"amp;", "lt;", "gt;", "quot;", "apos;"}
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile(r"&#(?:x([0-9A-Fa-f]{1,6})|(\d{1,7}));")
_BARE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)")
_NAMED = re.compile(r"&([A-Za-z]\w{1,30};)")  # HTML's characters by name, of which XML knows five
_LESS = re.compile(r"<(?![A-Za-z_/!?])")
_PREFIX = re.compile(r"(?<=[<\s/])[A-Za-z_][\w.-]{0,60}:(?=[A-Za-z_])")
_TAGS = re.compile(r"</?[A-Za-z_][^<>]*>")
# What is called Latin-1 is that of old Windows servers where it has the signs that only this one has.
_LATIN = re.compile(rb"(\A<\?xml[^>]{0,200}?encoding=[\"'])(?:iso-8859-1|latin-?1|us-ascii)(?=[\"'])", re.IGNORECASE)
_WINDOWS = re.compile(rb"[\x80-\x9f]")
_DOCTYPE = re.compile(r"<!DOCTYPE\s[^\[<>]{0,300}>", re.IGNORECASE)  # one that declares nothing
_COMMA = re.compile(r",(?=\s*[}\]])")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_DECLARATION = re.compile(r"\A\ufeff?<\?xml[^>]{0,300}\?>")
_OPENS = re.compile(r"<(request|request_update|update|service)>")
_XML_BEGINS = re.compile(r"\A[^\[{<]{0,2000}(?=<(?:\?xml|service_request|service|request))")
_ID = re.compile(r"<(?:service_request_id|update_id|service_code)>([^<]*)<")


class Unreadable(ValueError):
    """The answer is neither XML nor JSON, or says nothing of the kind that was asked for."""


def parse(content: bytes, notes: list[str] | None = None) -> Any:
    """The answer as lists, mappings and texts. What it is decides, not what it is declared as. Raises Unreadable.

    What had to be mended or left out is told in `notes`, a sentence each.
    """
    notes = notes if notes is not None else []
    found, packed = _parsed(content, notes), MOST_PACKED
    while packed and (inner := _packed(found)):
        try:
            found, packed = _parsed(inner.encode(errors="replace"), notes), packed - 1
        except Unreadable:
            break  # words that begin so: "[GENERAL] bad request"
    return found


def _packed(found: Any) -> str:
    """The text in which there may be an answer as that of another; empty where there is none."""
    inner = next(iter(found.values())) if isinstance(found, dict) and len(found) == 1 else None
    return inner if isinstance(inner, str) and inner[:1] in {"<", "[", "{"} else ""


def _parsed(content: bytes, notes: list[str]) -> Any:
    content = content.lstrip(b"\0 \t\r\n")
    if content.startswith(b"HTTP/"):
        content = content[max(content.find(b"<"), 0) :]  # some servers repeat their status line in the body
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") or (content[:4] in UTF16 and b"<" in content[:4]):
        try:
            return _xml(content.lstrip(b"\xef\xbb\xbf \t\r\n"), notes)
        except Unreadable:
            if content.startswith(b"<?xml"):
                raise
            return _json(_decoded(content))  # a warning in HTML may stand before it
    text = _decoded(content).lstrip("\ufeff")
    if found := _XML_BEGINS.search(text):
        return _xml(text[found.end() :].encode(), notes)
    return _json(text)


def records(found: Any, *names: str) -> list[Record]:
    """The records in an answer, under whichever of `names` (roots and items) they lie; one alone is a list of one."""
    return [one for one in _flat(found, set(names), 0) if one]


def field(record: Any, *names: str) -> str:
    """The first of these fields that says something, as text; empty where none does."""
    if not isinstance(record, dict):
        return ""
    plain = {_key(key): value for key, value in record.items()}
    for name in names:
        value = plain.get(name)
        while isinstance(value, list):
            value = value[0] if value else None
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # of a number that a program kept as one with a fraction
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


def fault(found: Any) -> tuple[int, str] | None:
    """The error that an answer tells of, whatever its status was: its code (0: none given) and its words."""
    for one in records(found, "errors", "error"):
        words, code = field(one, "description", "message", "error"), field(one, "code")
        if words or code:
            return (int(code) if code.isascii() and code.isdigit() and len(code) < 4 else 0), words
    if isinstance(found, dict) and isinstance(found.get("error"), str):
        return 0, found["error"].strip()
    return None


def _json(text: str) -> Any:
    """JSON as it is; else what lies between its outermost brackets, for what is written around it: a callback's name,
    a guard against scripts, a warning; with commas too many left out; an object a line. A text that holds JSON again is
    unpacked once."""
    begin = min((at for at in (text.find("["), text.find("{")) if at >= 0), default=0)
    end = max(text.rfind("]"), text.rfind("}")) + 1
    body = text[begin:end]
    lines = f"[{','.join(body.splitlines())}]" if body.startswith("{") else body
    for part in (text, body, _COMMA.sub("", body), lines):
        try:
            found = json.loads(part, strict=False)
            return json.loads(found, strict=False) if isinstance(found, str) and found[:1] in {"[", "{"} else found
        except (ValueError, RecursionError):
            continue
    raise Unreadable("neither XML nor JSON")


def _xml(content: bytes, notes: list[str]) -> Any:
    """With its own declaration first; then with what XML cannot hold taken out; then record by record."""
    if _WINDOWS.search(content):
        content = _LATIN.sub(rb"\1cp1252", content, count=1)
    try:
        return _tree(content)
    except Unreadable:
        text = _REFERENCE.sub(_allowed, _FORBIDDEN.sub("", _decoded(content, _declared(content))))
        mended = _mended(_DOCTYPE.sub("", _DECLARATION.sub("", text, count=1), count=1))
    try:
        found = _tree(mended.encode())
    except Unreadable:
        found = _by_record(_TAGS.sub(lambda tag: _PREFIX.sub("", tag[0]), mended), notes)
    else:
        notes.append(str(_("An answer had characters that XML cannot hold; they were left out.")))
    return found


def _mended(text: str) -> str:
    """With its bare signs, and HTML's names of characters, as XML writes them; one look over it, whatever it holds."""
    parts, at = [], 0
    while (begin := text.find("<![CDATA[", at)) >= 0 and (end := text.find("]]>", begin)) >= 0:
        parts += [_mended_outside(text[at:begin]), text[begin : end + 3]]
        at = end + 3
    return "".join((*parts, _mended_outside(text[at:])))


def _mended_outside(text: str) -> str:
    named = _NAMED.sub(lambda found: found[0] if found[1] in _OF_XML else _character(found[1], found[0]), text)
    return _LESS.sub("&lt;", _BARE.sub("&amp;", named))


def _character(name: str, otherwise: str) -> str:
    """One of HTML's by name. `LT;` is a sign of a text there, and begins no element."""
    return escape(html5[name], {'"': "&quot;"}) if name in html5 else otherwise


def _allowed(found: re.Match[str]) -> str:
    """A character by its number; nothing for one that XML cannot hold."""
    number = int(found[1], 16) if found[1] else int(found[2])
    return "" if number > 0x10FFFF or _FORBIDDEN.match(chr(number)) else found[0]


def _tree(content: bytes) -> Any:
    try:
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError):
        raise Unreadable("the XML is broken") from None
    if _tag(root).lower() == "html":
        raise Unreadable("a page for people")
    return {_tag(root): _value(root, 0)}


def _by_record(text: str, notes: list[str]) -> Any:
    """The records that can be read, where some cannot."""
    if "<!DOCTYPE" in text[:2000].upper():
        raise Unreadable("the XML is broken")
    found: list[Any] = []
    broken = 0
    for name, piece in _records(text):
        try:
            found.append(_tree(piece.encode())[name])
        except (Unreadable, KeyError):
            broken += 1
            named = _ID.search(piece)
            which = named[1][:60] if named else "?"
            if broken <= MOST_NAMED:
                notes.append(str(_("The record %(id)s could not be read and was left out.") % {"id": which}))
    if not found:
        raise Unreadable("the XML is broken")
    return found


def _records(text: str) -> Iterator[tuple[str, str]]:
    """The name and text of what opens and closes as a record. What only opens, however often, is looked at once."""
    at, ended = 0, set[str]()
    while opened := _OPENS.search(text, at):
        name, at = opened[1], opened.end()
        end = -1 if name in ended else text.find(f"</{name}>", at)
        if end < 0:
            ended.add(name)  # none closes from here on
            continue
        at = end + len(name) + 3
        yield name, text[opened.start() : at]


def _declared(content: bytes) -> str:
    named = re.match(rb"<\?xml[^>]{0,200}?encoding=[\"']([A-Za-z0-9._-]{1,40})[\"']", content)
    return named[1].decode() if named else ""


def _decoded(content: bytes, declared: str = "") -> str:
    """Text in the encoding that is declared, else in UTF-8 or by its mark, else in that of old Windows servers."""
    for encoding in (UTF16.get(content[:4], ""), declared, "utf-8-sig", "cp1252"):
        try:
            if encoding:
                return content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("latin-1")


def _value(element: Element, depth: int) -> Any:
    if depth > DEEPEST:
        raise Unreadable("too deep")
    children = list(element)
    if not children:
        said = (element.text or "").strip()
        return said or {**element.attrib} if any(_key(name) in IDS for name in element.attrib) else said
    if all(_tag(child).lower() in FORMATTING for child in children):
        return " ".join(" ".join(element.itertext()).split())
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
        keys = {_key(key) for key in found}
        is_record, may_be = not keys.isdisjoint(IDS), not keys.isdisjoint(MAY_BE_IDS)
        inner = inner or [key for key in found if _key(key) in names and isinstance(found[key], dict | list)]
        if not inner and not is_record:  # a wrapper under another name, with a count, a page or a code beside it
            inner = [key for key, value in found.items() if (_holds_ids if may_be else _holds_records)(value)]
            inner = [key for key in inner if _holds_ids(found[key])] or inner
        is_record = is_record or (may_be and not any(_holds_ids(found[key]) for key in inner))
        if inner and (len(found) <= len(inner) + 1 or not is_record):
            for key in inner:
                yield from _flat(found[key], names, depth + 1)
        elif any(value or key not in names for key, value in found.items()):
            yield found


def _holds_records(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict) for one in value))


def _holds_ids(value: Any, depth: int = 0) -> bool:
    """Whether it is a record with an id of its own, or holds such, at once or under one name."""
    if depth > DEEPEST:
        return False
    if isinstance(value, list):
        return any(_holds_ids(one, depth + 1) for one in value if isinstance(one, dict))
    return isinstance(value, dict) and (
        any(_key(key) in IDS for key in value)
        or any(_key(key) in IDS for inner in value.values() if isinstance(inner, dict) for key in inner)
        or any(_holds_ids(inner, depth + 1) for inner in value.values() if isinstance(inner, list))
    )


def _key(name: Any) -> str:
    """A name of a field as the standard writes it: `service-request-id` and `serviceRequestId` are that too."""
    return _CAMEL.sub("_", str(name)).lower().replace("-", "_")


def _bare(written: str) -> str:
    return written.lstrip("0") or written if written.isascii() and written.isdigit() else written
