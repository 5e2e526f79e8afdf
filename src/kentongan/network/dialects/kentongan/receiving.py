"""What a message of another instance does here: once, and in the transaction that remembers it."""

from __future__ import annotations

from typing import Any

from django.db.models.fields.json import KT
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kentongan import bodies, catalogue, places, reports, routing
from kentongan.catalogue.models import Category
from kentongan.foundation.inserting import insert
from kentongan.foundation.problems import Problem
from kentongan.network import arriving, coming_back, facts, intake
from kentongan.network.dialects.kentongan import hiding, wire
from kentongan.network.intake import KINDS
from kentongan.network.models import OPEN, Direction, HandOver, HandOverState, Peer, Trace
from kentongan.network.peers import reaches
from kentongan.places import Location
from kentongan.reports.models import Report
from kentongan.reports.states import NEW, PUBLIC, Actor, State

ENDED = {"done", "closed"}
# What the giver's people may do to a report that is worked on here, and the state it leads to.
FROM_GIVER: dict[str, State | None] = {
    "commented": None, "supported": None, "noted": None, "rated": None, "contested": None,
    "confirmed": State.CONFIRMED, "reopened": State.ROUTED, **dict.fromkeys(reports.HIDING),
}  # fmt: skip
# What the side that works on a report may say happened; anything else is a note.
FROM_TAKER = {
    *KINDS.values(), "commented", "supported", "noted", "contested", "rated", "transferred", "returned", "declined",
    "sent_on",
    "handed_over", "routed", *reports.HIDING,
}  # fmt: skip
# What people here alone do to a report of theirs: whose hands it is in, how pressing it is, what it is about.
OURS = {"assigned", "prioritised", "linked"}
STATES = {str(state) for state in State}
ENDINGS = {"", *(str(ending) for ending in reports.Ending)}


class Decline(Exception):
    """The report will not be taken, for a reason in the words of a citizen."""

    def __init__(self, problem: str, reason: str, body: str = "") -> None:
        self.problem, self.reason, self.body = problem, reason, body
        super().__init__(problem)


def receive(peer: Peer, message: wire.Message) -> dict[str, Any]:
    """Takes in one message of a confirmed peer; its result as `wire.Result`. A repeat has the same result."""
    answer, _repeated = intake.once(peer, message.id, lambda: _receive(peer, message))
    return {"id": message.id, **answer}


def _receive(peer: Peer, message: wire.Message) -> dict[str, Any]:
    with translation.override("id"):
        try:
            if isinstance(message, wire.HandOverMessage):
                return _take(peer, message)
            if isinstance(message, wire.MovedMessage):
                return _moved(peer, message)
            return _news(peer, message)
        except Decline as declined:
            return {
                "status": "declined", "problem": declined.problem, "reason": declined.reason, "body": declined.body,
            }  # fmt: skip


def _news(
    peer: Peer, message: wire.EntryMessage | wire.PhotosMessage | wire.DeclineMessage | wire.WithdrawMessage
) -> dict[str, Any]:
    report = _known(message.report)
    wanted = {wire.DeclineMessage: Direction.OUT, wire.WithdrawMessage: Direction.IN}.get(type(message))
    stays = HandOver.objects.filter(report=report, peer=peer).select_related("peer", "report")
    stay = (stays.filter(direction=wanted) if wanted else stays).order_by("-pk").first() if report else None
    if report is None or stay is None:
        return {"status": "refused", "problem": "unknown_report", "reason": _("This report is not known here.")}
    if stay.is_open:
        if isinstance(message, wire.DeclineMessage):
            told = {"bounces": message.bounces}
            coming_back.came_back(stay, message.reason, body=message.body, bounces=message.bounces, told=told)
        elif isinstance(message, wire.PhotosMessage):
            if _has(report, message.entry):
                fetch_of(stay, message.photos, {})
        elif isinstance(message, wire.WithdrawMessage):
            _withdrawn(stay, message)
        elif stay.direction == Direction.IN:
            _from_giver(stay, message)
        else:
            _from_taker(stay, message)
    return {"status": "done", "code": report.code}


