"""For machines that watch: alive, ready, and figures for Prometheus."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from ipaddress import ip_address

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from kentongan import network, notify
from kentongan.foundation import away, heartbeat, outbox
from kentongan.foundation.config import config
from kentongan.foundation.rates import address
from kentongan.foundation.remembering import remembered


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers at all."""
    return _plain({"status": "alive"}, 200)


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 where a report sent now would be stored; 503 with the reason otherwise.

    With `?deep=1` also 503 where news or mails are late, no worker is at work, or the clock has jumped: not for a
    balancer, which would take away what still works.
    """
    try:
        pending = _pending()
        if reason := away.hindrance():
            return _plain({"status": "waiting", "reason": reason}, 503)
    except DatabaseError as error:
        return _plain({"status": "waiting", "reason": f"database: {type(error).__name__}"}, 503)
    if pending:
        _pending.cache_clear()
        return _plain({"status": "waiting", "reason": f"{pending} migrations are not applied"}, 503)
    if request.GET.get("deep") and (delays := _delays()):
        return _plain({"status": "late", "reason": "; ".join(delays)}, 503)
    return _plain({"status": "ready"}, 200)


def _delays() -> list[str]:
    """Why what was received may not be told in time."""
    found = []
    if late := outbox.minutes_late():
        found.append(f"news may be late by {late} minutes")
    mails, oldest = notify.late(outbox.LATE)
    if mails:
        found.append(f"{mails} mails wait for {oldest // timedelta(minutes=1)} minutes and more")
    if not heartbeat.is_working():
        found.append("no worker is at work")
    if outbox.ahead() or notify.ahead() or network.ahead() or heartbeat.ahead():
        found.append("the clock has jumped")
    return found


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures in the text format of Prometheus, of all processes of this server together (`cli.running`).

    For those who show `KENTONGAN_METRICS_TOKEN` as a bearer token; where none is set, for private addresses.
    """
    if not _may_count(request):
        return _plain({"status": "refused", "reason": "send KENTONGAN_METRICS_TOKEN as a bearer token"}, 403)
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    now = CollectorRegistry()
    now.register(_Backlog())
    return HttpResponse(generate_latest(registry) + generate_latest(now), content_type=CONTENT_TYPE_LATEST)


def _may_count(request: HttpRequest) -> bool:
    """By the token; without one by the address, which is nobody's where a proxy that we do not know speaks for it."""
    wanted, shown = config().metrics_token, request.headers.get("Authorization", "")
    if wanted:
        return constant_time_compare(shown, f"Bearer {wanted}")
    if not config().trusted_proxies and request.headers.get("X-Forwarded-For"):
        return False
    try:
        return ip_address(address(request)).is_private
    except ValueError:
        return False


class _Backlog:
    """What waits, and when a worker was last at work: read from the tables when asked, so the same in each process."""

    def collect(self) -> list[GaugeMetricFamily]:
        _late, age = outbox.late(timedelta(0))
        mails, mail_age = notify.late(timedelta(0))
        last = heartbeat.last()
        silent = (timezone.now() - last).total_seconds() if last else float("inf")
        said: dict[str, tuple[str, float]] = {
            "kentongan_outbox_waiting": ("Events not delivered yet.", outbox.Event.objects.count()),
            "kentongan_outbox_late_seconds": ("Age of the oldest due event.", max(0.0, age.total_seconds())),
            "kentongan_outbox_ahead": ("Events due later than any can be: the clock has jumped.", outbox.ahead()),
            "kentongan_mails_ahead": ("Mails due later than any can be: the clock has jumped.", notify.ahead()),
            "kentongan_deliveries_ahead": ("For other systems, due later than any ask.", network.ahead()),
            "kentongan_beats_ahead": ("1: a worker's last beat is of a time to come.", bool(heartbeat.ahead())),
            "kentongan_mails_waiting": ("Mails not sent yet.", mails),
            "kentongan_mails_late_seconds": ("Age of the oldest mail not sent.", max(0.0, mail_age.total_seconds())),
            "kentongan_worker_silent_seconds": ("Since a worker was last at work; Inf: none ever.", max(0.0, silent)),
            "kentongan_disk_free_bytes": ("Free in the data folder.", shutil.disk_usage(config().data).free),
        }
        return [GaugeMetricFamily(name, words, value=value) for name, (words, value) in said.items()]


@remembered(maxsize=1)
def _pending() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _plain(payload: dict[str, str], status: int) -> HttpResponse:
    response = JsonResponse(payload, status=status)
    response["Cache-Control"] = "no-store"
    return response
