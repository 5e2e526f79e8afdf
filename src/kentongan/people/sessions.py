"""Sessions in the database, as Django keeps them, read by one ready statement: every page of a person asks for one.

Nothing is kept between requests: a session that ends, by signing out or by a new password, ends everywhere at once.
"""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends import db
from django.db import connection, transaction
from django.utils import timezone

from kentongan import live
from kentongan.foundation import prepared
from kentongan.people.models import Person

ASKED = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"


class SessionStore(db.SessionStore):
    """Django's, but for how a session is read."""

    def load(self) -> dict[str, Any]:
        """What the session holds; empty, and without a key, where there is none or it has ended."""
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        found = prepared.rows(ASKED, (self.session_key, now))
        if not found:
            self._session_key = None
            return {}
        return dict(self.decode(found[0][0]))


def stop_listening(user: Any = None, **_signal: Any) -> None:
    """A session of this person ended, or a password changed: what is open in its name is asked whether it may go on."""
    if isinstance(user, Person):
        with transaction.atomic():
            live.tell_person(user.pk)
