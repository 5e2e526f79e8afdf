"""What entries say in words: what was hidden, by whom and why, so that nothing vanishes in silence; parts; whither."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from kentongan import bodies
from kentongan.foundation import prepared
from kentongan.reports.hidden import WAITING, Because, Hiding, What
from kentongan.reports.models import Entry, Report
from kentongan.reports.states import Actor

_APPEALED = (  # as `WAITING` says
    "SELECT report.body_id FROM reports_hiding AS hiding JOIN reports_report AS report ON report.id = hiding.report_id"
    " WHERE hiding.appealed_at IS NOT NULL AND hiding.ended_at IS NULL"
)
HIDING = {"hidden", "shown_again", "kept_hidden", "appealed"}  # the kinds of entries


def hidings(report: Report) -> list[Hiding]:
    """All that was hidden of a report, the newest first."""
    if not prepared.rows("SELECT 1 FROM reports_hiding WHERE report_id = %s LIMIT 1", (report.pk,)):
        return []  # as of nearly every report, and each of its pages asks
    return list(Hiding.objects.filter(report=report).select_related("body", "author", "report").order_by("-pk"))


def hiding_of(entry: Entry) -> Hiding | None:
    """What an entry of the kinds `HIDING` is about."""
    if entry.kind not in HIDING:
        return None
    return Hiding.objects.filter(report=entry.report_id, entry=entry.data.get("of", 0)).select_related("author").first()


def appealed(codes: Sequence[str]) -> list[Hiding]:
    """The objections against what was hidden of reports of these bodies that wait for a decision, oldest first."""
    # The few that wait are looked through: asked by their bodies, the database begins with all reports of these.
    waiting = Hiding.objects.filter(WAITING).select_related("report__category", "person", "body")
    return [one for one in waiting.order_by("appealed_at") if one.report.body_id in codes]


def count_appealed(codes: Sequence[str]) -> int:
    """How many objections `appealed` tells."""
    return sum(body in codes for (body,) in prepared.rows(_APPEALED))


def in_words(entry: Entry) -> str:
    """What an entry about something hidden, or about parts, says in the active language; empty for any other."""
    if entry.kind not in HIDING:
        return _of_parts(entry)
    what = {
        What.REPORT: _("The whole report"), What.PHOTO: _("A photo"),
        What.TEXT: _("Words of the timeline") if entry.data.get("at") else _("Words of the report"),
    }.get(entry.data.get("hides", ""), _("Something"))  # fmt: skip
    if entry.kind == "hidden":
        words = _("%(what)s: part of it taken out") if entry.data.get("part") else _("%(what)s: hidden")
        return f"{words % {'what': what}}. {_('Reason')}: {reason(entry.data.get('reason', ''))}"
    words = {
        "shown_again": _("%(what)s: shown again"), "kept_hidden": _("%(what)s: stays hidden"),
        "appealed": _("%(what)s: the author objects to the hiding"),
    }[entry.kind]  # fmt: skip
    return words % {"what": what}


def whither(entry: Entry) -> str:
    """To whom an entry passed the report on or returned it, in the active language; empty for any other."""
    giver = bodies.giver(entry.data)
    if giver is None or entry.body is None or giver.code == entry.body.code:  # a peer's, which would not have it
        return ""
    words = _("Returned to %(body)s") if entry.kind == "returned" else _("Passed on to %(body)s")
    return words % {"body": entry.body.name}


def goes_on_together(entry: Entry) -> bool:
    """Whether a report that was split waits for its parts again, because one of them is open again."""
    return entry.kind == "referred" and entry.actor == Actor.SYSTEM and bool(entry.data.get("parts"))


def _of_parts(entry: Entry) -> str:
    """What an entry says of the parts of a report."""
    data = entry.data
    if data.get("whole"):
        return _("Made as a part of another report")
    if "parts" in data:
        if goes_on_together(entry):
            return _("One of its parts is open again: it ends with the last of them")
        return _("Split into parts for several bodies") if data["parts"] else _("The split is taken back")
    if "of_parts" not in data:
        return ""
    if data["solved"] == data["of_parts"]:
        return str(_("Solved: all %(of_parts)d parts are") % data)
    return str(_("All parts have ended, %(solved)d of %(of_parts)d solved: the body decides how it goes on") % data)


def reason(code: str) -> str:
    """The words of a reason."""
    return str(Because(code).label) if code in Because.values else code
