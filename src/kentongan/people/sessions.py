"""Sessions in the database, as Django keeps them, read by one ready statement: every page of a person asks for one.

Nothing is kept between requests: a session that ends, by signing out, by a new password or from another device, ends
in every process at once. Beside each is kept what its owner knows it by (`SignedIn`), written once a day.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection, transaction
from django.dispatch import Signal
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from kentongan import live
from kentongan.foundation import prepared, sweeping
from kentongan.foundation.problems import Problem
from kentongan.people import second_factor
from kentongan.people.devices import device
from kentongan.people.models import Person, SignedIn

# A session is ended from another device; `held` is what was in it. Signing out there itself tells `user_logged_out`.
ended_elsewhere = Signal()
NOTED = "noted"  # in a session: the day on which it was noted, and as which
MOST = 100  # sessions of one person that are listed
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


class Noting:
    """Middleware: what is known of a session, once a day, in the answer to whatever its owner asked for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer; a session that nobody looked at is not read for it."""
        answer = self._get_response(request)
        session = getattr(request, "session", None)
        if session is not None and session.accessed and session.get(SESSION_KEY) and session.session_key:
            _note(request)
        return answer


def open_sessions(person: Person) -> list[SignedIn]:
    """Where the person is signed in, the last used first. One that a new password ended is none any more."""
    mine = {one.key: one for one in SignedIn.objects.filter(person=person).order_by("-seen_on", "-pk")[:MOST]}
    known = Session.objects.filter(session_key__in=mine, expire_date__gt=timezone.now())
    proof = person.get_session_auth_hash()
    held = {
        one.session_key
        for one in known
        if constant_time_compare(str(one.get_decoded().get(HASH_SESSION_KEY, "")), proof)
    }
    return [one for key, one in mine.items() if key in held]


def end_session(person: Person, number: int) -> None:
    """Ends one of the person's own sessions, in every process. Raises Problem `not_found` (404)."""
    found = SignedIn.objects.filter(person=person, pk=number).first()
    if found is None:
        raise Problem("not_found", 404, _("You are not signed in there any more."))
    _end(person, [found.key])


def end_other_sessions(person: Person, own: str) -> None:
    """Ends all of the person's sessions but that with the key `own`."""
    _end(person, list(SignedIn.objects.filter(person=person).exclude(key=own).values_list("key", flat=True)))


def end_what_came_by_less(request: HttpRequest, user: Any, authenticator: Authenticator, **_signal: Any) -> None:
    """The first second factor of an account: whoever came in with the password alone goes out, other sessions and
    tokens too. Roles that count only with it would else count for them. Hears allauth's `authenticator_added`."""
    is_second = authenticator.type in second_factor.KINDS
    if is_second and not second_factor.others(user, authenticator):
        end_other_sessions(user, request.session.session_key or "")
        user.api_tokens.all().delete()
        said = _("You are signed out on your other devices, and your tokens have ended: they came without it.")
        messages.info(request, said, fail_silently=True)


def sweep() -> int:
    """Removes what is known of sessions that are gone; returns of how many."""
    return sweeping.sweep(SignedIn.objects.exclude(key__in=Session.objects.values("session_key")))


def _end(person: Person, keys: list[str]) -> None:
    with transaction.atomic():
        for one in Session.objects.filter(session_key__in=keys):
            ended_elsewhere.send(sender=SessionStore, held=one.get_decoded())
        Session.objects.filter(session_key__in=keys).delete()
        SignedIn.objects.filter(person=person, key__in=keys).delete()
        live.tell_person(person.pk)  # what is open there is asked whether it may go on


def _note(request: HttpRequest) -> None:
    session, today = request.session, timezone.localdate()
    mark = f"{today} {session.session_key}"
    if session.get(NOTED) == mark:
        return
    who = int(session[SESSION_KEY])
    browser, system = device(request.headers.get("User-Agent", ""))
    # Where the account was erased by this very request there is nobody to note it for.
    if Person.objects.filter(pk=who).exists():
        known = {"person_id": who, "browser": browser, "system": system, "seen_on": today}
        try:
            SignedIn.objects.update_or_create(key=session.session_key, defaults=known)
        except IntegrityError:  # erased in this moment: what was asked for is done, and answered
            return
        session[NOTED] = mark
