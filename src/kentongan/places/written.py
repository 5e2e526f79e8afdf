"""Coordinates as people write and paste them: with signs, sides, degrees and minutes, commas, or a map's address.

Forms seen in public bug reports of map and civic systems (mysociety/fixmystreet#5481 and others); sides also in
Indonesian: LU, LS (lintang utara, selatan), BT, BB (bujur timur, barat).
"""

from __future__ import annotations

import math
import re
from itertools import chain
from typing import NamedTuple
from urllib.parse import unquote_plus

MOST = 500  # characters: the address of a map is long, a book is not a place
# What keyboards and web pages put in the place of plain signs.
_PLAIN = str.maketrans({
    "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "﹣": "-", "－": "-", "’": "'", "′": "'", "‘": "'", "´": "'",
    "`": "'", "ʹ": "'", "”": '"', "″": '"', "“": '"', "º": "°", "˚": "°", "\u00a0": " ", "\u202f": " ", "，": ",",
    "·": ".", "\u2009": " ", "\u200b": "", "\ufeff": "", "\u200e": "", "\u200f": "", "(": " ", ")": " ", "[": " ",
    "]": " ",
})  # fmt: skip
_DASHES = str.maketrans({sign: "-" for sign, plain in _PLAIN.items() if plain == "-"})
_SIDES = {"N": (1, 1), "S": (1, -1), "LU": (1, 1), "LS": (1, -1), "U": (1, 1),
          "E": (0, 1), "W": (0, -1), "BT": (0, 1), "BB": (0, -1), "T": (0, 1)}  # fmt: skip
