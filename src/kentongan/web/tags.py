"""What every page may ask for: icons, states, times, addresses, and where the country's borders come from."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, tzinfo
from typing import Any
from urllib.parse import urlsplit

from django.contrib.humanize.templatetags.humanize import naturaltime
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext, override
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kentongan import basemap, bodies, numbers, places
from kentongan.foundation.config import config
from kentongan.foundation.remembering import remembered
from kentongan.reports.models import Report
from kentongan.warnings.models import Warning
from kentongan.web import dress, looks, telling

NEAR = 16  # zoom of still pictures: some streets around a place

MINUTE, HOUR = 60, 3600
# The days of OpenStreetMap's opening hours, its public holiday and its word for closed.
DAYS = {
    "Mo": _lazy("Mon"), "Tu": _lazy("Tue"), "We": _lazy("Wed"), "Th": _lazy("Thu"), "Fr": _lazy("Fri"),
    "Sa": _lazy("Sat"), "Su": _lazy("Sun"), "PH": _lazy("holidays"), "off": _lazy("closed"),
}  # fmt: skip
CODED = re.compile(rf"\b(?:{'|'.join(DAYS)})\b")
ADDRESS = re.compile(r"(https?://[^\s,;()<>\[\]]+)")


@remembered(maxsize=256)
def icon(name: str) -> SafeString:
    """One icon of the sprite; hidden from screen readers, because a word always stands beside it."""
    sprite = static("vendor/icons.svg")
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', sprite, name)


def status_badge(status: str, large: bool = False) -> SafeString:
    """A public status (waiting, in_process, done, no_partner, closed) as colour, icon and word."""
    return _badge(str(status), large, get_language() or "id")


@remembered(maxsize=64)
def _badge(status: str, large: bool, _language: str) -> SafeString:
    look = looks.STATUS[looks.Status(status)]
    size = " large" if large else ""
    return format_html('<span class="status is-{}{}">{}{}</span>', status, size, icon(look.icon), look.word)


def public_timeline(report: Report) -> list[dict[str, Any]]:
    """What everybody may read of a report's timeline, for `web/partials/timeline.html`."""
    return telling.steps(report, None, "")


def photos_of(report: Report) -> list[dict[str, Any]]:
    """The photos of a report with their captions and marks, for `web/partials/photos.html`."""
    return telling.photos(report)


def when(at: datetime, area: str = "") -> SafeString:
    """How long ago, with the exact time on touch: of the zone of the area with this code, or else the one in use.

    A list that mixes regions names the area of each row.
    """
    seconds = (timezone.now() - at).total_seconds()
    size = next((size for size in (HOUR, MINUTE, 1) if seconds >= size), 0)
    zone = places.zone_of(area) if area else timezone.get_current_timezone()
    if not size:
        return _time(at, zone)
    return _said(at, get_language() or "id", zone, size, int(seconds // size))


@remembered(maxsize=8192)
def _said(at: datetime, _language: str, zone: tzinfo, _size: int, _passed: int) -> SafeString:
    """Django's words change at whole seconds in the first minute, minutes in the first hour, and hours from then on."""
    return _time(at, zone)


def _time(at: datetime, zone: tzinfo) -> SafeString:
    local = at.astimezone(zone)
    exact = f"{date_format(local, 'j F Y, H:i')} {local.tzname()}"
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), exact, naturaltime(at))


def day(at: date | datetime | None, form: str, zone: tzinfo | None = None) -> str:
    """A date, or a moment in a zone (else the one in use, `timezone.override`), in one of Django's date formats; empty
    for none."""
    if at is None:
        return ""
    if isinstance(at, datetime) and timezone.is_aware(at):
        at = timezone.localtime(at, zone)
    return str(date_format(at, form))


def by_hour(at: datetime | None, zone: tzinfo | None = None) -> str:
    """A moment of today by its time alone, one of another day with that day: "02:15 WIB", "28 November, 02:15 WIB"."""
    if at is None:
        return ""
    is_today = timezone.localdate(at, zone) == timezone.localdate(timezone=zone)
    return day(at, "H:i T" if is_today else "j F, H:i T", zone)


def look_of(code: Any) -> Mapping[str, str]:
    """How a body looks: `css`, the address of its colour, and `logo`, that of its logo; each may be empty."""
    return dress.addresses(bodies.look(str(code))) if code else {"css": "", "logo": ""}


