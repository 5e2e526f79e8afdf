"""docs/reference/federation.md is enough to speak to us: its examples are sent by a foreign implementation."""

from __future__ import annotations

import copy
import json
import re
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult
from http_message_signatures import HTTPMessageSigner, HTTPSignatureKeyResolver, algorithms

from kentongan import reports
from kentongan.foundation import connections
from kentongan.foundation.problems import Problem
from kentongan.network.dialects.kentongan import introducing, keyring, receiving, seeking
from kentongan.network.models import Delivery, HandOver, KeySearch, KnownKey, Peer, Trace
from kentongan.people.models import Person
from kentongan.reports.models import Photo, Report
from tests.depth import part
from tests.pictures import picture
from tests.tasks import run_tasks
from tests.world import person

PAGE = (Path(__file__).parents[2] / "docs/reference/federation.md").read_text()
pytestmark = pytest.mark.django_db(transaction=True)


def example(name: str) -> Any:
    """The JSON block of this name on the page."""
    found = re.search(rf"```json {name}\n(.*?)```", PAGE, re.DOTALL)
    assert found, name
    return json.loads(found.group(1))


class Foreign(HTTPSignatureKeyResolver):
    """An instance that somebody else wrote: it knows nothing of ours but the page."""

    def __init__(self) -> None:
        self.keys = {"kota.example#1": Ed25519PrivateKey.generate()}
        self.card = example("card")
        self._show("kota.example#1")
        card = self.card

        class Card(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps(card).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                body = b'{"instance": "kota.example", "confirmed": true}'
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Card)
        self.port, self.url = self.server.server_address[1], "http://kota.example"
        self.card |= {"url": self.url, "endpoint": f"{self.url}/network/v1"}
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def _show(self, keyid: str, signed_by: str = "") -> None:
        public = keyring.encode(self.keys[keyid].public_key().public_bytes_raw())
        said = f"kentongan/1 key {keyid} {public}".encode()
        signature = keyring.encode(self.keys[signed_by].sign(said)) if signed_by else ""
        shown = {"keyid": keyid, "alg": "ed25519", "public": public, "signed_by": signed_by, "succession": signature}
        self.card["keys"] = [shown] if not signed_by else [shown, *self.card["keys"]]

    def resolve_private_key(self, key_id: str) -> Any:
        """Ours to sign with."""
        return self.keys[key_id]

    def post(self, url: str, said: Any, keyid: str = "kota.example#1") -> requests.Response:
        """A signed call, as the page says."""
        return self._send(requests.Request("POST", url, json=said).prepare(), keyid)

    def get(self, url: str) -> requests.Response:
        """The same for reading."""
        return self._send(requests.Request("GET", url).prepare(), "kota.example#1")

    def _send(self, request: requests.PreparedRequest, keyid: str) -> requests.Response:
        HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=self).sign(
            request, key_id=keyid, tag="kentongan/1", nonce="n1", body=request.body,
            covered_component_ids=("@method", "@authority", "@path", "@query"),
        )  # fmt: skip
        return requests.Session().send(request, timeout=20)


@pytest.fixture
def stranger(monkeypatch: pytest.MonkeyPatch) -> Iterator[Foreign]:
    """The other instance, running at the host whose name it bears."""
    foreign, look_up = Foreign(), connections._look_up
    there = [(socket.AF_INET, ("127.0.0.1", foreign.port))]
    monkeypatch.setattr(
        connections, "_look_up", lambda host, port: there if host == "kota.example" else look_up(host, port)
    )
    yield foreign
    foreign.server.shutdown()


@pytest.fixture
def friend(stranger: Foreign, world: None, live_server: Any, settings: Any) -> Foreign:
    """The other instance, introduced and confirmed on both sides."""
    settings.ALLOWED_HOSTS = ["*"]
    said = example("introduction") | {"url": stranger.url}
    answer = stranger.post(f"{live_server.url}/network/v1/introductions", said)
    assert (answer.status_code, answer.json()["status"]) == (202, "checking")
    assert not Peer.objects.exists()
    run_tasks()
    answer = stranger.post(f"{live_server.url}/network/v1/introductions", said)
    assert answer.json() == {"instance": answer.json()["instance"], "confirmed": False}
    introducing.confirm(Peer.objects.get(instance="kota.example"))
    run_tasks()
    return stranger


