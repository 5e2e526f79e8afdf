"""Many reports that another instance hands over in one call stand here as if each had come by itself."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pydantic import TypeAdapter

from kentongan.foundation.codes import ALPHABET
from kentongan.network import facts, intake
from kentongan.network.dialects.kentongan import receiving, together, wire
from kentongan.network.models import Delivery, HandOver, Peer, Receipt, Trace
from kentongan.reports.audit import audit
from kentongan.reports.models import Entry, Report
from tests.network.stays import NOON, known, sent
from tests.world import ON_NATIONAL_ROAD

pytestmark = pytest.mark.django_db
READ: TypeAdapter[wire.HandOverMessage] = TypeAdapter(wire.HandOverMessage)
DIFFER = {"id", "report_id", "code", "submission_id", "digest", "_state", "_prefetched_objects_cache", "began_at"}


@pytest.fixture
def city(world: None, monkeypatch: pytest.MonkeyPatch) -> Peer:
    """The peer `kota`; it is noon."""
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    return known("kota", title="Kota Contoh", instance="kota.example")


def offered(number: int, **more: Any) -> wire.HandOverMessage:
    code = f"7KQF-22{ALPHABET[number // 28]}{ALPHABET[number % 28]}"
    lon, lat = ON_NATIONAL_ROAD
    at = "2026-11-26T11:00:00Z"
    content = {"category": "road_damage", "text": "Lubang", "lon": lon, "lat": lat, "created_at": at}
    began = {"id": f"kota.example/{code}/1", "kind": "received", "actor": "reporter", "at": at, "state": "received"}
    return READ.validate_python({
        "type": "hand_over", "id": f"h/{number}", "body": "id.pu", "path": ["kota.example"], "history": [began],
        "report": {"instance": "kota.example", "code": code, "url": f"https://kota.example/r/{code}"},
        "content": content, "pseudonym": "p-1", **more,
    })  # fmt: skip


def stand(code: str) -> list[Any]:
    """All that is kept of a report, but for what differs between any two."""
    report = Report.objects.get(code=code)
    rows = [Trace.objects.get(report=report), *report.hand_overs.all(), *report.entries.order_by("seq"), report]
    told = [{name: value for name, value in vars(row).items() if name not in DIFFER} for row in rows]
    return [{name: str(value).replace(code, "CODE") for name, value in row.items()} for row in told]


def test_each_of_many_stands_here_as_one_that_came_alone(city: Peer) -> None:
    alone = receiving.receive(city, offered(1))
    results = together.take(city, [offered(2), offered(3), offered(4)])
    assert list(results) == ["h/2", "h/3", "h/4"]
    for name, result in results.items():
        code = result["code"]
        assert result == {"id": name, "status": "done", "code": code, "url": facts.link(f"r/{code}")}
        assert stand(code) == stand(alone["code"])
    kinds = Entry.objects.filter(report__code="7KQF-2224").order_by("seq").values_list("kind", flat=True)
    assert list(kinds) == ["received", "came_in", "routed"]
    assert Receipt.objects.count() == 4
    assert list(audit()) == []


def test_many_are_taken_in_by_as_many_statements_as_two(city: Peer) -> None:
    def asked(*numbers: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert len(together.take(city, [offered(number) for number in numbers])) == len(numbers)
        # But for what is looked at once a second, and a table grown from nothing that is looked through.
        return len([one for one in captured if not {"ANALYZE", '"foundation_revision"'} & set(one["sql"].split())])

    asked(1, 2)  # what is kept in the process is read
    assert asked(3, 4) == asked(*range(5, 25))
    assert Report.objects.count() == 24


def test_a_repeat_has_the_result_of_the_first_time_and_stores_nothing(city: Peer) -> None:
    both = [offered(1), offered(2)]
    first = together.take(city, both)
    assert together.take(city, both) == first
    more = together.take(city, [*both, offered(3)])
    assert (more["h/1"], list(more)) == (first["h/1"], ["h/1", "h/2", "h/3"])
    assert receiving.receive(city, both[1]) == first["h/2"]
    assert (Report.objects.count(), HandOver.objects.count()) == (3, 3)


def test_what_one_peer_was_answered_is_no_answer_to_another_that_names_its_messages_alike(city: Peer) -> None:
    together.take(city, [offered(1), offered(2)])
    other = known("desa", title="Desa Contoh", instance="desa.example")
    assert intake.known(other, ["h/1", "h/2"]) == {}
    assert sorted(intake.known(city, ["h/1", "h/2", "h/3"])) == ["h/1", "h/2"]


def test_what_cannot_be_taken_so_has_no_result_and_the_others_are_taken(city: Peer) -> None:
    receiving.receive(city, offered(1))
    back = offered(1, id="h/again")
    loop = offered(2, path=["kota.example", facts.instance(), "kota.example"])
    misled = offered(3, path=["lain.example"])
    twice = [offered(4), offered(4, id="h/4b"), offered(5, id="h/5"), offered(6, id="h/5")]
    strange = offered(7, content={**offered(7).content.model_dump(mode="json"), "category": "witchcraft", "branch": []})
    results = together.take(city, [back, loop, misled, *twice, strange, offered(8), offered(9)])
    assert list(results) == ["h/8", "h/9"]
    assert set(Trace.objects.values_list("origin_code", flat=True)) == {"7KQF-2223", "7KQF-222B", "7KQF-222C"}
    assert receiving.receive(city, strange)["problem"] == "unknown_category"


def test_a_code_that_another_report_bears_is_drawn_anew(city: Peer) -> None:
    here = sent()
    Report.objects.filter(pk=here.pk).update(code="7KQF-2223")
    codes = {one["code"] for one in together.take(city, [offered(1), offered(2)]).values()}
    assert "7KQF-2224" in codes
    assert "7KQF-2223" not in codes
    assert Trace.objects.get(origin_code="7KQF-2223").report_id != here.pk


def test_photos_of_each_are_fetched_later(city: Peer) -> None:
    photo = {"id": "p1", "sha256": f"{1:064x}", "role": "report", "entry": ""}
    together.take(city, [offered(1, photos=[photo]), offered(2)])
    due = Delivery.objects.get(kind="fetch")
    assert due.payload["report"] == "7KQF-2223"


def test_where_one_cannot_be_stored_none_is_and_each_is_received_by_itself(city: Peer, monkeypatch: Any) -> None:
    def taken(*_args: Any) -> None:
        raise IntegrityError

    with monkeypatch.context() as patched:
        patched.setattr(intake, "remember", taken)
        assert together.take(city, [offered(1), offered(2)]) == {}
    assert [model.objects.count() for model in (Report, Receipt, Trace)] == [0, 0, 0]
    assert receiving.receive(city, offered(1))["status"] == "done"


def test_one_message_is_received_by_itself(city: Peer) -> None:
    assert together.take(city, [offered(1)]) == {}
    assert together.take(city, []) == {}
