"""Signatures of the Standard Webhooks specification, with several secrets at once so that one is changed without a gap.

A peer's secret is one or more `whsec_…`, separated by spaces. Each signs; whoever knows one of them verifies. Clocks
may be two hours off, not the five minutes of the library: what was taken in is known by its id for half a year, so
that a replay within the window does nothing.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _
from standardwebhooks import Webhook

from kentongan.foundation.problems import Problem

TOLERANCE = timedelta(hours=2)
PREFIX = "whsec_"


def new_secret() -> str:
    """A secret of 32 random bytes, as the specification writes them."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def usable(secret: str) -> list[str]:
    """The secrets in what a peer's `secret` holds. Raises Problem `bad_secret` (422) where one is none."""
    found = secret.split()
    for one in found:
        try:
            length = len(base64.b64decode(one.removeprefix(PREFIX), validate=True))
        except ValueError:  # letters that base64 has not, or none of ASCII at all
            length = 0
        if not one.startswith(PREFIX) or length < 24:
            raise Problem(
                "bad_secret", 422, _("A webhook secret is whsec_ and at least 24 random bytes in base64."),
                field="secret",
            )  # fmt: skip
    if not found:
        raise Problem("bad_secret", 422, _("This peer has no webhook secret."), field="secret")
    return found


def headers(secret: str, name: str, at: datetime, content: bytes) -> dict[str, str]:
    """The three headers of a message called `name`, sent `at` (aware)."""
    moment, said = at.astimezone(UTC), content.decode()
    return {
        "webhook-id": name, "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(Webhook(one).sign(name, moment, said) for one in usable(secret)),
    }  # fmt: skip


def verify(secret: str, given: Mapping[str, str], content: bytes, now: datetime) -> str:
    """The id of a message whose signature holds.

    Raises Problem `missing_signature`, `bad_signature` or `clock_wrong` (401), which names both times.
    """
    name, written = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    signatures = given.get("webhook-signature", "").split()
    if not (name and written and signatures) or len(name) > 256:
        raise Problem(
            "missing_signature", 401,
            _("Send webhook-id, webhook-timestamp and webhook-signature, as Standard Webhooks says."),
        )  # fmt: skip
    at = _moment(written)
    if not _holds(usable(secret), name, at, content, signatures):
        raise Problem("bad_signature", 401, _("The signature does not hold for this body and secret."))
    if abs(now - at) > TOLERANCE:
        raise Problem(
            "clock_wrong", 401,
            _("Your message is of %(theirs)s, and here it is %(ours)s (UTC). Set the clock, then send it again.")
            % {"theirs": f"{at:%Y-%m-%d %H:%M:%S}", "ours": f"{now.astimezone(UTC):%Y-%m-%d %H:%M:%S}"},
        )  # fmt: skip
    return name


def _moment(written: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(written), tz=UTC)
    except (ValueError, OverflowError, OSError):
        raise Problem("missing_signature", 401, _("webhook-timestamp is whole seconds since 1970.")) from None


def _holds(known: list[str], name: str, at: datetime, content: bytes, signatures: list[str]) -> bool:
    try:
        said = content.decode()
    except UnicodeDecodeError:
        return False
    right = [Webhook(one).sign(name, at, said).encode() for one in known]
    given = [one.encode("utf-8", "surrogateescape") for one in signatures]
    return any(hmac.compare_digest(one, other) for one in right for other in given)
