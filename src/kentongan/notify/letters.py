"""What a reporter is told, and in which words: one row for each kind of timeline entry that they are told of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kentongan import places, reports
from kentongan.foundation.config import config
from kentongan.notify import bundling, phones, pushing, regretting
from kentongan.notify.keeping import reaches
from kentongan.notify.models import Message, Push, PushKind
from kentongan.people.models import Person
from kentongan.people.proving import proven
from kentongan.reports.models import Entry, Report, Support, Visibility
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
    "asked": Letter(
        _("%(body)s has a question"),
        _("%(body)s asks you something. Answer on the page of your report; until then the work waits:"),
    ),
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
    "unmerged": Letter(
        _("your report is on its own again"),
        _(
            "%(body)s sees that your report is not the same trouble as the one it was joined with. "
            "It is worked on itself."
        ),
    ),
    "undone": Letter(
        _("%(body)s has taken back its result"), _("%(body)s has taken back its result and goes on working:")
    ),
    "stepped_back": Letter(
        _("%(body)s has taken its last step back"),
        _("The last step of %(body)s was taken by mistake. Your report is where it was before that."),
    ),
    "parts_ended": Letter(
        _("all parts of the work have ended"),
        _("Several bodies worked on your report. Not all of it is solved: %(body)s decides how it goes on."),
    ),
    "upheld": Letter(
        _("%(body)s stands by its result"), _("Somebody objected to the result. %(body)s has looked again and writes:")
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
    "hidden": Letter(
        _("something was hidden"),
        _("%(body)s has hidden something that you wrote or sent. %(hidden)s. You can object once, within 30 days:"),
    ),
    "shown_again": Letter(_("what was hidden is shown again"), _("What was hidden is public again. %(body)s writes:")),
    "kept_hidden": Letter(_("it stays hidden"), _("%(body)s has looked at your objection. It stays hidden:")),
}
OPEN_AGAIN = Letter(  # `reports.goes_on_together`: told as the split was, and it is none
    _("a part of the work is open again"),
    _("Several bodies work on your report. One of its parts is open again: your report ends with the last of them."),
)
HIDING = {"hidden", "shown_again", "kept_hidden"}  # told to the author, and to nobody else

# Of these a reporter is told whose own report was joined with this one, and of the second those who have it too.
TO_JOINED = LETTERS.keys() - HIDING - {"asked", "identity_seen", "moved_out", "merged", "unmerged", "routed"}
TO_SUPPORTERS = {"resolved", "rejected", "reopened", "undone", "upheld"}


@dataclass(frozen=True)
class Recipient:
    """Who is told of a report and why: `joined` is the code of their own report that goes on with it."""

    person: Person
    joined: str = ""
    supports: bool = False


def write_mail(events: list[dict[str, Any]]) -> Callable[[], None]:
    """Prepared subscriber of `report.entry`: one mail for each entry and person told of it, heard twice or not."""
    heard = reports.entries_of(events)
    anew = _cut(heard)
    told = [*(entry for entry in heard if entry.kind in LETTERS), *anew]
    more = _following(told)
    listed = [(entry, one) for entry in told for one in _recipients(entry, more.get(entry.report_id, []))]
    # An address that nobody has shown to be theirs may be a stranger's mailbox.
    reached = proven(one.person.pk for _entry, one in listed)
    mails = [mail for entry, one in listed if one.person.pk in reached and (mail := _mail(entry, one))]
    return partial(_store, mails, anew, _pushes(listed), told)


def _pushes(listed: list[tuple[Entry, Recipient]]) -> list[Push]:
    """The same for the phones of those who want it, in a few words and none that somebody wrote."""
    listening = phones.listening({one.person.pk for _entry, one in listed}, PushKind.REPORTS) if listed else {}
    return [
        push for entry, one in listed if one.person.pk in listening and _is_told(entry, one.person)
        for push in pushing.told(f"report/{entry.report_id}/{entry.seq}", _note(entry, one.person),
                                 listening[one.person.pk])
    ]  # fmt: skip


def _note(entry: Entry, person: Person) -> pushing.Note:
    """A locked screen is read by others too: of what is secret or hidden it says only that there is news."""
    with translation.override(person.language):
        if entry.report.is_restricted or entry.kind in HIDING | {"identity_seen"}:
            return pushing.Note(
                str(_("News of one of your reports")), str(_("Open it to read what is new.")), reverse("mine"),
                "reports", person.language,
            )  # fmt: skip
        letter, named = _letter(entry), _named(entry)
        title = f"{entry.report.code}: {letter.subject % named}"
        path = reverse("mine") if entry.kind == "moved_out" else reverse("report", args=[entry.report.code])
        return pushing.Note(title, str(letter.sentence % named), path, entry.report.code, person.language)


def _letter(entry: Entry) -> Letter:
    return OPEN_AGAIN if reports.goes_on_together(entry) else LETTERS[entry.kind]


def _named(entry: Entry) -> dict[str, Any]:
    body = entry.body or entry.report.body
    return {"body": body.name if body else "Kentongan", "hidden": reports.in_words(entry)}


def _cut(heard: list[Entry]) -> list[Entry]:
    """The entries out of which words were hidden while mails about them wait to leave: those are written anew."""
    cut = [(one.report_id, one.data.get("at")) for one in heard if one.kind == "hidden" and one.data.get("at")]
    rows = [Entry.objects.select_related("report__category", "body").filter(report=key, seq=at) for key, at in cut]
    return [one for found in rows for one in found if Message.objects.filter(entry=one, sent_at=None).exists()]


def _store(mails: list[Message], anew: list[Entry], pushes: list[Push], told: list[Entry]) -> None:
    Message.objects.filter(entry__in=anew, sent_at=None).delete()
    mails = regretting.unsaid(mails, told)
    bundling.hold_back(mails)
    regretting.hold(mails)
    Message.objects.bulk_create(mails, ignore_conflicts=True)
    pushing.store(regretting.hold_pushes(pushes, told))


def _recipients(entry: Entry, more: list[Recipient]) -> list[Recipient]:
    """The reporter, and where all may know it those who follow; each person once."""
    if entry.kind in HIDING:
        held = reports.hiding_of(entry)
        author = held and (entry.report.reporter if held.by_reporter else held.author)
        return [Recipient(author)] if author else []
    first = [Recipient(entry.report.reporter)] if entry.report.reporter else []
    if entry.visibility != Visibility.PUBLIC or entry.kind not in TO_JOINED:
        return first
    known = {one.person.pk for one in first}
    # Who was told that it is solved is told too that it is not, though a split report says so of one of its parts.
    to_all = entry.kind in TO_SUPPORTERS or reports.goes_on_together(entry)
    wanted = [one for one in more if one.person.pk not in known and (one.joined or to_all)]
    return [*first, *{one.person.pk: one for one in reversed(wanted)}.values()]


def _following(entries: list[Entry]) -> dict[int, list[Recipient]]:
    """By report: the reporters of those joined with it, then the supporters of all of them."""
    originals = {entry.report_id for entry in entries if entry.kind in TO_JOINED}
    if not originals:
        return {}
    joined = reports.joined_with(originals)
    found: dict[int, list[Recipient]] = {}
    mine = Report.objects.filter(pk__in=joined).exclude(reporter=None).select_related("reporter")
    for report in mine.order_by("pk"):
        if report.reporter is not None:
            found.setdefault(joined[report.pk], []).append(Recipient(report.reporter, joined=report.code))
    supported = Support.objects.filter(report__in=[*originals, *joined]).select_related("person").order_by("pk")
    for support in supported:
        original = joined.get(support.report_id, support.report_id)
        found.setdefault(original, []).append(Recipient(support.person, supports=True))
    return found


def _mail(entry: Entry, to: Recipient) -> Message | None:
    person, follows = to.person, bool(to.joined or to.supports)
    if not _is_told(entry, person):
        return None
    with translation.override(person.language):
        subject, body = _written(entry, to)
    key = f"report/{entry.report_id}/{entry.seq}"
    return Message(
        key=f"{key}/{person.pk}" if follows else key, to_person=person, address=person.email,
        subject=subject, body=body, entry=entry, is_demo=person.is_demo,
    )  # fmt: skip


def _is_told(entry: Entry, person: Person) -> bool:
    """Nobody is told of what they did themselves, nor of what is for staff only."""
    by_reporter = entry.actor == Actor.REPORTER and entry.report.reporter_id == person.pk
    if entry.person_id == person.pk or by_reporter or not person.is_active:
        return False
    if entry.kind == "moved_out" and entry.report.ended_at:
        return False  # nothing more happens to it; whoever opens the old address is led to it
    return entry.visibility != Visibility.INTERNAL and reaches(person)


def _written(entry: Entry, to: Recipient) -> tuple[str, str]:
    """Subject and body in the language that is active."""
    report, letter = entry.report, _letter(entry)
    named = _named(entry)
    reasons = entry.data.get("decision", {}).get("reasons", [])
    language = translation.get_language() or settings.LANGUAGE_CODE
    text = render_to_string(
        "notify/letter.txt",
        {
            "name": to.person.name,
            "joined": to.joined,
            "supports": to.supports,
            "sentence": letter.sentence % named,
            "said": entry.text or entry.data.get("no_photo_reason", ""),
            "reasons": [one["text"].get(language, one["text"]["id"]) for one in reasons],
            "report": report,
            "place": "" if report.is_secret else places.address_text(report.address, report.area_codes),
            "link": _link(entry),
        },
    )
    return f"{report.code}: {letter.subject % named}"[:200], text


def _link(entry: Entry) -> str:
    """The page of the report; of one that moved away, the page there that joins it to the person's account."""
    if entry.kind == "moved_out":
        return f"{entry.data['url']}/claim/{reports.moved_token(entry.report)}"
    page = "report_hidden" if entry.kind in HIDING else "report"
    return config().base_url.rstrip("/") + reverse(page, args=[entry.report.code])