_SIDE = r"(?:LU|LS|BT|BB|[NSEWUT])"
_NUMBER = r"\d{1,3}(?:[.,]\d{1,20})?"
# Sides and parts of degrees in words.
_WORDS = [(re.compile(rf"\b{words}(?!\w)", re.IGNORECASE), short) for words, short in (
    (r"lintang\s+utara", "LU"), (r"lintang\s+selatan", "LS"), (r"bujur\s+timur", "BT"), (r"bujur\s+barat", "BB"),
    (r"L\.\s?U\.?", "LU"), (r"L\.\s?S\.?", "LS"), (r"B\.\s?T\.?", "BT"), (r"B\.\s?B\.?", "BB"), ("north", "N"),
    ("south", "S"), ("east", "E"), ("west", "W"), ("(?:derajat|deg(?:rees?)?)", "°"), ("(?:menit|min(?:utes?)?)", "'"),
    ("(?:detik|sec(?:onds?)?)", '"'),
)]  # fmt: skip
_AND = re.compile(r"(?<=[\"'°STB])\s+(?:dan|and|&)\s+", re.IGNORECASE)
_ONE = re.compile(
    rf"""\s*(?P<before>{_SIDE}(?![A-Za-z])\s*[:=]?)?\s*(?P<sign>[-+])?\s*(?P<whole>{_NUMBER})
    (?:\s*(?:°|d(?![A-Za-z]))\s*(?:(?P<minutes>{_NUMBER})\s*(?:(?:'(?!')|m(?![A-Za-z]))\s*
    (?:(?P<seconds>{_NUMBER})\s*(?:"|''|s\b)?)?)?)?)?
    \s*(?P<after>{_SIDE}\b)?\s*""",
    re.VERBOSE | re.IGNORECASE,
)
# "S 6 10 31.4", "6:10:31.4 S", "S06°10.523": only its side says that these are degrees.
_APART = re.compile(
    rf"""\s*(?P<before>{_SIDE}(?![A-Za-z])\s*[:=]?)?\s*(?P<sign>)(?P<whole>\d{{1,3}})
    (?:[ :-]|°\s*)(?P<minutes>\d{{1,2}}(?:[.,]\d{{1,15}})?)
    (?:[ :-](?P<seconds>\d{{1,2}}(?:[.,]\d{{1,15}})?))?\s*(?P<after>{_SIDE}\b)?\s*""",
    re.VERBOSE | re.IGNORECASE,
)
# "-6 10 31.4 106 49 37.7": six numbers, of which the first has a sign and the fourth is a longitude of the country.
_SIX = re.compile(
    r"(?P<lat>[-+]\s?\d{1,2})[ °:](?P<m>\d{1,2})[ ':](?P<s>\d{1,2}(?:[.,]\d{1,15})?)\"?"
    r"[ ,;/]{1,3}(?P<lon>\d{2,3})[ °:](?P<m2>\d{1,2})[ ':](?P<s2>\d{1,2}(?:[.,]\d{1,15})?)\"?"
)
# Among other words, brackets and keys only what nobody writes for anything else: two numbers with four digits and more
# behind the comma, in the country.
_EXACT = rf"(?:\b{_SIDE}\s*[:=]?\s*)?(?:[-+]\s?)?\d{{1,3}}[.,]\d{{4,20}}\s*°?(?:\s*{_SIDE}\b)?"
_PARTED = rf"(?:\b{_SIDE}\s*[:=]?\s*)?\d{{1,3}}\s*°\s*{_NUMBER}\s*'\s*(?:{_NUMBER}\s*(?:\"|''))?(?:\s*{_SIDE}\b)?"
_AMID = [
    re.compile(rf"(?<![\w.,])({_EXACT})[^\d+-]{{1,30}}?({_EXACT})(?!\d)", re.IGNORECASE),
    re.compile(rf"(?<![\w.,])({_PARTED})[^\d°]{{1,30}}?({_PARTED})", re.IGNORECASE),
]
# Nor a latitude south of the line beside a longitude of the country, two digits and more behind each point.
_SOUTH, _EAST = r"-\s?(?:\d|1[0-2])\.\d{2,20}", r"\+?(?:9[4-9]|1[0-3]\d|14[0-2])\.\d{2,20}"
_SIGNED = [
    re.compile(rf"(?<![\w.,])({_SOUTH})[^\d+-]{{1,15}}({_EAST})(?!\d)"),
    re.compile(rf"(?<![\w.,])({_EAST})[^\d+-]{{1,15}}({_SOUTH})(?!\d)"),
]
_COUNTRY = ((94, 142), (-12, 7))  # degrees of longitude and of latitude
_ADDRESS = re.compile(r"(?:https?://|geo:|om://)\S+|^[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/\S*", re.IGNORECASE)
_NAMES = re.compile(
    r"\b(?:lat(?:itude)?|lintang|lon(?:g|gitude)?|lng|bujur|koordinat|gps|pos)\b\s*[:=]?", re.IGNORECASE
)
# What a map's address names as the place, before how it is shown: "/place/6°10'31.4"S+106°49'37.7"E/@…".
_PLACE = re.compile(r"/(?:place|search)/([^/?@]*\d[^/?@]*)")
_DEGREES = r"(-?\d{1,3}(?:\.\d{1,20})?)"
# What stands behind a place in the addresses of maps: how near it is shown, from which height, and what else is shown.
_VIEW = re.compile(
    r"\s*[,;?&/ ]\s*"
    r"(?:\d{1,2}(?:\.\d{1,20})?z|z(?:oom)?=\d.*|\d{1,8}(?:\.\d{1,20})?[ma],.*|data=.*)(?:/.*)?$",
    re.IGNORECASE,
)
# Where the addresses of maps have the place that is meant, the surest first.
_LINKS = [
    re.compile(rf"!3d{_DEGREES}!4d{_DEGREES}"),
    re.compile(rf"[?&]mlat={_DEGREES}&mlon={_DEGREES}"),
    re.compile(
        r"[?&](?:q|query|ll|daddr|destination|to|coordinate|pin|center|cp|sll)="
        rf"(?:loc:|ll\.)?{_DEGREES}\s*[,~ ]\s*{_DEGREES}"
    ),
    re.compile(rf"[?&]map={_DEGREES},{_DEGREES},"),
    re.compile(rf"^geo:{_DEGREES},{_DEGREES}"),
    re.compile(rf"/(?:search|place|dir|l)/(?:[^?@]*/)?\s*{_DEGREES},\s*{_DEGREES}"),
    re.compile(rf"@{_DEGREES},{_DEGREES}"),
    re.compile(rf"#(?:map=)?\d{{1,2}}(?:\.\d+)?/{_DEGREES}/{_DEGREES}"),
]
# What people copy out of such addresses, and out of data: latitude first, and longitude first.
_CUT_OUT = [*_LINKS[:-1], *(re.compile(form, re.IGNORECASE) for form in (
    rf"^(?:q|query|ll|loc|center|daddr)[=:]\s*{_DEGREES}\s*[, ]\s*{_DEGREES}",
    rf"^[/@]*{_DEGREES}\s*,\s*{_DEGREES}\s*,\s*\d{{1,8}}(?:\.\d+)?\s?[ma]?$",
    rf"^(?:[#?]|map=)*\d{{1,2}}(?:\.\d+)?/{_DEGREES}/{_DEGREES}$", rf"^{_DEGREES}/{_DEGREES}/\d{{1,2}}$",
    rf"\bm?lat(?:itude)?\b[^\w-]{{1,5}}{_DEGREES}[^\w-]{{1,8}}m?lo?ng?(?:itude)?\b[^\w-]{{1,5}}{_DEGREES}",
))]  # fmt: skip
_EAST_FIRST = [re.compile(form, re.IGNORECASE) for form in (
    rf"\bPOINT\s?Z?\s?\(\s*{_DEGREES}\s+{_DEGREES}",
    rf"\blo?ng?(?:itude)?\b[^\w-]{{1,5}}{_DEGREES}[^\w-]{{1,8}}lat(?:itude)?\b[^\w-]{{1,5}}{_DEGREES}",
)]  # fmt: skip


