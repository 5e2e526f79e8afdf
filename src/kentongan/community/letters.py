"""Mails about a share, to who shares (so that nobody begins it behind their back) and to accounts that may see it; and
mails of a neighbourhood to its members.

No place and no words of people stand in them. They go first and are deleted once sent.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kentongan.community.models import Share, Viewer
from kentongan.community.neighbours import Group
from kentongan.foundation import rates
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.notify.keeping import reaches
from kentongan.notify.models import Message
from kentongan.people.models import Person
from kentongan.people.proving import proven

MOST_MAILS = 20  # mails of a day about the shares of one person to one other
KEY, GROUP_KEY = "share/", "group/"  # with which the keys of all of them begin
# Subject and sentence.
WORDS: dict[str, tuple[Promise, Promise]] = {
    "mine": (
        _("You share where you are"),
        _("Your account has begun to share where you are. If it was not you, end it here and change your password:"),
    ),
    "began": (
        _("%(name)s shares a journey with you"),
        _("%(name)s lets you see where they are, for a limited time:"),
    ),
    "arrived": (_("%(name)s has arrived"), _("%(name)s has arrived. The sharing has ended:")),
    "late": (_("%(name)s is late"), _("%(name)s meant to have arrived by now. Look where they are, or call:")),
    "off": (
        _("%(name)s is off the way"),
        _("%(name)s is far off the straight way. There may be a good reason. Look, or call:"),
    ),
    "low": (
        _("The phone of %(name)s is nearly empty"),
        _("The battery of %(name)s is low: the phone may soon be silent. Look now:"),
    ),
    "alert": (_("A neighbour needs help: %(name)s"), _("A member of %(name)s has pressed the emergency button. Look:")),
    "asks": (_("Somebody asks to join %(name)s"), _("Somebody asks to join %(name)s. You decide:")),
    "missed": (_("A round was missed: %(name)s"), _("A round of %(name)s is over, and not every point was passed:")),
    "guest": (_("A guest stays overnight: %(name)s"), _("A member of %(name)s has told you of a guest overnight:")),
}


def to_who_shares(share: Share) -> None:
    """That sharing has begun, for who did not do it."""
    _write([(share.person, f"{KEY}{share.pk.hex}/mine", "mine", share.person.name)], reverse("family"))


def to_viewer(viewer: Viewer, what: str) -> None:
    """`began`: one account may see from now on."""
    if viewer.person is not None and _may_write(viewer.share, viewer.person):
        named = viewer.share.person.name
        _write([(viewer.person, f"{KEY}{viewer.pk.hex}/{what}", what, named)], reverse("family"))


def to_viewers(share: Share, what: str) -> None:
    """`arrived`, `late`, `off` or `low`, once to each account that may see; those with a link read it on the page."""
    known = share.viewers.exclude(person=None).select_related("person")
    told = [
        (one.person, f"{KEY}{one.pk.hex}/{what}", what, share.person.name)
        for one in known if one.person and _may_write(share, one.person)
    ]  # fmt: skip
    _write(told, reverse("family"))


def to_members(group: Group, people: Iterable[Person], key: str, what: str) -> None:
    """`alert`, `asks`, `missed` or `guest`, once for each person and `key` of the group."""
    told = [(one, f"{GROUP_KEY}{group.pk.hex[:12]}/{key}/{one.pk}", what, group.name) for one in people]
    _write(told, reverse("neighbourhood", args=[group.pk]))


def _may_write(share: Share, to: Person) -> bool:
    """Whoever shares again and again with somebody who did not ask for it floods their mailbox no further; the page
    of both tells all of it. Nobody is told so: it would say that the address has an account."""
    try:
        rates.spend(f"family-mail/{share.person_id}/{to.pk}", MOST_MAILS, 86_400)
    except Problem:
        return False
    return True


def _write(told: list[tuple[Person, str, str, str]], page: str) -> None:
    able = proven(one[0].pk for one in told)
    rows = []
    for person, key, what, named in told:
        if person.pk not in able or not reaches(person):
            continue
        with translation.override(person.language):
            subject, words = (str(one) % {"name": named or _now("Somebody")} for one in WORDS[what])
            body = f"{words}\n\n{config().base_url.rstrip('/')}{page}\n"
        rows.append(
            Message(
                key=key,
                to_person=person,
                address=person.email,
                subject=subject[:200],
                body=body,
                is_urgent=True,
                is_demo=person.is_demo,
            )
        )
    Message.objects.bulk_create(rows, ignore_conflicts=True)
