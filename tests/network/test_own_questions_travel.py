"""Answers to what a body asks of its own go where the report goes, with the words in which they were asked."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from kentongan import reports, routing
from kentongan.network import facts
from kentongan.network.dialects.base import Parcel
from kentongan.network.dialects.email import letter
from kentongan.network.dialects.kentongan import client, wire
from kentongan.reports.models import Report
from tests.network.test_receiving import city, content, here, offer  # noqa: F401  a fixture
from tests.own import asks, asks_depth
from tests.world import submission

pytestmark = pytest.mark.usefixtures("world")
ASKED = [
    {"code": "depth", "datatype": "singlevaluelist", "public": True, "description": {"id": "Dalam?", "en": "Deep?"},
     "values": [{"key": "knee", "name": {"id": "Selutut", "en": "To the knee"}}], "required": True, "body": "32.x"},
    {"code": "house", "description": {"id": "Rumah?", "en": "House?"}},
]  # fmt: skip


def test_a_peer_reads_the_answers_in_the_words_of_the_question_and_nothing_required_here_refuses_it(
    city: Any,  # noqa: F811
) -> None:
    asks("id.pu", code="mine")
    answers = {"house": "12A", "depth": "knee", "other": [1, 2]}
    assert offer(city, content=content(answers=answers, asked=ASKED))["status"] == "done"
    report = here()
    assert reports.in_their_words(reports.answered(report)) == [
        ("Dalam?", "Selutut"), ("Rumah?", "12A"), ("other", "1, 2"),
    ]  # fmt: skip
    assert [one["code"] for one, _answer in reports.answered(report, public=True)] == ["depth"]


@pytest.mark.parametrize("asked", [[{"code": 5}], [{}], "x", [{"code": "a", "values": [{}]}], [{"code": "a"}] * 201])
def test_what_is_no_list_of_questions_is_refused_as_such(city: Any, asked: Any) -> None:  # noqa: F811
    with pytest.raises(ValidationError):
        offer(city, content=content(answers={"a": "1"}, asked=asked))
    assert not Report.objects.exists()


def test_what_is_told_to_a_peer_has_the_questions_and_is_taken_as_it_is_sent() -> None:
    asks()
    asks_depth()
    report = routing.submit(submission(answers={"house": "12A", "depth": "knee", "size": "large"}), None).report
    told = facts.report_facts(report, "kota")
    assert [one["code"] for one in told["asked"]] == ["size", "house", "depth"]
    parcel = Parcel(
        "request/1", "request", told,
        payload={
            "origin": "a", "origin_code": report.code, "stay": 1, "history": [], "path": ["a"], "body": "id.pu",
            "bounces": 0, "final": False, "pseudonym": "",
        },
    )  # fmt: skip
    said = client.message_of(parcel)["content"]
    assert [one.code for one in wire.ReportShape.model_validate(said).asked] == ["size", "house", "depth"]


def test_a_mailbox_reads_the_answers_in_both_languages() -> None:
    asks()
    asks_depth()
    report = routing.submit(submission(answers={"house": "<b>12A", "depth": "knee"}), None).report
    parcel = Parcel("request/1", "request", facts.report_facts(report, "kotak"), payload={"stay": 1})
    mail = letter.write(parcel, "kotak@contoh.id", "")
    assert "Seberapa dalam? Selutut" in str(mail.body)
    assert "How deep? To the knee" in str(mail.body)
    assert "Nomor rumah? <b>&lt;b&gt;12A</b>" in " ".join(str(mail.alternatives[0][0]).split())