class Degrees(NamedTuple):
    """One coordinate; `axis` is 0 for a longitude, 1 for a latitude, None where nothing says which."""

    value: float
    axis: int | None


def point(written: str) -> tuple[float, float] | None:
    """Longitude and latitude where `written` is, or holds, one place in numbers or the address of a map (as phones
    share it, with words around); None for all else."""
    if len(written) > MOST:
        return None
    if address := _ADDRESS.search(written.strip()):
        return _linked(unquote_plus(address[0]))
    text = _in_signs(written)
    plain = " ".join(_NAMES.sub(" ", text).split()).lstrip("@/").rstrip(".")
    return _pair(plain) or _six(re.sub(r"° ", "°", plain)) or _cut_out(written) or _amid(text)


def degrees(written: str) -> Degrees | None:
    """One coordinate as people write it; None where it is no number of degrees."""
    text = " ".join(_NAMES.sub(" ", _in_signs(written[:MOST])).split()).rstrip(",;")
    return _degrees(text)


def _degrees(text: str) -> Degrees | None:
    found = _ONE.fullmatch(text)
    if not found:
        found = _APART.fullmatch(text)
        if not found or not (found["before"] or found["after"]):
            return None
    return _value(found)


def _in_signs(written: str) -> str:
    """With plain signs and letters for what is written in others, or in words."""
    text = written.translate(_PLAIN)
    for words, short in _WORDS:
        text = words.sub(short, text)
    return _AND.sub(", ", text)


def _six(text: str) -> tuple[float, float] | None:
    """A pair in degrees, minutes and seconds without their marks."""
    found = _SIX.fullmatch(text)
    if not found:
        return None
    whole, *rest = (
        float(found[name].replace(" ", "").replace(",", ".")) for name in ("lat", "m", "s", "lon", "m2", "s2")
    )
    if max(rest[0], rest[1], rest[3], rest[4]) >= 60:
        return None
    lat = math.copysign(abs(whole) + rest[0] / 60 + rest[1] / 3600, -1 if found["lat"].startswith("-") else 1)
    lon = rest[2] + rest[3] / 60 + rest[4] / 3600
    return (round(lon, 7), round(lat, 7)) if _in_country(lon, lat) else None


