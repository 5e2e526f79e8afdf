"""One public code is valid at every instance: where it is not known, the others are asked where it leads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from django.core.cache import cache

from kentongan.foundation import addresses, outgoing
from kentongan.foundation.codes import read_code
from kentongan.foundation.problems import Problem
from kentongan.foundation.rates import spend
from kentongan.network import facts
from kentongan.network.models import HandOver, Peer, PeerState, Trace

KNOWN_FOR, UNKNOWN_FOR = 3600, 60  # seconds that an answer is kept
PATIENCE = 2.0  # seconds: somebody is waiting for a page
MOST_ASKED = 20
MOST_ANSWER = 65_536  # bytes
QUESTIONS = 120  # an hour of one address: guessing codes must not become calls to everybody


def resolve(written: str, asker: str = "") -> str | None:
    """The address of the page of a report that is not here under this code; None where nobody knows it.

    The code of a restricted report is a secret and is never asked around. `asker` is the address of whoever wants to
    know: others are asked only so many times an hour for it.
    """
    code = read_code(written)
    if code is None:
        return None
    kept = cache.get(f"network.code/{code}")
    if kept is None:
        kept = _alias(code) or (_ask_around(code) if len(code) == 9 and _may_ask(asker) else "")
        cache.set(f"network.code/{code}", kept, KNOWN_FOR if kept else UNKNOWN_FOR)
    return kept or None


def _may_ask(asker: str) -> bool:
    try:
        if asker:
            spend(f"resolve/{asker}", QUESTIONS, 3600)
    except Problem:
        return False
    return True


def _alias(code: str) -> str:
    """A report that came from elsewhere and bears another code here, or one that a peer named otherwise."""
    trace = Trace.objects.select_related("report").filter(origin_code=code, report__is_restricted=False).first()
    if trace is not None and trace.report.code != code:
        return facts.link(f"r/{trace.report.code}")
    stay = HandOver.objects.select_related("report").filter(
        remote_id=code, peer__dialect="kentongan", report__is_restricted=False
    ).first()  # fmt: skip
    return facts.link(f"r/{stay.report.code}") if stay and stay.report.code != code else ""


def _ask_around(code: str) -> str:
    states = (PeerState.ACTIVE, PeerState.GONE)  # one that left still keeps its reports
    peers = list(Peer.objects.filter(dialect="kentongan", state__in=states)[:MOST_ASKED])
    if not peers:
        return ""
    with ThreadPoolExecutor(len(peers)) as pool:
        return next((found for found in pool.map(lambda peer: _ask(peer.endpoint, code), peers) if found), "")


def _ask(endpoint: str, code: str) -> str:
    try:
        answer = outgoing.call("GET", f"{endpoint.rstrip('/')}/reports/{code}", seconds=PATIENCE, most=MOST_ANSWER)
        told = answer.json() if answer.status == 200 else {"url": ""}
        url, moved = str(told["url"]), str(told.get("moved") or "")
    except (outgoing.CallFailed, Problem, ValueError, KeyError, TypeError):
        return ""
    # Where it says that the report has moved, only to an instance that we know as well: nobody sends people anywhere.
    if _host(moved) and any(_host(moved) == _host(peer) for peer in Peer.objects.values_list("endpoint", flat=True)):
        return moved
    # An instance speaks for its own pages only.
    return url if _host(url) and _host(url) == _host(endpoint) else ""


def _host(address: str) -> str:
    return addresses.read(address).place if addresses.is_address(address) else ""
