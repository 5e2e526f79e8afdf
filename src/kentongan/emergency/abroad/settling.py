"""What became of a call about alerts: who keeps it, who is on duty there, and whose it is where nobody answers."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from kentongan.emergency import calling, handing, watching
from kentongan.emergency.abroad.wire import Result
from kentongan.emergency.models import Alert
from kentongan.emergency.states import State
from kentongan.emergency.stays import LIVE, Letter, Side, Stay, StayState
from kentongan.emergency.writer import SYSTEM, Happening, append, changing, each
from kentongan.foundation.nearness import far_from, is_near
from kentongan.network.models import Peer, PeerState

SILENT = timedelta(seconds=120)  # of the phone's instance: who has it there is not believed any longer
UNTAKEN = timedelta(minutes=3)  # that an alert may lie there with nobody who has it, whoever they say is on duty


def settle(stay: Stay, result: Result | None, numbers: list[int]) -> None:
    """Notes what an instance answered about one alert; None where it did not speak of it."""
    with changing(stay.alert_id) as alert:
        held = Stay.objects.select_for_update().get(pk=stay.pk)
        if result is None or result.status == "later":
            _not_now(held)
        elif result.status == "refused":
            held.letters.filter(number__in=numbers).delete()
            _refused(alert, held, result.problem)
        else:
            Letter.objects.filter(stay=held, number__in=[one for one in numbers if one <= result.number]).delete()
            _taken(alert, held, result)


def failed(peer: Peer) -> None:
    """A call did not get through: since when, for each alert that lies there."""
    Stay.objects.filter(peer=peer, state__in=LIVE, failing_since=None).update(failing_since=timezone.now())


def look_after() -> int:
    """Calls our own operators for alerts whose instance is silent, and takes them from one that has passed them on."""
    if not Stay.objects.filter(Q(alert__ended_at=None) | Q(state=StayState.LEAVING), state__in=LIVE).exists():
        return 0
    now = timezone.now()
    gone = Q(peer=None) | ~Q(peer__state=PeerState.ACTIVE)
    out = Stay.objects.filter(side=Side.OUT, state__in=(StayState.ASKING, StayState.HELD), alert__ended_at=None)
    quiet = gone | far_from("failing_since", now, timedelta(seconds=2))
    asked = Q(state=StayState.ASKING, alert__step_at=None)  # and no rule of ours would notice that nothing comes
    new = Q(alert__called_home=False) & (quiet | asked | _untaken(now))
    lost = out.filter(new | (quiet & ~Q(alert__owner_away="")), alert__owner=None)
    done = each(_call_home, lost.values_list("alert", flat=True)[:500]) if lost.exists() else 0
    leaving = Stay.objects.filter(state=StayState.LEAVING)
    done += each(_pass_on, leaving.values_list("alert", flat=True)[:500]) if leaving.exists() else 0
    held = Stay.objects.filter(side=Side.IN, state=StayState.HELD, alert__ended_at=None)
    silent = held.filter(far_from("heard_at", now, SILENT)).exclude(alert__owner_away="")
    return done + (each(_origin_silent, silent.values_list("alert", flat=True)[:500]) if silent.exists() else 0)


def _taken(alert: Alert, stay: Stay, result: Result) -> None:
    is_first = stay.state == StayState.ASKING
    stay.state = StayState.HELD if is_first else stay.state
    stay.heard_at, stay.failing_since, stay.problem = timezone.now(), None, ""
    if stay.side == Side.OUT:
        stay.watched, stay.post = result.watched, result.post
    stay.save()
    if stay.side == Side.IN or stay.state != StayState.HELD:
        return
    if is_first:
        alert.kept_days = result.kept_days
        append(alert, Happening("held", SYSTEM, data={"to": stay.title, "watched": result.watched}))
    if alert.owner_id is not None or alert.owner_away or not calling.goes_on(alert):
        return
    if not result.watched and not alert.called_home:
        _at_once(alert)
    elif result.watched and (alert.called_home or alert.step_at) and not _is_untaken(stay):
        _theirs_again(alert, stay)


def _theirs_again(alert: Alert, stay: Stay) -> None:
    """They have it and somebody is on duty there: nobody here has to be called."""
    if alert.called_home:
        alert.called_home = False
        append(alert, Happening("answers_again", SYSTEM, data={"to": stay.title}))
    alert.calls.all().delete()
    alert.step_at = None
    alert.save(update_fields=["step_at", "called_home"])


def _refused(alert: Alert, stay: Stay, problem: str) -> None:
    is_over = stay.side == Side.IN or stay.state in (StayState.LEAVING, StayState.OVER)
    stay.state = StayState.OVER if is_over else StayState.REFUSED
    stay.problem, stay.heard_at = problem, timezone.now()
    stay.save(update_fields=["state", "problem", "heard_at"])
    stay.letters.all().delete()
    if stay.state != StayState.REFUSED or handing.away(alert) != stay:
        return
    append(alert, Happening("refused", SYSTEM, data={"to": stay.title}))
    if alert.owner_id is None and calling.goes_on(alert):
        _at_once(alert)


def _untaken(now: datetime) -> Q:
    """Of stays: held there for minutes, and nobody has it. That somebody is on duty is only their word."""
    waits = (State.RECEIVED, State.CANCELLED)
    return far_from("since", now, UNTAKEN) & Q(state=StayState.HELD, alert__owner_away="", alert__state__in=waits)


def _is_untaken(stay: Stay) -> bool:
    return Stay.objects.filter(_untaken(timezone.now()), pk=stay.pk).exists()


def _not_now(stay: Stay) -> None:
    stay.failing_since = stay.failing_since or timezone.now()
    stay.save(update_fields=["failing_since"])


def _at_once(alert: Alert) -> None:
    """Our own operators are called now. Who had it there, where nothing is heard, is nobody that helps: who it is comes
    back with their next step, and theirs holds."""
    if alert.owner_away or alert.state == State.ACKNOWLEDGED:
        alert.owner_away = ""
        calling.put_back(alert, "instance_silent")
        return
    alert.steps, alert.called_from = 0, timezone.now()
    alert.save(update_fields=["steps", "called_from"])
    calling.call(alert)


def _call_home(key: UUID) -> int:
    with changing(key) as alert:
        stay = handing.away(alert)
        is_called = alert.called_home and not alert.owner_away
        if stay is None or is_called or alert.owner_id is not None or not calling.goes_on(alert):
            return 0
        patience = [one.abroad_seconds for one in watching.covering(alert.area_code) or watching.home()]
        since = stay.failing_since or stay.since
        is_gone = stay.peer is None or stay.peer.state != PeerState.ACTIVE
        if not is_gone and is_near(since, timezone.now(), timedelta(seconds=min(patience, default=handing.PATIENCE))):
            return 0
        _at_once(alert)
        return 1


def _pass_on(key: UUID) -> int:
    """Who watched before is told once the next has it; where nobody there had it, once the next keeps it."""
    with changing(key) as alert:
        now = handing.away(alert)
        # Come back to us: whoever is on duty there keeps it until somebody is on duty here.
        is_ours = now is None and watching.on_duty(watching.posts_for(alert)).exists()
        is_kept = is_ours or (now is not None and now.state == StayState.HELD and now.watched)
        is_had = alert.owner_id is not None or bool(alert.owner_away)
        passed = 0
        for stay in alert.stays.select_for_update().filter(state=StayState.LEAVING):
            if is_had or (is_kept and not stay.owner) or not calling.goes_on(alert):
                handing.withdraw(stay, now.title if now else "")
                passed += 1
        return passed


def _origin_silent(key: UUID) -> int:
    with changing(key) as alert:
        if not alert.owner_away or alert.owner_id is not None or not calling.goes_on(alert):
            return 0
        alert.owner_away = ""
        calling.put_back(alert, "origin_silent")
        return 1
