"""CAP messages of others, and the indexes that lead to them (RSS or Atom): what can be used, and why not the rest.

What others write is odd in many ways. A shape that is none is left out alone; a message is refused where nothing is
left of its area, or it is not meant for the public. The caller decides what a source may speak for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.utils import timezone

from kentongan.foundation.text import cut_text
from kentongan.places import gazetteer
from kentongan.warnings import shapes
from kentongan.warnings.shapes import OddShape
from kentongan.warnings.terms import CATEGORIES, CERTAINTY, OF_CATEGORY, SEVERITY, URGENCY

NAMESPACES = tuple(f"urn:oasis:names:tc:emergency:cap:{one}" for one in ("1.2", "1.1", "1.0"))
MOST_INFOS, MOST_ENTRIES = 20, 300
OURS, MOST_LANGUAGES = {"id", "en"}, 3
LONGEST = timedelta(days=14)
USUAL = timedelta(hours=24)  # where a message does not say how long it holds
AHEAD = timedelta(hours=1)  # by which another clock may be wrong
_NAME = re.compile(r"[^\s,<&]{1,200}")  # of identifiers and senders: what a reference can name
_BREAK = re.compile(r"<br\s*/?>|</(?:p|li|div)>", re.IGNORECASE)
_TAG = re.compile(r"</?(?:p|li|ul|ol|div|b|i|u|em|strong|span|a|font)(?:\s[^<>]{0,300})?>", re.IGNORECASE)
_DIGITS = {2: "2", 4: "22", 6: "222", 10: "2224"}  # of codes that are written without dots: digits of each level
_AREA_NAMES = {"kemendagri", "kode_wilayah", "adm", "adm1", "adm2", "adm3", "adm4", "bmkg", "p-code", "bps"}


class Unusable(ValueError):
    """Why a message or an index cannot be used, in a few words without any of its own."""


@dataclass
class Foreign:
    """A message of others, as far as it can be used; `odd` says what was left out of it."""

    identifier: str
    sender: str
    sent: datetime
    status: str
    msg_type: str
    references: list[tuple[str, str]] = field(default_factory=list)  # (sender, identifier)
    kind: str = "other"
    category: str = "Other"
    urgency: str = "Unknown"
    severity: str = "Unknown"
    certainty: str = "Unknown"
    onset: datetime | None = None
    expires: datetime | None = None
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    area: dict[str, list[Any]] = field(default_factory=lambda: {"codes": [], "polygons": [], "circles": []})
    area_words: dict[str, str] = field(default_factory=dict)
    odd: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Listed:
    """An entry of an index: where its message is, and what changes when the message does."""

    url: str
    mark: str


def message(content: bytes) -> Foreign:
    """A CAP file. Raises Unusable."""
    root = _parsed(content)
    name = _local(root)
    if name != "alert" or not root.tag.startswith(tuple(f"{{{one}}}" for one in NAMESPACES)):
        raise Unusable("no CAP message")
    found = _head(root)
    infos = [one for one in root if _local(one) == "info"][:MOST_INFOS]
    for info in infos:
        _read_info(found, info)
    if found.msg_type != "Cancel":  # which need say no more than what it takes back
        _check(found, bool(infos))
    return found


def entries(content: bytes, base: str) -> list[Listed]:
    """The entries of an index, RSS or Atom, whose messages lie on its own host; the newest first as it lists them.

    Raises Unusable.
    """
    root = _parsed(content)
    if _local(root) not in {"rss", "feed", "RDF"}:
        raise Unusable("no index")
    found = [one for one in root.iter() if _local(one) in {"item", "entry"}][:MOST_ENTRIES]
    listed = [_entry(one, base) for one in found]
    return [one for one in listed if one is not None]


def following(content: bytes, base: str) -> str:
    """The address of the next page of an index (`rel="next"`, RFC 5005, also in RSS), on its own host; empty where it
    is the last, or leads elsewhere. Raises Unusable."""
    root = _parsed(content)
    above = next((one for one in root if _local(one) == "channel"), root)
    for link in above:
        if _local(link) == "link" and link.get("rel", "").strip().lower() == "next":
            try:
                url = urljoin(base, link.get("href", "").strip())
                there, here = urlsplit(url), urlsplit(base)
                is_as_safe = there.scheme in {here.scheme, "https"}  # many say http of themselves, or lead on to https
                if there.netloc == here.netloc and is_as_safe and len(url) <= 1000:
                    return urldefrag(url).url
            except ValueError:
                pass
    return ""


def _parsed(content: bytes) -> Element:
    try:
        root: Element = fromstring(content.lstrip(b" \t\r\n"), forbid_dtd=True)  # many write an empty line first
    except DefusedXmlException:
        raise Unusable("XML with a DTD or entities") from None
    except (ParseError, ValueError, LookupError, RecursionError):  # LookupError: an encoding that nobody knows
        raise Unusable("no XML") from None
    return root


def _entry(one: Element, base: str) -> Listed | None:
    links = [part for part in one if _local(part) == "link"]
    alternate = [
        part for part in links if part.get("type", "") in {"application/cap+xml", "application/common-alerting"}
    ]
    for link in [*alternate, *links]:
        written = (link.get("href") or link.text or "").strip()
        try:
            url = urljoin(base, written)
            if written and urlsplit(url).netloc == urlsplit(base).netloc and len(url) <= 1000:
                marks = [_text(one, name) for name in ("guid", "id", "updated", "pubDate", "published")]
                return Listed(url, "|".join([url, *marks])[:3000])
        except ValueError:
            continue
    return None


def _head(root: Element) -> Foreign:
    identifier, sender, sent = _text(root, "identifier"), _text(root, "sender"), _time(_text(root, "sent"))
    if not (_NAME.fullmatch(identifier) and _NAME.fullmatch(sender)):
        raise Unusable("no identifier or sender")
    if sent is None:
        raise Unusable("no time of sending")
    if sent > timezone.now() + AHEAD:
        raise Unusable("sent in the future")
    status, kind = _text(root, "status"), _text(root, "msgType")
    if status not in {"Actual", "Exercise"}:
        raise Unusable("neither actual nor an exercise")
    if kind not in {"Alert", "Update", "Cancel"}:
        raise Unusable("neither alert, update nor cancel")
    if _text(root, "scope") != "Public":
        raise Unusable("not public")
    references = []
    for one in _text(root, "references").split()[:50]:
        parts = one.split(",")
        if len(parts) == 3 and all(parts):
            references.append((parts[0][:200], parts[1][:200]))
    if kind != "Alert" and not references:
        raise Unusable("refers to no message")
    return Foreign(identifier, sender, sent, status, kind, references)


def _read_info(found: Foreign, info: Element) -> None:
    language = (_text(info, "language") or "en").lower()[:2]
    if not found.words:
        _read_scales(found, info)
    if language not in found.words and (language in OURS or len(found.words) < MOST_LANGUAGES):
        limits = {"event": 100, "headline": 300, "description": 6000, "instruction": 4000}
        said = {name: cut_text(_plain(_text(info, name)), limit) for name, limit in limits.items()}
        if said["headline"] or said["event"]:  # else its readers get the words of another language
            found.words[language] = said
    for area in [one for one in info if _local(one) == "area"][: shapes.MOST_SHAPES]:
        _read_area(found, area, language)


def _read_scales(found: Foreign, info: Element) -> None:
    category = _text(info, "category")
    found.category = category if category in CATEGORIES else "Other"
    found.kind = _kind(_text(info, "event"), found.category)
    for name, known in (("urgency", URGENCY), ("severity", SEVERITY), ("certainty", CERTAINTY)):
        written = _text(info, name)
        setattr(found, name, written if written in known else "Unknown")
    found.onset, found.expires = _time(_text(info, "onset")), _time(_text(info, "expires"))


# Words of events by which a kind is known, in the languages that BMKG and its neighbours write.
_EVENTS = {
    "flood": ("banjir", "flood"), "tsunami": ("tsunami",), "earthquake": ("gempa", "earthquake"),
    "landslide": ("longsor", "landslide"), "volcano": ("gunung api", "volcan", "erupsi"),
    "smoke": ("asap", "haze", "smoke"), "fire": ("kebakaran", "karhutla", "fire"),
    "weather": ("hujan", "petir", "angin", "cuaca", "gelombang", "rain", "thunder", "wind", "storm", "cyclone", "wave"),
}  # fmt: skip


def _kind(event: str, category: str) -> str:
    plain = event.casefold()
    for kind, words in _EVENTS.items():
        if any(word in plain for word in words):
            return kind
    return OF_CATEGORY.get(category, "other")


def _read_area(found: Foreign, area: Element, language: str) -> None:
    described = cut_text(_text(area, "areaDesc"), 400)
    if described:
        before = found.area_words.get(language, "")
        if described not in before:
            found.area_words[language] = cut_text(f"{before}, {described}".strip(", "), 400)
    for part in area:
        name, written = _local(part), (part.text or "").strip()
        try:
            if name == "polygon":
                _add(found, "polygons", shapes.ring(_pairs(written)))
            elif name == "circle":
                middle, _blank, km = _joined(written).partition(" ")
                (pair,) = _pairs(middle)
                _add(found, "circles", shapes.circle(*pair, float(km)))
            elif name == "geocode" and (code := _code(_text(part, "valueName"), _text(part, "value"))):
                _add(found, "codes", code)
        except OddShape as fault:
            found.odd.append(f"{name}: {fault}")
        except ValueError:
            found.odd.append(f"{name}: no number")


def _add(found: Foreign, name: str, value: Any) -> None:
    if value not in found.area[name] and len(found.area[name]) < shapes.MOST_SHAPES * 10:
        found.area[name].append(value)


def _joined(written: str) -> str:
    """Pairs with one blank between them and none in them. No pattern: one that looks for blanks before a comma takes
    minutes for half a megabyte of blanks."""
    return " ".join(written.split()).replace(" ,", ",").replace(", ", ",")


def _pairs(written: str) -> list[tuple[float, float]]:
    if len(written) > 600_000:
        raise OddShape("too many points")
    found = []
    for part in _joined(written).split():
        lat, comma, lon = part.partition(",")
        if not comma:
            raise OddShape("no pair")
        found.append((float(lon), float(lat)))
    return found


def _code(name: str, value: str) -> str:
    """A code of an area as we know it; empty where it is of something else."""
    if name.strip().casefold() not in _AREA_NAMES:
        return ""
    plain = value.strip()
    if plain.isascii() and plain.isdigit() and len(plain) in _DIGITS:
        pieces, at = [], 0
        for width in map(int, _DIGITS[len(plain)]):
            pieces.append(plain[at : at + width])
            at += width
        plain = ".".join(pieces)
    return plain if plain in gazetteer.areas() else ""


def _check(found: Foreign, has_info: bool) -> None:
    if not has_info:
        raise Unusable("says nothing")
    if not any(found.area.values()):
        raise Unusable("no area that can be used")
    limit = found.sent + LONGEST
    found.expires = min(found.expires or found.sent + USUAL, limit)
    if not found.words:
        raise Unusable("no words")


def _time(written: str) -> datetime | None:
    """A time of CAP (ISO 8601 with a zone; `Z` is taken though the standard forbids it) or of RSS."""
    if not written or len(written) > 60:
        return None
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        try:
            found = parsedate_to_datetime(written)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    try:
        return found.astimezone(UTC) if found.tzinfo else None
    except OverflowError:
        return None


def _plain(written: str) -> str:
    """Words without the tags of a web page that some write into them; what closes none is no page."""
    return _TAG.sub("", _BREAK.sub("\n", written)).strip() if "</" in written or _BREAK.search(written) else written


def _text(above: Element, name: str) -> str:
    return next(((one.text or "").strip() for one in above if _local(one) == name), "")


def _local(one: Element) -> str:
    return one.tag.rpartition("}")[2] if isinstance(one.tag, str) else ""
