"""The gateways: mail and a signed webhook, told by the worker, outside every transaction, again until they take it.

What leaves the house says that there is an alert, where in words (the district), since when, and how to open it; never
the exact place, nor who it is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from smtplib import SMTPException
from uuid import uuid4

import orjson
import structlog
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from standardwebhooks import Webhook

from kentongan import places
from kentongan.emergency.models import Escalation, Relay
from kentongan.emergency.sealing import unseal
from kentongan.foundation import addresses, mail, outgoing
from kentongan.foundation.config import config

LEASE = timedelta(seconds=60)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=5)
MOST_ATTEMPTS = 12
SECONDS = 10.0  # a webhook has to answer within

_log = structlog.get_logger(__name__)


def deliver(stopping: Callable[[], bool] = lambda: False) -> int:
    """Tells every gateway that is due; returns how many took it. What nobody waits for any more is left."""
    taken = 0
    for relay in _lease():
        if stopping():
            break
        taken += _tell(relay)
    return taken


def _lease() -> list[Relay]:
    due = Relay.objects.filter(due_at__lte=timezone.now())
    if not due.exists():
        return []
    with transaction.atomic():
        due = due.order_by("due_at", "id")
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, of=("self",))
        found = list(due.select_related("alert__watch", "rule")[:20])
        Relay.objects.filter(pk__in=[one.pk for one in found]).update(due_at=timezone.now() + LEASE)
    return found


def _tell(relay: Relay) -> int:
    try:
        {Escalation.MAIL: _mail, Escalation.WEBHOOK: _webhook}[Escalation(relay.to)](relay)
    except (SMTPException, OSError, outgoing.CallFailed, addresses.Refused, ValueError) as fault:
        # The kind of fault only: a server's words may repeat the address.
        _log.warning("alert.relay_failed", relay=relay.pk, error=type(fault).__name__)
        pause = min(FIRST_PAUSE * 2**relay.attempts, LONGEST_PAUSE)
        due = timezone.now() + pause if relay.attempts + 1 < MOST_ATTEMPTS else None
        error = type(fault).__name__
        Relay.objects.filter(pk=relay.pk).update(due_at=due, attempts=relay.attempts + 1, error=error)
        return 0
    Relay.objects.filter(pk=relay.pk).update(due_at=None, taken_at=timezone.now(), attempts=relay.attempts + 1)
    return 1


def _mail(relay: Relay) -> None:
    server = mail.server()
    with translation.override("id"):
        subject = _("ALERT without an answer: %(area)s") % {"area": _area(relay)}
        words = _("Somebody pressed the emergency button at %(time)s and no operator has it yet. Open it here:")
        body = words % {"time": f"{timezone.localtime(relay.alert.created_at):%H:%M:%S}"} + f"\n\n{_link(relay)}\n"
    headers = {"Auto-Submitted": "auto-generated", "X-Priority": "1"}
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
            "area_code": relay.alert.area_code, "kind": relay.alert.kind, "link": _link(relay),
        },
    }  # fmt: skip
    body = orjson.dumps(said)
    headers = {"Content-Type": "application/json"}
    secret = unseal(relay.rule.secret) if relay.rule and relay.rule.secret else ""
    if secret:
        name, at = f"alert_{relay.pk}_{uuid4().hex[:8]}", timezone.now()
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
