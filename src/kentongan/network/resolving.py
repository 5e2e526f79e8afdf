"""One public code is valid at every instance: where it is not known, the others are asked where it leads.

Nobody waits for them: they are asked by a bounded pool of threads, two seconds at most, and the answer is kept in the
database, where the next look finds it whichever process it comes to.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

import structlog
from django.db import DatabaseError, connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan.foundation import addresses, outgoing
from kentongan.foundation.codes import read_code
from kentongan.foundation.problems import Problem
from kentongan.foundation.rates import spend
from kentongan.network import facts
from kentongan.network.models import CodeAnswer, HandOver, Peer, PeerState, Trace

KNOWN_FOR, UNKNOWN_FOR = timedelta(hours=1), timedelta(minutes=1)  # that an answer is kept
PATIENCE = 2.0  # seconds for all of them together
AGAIN = 2  # seconds after which somebody may look again
MOST_ASKED = 20
MOST_ANSWER = 65_536  # bytes
MOST_AT_ONCE = 64  # codes that are asked about or wait for it
QUESTIONS = 120  # an hour of one address: guessing codes must not become calls to everybody

_log = structlog.get_logger(__name__)
_askers = ThreadPoolExecutor(4, thread_name_prefix="codes")
_callers = ThreadPoolExecutor(MOST_ASKED, thread_name_prefix="code")
_under_way: set[str] = set()
_lock = threading.Lock()


class Checking(Problem):
    """The others are being asked; look again in `AGAIN` seconds."""

    def __init__(self) -> None:
        super().__init__(
            "checking", 202, _("Other instances are being asked for this code. Look again in a moment."),
            extra={"retry_after": AGAIN},
        )  # fmt: skip


def resolve(written: str, asker: str = "") -> str | None:
    """The address of the page of a report that is not here under this code; None where nobody knows it.

    The code of a restricted report is a secret and is never asked around. `asker` is the address of whoever wants to
    know: others are asked only so many times an hour for it. Raises Checking while they are.
    """
    code = read_code(written)
    if code is None:
        return None
    if alias := _alias(code):
        return alias
    if len(code) != 9:
        return None
    known = CodeAnswer.objects.filter(pk=code, until__gt=timezone.now()).first()
    if known is not None:
        return known.url or None
    if code not in _under_way:
        asked = _endpoints()
        if not asked or not _may_ask(asker):
            return None
        _begin(code, asked)
    raise Checking


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


def _endpoints() -> list[str]:
    states = (PeerState.ACTIVE, PeerState.GONE)  # one that left still keeps its reports
    asked = Peer.objects.filter(dialect="kentongan", state__in=states).order_by("name")
    return list(asked.values_list("endpoint", flat=True)[:MOST_ASKED])


def _begin(code: str, asked: list[str]) -> None:
    """Has the others asked, unless that is under way or too much is."""
    with _lock:
        if code in _under_way or len(_under_way) >= MOST_AT_ONCE:
            return
        _under_way.add(code)
    _askers.submit(_ask_and_keep, code, asked)


def _ask_and_keep(code: str, asked: list[str]) -> None:
    try:
        url = ask_around(code, asked)
        until = timezone.now() + (KNOWN_FOR if url else UNKNOWN_FOR)
        CodeAnswer.objects.update_or_create(code=code, defaults={"url": url, "until": until})
    except DatabaseError as fault:
        _log.warning("network.code_not_kept", error=type(fault).__name__)
    finally:
        with _lock:
            _under_way.discard(code)
        connection.close()


def ask_around(code: str, asked: list[str]) -> str:
    """Where the first of these endpoints that knows the code says that it leads; empty where none does in time."""
    end = time.monotonic() + PATIENCE
    calls = [_callers.submit(_ask, endpoint, code, end) for endpoint in asked]
    done, late = wait(calls, PATIENCE)
    for one in late:
        one.cancel()
    found = {call.result() for call in done}
    moved = {told for told, _speaker in found if told}
    known = {_host(peer) for peer in Peer.objects.exclude(endpoint="").values_list("endpoint", flat=True)}
    # An instance speaks for its own pages only; where it says that the report has moved, only to an instance that we
    # know as well: nobody sends people anywhere.
    return next((url for url in sorted(moved) if _host(url) in known), "")


def _ask(endpoint: str, code: str, end: float) -> tuple[str, str]:
    """What one endpoint says, and the host it may speak for."""
    try:
        url = f"{endpoint.rstrip('/')}/reports/{code}"
        told = outgoing.call("GET", url, seconds=end - time.monotonic(), most=MOST_ANSWER).expect().json()
        page, moved = str(told["url"]), str(told.get("moved") or "")
    except (outgoing.CallFailed, Problem, ValueError, KeyError, TypeError, AttributeError):
        return "", ""
    if moved:
        return moved[:500], ""
    return (page[:500], _host(page)) if _host(page) and _host(page) == _host(endpoint) else ("", "")


def _host(address: str) -> str:
    return addresses.read(address).place if addresses.is_address(address) else ""
