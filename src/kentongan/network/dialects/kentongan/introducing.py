"""How two instances come to know each other: each shows a card, and a person on each side confirms the other's."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from kentongan import bodies
from kentongan.foundation import addresses, outgoing
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.network import facts
from kentongan.network.dialects.kentongan import keyring, signing
from kentongan.network.models import Peer, PeerState
from kentongan.network.peers import reaches, switch

PROTOCOL = "kentongan/1"
CARD = "/.well-known/kentongan"
SECONDS = 20.0  # of one call
LARGEST = 4 * 1024 * 1024


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


def read_card(address: str) -> dict[str, Any]:
    """The card of the instance at an address. Raises Problem `no_instance` where there is none."""
    try:
        answer = outgoing.call("GET", f"{addresses.read(address).origin}{CARD}", seconds=SECONDS, most=LARGEST)
        shown = answer.json() if answer.status == 200 else None
    except (outgoing.CallFailed, ValueError):
        shown = None
    if not _is_card(shown):
        raise Problem("no_instance", 422, _("There is no Kentongan instance at this address."), field="endpoint")
    assert isinstance(shown, dict)  # noqa: S101  `_is_card` has looked
    return shown


def meet(address: str, *, name: str = "", asked: bool = False) -> Peer:
    """Keeps the instance at `address` as a peer that nobody has confirmed yet; the same one again is the same peer."""
    shown = read_card(address)
    if shown["instance"] == facts.instance():
        raise Problem("own_instance", 422, _("This is the address of this instance itself."), field="endpoint")
    with transaction.atomic():
        known = Peer.objects.filter(instance=shown["instance"]).first()
        if known is not None:
            return known
        peer = Peer.objects.create(
            name=_free_name(name or slugify(shown["instance"].replace(".", "-").replace(":", "-"))[:50]),
            title=str(shown["name"])[:160], dialect="kentongan", endpoint=shown["endpoint"],
            instance=shown["instance"], state=PeerState.ASKED if asked else PeerState.PROPOSED,
            options={"url": shown["url"], "bodies": shown["bodies"][:2000]},
        )  # fmt: skip
        keyring.trust(peer, shown["keys"])
    return peer


def confirm(peer: Peer) -> Peer:
    """A person here says that the peer's keys are theirs, and the peer is told. Active once both sides have.

    Raises Problem `peer_away` where the peer does not answer: what was confirmed here is kept, say it again later.
    """
    Peer.objects.filter(pk=peer.pk).update(confirmed_here=True)
    peer.confirmed_here = True
    try:
        answer = post(peer, "introductions", {"url": config().base_url.rstrip("/"), "instance": facts.instance()})
    except outgoing.CallFailed:
        raise Problem(
            "peer_away", 503, _("You have confirmed; the other side does not answer now. Confirm again later.")
        ) from None
    settle(peer, there=bool(answer.get("confirmed")))
    return peer


def settle(peer: Peer, *, there: bool) -> None:
    """Keeps whether the other side has confirmed us, and switches the peer on where both have."""
    if there and not peer.confirmed_there:
        Peer.objects.filter(pk=peer.pk).update(confirmed_there=True)
        peer.confirmed_there = True
    if peer.confirmed_here and peer.confirmed_there and peer.state in {PeerState.PROPOSED, PeerState.ASKED}:
        switch(peer, PeerState.ACTIVE)


def post(peer: Peer, path: str, said: dict[str, Any]) -> dict[str, Any]:
    """A signed message to a peer and its answer. Raises `outgoing.CallFailed`, BadStatus for a refusal."""
    url = f"{peer.endpoint.rstrip('/')}/{path}"
    answer = outgoing.call("POST", url, said=said, seconds=SECONDS, sign=signing.sign).expect()
    found: dict[str, Any] = answer.json()
    return found


def fingerprints(peer: Peer) -> list[str]:
    """The peer's keys as people compare them."""
    return [keyring.fingerprint(key.public) for key in peer.known_keys.order_by("-since")]


def findings(peer: Peer) -> list[str]:
    """What a person wants to know of an instance before it is confirmed."""
    bodies_there = ", ".join(str(one.get("code")) for one in peer.options.get("bodies", [])[:30])
    return [f"{peer.title} ({peer.instance})", *(f"key {one}" for one in fingerprints(peer)), f"bodies: {bodies_there}"]


def _is_card(shown: Any) -> bool:
    if not isinstance(shown, dict) or shown.get("protocol") != PROTOCOL:
        return False
    texts = all(isinstance(shown.get(key), str) and shown[key] for key in ("instance", "name", "url", "endpoint"))
    lists = isinstance(shown.get("keys"), list) and isinstance(shown.get("bodies"), list)
    if not (texts and lists and len(shown["instance"]) <= 120):
        return False
    try:
        for key in shown["keys"]:
            keyring.decode(key["public"])
    except (KeyError, TypeError, ValueError):
        return False
    # Nobody may speak for another's host.
    try:
        return addresses.read(shown["endpoint"]).place == addresses.read(shown["url"]).place
    except addresses.Refused:
        return False


def _free_name(wished: str) -> str:
    number, name = 2, wished or "instance"
    while Peer.objects.filter(pk=name).exists():
        name, number = f"{wished}-{number}", number + 1
    return name
