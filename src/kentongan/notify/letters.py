"""What a reporter is told, and in which words: one row for each kind of timeline entry that they are told of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kentongan import reports
from kentongan.foundation.config import config
from kentongan.notify.delivery import stays_here
from kentongan.notify.models import Message
from kentongan.people.models import Person
from kentongan.reports.models import Entry, Visibility
from kentongan.reports.states import Actor


@dataclass(frozen=True)
class Letter:
    """The subject after the report's code, and the first sentence. Both may name `%(body)s`."""

    subject: Promise
    sentence: Promise


LETTERS = {
    "routed": Letter(_("your report was sent to %(body)s"), _("Your report has reached %(body)s.")),
    "awaiting_partner": Letter(
        _("%(body)s is not a partner yet"),
        _(
            "%(body)s is responsible for this, but does not take part in Kentongan yet. Your report is kept and "
            "counted in public. As soon as they join, they receive it and we write to you."
        ),
    ),
    "handed_over": Letter(
        _("%(body)s has joined and received your report"),
        _("%(body)s now takes part in Kentongan. Your report, which waited for them, is in their queue."),
    ),
    "accepted": Letter(_("%(body)s has taken on your report"), _("%(body)s has taken on your report.")),
    "started": Letter(_("work has begun"), _("%(body)s has begun to work on your report.")),
    "noted": Letter(_("news from %(body)s"), _("%(body)s writes about your report:")),
    "referred": Letter(
        _("another body is asked to help"), _("%(body)s has asked another body to help with your report:")
    ),
    "declined": Letter(_("your report goes to another body"), _("It was not for those who had it first. They write:")),
    "transferred": Letter(
        _("your report was passed on to %(body)s"), _("Your report was passed on to %(body)s, for this reason:")
    ),
    "returned": Letter(
        _("your report is back with %(body)s"), _("Your report was returned to %(body)s, for this reason:")
    ),
    "resolved": Letter(
        _("%(body)s says it is solved"),
        _(
            "%(body)s says that this is solved. Please have a look: confirm it, or open the report again if it is "
            "not so."
        ),
    ),
    "rejected": Letter(
        _("your report was closed without a fix"),
        _("%(body)s has closed your report without a fix, for this reason. You may open it again:"),
    ),
    "merged": Letter(
        _("your report was joined with another"),
        _("Somebody reported the same trouble before. Your report was joined with theirs and is followed there."),
    ),
    "contested": Letter(
        _("somebody says it is not solved"), _("Somebody has shown with a photo that the result is not so:")
    ),
    "reopened": Letter(
        _("your report is open again"), _("Several people say that this is not solved. Your report is open again.")
    ),
    "expired": Letter(
        _("your report is closed"), _("Nobody has spoken against the result in time. Your report is closed as solved.")
    ),
    "moved_out": Letter(
        _("%(body)s has its own service now"),
        _(
            "%(body)s now works in a service of its own, and your report has moved there. Open it by this link and "
            "sign in: then it is yours there as it was here."
        ),
    ),
    "identity_seen": Letter(
        _("somebody looked at who you are"),
        _("Somebody on the staff of %(body)s looked at your name and address. They gave this reason:"),
    ),
}


def write_mail(events: list[dict[str, Any]]) -> None:
    """Batch subscriber of `report.entry`: one mail for each entry that a reporter is told of, heard twice or not."""
    wanted = {(event["report"], event["seq"]) for event in events if event["kind"] in LETTERS}
    if not wanted:
        return
    found = Entry.objects.filter(
        report__in={report for report, _seq in wanted}, seq__in={seq for _report, seq in wanted},
        report__reporter__isnull=False,
    ).select_related("report__reporter", "report__body", "body")  # fmt: skip
    told = [entry for entry in found.order_by("pk") if (entry.report_id, entry.seq) in wanted]
    Message.objects.bulk_create([one for entry in told if (one := _mail(entry))], ignore_conflicts=True)


def _mail(entry: Entry) -> Message | None:
    person = entry.report.reporter
    if person is None or not _is_told(entry, person):
        return None
    with translation.override(person.language):
        subject, body = _written(entry)
    return Message(
        key=f"report/{entry.report_id}/{entry.seq}", to_person=person, address=person.email,
        subject=subject, body=body, entry=entry, is_demo=person.is_demo,
    )  # fmt: skip


def _is_told(entry: Entry, person: Person) -> bool:
    """Nobody is told of what they did themselves, nor of what is for staff only."""
    if entry.person_id == person.pk or entry.actor == Actor.REPORTER or not person.is_active:
        return False
    if entry.kind == "moved_out" and entry.report.ended_at:
        return False  # nothing more happens to it; whoever opens the old address is led to it
    # Made-up people have made-up addresses: what they would have got is read on a page, never sent.
    return entry.visibility != Visibility.INTERNAL and (stays_here() or not person.is_demo)


def _written(entry: Entry) -> tuple[str, str]:
    """Subject and body in the language that is active."""
    report, letter = entry.report, LETTERS[entry.kind]
    body = entry.body or report.body
    named = {"body": body.name if body else "Kentongan"}
    reasons = entry.data.get("decision", {}).get("reasons", [])
    language = translation.get_language() or settings.LANGUAGE_CODE
    text = render_to_string(
        "notify/letter.txt",
        {
            "name": report.reporter.name if report.reporter else "",
            "sentence": letter.sentence % named,
            "said": entry.text or entry.data.get("no_photo_reason", ""),
            "reasons": [one["text"].get(language, one["text"]["id"]) for one in reasons],
            "report": report,
            "link": _link(entry),
        },
    )
    return f"{report.code}: {letter.subject % named}"[:200], text


def _link(entry: Entry) -> str:
    """The page of the report; of one that moved away, the page there that joins it to the person's account."""
    if entry.kind == "moved_out":
        return f"{entry.data['url']}/claim/{reports.moved_token(entry.report)}"
    return config().base_url.rstrip("/") + reverse("report", args=[entry.report.code])
