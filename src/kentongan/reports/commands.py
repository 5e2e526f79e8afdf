"""The steps of a report's life, one function each. Every one raises Problem where it is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kentongan import bodies
from kentongan.foundation.problems import Problem
from kentongan.foundation.text import TextTooLong, clean_text
from kentongan.people.models import Person
from kentongan.reports import deadlines
from kentongan.reports.decision import sent_on
from kentongan.reports.evidence import attach_evidence
from kentongan.reports.locking import changing
from kentongan.reports.models import Report, Support, Visibility
from kentongan.reports.onsite import Sent, is_repeat, kept
from kentongan.reports.reading import claimed_by
from kentongan.reports.repeats import is_repeated
from kentongan.reports.states import BY_NAME, Actor, Asks, Ending, State, Status, new_again
from kentongan.reports.who import SYSTEM, Who
from kentongan.reports.writer import ENDED, Happening, append, next_state, refuse_part

SAY_LIMIT = 2_000  # characters of an answer, a note, a comment
CONTESTS_TO_REOPEN = 3  # people who are not the reporter
# What ends after these is a new result, which everybody may contest again.
ANOTHER_RESULT = Q(kind__in=("reopened", "undone")) | Q(kind="referred", state_from__in=ENDED)


def accept(code: str, who: Who, text: str = "", *, expected_seq: int | None = None) -> Report:
    """The body takes the report on."""
    return _step("accept", "accepted", code, who, text, expected_seq=expected_seq)


def start(code: str, who: Who, text: str = "", *, expected_seq: int | None = None) -> Report:
    """The body begins the work."""
    return _step("start", "started", code, who, text, expected_seq=expected_seq)


def refer(code: str, who: Who, text: str, *, expected_seq: int | None = None) -> Report:
    """The body waits for another that is asked to help; the reason is public."""
    return _step("refer", "referred", code, who, text, expected_seq=expected_seq)


def reject(code: str, who: Who, text: str, *, passed_on: bool = False, expected_seq: int | None = None) -> Report:
    """Ends without a fix, with a public reason; `passed_on` where somebody outside the network has it now."""
    ending = Ending.PASSED_ON if passed_on else Ending.CLOSED_WITHOUT_FIX
    return _step("reject", "rejected", code, who, text, ending=ending, expected_seq=expected_seq)


def resolve(
    code: str, who: Who, text: str = "", *, photos: Sequence[UUID] = (), no_photo_reason: str = "",
    before: Sequence[UUID] = (), sent: Sent | None = None, expected_seq: int | None = None,
) -> Report:  # fmt: skip
    """The trouble is gone: with an after-photo, or the reason why there is none.

    `before`: photos from before the work. `sent`: it comes from a phone; sent again it changes nothing.
    """
    text, why = said(text), said(no_photo_reason, "no_photo_reason")
    given = frozenset({Asks.EVIDENCE}) if photos or why else frozenset()
    with changing(code, expected_seq) as report:
        if sent and is_repeat(report, sent):
            return report
        state = next_state(report, "resolve", who, given)
        data = ({"no_photo_reason": why} if why else {}) | kept(report, sent)
        attach_evidence(report, before, "before")
        attach_evidence(report, photos, "after")
        append(report, Happening("resolved", who, text, state, ending=Ending.SOLVED, data=data))
    return report


def transfer(code: str, who: Who, body: str, text: str, *, expected_seq: int | None = None) -> Report:
    """Sends the report to another body with a note; where that one is no partner, it waits there."""
    return _send("transfer", "transferred", code, who, body, text, expected_seq)


def take_back(code: str, who: Who, body: str, text: str, *, before: str, expected_seq: int) -> Report:
    """A transfer by mistake comes back to `body`, which made it, as new; where that is no partner, it waits there.
    `before`: the state in which it was passed on.
    """
    return _send("take_back", "transferred", code, who, body, text, expected_seq, new_again(before))


def give_back(code: str, who: Who, text: str, *, expected_seq: int | None = None) -> Report:
    """Returns the report to the body it came from."""
    with changing(code, expected_seq) as report:
        came = report.entries.filter(kind="transferred", data__to_body=report.body_id).order_by("-seq").first()
        origin = came.data.get("from_body") if came else None
    if not origin:
        raise Problem(
            "nobody_to_return_to",
            409,
            _("This report was not transferred to you; transfer it to another body instead."),
        )
    return _send("return", "returned", code, who, origin, text, expected_seq)


def note(
    code: str, who: Who, text: str, *, internal: bool = False, expected_seq: int | None = None,
    mentions: Sequence[int] = (), sent: Sent | None = None,
) -> Report:  # fmt: skip
    """A progress note by the body, public or for its staff only; `mentions` are the keys of colleagues it calls.
    `sent`: it comes from a phone; sent again it changes nothing.
    """
    text = required(text)
    with changing(code, expected_seq) as report:
        if sent and is_repeat(report, sent):
            return report
        seen = Visibility.INTERNAL if internal else Visibility.PUBLIC
        data = ({"mentions": [*mentions]} if mentions else {}) | kept(report, sent)
        append(report, Happening("noted", who, text, visibility=seen, data=data))
    return report


def confirm(code: str, who: Who) -> Report:
    """The reporter agrees with the result."""
    with changing(code) as report:
        refuse_part(report)
        if not is_repeated(report, who, {"confirmed"}):
            append(report, Happening("confirmed", who, "", next_state(report, "confirm", who), ending=Ending.SOLVED))
    return report


def rate(code: str, who: Who, stars: int, text: str = "") -> Report:
    """The reporter's stars, 1 to 5, for an ended report; giving them agrees with a result."""
    text = said(text)
    if stars not in range(1, 6):
        raise Problem("bad_stars", 422, _("Give one to five stars."), field="stars")
    with changing(code) as report:
        refuse_part(report)
        if who.actor != Actor.REPORTER:
            raise Problem("wrong_actor", 403, _("Only the reporter can rate the answer."))
        if report.status not in {Status.DONE, Status.CLOSED}:
            raise Problem("wrong_state", 409, _("A report can be rated once it has ended."))
        if is_repeated(report, who, {"rated"}, text, stars=stars):
            return report
        if report.state == State.RESOLVED:
            append(report, Happening("confirmed", who, "", State.CONFIRMED, ending=Ending.SOLVED))
        report.stars = stars
        append(report, Happening("rated", who, text, data={"stars": stars}))
    return report


