"""Adding a peer from nothing but its address: found out, mapped, tested, shown; switched on by a person."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from kentongan.foundation import addresses, outgoing
from kentongan.foundation.codes import read_code
from kentongan.foundation.problems import Problem
from kentongan.network import calling, facts, mapping, parcels, peers
from kentongan.network.dialects import dialect
from kentongan.network.dialects.base import Later, Parcel, Service
from kentongan.network.dialects.kentongan import introducing
from kentongan.network.models import Peer, ServiceMap
from kentongan.network.options import check_options
from kentongan.reports.models import Report


def add(
    kind: str, url: str, *, name: str = "", title: str = "", jurisdiction: str = "", secret: str = "",
    bodies: Sequence[str] = (), options: dict[str, object] | None = None,
) -> tuple[Peer, list[str]]:  # fmt: skip
    """The new peer, not switched on, and what was found, a sentence each. Nothing is kept where it cannot be reached.

    Raises Problem as the dialect's `discover`, `unknown_dialect`, `bad_option`, `peer_exists`, `unknown_body`;
    `unreachable` (502) where nobody answers.
    """
    dialect(kind)  # an unknown one is refused before anybody is called
    options = check_options(options or {})
    with transaction.atomic():
        if kind == "kentongan":
            peer = introducing.meet(url, name=name)
            findings = introducing.findings(peer)
        else:
            named = name or slugify(
                (urlsplit(url).netloc or url).replace(".", "-").replace(":", "-").replace("@", "-at-")
            )
            peer = peers.add(
                named[:60], kind, url, title=title, jurisdiction=jurisdiction, secret=secret, options=options
            )  # fmt: skip
            findings = _found_out(peer)
        for body in bodies:
            peers.set_reach(peer, body)
        if kind != "kentongan":
            findings += _tried(peer)
    return peer, [str(one) for one in findings]


def check(kind: str, url: str, name: str = "") -> None:
    """What can be said at once of a peer that is to be added. Raises Problem `unknown_dialect`, `bad_address`,
    `bad_name`, `peer_exists`.
    """
    dialect(kind)
    if kind != "email" and not addresses.is_address(url):
        raise Problem("bad_address", 422, _("Give an http or https address."), field="endpoint")
    if name and slugify(name) != name.lower():
        raise Problem("bad_name", 422, _("A short name has only letters, digits, - and _."), field="name")
    if name and kind != "kentongan" and Peer.objects.filter(pk=name).exists():
        raise Problem("peer_exists", 409, _("There is a peer %(name)s already.") % {"name": name}, field="name")


def _found_out(peer: Peer) -> list[str]:
    try:
        return list(mapping.discover(peer))
    except outgoing.CallFailed as error:
        raise Problem("unreachable", 502, calling.in_words(error), field="endpoint") from None


def _tried(peer: Peer) -> list[str]:
    """What is wrong with the credentials. A test that fails on its way is a finding too."""
    found = calling.call(peer, lambda: dialect(peer.dialect).test(peers.line_to(peer)))
    return [found.error] if isinstance(found, Later) else found


def sample(peer: Peer, code: str = "") -> list[tuple[str, str]]:
    """What would be sent for a report (the newest public one unless named), by the mapping as it stands.

    Raises Problem `not_found` where there is no report, `unmapped` where its category has no service there.
    """
    found = Report.objects.select_related("category").filter(is_restricted=False)
    report = (found.filter(code=read_code(code) or "") if code else found.order_by("-pk")).first()
    if report is None:
        raise Problem("not_found", 404, _("There is no report with this code. Check the letters and try again."))
    parcel = Parcel(
        "sample", "request", facts.report_facts(report, peer.name), pictures=facts.pictures(report),
        service=_service(peer, report.category_id),
    )  # fmt: skip
    return dialect(peer.dialect).sample(peers.line_to(peer), parcel)


def _service(peer: Peer, category: str) -> Service | None:
    if not dialect(peer.dialect).maps_services:
        return None
    proposed = ServiceMap.objects.filter(peer=peer, category=category).first()
    if proposed is None:
        return parcels.service_for(peer, category)
    return Service(proposed.service_code, tuple(proposed.attributes), dict(proposed.answers))
