"""Who the peers are: adding one, switching it on and off, and which bodies work behind it."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kentongan import bodies
from kentongan.foundation.problems import Problem
from kentongan.foundation.revision import Cached
from kentongan.network.dialects import dialect
from kentongan.network.dialects.base import Line
from kentongan.network.models import Peer, PeerState, Reach
from kentongan.network.sealing import seal, unseal

# What is due for a paused peer waits for it: its bodies still work behind it.
SENDING = (PeerState.ACTIVE, PeerState.PAUSED)


def _load_reach() -> dict[str, str]:
    return dict(Reach.objects.filter(peer__state__in=SENDING).values_list("body_id", "peer_id"))


_reach: Cached[dict[str, str]] = Cached("network.reach", _load_reach)


def find(name: str) -> Peer:
    """The peer of this name. Raises Problem `unknown_peer` (404)."""
    found = Peer.objects.filter(pk=name).first()
    if found is None:
        raise Problem("unknown_peer", 404, _("There is no peer %(name)s.") % {"name": name}, field="name")
    return found


def add(
    name: str, kind: str, endpoint: str = "", *, title: str = "", jurisdiction: str = "", secret: str = "",
    options: dict[str, object] | None = None,
) -> Peer:  # fmt: skip
    """A new peer, not switched on yet. Raises Problem `unknown_dialect` or `peer_exists`."""
    dialect(kind)
    with transaction.atomic():
        if Peer.objects.filter(pk=name).exists():
            raise Problem("peer_exists", 409, _("There is a peer %(name)s already.") % {"name": name}, field="name")
        return Peer.objects.create(
            name=name, dialect=kind, endpoint=endpoint, title=title, jurisdiction=jurisdiction,
            secret=seal(secret), options=options or {},
        )  # fmt: skip


def line_to(peer: Peer) -> Line:
    """What a dialect needs to reach the peer."""
    return Line(peer.name, peer.endpoint, peer.jurisdiction, unseal(peer.secret), dict(peer.options))


def switch(peer: Peer, state: PeerState) -> None:
    """Sets where the peer stands. Switched on, the bodies behind it become partners and get what waited for them."""
    with transaction.atomic():
        Peer.objects.filter(pk=peer.pk).update(state=state, failures=0, closed_until=None)
        peer.state = state
        _reach.invalidate()
        if state == PeerState.ACTIVE:
            for code in Reach.objects.filter(peer=peer).values_list("body_id", flat=True):
                _join(code)


def set_reach(peer: Peer, body: str) -> None:
    """Says that `body` works behind `peer`. Raises Problem `unknown_body`, or `reached_otherwise` (409)."""
    found = bodies.get(body)
    with transaction.atomic():
        other = Reach.objects.filter(body=found).exclude(peer=peer).first()
        if other is not None:
            raise Problem(
                "reached_otherwise", 409,
                _("%(body)s is reached through %(peer)s already.") % {"body": found.name, "peer": other.peer_id},
                field="body",
            )  # fmt: skip
        Reach.objects.get_or_create(body=found, defaults={"peer": peer})
        _reach.invalidate()
        if peer.is_active:
            _join(found.code)


def unset_reach(body: str) -> None:
    """From now on `body` works here again, or nowhere yet."""
    Reach.objects.filter(body=body).delete()
    _reach.invalidate()


def reaches(body: str | None) -> str | None:
    """The peer behind which a body works: its own, or that of a body it is part of; None: it works here."""
    known, behind = bodies.snapshot().bodies, _reach.get()
    while body:
        if body in behind:
            return behind[body]
        found = known.get(body)
        body = found.parent_id if found else None
    return None


def tells(peer: Peer, kind: str) -> bool:
    """Whether a peer can be told this kind of news: one that only calls us asks for it instead."""
    return bool(peer.dialect) and kind in dialect(peer.dialect).tells


def any_reach() -> bool:
    """Whether any body works behind a peer at all."""
    return bool(_reach.get())


def _join(code: str) -> None:
    if not bodies.snapshot().is_partner(code):
        bodies.make_partner(code)


def areas_behind() -> dict[str, set[str]]:
    """By peer, the areas (Kemendagri codes) whose own governments work behind it."""
    found: dict[str, set[str]] = {}
    known = bodies.snapshot().bodies
    for code, peer in _reach.get().items():
        if code in known and known[code].area_code == code:
            found.setdefault(peer, set()).add(code)
    return found
