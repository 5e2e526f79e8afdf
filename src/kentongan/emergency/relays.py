"""The gateways: mail and a signed webhook, told by the worker, outside every transaction, again until they take it.

What leaves the house says that there is an alert, where in words (the district), since when, and how to open it; never
the exact place, nor who it is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import orjson
import structlog
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from standardwebhooks import Webhook

from kentongan import places
from kentongan.emergency.calling import goes_on
from kentongan.emergency.models import Escalation, Relay
from kentongan.emergency.zones import zone_of_alert
from kentongan.foundation import journal, mail, outgoing
from kentongan.foundation.config import config
from kentongan.foundation.nearness import beyond
from kentongan.foundation.pausing import doubled
from kentongan.foundation.sealing import unseal

LEASE = timedelta(seconds=60)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=5)
MOST_ATTEMPTS = 12
MOST = 20  # that are told in one turn of the worker
SECONDS = 10.0  # a webhook has to answer within

_log = structlog.get_logger(__name__)


def deliver(stopping: Callable[[], bool] = lambda: False) -> int:
    """Tells every gateway that is due; returns how many took it. What nobody waits for any more is left."""
    taken = 0
    journal.settle_left("alerts", _take_left)
    for _turn in range(MOST):
        if stopping() or (relay := _lease()) is None:
            break
        taken += _tell(relay)
    return taken


def _lease() -> Relay | None:
    """The next one, for longer than telling it may take. Those that never failed go first: a gateway that hangs keeps
    none of the others waiting for long."""
    now = timezone.now()
    # One that waits for longer than any can does so by a clock that has been put back since.
    due = Relay.objects.filter(Q(due_at__lte=now) | beyond("due_at", now, LONGEST_PAUSE))
    if not due.exists():
        return None
    with transaction.atomic():
        due = due.order_by("attempts", "due_at", "id")
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, of=("self",))
        found = due.select_related("alert__watch", "rule").first()
        if found is not None:
            Relay.objects.filter(pk=found.pk).update(due_at=timezone.now() + LEASE)
    return found


def _tell(relay: Relay) -> int:
    if relay.alert.owner_id is not None or not goes_on(relay.alert):
        return _leave(relay, "answered")
    if relay.to == Escalation.WEBHOOK and relay.rule is None:
        return _leave(relay, "rule_gone")
    with journal.noting("alerts") as note:
        return _try(relay, note)


def _try(relay: Relay, note: journal.Noting) -> int:
    try:
        {Escalation.MAIL: _mail, Escalation.WEBHOOK: _webhook}[Escalation(relay.to)](relay)
        note({"relay": relay.pk, "alert": str(relay.alert_id)})
    except Exception as fault:  # noqa: BLE001  whatever one gateway does, the others are told
        # The kind of fault only: a server's words may repeat the address.
        _log.warning("alert.relay_failed", relay=relay.pk, error=type(fault).__name__)
        pause = doubled(FIRST_PAUSE, relay.attempts, LONGEST_PAUSE)
        due = timezone.now() + pause if relay.attempts + 1 < MOST_ATTEMPTS else None
        error = type(fault).__name__
        Relay.objects.filter(pk=relay.pk).update(due_at=due, attempts=relay.attempts + 1, error=error)
        same = Relay.objects.filter(to=relay.to, address=relay.address, due_at__lt=timezone.now() + pause)
        same.update(due_at=timezone.now() + pause)  # what failed a moment ago fails for the next one too
        return 0
    _taken(relay)
    return 1


def _taken(relay: Relay) -> None:
    Relay.objects.filter(pk=relay.pk).update(due_at=None, taken_at=timezone.now(), attempts=relay.attempts + 1)


def _take_left(said: list[dict[str, Any]]) -> None:
    """What a gateway had taken from somebody who was killed before that was noted in the database."""
    for one in said:
        for relay in Relay.objects.filter(pk=one["relay"], alert=one["alert"], taken_at=None):
            _taken(relay)


def _leave(relay: Relay, why: str) -> int:
    """Nobody waits for it any more."""
    Relay.objects.filter(pk=relay.pk).update(due_at=None, error=why)
    return 0


def _mail(relay: Relay) -> None:
    server = mail.server()
    with translation.override("id"):
        subject = _("ALERT without an answer: %(area)s") % {"area": _area(relay)}
        words = _("Somebody pressed the emergency button at %(time)s and no operator has it yet. Open it here:")
        pressed_at = relay.alert.created_at.astimezone(zone_of_alert(relay.alert))
        body = words % {"time": f"{pressed_at:%H:%M:%S %Z}"} + f"\n\n{_link(relay)}\n"
    host = urlsplit(config().base_url).hostname or "localhost"
    # The same id on each attempt, so that a mail server can drop a repeat.
    name = f"<alert.{relay.alert_id}.{relay.pk}@{host}>"
    headers = {"Auto-Submitted": "auto-generated", "X-Priority": "1", "Message-ID": name}
    letter = EmailMessage(subject, body, to=[relay.address], headers=headers, connection=server)
    try:
        with mail.within(server):
            server.open()
            letter.send()
    finally:
        server.close()


def _webhook(relay: Relay) -> None:
    said = {
        "type": "alert.unanswered",
        "timestamp": timezone.now().isoformat(),
        "data": {
            "alert": str(relay.alert_id), "received_at": relay.alert.created_at.isoformat(), "area": _area(relay),
            "area_code": ".".join(relay.alert.area_code.split(".")[:3]), "kind": relay.alert.kind, "link": _link(relay),
        },
    }  # fmt: skip
    body = orjson.dumps(said)
    headers = {"Content-Type": "application/json"}
    if relay.rule and relay.rule.secret:
        secret = unseal(relay.rule.secret)
        if not secret:
            raise ValueError("no key opens the secret: nothing is sent without its signature")
        # The same each time: who took it before its answer was lost knows it again.
        name, at = f"alert_{relay.alert_id}_{relay.pk}", timezone.now()
        signature = Webhook(secret).sign(name, at, body.decode())
        stamp = str(int(at.timestamp()))
        headers |= {"webhook-id": name, "webhook-timestamp": stamp, "webhook-signature": signature}
    outgoing.call("POST", relay.address, body=body, headers=headers, seconds=SECONDS, most=65_536).expect()


def _area(relay: Relay) -> str:
    """The district and regency in words."""
    chain = places.known_chain(relay.alert.area_code) if relay.alert.area_code else ()
    return ", ".join(one.name for one in reversed(chain[1:3])) or (chain[0].name if chain else _("place unknown"))


def _link(relay: Relay) -> str:
    return f"{config().base_url.rstrip('/')}/console/alerts/{relay.alert_id}"
