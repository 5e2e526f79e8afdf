"""What is printed of a report: the work order that goes along to the street, and the case file with all of it.

Both say what the officer's page says to the same reader, and never who reported it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import segno
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from PIL import Image

from kentongan import basemap, bodies, casework, places, reports
from kentongan.console import desk, looks
from kentongan.console.doors import person_of, seen
from kentongan.console.paper import Dress, Full, Paper, Shot, turn
from kentongan.console.tables import STATUSES
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports.models import Photo, Priority, Report

MOST_ENTRIES = 400  # of a timeline
MOST_PHOTOS, MOST_BYTES = 24, 24 * 1024**2
ON_ORDER = 4  # photos of a work order
ZOOM, MAP = 17, (760, 380)  # pixels


def work_order(request: HttpRequest, code: str) -> HttpResponse:
    """What is to be done and where, for who goes there, with lines to write on."""
    person = person_of(request)
    report = seen(person, code)
    with turn(), timezone.override(places.zone_of(report.province_code)):
        content = _work_order(request, person, report)
    return _file(content, f"perintah-kerja-{report.code}.pdf")


def case_file(request: HttpRequest, code: str) -> HttpResponse:
    """All that the reader may know of the report; `notes=no` leaves out what is for staff alone, to give it away."""
    person = person_of(request)
    report = seen(person, code)
    with turn(), timezone.override(places.zone_of(report.province_code)):
        content = _case_file(request, person, report, internal=request.GET.get("notes") != "no")
    return _file(content, f"berkas-{report.code}.pdf")


def _file(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _work_order(request: HttpRequest, person: Person, report: Report) -> bytes:
    paper = _paper(person, report, _("Work order"))
    try:
        _what(request, paper, report, inside=_is_inside(person, report))
        notes = [one for one in reports.timeline(report, person) if one.kind == "noted" and one.text]
        if notes:
            paper.heading(_("Last notes"), 10)
            for one in notes[-3:]:
                paper.words(f"{_at(one.at)}: {one.text}", size=9)
        _show_photos(paper, [one for one in desk.photos_of(report) if one["photo"].role != "after"], ON_ORDER, 4)
        asked = [_("Begun (date, time)"), _("Finished (date, time)"), _("What was done"), _("Material used"),
                 _("Not possible, because"), _("Name and signature")]  # fmt: skip
        paper.to_fill_in(_("Done in the street"), asked)
    except Full:
        paper.cut_off()
    return paper.finished()


def _case_file(request: HttpRequest, person: Person, report: Report, *, internal: bool) -> bytes:
    paper = _paper(person, report, _("Case file") if internal else _("Case file without internal notes"))
    try:
        _what(request, paper, report, inside=internal and _is_inside(person, report))
        if reasons := report.decision.get("reasons", []):
            paper.heading(_("Why is it here?"), 10)
            spoken = get_language() or "id"
            paper.words("\n".join(f"– {one['text'].get(spoken) or one['text']['id']}" for one in reasons), size=9)
        _happened(paper, person, report, internal=internal)
        _show_photos(paper, desk.photos_of(report), MOST_PHOTOS, 2)
    except Full:
        paper.cut_off()
    return paper.finished()


def _paper(person: Person, report: Report, title: str) -> Paper:
    now = timezone.now()
    said = _("Made on %(at)s by %(name)s") % {"at": _at(now), "name": looks.called(person)}
    if report.is_secret:
        said = f"{_('NOT PUBLIC')} · {said}"
    body = report.body.name if report.body else ""
    return Paper(
        f"{title} {report.code}", body, said, language=get_language() or "id", at=now, dress=_dress(report.body_id)
    )


def _dress(body: str | None) -> Dress:
    """How the paper of a body looks: as its pages by day."""
    look = bodies.look(body or "")
    logo = bodies.logo(look.of) if look.logo else None
    colour = bodies.shades(look.accent, bodies.DAY).sea if look.accent else Dress.colour
    return Dress(bytes(logo.content) if logo else b"", colour)


def _is_inside(person: Person, report: Report) -> bool:
    """Whether the reader learns in whose hands it is: not where their body had it before and only follows it."""
    return person.administers or casework.role_for(person, report.body_id) is not None


def _what(request: HttpRequest, paper: Paper, report: Report, *, inside: bool) -> None:
    """What it is about, where, and how to come to its page."""
    address = request.build_absolute_uri(reverse("report", args=[report.code]))
    code = io.BytesIO()
    segno.make(address, error="m").save(code, kind="png", scale=6, border=1)
    paper.image(code, x=paper.w - paper.r_margin - 24, y=paper.y, w=24, alt_text=address)
    top, right = paper.y, paper.r_margin
    paper.set_right_margin(right + 26)
    paper.heading(str(report.category.name), 15)
    paper.words(report.text or report.url, size=11)
    paper.set_right_margin(right)
    paper.set_y(max(paper.y, top + 26))
    paper.facts(_facts(report, inside=inside))
    if report.lon is not None and report.lat is not None:
        _show_map(paper, report.lon, report.lat)


def _facts(report: Report, *, inside: bool) -> Iterator[tuple[str, str]]:
    yield _("Code"), report.code
    yield _("Status"), str(STATUSES[report.status])
    if inside:
        yield _("Priority"), str(looks.PRIORITIES[Priority(report.priority)])
        yield _("In the hands of"), _hands(report)
    yield _("Place"), places.address_text(report.address, report.area_codes)
    if report.lon is not None:
        yield _("Coordinates"), f"{report.lat:.6f}, {report.lon:.6f}"
    if landmark := places.landmark_of(report.address, report.lon, report.lat):
        yield _("Landmark"), " · ".join(one for one in (landmark.name, *landmark.phones, landmark.hours) if one)
    if report.asset_id:
        yield _("Asset"), places.called(report.asset_id, report.asset_name)
    yield _("Reported"), _at(report.created_at)
    yield _("Happened"), _at(report.occurred_at)
    yield _("First answer due"), _at(report.answer_by)
    yield _("Solution due"), _at(report.deadline_at)
    yield _("Supported by"), str(report.support_count or "")
    yield from desk.answers_of(report)


def _hands(report: Report) -> str:
    named = [looks.called(report.assignee)] if report.assignee else []
    return ", ".join([*named, *([report.team.name] if report.team else [])])


def _show_map(paper: Paper, lon: float, lat: float) -> None:
    view = basemap.View(ZOOM, lon, lat, *MAP)
    if not basemap.has_streets(view):  # a pin in nothing leads nobody there
        return
    try:
        drawn = basemap.picture(view, pin=True)
    except Problem:  # others have their turn: the coordinates stand above
        return
    paper.picture(Shot(drawn, _("The pin shows the place of the report.")), 116, 58)


def _happened(paper: Paper, person: Person, report: Report, *, internal: bool) -> None:
    """The timeline as this reader may read it, citizens without their names; given away, officers without theirs."""
    entries = reports.timeline(report, person if internal else None)
    shown = entries[:MOST_ENTRIES]
    paper.heading(_("What has happened"))
    for entry, one in zip(shown, looks.steps(shown), strict=True):
        mark = f" [{_('internal')}]" if one["internal"] else ""
        whose = entry.body.name if entry.body and entry.actor == reports.Actor.OFFICER and not internal else one["who"]
        paper.words(f"{_at(one['at'])} · {one['words']}{mark}", size=9, bold=True)
        paper.words("\n".join(part for part in (whose, one["text"]) if part), size=9)
        paper.ln(1)
    if left := len(entries) - len(shown):
        paper.words(_("%(many)d more are on the page of the report.") % {"many": left}, size=9)


def _show_photos(paper: Paper, given: list[dict[str, Any]], most: int, columns: int) -> None:
    """Photos with what is to be known of them, at most so many and so many bytes of them."""
    shots, size = [], 0
    for one in given[:most]:
        words = ". ".join(str(part).rstrip(".") for part in (one["caption"], *one["marks"]))
        if content := _content(one["photo"], MOST_BYTES - size):
            size += len(content)
            shots.append(Shot(content, words))
    if given:
        paper.pictures(_("Photos"), shots, columns)
    if left := len(given) - len(shots):
        paper.words(_("Not printed here: %(many)d. See the page of the report.") % {"many": left}, size=9)


def _content(photo: Photo, most: int) -> bytes:
    """The picture as a file; nothing where it is lost, damaged or larger than the paper has room for."""
    try:
        with reports.photo_file(photo, "large") as file:
            content: bytes = file.read(most + 1)
        Image.open(io.BytesIO(content)).close()
    except OSError:  # one photo less, and told: the paper is wanted all the same
        return b""
    return content if len(content) <= most else b""


def _at(at: datetime | None) -> str:
    """A moment in the zone of the report, which is named."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    return f"{date_format(local, 'j F Y, H:i')} {local.tzname()}"
