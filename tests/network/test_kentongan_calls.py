"""A call from instance to instance: what the sender makes of any answer, and what the receiver says to any call."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
import requests
from django.db import OperationalError
from django.http import HttpRequest
from django.test import RequestFactory

from kentongan.foundation import outgoing
from kentongan.foundation.problems import Problem
from kentongan.network.dialects.base import Declined, Done, Later, Line, Outcome, Parcel, Parked
from kentongan.network.dialects.kentongan import client, keyring, receiving, seeking, server, signing
from kentongan.network.models import KeySearch, Peer
from tests.network.stays import known
from tests.network.test_signing import known_as_a_peer

LINE = Line("kota", "https://kota.example/network/v1")
KOTA = client.Kentongan()


def answers(monkeypatch: pytest.MonkeyPatch, status: int, said: Any) -> None:
    """Over there every call is answered so: a status, and bytes or what is written as JSON."""
    content = said if isinstance(said, bytes) else orjson.dumps(said)
    monkeypatch.setattr(outgoing, "call", lambda *_of, **_how: outgoing.Answer(status, {}, content, LINE.endpoint))


def told(*stays: int) -> list[Outcome]:
    """What becomes of a decline of each of these stays, sent in one call."""
    began = {"origin": "kota.example", "origin_code": "7KQF-M2RD", "reason": "", "body": "", "bounces": 0}
    return list(KOTA.send(LINE, [Parcel(f"d/{one}", "decline", {}, payload={**began, "stay": one}) for one in stays]))


def result(stay: int = 1, **said: Any) -> dict[str, Any]:
    return {"id": f"decline/kota.example/7KQF-M2RD/{stay}", **said}


# What the sender makes of an answer


@pytest.mark.parametrize(("said", "became"), [
    ({"status": "done", "code": "7KQF-M2RD", "url": "https://kota.example/r/1"},
     Done(remote_id="7KQF-M2RD", remote_url="https://kota.example/r/1")),
    ({"status": "declined", "reason": "Bukan kami", "problem": "yours", "body": "id.pu"},
     Declined("Bukan kami", "yours", "id.pu")),
    ({"status": "refused", "reason": "Tidak sah"}, Parked("Tidak sah")),
    ({"status": "later", "reason": "Sibuk"}, Later("Sibuk")),
    ({"status": "lost"}, Later("Jawabannya tidak dapat dibaca.")),
])  # fmt: skip
def test_each_message_has_the_outcome_that_the_answer_gives_it(
    monkeypatch: pytest.MonkeyPatch, said: dict[str, Any], became: Outcome
) -> None:
    answers(monkeypatch, 200, {"results": [result(**said)]})
    [outcome] = told(1)
    assert type(outcome) is type(became)
    assert outcome == became or said["status"] == "lost"


@pytest.mark.parametrize("odd", [None, "x", {"id": ["a"]}, {"id": {"a": 1}}, {"status": "done"}, {"id": None}])
def test_a_result_that_is_none_costs_the_others_nothing(monkeypatch: pytest.MonkeyPatch, odd: Any) -> None:
    answers(monkeypatch, 200, {"results": [odd, result(2, status="done")]})
    lost, done = told(1, 2)
    assert isinstance(lost, Later)
    assert lost.error
    assert done == Done()


@pytest.mark.parametrize(("said", "words"), [
    ({"detail": "Kunci tidak dikenal"}, "Kunci tidak dikenal"),
    *((odd, "403") for odd in ({"detail": None}, {"detail": ""}, {"detail": {"a": 1}}, {}, [], b"<html>")),
])  # fmt: skip
def test_a_refused_signature_is_told_in_their_words_or_by_its_status(
    monkeypatch: pytest.MonkeyPatch, said: Any, words: str
) -> None:
    answers(monkeypatch, 403, said)
    for outcome in told(1, 2):
        assert isinstance(outcome, Later)
        assert words in outcome.error
        assert "None" not in outcome.error
    [tested] = KOTA.test(LINE)
    assert words in tested


def test_whether_an_instance_knows_us_is_tried_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, 200, {"results": []})
    assert KOTA.test(LINE) == []

    def silent(*_of: Any, **_how: Any) -> outgoing.Answer:
        raise outgoing.Unreached("x")

    monkeypatch.setattr(outgoing, "call", silent)
    assert KOTA.test(LINE) == ["Instansi jaringan itu tidak menjawab."]


def test_what_is_found_at_an_address_names_the_instance_its_keys_and_who_works_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = {"keyid": "kota.example#1", "public": keyring.encode(b"a" * 32)}
    card = {
        "protocol": "kentongan/1", "instance": "kota.example", "name": "Kota", "url": "https://kota.example",
        "endpoint": LINE.endpoint, "keys": [key], "bodies": [{"code": "32.16", "name": {"id": "Bekasi"}}],
    }  # fmt: skip
    answers(monkeypatch, 200, card)
    found = KOTA.discover(Line("kota", "https://kota.example"))
    assert (found.line.endpoint, found.line.options["url"]) == (LINE.endpoint, "https://kota.example")
    assert found.findings == (
        "Kota (kota.example)", f"keys: {keyring.fingerprint(key['public'])}", "bodies: 32.16"
    )  # fmt: skip


# What the receiver answers


def post(said: Any, path: str = "messages", *, sign: bool = True, **headers: str) -> HttpRequest:
    """A call as it arrives, signed by this instance's own key."""
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    message = requests.Request("POST", f"http://testserver/network/v1/{path}", data=body).prepare()
    if sign:
        signing.sign(message)
    return RequestFactory().generic("POST", message.path_url, body, headers={**message.headers, **headers})


