"""Many new reports that another instance hands over in one call, stored by a statement for each table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import structlog
from django.db import DatabaseError, transaction
from django.utils import translation

from kentongan import reports
from kentongan.foundation.inserting import insert_all
from kentongan.foundation.problems import Problem
from kentongan.network import facts, intake
from kentongan.network.dialects.kentongan import receiving, wire
from kentongan.network.models import Peer, Trace

_log = structlog.get_logger(__name__)
Results = dict[str, dict[str, Any]]


def take(peer: Peer, messages: Sequence[wire.HandOverMessage]) -> Results:
    """Takes in those that are new and fit, all or none of them; results by the id of the message, of repeats too.

    What has no result is to be received by itself, and says there why it was not taken: it is declined, or the report
    was here before. The results are those of `receiving.receive`.
    """
    if len(messages) < 2:
        return {}
    try:
        known = intake.known(peer, [one.id for one in messages])
        new = [one for one in messages if one.id not in known]
        with translation.override("id"):
            stored = _store(peer, list(_fitting(peer, new)))
    except (DatabaseError, Problem) as fault:
        _log.warning("network.not_together", peer=peer.name, error=type(fault).__name__)
        return {}
    return {name: {"id": name, **answer} for name, answer in (known | stored).items()}


def _fitting(peer: Peer, messages: Sequence[wire.HandOverMessage]) -> Iterator[_Ready]:
    """Those of reports that were never here and that nothing speaks against."""
    said = Counter(one.id for one in messages) + Counter(_origin(one) for one in messages)
    codes = {one.report.code for one in messages}
    there = set(Trace.objects.filter(origin_code__in=codes).values_list("origin", "origin_code"))
    for one in messages:
        is_first = said[one.id] == said[_origin(one)] == 1 and _origin(one) not in there
        if not is_first or receiving.is_misled(peer, one) or facts.instance() in one.path:
            continue
        try:
            yield one, receiving.adoption(peer, one)
        except Exception:  # noqa: BLE001, S112  received by itself it says what is wrong with it
            continue


def _store(peer: Peer, ready: Sequence[_Ready]) -> Results:
    if not ready:
        return {}
    with transaction.atomic():
        came = reports.adopt_all([adoption for _message, adoption in ready])
        here = [(report, message) for report, (message, _adoption) in zip(came, ready, strict=True)]
        stays = [receiving.stay_of(report, peer, message) for report, message in here]
        insert_all([receiving.trace_of(report, message) for report, message in here])
        insert_all(stays)
        for stay, (_report, message) in zip(stays, here, strict=True):
            receiving.fetch_of(stay, message.photos, {})
        answers = {message.id: receiving.taken(report) for report, message in here}
        intake.remember(peer, answers)
    return answers


def _origin(message: wire.HandOverMessage) -> tuple[str, str]:
    return message.report.instance, message.report.code


_Ready = tuple[wire.HandOverMessage, reports.Adoption]
