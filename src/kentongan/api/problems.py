"""Every refusal of the API as RFC 9457 `application/problem+json`, in the caller's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from kentongan.foundation import again, away
from kentongan.foundation.problems import Problem

CONTENT_TYPE = "application/problem+json"

TITLES = {
    202: _("Being looked up"),
    400: _("The request cannot be read"),
    401: _("Sign in first"),
    403: _("Not permitted"),
    404: _("Not found"),
    405: _("This method is not offered here"),
    409: _("This does not fit the present state"),
    413: _("Too large"),
    415: _("This kind of content is not taken"),
    422: _("The input needs a correction"),
    429: _("Too many requests"),
    500: _("Something went wrong on our side"),
    503: _("Not available at the moment"),
}

# pydantic's kinds of faults (pydantic.dev/errors) in words for people; others get the last line.
FAULTS = {
    "missing": _("This is required."),
    "extra_forbidden": _("There is no field of this name."),
    "finite_number": _("This must be an ordinary number."),
    "uuid": _("This must be a UUID, such as 0b3fb1a2-94b1-4d7e-8f62-6a4a7a6a2f10."),
    "datetime": _("Give date and time with a zone, such as 2026-11-24T08:30:00+07:00."),
    "timezone": _("Give date and time with a zone, such as 2026-11-24T08:30:00+07:00."),
    "float": _("This must be a number."),
    "int": _("This must be a whole number."),
    "bool": _("This must be true or false."),
    "string_too_long": _("This is too long."),
    "string": _("This must be text."),
    "list": _("This must be a list."),
    "too_long": _("This has too many entries."),
    "dict": _("This must be an object with named values."),
    "model": _("This must be an object with named values."),
    "literal": _("This is not one of the permitted values."),
    "enum": _("This is not one of the permitted values."),
    "greater": _("This number is too small."),
    "less": _("This number is too large."),
    "json_invalid": _("This must be JSON."),
}
UNREADABLE = ("datetime", "timezone")
OTHER_FAULT = _("This value is not valid.")


def respond(problem: Problem) -> HttpResponse:
    """The answer for `problem`: type, title, status, detail, code; field and extras where given."""
    title = TITLES.get(problem.status, TITLES[500 if problem.status >= 500 else 400])
    said = {
        "type": f"urn:kentongan:problem:{problem.code}",
        "title": str(title),
        "status": problem.status,
        "detail": str(problem.detail),
        "code": problem.code,
    }
    if problem.field:
        said["field"] = problem.field
    body = orjson.dumps({**said, **problem.extra}, default=str)
    response = HttpResponse(body, content_type=CONTENT_TYPE, status=problem.status)
    response["Cache-Control"] = "no-store"
    if "retry_after" in problem.extra:
        response["Retry-After"] = str(problem.extra["retry_after"])
    if problem.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def invalid(errors: Iterable[Mapping[str, Any]]) -> Problem:
    """One problem for all faults that pydantic found; `errors` lists each with its field. A time that cannot be read is
    400 as broken JSON is, and as it is at Open311; what can be read and does not fit is 422.
    """
    faults = [_fault(error) for error in errors]
    first = faults[0]
    detail = f"{first['field']}: {first['detail']}" if first["field"] else first["detail"]
    status = 400 if any(fault["code"].startswith(UNREADABLE) for fault in faults) else 422
    return Problem("invalid_input", status, detail, field=first["field"], extra={"errors": faults})


def for_status(status: int) -> Problem:
    """The problem for an answer that Django itself gave with no more than a status."""
    details = {
        400: ("bad_request", _("The request cannot be read. Check its address and headers.")),
        401: ("sign_in", _("Sign in, or send a bearer token.")),
        403: ("forbidden", _("You may not do this.")),
        404: ("not_found", _("There is nothing at this address.")),
        405: ("method_not_allowed", _("This method is not taken here. The Allow header names others.")),
        413: ("too_large", _("This is larger than what is taken here.")),
        503: (
            "unavailable",
            _("The database or the disk does not answer at the moment. Nothing was stored; please try again shortly."),
        ),
        415: ("unsupported_media_type", _("Send application/json; multipart/form-data only with files.")),
    }  # fmt: skip
    fallback = ("server_error", _("This is our fault, not yours. Try again later."))
    code, detail = details.get(status, fallback if status >= 500 else details[400])
    return Problem(code, status, detail, extra={"retry_after": away.RETRY_AFTER} if status == 503 else {})


def for_fault(fault: BaseException | None) -> Problem:
    """The problem for what a view did not catch: 503 where it may be sent again, as nothing of it was stored;
    400 where it held the one character that PostgreSQL keeps nowhere and asks for nowhere."""
    if again.is_changed(fault) or (isinstance(fault, Problem) and fault.code == again.CHANGED):
        return again.changed_meanwhile()
    if away.is_nul(fault):
        return for_status(400)
    return for_status(503 if away.is_away(fault) else 500)


def _fault(error: Mapping[str, Any]) -> dict[str, str]:
    # Ninja's locations begin with where the value came from and, in a body, our name of the parameter.
    path = [str(part) for part in error["loc"]]
    for ours in ({"body", "query", "path", "form"}, {"sent"}):
        path = path[1:] if path and path[0] in ours else path
    kind = str(error["type"])
    words = next((text for start, text in FAULTS.items() if kind.startswith(start)), OTHER_FAULT)
    return {"field": ".".join(path), "code": kind, "detail": str(words)}
