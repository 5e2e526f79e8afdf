"""A report told as a parcel's tracking: steps with who, when and what; photos; reasons."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from kentongan import bodies, catalogue, network, notify, reports
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.places import gazetteer
from kentongan.reports.models import Entry, Photo, Report, Visibility
from kentongan.web import looks


def steps(report: Report, viewer: Person | None, claim: str) -> list[dict[str, Any]]:
    """The timeline that the viewer may read, newest first, ready for `web/partials/timeline.html`."""
    entries = reports.timeline(report, viewer, claim)
    titles = network.peer_titles(entries)
    return [_step(entry, titles) for entry in reversed(entries)]


def came_back(steps: list[dict[str, Any]]) -> bool:
    """Whether the body that has the report had it before and was given it back, by its timeline, newest first."""
    return next((one["kind"] for one in steps if one["kind"] in {"transferred", "returned"}), "") == "returned"


def journey(report: Report) -> dict[str, Any] | None:
    """The way through the network, ready for `web/partials/journey.html`; None where the report never left."""
    way = network.journey(report)
    if way is None:
        return None
    told = [{"station": one, "look": looks.STANDS[one.stand]} for one in way.stations]
    return {"stations": told, "now": way.now, "origin": way.origin}


def body_hears(report: Report, maker: Person | None) -> bool:
    """Whether the body really gets told that its result is doubted: its staff by mail, or the peer that works on it."""
    kind = "reopened" if report.state == reports.State.ROUTED else "contested"
    return network.hears(report, kind) or notify.hears(report.body_id, notify.Kind.CONTESTED, maker)


def _step(entry: Entry, titles: dict[str, str]) -> dict[str, Any]:
    look = looks.STEPS.get(entry.kind, looks.PLAIN)
    changed = entry.state_to and entry.state_to != entry.state_from
    status = reports.State(entry.state_to) if changed else None
    return {
        "kind": entry.kind,
        "icon": look.icon,
        "words": reports.whither(entry) or reports.link_text(entry) or reports.in_words(entry) or look.word,
        "who": _who(entry, titles),
        "at": entry.at,
        "text": entry.text or entry.data.get("no_photo_reason", ""),
        "stars": range(entry.data.get("stars", 0)),
        "status": str(looks.PUBLIC[status]) if status else "",
        "internal": entry.visibility == Visibility.INTERNAL,
        "for_reporter": entry.visibility == Visibility.REPORTER,
        "site": reports.site_of(entry),
        "here": reports.was_here(entry),
        "said_at": reports.said_at(entry),
    }


def _who(entry: Entry, titles: dict[str, str]) -> str:
    """The body that acts, and the peer that it works with; a person's name never stands on a public page."""
    if entry.actor == reports.Actor.REPORTER:
        return _("The reporter")
    if entry.actor == reports.Actor.CITIZEN:
        return _("A citizen")
    told = entry.data.get("peer", {})
    peer = str(told.get("title") or "")
    if peer in ("", told.get("name")):  # no name for people: what the peer is called now
        peer = titles.get(told.get("name", ""), peer)
    acted = bodies.giver(entry.data) or entry.body
    if acted is None:
        by_platform = entry.actor == reports.Actor.OFFICER and not peer
        return _("The administrator of the platform") if by_platform else peer
    body = str(acted.name)
    if "rule" in entry.data:
        return _("%(body)s, by a rule") % {"body": body}
    return _("%(body)s, through %(peer)s") % {"body": body, "peer": peer} if peer and peer != body else body


def photos(report: Report) -> list[dict[str, Any]]:
    """The photos with their captions and what is doubtful about them."""
    found = reports.photos(report)
    sides = _sides(found)
    return [
        {
            "id": photo.pk,
            "role": photo.role,
            "side": sides.get(photo.pk, ""),
            "caption": looks.PHOTO_ROLES.get(photo.role, ""),
            "marks": [looks.MARKS.get(mark, mark) for mark in photo.marks],
            **{size: reverse("report_photo", args=[report.code, photo.pk, size]) for size in ("thumb", "large")},
        }
        for photo in found
    ]


def _sides(found: list[Photo]) -> dict[UUID, str]:
    """Which two of a report's photos are laid over each other: `before` and `after` by their keys."""
    pair = reports.before_and_after(found)
    return {pair[0].pk: "before", pair[1].pk: "after"} if pair else {}


def areas(report: Report) -> list[Any]:
    """The report's areas, province first, as far as the official list still names them."""
    known = gazetteer.areas()
    return [known[code] for code in report.area_codes if code in known]


def why(report: Report) -> dict[str, Any]:
    """Why the report went where it is: the reasons, and the bodies that it could have gone to as well."""
    decision = report.decision or {}
    others = []
    for other in decision.get("alternatives", []):
        try:
            body = bodies.get(other["body"])
        except Problem:
            continue
        others.append({"body": body, "reasons": [catalogue.in_words(reason["text"]) for reason in other["reasons"]]})
    return {"reasons": [catalogue.in_words(reason["text"]) for reason in decision.get("reasons", [])], "others": others}
