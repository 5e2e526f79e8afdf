"""Alerts of people in need, and their timers. An alert is taken whatever else is wrong with what was sent."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID, uuid4

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Router

from kentongan import emergency
from kentongan.api import answers
from kentongan.api.alert_shapes import (
    AlertShape,
    Cancelling,
    MediaShape,
    MessageSent,
    NewAlert,
    NewPositions,
    NewTimer,
    PositionsKept,
    TimerShape,
    WatchedShape,
)
from kentongan.api.callers import NOBODY, Bearer, address, person
from kentongan.api.reading import CLAIM
from kentongan.api.schema import read_any_json
from kentongan.api.shapes import ONE_FILE, Finite, ProblemShape
from kentongan.emergency import timers
from kentongan.emergency.models import Alert, Timer
from kentongan.emergency.states import Actor
from kentongan.foundation import rates
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person

LOOKS, MINUTE = 120, 60  # questions whether a place is watched, of one address in a minute
FOLLOWING = 600  # of what follows an alert, for one alert in a minute
TIMERS, HOUR = 60, 3600
UNPROVEN = "kentongan_unproven"

router = Router(tags=["alerts"])
REFUSALS = dict.fromkeys((400, 401, 403, 404, 409, 413, 415, 422, 429), ProblemShape)


class AnyCaller(Bearer):
    """As `Bearer`, but nobody is sent away: who cannot prove who they are alerts without an account."""

    def __init__(self) -> None:
        super().__init__(optional=True)

    def __call__(self, request: HttpRequest) -> Any:
        """The Person, or NOBODY. Our own page is known by its `Origin` (`web.origin`), also where the phone kept it."""
        from_our_page = request.COOKIES and getattr(request, "csrf_processing_done", False)
        if from_our_page and not request.headers.get("Authorization") and request.user.is_authenticated:
            return request.user
        try:
            return super().__call__(request)
        except Problem as problem:
            setattr(request, UNPROVEN, problem.code)
            return NOBODY


def _body(shape: Any) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": shape.model_json_schema()}}}}


@router.post(
    "/alerts", auth=AnyCaller(), response={201: AlertShape, 200: AlertShape, **REFUSALS}, openapi_extra=_body(NewAlert)
)
def send_alert(request: HttpRequest) -> HttpResponse:
    """Somebody needs help: 201 once it is stored, 200 where the same alert came before.

    Only `alert_id` has to be right; what else cannot be used is left out and remarked on. The answer holds `token`,
    by which the phone comes back (header `Kentongan-Claim`); a phone may make its own and send it in that header.
    """
    caller = person(request)
    press = emergency.read_press(read_any_json(request), caller)
    if hasattr(request, UNPROVEN):
        press.remarks.append("account_unproven")
    done = emergency.receive(press, caller, address(request), request.headers.get(CLAIM, ""))
    told = {**emergency.told(done.alert, done.created, done.watched), "token": done.token}
    response = answers.written(told, 201 if done.created else 200)
    response["Location"] = f"/api/v1/alerts/{done.alert.pk}"
    return response


@router.get("/alerts/watched", response={200: WatchedShape, **REFUSALS})
def read_watched(request: HttpRequest, lon: Finite | None = None, lat: Finite | None = None) -> HttpResponse:
    """Whether an operator is on duty for a place at this moment, and whom to call: before the button is held."""
    rates.spend(f"alert-watched/{address(request)}", LOOKS, MINUTE)
    if lon is None or lat is None or abs(lon) > 180 or abs(lat) > 90:
        return answers.written({"watched": False, "post": "", "numbers": emergency.said_numbers()})
    watched, post = emergency.watched_at(lon, lat)
    return answers.written({"watched": watched, "post": post, "numbers": emergency.said_numbers_at(lon, lat)})


@router.get("/alerts/{uuid:alert_id}", auth=Bearer(optional=True), response={200: AlertShape, **REFUSALS})
def read_alert(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    """What became of it, for its own phone (header `Kentongan-Claim`) or account."""
    return _told(_mine(request, alert_id))


@router.post(
    "/alerts/{uuid:alert_id}/positions", auth=AnyCaller(), response={200: PositionsKept, **REFUSALS},
    openapi_extra=_body(NewPositions),
)  # fmt: skip
def send_positions(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    """Where the phone is now, or up to a hundred places since the last one that arrived (`positions`)."""
    found = _mine(request, alert_id)
    kept = emergency.add_positions(found, read_any_json(request))
    return answers.written({"kept": kept})


@router.post("/alerts/{uuid:alert_id}/messages", auth=AnyCaller(), response={200: AlertShape, **REFUSALS})
def send_message(request: HttpRequest, alert_id: UUID, sent: MessageSent) -> HttpResponse:
    """Words to the operator, kept once for each `key`, or the kind of the alert, or both."""
    found, caller = _mine(request, alert_id), person(request)
    if sent.kind:
        emergency.describe(found, caller, sent.kind)
    if sent.text or not sent.kind:
        emergency.say(found, emergency.Who(Actor.CALLER, caller), sent.key or uuid4(), sent.text)
    return _told(_mine(request, alert_id))


@router.post(
    "/alerts/{uuid:alert_id}/media",
    auth=AnyCaller(),
    response={200: MediaShape, **REFUSALS},
    openapi_extra={"requestBody": ONE_FILE},
)
def send_media(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    """A picture or a sound (8 MB), as the part `file`."""
    found, files = _mine(request, alert_id), list(request.FILES.values())
    if len(files) != 1:
        raise Problem("media_required", 422, _("Send one picture or sound, as the part `file`."), field="file")
    kept = emergency.add_media(found, person(request), cast("UploadedFile[Any]", files[0]).read())
    return answers.written({"id": str(kept.pk), "content_type": kept.content_type})


@router.post("/alerts/{uuid:alert_id}/cancel", auth=AnyCaller(), response={200: AlertShape, **REFUSALS})
def cancel_alert(request: HttpRequest, alert_id: UUID, sent: Cancelling) -> HttpResponse:
    """Its person cancels, with a code where the account has one (`asks_code`)."""
    found, caller = _mine(request, alert_id), person(request)
    return _told(emergency.cancel_with(found, caller, sent.code))


@router.post(
    "/timers", auth=AnyCaller(), response={201: TimerShape, 200: TimerShape, **REFUSALS}, openapi_extra=_body(NewTimer)
)
def begin_timer(request: HttpRequest) -> HttpResponse:
    """Alerts by itself in `minutes` unless it is ended before; the same `timer_id` again moves it."""
    caller = person(request)
    # Of an account by itself: many share an address, and one of them could use up what another needs.
    rates.spend(f"timers/{f'person/{caller.pk}' if caller else address(request)}", TIMERS, HOUR)
    claim = request.headers.get(CLAIM, "")
    timer, created = timers.begin(read_any_json(request), caller, address(request), claim)
    return answers.written(_timer(timer), 201 if created else 200)


@router.get("/timers/{uuid:timer_id}", response={200: TimerShape, **REFUSALS})
def read_timer(request: HttpRequest, timer_id: UUID) -> HttpResponse:
    """How a timer stands, for its own phone."""
    return answers.written(_timer(timers.find(timer_id, request.headers.get(CLAIM, ""))))


@router.post("/timers/{uuid:timer_id}/end", response={200: TimerShape, **REFUSALS}, openapi_extra=_body(Cancelling))
def end_timer(request: HttpRequest, timer_id: UUID) -> HttpResponse:
    """All is well: no alert is made. With a code where the account has one (`asks_code`)."""
    code = timers.read_code(read_any_json(request)) if request.body else ""
    return answers.written(_timer(timers.end(timer_id, request.headers.get(CLAIM, ""), code)))


def _mine(request: HttpRequest, alert_id: UUID) -> Alert:
    caller: Person | None = person(request)
    found = emergency.open_for(alert_id, caller, request.headers.get(CLAIM, ""))
    rates.spend(f"alert/{alert_id}", FOLLOWING, MINUTE)  # of its own phone: nobody else uses it up
    return found


def _told(alert: Alert) -> HttpResponse:
    return answers.written(emergency.told(alert))


def _timer(timer: Timer) -> dict[str, Any]:
    return {
        "timer_id": str(timer.pk), "due_at": timer.due_at, "ended_at": timer.ended_at,
        "alert_id": str(timer.alert_id) if timer.alert_id else None, "asks_code": timers.asks_code(timer),
    }  # fmt: skip