def _moved(peer: Peer, message: wire.MovedMessage) -> dict[str, Any]:
    """A report that came by a bundle lives here from now on."""
    report = arriving.take_over(peer, _known(message.report), message.model_dump())
    return {"status": "done", "code": report.code, "url": facts.link(f"r/{report.code}")}


def _known(ref: wire.Ref) -> Report | None:
    """The report here that began there; a report that never left has no trace but may be meant all the same."""
    trace = Trace.objects.select_related("report").filter(origin=ref.instance, origin_code=ref.code).first()
    return trace.report if trace else None


# A report that is offered


def _take(peer: Peer, message: wire.HandOverMessage) -> dict[str, Any]:
    """Keeps the report, or declines it with a reason."""
    if is_misled(peer, message):
        reason = _("The path must begin where the report began and end at the sender.")
        return {"status": "refused", "problem": "bad_path", "reason": reason}
    if facts.instance() in message.path:
        raise Decline("loop", _("This report has been here before: it would go round in a circle."))
    known = Trace.objects.select_related("report").filter(
        origin=message.report.instance, origin_code=message.report.code
    ).first()  # fmt: skip
    report = _again(peer, known, message) if known else _new(peer, message)
    stay = stay_of(report, peer, message)
    insert(stay)
    fetch_of(stay, message.photos, {})
    return taken(report)


def _new(peer: Peer, message: wire.HandOverMessage) -> Report:
    report = reports.adopt(*adoption(peer, message))
    insert(trace_of(report, message))
    return report


def is_misled(peer: Peer, message: wire.HandOverMessage) -> bool:
    """Whether the way that it tells of did not begin where the report did, or does not end at its sender."""
    return message.path[-1] != peer.instance or message.path[0] != message.report.instance


def taken(report: Report) -> dict[str, Any]:
    """The result of a report that is here now."""
    return {"status": "done", "code": report.code, "url": facts.link(f"r/{report.code}")}


def adoption(peer: Peer, message: wire.HandOverMessage) -> reports.Adoption:
    """A report that was never here, as it is to be stored. Raises Decline."""
    category, content = _category(message.content), message.content
    location = _locate(category, content)
    decision = _decide(peer, message, category, location)
    arrival = reports.Arrival(
        origin=message.report.instance, code=message.report.code, category=category, text=content.text,
        created_at=content.created_at, lon=content.lon, lat=content.lat, url=content.url, answers=content.answers,
        asked=tuple(one.model_dump() for one in content.asked), occurred_at=content.occurred_at,
        privacy=content.privacy, restricted=content.restricted,
        history=tuple(_told(peer, one) for one in message.history), is_demo=content.is_demo,
        asset=places.told_asset(content.asset.layer, content.asset.id, content.asset.name) if content.asset else None,
    )  # fmt: skip
    return reports.Adoption(arrival, location, decision, _came(peer, message))


def trace_of(report: Report, message: wire.HandOverMessage) -> Trace:
    """Where the report began and which way it came; not stored yet."""
    return Trace(
        report=report, origin=message.report.instance, origin_code=message.report.code,
        origin_url=message.report.url, path=[*message.path, facts.instance()], bounces=message.bounces,
        final=message.final, pseudonym=message.pseudonym,
    )  # fmt: skip


def stay_of(report: Report, peer: Peer, message: wire.HandOverMessage) -> HandOver:
    """The stay with the peer that offers it; not stored yet."""
    return HandOver(
        report=report, peer=peer, direction=Direction.IN, remote_id=message.report.code,
        remote_url=message.report.url, body=report.body_id or "", seq=report.seq,
    )  # fmt: skip


def _again(peer: Peer, known: Trace, message: wire.HandOverMessage) -> Report:
    """A report that was here and went back is offered anew, as after the coordinator's decision."""
    report = known.report
    if HandOver.objects.filter(report=report, direction=Direction.IN, state__in=OPEN).exists():
        raise Decline("already_here", _("This report is here already, by another way."))
    decision = _decide(peer, message, report.category, _locate(report.category, message.content))
    there = set(report.entries.exclude(data__peer__entry=None).values_list(KT("data__peer__entry"), flat=True))
    for one in message.history:
        if one.id not in there and not _is_ours(one.id):
            reports.mirror(report.code, _told(peer, one))
    reports.mirror(report.code, _came(peer, message, state=State(decision.state), body=decision.body))
    Trace.objects.filter(pk=known.pk).update(
        path=[*message.path, facts.instance()], bounces=message.bounces, final=message.final
    )
    reports.arrive(report.code, {"peer": _name(peer)})  # a copy that a bundle brought lives here now
    report.refresh_from_db()
    return report


