"""An instance knows another by its signature (RFC 9421), and who it is decides what it may: without the wire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.http import HttpRequest
from django.test import RequestFactory
from http_message_signatures import HTTPMessageSigner, HTTPSignatureKeyResolver, algorithms
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kentongan.foundation.problems import Problem
from kentongan.network import facts
from kentongan.network.dialects.kentongan import keyring, seeking, signing
from kentongan.network.models import KnownKey, Peer, PeerState

pytestmark = pytest.mark.django_db
URL = "http://testserver/network/v1/messages?since=4"
BODY = b'{"messages": []}'
COVERED = ("@method", "@authority", "@path", "@query")
BAD = "Tanda tangan pesan ini tidak sah: "
UNKNOWN = "Kunci pesan ini tidak dikenal di sini. Perkenalkan diri dulu."
PAIR = Ed25519PrivateKey.generate()
PUBLIC = keyring.encode(PAIR.public_key().public_bytes_raw())


class Pair(HTTPSignatureKeyResolver):
    def resolve_private_key(self, key_id: str) -> Any:
        return PAIR

    def resolve_public_key(self, key_id: str) -> Any:
        raise NotImplementedError


@pytest.fixture
def city() -> Peer:
    """A confirmed peer, whose key `kota.example#1` is known here."""
    peer = Peer.objects.create(
        name="kota", dialect="kentongan", instance="kota.example", state=PeerState.ACTIVE, confirmed_here=True
    )
    KnownKey.objects.create(keyid="kota.example#1", peer=peer, public=PUBLIC)
    return peer


@pytest.fixture
def sought(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The peers whose keys are looked for, and the keys."""
    asked: list[tuple[str, str]] = []

    def seek(peer: Peer, keyid: str) -> Problem:
        asked.append((peer.name, keyid))
        return Problem("key_looked_for", 503, "wait")

    monkeypatch.setattr(seeking, "seek", seek)
    return asked


def written(body: bytes | str | None = BODY, method: str = "POST", url: str = URL) -> requests.PreparedRequest:
    return requests.Request(method, url, data=body).prepare()


def signed(keyid: str = "kota.example#1", covered: tuple[str, ...] = COVERED, **how: Any) -> requests.PreparedRequest:
    """A message that the city signs, in one way or another."""
    message = written()
    signer = HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=Pair())
    told = {"tag": "kentongan/1", "label": "kentongan", "body": BODY, **how}
    signer.sign(message, key_id=keyid, covered_component_ids=covered, **told)
    return message


def arrived(message: requests.PreparedRequest, method: str = "", path: str = "") -> HttpRequest:
    """What Django makes of it."""
    return RequestFactory().generic(
        method or message.method or "", path or message.path_url, message.body or b"", headers=dict(message.headers)
    )


def refused(request: HttpRequest, body: bytes = BODY, **how: Any) -> tuple[str, int, str]:
    with pytest.raises(Problem) as caught:
        signing.sender(request, body, **how)
    return caught.value.code, caught.value.status, str(caught.value.detail)


def known_as_a_peer(key: Any) -> Peer:
    """This instance's own key, as a peer of the same name would show it."""
    peer = Peer.objects.create(name="cermin", instance=facts.instance(), state=PeerState.ACTIVE, confirmed_here=True)
    keyring.trust(peer, [{"keyid": key.keyid, "public": key.public}])
    return peer


@pytest.mark.parametrize("body", [BODY, BODY.decode(), "é", None])
def test_what_this_instance_signs_is_known_over_there_as_its_own(body: bytes | str | None) -> None:
    mirror = known_as_a_peer(keyring.own_key())
    message = written(body)
    assert signing.sign(message) is message
    sent = body.encode() if isinstance(body, str) else body or b""
    assert signing.sender(arrived(message), sent) == mirror


def test_the_signature_says_which_key_made_it_and_when_and_serves_once() -> None:
    key, started = keyring.own_key(), int(datetime.now(UTC).timestamp())
    first, second = (signing.sign(written()).headers["Signature-Input"] for _time in range(2))
    parts = first.split(";")
    assert parts[0] == 'kentongan=("@method" "@authority" "@path" "@query" "content-digest")'
    told = dict(part.split("=", 1) for part in parts[1:])
    assert started <= int(told.pop("created")) <= started + 600
    nonce = told.pop("nonce").strip('"')
    assert len(bytes.fromhex(nonce)) == 16
    assert nonce not in second
    assert told == {"keyid": f'"{key.keyid}"', "alg": '"ed25519"', "tag": '"kentongan/1"'}


def test_the_newest_key_signs(city: Peer) -> None:
    keyring.own_key()
    newest = keyring.rotate()
    assert f'keyid="{newest.keyid}"' in signing.sign(written()).headers["Signature-Input"]


@pytest.mark.parametrize("state", [PeerState.ACTIVE, PeerState.PAUSED])
def test_a_confirmed_peer_is_known_by_its_key(city: Peer, state: PeerState) -> None:
    Peer.objects.update(state=state)
    assert signing.sender(arrived(signed()), BODY) == city


