"""Which service of a peer each of our categories is: proposed by likeness, confirmed by a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from rapidfuzz import fuzz

from kentongan import catalogue
from kentongan.catalogue.models import Category
from kentongan.foundation.problems import Problem
from kentongan.network.dialects import dialect
from kentongan.network.dialects.base import Offered
from kentongan.network.models import Peer, ServiceMap
from kentongan.network.peers import line_to

LIKELY = 0.62  # of 1: below it a proposal is more often wrong than right


@dataclass(frozen=True)
class Line:
    """One row of the mapping: our category, the service that is proposed or confirmed (None: none), and how alike."""

    category: Category
    mapped: ServiceMap | None

    @property
    def is_confirmed(self) -> bool:
        """Whether a person has said that it is so."""
        return self.mapped is not None and self.mapped.confirmed


def discover(peer: Peer) -> tuple[str, ...]:
    """Asks the peer what it offers, keeps it, and proposes a mapping; what was found, in plain words.

    Raises Problem as the dialect's `discover`; `no_services` (422) where a list that was known is suddenly empty.
    """
    found = dialect(peer.dialect).discover(line_to(peer))
    before = {one["code"]: one for one in peer.options.get("services", [])}
    if before and not found.services:
        raise Problem("no_services", 422, _("The peer offers no services any more; what is known is kept."))
    peer.endpoint = found.line.endpoint
    services = [_kept(one, before.get(one.code)) for one in found.services]
    peer.options = {**peer.options, **found.line.options, **({"services": services} if services else {})}
    peer.save(update_fields=["endpoint", "options"])
    propose(peer)
    told = (
        (_("No longer offered: %(codes)s"), before.keys() - {one.code for one in found.services}),
        (_("What these ask for could not be read, look again later: %(codes)s"), _unread(found.services)),
    )
    return (*found.findings, *(str(words % {"codes": ", ".join(sorted(codes))}) for words, codes in told if codes))


def propose(peer: Peer) -> int:
    """Proposes the likeliest service for each category that has no confirmed one; returns how many."""
    offered = [_offered(one) for one in peer.options.get("services", [])]
    confirmed = set(ServiceMap.objects.filter(peer=peer, confirmed=True).values_list("category_id", flat=True))
    made = []
    for category in catalogue.all_active():
        if category.code in confirmed or not offered:
            continue
        best = max(offered, key=lambda one: likeness(category, one))
        if (alike := likeness(category, best)) >= LIKELY:
            made.append(ServiceMap(peer=peer, category_id=category.code, **_as_kept(best, alike)))
    with transaction.atomic():
        ServiceMap.objects.filter(peer=peer, confirmed=False).delete()
        ServiceMap.objects.bulk_create(made)
    return len(made)


def likeness(category: Category, service: Offered) -> float:
    """How alike a category and a service are, 0 to 1: by code, by name in both languages, by keywords."""
    if category.code.casefold() == service.code.casefold():
        return 1.0
    ours = [category.name_id, category.name_en]
    names = max(fuzz.token_sort_ratio(one.casefold(), service.name.casefold()) for one in ours)
    keywords = {word.casefold() for word in (*category.keywords_id, *category.keywords_en)}
    theirs = f"{service.name} {service.description} {' '.join(service.keywords)}".casefold()
    hits = sum(1 for word in keywords if word in theirs)
    return float(max(names / 100, min(0.95, 0.55 + 0.15 * hits) if hits else 0.0))


def listing(peer: Peer) -> list[Line]:
    """Every category that can be chosen, with what it is at the peer."""
    known = {one.category_id: one for one in ServiceMap.objects.filter(peer=peer)}
    return [Line(category, known.get(category.code)) for category in catalogue.all_active()]


def services(peer: Peer) -> Sequence[Offered]:
    """What the peer offered when it was last asked."""
    return [_offered(one) for one in peer.options.get("services", [])]


def confirm(peer: Peer, category: str, service: str | None, answers: dict[str, Any] | None = None) -> ServiceMap | None:
    """A person says that `category` is `service` there (None: nothing is). `answers` are for the peer's own questions.

    Raises Problem `unknown_category`, `unknown_service` (422).
    """
    kind = catalogue.get(category)
    if service is None:
        ServiceMap.objects.filter(peer=peer, category=kind.code).delete()
        return None
    found = next((one for one in services(peer) if one.code == service), None)
    if found is None:
        raise Problem("unknown_service", 422, _("The peer offers no such service."), field="service")
    kept = ServiceMap.objects.filter(peer=peer, category=kind.code).first()
    given = answers if answers is not None else (kept.answers if kept else {})
    row, _made = ServiceMap.objects.update_or_create(
        peer=peer,
        category=kind,
        defaults={**_as_kept(found, likeness(kind, found)), "answers": given, "confirmed": True},
    )
    return row


def confirm_all(peer: Peer) -> int:
    """A person says that all proposals are right; returns how many were confirmed."""
    return ServiceMap.objects.filter(peer=peer, confirmed=False).update(confirmed=True)


def _as_kept(service: Offered, alike: float) -> dict[str, Any]:
    """What a row of the mapping says of a service."""
    return {
        "service_code": service.code[:120], "service_name": service.name[:200],
        "attributes": list(service.attributes), "likeness": round(alike, 3),
    }  # fmt: skip


def _unread(services: Sequence[Offered]) -> set[str]:
    return {one.code for one in services if one.unread}


def _kept(one: Offered, before: dict[str, Any] | None) -> dict[str, Any]:
    """What is kept of a service; of one whose attributes could not be read, those that it had before."""
    attributes = before["attributes"] if one.unread and before else list(one.attributes)
    return {
        "code": one.code, "name": one.name, "description": one.description, "keywords": list(one.keywords),
        "group": one.group, "attributes": attributes,
    }  # fmt: skip


def _offered(kept: dict[str, Any]) -> Offered:
    return Offered(
        kept["code"], kept["name"], kept["description"], tuple(kept["keywords"]), kept["group"],
        tuple(kept["attributes"]),
    )  # fmt: skip
