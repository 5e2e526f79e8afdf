"""\"If I do not answer by then, alert\": kept by the server, so that a dead phone alerts too."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan.emergency import receiving
from kentongan.emergency.codes import are_chosen, is_forced
from kentongan.emergency.commands import cancel
from kentongan.emergency.models import Alert, Timer
from kentongan.emergency.press import Press, find_area, read_id
from kentongan.emergency.states import ENDED, Actor
from kentongan.emergency.trail import say
from kentongan.emergency.writer import Who, each, no_alert
from kentongan.foundation.problems import Problem
from kentongan.foundation.sealing import seal, unseal
from kentongan.people.models import Person
from kentongan.places import Spot, read_spot

LONGEST = timedelta(hours=24)
MOST = 5  # that run at once, of one account or address


def begin(sent: Any, person: Person | None, address: str, claim: str) -> tuple[Timer, bool]:
    """Keeps a timer; the same id again moves it. `sent`: timer_id, minutes, place as for an alert, text, code, and
    `again`: sent once more because no answer came, so that one that is there stays as it is.

    To move it to a later time is to answer, so that it takes the code of the account, as its end does. Raises Problem
    `bad_alert`, `bad_minutes` (422), `no_claim` (422) without a token of the phone's own, `wrong_code` (422), `ended`
    (409) for one that has run out, `too_many` (429).
    """
    given = sent if isinstance(sent, Mapping) else {}
    timer_id = read_id(given.get("timer_id"), "timer_id")
    if not receiving.CLAIM.fullmatch(claim):
        raise Problem("no_claim", 422, _("Send a secret of the phone's own in the header Kentongan-Claim."))
    minutes = given.get("minutes")
    if isinstance(minutes, bool) or not isinstance(minutes, int) or not 1 <= minutes <= LONGEST.total_seconds() / 60:
        raise Problem("bad_minutes", 422, _("A timer runs from one minute to 24 hours."), field="minutes")
    now = timezone.now()
    due = now + timedelta(minutes=minutes)
    kept = {
        "spot": read_spot(given, []).as_kept(),
        "text": str(given.get("text") or "").replace("\0", "").strip()[:2000],
        "at": now.timestamp(),
    }
    if not Timer.objects.filter(pk=timer_id).exists():
        with suppress(IntegrityError), transaction.atomic():  # the same came twice at the same moment: one is kept
            return _keep(timer_id, person, address, claim, due, kept), True
    if given.get("again") is True:
        return find(timer_id, claim), False
    return _move(timer_id, claim, due, kept, read_code(given)), False


def find(timer_id: UUID, claim: str) -> Timer:
    """The phone's own timer. Raises Problem `no_alert` (404)."""
    found = Timer.objects.filter(pk=timer_id, claim_digest=receiving.digest(claim)).first() if claim else None
    if found is None:
        raise no_alert()
    return found


def read_code(sent: Any) -> str:
    """The code that came along, if any."""
    return str(sent.get("code") or "").strip() if isinstance(sent, Mapping) else ""


def end(timer_id: UUID, claim: str, code: str = "") -> Timer:
    """The person has answered: nothing happens, or under duress an alert of which the phone is told nothing.

    Raises Problem `no_alert` (404), `wrong_code` (422), `too_many` (429): the timer goes on.
    """
    timer = find(timer_id, claim)
    # Before the transaction: a wrong code would take back that it was counted.
    forced = timer.ended_at is None and is_forced(timer.person_id, code)
    with transaction.atomic():
        timer = _locked(timer.pk)
        if timer.ended_at is None:
            if forced:
                _call_under_duress(timer)
            Timer.objects.filter(pk=timer.pk).update(ended_at=timezone.now(), sealed="")
    return find(timer_id, claim)


def asks_code(timer: Timer) -> bool:
    """Whether its end takes the code of the account."""
    return are_chosen(timer.person)


def next_due(person: Person) -> datetime | None:
    """When the first of the person's timers runs out, wherever it was begun; None where none runs."""
    due: datetime | None = person.timers.filter(ended_at=None).aggregate(due=Min("due_at"))["due"]
    return due