def tell(friend: Foreign, live_server: Any, *messages: Any, **how: Any) -> list[Any]:
    """The results of messages."""
    answer = friend.post(f"{live_server.url}/network/v1/messages", {"messages": list(messages)}, **how)
    assert answer.status_code == 200, answer.text
    results: list[Any] = answer.json()["results"]
    return results


def test_an_administrator_compares_their_keys_and_confirms_them_on_the_page(stranger: Foreign, world: None) -> None:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person("admin@contoh.id", is_superuser=True))
    asked = client.post("/console/peers/new", {"dialect": "kentongan", "endpoint": stranger.url, "name": "kota"})
    assert client.get(asked["Location"]).status_code == 202
    run_tasks()
    found = client.get(asked["Location"])
    page = client.get(found["Location"]).content.decode()
    (fingerprint,) = introducing.fingerprints(Peer.objects.get())
    assert fingerprint in page
    assert "not confirmed here" in page
    assert 'value="on"' not in page  # nobody switches on what is not confirmed
    said = client.post(found["Location"], {"do": "confirm"}, follow=True).content.decode()
    assert "is being told" in said
    run_tasks()
    assert Peer.objects.get().is_active


def test_a_report_is_handed_over_by_the_example_and_shown_under_its_code(friend: Foreign, live_server: Any) -> None:
    (result,) = tell(friend, live_server, example("hand_over"))
    assert set(result) >= set(example("result"))
    assert (result["status"], result["code"]) == ("done", "7KQF-M2RD")
    report = Report.objects.get(code="7KQF-M2RD")
    assert (report.state, report.body_id, report.privacy, report.reporter) == ("routed", "id.pu", "anonymous", None)
    assert Trace.objects.get().path[0] == "kota.example"
    answer = requests.get(f"{live_server.url}/network/v1/reports/7KQF-M2RD", timeout=60)
    assert answer.json()["url"].endswith("/r/7KQF-M2RD")


def test_the_same_message_again_has_the_same_result_and_makes_no_second_report(
    friend: Foreign, live_server: Any
) -> None:
    first, again = (tell(friend, live_server, example("hand_over")) for _ in range(2))
    assert first == again
    assert Report.objects.count() == 1


def test_comments_and_withdrawal_arrive_as_the_examples_say(friend: Foreign, live_server: Any) -> None:
    tell(friend, live_server, example("hand_over"))
    assert tell(friend, live_server, example("entry"))[0]["status"] == "done"
    report = Report.objects.get()
    assert (report.comment_count, report.entries.get(kind="commented").text) == (1, "Sudah tiga motor jatuh")
    assert tell(friend, live_server, example("withdraw"))[0]["status"] == "done"
    report.refresh_from_db()
    assert (report.state, HandOver.objects.get().state) == ("rejected", "withdrawn")


def test_nobody_speaks_for_an_instance_that_is_not_on_the_way(friend: Foreign, live_server: Any) -> None:
    forged = example("hand_over") | {"path": ["provinsi.example"]}
    assert tell(friend, live_server, forged)[0]["problem"] == "bad_path"
    assert not Report.objects.exists()


def test_a_call_with_long_histories_is_taken_whole(friend: Foreign, live_server: Any) -> None:
    long = [
        example("entry")["entry"] | {"id": f"kota.example/7KQF-M2RD/{number}", "text": "x" * 3000}
        for number in range(3, 700)
    ]
    said = example("hand_over")
    said["history"] += long
    assert tell(friend, live_server, said)[0]["status"] == "done"
    assert Report.objects.get().entries.filter(kind="commented").count() == len(long)


def test_a_photo_that_comes_after_its_entry_is_fetched_once(friend: Foreign, live_server: Any) -> None:
    tell(friend, live_server, example("hand_over"))
    for said in (
        example("photos"),
        example("photos"),
        example("photos") | {"id": "x", "entry": "kota.example/nobody/9"},
    ):
        assert tell(friend, live_server, said)[0]["status"] == "done"
    due = Delivery.objects.get(kind="fetch")
    assert due.payload["address"].startswith("0b3fb1a2-94b1-4d7e-8f62-6a4a7a6a2f10/")