@pytest.fixture
def mirror(db: None) -> Peer:
    """The peer in whose name `post` signs."""
    return known_as_a_peer(keyring.own_key())


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, json.loads(answer.content)["code"]


@pytest.mark.parametrize("said", [{}, {"messages": None}, {"messages": {}}, {"messages": [{}] * 51}])
def test_a_call_that_holds_no_list_of_messages_or_too_many_is_refused_as_a_whole(mirror: Peer, said: Any) -> None:
    assert refused(server.messages(post(said))) == (422, "bad_messages")


def test_a_call_that_is_too_large_is_refused_before_it_is_read() -> None:
    request = post({}, sign=False)
    request.META["CONTENT_LENGTH"] = str(server.LARGEST + 1)
    assert refused(server.messages(request)) == (413, "too_large")


def test_a_peer_that_is_paused_is_asked_to_send_again_later(mirror: Peer) -> None:
    Peer.objects.update(state="paused")
    assert refused(server.messages(post({"messages": []}))) == (503, "paused")


def test_an_instance_that_was_sent_away_is_not_introduced_again(mirror: Peer) -> None:
    Peer.objects.update(state="gone")
    assert refused(server.introductions(post({"url": "https://kota.example"}, "introductions"))) == (
        403, "not_introduced"
    )  # fmt: skip
    assert not Peer.objects.get().confirmed_there


@pytest.mark.parametrize(("fault", "status", "problem"), [
    (Problem("busy", 503, "Sibuk"), "later", "busy"), (Problem("too_many", 429, "Pelan"), "later", "too_many"),
    (Problem("odd", 422, "Aneh"), "refused", "odd"), (OperationalError("locked"), "later", "busy"),
    (KeyError("x"), "later", "failed"),
])  # fmt: skip
def test_one_message_that_fails_is_told_what_to_do_and_the_next_is_taken(
    mirror: Peer, monkeypatch: pytest.MonkeyPatch, fault: Exception, status: str, problem: str
) -> None:
    def receive(_peer: Peer, message: Any) -> dict[str, Any]:
        if message.id == "m/1":
            raise fault
        return {"id": message.id, "status": "done"}

    monkeypatch.setattr(receiving, "receive", receive)
    ref = {"instance": "kota.example", "code": "7KQF-M2RD", "url": ""}
    said = [{"type": "withdraw", "id": name, "report": ref} for name in ("m/1", "m/2")]
    first, second = json.loads(server.messages(post({"messages": said})).content)["results"]
    assert (first["id"], first["status"], first["problem"]) == ("m/1", status, problem)
    assert first["reason"]
    assert second == {"id": "m/2", "status": "done"}


# Keys


@pytest.mark.django_db
def test_a_key_is_followed_only_by_one_that_a_trusted_key_really_signed_for() -> None:
    own = keyring.own_key()
    peer = known_as_a_peer(own)
    new = {"keyid": "cermin#2", "public": keyring.encode(b"b" * 32)}
    rightly = keyring.encode(keyring.private_of(own).sign(keyring.statement(new["keyid"], new["public"])))
    for wrong in (
        {"signed_by": "nobody#1", "succession": rightly}, {"signed_by": own.keyid, "succession": "?"}, {},
        {"signed_by": own.keyid, "succession": keyring.encode(b"c" * 64)},
    ):  # fmt: skip
        assert keyring.follow_succession(peer, [{"signed_by": "", "succession": "", **new, **wrong}]) == []
    told = {**new, "signed_by": own.keyid, "succession": rightly}
    assert keyring.follow_succession(peer, [told]) == ["cermin#2"]
    assert keyring.follow_succession(peer, [told]) == []  # the same card again


@pytest.mark.django_db
def test_a_search_for_a_key_is_told_while_it_lasts_and_reads_no_card_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    peer = known("kota", instance="kota.example", endpoint="https://kota.example/network/v1", confirmed_here=True)
    assert seeking.seek(peer, "kota.example#9").code == "key_looked_for"
    assert "kota.example#9" in seeking.sought(peer)
    # Another instance answers there now: none of its keys is taken.
    monkeypatch.setattr(seeking, "read_card", lambda _at: {"instance": "lain.example", "keys": [{}]})
    seeking.learn_key.func(peer.pk)
    one = KeySearch.objects.get()
    assert (one.unread, one.fruitless) == (True, 1)
    monkeypatch.setattr(seeking, "read_card", lambda _at: pytest.fail("it has ended"))
    seeking.learn_key.func(peer.pk)
    assert KeySearch.objects.get().fruitless == 1
