"""The time zone of a place: Indonesia has three, by province.

Keputusan Presiden 41/1987: western time (WIB, +7) on Sumatra, Java, Madura and in West and Central Kalimantan; central
time (WITA, +8) on Bali, in Nusa Tenggara, South and East Kalimantan and on Sulawesi; eastern time (WIT, +9) in Maluku
and Papua. Provinces made since then keep the time of the one that they were part of (North Kalimantan, Gorontalo, West
Sulawesi, North Maluku, the six of Papua). The codes are Kemendagri's.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from kentongan.foundation.problems import Problem

WIB, WITA, WIT = ZoneInfo("Asia/Jakarta"), ZoneInfo("Asia/Makassar"), ZoneInfo("Asia/Jayapura")
WESTERN_KALIMANTAN = {"61", "62"}
# By the first digit, which names the island group.
_ZONES = {"1": WIB, "2": WIB, "3": WIB, "5": WITA, "6": WITA, "7": WITA, "8": WIT, "9": WIT}


def zone_of(code: str) -> ZoneInfo:
    """The zone of an area by its Kemendagri code, of any level; WIB, the capital's, where there is none."""
    return WIB if code[:2] in WESTERN_KALIMANTAN else _ZONES.get(code[:1], WIB)


def zone_at(lon: float | None, lat: float | None) -> ZoneInfo:
    """The zone at a point in WGS 84 degrees; WIB where there is no point, or it lies outside the country."""
    from kentongan.places import here  # which opens the index of the country

    if lon is None or lat is None:
        return WIB
    try:
        areas = here.locate(lon, lat).areas
    except Problem:
        return WIB
    return zone_of(areas[0].code if areas else "")
