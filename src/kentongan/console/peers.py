"""The pages of the platform's administrators for peers: how each stands, what waits for a person, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from kentongan import casework, network
from kentongan.console.doors import for_platform
from kentongan.console.looks import DELIVERIES
from kentongan.foundation.problems import Problem
from kentongan.foundation.text import row_key
from kentongan.network import adding, courier, inquiries, keys, mapping, peers, removing
from kentongan.network.dialects import DIALECTS, dialect
from kentongan.network.dialects.kentongan import introducing, seeking
from kentongan.network.models import Delivery, DeliveryState, Inquiry, Peer, PeerState

SHOWN = 50  # deliveries on one page
AGAIN = 2  # seconds after which a page that waits for an answer looks again
LATE = timedelta(minutes=1)  # after which it says that a worker may be missing
STATES = {
    PeerState.PROPOSED: _("not switched on yet"), PeerState.ASKED: _("asks to be introduced"),
    PeerState.ACTIVE: _("on"), PeerState.PAUSED: _("off"), PeerState.GONE: _("has left"),
}  # fmt: skip


@require_safe
@for_platform
def listing(request: HttpRequest) -> HttpResponse:
    """All peers: queue, lag, failure rate, and the last error in plain words."""
    return render(request, "console/peers.html", {"found": [(one, _protocol(one.peer)) for one in network.standings()]})


@for_platform
def add(request: HttpRequest) -> HttpResponse:
    """A new peer: found out, mapped, tested; switched on later on its page."""
    wrong, typed = None, request.POST
    if request.method == "POST":
        asked = {
            "kind": typed.get("dialect", ""), "url": typed.get("endpoint", "").strip()[:500],
            "name": typed.get("name", "").strip()[:60], "title": typed.get("title", "").strip()[:160],
            "jurisdiction": typed.get("jurisdiction", "").strip()[:120], "secret": typed.get("secret", "").strip(),
        }  # fmt: skip
        try:
            adding.check(asked["kind"], asked["url"], asked["name"])
            return redirect("console:inquiry", inquiries.ask("add", **asked).pk)
        except Problem as problem:
            wrong = problem
    return _new(request, typed, wrong)


def _new(request: HttpRequest, typed: Mapping[str, Any], wrong: Problem | None) -> HttpResponse:
    errors = {wrong.field or "endpoint": str(wrong.detail)} if wrong else {}
    shown = {"typed": typed, "errors": errors, "dialects": {name: dialect(name).title for name in sorted(DIALECTS)}}
    return render(request, "console/peer_new.html", shown, status=wrong.status if wrong else 200)


@require_safe
@for_platform
def inquiry(request: HttpRequest, name: UUID) -> HttpResponse:
    """What was asked of another system: under way (202), then what came of it, on the page it belongs to."""
    one = inquiries.find(name)
    if one.state == Inquiry.State.WAITING:
        late = timezone.now() - one.at > LATE
        return render(request, "console/inquiry.html", {"one": one, "late": late, "again": AGAIN}, status=202)
    if one.state == Inquiry.State.DONE:
        for line in one.said:
            messages.info(request, line)
        maps = one.kind != "test" and dialect(peers.find(one.peer).dialect).maps_services
        return redirect("console:peer_map" if maps else "console:peer", one.peer)
    told = one.problem
    if one.kind == "add":
        typed = inquiries.asked_of(one)
        typed |= {"dialect": typed.get("kind", ""), "endpoint": typed.get("url", "")}
        wrong = Problem(told["code"], told["status"], told["detail"], field=told["field"])
        return _new(request, typed, wrong)
    messages.error(request, told["detail"])
    return redirect("console:peer_map" if one.kind == "discover" else "console:peer", one.peer)


@for_platform
def peer(request: HttpRequest, name: str) -> HttpResponse:
    """One peer; POST does one of `ACTS` with it."""
    found, shown_key, wrong = peers.find(name), "", None
    if request.method == "POST":
        act = ACTS.get(request.POST.get("do", ""))
        try:
            if act is None:
                raise Problem("not_found", 404, _("There is no such step."))
            done = act(request, found)
            if isinstance(done, Inquiry):
                return redirect("console:inquiry", done.pk)
            said, shown_key = done
            if not Peer.objects.filter(pk=found.pk).exists():
                messages.success(request, str(said))
                return redirect("console:peers")
        except Problem as problem:
            wrong = problem
        else:
            messages.success(request, str(said))
            if not shown_key:
                return redirect("console:peer", found.name)
    errors = {wrong.field or request.POST.get("do", ""): str(wrong.detail)} if wrong else {}
    shown = _facts(peers.find(name)) | {"errors": errors, "shown_key": shown_key, "typed": request.POST}
    asked = request.GET.get("q", "")[:100]
    shown |= {"q": asked, "choices": casework.find_bodies(asked)}
    return render(request, "console/peer.html", shown, status=wrong.status if wrong else 200)


@for_platform
def services(request: HttpRequest, name: str) -> HttpResponse:
    """Which of the peer's services our categories are; POST confirms one, all, or asks the peer anew."""
    found, wrong = peers.find(name), None
    if request.method == "POST":
        try:
            if request.POST.get("do") == "again":
                return redirect("console:inquiry", inquiries.ask("discover", found.name).pk)
            messages.success(request, str(_map(request, found)))
            return redirect("console:peer_map", found.name)
        except Problem as problem:
            wrong = problem
    sample: list[tuple[str, str]] = []
    try:
        sample = adding.sample(found)
    except Problem as problem:
        messages.info(request, str(problem.detail))
    shown = {
        "peer": found, "lines": [_row(line) for line in mapping.listing(found)], "services": mapping.services(found),
        "sample": sample, "errors": {"service": str(wrong.detail)} if wrong else {},
    }  # fmt: skip
    return render(request, "console/peer_map.html", shown, status=wrong.status if wrong else 200)