def reopen(code: str, who: Who, text: str, *, photos: Sequence[UUID] = (), expected_seq: int | None = None) -> Report:
    """The reporter does not agree, or the body sees that it was wrong: back into the queue with the reason."""
    text = required(text)
    with changing(code, expected_seq) as report:
        if who.actor == Actor.REPORTER and is_repeated(report, who, {"reopened"}, text, photos):
            return report
        state = next_state(report, "reopen", who, frozenset({Asks.REASON}))
        attach_evidence(report, photos, "contest")
        append(report, Happening("reopened", who, text, state))
    return report


def may_say(report: Report, who: Who) -> None:
    """Raises Problem `forbidden` (403) where somebody sees a report only as a viewer of its body: they change nothing.
    On one that everybody may read they speak as everybody does.
    """
    if not report.is_restricted or who.actor != Actor.CITIZEN or who.person is None or who.person.administers:
        return
    if bodies.role(who.person, report.body_id or "") == bodies.Role.VIEWER:
        raise Problem("forbidden", 403, _("You may read here, but not change anything."))


def contest(code: str, who: Who, text: str, *, photos: Sequence[UUID]) -> Report:
    """Anybody shows by a photo that a result is none; the body receives it, and enough of them reopen."""
    text = required(text)
    if who.actor == Actor.REPORTER:
        return reopen(code, who, text, photos=photos)
    if who.person is None:
        raise Problem("sign_in", 401, _("Sign in to contest a result."))
    if not photos:
        raise Problem("photo_required", 422, _("Add a photo that shows how it looks now."), field="photos")
    with changing(code) as report:
        may_say(report, who)
        refuse_part(report)
        if is_repeated(report, who, {"contested"}, text, photos):
            return report
        next_state(report, "reopen", SYSTEM, frozenset({Asks.REASON}))
        last = report.entries.filter(ANOTHER_RESULT).order_by("-seq").first()
        if report.entries.filter(kind="contested", person=who.person, seq__gt=last.seq if last else 0).exists():
            raise Problem("contested_before", 409, _("You have contested this result already."))
        attach_evidence(report, photos, "contest")
        append(report, Happening("contested", who, text))
        if report.contest_count >= CONTESTS_TO_REOPEN:
            append(
                report,
                Happening("reopened", SYSTEM, "", State.ROUTED, data={"contests": report.contest_count}),
            )
    return report


def comment(code: str, who: Who, text: str, *, has_id: bool = False) -> Report:
    """Something anybody with an account has to say in public. The reporter's is the answer where they were asked.

    `has_id`: it has an id of its own, by which who calls this has seen that it is new, however often these words come.
    """
    text = required(text)
    if who.person is None and who.actor != Actor.REPORTER:
        raise Problem("sign_in", 401, _("Sign in to comment."))
    with changing(code) as report:
        may_say(report, who)
        refuse_part(report)
        if has_id or not is_repeated(report, who, {"commented", "answered"}, text):
            append(report, Happening(deadlines.answers(report, who.actor) or "commented", who, text))
    return report


def support(code: str, person: Person | None) -> Report:
    """One person more has the same trouble; a second tap changes nothing."""
    if person is None:
        raise Problem("sign_in", 401, _("Sign in first: every person counts once."))
    with changing(code) as report:
        may_say(report, Who(person, Actor.CITIZEN))
        refuse_part(report)
        if report.reporter_id == person.pk:
            raise Problem("own_report", 409, _("This is your own report: it counts already."))
        try:
            with transaction.atomic():
                Support.objects.create(report=report, person=person)
        except IntegrityError:
            return report
        append(report, Happening("supported", Who(person, Actor.CITIZEN)))
    return report