def _came(peer: Peer, message: wire.HandOverMessage, state: State | None = None, body: str = "") -> reports.Told:
    data: dict[str, Any] = {"peer": _name(peer), "path": message.path, "origin": message.report.model_dump()}
    if body:
        data["to_body"] = body
    return reports.Told("came_in", Actor.PEER, state=state, data=data)


def _category(content: wire.ReportShape) -> Category:
    """The category, or the nearest one above it that is known here."""
    for code in [content.category, *content.branch]:
        try:
            return catalogue.get(code)
        except Problem:
            continue
    raise Decline("unknown_category", _("This kind of trouble is not known here."))


def _locate(category: Category, content: wire.ReportShape) -> Location | None:
    try:
        return reports.locate(category, content.lon, content.lat)
    except Problem as problem:
        raise Decline(problem.code, str(problem.detail)) from None


def _decide(
    peer: Peer, message: wire.HandOverMessage, category: Category, location: Location | None
) -> reports.Decision:
    """Who works on it here: the body it was given to, or the part of it that our own rules find."""
    world, named = bodies.snapshot(), message.body
    content = message.content
    try:
        found = routing.explain(
            routing.gather(category.code, content.lon, content.lat, location), routing.rulebook()
        )  # fmt: skip
    except Problem:
        found = None
    here = found.body if found and (found.body in bodies.subtree(named) or not world.body(named)) else named
    body = world.body(here)
    if body is None or not world.is_partner(here):
        raise Decline("no_such_body", _("The body that this report was sent to does not work here."))
    if reaches(here) == peer.name:
        raise Decline("yours", _("The body responsible for this works on your side."), here)
    reasons = tuple(
        reports.Reason(one.code, {str(key): text for key, text in one.text.items()})
        for one in message.reasons
        if {"id", "en"} <= set(one.text)
    )
    others = [reports.Alternative(found.body, found.reasons), *found.alternatives] if found else []
    others = [one for one in others if one.body != here]
    return reports.Decision(here, _stands(message), (_handed(peer), *reasons[:10]), tuple(others), rule="handed_over")


def _stands(message: wire.HandOverMessage) -> State:
    """How it stands as it comes: what an officer there passed on is in process for the public here too."""
    last = next((one.state for one in reversed(message.history) if one.state), "")
    return State.FORWARDED if last == State.FORWARDED else State.ROUTED


def _handed(peer: Peer) -> reports.Reason:
    text = {"id": f"Diserahkan oleh {peer.called}.", "en": f"Handed over by {peer.called}."}
    return reports.Reason("handed_over", text)


# News of a report that both sides have


def _from_giver(stay: HandOver, message: wire.EntryMessage) -> None:
    """What people said where the report came from. Their confirmation and reopening hold here too."""
    entry, report = message.entry, stay.report
    if entry.kind not in FROM_GIVER or _has(report, entry.id):
        return
    state, ended = FROM_GIVER[entry.kind], PUBLIC[State(report.state)] in ENDED
    fits = (state == State.CONFIRMED and report.state == State.RESOLVED) or (state == State.ROUTED and ended)
    actor = Actor(entry.actor) if entry.actor in {"reporter", "citizen"} else Actor.PEER
    kind = entry.kind if state is None or fits else "noted"
    told = _told(stay.peer, entry, kind=kind, actor=actor, state=state if fits else None)
    added = hiding.mirror(report, told, entry)
    fetch_of(stay, message.photos, {one.entry: added.seq for one in message.photos})


