"""What operators see: the alerts of their areas, those that nobody has first, the oldest of them on top."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Case, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kentongan import places
from kentongan.emergency import calling, watching
from kentongan.emergency.commands import owner_name
from kentongan.emergency.models import Alert, Watch
from kentongan.emergency.states import State
from kentongan.emergency.writer import no_alert
from kentongan.emergency.zones import zone_of_alert
from kentongan.people.models import Person

PAST = timedelta(days=30)  # in which past alerts of a caller are counted
MOST = 100  # rows of a list

KIND_WORDS = {
    "fire": _("Fire"), "medical": _("Medical"), "crime": _("Crime"), "flood": _("Flood"), "other": _("Other"),
    "": _("Kind not said yet"),
}  # fmt: skip
STATES = {
    State.RECEIVED: _("Nobody has it"),
    State.ACKNOWLEDGED: _("Taken"),
    State.ON_THE_WAY: _("Help is on the way"),
    State.THERE: _("Help is there"),
    State.CLOSED: _("Closed"),
    State.CANCELLED: _("Cancelled by the caller"),
}
RESULTS = {
    "helped": _("Helped"),
    "referred": _("Handed to police, fire brigade or ambulance"),
    "nobody_found": _("Nobody found there"),
    "no_danger": _("No danger"),
    "exercise": _("Drill ended"),
    "unanswered": _("Nobody answered"),
    "handed_on": _("Handed on: the phone went elsewhere"),
}
REMARKS = {
    "null_island": _("the phone does not know where it is"),
    "bad_coordinates": _("the place cannot be read"),
    "no_place": _("no place came with the first message"),
    "swapped_coordinates": _("longitude and latitude came swapped and were put right"),
    "outside": _("outside the country"),
    "old_place": _("the place is older than five minutes"),
    "very_old_place": _("the place is a day old or older"),
    "old_press": _("pressed more than five minutes before it arrived"),
    "very_old_press": _("pressed a day or more before it arrived"),
    "bad_clock": _("the phone's clock is wrong"),
    "rough_place": _("the place is good to a kilometre only"),
    "bad_kind": _("the kind cannot be read"),
    "no_map": _("our map did not answer"),
    "home_area": _("area guessed from the account's home"),
    "account_unproven": _("signed in no more: sent without an account"),
    "many": _("more than ten alerts in an hour from this account or address"),
    "timer": _("a timer ran out without an answer"),
    "sms": _("came by SMS"),
    "sms_words": _("an SMS without a place that can be read"),
    "many_there": _("more than thirty alerts in ten minutes from one instance"),
    "forced_timer": _("a timer was answered with the DURESS CODE"),
}


@dataclass(frozen=True)
class Row:
    """An alert as a list shows it: no place but the area's name. `past`: how many the caller sent before."""

    alert: Alert
    rings: bool
    kind: Promise
    state: Promise | str
    owner: str
    area: str
    past: int
    remarks: tuple[Promise, ...]
    age: int  # seconds since it came
    silent_for: int  # seconds since anything came from the phone

    @property
    def is_waiting(self) -> bool:
        """Whether nobody has it."""
        return self.alert.owner_id is None and not self.alert.owner_away and calling.goes_on(self.alert)

    @property
    def zone(self) -> ZoneInfo:
        """By whose clock it is told when it came."""
        return zone_of_alert(self.alert)

    @property
    def tone(self) -> str:
        """The colour of its state, as reports have them."""
        return "waiting" if self.is_waiting else "in_process" if self.owner else "closed"


def board(person: Person) -> list[Row]:
    """The alerts that go on in the person's areas, as they have to be looked at."""
    # Ordered before it is cut: however many one sender sends, nobody else's alert falls off the end.
    found = _of(person).filter(calling.going_on()).annotate(said=Cast("remarks", TextField()))
    behind = (Case(When(one, then=Value(1)), default=Value(0)) for one in (~Q(owner=None), Q(said__contains='"many"')))
    rings = calling.called(person)
    return [row(one, one.pk in rings) for one in found.order_by(*behind, "created_at", "pk")[:MOST]]


def going_on(person: Person) -> int:
    """How many go on in the person's areas: more than `board` shows, where there are very many."""
    return _of(person).filter(calling.going_on()).count()


def ended(person: Person) -> list[Row]:
    """The last ones that ended there."""
    return [row(one, False) for one in _of(person).exclude(calling.going_on()).order_by("-ended_at")[:MOST]]


def find(person: Person, alert_id: UUID) -> Alert:
    """An alert of the person's areas. Raises Problem `no_alert` (404)."""
    found = _of(person).filter(pk=alert_id).first()
    if found is None:
        raise no_alert()
    return found


def became(person: Person, report: str) -> Alert | None:
    """The alert that a report (code) came from, for an operator of its area."""
    return _of(person).filter(report=report).first() if report and watching.posts_of(person) else None


def row(alert: Alert, rings: bool) -> Row:
    """One alert with what is counted and said beside it."""
    now = timezone.now()
    sent = Alert.objects.filter(sender=alert.sender, created_at__gte=now - PAST, created_at__lt=alert.created_at)
    duress = alert.state == State.CANCELLED and alert.duress
    return Row(
        alert=alert, rings=rings, kind=KIND_WORDS[alert.kind], owner=owner_name(alert),
        area=area_words(alert.area_code),
        state=_("DURESS CODE: looks cancelled to the caller") if duress else STATES[State(alert.state)],
        past=sent.count() if alert.sender else 0,
        remarks=tuple(REMARKS[one] for one in alert.remarks if one in REMARKS),
        age=int((now - alert.created_at).total_seconds()), silent_for=int((now - alert.heard_at).total_seconds()),
    )  # fmt: skip


def area_words(code: str) -> str:
    """The village, district and regency in words; empty where unknown."""
    chain = places.known_chain(code) if code else ()
    return ", ".join(one.name for one in reversed(chain[1:])) or (chain[0].name if chain else "")


def _of(person: Person) -> QuerySet[Alert]:
    posts = watching.posts_of(person)
    seen = _within(posts)
    if posts and not Watch.objects.filter(area_code="").exists():
        seen |= Q(called_home=True)  # as `watching.home` has it
    if seen:  # those of the country see all; who has one keeps it, until the next has it where its phone has gone
        seen |= Q(owner=person, owner_watch__in=posts)
    return Alert.objects.filter(seen).select_related("owner", "owner_watch", "watch")


def _within(posts: Iterable[Watch]) -> Q:
    """Nothing where there is no post; all with one of the country."""
    found = Q(pk=None)
    for post in posts:
        if not post.area_code:
            return Q()
        found |= Q(area_code=post.area_code) | Q(area_code__startswith=f"{post.area_code}.")
    return found