def test_a_decline_of_a_report_they_never_had_is_refused(friend: Foreign, live_server: Any) -> None:
    assert tell(friend, live_server, example("decline"))[0]["problem"] == "unknown_report"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"path": ["kota.example", "HERE", "kota.example"]}, "loop"),
        ({"body": "id.nobody", "content": {"lon": 107.12, "lat": -6.3}}, "no_such_body"),
        ({"content": {"category": "witchcraft", "branch": ["magic"]}}, "unknown_category"),
        ({"content": {"lon": 13.4, "lat": 52.5}}, "outside_country"),
    ],
)
def test_what_cannot_be_taken_is_declined_with_a_reason(
    friend: Foreign, live_server: Any, change: dict[str, Any], problem: str
) -> None:
    from kentongan.network import facts

    said = copy.deepcopy(example("hand_over"))
    said["content"] |= change.pop("content", {})
    said |= json.loads(json.dumps(change).replace("HERE", facts.instance()))
    (result,) = tell(friend, live_server, said)
    assert (result["status"], result["problem"]) == ("declined", problem)
    assert result["reason"]
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    "message",
    [{}, [], "x", {"type": "hand_over"}, {"type": "entry", "id": "1"}, {"type": "?", "id": "1"}, None],
)
def test_a_message_that_is_none_is_refused_and_the_others_are_taken(
    friend: Foreign, live_server: Any, message: Any
) -> None:
    results = tell(friend, live_server, message, example("hand_over"))
    assert [one["status"] for one in results] == ["refused", "done"]