def _facts(found: Peer) -> dict[str, Any]:
    held = Delivery.objects.filter(peer=found).select_related("report").order_by("pk")
    instance = found.dialect == "kentongan"
    return {
        "peer": found, "standing": next(one for one in network.standings() if one.peer.pk == found.pk),
        "parked": held.filter(state=DeliveryState.PARKED)[:SHOWN],
        "waiting": held.filter(state=DeliveryState.WAITING)[:SHOWN],
        "keys": found.api_keys.order_by("-created_at"), "bodies": found.bodies.select_related("body"),
        "fingerprints": introducing.fingerprints(found) if instance else [], "instance": instance,
        "sought": seeking.sought(found) if instance else "",
        "held": removing.held(found), "maps": bool(found.dialect) and dialect(found.dialect).maps_services,
        "state": STATES[PeerState(found.state)],
        "kinds": DELIVERIES, "protocol": _protocol(found),
    }  # fmt: skip


def _protocol(found: Peer) -> str | Promise:
    return dialect(found.dialect).title if found.dialect else _("Only calls us")


def _row(line: mapping.Line) -> dict[str, Any]:
    """One category, its service, and the questions of that service with what is set as their answers."""
    found, answers = line.mapped, line.mapped.answers if line.mapped else {}
    asked = [
        {
            "code": one["code"], "words": one.get("description") or one["code"], "answer": answers.get(one["code"], ""),
            "required": str(one.get("required", "")).lower() == "true",
        }
        for one in (found.attributes if found else [])
        if one.get("code") and str(one.get("variable", "true")).lower() != "false"
    ]  # fmt: skip
    return {"category": line.category, "mapped": found, "asked": asked}


