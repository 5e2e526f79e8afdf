"""Ways in which others' signatures of messages were got round, from public reports, tried at our door."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from kentongan.network.dialects.kentongan import signing
from kentongan.network.models import Peer
from tests.network.test_signing import BODY, COVERED, arrived, city, refused, signed, sought, written

__all__ = ["city", "sought"]
pytestmark = pytest.mark.django_db


def told(message: requests.PreparedRequest, **changed: str) -> requests.PreparedRequest:
    """The message with headers replaced."""
    for name, value in changed.items():
        message.headers[name.replace("_", "-")] = value
    return message


def rewritten(old: str, new: str) -> requests.PreparedRequest:
    message = signed()
    said = message.headers["Signature-Input"]
    assert old in said
    return told(message, Signature_Input=said.replace(old, new))


def both(first: requests.PreparedRequest, second: requests.PreparedRequest) -> requests.PreparedRequest:
    """A message with two signatures, each with a label of its own."""
    for name in ("Signature-Input", "Signature"):
        first.headers[name] = f"{first.headers[name]}, {second.headers[name]}"
    return first


REPORTED: dict[str, Any] = {
    # cloudflare/web-bot-auth#114: a signature that covers nothing holds for every message.
    "nothing covered": lambda: signed(covered=()),
    "only the body covered": lambda: signed(covered=("content-digest",)),
    # Gitlawb/node#305: no digest, or one component twice.
    "no digest": lambda: signed(body=None),
    "a component twice": lambda: rewritten('"@method"', '"@method" "@method"'),
    # Automattic/wordpress-activitypub#3357: a key's name without quotes is read by one and overlooked by another.
    "key without quotes": lambda: rewritten('keyid="kota.example#1"', "keyid=kota.example#1"),
    # bspk/httpsig-org#20: the digest is signed and nobody compares it with the body.
    "digest of another body": lambda: told(
        signed(), Content_Digest="sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"
    ),
    "weak digest": lambda: told(signed(), Content_Digest="md5=:1B2M2Y8AsgTpgAmY7PhCfg==:"),
    # The key of an Ed25519 pair taken as the secret of an HMAC (swicg/activitypub-http-signature#30 and many of JWT).
    "another algorithm": lambda: rewritten('alg="ed25519"', 'alg="hmac-sha256"'),
    "no algorithm": lambda: rewritten(';alg="ed25519"', ""),
    # A signature that has ended, as it says itself, by more than clocks may differ.
    "has ended": lambda: signed(
        created=datetime.now(UTC) - timedelta(minutes=9), expires=datetime.now(UTC) - timedelta(minutes=121)
    ),
    "never made": lambda: rewritten(";created=", ";begun="),
    # Automattic/wordpress-activitypub#3109, misskey-dev/misskey#2546: the name of another in other letters.
    "key in capitals": lambda: signed("KOTA.example#1"),
    "key by address": lambda: signed("https://kota.example/#1"),
    # A second signature beside a good one: whose is it? (httpwg/http-extensions#1776)
    "stranger's first": lambda: both(signed("asing.example#1", label="a"), signed()),
    "stranger's second": lambda: both(signed(), signed("asing.example#1", label="z")),
    "same label twice": lambda: both(signed("asing.example#1"), signed()),
    # The Signature of one message under the input of another.
    "signature of another": lambda: told(signed(), Signature=signed(covered=COVERED[:3]).headers["Signature"]),
    "no signature": lambda: told(written(), Signature_Input=signed().headers["Signature-Input"]),
}


@pytest.mark.parametrize("way", REPORTED)
def test_a_signature_that_got_round_others_is_refused_here(city: Peer, way: str) -> None:
    code, status, _detail = refused(arrived(REPORTED[way]()))
    assert (code, status) in {("bad_signature", 401), ("unknown_key", 401)}


def test_what_says_the_same_in_other_letters_is_taken_as_the_same(city: Peer) -> None:
    assert signing.sender(arrived(signed()), BODY) == city
    # RFC 8941, 3.1.2: of a parameter that is given twice the last one counts, for whoever signs and whoever reads.
    assert signing.sender(arrived(rewritten('keyid="', 'keyid="asing.example#1";keyid="')), BODY) == city


def test_a_name_that_only_looks_like_a_known_key_is_asked_for_and_trusted_by_nobody(city: Peer, sought: Any) -> None:
    assert refused(arrived(signed("kota.example#1 ")))[:2] == ("key_looked_for", 503)
    assert sought == [("kota", "kota.example#1 ")]
