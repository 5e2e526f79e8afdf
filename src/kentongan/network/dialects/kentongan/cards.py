"""The card of another instance: fetched, and believed only where the host that showed it speaks for itself."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated, Any, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from kentongan.foundation import addresses, outgoing
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.foundation.text import clean_text
from kentongan.network.dialects.kentongan import keyring

PROTOCOL = "kentongan/1"
CARD = "/.well-known/kentongan"
SECONDS = 20.0  # of one call
LARGEST = 4 * 1024 * 1024
MOST_KEYS, MOST_BODIES = 50, 2000


def _is_key(written: str) -> str:
    if len(keyring.decode(written)) != 32:
        raise ValueError("32 bytes in base64url")
    return written


def _named(written: str) -> str:
    return clean_text(written, 160)


class Key(BaseModel):
    """A key as it is published; `succession` is what the key `signed_by` says of it."""

    keyid: Annotated[str, StringConstraints(min_length=3, max_length=200)]
    public: Annotated[str, StringConstraints(max_length=60), AfterValidator(_is_key)]
    signed_by: Annotated[str, StringConstraints(max_length=200)] = ""
    succession: Annotated[str, StringConstraints(max_length=100)] = ""


class Body(BaseModel):
    """A body that works there."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    name: dict[str, Annotated[str, StringConstraints(max_length=300)]] = {}


class Card(BaseModel):
    """What an instance shows of itself, as far as it is kept here."""

    model_config = ConfigDict(extra="ignore")
    protocol: Literal["kentongan/1"]
    instance: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.:_\[\]-]{1,120}$")]
    name: Annotated[str, StringConstraints(min_length=1, max_length=160), AfterValidator(_named)]
    url: Annotated[str, StringConstraints(max_length=400)]
    endpoint: Annotated[str, StringConstraints(max_length=500)]
    keys: Annotated[list[Key], Field(min_length=1, max_length=MOST_KEYS)]
    bodies: list[Body] = []


def read_card(address: str) -> dict[str, Any]:
    """The card of the instance at an address, checked.

    Raises Problem `bad_address`, `no_instance` where there is none, `not_itself` where it speaks for another host.
    """
    where = addresses.read(address)
    try:
        answer = outgoing.call("GET", f"{where.origin}{CARD}", seconds=SECONDS, most=LARGEST, hops=2)
        shown = Card.model_validate(answer.expect().json())
    except (outgoing.CallFailed, ValidationError, ValueError):
        raise Problem(
            "no_instance", 422, _("There is no Kentongan instance at this address."), field="endpoint"
        ) from None
    if not speaks_for_itself(where, shown):
        raise Problem(
            "not_itself", 422,
            _("The instance at this address gives the name or the address of another. It must bear those of its host."),
            field="endpoint",
        )  # fmt: skip
    shown.bodies = shown.bodies[:MOST_BODIES]
    return shown.model_dump()


def speaks_for_itself(where: addresses.Address, shown: Card) -> bool:
    """Whether the host that was asked, those of `url` and `endpoint`, and the instance's name are one.

    Only where one tries things out, instances on this machine may bear plain words as names: nobody's host is one.
    """
    try:
        at = [addresses.read(shown.url), addresses.read(shown.endpoint)]
    except addresses.Refused:
        return False
    if any(one.place != where.place or (where.scheme, one.scheme) == ("https", "http") for one in at):
        return False
    if any(not key.keyid.startswith(f"{shown.instance}#") for key in shown.keys):
        return False
    return _place(where.scheme, shown.instance) == where.place or (
        config().mode != "production" and _is_this_machine(where.host) and not set(shown.instance) & set(".:[")
    )


def _place(scheme: str, instance: str) -> str:
    named = f"{scheme}://{instance}"
    return addresses.read(named).place if addresses.is_address(named) else ""


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
