"""Our messages as CAP 1.2 (OASIS Standard, 1 July 2010), and the index of them (Atom, RFC 4287)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree import ElementTree as Xml

from kentongan.foundation.config import config
from kentongan.places import gazetteer
from kentongan.warnings import standing
from kentongan.warnings.models import Warning

CAP, ATOM = "urn:oasis:names:tc:emergency:cap:1.2", "http://www.w3.org/2005/Atom"
GEOCODE = "KEMENDAGRI"  # codes of areas as the Ministry of Home Affairs gives them
_NO_XML = re.compile(
    "[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)  # what no XML document may hold (XML 1.0, 2.2)
SUMMARY = 500  # characters of a description that the index tells; the message tells all of it
RESPONSE = {"Immediate": "Execute", "Expected": "Prepare", "Future": "Monitor", "Past": "AllClear"}


def message(one: Warning) -> bytes:
    """A published message as XML, its elements in the order of the standard."""
    root = Xml.Element("alert", {"xmlns": CAP})
    _put(root, "identifier", one.identifier)
    _put(root, "sender", one.sender)
    _put(root, "sent", standing.stamp(one.sent))
    _put(root, "status", one.status)
    _put(root, "msgType", one.msg_type)
    _put(root, "scope", "Public")
    if one.msg_type == "Cancel":
        _put(root, "note", one.reason)
    _put(root, "references", one.references)
    for language in sorted(one.words, key=lambda code: code != "id"):
        _info(root, one, language)
    return _written(root)


def index(rows: Iterable[Warning], page: int = 1, is_more: bool = False) -> bytes:
    """Messages as an Atom feed, the newest first: a page of it, with the way to those beside it (RFC 5005, 3)."""
    rows, base = list(rows), config().base_url.rstrip("/")
    root = Xml.Element("feed", {"xmlns": ATOM, "xmlns:cap": CAP})
    _put(root, "id", f"{base}/cap/alerts.atom")
    _put(root, "title", f"{config().instance_name}: peringatan / warnings")
    newest = max((one.sent for one in rows if one.sent), default=None)
    _put(root, "updated", newest.isoformat() if newest else "1970-01-01T00:00:00+00:00")
    beside = {"self": page, "first": 1, "previous": page - 1, "next": page + 1 if is_more else 0}
    for name, number in beside.items():
        where = f"{base}/cap/alerts.atom" + (f"?page={number}" if number > 1 else "")
        if number:
            Xml.SubElement(root, "link", {"rel": name, "type": "application/atom+xml", "href": where})
    for one in rows:
        _entry(root, one, base)
    return _written(root)


def _entry(root: Xml.Element, one: Warning, base: str) -> None:
    entry, words = Xml.SubElement(root, "entry"), one.words.get("id") or {}
    # Readers show the title alone: what is taken back must not look like a warning there.
    marks = "[LATIHAN / EXERCISE] " if one.status != "Actual" else ""
    marks += "[DICABUT / CANCELLED] " if one.msg_type == "Cancel" else ""
    _put(entry, "id", one.identifier)
    _put(entry, "title", marks + (words.get("headline") or words.get("event", "")))
    _put(entry, "updated", one.sent.isoformat() if one.sent else "")
    author = Xml.SubElement(entry, "author")
    _put(author, "name", standing.source(one)["id"])
    where = f"{base}/cap/{one.pk}.xml"
    Xml.SubElement(entry, "link", {"rel": "alternate", "type": "application/cap+xml", "href": where})
    description = words.get("description", "")
    _put(entry, "summary", description if len(description) <= SUMMARY else f"{description[:SUMMARY]}…")
    told = {
        "event": words.get("event", ""), "status": one.status, "msgType": one.msg_type, "urgency": one.urgency,
        "severity": one.severity, "certainty": one.certainty, "expires": standing.stamp(one.expires),
        "areaDesc": one.area_words.get("id", ""),
    }  # fmt: skip
    for name, value in told.items():
        _put(entry, f"cap:{name}", value)


def _info(root: Xml.Element, one: Warning, language: str) -> None:
    info, words = Xml.SubElement(root, "info"), one.words[language]
    _put(info, "language", "en" if language == "en" else language)
    _put(info, "category", one.category)
    _put(info, "event", words.get("event", ""))
    _put(info, "responseType", RESPONSE.get(one.urgency, ""))
    for name in ("urgency", "severity", "certainty"):
        _put(info, name, getattr(one, name))
    _put(info, "effective", standing.stamp(one.sent))
    _put(info, "onset", standing.stamp(one.onset))
    _put(info, "expires", standing.stamp(one.expires))
    _put(info, "senderName", standing.source(one).get(language, ""))
    for name in ("headline", "description", "instruction"):
        _put(info, name, words.get(name, ""))
    _put(info, "web", f"{config().base_url.rstrip('/')}/peringatan/{one.pk}")
    _areas(info, one, language)


def _areas(info: Xml.Element, one: Warning, language: str) -> None:
    """An area for each official one, which is told by its code; one for all that was drawn."""
    known = gazetteer.areas()
    for code in one.area.get("codes", ()):
        area = Xml.SubElement(info, "area")
        _put(area, "areaDesc", known[code].name if code in known else code)
        geocode = Xml.SubElement(area, "geocode")
        _put(geocode, "valueName", GEOCODE)
        _put(geocode, "value", code)
    polygons, circles = one.area.get("polygons", ()), one.area.get("circles", ())
    if polygons or circles:
        area = Xml.SubElement(info, "area")
        _put(area, "areaDesc", one.area_words.get(language) or one.area_words.get("id", ""))
        for ring in polygons:
            _put(area, "polygon", " ".join(f"{lat:.6f},{lon:.6f}" for lon, lat in ring))
        for lon, lat, km in circles:
            _put(area, "circle", f"{lat:.6f},{lon:.6f} {km:g}")


def _put(above: Xml.Element, name: str, words: str) -> None:
    if words:
        Xml.SubElement(above, name).text = _NO_XML.sub("", words)


def _written(root: Xml.Element) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{Xml.tostring(root, encoding="unicode")}\n'.encode()
