"""The way of a report through the network, as people read it: where it began, who had it, and where it is now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from kentongan.foundation import prepared
from kentongan.foundation.config import config
from kentongan.network import facts
from kentongan.network.models import Delivery, DeliveryState, Direction, HandOver, HandOverState, Peer, Trace
from kentongan.reports.models import Entry, Report


class Stand(StrEnum):
    """How a report stands with one of those who had it."""

    BEGAN = "began"
    PASSED = "passed"  # an instance that it came through on its way here
    HERE = "here"
    ON_ITS_WAY = "on_its_way"
    UNANSWERED = "unanswered"  # on its way, and the other side does not answer now
    HELD = "held"  # on its way, and a person has to look first
    THERE = "there"
    DECLINED = "declined"
    RETURNED = "returned"
    TAKEN_BACK = "taken_back"
    GIVEN_BACK = "given_back"  # by us, to those it came from


UNDER_WAY = (Stand.ON_ITS_WAY, Stand.UNANSWERED, Stand.HELD)
_ENDED = {
    HandOverState.DECLINED: Stand.DECLINED, HandOverState.RETURNED: Stand.RETURNED,
    HandOverState.WITHDRAWN: Stand.TAKEN_BACK,
}  # fmt: skip


@dataclass(frozen=True)
class Station:
    """One stay. `url` is the page of the report there, empty where it has none; `at`: since when, or when it ended."""

    name: str
    stand: Stand
    url: str = ""
    at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True)
class Journey:
    """The stations in the order of the way. `now` is the one that has the report."""

    stations: tuple[Station, ...]
    now: Station

    @property
    def origin(self) -> Station | None:
        """Where the report began, if that was not here."""
        first = self.stations[0]
        return first if first.stand == Stand.BEGAN else None


def journey(report: Report) -> Journey | None:
    """The way of a report; None for one that has never been anywhere but here."""
    # Most have none, and every page of a report asks.
    if not prepared.rows("SELECT 1 FROM network_handover WHERE report_id = %s LIMIT 1", (report.pk,)):
        return None
    stays = list(HandOver.objects.filter(report=report).select_related("peer").order_by("pk"))
    trace = Trace.objects.filter(report=report).first()
    came = next((stay.began_at for stay in stays if stay.direction == Direction.IN), report.created_at)
    here = Station(config().instance_name, Stand.HERE, at=came)
    later = [_station(stay) for stay in stays if stay.direction == Direction.OUT or not stay.is_open]
    stations = (*_before(trace), here, *later)
    given = next((stay for stay in stays if stay.direction == Direction.OUT and stay.is_open), None)
    if given is None:
        return Journey(stations, later[-1] if later and later[-1].stand == Stand.GIVEN_BACK else here)
    if beyond := _beyond(given):
        passed = tuple(replace(one, stand=Stand.PASSED) if one.stand == Stand.THERE else one for one in stations)
        return Journey((*passed, *beyond), beyond[-1])
    return Journey(stations, _station(given))


def peer_titles(entries: Iterable[Entry]) -> dict[str, str]:
    """What the peers that made these entries are called, by their names."""
    named = {entry.data["peer"].get("name", "") for entry in entries if isinstance(entry.data.get("peer"), dict)}
    return {peer.name: peer.called for peer in Peer.objects.filter(pk__in=named)} if named else {}


def _before(trace: Trace | None) -> Iterator[Station]:
    """Those who had the report before it came here."""
    path = [one for one in (trace.path if trace else []) if one != facts.instance()]
    titles = {peer.instance: peer.called for peer in Peer.objects.filter(instance__in=path)} if path else {}
    for place, instance in enumerate(path):
        began = place == 0 and trace is not None and instance == trace.origin
        url = _public(trace.origin_url) if began and trace else ""
        yield Station(titles.get(instance) or instance, Stand.BEGAN if began else Stand.PASSED, url)


def _station(stay: HandOver) -> Station:
    title = stay.peer.called
    if stay.is_open:
        stand = _open(stay)
        return Station(title, stand, "" if stand in UNDER_WAY else _public(stay.remote_url), _since(stay, stand))
    stand = _ENDED[HandOverState(stay.state)]
    if stay.direction == Direction.IN and stand != Stand.TAKEN_BACK:
        stand = Stand.GIVEN_BACK
    return Station(title, stand, _public(stay.remote_url), stay.ended_at, stay.reason)


def _open(stay: HandOver) -> Stand:
    """Whether the report has arrived there, and if not, why."""
    due = Delivery.objects.filter(peer=stay.peer_id, key=f"request/{stay.pk}").first()
    if due is None:
        return Stand.THERE
    if due.state == DeliveryState.PARKED:
        return Stand.HELD
    return Stand.UNANSWERED if stay.peer.failures else Stand.ON_ITS_WAY


def _since(stay: HandOver, stand: Stand) -> datetime:
    """When it arrived there; until then, when it was given."""
    if stand != Stand.THERE:
        return stay.began_at
    arrived = Entry.objects.filter(report=stay.report_id, kind="sent_out", data__peer__name=stay.peer_id)
    return arrived.order_by("-seq").values_list("at", flat=True).first() or stay.began_at


def _beyond(given: HandOver) -> tuple[Station, ...]:
    """Those to whom the peer passed the report on, as far as it told us; one that declined it has it no more."""
    told = Entry.objects.filter(
        report=given.report_id, seq__gt=given.seq, kind__in=("sent_on", "declined"), data__peer__name=given.peer_id
    ).order_by("seq")  # fmt: skip
    found: list[Station] = []
    for entry in told:
        to = entry.data.get("to")
        if entry.kind == "sent_on" and isinstance(to, dict) and to.get("title"):
            found.append(Station(str(to["title"]), Stand.THERE, _public(str(to.get("url", ""))), entry.at))
        elif found:
            found.pop()
    return tuple(replace(one, stand=Stand.PASSED) if one is not found[-1] else one for one in found)


def _public(url: str) -> str:
    """An address that may be a link: a peer names it, so it is looked at before people press it."""
    return url if url.startswith(("https://", "http://")) else ""