def _from_taker(stay: HandOver, message: wire.EntryMessage) -> None:
    """What the side that works on it has done: its state is the state here."""
    entry, report = message.entry, stay.report
    state = State(entry.state) if entry.state in STATES else None
    if state == State.ROUTED and _is_passed_on(report):
        state = State.FORWARDED  # an older peer says no more than that it is in a queue there
    if _is_ours(entry.id) or _has(report, entry.id):
        if state is not None and state != State(report.state):
            kept = {"peer": _name(stay.peer) | {"entry": f"{entry.id}/state"}}
            told = reports.Told("synced", Actor.PEER, state=state, ending=_ending(entry), data=kept)
            reports.mirror(report.code, told)
        return
    if state is not None and stay.state == HandOverState.OFFERED and state not in {*NEW, State.RECEIVED}:
        HandOver.objects.filter(pk=stay.pk).update(state=HandOverState.ACCEPTED)
    actor = Actor.CITIZEN if entry.actor == "citizen" and state is None else Actor.PEER
    kind = entry.kind if entry.kind in FROM_TAKER else "noted"
    added = hiding.mirror(report, _told(stay.peer, entry, kind=kind, actor=actor, state=state), entry)
    fetch_of(stay, message.photos, {one.entry: added.seq for one in message.photos})


def _is_passed_on(report: Report) -> bool:
    """Whether somebody here passed it on. Where only the peer has said so, it knows the word and means what it says."""
    if report.state != State.FORWARDED:
        return False
    other = report.entries.exclude(state_to__in=("", State.FORWARDED)).order_by("-seq").first()
    since = report.entries.filter(state_to=State.FORWARDED, seq__gt=other.seq if other else 0)
    return since.exclude(data__has_key="peer").exists()


def _withdrawn(stay: HandOver, message: wire.WithdrawMessage) -> None:
    HandOver.objects.filter(pk=stay.pk).update(
        state=HandOverState.WITHDRAWN, reason=message.reason, ended_at=timezone.now()
    )
    told = reports.Told(
        "withdrawn", Actor.PEER, text=message.reason, state=State.REJECTED, ending=reports.Ending.PASSED_ON,
        data={"peer": _name(stay.peer)},
    )  # fmt: skip
    reports.mirror(stay.report.code, told)


def _told(
    peer: Peer, entry: wire.EntryShape, *, kind: str = "", actor: Actor | None = None, state: State | None = None
) -> reports.Told:
    """An entry of theirs as one of ours; in a history the states stand as they were."""
    history = actor is None
    if history and entry.state in STATES:
        state = State(entry.state)
    known = bodies.snapshot().body(entry.body or "")
    data = entry.data.model_dump(exclude_defaults=True, exclude={"hides"})
    if state and not history and bodies.snapshot().body(entry.to_body):
        data["to_body"] = entry.to_body
    kind = kind or ("noted" if entry.kind in OURS else entry.kind)
    peers_own = {**_name(peer), "entry": entry.id, "at": entry.at.isoformat(), **intake.learned(entry.at)}
    return reports.Told(
        kind, actor or (Actor.PEER if state else _citizen(entry)), text=entry.text,
        at=min(entry.at, timezone.now()), state=state, ending=_ending(entry) if state else "",
        body=known.code if known else None, data={**data, "peer": peers_own},
    )  # fmt: skip


def _citizen(entry: wire.EntryShape) -> Actor:
    return Actor(entry.actor) if entry.actor in {"reporter", "citizen"} else Actor.PEER


def _ending(entry: wire.EntryShape) -> str:
    return entry.ending if entry.ending in ENDINGS else ""


def _name(peer: Peer) -> dict[str, Any]:
    return {"name": peer.name, "title": peer.called}


def _is_ours(entry: str) -> bool:
    return entry.startswith(f"{facts.instance()}/")


def _has(report: Report, entry: str) -> bool:
    return report.entries.filter(data__peer__entry=entry).exists()


def fetch_of(stay: HandOver, photos: list[wire.PhotoShape], seqs: dict[str, int]) -> None:
    """Has the photos fetched by themselves, once the report is stored; each goes to the entry it came with."""
    if not photos:
        return
    told = {entry.data["peer"]["entry"]: entry.seq for entry in stay.report.entries.exclude(data__peer__entry=None)}
    for photo in [one for one in photos if not _is_ours(one.entry)]:
        seq = told.get(photo.entry) or seqs.get(photo.entry, 1)
        role = photo.role if photo.role in {"report", "after", "contest"} else "after"
        intake.fetch_later(stay, (f"{photo.id}/{photo.sha256}",), 1 if role == "report" else seq, role)
