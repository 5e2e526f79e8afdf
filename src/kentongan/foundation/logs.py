"""Logs for people at a terminal, and as one JSON object a line for everybody else; all on standard error."""

from __future__ import annotations

import errno
import logging
import re
import sys
import traceback
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog
from django.core.signals import got_request_exception
from django.http import HttpRequest

GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")  # what a proxy in front may call a request
DEEPEST = 30  # frames of a trace that are logged, the innermost ones

_BEFORE: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure() -> None:
    """Sets how every process logs: to standard error, UTC, and never what a person wrote."""
    for_people = sys.stderr.isatty()
    renderer: Any = structlog.dev.ConsoleRenderer() if for_people else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*_BEFORE, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
    got_request_exception.connect(_log_failure, dispatch_uid="kentongan.logs")


def name_request(given: str) -> str:
    """What the request at hand is called in every line of its log: as the proxy in front calls it, or a new name."""
    name = given if GIVEN.fullmatch(given) else uuid4().hex
    structlog.contextvars.bind_contextvars(request=name)
    return name


def forget_request() -> None:
    """Ends what `name_request` began: the thread goes on with another request."""
    structlog.contextvars.unbind_contextvars("request")


def log_failure(error: BaseException, method: str, route: str) -> None:
    """One line for a fault of ours: its type, code and trace. Not its words, which may repeat what a person wrote."""
    structlog.get_logger(__name__).error(
        "request.failed", method=method, route=route, error=type(error).__name__, code=code(error), trace=trace(error)
    )


def code(error: BaseException) -> str:
    """What the database or the system calls it: `SQLITE_BUSY`, a SQLSTATE, `ENOSPC`; empty where neither said so."""
    told: BaseException | None = error
    for _depth in range(10):
        if told is None:
            break
        number = getattr(told, "errno", None)
        named = getattr(told, "sqlite_errorname", "") or getattr(told, "sqlstate", "")
        if found := named or (errno.errorcode.get(number, "") if isinstance(number, int) else ""):
            return str(found)
        # What was handled before and left out on purpose (`from None`) is not what went wrong.
        told = told.__cause__ or (None if told.__suppress_context__ else told.__context__)
    return ""


def trace(error: BaseException) -> list[str]:
    """Where `error` came from, the innermost frame last: `file:line function`."""
    frames = traceback.extract_tb(error.__traceback__)[-DEEPEST:]
    return [f"{'/'.join(Path(frame.filename).parts[-3:])}:{frame.lineno} {frame.name}" for frame in frames]


def _log_failure(sender: object, request: HttpRequest | None = None, **_: object) -> None:
    # The route and not the path: an address may hold a code or token that is not everybody's.
    route = request.resolver_match.route if request is not None and request.resolver_match else ""
    error = sys.exc_info()[1]
    if error is not None:
        log_failure(error, (request.method or "") if request is not None else "", route)