@pytest.mark.parametrize("state", [PeerState.PROPOSED, PeerState.ASKED, PeerState.GONE])
def test_a_peer_that_is_not_confirmed_may_do_no_more_than_introduce_itself(city: Peer, state: PeerState) -> None:
    Peer.objects.update(state=state)
    assert refused(arrived(signed())) == (
        "not_introduced", 403, "Layanan ini belum disetujui di sini. Pengelolanya sudah dimintai persetujuan.",
    )  # fmt: skip
    assert signing.sender(arrived(signed()), BODY, confirmed=False) == city


def test_a_message_without_a_body_needs_no_digest(city: Peer) -> None:
    message = requests.Request("GET", URL).prepare()
    signer = HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=Pair())
    signer.sign(message, key_id="kota.example#1", tag="kentongan/1", covered_component_ids=COVERED)
    assert signing.sender(arrived(message)) == city


@pytest.mark.parametrize(
    ("request_", "body"),
    [
        (lambda: arrived(signed()), BODY + b" "),
        (lambda: arrived(signed()), b""),
        (lambda: arrived(signed(), method="PUT"), BODY),
        (lambda: arrived(signed(), path="/network/v1/messages?since=5"), BODY),
        (lambda: arrived(signed(), path="/network/v1/other?since=4"), BODY),
        (lambda: arrived(signed(body=None)), BODY),
        (lambda: arrived(signed(covered=COVERED[1:])), BODY),
        (lambda: arrived(signed(covered=("@method", "@authority", "@path"))), BODY),
        (lambda: arrived(signed(tag="other/1")), BODY),
        (lambda: arrived(written()), BODY),
    ],
    ids=["body", "no body", "method", "query", "path", "no digest", "method left out", "query left out", "tag", "none"],
)
def test_a_message_that_says_anything_but_what_was_signed_is_refused(city: Peer, request_: Any, body: bytes) -> None:
    code, status, detail = refused(request_(), body)
    assert (code, status) == ("bad_signature", 401)
    assert detail.startswith(BAD)


@pytest.mark.parametrize("off", [timedelta(minutes=119), timedelta(minutes=-119)])
def test_clocks_may_be_almost_two_hours_apart(city: Peer, off: timedelta) -> None:
    assert signing.sender(arrived(signed(created=datetime.now(UTC) + off)), BODY) == city


@pytest.mark.parametrize(
    ("off", "why"),
    [
        (timedelta(minutes=121), 'Signature "created" parameter is set to a time in the future'),
        (timedelta(minutes=-121), "Signature age exceeds maximum allowable age 0:00:00"),
    ],
)
def test_a_message_of_another_time_is_refused(city: Peer, off: timedelta, why: str) -> None:
    told = refused(arrived(signed(created=datetime.now(UTC) + off)))
    assert told == ("bad_signature", 401, BAD + why)


def test_what_was_wrong_is_told_in_at_most_200_letters(city: Peer) -> None:
    message = signed()
    message.headers["Signature-Input"] += f";{'a' * 300}=1"
    why = f'Unexpected signature metadata parameter "{"a" * 159}'
    assert refused(arrived(message)) == ("bad_signature", 401, BAD + why)


def test_a_key_that_nobody_knows_is_refused_and_not_looked_for(sought: Any, city: Peer) -> None:
    Peer.objects.create(name="tanpa-nama", instance="", confirmed_here=True)
    unconfirmed = Peer.objects.create(name="baru", instance="baru.example", state=PeerState.ASKED)
    for keyid in ("asing.example#1", "baru.example#1", "kota.example", "#1", f"kota.example#{'1' * 188}"):
        assert refused(arrived(signed(keyid))) == ("unknown_key", 401, UNKNOWN)
    assert sought == []
    assert unconfirmed.known_keys.count() == 0


@pytest.mark.parametrize("keyid", ["kota.example#2", f"kota.example#{'1' * 187}"])
def test_a_new_key_in_the_name_of_a_confirmed_peer_is_looked_for(sought: Any, city: Peer, keyid: str) -> None:
    assert refused(arrived(signed(keyid))) == ("key_looked_for", 503, "wait")
    assert sought == [("kota", keyid)]


def test_the_name_of_an_instance_may_hold_the_sign_before_the_number(sought: Any, city: Peer) -> None:
    Peer.objects.update(instance="kota#lama")
    refused(arrived(signed("kota#lama#2")))
    assert sought == [("kota", "kota#lama#2")]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["Signature", "Signature-Input", "Content-Digest"]),
    st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=60)
    | st.sampled_from(["kentongan=()", "kentongan=:AA==:", 'a=("b";c);d', "sha-256=:AA==:", "kentongan=1", "a=1, a=2"]),
)
def test_whatever_stands_in_the_headers_is_refused_and_never_a_fault(city: Peer, name: str, value: str) -> None:
    message = signed()
    message.headers[name] = value
    assert refused(arrived(message))[0] in {"bad_signature", "unknown_key"}
