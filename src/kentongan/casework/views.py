"""Saved views: filters with a name, mine and my body's, how many are in each, and their calendars of deadlines."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode

from django.db import transaction
from django.db.models import Q
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kentongan import bodies
from kentongan.casework.counting import Count
from kentongan.casework.filters import Filter, read_filter
from kentongan.casework.models import View
from kentongan.casework.queues import bodies_seen, count
from kentongan.casework.roles import Role, role_for
from kentongan.foundation import prepared
from kentongan.foundation.problems import Problem
from kentongan.foundation.text import TextTooLong, clean_text
from kentongan.people.models import Person

MOST = 20  # views that one person sees of a body: each is counted on every page of the queue
LONGEST_NAME = 60
_SEEN = "WHERE (maker_id = %s OR is_shared = %s) AND body_id = %s ORDER BY is_shared, name LIMIT %s"


@dataclass(frozen=True)
class Seen:
    """A view as somebody sees it: `asked` and `count` are None where it names what is no more, which `fault` says."""

    view: View
    asked: Filter | None
    count: Count | None
    fault: str | Promise
    may_end: bool


def views(person: Person, body: str) -> list[Seen]:
    """The views of a body's queue that `person` sees, their own first. Raises Problem as `casework.queue`."""
    bodies_seen(person, body)
    found = prepared.objects(View, _SEEN, (person.pk, True, body, 2 * MOST))
    return [_seen(person, one) for one in found]


def save_view(person: Person, body: str, name: str, asked: Filter, *, is_shared: bool = False) -> View:
    """Keeps a filter under a name; one of that name is replaced. What is shared, a coordinator keeps.

    Raises Problem `forbidden` (403), `bad_name` or `too_many` (422), and as `casework.queue`.
    """
    bodies_seen(person, body)
    name = _named(name)
    if is_shared and not may_share(person, body):
        raise Problem("forbidden", 403, _("A coordinator keeps the views of everybody at this body."))
    whose = {"is_shared": True} if is_shared else {"is_shared": False, "maker": person}
    with transaction.atomic():
        others = View.objects.filter(body=body, **whose).exclude(name=name)
        if others.count() >= MOST:
            raise Problem("too_many", 422, _("There are 20 views already. Remove one first."), field="name")
        known = {"maker": person, "asked": urlencode(asked.pairs())}
        view, _is_new = View.objects.update_or_create(body=bodies.get(body), name=name, **whose, defaults=known)
    return view


def end_view(person: Person, key: int) -> View:
    """Removes a view, and with it the addresses of its calendars. Raises Problem `not_found` (404) for what is none of
    theirs, `forbidden` (403) for what others share."""
    view = View.objects.filter(Q(maker=person) | Q(is_shared=True), pk=key).first()
    if view is None or (view.maker != person and role_for(person, view.body_id) is None and not person.administers):
        raise Problem("not_found", 404, _("There is no such view."))
    if not _may_end(person, view):
        raise Problem("forbidden", 403, _("A coordinator keeps the views of everybody at this body."))
    view.delete()
    return view


def calendar_token(person: Person, view: View) -> str:
    """What the address of a view's calendar carries instead of a password: made with our key, for this person."""
    said = f"{person.pk}-{view.pk}"
    return f"{said}-{salted_hmac('kentongan.calendar', said, algorithm='sha256').hexdigest()}"


def of_calendar(token: str) -> tuple[Person, View, Filter]:
    """Whose calendar it is, and of what. Raises Problem `not_found` (404) where the address ended with its view or with
    the role of the person, `bad_filter` (422) where the view names what there is no more."""
    person_key, _dash, rest = token.partition("-")
    view_key = rest.partition("-")[0]
    missing = Problem("not_found", 404, _("There is no calendar at this address any more."))
    if not all(one.isascii() and one.isdecimal() and len(one) < 19 for one in (person_key, view_key)):
        raise missing
    person = Person.objects.filter(pk=int(person_key), is_active=True).first()
    view = View.objects.filter(pk=int(view_key)).first()
    if person is None or view is None or not constant_time_compare(token, calendar_token(person, view)):
        raise missing
    mine = view.is_shared or view.maker_id == person.pk
    if not mine or (role_for(person, view.body_id) is None and not person.administers):
        raise missing
    return person, view, read_filter(parse_qs(view.asked))


def _named(written: str) -> str:
    """A name in one line, without letters that nobody sees: it stands in the navigation of others."""
    try:
        name = " ".join(clean_text(written, LONGEST_NAME).split())
    except TextTooLong:
        name = ""
    if not name or "\0" in written:
        raise Problem("bad_name", 422, _("Give the view a name of at most 60 letters."), field="name")
    return name


def _seen(person: Person, view: View) -> Seen:
    try:
        asked = read_filter(parse_qs(view.asked))
    except Problem as problem:
        return Seen(view, None, None, problem.detail, _may_end(person, view))
    return Seen(view, asked, count(person, view.body_id, asked), "", _may_end(person, view))


def _may_end(person: Person, view: View) -> bool:
    return may_share(person, view.body_id) if view.is_shared else view.maker_id == person.pk


def may_share(person: Person, body: str) -> bool:
    """Whether the person keeps the views that everybody at the body sees."""
    return (role_for(person, body) or Role.VIEWER) >= Role.COORDINATOR or person.administers
