"""The phones (browsers) that a person lets us tell something, and of what: each by choice, ended by one touch."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from hashlib import sha256
from ipaddress import ip_address
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.auth import SESSION_KEY
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kentongan.foundation import addresses
from kentongan.foundation.problems import Problem
from kentongan.foundation.sealing import renew_all, seal, unseal
from kentongan.foundation.text import clean_text
from kentongan.notify import sealing_push
from kentongan.notify.models import OPT_IN, Phone, PushChoice, PushKey, PushKind
from kentongan.people.models import Person

MOST_PHONES = 8  # of one person; a ninth takes the place of the one that was longest without a message
SIGNED_IN = "push"  # in a session: the digest of the phone that was joined to the account in it
SEALED = ((PushKey, "sealed"),)


class KeyClosed(Problem):
    """The installation's key is there, and no safety key opens it."""

    def __init__(self) -> None:
        super().__init__("push_key_closed", 503, _("Phones cannot be told anything at the moment. Try again later."))


def own_key() -> ec.EllipticCurvePrivateKey:
    """The installation's key, made when it is first asked for. Raises KeyClosed where no safety key opens it: a setting
    that slipped costs nobody their phones, and who brings it back goes on as before."""
    row = PushKey.objects.order_by("pk").first() or _new_key()
    found = _opened(row)
    if found is None:
        raise KeyClosed
    return found


def is_key_closed() -> bool:
    """Whether there is a key that no safety key opens."""
    row = PushKey.objects.order_by("pk").first()
    return row is not None and _opened(row) is None


def begin_anew() -> int:
    """A new key in the place of one that is lost; lets all phones go, whose browsers are bound to that; returns how
    many. One that opens stays, and so do the phones."""
    with transaction.atomic():
        if not is_key_closed():
            return 0
        PushKey.objects.all().delete()
        gone = Phone.objects.count()
        Phone.objects.all().delete()
        _new_key()
    return gone


def _new_key() -> PushKey:
    with transaction.atomic():
        made = ec.generate_private_key(ec.SECP256R1())
        number = made.private_numbers().private_value.to_bytes(32, "big")
        kept = {"sealed": seal(base64.b64encode(number).decode()), "public": public_key_of(made)}
        row, _made = PushKey.objects.get_or_create(pk=1, defaults=kept)  # of two at once, the first
    return row


def public_key() -> str:
    """What a browser asks its push service with (`applicationServerKey`)."""
    return public_key_of(own_key())


def public_key_of(key: ec.EllipticCurvePrivateKey) -> str:
    """The same of a key that is at hand."""
    return sealing_push.encoded(sealing_push.raw_point(key.public_key()))


def renew_seals() -> tuple[int, int]:
    """Seals the key anew under the newest safety key."""
    return renew_all(SEALED)


def _opened(row: PushKey) -> ec.EllipticCurvePrivateKey | None:
    number = unseal(row.sealed)
    if not number:
        return None
    return ec.derive_private_key(int.from_bytes(base64.b64decode(number), "big"), ec.SECP256R1())


def join(person: Person, said: dict[str, Any], name: str = "") -> Phone:
    """Notes the browser of `person`, as `PushSubscription.toJSON()` has it: `endpoint`, `keys.p256dh`, `keys.auth`.

    The same address again is the same phone, also where somebody else signed in on it: then it is theirs, and what
    waited there for the one before is gone.
    Raises Problem `bad_endpoint`, `bad_push_key` (422).
    """
    keys = said.get("keys")
    endpoint, keys = said.get("endpoint"), keys if isinstance(keys, dict) else {}
    p256dh, auth = keys.get("p256dh"), keys.get("auth")
    if not all(isinstance(one, str) and one for one in (endpoint, p256dh, auth)):
        raise Problem("bad_push_key", 422, _("The browser has not said where its messages go. Try again."))
    host = _host(str(endpoint))
    try:
        sealing_push.point(str(p256dh))
        p256dh, auth = (sealing_push.encoded(sealing_push.decoded(str(one))) for one in (p256dh, auth))
        if len(sealing_push.decoded(auth)) != 16:
            raise ValueError
    except ValueError:
        raise Problem("bad_push_key", 422, _("The browser's keys for messages are not in order. Try again.")) from None
    kept = {
        "person": person, "endpoint": endpoint, "host": host, "p256dh": p256dh, "auth": auth, "faults": 0,
        "name": clean_text(name[:60], 60),
    }  # fmt: skip
    with transaction.atomic():
        Phone.objects.filter(digest=digest(str(endpoint))).exclude(person=person).delete()
        found, _made = Phone.objects.update_or_create(digest=digest(str(endpoint)), defaults=kept)
        extra = Phone.objects.filter(person=person).exclude(pk=found.pk).order_by("-told_at", "-made_at", "-pk")
        Phone.objects.filter(pk__in=[one.pk for one in extra[MOST_PHONES - 1 :]]).delete()
    return found


