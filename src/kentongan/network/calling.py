"""Calling a peer: whatever goes wrong on the way becomes an outcome in plain words, to be tried again."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import structlog
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kentongan.foundation import outgoing
from kentongan.foundation.pausing import doubled
from kentongan.foundation.problems import Problem
from kentongan.network.dialects.base import Later
from kentongan.network.models import Peer

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)
BAD_CERTIFICATE = gettext_lazy("The peer's certificate is not valid.")
LONGEST = 90.0  # seconds for all calls of one delivery: less than its lease

T = TypeVar("T")
_log = structlog.get_logger(__name__)


def call(peer: Peer, do: Callable[[], T], seconds: float = LONGEST) -> T | Later:
    """What `do` gives; whatever goes wrong on the way, or lasts longer than it may, is a reason to try again later."""
    try:
        with outgoing.within(seconds):
            return do()
    except outgoing.CallFailed as error:
        return Later(in_words(error))
    except Problem as problem:
        return Later(str(problem.detail))
    except Exception as error:  # noqa: BLE001  an answer nobody foresaw must not stop the others
        _log.warning("network.call_failed", peer=peer.name, error=type(error).__name__)
        return Later(_("The answer could not be understood (%(kind)s).") % {"kind": type(error).__name__})


def in_words(error: outgoing.CallFailed) -> str:
    """What went wrong on the way, in plain words without addresses or contents."""
    if isinstance(error, outgoing.TooSlow):
        return _("No answer in time.")
    if isinstance(error, outgoing.Untrusted):
        return str(BAD_CERTIFICATE)
    if isinstance(error, outgoing.Unreached):
        return _("The peer cannot be reached.")
    if isinstance(error, outgoing.TooLarge):
        return _("The answer is too large.")
    return _("The call failed (%(kind)s).") % {"kind": type(error).__name__}


def answered(status: int) -> str:
    """That it answered with a status which says no more than that it failed, in words."""
    return _("The other side answers %(status)s.") % {"status": status}


def pause_after(attempts: int) -> timedelta:
    """The pause before the next try: doubling, with jitter so that many do not come back at once."""
    return doubled(FIRST_PAUSE, attempts - 1, LONGEST_PAUSE) * jitter()


def jitter() -> float:
    """A share between a half and one, so that many who wait do not come back at once."""
    return random.uniform(0.5, 1.0)  # noqa: S311  no secret