def alert_due() -> int:
    """Makes an alert of every timer that ran out; returns how many. It has the timer's claim, and its id where that
    is free."""
    due = Timer.objects.filter(due_at__lte=timezone.now(), ended_at=None).order_by("due_at")
    return each(_run_out, list(due.values_list("pk", flat=True)[:500]))


def _keep(
    timer_id: UUID, person: Person | None, address: str, claim: str, due: datetime, kept: dict[str, Any]
) -> Timer:
    sender = receiving.sender_of(person, address)
    if person is not None and Timer.objects.filter(sender=sender, ended_at=None).count() >= MOST:
        raise Problem("too_many", 429, _("Five timers run already. End one of them first."))
    made = Timer(
        id=timer_id, person=person, claim_digest=receiving.digest(claim), sender=sender, due_at=due, sealed=seal(kept)
    )
    made.save(force_insert=True)
    return made


def _move(timer_id: UUID, claim: str, due: datetime, kept: dict[str, Any], code: str) -> Timer:
    timer = find(timer_id, claim)
    forced = timer.ended_at is None and due > timer.due_at and is_forced(timer.person_id, code)
    with transaction.atomic():
        timer = _locked(timer.pk)
        if timer.ended_at is not None:
            raise Problem("ended", 409, _("This timer has ended. Begin a new one."))
        timer.sealed = seal(_newest(unseal(timer.sealed) or {}, kept))
        if forced:
            _call_under_duress(timer)
        Timer.objects.filter(pk=timer.pk).update(due_at=due, sealed=timer.sealed)
    return find(timer_id, claim)


def _newest(before: dict[str, Any], kept: dict[str, Any]) -> dict[str, Any]:
    """What a moved timer keeps: a phone that does not know where it is takes away no place that is known."""
    if kept["spot"]["lon"] is not None or "spot" not in before:
        return kept
    return {**before, "text": kept["text"]}


def _locked(timer_id: UUID) -> Timer:
    return Timer.objects.select_for_update(of=("self",)).get(pk=timer_id)


def _call_under_duress(timer: Timer) -> None:
    """Operators are called by an alert whose id the phone does not know, so that nobody who holds it can tell the two
    codes apart."""
    alert = _alert(timer, uuid4(), "forced_timer")
    _say(alert, timer)
    cancel(alert, timer.person, duress=True, with_code=True)


def _run_out(timer_id: UUID) -> int:
    with transaction.atomic():
        timer = Timer.objects.select_for_update(of=("self",)).filter(pk=timer_id, ended_at=None).first()
        if timer is None or timer.due_at > timezone.now():
            return 0
        is_free = not Alert.objects.filter(pk=timer.pk).exists()
        alert = _alerted_already(timer) or _alert(timer, timer.pk if is_free else uuid4(), "timer")
        _say(alert, timer)
        Timer.objects.filter(pk=timer.pk).update(ended_at=timezone.now(), sealed="", alert=alert)
        return 1


def _alert(timer: Timer, alert_id: UUID, why: str) -> Alert:
    """An alert of the place that the timer keeps."""
    kept = unseal(timer.sealed) or {}
    spot, remarks = Spot(**(kept.get("spot") or {})), [why]
    area = find_area(spot, remarks, timer.person)
    spot.age = max(timezone.now().timestamp() - kept.get("at", timer.created_at.timestamp()), 0)
    return receiving.keep(
        Press(alert_id, spot, "", True, remarks, area), timer.person, timer.sender, timer.claim_digest
    )


def _say(alert: Alert, timer: Timer) -> None:
    kept = unseal(timer.sealed) or {}
    if words := str(kept.get("text") or "").strip():
        say(alert, Who(Actor.CALLER, timer.person), timer.pk, words)


def _alerted_already(timer: Timer) -> Alert | None:
    """The alert that the timer's own phone sent meanwhile under this id, and that goes on. Somebody else's is none of
    the timer's business, and one that has ended does not answer it."""
    mine = Alert.objects.filter(pk=timer.pk, claim_digest=timer.claim_digest)
    return mine.exclude(state__in=ENDED).first()