def _in_country(lon: float, lat: float) -> bool:
    return all(low <= value <= high for value, (low, high) in zip((lon, lat), _COUNTRY, strict=True))


def _amid(text: str) -> tuple[float, float] | None:
    """The pair of exact numbers, or of degrees and minutes, among other words."""
    for found in chain.from_iterable(form.finditer(text) for form in [*_AMID, *_SIGNED]):
        first, second = _degrees(found[1]), _degrees(found[2])
        there = _ordered(first, second) if first and second else None
        if there and _in_country(*there):
            return there
    return None


def _linked(address: str) -> tuple[float, float] | None:
    if (named := _PLACE.search(address)) and (there := _pair(" ".join(_in_signs(named[1]).split()))):
        return there
    for form in _LINKS:
        if found := form.search(address):
            return _ordered(Degrees(float(found[1]), None), Degrees(float(found[2]), None))
    return _amid(_in_signs(address))


def _cut_out(written: str) -> tuple[float, float] | None:
    """A place of the country in a piece of a map's address, or in a piece of data."""
    text = unquote_plus(written.translate(_DASHES)).strip(" \t\r\n\"'<>")
    bare = _pair(" ".join(_VIEW.sub("", _in_signs(text)).lstrip("@/").split()))
    if bare and _in_country(*bare):
        return bare
    pairs = ((found[1], found[2]) for form in _CUT_OUT if (found := form.search(text)))
    turned = ((found[2], found[1]) for form in _EAST_FIRST if (found := form.search(text)))
    for lat, lon in chain(pairs, turned):
        there = _ordered(Degrees(float(lat), None), Degrees(float(lon), None))
        if there and _in_country(*there):
            return there
    return _amid(_in_signs(text)) if text != written else None


def _pair(text: str) -> tuple[float, float] | None:
    """Two coordinates. A comma is between them where there is only one way to read it so, else inside of a number."""
    found: list[tuple[float, float]] = []
    for end in range(1, len(text)):
        if text[end - 1].isdigit() and not text[end].isalpha():
            continue  # in the middle of a number
        first, second = _degrees(text[:end].rstrip(" ,;/|")), _degrees(text[end:].strip(" ,;/|"))
        if first and second and (there := _ordered(first, second)):
            found.append(there)
    # "-6,17, 106,82": of several readings the one whose numbers have most digits behind the comma is meant.
    return max(found, key=lambda pair: len(f"{pair[0]:g}") + len(f"{pair[1]:g}")) if found else None


def _ordered(first: Degrees, second: Degrees) -> tuple[float, float] | None:
    """As longitude and latitude: by their sides, else latitude first unless only the other way lies on the globe
    where Indonesia is."""
    if first.axis is not None and first.axis == second.axis:
        return None
    turned = first.axis == 0 or second.axis == 1
    if first.axis is None and second.axis is None:
        turned = abs(first.value) > 90 or (94 <= first.value <= 142 and abs(second.value) <= 12)
    lon, lat = (first.value, second.value) if turned else (second.value, first.value)
    return (lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else None


def _value(found: re.Match[str]) -> Degrees | None:
    before, after = found["before"], found["after"]
    if before and after:
        return None
    whole, minutes, seconds = (
        float((found[name] or "0").replace(",", ".")) for name in ("whole", "minutes", "seconds")
    )
    if minutes > 60 or seconds > 60:  # 60 itself is written by who rounds
        return None
    value = whole + minutes / 60 + seconds / 3600
    axis: int | None = None
    if side := (before or after or "").strip(" :=").upper():
        axis, sign = _SIDES[side]
        value = sign * value
    elif found["sign"] == "-":
        value = -value
    if not math.isfinite(value) or abs(value) > (90 if axis == 1 else 180):
        return None
    return Degrees(round(value, 7), axis)
