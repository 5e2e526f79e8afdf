"""What somebody here wants to know of the outside: asked by a task while nobody waits, its answer read on a page."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _
from django_tasks import task

from kentongan.foundation import outgoing
from kentongan.foundation.problems import Problem
from kentongan.network import adding, calling, mapping, peers
from kentongan.network.dialects import dialect
from kentongan.network.models import Inquiry
from kentongan.network.sealing import seal, unseal

LONGEST = 120.0  # seconds for all calls of one inquiry
_log = structlog.get_logger(__name__)
Answered = tuple[str, list[str]]  # the peer's name, and what to say


def ask(kind: str, peer: str = "", /, **asked: Any) -> Inquiry:
    """Has `add`, `test` or `discover` done by a task. `asked` are the arguments of `adding.add`; kept encrypted."""
    with transaction.atomic():
        one = Inquiry.objects.create(
            kind=kind, peer=peer, asked=seal(json.dumps(asked)), language=get_language() or "id"
        )
        inquire.enqueue(str(one.pk))
    return one


def find(name: UUID) -> Inquiry:
    """Raises Problem `not_found`."""
    found = Inquiry.objects.filter(pk=name).exclude(kind="meet").first()
    if found is None:
        raise Problem("not_found", 404, _("There is nothing at this address."))
    return found


def asked_of(one: Inquiry) -> dict[str, Any]:
    """What was asked, without the secret."""
    said: dict[str, Any] = json.loads(unseal(one.asked)) if one.asked else {}
    return {key: value for key, value in said.items() if key != "secret"}


@task()
def inquire(name: str) -> None:
    """Does what was asked and keeps what came of it; one that is answered stays as it is."""
    one = Inquiry.objects.filter(pk=name, state=Inquiry.State.WAITING).first()
    if one is None:
        return
    with override(one.language or "id"), outgoing.within(LONGEST):
        try:
            one.peer, one.said = _KINDS[one.kind](one)
            one.state = Inquiry.State.DONE
        except outgoing.CallFailed as fault:
            _refuse(one, Problem("unreachable", 502, calling.in_words(fault), field="endpoint"))
        except Problem as problem:
            _refuse(one, problem)
        except Exception as fault:  # noqa: BLE001  whoever asked must read that it failed
            _log.warning("network.inquiry_failed", kind=one.kind, error=type(fault).__name__)
            _refuse(one, Problem("failed", 502, _("The answer could not be understood.")))
    one.save()


def _refuse(one: Inquiry, problem: Problem) -> None:
    one.state = Inquiry.State.REFUSED
    one.problem = {
        "code": problem.code,
        "status": problem.status,
        "detail": str(problem.detail),
        "field": problem.field,
    }


def _add(one: Inquiry) -> Answered:
    asked = json.loads(unseal(one.asked))
    peer, said = adding.add(asked.pop("kind"), asked.pop("url"), **asked)
    return peer.name, said


def _test(one: Inquiry) -> Answered:
    peer = peers.find(one.peer)
    faults = dialect(peer.dialect).test(peers.line_to(peer)) if peer.dialect else []
    if faults:
        raise Problem("test_failed", 422, " ".join(str(fault) for fault in faults), field="test")
    return one.peer, [str(_("It answers, and takes our credentials."))]


def _discover(one: Inquiry) -> Answered:
    return one.peer, [str(line) for line in mapping.discover(peers.find(one.peer))]


_KINDS: dict[str, Callable[[Inquiry], Answered]] = {"add": _add, "test": _test, "discover": _discover}
