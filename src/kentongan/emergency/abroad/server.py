"""The receiving side: letters of confirmed instances, what we watch, and pictures they were told of."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from kentongan import network
from kentongan.emergency.abroad import taking, wire
from kentongan.emergency.models import Watch
from kentongan.emergency.stays import LIVE, Side, Stay
from kentongan.emergency.trail import media_content
from kentongan.emergency.watching import on_duty
from kentongan.emergency.writer import no_alert
from kentongan.foundation.problems import Problem
from kentongan.foundation.rates import spend

LARGEST = 8 * 1024 * 1024
CALLS = 1_200  # a minute, for one instance; each may carry letters about two hundred alerts


@network.protocol
@require_POST
def letters(request: HttpRequest) -> HttpResponse:
    """Letters about alerts; a result for each alert, in their order."""
    content = request.read(LARGEST)
    peer = network.heard_from(request, content)
    spend(f"alerts/{peer.name}", CALLS, 60)
    alerts = _alerts(content)
    return _json({"alerts": [taking.take(peer, alert_id, said) for alert_id, said in alerts]})


@network.protocol
@require_safe
def watches(request: HttpRequest) -> HttpResponse:
    """The areas that our posts watch, and where somebody is on duty now. Nobody claims the whole country."""
    spend(f"alert-watches/{network.heard_from(request).name}", CALLS, 60)
    posts = list(Watch.objects.exclude(area_code="").order_by("area_code", "id"))
    awake = {one.watch_id for one in on_duty(posts)}
    told = {
        one.area_code: {"area": one.area_code, "post": one.title, "on_duty": one.pk in awake}
        for one in sorted(posts, key=lambda one: one.pk in awake)
    }
    return _json({"watches": list(told.values())})


@network.protocol
@require_safe
def media(request: HttpRequest, alert_id: UUID, media_id: UUID) -> HttpResponse:
    """A picture or sound of an alert that lies with the asking instance, for as long as it does."""
    peer = network.heard_from(request)
    stay = Stay.objects.select_related("alert").filter(
        alert=alert_id, peer=peer, side=Side.OUT, state__in=LIVE, alert__forgotten_at=None
    ).first()  # fmt: skip
    if stay is None:
        raise no_alert()
    content, kind = media_content(stay.alert, media_id)
    return HttpResponse(content, content_type=kind)


def _alerts(content: bytes) -> list[tuple[UUID, list[Any]]]:
    try:
        said = orjson.loads(content)
        listed = said["alerts"]
        read = [(UUID(one["alert"]), list(one["letters"])) for one in listed]
    except (orjson.JSONDecodeError, ValueError, TypeError, KeyError, AttributeError):
        raise Problem("bad_letters", 422, _("Send a list of alerts, each with its letters.")) from None
    if len(read) > wire.MOST_ALERTS or sum(len(letters) for _alert, letters in read) > wire.MOST_LETTERS:
        raise Problem("bad_letters", 422, _("At most 400 letters about 200 alerts."))
    return read


def _json(said: Any) -> HttpResponse:
    answer = HttpResponse(orjson.dumps(said), content_type="application/json")
    answer["Cache-Control"] = "no-store"
    return answer