def _map(request: HttpRequest, found: Peer) -> str | Promise:
    do = request.POST.get("do", "")
    if do == "all":
        return _("%(many)d confirmed.") % {"many": mapping.confirm_all(found)}
    answers = {
        key.removeprefix("answer."): value.strip()[:200]
        for key, value in request.POST.items()
        if key.startswith("answer.") and isinstance(value, str) and value.strip()
    }
    mapping.confirm(found, request.POST.get("category", ""), request.POST.get("service") or None, answers)
    return _("Saved.")


# What can be done with a peer: each gives what to say, and a key that is shown this once.
Done = tuple[str | Promise, str]


def _switch(state: PeerState, said: str | Promise) -> Callable[[HttpRequest, Peer], Done]:
    def do(_request: HttpRequest, found: Peer) -> Done:
        peers.switch(found, state)
        return said, ""

    return do


def _confirm(_request: HttpRequest, found: Peer) -> Done:
    introducing.confirm(found)
    if found.is_active:
        return _("Both sides have confirmed: reports can travel."), ""
    return _("You have confirmed, and the other side is being told. It has to confirm too."), ""


def _retry(request: HttpRequest, found: Peer) -> Done:
    one = request.POST.get("delivery", "")
    sent = courier.retry(found.name, ids=[row_key(one)] if one else None)
    if one and not sent:
        raise _gone()
    return _("%(many)d deliveries are due now.") % {"many": sent}, ""


def _drop(request: HttpRequest, found: Peer) -> Done:
    one, reason = request.POST.get("delivery", ""), request.POST.get("reason", "").strip()
    if not reason:
        raise Problem("text_required", 422, _("Say in a few words why nothing more is tried."), field="reason")
    if not courier.drop(found.name, row_key(one), reason):
        raise _gone()
    return _("Given up. What comes after it for the same report goes on."), ""


def _gone() -> Problem:
    """Somebody else, or the worker, was quicker."""
    return Problem("not_found", 404, _("This waits no more: it was sent or given up meanwhile."), field="delivery")


def _key(request: HttpRequest, found: Peer) -> Done:
    given = request.POST
    written, _row_made = keys.new_key(
        found.name, write=given.get("write") == "yes", areas=given.get("areas", "").split(),
        categories=given.get("categories", "").split(),
    )  # fmt: skip
    return _("This key is shown once. Send it to the peer in a way that others cannot read."), written


def _end_key(request: HttpRequest, found: Peer) -> Done:
    one = request.POST.get("key", "")
    if not found.api_keys.filter(pk=row_key(one)).delete()[0]:
        raise Problem("not_found", 404, _("This key has ended already."), field="key")
    return _("The key has ended."), ""


def _reach(request: HttpRequest, found: Peer) -> Done:
    peers.set_reach(found, request.POST.get("body", "").strip())
    return _("From now on its reports go there."), ""


def _unreach(request: HttpRequest, found: Peer) -> Done:
    held = found.bodies.filter(body=request.POST.get("body", "").replace("\0", "")).first()
    if held is None:
        raise Problem("not_found", 404, _("This body does not work there (any more)."), field="body")
    peers.unset_reach(held.body_id)
    return _("It works here again. What is on its way stays there."), ""


def _test(_request: HttpRequest, found: Peer) -> Inquiry:
    return inquiries.ask("test", found.name)


def _delete(request: HttpRequest, found: Peer) -> Done:
    if request.POST.get("sure") != "yes":
        raise Problem("unsure", 422, _("Say that you have read what happens then."), field="sure")
    held = removing.remove(found)
    return _("It is deleted. %(given)d reports are worked on here again.") % {"given": held.given}, ""


ACTS: dict[str, Callable[[HttpRequest, Peer], Done | Inquiry]] = {
    "on": _switch(PeerState.ACTIVE, _("It is on. What waited is sent now.")),
    "off": _switch(PeerState.PAUSED, _("It is off. What is due for it waits.")),
    "confirm": _confirm, "retry": _retry, "drop": _drop, "key": _key, "end_key": _end_key, "reach": _reach,
    "unreach": _unreach, "test": _test, "delete": _delete,
}  # fmt: skip
