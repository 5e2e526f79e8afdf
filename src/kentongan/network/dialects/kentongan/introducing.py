"""How two instances come to know each other: each shows a card, and a person on each side confirms the other's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django_tasks import task

from kentongan import bodies
from kentongan.foundation import addresses, outgoing
from kentongan.foundation.config import config
from kentongan.foundation.pausing import doubled
from kentongan.foundation.problems import Problem
from kentongan.network import facts
from kentongan.network.dialects.kentongan import keyring, signing
from kentongan.network.dialects.kentongan.cards import LARGEST, PROTOCOL, SECONDS, read_card
from kentongan.network.models import Inquiry, Peer, PeerState
from kentongan.network.peers import reaches, switch

MOST_ASKING = 100  # strangers that nobody here has confirmed yet, or that are being looked at
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=1)
MOST_TRIES = 24  # about half a day


def card() -> dict[str, Any]:
    """What this instance shows of itself to everybody."""
    return {
        "protocol": PROTOCOL, "instance": facts.instance(), "name": config().instance_name,
        "url": config().base_url.rstrip("/"), "endpoint": facts.link("network/v1"), "keys": keyring.published(),
        "bodies": [
            {"code": body.code, "name": {"id": body.name_id, "en": body.name_en}}
            for body in bodies.snapshot().bodies.values()
            if body.partner_from is not None and body.is_partner and reaches(body.code) is None
        ],
    }  # fmt: skip


def meet(address: str, *, name: str = "", asked: bool = False) -> Peer:
    """Keeps the instance at `address` as a peer that nobody has confirmed yet; the same one again is the same peer.

    What was kept of one that nobody here has confirmed is replaced by what its own host says now. Raises Problem as
    `read_card`, `own_instance`, `other_instance` (409) where a confirmed peer bears the name at another address.
    """
    shown = read_card(address)
    if shown["instance"] == facts.instance():
        raise Problem("own_instance", 422, _("This is the address of this instance itself."), field="endpoint")
    with transaction.atomic():
        known = Peer.objects.select_for_update().filter(instance=shown["instance"]).first()
        if known is None:
            return _kept(Peer(name=_free_name(name or _slug(shown["instance"]))), shown, asked)
        if not known.confirmed_here:
            known.known_keys.all().delete()
            return _kept(known, shown, asked and known.state == PeerState.ASKED)
        if _place(known.endpoint) != _place(shown["endpoint"]):
            raise Problem(
                "other_instance", 409,
                _("The peer %(name)s bears this instance's name at another address. Delete it first if it is wrong.")
                % {"name": known.name}, field="endpoint",
            )  # fmt: skip
        return known


def _kept(peer: Peer, shown: dict[str, Any], asked: bool) -> Peer:
    peer.title, peer.dialect, peer.endpoint = shown["name"], "kentongan", shown["endpoint"]
    peer.instance, peer.state = shown["instance"], PeerState.ASKED if asked else PeerState.PROPOSED
    peer.options = {"url": shown["url"], "bodies": shown["bodies"]}
    peer.save()
    keyring.trust(peer, shown["keys"])
    return peer


def invite(url: str) -> None:
    """Has a stranger that wants to be introduced looked at by a task: nobody waits for its host.

    Raises Problem `bad_address`, `too_many` (429).
    """
    origin = addresses.read(url).origin
    asking = Peer.objects.filter(state=PeerState.ASKED).count()
    looked_at = Inquiry.objects.filter(kind="meet", state=Inquiry.State.WAITING)
    if looked_at.filter(asked=origin).exists():
        return
    if asking + looked_at.count() >= MOST_ASKING:
        raise Problem("too_many", 429, _("Too many instances have asked to be introduced. Try again in some days."))
    with transaction.atomic():
        one = Inquiry.objects.create(kind="meet", asked=origin)
        meet_stranger.enqueue(str(one.pk))


def confirm(peer: Peer) -> Peer:
    """A person here says that the peer's keys are theirs. The peer is told by a task, until it has heard."""
    with transaction.atomic():
        Peer.objects.filter(pk=peer.pk).update(confirmed_here=True)
        peer.confirmed_here = True
        settle(peer, there=False)
        introduce.enqueue(peer.pk, 0)
    return peer


@task()
def meet_stranger(inquiry: str) -> None:
    """Looks at an instance that wants to be introduced, as the inquiry names it."""
    one = Inquiry.objects.filter(pk=inquiry, state=Inquiry.State.WAITING).first()
    if one is None:
        return
    try:
        one.peer, one.state = meet(one.asked, asked=True).name, Inquiry.State.DONE
    except Problem as problem:
        one.state, one.problem = Inquiry.State.REFUSED, {"code": problem.code, "status": problem.status}
    one.save()


@task()
def introduce(peer: str, tries: int) -> None:
    """Tells a peer that it was confirmed here, again later where it has not heard."""
    found = Peer.objects.filter(pk=peer, confirmed_here=True).first()
    if found is None:
        return
    try:
        heard = present(found)
    except (outgoing.CallFailed, Problem, ValueError):
        heard = False
    if not heard and tries < MOST_TRIES:
        pause = doubled(FIRST_PAUSE, tries, LONGEST_PAUSE)
        introduce.using(run_after=timezone.now() + pause).enqueue(peer, tries + 1)


def present(peer: Peer) -> bool:
    """Tells a peer that a person here has confirmed it; whether it knows us now. Active once both have confirmed."""
    said = {"url": config().base_url.rstrip("/"), "instance": facts.instance()}
    url = f"{peer.endpoint.rstrip('/')}/introductions"
    answer = outgoing.call("POST", url, said=said, seconds=SECONDS, most=LARGEST, sign=signing.sign).expect()
    told = answer.json()
    settle(peer, there=isinstance(told, dict) and told.get("confirmed") is True)
    return answer.status != 202


def settle(peer: Peer, *, there: bool) -> None:
    """Keeps whether the other side has confirmed us, and switches the peer on where both have."""
    if there and not peer.confirmed_there:
        Peer.objects.filter(pk=peer.pk).update(confirmed_there=True)
        peer.confirmed_there = True
    if peer.confirmed_here and peer.confirmed_there and peer.state in {PeerState.PROPOSED, PeerState.ASKED}:
        switch(peer, PeerState.ACTIVE)


def fingerprints(peer: Peer) -> list[str]:
    """The peer's keys as people compare them."""
    return [keyring.fingerprint(key.public) for key in peer.known_keys.order_by("-since")]


def findings(peer: Peer) -> list[str]:
    """What a person wants to know of an instance before it is confirmed."""
    bodies_there = ", ".join(str(one.get("code")) for one in peer.options.get("bodies", [])[:30])
    return [
        f"{peer.called} ({peer.instance})",
        *(f"key {one}" for one in fingerprints(peer)),
        f"bodies: {bodies_there}",
    ]


def _place(url: str) -> str:
    return addresses.read(url).place if addresses.is_address(url) else ""


def _slug(instance: str) -> str:
    return slugify(instance.replace(".", "-").replace(":", "-"))[:50]


def _free_name(wished: str) -> str:
    number, name = 2, wished or "instance"
    while Peer.objects.filter(pk=name).exists():
        name, number = f"{wished}-{number}", number + 1
    return name
