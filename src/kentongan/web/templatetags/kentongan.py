"""Tags for every page: icons, states, times, and where the country's borders come from."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.db.models import Q
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from kentongan import bodies, places
from kentongan.foundation.config import config
from kentongan.people.models import Person
from kentongan.reports.models import Report
from kentongan.web import looks, telling

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """One icon of the sprite; hidden from screen readers, because a word always stands beside it."""
    sprite = static("vendor/icons.svg")
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', sprite, name)


@register.inclusion_tag("web/partials/status.html")
def status_badge(status: str, large: bool = False) -> dict[str, Any]:
    """A public status (waiting, in_process, done, no_partner, closed) as colour, icon and word."""
    return {"status": status, "look": looks.STATUS[looks.Status(status)], "large": large}


@register.inclusion_tag("web/partials/timeline.html")
def public_timeline(report: Report) -> dict[str, Any]:
    """What everybody may read of a report's timeline."""
    return {"steps": telling.steps(report, None, "")}


@register.inclusion_tag("web/partials/photos.html")
def photos_of(report: Report) -> dict[str, Any]:
    """The photos of a report with their captions and marks."""
    return {"report": report, "photos": telling.photos(report)}


@register.simple_tag
def when(at: datetime) -> SafeString:
    """How long ago, with the exact local time on touch."""
    local = timezone.localtime(at)
    exact = f"{date_format(local, 'j F Y, H:i')} {local.tzname()}"
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), exact, naturaltime(at))


@register.simple_tag
def works_somewhere(person: Person) -> bool:
    """Whether the person is staff of a body now, or runs the platform."""
    held = Q(until=None) | Q(until__gt=timezone.now())
    memberships = bodies.Membership.objects.filter(held, person=person, since__lte=timezone.now())
    return bool(person.is_superuser or memberships.exists())


@register.simple_tag
def country() -> Any:
    """Where the borders of this installation come from (`places.source()`)."""
    return places.source()


@register.simple_tag
def map_settings() -> SafeString:
    """The attributes that a map needs: its modules' address, base map style and language."""
    return format_html(
        'data-module="{}" data-css="{}" data-style="{}" data-lang="{}" data-borders="{}"',
        static("vendor/maplibre-gl.mjs"),
        static("vendor/maplibre-gl.css"),
        config().map_style,
        get_language() or "id",
        places.source().kind,
    )


@register.simple_tag
def span(hours: float) -> str:
    """A time in the unit that people would use."""
    if hours < 1:
        return _("less than an hour")
    if hours < 48:
        return ngettext("%(many)d hour", "%(many)d hours", round(hours)) % {"many": round(hours)}
    days = round(hours / 24)
    return ngettext("%(many)d day", "%(many)d days", days) % {"many": days}