def cited(source: str, checked: str = "") -> SafeString:
    """Where something is known from, an address (https://…) as a link with the name of its site, then the ISO day of
    the last look as people write it."""
    first, mark, rest = source.partition("; ")  # behind it: that people have put it right
    if first == numbers.UNVERIFIED:
        source = _("widely published, unverified") + mark + rest
    told = [_site(part) if at % 2 else part for at, part in enumerate(ADDRESS.split(source))]
    if checked:
        told.append(f", {date_format(date.fromisoformat(checked), 'j M Y')}")
    return format_html_join("", "{}", ([part] for part in told))


def opening_hours(hours: str) -> str:
    """Hours as in OpenStreetMap (`Mo-Fr 08:00-16:00; PH off`) with the reader's words for its days."""
    if hours == "24/7":
        return _("day and night")
    return CODED.sub(lambda found: str(DAYS[found[0]]), hours)


def _site(address: str) -> SafeString:
    try:
        name = (urlsplit(address).hostname or address).removeprefix("www.")
    except ValueError:  # no address after all, as letters that become a slash are in it
        return format_html("{}", address)
    return format_html('<a href="{}" rel="noopener nofollow">{}</a>', address, name)


def borders() -> Any:
    """Where the borders of this installation come from (`places.source()`)."""
    return places.source()


def map_settings() -> SafeString:
    """The attributes that a map needs: its modules' address, base map style and language."""
    ours = "" if config().map_style or basemap.archive() is None else reverse("map_style")
    return format_html(
        'data-module="{}" data-css="{}" data-style="{}" data-ours="{}" data-streets="{}" data-lang="{}"'
        ' data-borders="{}"',
        static("vendor/maplibre-gl.mjs"),
        static("vendor/maplibre-gl.css"),
        config().map_style,
        ours,
        "yes" if places.attribution() else "",
        get_language() or "id",
        places.source().kind,
    )


def site_address() -> str:
    """This installation's public address, without a stroke at its end."""
    return config().base_url.rstrip("/")


def still_map(lon: float, lat: float, size: str = "640x320") -> str:
    """The address of a still picture of the map around a point in degrees, with a pin; `size` in pixels."""
    return f"{reverse('map_still', args=(NEAR, f'{lon:.5f},{lat:.5f}', size))}?pin=1"


def span(hours: float) -> str:
    """A time in the unit that people would use."""
    return _span(*_in_units(hours), get_language() or "id")


def _in_units(hours: float) -> tuple[str, int]:
    if hours < 1:
        return "", 0
    return ("hour", round(hours)) if hours < 48 else ("day", round(hours / 24))


@remembered(maxsize=4096)
def _span(unit: str, many: int, _language: str) -> str:
    if not unit:
        return _("less than an hour")
    if unit == "hour":
        return ngettext("%(many)d hour", "%(many)d hours", many) % {"many": many}
    return ngettext("%(many)d day", "%(many)d days", many) % {"many": many}


def due_badge(at: datetime | None, paused: datetime | None = None) -> SafeString | str:
    """How long until something is due, or since: nothing where nothing is. The clock stands still from `paused` on."""
    if at is None:
        return ""
    hours = (at - (paused or timezone.now())).total_seconds() / HOUR
    return _due(hours < 0, *_in_units(abs(hours)), paused is not None, get_language() or "id")


@remembered(maxsize=4096)
def _due(is_late: bool, unit: str, many: int, is_paused: bool, language: str) -> SafeString:
    words = _("overdue by %(span)s") if is_late else _("%(span)s left")
    shown = words % {"span": _span(unit, many, language)}
    if is_paused:
        shown = _("%(left)s, clock stopped") % {"left": shown}
    drawn = icon("hourglass" if is_paused else "triangle-alert" if is_late else "clock")
    return format_html('<span class="tag{}">{}{}</span>', " late" if is_late else "", drawn, shown)


def message_type(one: Warning) -> str:
    """What kind of message it is, in a word."""
    return {"Alert": _("Warning"), "Update": _("Update"), "Cancel": _("Withdrawn")}.get(one.msg_type, "")


def in_language(words: Mapping[str, str]) -> str:
    """Words that are kept in both languages, in the reader's."""
    return words.get(get_language() or "id") or words.get("id", "")


def in_the(language: str, caller: Callable[[], str]) -> str:
    """A part of a letter in a language of its own: `{% call in_the("en") %}`."""
    with override(language):
        return caller()


@remembered(maxsize=8192)
def url(name: str, *of: Any) -> str:
    """The address of a page by its name."""
    return reverse(name, args=of)
