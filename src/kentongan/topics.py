"""What pages may listen to (`GET /live?topic=…`), and who may: one line for each kind of topic."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from kentongan import casework, community, emergency, reports
from kentongan.api import problems
from kentongan.foundation.problems import Problem
from kentongan.live import May, Opening
from kentongan.people.models import Person


def _anybody(_request: HttpRequest, _name: str) -> bool:
    return True


def _who_may_open(request: HttpRequest, code: str) -> bool:
    """A report, for those who may open its page. Without an account, the claim is no part of an address that is
    logged: the reporter of a secret report looks again by hand."""
    try:
        reports.find(code, _person(request))
    except Problem:
        return False
    return True


def _staff(request: HttpRequest, body: str) -> bool:
    """The queue of a body."""
    person = _person(request)
    return person is not None and (casework.role_for(person, body) is not None or person.administers)


def _colleague(request: HttpRequest, code: str) -> bool:
    """Who else has a report open: for the staff of the body that has it, whose names these are."""
    person = _person(request)
    try:
        return person is not None and casework.may_meet(person, reports.find(code, person))
    except Problem:
        return False


def _operator(request: HttpRequest, watch: str) -> bool:
    """The alerts of a post's area."""
    person = _person(request)
    return person is not None and watch in {str(one.pk) for one in emergency.posts_of(person)}


def _crew(request: HttpRequest, unit: str) -> bool:
    """What a unit is sent to, for its people."""
    person = _person(request)
    return person is not None and unit in {str(one.pk) for one in emergency.my_units(person)}


def _me(request: HttpRequest, person: str) -> bool:
    """What is shared with an account."""
    found = _person(request)
    return found is not None and str(found.pk) == person


def _who_shares(request: HttpRequest, share: str) -> bool:
    """Who looks at what I share."""
    found = _person(request)
    mine = community.running(found) if found else None
    return mine is not None and str(mine.pk) == share


def _who_sees(_request: HttpRequest, digest: str) -> bool:
    """What somebody shares, for who holds the token that this is the digest of."""
    return community.may_listen(digest)


def _neighbour(request: HttpRequest, group: str) -> bool:
    """The page of a neighbourhood, for its members."""
    found = _person(request)
    return found is not None and group in {str(one.group_id) for one in community.groups_of(found) if one.is_in}


def _person(request: HttpRequest) -> Person | None:
    return request.user if isinstance(request.user, Person) else None


TOPICS: dict[str, May] = {
    "reports": _anybody,  # any public report
    "area": _anybody,  # public reports in a village, district, regency or province
    "warnings": _anybody,  # what is in force of warnings
    "body": _anybody,  # public reports of a body and of those below it
    "report": _who_may_open,
    "desk": _staff,
    "at": _colleague,  # who else has a report open, and who is writing
    "watch": _operator,
    "unit": _crew,
    "family": _me,  # what others share with an account
    "share": _who_shares,
    "seen": _who_sees,
    "group": _neighbour,
}
_opening = Opening(TOPICS, closing=frozenset({"report", "at"}), present=frozenset({"at"}))


def listen(request: HttpRequest) -> HttpResponse:
    """`GET /live?topic=…`: a stream, or why there is none."""
    try:
        return _opening(request)
    except Problem as problem:
        return problems.respond(problem)