def test_before_a_person_has_confirmed_nothing_is_taken(
    stranger: Foreign, world: None, live_server: Any, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    stranger.post(f"{live_server.url}/network/v1/introductions", {"url": stranger.url})
    run_tasks()
    answer = stranger.post(f"{live_server.url}/network/v1/messages", {"messages": [example("hand_over")]})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_introduced")


def test_a_new_key_is_taken_when_the_old_one_signed_for_it_and_no_other(friend: Foreign, live_server: Any) -> None:
    friend.keys |= {"kota.example#2": Ed25519PrivateKey.generate(), "kota.example#3": Ed25519PrivateKey.generate()}
    url = f"{live_server.url}/network/v1/messages"
    assert answers(friend.post(url, {"messages": []}, keyid="kota.example#3")) == (503, "key_looked_for", "5")
    run_tasks()  # nobody waited while it was looked for, and it was not found
    assert answers(friend.post(url, {"messages": []}, keyid="kota.example#3"))[:2] == (401, "unknown_key")
    KeySearch.objects.update(next_at=timezone.now())
    friend._show("kota.example#2", signed_by="kota.example#1")
    assert friend.post(url, {"messages": []}, keyid="kota.example#2").status_code == 503
    run_tasks()
    assert friend.post(url, {"messages": []}, keyid="kota.example#2").status_code == 200
    assert not seeking.sought(Peer.objects.get())
    assert not KnownKey.objects.filter(keyid="kota.example#3").exists()


def test_the_key_that_was_followed_by_another_ends_after_thirty_days(friend: Foreign, live_server: Any) -> None:
    friend.keys["kota.example#2"] = Ed25519PrivateKey.generate()
    friend._show("kota.example#2", signed_by="kota.example#1")
    assert keyring.follow_succession(Peer.objects.get(), friend.card["keys"]) == ["kota.example#2"]
    url = f"{live_server.url}/network/v1/messages"
    assert friend.post(url, {"messages": []}, keyid="kota.example#1").status_code == 200
    assert KnownKey.objects.get(keyid="kota.example#2").until is None
    KnownKey.objects.filter(keyid="kota.example#1").update(until=timezone.now())
    assert friend.post(url, {"messages": []}, keyid="kota.example#1").status_code in {401, 503}
    assert friend.post(url, {"messages": []}, keyid="kota.example#2").status_code == 200


def test_hundreds_of_unknown_keys_are_a_few_look_ups_and_one_row(
    friend: Foreign, live_server: Any, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    monkeypatch.setattr(seeking, "read_card", lambda address: calls.append(address) or friend.card)
    many = part(400)
    friend.keys |= dict.fromkeys((f"kota.example#jahat{one}" for one in range(many)), friend.keys["kota.example#1"])
    url, seen = f"{live_server.url}/network/v1/messages", set()
    before = (KnownKey.objects.count(), Peer.objects.count())
    for one in range(many):
        seen.add(answers(friend.post(url, {"messages": []}, keyid=f"kota.example#jahat{one}"))[:2])
        run_tasks()
    assert seen == {(503, "key_looked_for"), (401, "unknown_key")}
    assert 1 <= len(calls) <= 4  # one, and one more for each pause that a slow machine let pass
    assert KeySearch.objects.count() == 1
    assert (KnownKey.objects.count(), Peer.objects.count()) == before
    client.force_login(Person.objects.create_superuser("admin@contoh.id"))
    page = client.get(f"/console/peers/{Peer.objects.get().name}").content.decode()
    assert re.search(r"kota\.example#jahat\d", page)  # the last that was looked for: on a slow machine not the first
    assert "ditolak" in page


def test_looking_for_keys_waits_longer_each_time_and_says_where_the_card_cannot_be_read(
    friend: Foreign, live_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_address: str) -> Any:
        raise Problem("no_instance", 422, "away")

    monkeypatch.setattr(seeking, "read_card", away)
    friend.keys["kota.example#9"] = friend.keys["kota.example#1"]
    url, waits = f"{live_server.url}/network/v1/messages", []
    for _turn in range(7):
        assert friend.post(url, {"messages": []}, keyid="kota.example#9").status_code == 503
        run_tasks()
        answer = friend.post(url, {"messages": []}, keyid="kota.example#9")
        assert (answer.status_code, "tidak dapat dibaca" in answer.json()["detail"]) == (401, True)
        waits.append(round(int(answer.headers["Retry-After"]) / 60))
        KeySearch.objects.update(next_at=timezone.now())
    assert waits == [1, 2, 4, 8, 16, 16, 16]
    assert "tidak dapat dibaca" in seeking.sought(Peer.objects.get())


def test_a_peer_that_publishes_keys_without_end_keeps_the_newest_hundred(friend: Foreign) -> None:
    peer = Peer.objects.get()
    for turn in range(5):
        keyring.trust(peer, [{"keyid": f"kota.example#{turn}-{one}", "public": "A" * 43} for one in range(50)])
    assert KnownKey.objects.count() == 100
    assert KnownKey.objects.filter(keyid__startswith="kota.example#4-").count() == 50


def test_a_search_whose_worker_was_killed_is_begun_again(friend: Foreign, live_server: Any) -> None:
    friend.keys["kota.example#9"] = friend.keys["kota.example#1"]
    url = f"{live_server.url}/network/v1/messages"
    for age, begun in ((1, 0), (61, 1)):
        peer = Peer.objects.get()
        asked = timezone.now() - timedelta(minutes=age)
        KeySearch.objects.update_or_create(peer=peer, defaults={"keyid": "k", "asked_at": asked, "next_at": None})
        assert friend.post(url, {"messages": []}, keyid="kota.example#9").status_code == 503
        assert DBTaskResult.objects.filter(status=TaskResultStatus.READY).count() == begun


def answers(answer: requests.Response) -> tuple[int, str, str]:
    """The status, the name of the problem, and when to come again."""
    return answer.status_code, answer.json()["code"], answer.headers.get("Retry-After", "")


@pytest.mark.parametrize("keyid", ["kota.example#" + "9" * 300, "#", "", "kota.example", "kota.example#\x00"[:13]])
def test_an_odd_key_id_is_answered_and_ends(friend: Foreign, live_server: Any, keyid: str) -> None:
    friend.keys[keyid] = Ed25519PrivateKey.generate()
    answer = friend.post(f"{live_server.url}/network/v1/messages", {"messages": []}, keyid=keyid)
    assert answer.status_code in {401, 503}
    assert run_tasks() <= 1


def test_a_long_succession_on_a_card_ends_and_only_whole_key_ids_are_kept(friend: Foreign) -> None:
    peer = Peer.objects.get()
    before, long = "kota.example#1", "kota.example#" + "8" * 300
    friend.keys[long] = Ed25519PrivateKey.generate()
    public = keyring.encode(friend.keys[long].public_key().public_bytes_raw())
    succession = keyring.encode(friend.keys[before].sign(keyring.statement(long, public)))
    friend.card["keys"] = [{"keyid": long, "public": public, "signed_by": before, "succession": succession}]
    KeySearch.objects.create(peer=peer, keyid="kota.example#8", asked_at=timezone.now())
    seeking.learn_key.func(peer.pk)
    assert KnownKey.objects.count() == 1


@pytest.mark.parametrize(
    "lie",
    [
        {"instance": "pusat.go.id"}, {"url": "http://pusat.go.id"}, {"endpoint": "http://pusat.go.id/network/v1"},
        {"url": "http://kota.example:81"}, {"endpoint": "http://kota.example\\@pusat.go.id/"}, {"keys": []},
        {"keys": [{"keyid": "pusat.go.id#1", "public": "A" * 43}]}, {"instance": "kota.example."},
        {"keys": [{"keyid": "kota.examplejahat#1", "public": "A" * 43}]}, {"url": "http://kota.example@pusat.go.id"},
        {"keys": [{"keyid": "kota.example@pusat.go.id#1", "public": "A" * 43}]},
        {"keys": [{"keyid": "kota.example#1", "public": "A"}]},
        {"protocol": "kentongan/2"}, {"name": ["x"]}, {"instance": "kota\x00.example"}, {"keys": [[]]}, {"bodies": "x"},
    ],
)  # fmt: skip
def test_a_card_that_speaks_for_another_is_not_believed(stranger: Foreign, world: None, lie: dict[str, Any]) -> None:
    stranger.card |= lie
    with pytest.raises(Problem) as refused:
        introducing.meet(stranger.url)
    assert refused.value.code in {"not_itself", "no_instance"}
    assert not Peer.objects.exists()


def test_what_a_stranger_left_unconfirmed_is_replaced_by_what_the_host_itself_says(
    stranger: Foreign, world: None
) -> None:
    false = Peer.objects.create(
        name="jahat", title="Bukan kota", dialect="kentongan", instance="kota.example", state="asked",
        endpoint="http://jahat.example/network/v1",
    )  # fmt: skip
    KnownKey.objects.create(keyid="kota.example#1", peer=false, public="A" * 43)
    peer = introducing.meet(stranger.url)
    assert (peer.endpoint, peer.title, peer.state) == (stranger.card["endpoint"], "Lapor Kota", "proposed")
    assert KnownKey.objects.get().public == stranger.card["keys"][0]["public"]


def test_a_confirmed_peer_at_another_address_is_never_adopted(stranger: Foreign, world: None) -> None:
    Peer.objects.create(
        name="lama", dialect="kentongan", instance="kota.example", state="active", confirmed_here=True,
        endpoint="http://lain.example/network/v1",
    )  # fmt: skip
    with pytest.raises(Problem) as refused:
        introducing.meet(stranger.url)
    assert refused.value.code == "other_instance"


def test_a_stranger_is_looked_at_once_however_often_it_asks(
    stranger: Foreign, world: None, live_server: Any, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    for _turn in range(3):
        said = {"url": stranger.url}
        assert stranger.post(f"{live_server.url}/network/v1/introductions", said).status_code == 202
    assert run_tasks() == 1
    signs = (
        "http://k\u043eta.example",
        "http://kota\u3002example",
        "http://xn--",
        "ftp://kota.example",
        "//kota.example",
    )
    for bad in ("http://[", "http://a@b/", "", "http://10.0.0.1\\@kota.example/", *signs):
        Peer.objects.all().delete()
        assert stranger.post(f"{live_server.url}/network/v1/introductions", {"url": bad}).status_code == 422


def test_photos_are_no_longer_given_once_the_stay_has_ended(friend: Foreign, live_server: Any) -> None:
    tell(friend, live_server, example("hand_over"))
    stay = HandOver.objects.get()
    photo = reports.add_photo(picture(1))
    run_tasks()
    Photo.objects.filter(pk=photo.pk).update(report=stay.report)
    url = f"{live_server.url}/network/v1/photos/{photo.pk}"
    assert friend.get(url).status_code == 200
    for state in ("declined", "withdrawn", "returned"):
        HandOver.objects.update(state=state)
        assert friend.get(url).status_code == 404


def test_a_body_that_was_changed_on_the_way_is_refused(friend: Foreign, live_server: Any) -> None:
    request = requests.Request("POST", f"{live_server.url}/network/v1/messages", json={"messages": []}).prepare()
    HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=friend).sign(
        request, key_id="kota.example#1", tag="kentongan/1", nonce="n1", body=request.body,
        covered_component_ids=("@method", "@authority", "@path", "@query"),
    )  # fmt: skip
    request.body = b'{"messages": [1]}'
    assert requests.Session().send(request, timeout=20).status_code == 401


# What is not as it should be


def bad(path: str, value: Any, name: str = "hand_over") -> Any:
    """The example with one value that is not as it should be."""
    message = copy.deepcopy(example(name))
    *way, last = path.split(".")
    place = message
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    place[last] = value
    return message


BAD = [
    ("content.created_at", "0001-01-01T00:00:00+14:00"), ("content.created_at", "9999-12-31T23:59:59-12:00"),
    ("content.occurred_at", "0001-01-01T00:00:00Z"), ("content.occurred_at", "2026-11-20T08:30:00"),
    ("history.0.at", "0001-01-01T00:00:00+14:00"), ("history.0.text", "a\x00b"), ("history.0.kind", "DROP TABLE"),
    ("history.0.data", {"stars": 1.0}), ("history.0.data", {"stars": True}), ("history.0.data", {"stars": 6}),
    ("history.0.data", {"to": {"title": "x", "url": "javascript:alert(1)"}}), ("history.0.data", []),
    ("content.answers", {"size": [{"a": 1}]}), ("content.answers", {"size": {"a": 1}}), ("content.answers", [1]),
    ("content.text", "a\x00b"), ("content.text", ["a"]), ("content.url", "javascript:alert(1)"),
    ("content.url", "http://a b/"), ("content.lon", 500), ("content.lat", "x"), ("content.category", 7),
    ("report.code", "AAAA-EEEE"), ("report.code", "7KQF M2RD 9"), ("report.code", ""),
    ("report.url", "data:text/html,x"),
    ("report.instance", "kota\x00.example"), ("pseudonym", "x" * 65), ("path", []), ("path", ["x"] * 21),
    ("bounces", -1), ("reasons", [{"text": {"id": ["x"], "en": "y"}}]), ("reasons", ["x"]), ("body", None),
    ("photos", [{"id": "../../x", "sha256": "0" * 64, "role": "report"}]),
]  # fmt: skip


def test_a_bad_message_is_refused_alone_and_says_which_field(friend: Foreign, live_server: Any) -> None:
    wrong = [bad(path, value) for path, value in BAD] + [None, [], "x", {"type": "nix"}, {}]
    results = tell(friend, live_server, *wrong, example("hand_over"))
    assert results[-1]["status"] == "done"
    for (path, value), result in zip(BAD, results, strict=False):
        assert (result["status"], result["problem"]) == ("refused", "bad_message"), (path, value, result)
        assert path in result["reason"], (path, value, result)
    assert {one["status"] for one in results[len(BAD) : -1]} == {"refused"}
    assert Report.objects.count() == 1


def test_a_fault_of_ours_in_one_message_leaves_the_others(friend: Foreign, live_server: Any, monkeypatch: Any) -> None:
    take, first = receiving.receive, []

    def receive(peer: Peer, message: Any) -> Any:
        if not first:
            first.append(message)
            raise ValueError("unforeseen")
        return take(peer, message)

    monkeypatch.setattr(receiving, "receive", receive)
    one, other = tell(friend, live_server, bad("id", "first"), example("hand_over"))
    assert (one["status"], one["problem"], other["status"]) == ("later", "failed", "done")


@pytest.mark.parametrize(("age", "status"), [(110, 200), (130, 401), (230, 401), (-110, 200), (-130, 401)])
def test_a_message_is_taken_for_two_hours_and_no_longer(
    friend: Foreign, live_server: Any, age: int, status: int
) -> None:
    request = requests.Request("POST", f"{live_server.url}/network/v1/messages", json={"messages": []}).prepare()
    HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=friend).sign(
        request, key_id="kota.example#1", tag="kentongan/1", nonce="n1", body=request.body,
        created=datetime.now(UTC) - timedelta(minutes=age),
        covered_component_ids=("@method", "@authority", "@path", "@query"),
    )  # fmt: skip
    assert requests.Session().send(request, timeout=20).status_code == status


def test_a_body_that_is_nested_deeply_is_refused(friend: Foreign, live_server: Any) -> None:
    deep: Any = 1
    for _level in range(900):
        deep = [deep]
    (result,) = tell(friend, live_server, bad("content.answers", {"size": deep}))
    assert result["status"] == "refused"
