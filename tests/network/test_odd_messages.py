"""Whatever a peer tells, the report stays sound, and pages, console, API, Open311 and tables can still show it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kentongan.console import looks
from kentongan.foundation.problems import Problem
from kentongan.network.dialects.kentongan import receiving, server
from kentongan.network.models import HandOver, Peer
from kentongan.reports.audit import audit
from tests.console.test_console import staff
from tests.network.stays import given, known, sent, traced
from tests.network.test_receiving import BEGAN, READ, city, content, entry, here

__all__ = ["city"]
pytestmark = pytest.mark.django_db
# Every kind that a timeline here knows, ours alone among them, and some that nobody knows.
KINDS = sorted({*looks.KINDS, "strange", "identity", "kept", "x"})
SAID: list[dict[str, Any]] = [
    {}, {"stars": 3}, {"contests": 999}, {"contests": 0}, {"to": {"title": "X", "url": "https://x.example"}},
    {"hides": {"what": "photo", "reason": "privacy", "photos": ["0" * 64]}}, {"no_photo_reason": "Gelap"},
    {"hides": {"what": "text", "reason": "privacy", "entry": "nothing"}}, {"to": {}},
]  # fmt: skip
ACTORS, STATES = ("officer", "citizen", "reporter", "peer", "system"), ("", "routed", "resolved", "x", "received")


def odd(at: int, kind: str, data: dict[str, Any]) -> dict[str, Any]:
    name = f"kota.example/7KQF-M2RD/{kind}/{at}"
    more = {"actor": ACTORS[at % 5], "state": STATES[at % 4], "body": ("id.pu", "tidak.ada", None)[at % 3]}
    return entry(name, kind, text="" if at % 2 else "Kabar", data=data, **more)


def shown(client: Client, code: str, body: str) -> None:
    """The report on all its pages, to everybody and to the staff of its body."""
    pages = [
        f"/r/{code}", f"/api/v1/reports/{code}", f"/api/v1/reports/{code}/timeline", f"/open311/v2/requests/{code}.xml",
        "/open311/v2/servicerequestupdates.json",
    ]  # fmt: skip
    assert {at: client.get(at).status_code for at in pages} == dict.fromkeys(pages, 200)
    client.force_login(staff("coordinator", body))
    pages += [f"/console/reports/{code}", f"/console/?body={body}", f"/console/table.csv?body={body}"]
    assert {at: client.get(at).status_code for at in pages} == dict.fromkeys(pages, 200)


def test_a_report_with_any_history_is_sound_and_can_be_shown(city: Peer, client: Client) -> None:
    asset = {"layer": "street_light", "id": "L-7", "name": "Lampu"}
    history = [
        odd(at, kind, SAID[at % len(SAID)]) for at, kind in enumerate([*KINDS, "rated", "linked", "prioritised"])
    ]
    offered = {"type": "hand_over", "id": "h/1", "report": BEGAN, "body": "id.pu", "path": ["kota.example"]}
    told = READ.validate_python(offered | {"content": content(asset=asset), "history": history})
    assert receiving.receive(city, told)["status"] == "done"
    assert [str(one) for one in audit()] == []
    for at, kind in enumerate(KINDS):
        for data in (SAID[at % len(SAID)], {"stars": 1}):
            news = {"type": "entry", "id": f"e/{kind}/{len(data)}/{data}"[:200], "report": BEGAN}
            told = READ.validate_python(news | {"entry": odd(at + 100 + len(str(data)), kind, data)})
            assert receiving.receive(city, told)["status"] == "done"
    assert [str(one) for one in audit()] == []
    shown(client, here().code, "id.pu")


def test_a_report_that_was_given_away_is_sound_whatever_comes_of_it(world: None, client: Client) -> None:
    peer = known()
    stay: HandOver = given(sent(), peer)
    began = traced(stay.report)
    ref = {"instance": began.origin, "code": began.origin_code}
    for at, kind in enumerate(KINDS):
        told = {"type": "entry", "id": f"e/{kind}", "report": ref, "entry": odd(at, kind, SAID[at % len(SAID)])}
        assert receiving.receive(peer, READ.validate_python(told))["status"] == "done"
    assert [str(one) for one in audit()] == []
    shown(client, stay.report.code, "id.pu")


NEWS = {"type": "entry", "id": "e/1", "report": BEGAN, "entry": entry()}
# One field of a message each, as others have sent it: superseriousbusiness/gotosocial#2145, fedify-dev/fedify#226,
# MbinOrg/mbin#2107, NodeBB/NodeBB#12956, mastodon/mastodon#23416, misskey-dev/misskey#2546.
ODD_FIELDS: list[tuple[str, Any]] = [
    ("id", ""), ("id", None), ("id", 7), ("id", ["e/1"]), ("id", {"a": 1}), ("id", "x" * 201), ("id", "a\0b"),
    ("type", "Entry"), ("type", None), ("type", ["entry"]), ("report", "7KQF-M2RD"), ("report", []), ("report", None),
    ("report.instance", ""), ("report.instance", ["kota.example"]), ("report.code", "AAAA-AAAA"), ("report.code", 7),
    ("report.url", "javascript:alert(1)"), ("report.url", {"href": "x"}), ("report.url", "https://x.example/\\\\y"),
    ("entry", "kota.example/7KQF-M2RD/5"), ("entry", [entry()]), ("entry.id", ""), ("entry.id", None),
    ("entry.kind", ""),
    ("entry.kind", "Commented"), ("entry.kind", ["commented"]), ("entry.actor", "admin"), ("entry.actor", None),
    ("entry.at", "20/08/2023 12:08:01"), ("entry.at", "2025-01-01 12:34:56"), ("entry.at", "0001-01-01T00:00:00+14:00"),
    ("entry.at", "9999-12-31T23:59:59Z"), ("entry.at", True), ("entry.at", {}), ("entry.text", {"id": "Kabar"}),
    ("entry.text", ["Kabar"]), ("entry.text", "x" * 20_001), ("entry.state", 5), ("entry.data", "rated"),
    ("entry.data", {"stars": 1.0}), ("entry.data", {"stars": "5"}), ("entry.data", {"stars": True}), ("photos", {}),
    ("entry.data", {"stars": 6}), ("entry.data", {"contests": -1}), ("entry.data", {"to": "id.pu"}), ("photos", "p1"),
    ("entry.data", {"to": {"url": "data:text/html,x"}}), ("entry.data", {"hides": {"what": "all", "reason": "x"}}),
    ("photos", [{"id": "../../etc/passwd", "sha256": "0" * 64, "role": "after"}]), ("photos", [None]),
    ("photos", [{"id": "p1", "sha256": "0" * 63, "role": "after"}]), ("entry.body", {"code": "id.pu"}),
]  # fmt: skip


def changed(name: str, value: Any) -> dict[str, Any]:
    first, _dot, second = name.partition(".")
    return NEWS | {first: {**NEWS[first], second: value} if second else value}


def test_a_field_of_another_type_is_refused_alone_and_named() -> None:
    assert not isinstance(server._message(NEWS), dict)
    for name, value in ODD_FIELDS:
        told = server._message(changed(name, value))
        assert isinstance(told, dict), (name, value)
        assert (told["status"], told["problem"]) == ("refused", "bad_message")
        assert name == "type" or name.split(".")[-1] in told["reason"] or name in told["reason"], told
    for odd in (None, 7, "x", [], {}, [NEWS]):
        assert server._message(odd)["problem"] == "bad_message"


@pytest.mark.parametrize("length", ["abc", "-1", "\u0661\u0662", "1e3", "0x10", " "])
def test_a_length_that_is_no_number_is_refused_as_json(client: Client, length: str) -> None:
    answer = client.generic("POST", "/network/v1/messages", b"{}", CONTENT_LENGTH=length)
    assert answer.status_code in {400, 401}
    assert answer["Content-Type"] == "application/problem+json"


# Whole bodies, after matrix-org/synapse#9341 and #10886, matrix-org/matrix-spec-proposals#2540, LemmyNet/lemmy#1983.
ODD_BODIES = {
    "not a number": b'{"messages": [NaN]}', "infinite": b'{"messages": [1e999]}', "half a pair": b'["\\ud800"]',
    "a long number": b'{"messages": [%s]}' % (b"9" * 5000), "deep": b"[" * 100_000 + b"]" * 100_000,
    "no UTF-8": b'{"messages": ["\xff"]}', "a mark": b'\xef\xbb\xbf{"messages": []}', "a list": b"[]", "null": b"null",
    "nothing": b"", "more behind": b'{"messages": []} x', "UTF-16": '{"messages": []}'.encode("utf-16"),
}  # fmt: skip


def test_a_body_that_is_no_object_of_json_is_refused_whatever_is_odd_about_it() -> None:
    for name, body in ODD_BODIES.items():
        with pytest.raises(Problem) as refused:
            server._read(body)
        assert (refused.value.status, refused.value.code) == (400, "bad_json"), name