def _host(endpoint: str) -> str:
    try:
        there = addresses.read(endpoint)
        if there.scheme != "https" or "@" in endpoint.partition("?")[0]:
            raise addresses.Refused
        try:
            literal = ip_address(there.host)
        except ValueError:
            pass
        else:
            if not addresses.may_be_called(str(literal)):
                raise addresses.Refused
    except addresses.Refused:
        raise Problem("bad_endpoint", 422, _("This is not the address of a push service.")) from None
    return there.host


def digest(endpoint: str) -> str:
    """The name under which an address is known."""
    return sha256(endpoint.encode("utf-8", "surrogateescape")).hexdigest()


def phones_of(person: Person) -> list[Phone]:
    """The person's phones, the newest first."""
    return list(Phone.objects.filter(person=person).order_by("-made_at", "-pk"))


def leave(person: Person, number: int | None = None) -> int:
    """Lets go of one of the person's phones (its key), or of all; returns how many. What waited for it is gone too."""
    mine = Phone.objects.filter(person=person)
    mine = mine if number is None else mine.filter(pk=number)
    gone = mine.count()
    mine.delete()
    return gone


def leave_address(person: Person, endpoint: str) -> None:
    """Lets go of the phone with this address, if it is the person's."""
    Phone.objects.filter(person=person, digest=digest(endpoint)).delete()


def wanted(person: Person) -> set[str]:
    """Of which kinds the person is told on their phones."""
    row = PushChoice.objects.filter(person=person).first()
    return _wanted(row.without, row.chosen) if row else _wanted((), ())


def _wanted(without: Iterable[str], chosen: Iterable[str]) -> set[str]:
    return (set(PushKind.values) - OPT_IN - set(without)) | (OPT_IN & set(chosen))


def want(person: Person, kinds: Iterable[str]) -> None:
    """Keeps of which kinds the person is told on their phones."""
    asked = set(kinds)
    kept = {"without": sorted(set(PushKind.values) - OPT_IN - asked), "chosen": sorted(OPT_IN & asked)}
    PushChoice.objects.update_or_create(person=person, defaults=kept)


def listening(people: Iterable[int], kind: PushKind) -> dict[int, list[Phone]]:
    """The phones of those of the people (keys) who want to be told of this kind, by person."""
    found: dict[int, list[Phone]] = {}
    mine = Phone.objects.filter(person__in=set(people), person__is_active=True)
    phones = list(mine.select_related("person").order_by("pk"))
    if not phones:
        return found
    chosen = PushChoice.objects.filter(person__in={one.person_id for one in phones})
    said = {one.person_id: _wanted(one.without, one.chosen) for one in chosen}
    usual = _wanted((), ())
    for one in phones:
        if kind in said.get(one.person_id, usual):
            found.setdefault(one.person_id, []).append(one)
    return found


def signed_out(request: Any, **_named: Any) -> None:
    """Who signs out leaves the phone to others: it is told nothing of theirs any more. Hears `user_logged_out`."""
    if request is not None and hasattr(request, "session"):
        signed_out_there(request.session)


def signed_out_there(held: Any, **_named: Any) -> None:
    """The same for a session that is ended from another device, which may be because the phone is lost. Hears
    `people.sessions.ended_elsewhere`; `held`: what was in it.
    """
    if known := held.get(SIGNED_IN):  # by now it may be somebody else's, who signed in there after them
        Phone.objects.filter(digest=known, person=held.get(SESSION_KEY)).delete()


def password_changed(request: Any = None, user: Any = None, **_named: Any) -> None:
    """A new password ends the sessions on all other devices, and with them what those are told. Hears the signals of
    the account pages."""
    own = request.session.get(SIGNED_IN, "") if hasattr(request, "session") else ""
    if isinstance(user, Person):
        Phone.objects.filter(person=user).exclude(digest=own).delete()