def look_at_identity(code: str, who: Who, reason: str) -> Person | None:
    """Who the reporter is. The look is logged with its reason, and the reporter sees it.

    Officers see it for public reports only; of anonymous and secret ones only the platform's administrator.
    """
    reason = required(reason, "reason")
    with changing(code) as report:
        administrator = bool(who.person and who.person.administers)
        if report.privacy != "public" and not administrator:
            raise Problem(
                "identity_hidden",
                403,
                _("The reporter asked to stay hidden: only the platform's administrator may look."),
            )
        append(report, Happening("identity_seen", who, reason, visibility=Visibility.REPORTER))
    return report.reporter


def claim(person: Person | None, token: str) -> Report:
    """Gives a report made without an account to the person who holds its token."""
    if person is None:
        raise Problem("sign_in", 401, _("Sign in first: the report is joined to your account."))
    found = claimed_by(token)
    if found is None:
        raise Problem("bad_claim", 404, _("This link has been used already, or is not complete."))
    with changing(found.code) as report:
        report.reporter, report.claim_hash = person, ""
        append(report, Happening("claimed", Who(person, Actor.REPORTER), visibility=Visibility.REPORTER))
    return report


def hand_over(code: str) -> bool:
    """Passes a report that waited to its body, which has become a partner. False where it no longer waits."""
    with changing(code) as report:
        if report.state != State.AWAITING_PARTNER or report.away:
            return False
        if not bodies.snapshot().is_partner(report.body_id or ""):
            return False  # meanwhile passed on to one that has not joined
        came = report.entries.filter(state_to=State.AWAITING_PARTNER).order_by("-seq").first()
        before = new_again(came.state_from if came else "")
        state = next_state(report, "hand_over", SYSTEM, frozenset({Asks.BODY}), before)
        append(report, Happening("handed_over", SYSTEM, "", state))
    return True


def release(code: str) -> bool:
    """A body has left: its report waits openly from now on. False where it is in no queue, or its body takes part."""
    with changing(code) as report:
        if report.away or State(report.state) not in BY_NAME["transfer"].sources - {State.AWAITING_PARTNER}:
            return False
        if bodies.snapshot().is_partner(report.body_id or ""):
            return False
        wait_for_partner(report)
    return True


def expire(code: str) -> bool:
    """Closes a result nobody spoke against in time. False where it is no longer open to that."""
    with changing(code) as report:
        if report.state != State.RESOLVED or report.away:
            return False
        append(
            report,
            Happening("expired", SYSTEM, "", next_state(report, "expire", SYSTEM), ending=Ending.SOLVED),
        )
    return True


def _step(
    step: str, kind: str, code: str, who: Who, text: str, *, ending: Ending | None = None,
    expected_seq: int | None = None,
) -> Report:  # fmt: skip
    text = said(text)
    given = frozenset({Asks.REASON}) if text else frozenset()
    with changing(code, expected_seq) as report:
        append(report, Happening(kind, who, text, next_state(report, step, who, given), ending=ending))
    return report


def _send(
    step: str, kind: str, code: str, who: Who, body: str, text: str, expected_seq: int | None,
    before: State | None = None,
) -> Report:  # fmt: skip
    text, target = required(text), bodies.get(body)
    with changing(code, expected_seq) as report:
        if target.code == report.body_id:
            raise Problem("same_body", 422, _("The report is with this body already."), field="body")
        state = next_state(report, step, who, frozenset({Asks.BODY, Asks.REASON}), before)
        giver = bodies.snapshot().body(report.body_id or "")
        decision = sent_on(giver, target, text, returned=kind == "returned")
        data = {"from_body": report.body_id, "decision": decision.as_json()}
        # Why it is here, and by when an answer is due, are the new body's from now on.
        report.decision = data["decision"]
        deadlines.promise(report, target.code)
        append(report, Happening(kind, who, text, state, body=target.code, data=data))
        if not target.is_partner:
            wait_for_partner(report, regrets=who.regrets)
    return report


def wait_for_partner(report: Report, *, regrets: bool = False) -> None:
    """A locked report waits for its body, which does not take part; `regrets` as of the step that led there."""
    waiting = next_state(report, "await_partner", SYSTEM, frozenset({Asks.BODY}))
    append(report, Happening("awaiting_partner", replace(SYSTEM, regrets=regrets), "", waiting))


def said(written: str, field: str = "text") -> str:
    """The words cleaned. Raises Problem `text_too_long`."""
    try:
        return clean_text(written, SAY_LIMIT)
    except TextTooLong as fault:
        raise Problem(
            "text_too_long",
            422,
            _("The text has %(length)d characters; at most %(limit)d fit. Shorten it.")
            % {"length": fault.length, "limit": fault.limit},
            field=field,
        ) from None


def required(written: str, field: str = "text") -> str:
    """The words cleaned. Raises Problem `text_required` where none are left, `text_too_long`."""
    text = said(written, field)
    if not text:
        raise Problem("text_required", 422, _("Say it in a few words: this cannot be empty."), field=field)
    return text


def overdue_results(before: datetime) -> list[str]:
    """Codes of results that were given before `before` and that nobody has answered."""
    waiting = Report.objects.filter(state=State.RESOLVED, ended_at__lt=before, away=False).order_by("id")
    return list(waiting.values_list("code", flat=True)[:1000])
