"""The search for a key that signs in a confirmed peer's name and is not known here: few look-ups, then a plain no.

Anybody can write any key id under a message: what that makes us do is one row a peer, and a call at most so often.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_tasks import task

from kentongan.foundation.pausing import doubled
from kentongan.foundation.problems import Problem
from kentongan.network.dialects.kentongan import keyring
from kentongan.network.dialects.kentongan.cards import read_card
from kentongan.network.models import KeySearch, Peer

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(minutes=16)  # doubled after each that found nothing
LOST = timedelta(hours=1)  # after which a search that never ended is begun again
AGAIN = 5  # seconds after which a sender may ask whether it was found
RECENT = timedelta(days=7)  # for which a person is told


def seek(peer: Peer, keyid: str) -> Problem:
    """Has the peer's card read for new keys, unless that was done a short while ago; what to answer the sender.

    503 `key_looked_for` while it is under way; then 401 `unknown_key` with the reason, until it is due again.
    """
    now = timezone.now()
    with transaction.atomic():
        began = {"keyid": _plain(keyid), "asked_at": now, "next_at": None}
        found, made = KeySearch.objects.get_or_create(peer=peer, defaults=began)
        due = Q(next_at__lte=now) | Q(next_at=None, asked_at__lte=now - LOST)
        if made or KeySearch.objects.filter(due, pk=found.pk).update(**began):
            learn_key.enqueue(peer.pk)
            found.next_at = None
    if found.next_at is None:
        return Problem(
            "key_looked_for", 503, _("This key is new here and is being looked for. Send the message again."),
            extra={"retry_after": AGAIN},
        )  # fmt: skip
    seconds = max(1, int((found.next_at - now).total_seconds()))
    return Problem("unknown_key", 401, _REASONS[found.unread] % _words(peer), extra={"retry_after": seconds})


def sought(peer: Peer) -> str:
    """What a person should know of messages with unknown keys in this peer's name; empty: none lately."""
    one = KeySearch.objects.filter(peer=peer, asked_at__gt=timezone.now() - RECENT).first()
    if one is None or (one.next_at is not None and not one.fruitless):
        return ""
    told = {"keyid": one.keyid, "at": date_format(timezone.localtime(one.asked_at), "j F Y H:i"), **_words(peer)}
    if one.next_at is None:
        return str(_("A message was signed with a key that is not known here, %(keyid)s, at %(at)s.") % told)
    if one.unread:
        return str(
            _(
                "A message was signed with a key that is not known here, %(keyid)s, and the card of %(instance)s could"
                " not be read at %(at)s. Messages with that key are refused."
            )
            % told
        )
    return str(
        _(
            "A message was signed with a key that is not known here, %(keyid)s, and the card of %(instance)s did not"
            " show it at %(at)s, signed for by a key that is trusted. Messages with that key are refused. Ask them"
            " whether they changed their key without the one before it; then delete the peer and add it anew."
        )
        % told
    )


@task()
def learn_key(peer: str) -> None:
    """Looks whether a peer has published keys that one of its trusted keys signed for."""
    one = KeySearch.objects.select_related("peer").filter(pk=peer, next_at=None).first()
    if one is None:
        return
    read, new = False, list[str]()
    try:
        shown = read_card(one.peer.endpoint)
        if shown["instance"] == one.peer.instance:
            read, new = True, keyring.follow_succession(one.peer, shown["keys"])
    except Problem:
        pass  # it is told by `unread`
    finally:
        fruitless = 0 if new else min(one.fruitless + 1, 100)
        KeySearch.objects.filter(pk=peer).update(
            unread=not read, fruitless=fruitless, next_at=_after(timezone.now(), fruitless)
        )


def _after(now: datetime, fruitless: int) -> datetime:
    return now + doubled(FIRST_PAUSE, fruitless - 1, LONGEST_PAUSE)


def _words(peer: Peer) -> dict[str, str]:
    return {"instance": peer.instance}


def _plain(keyid: str) -> str:
    return "".join(letter for letter in keyid if letter.isprintable())[:200]


_REASONS: dict[bool, str | Promise] = {
    False: _("The card of %(instance)s shows no such key that a key trusted here signed for."),
    True: _("This key is not known here, and the card of %(instance)s cannot be read."),
}
