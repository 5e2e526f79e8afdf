"""What a city's Open311 server is told of a report, and what its words and refusals mean: without the wire."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from kentongan.foundation.problems import Problem
from kentongan.network import open311_states as words
from kentongan.network.dialects.base import Declined, Done, Later, Line, Outcome, Parcel, Parked, Picture, Service
from kentongan.network.dialects.open311 import client, filing, web
from kentongan.reports.states import State

REPORT: dict[str, Any] = {
    "code": "7KQF-M2RD", "link": "https://lapor.example/r/7KQF-M2RD", "text": "Lubang", "category_name": "Jalan rusak",
    "url": "", "lon": 106.82, "lat": -6.17, "address": "Jalan Uji",
    "answers": {"size": "large", "many": ["a", "", "b"]},
    "created_at": "2026-11-26T12:00:00+00:00", "state": "routed",
}  # fmt: skip
LINE = Line("kota", "https://kota.example/open311/v2", secret="kunci", options={"format": "json"})


def pictures(*roles: str) -> tuple[Picture, ...]:
    return tuple(
        Picture(str(number), 1, role, f"https://lapor.example/{number}", lambda: b"jpeg")
        for number, role in enumerate(roles)
    )


def parcel(kind: str = "request", *attributes: dict[str, Any], **more: Any) -> Parcel:
    report = {**REPORT, **more.pop("report", {})}
    answers = more.pop("answers", {})
    return Parcel("k/1", kind, report, service=Service("006", attributes, answers), **more)


def filed(sent: Parcel, **options: Any) -> dict[str, str]:
    return dict(filing.fields(Line("kota", "https://kota.example/", options=options), sent))


# What is filed


def test_a_report_is_filed_with_its_place_its_address_and_where_it_can_be_followed() -> None:
    assert filed(parcel()) == {
        "service_code": "006", "description": "Lubang\n\nhttps://lapor.example/r/7KQF-M2RD", "lat": "-6.170000",
        "long": "106.820000", "address_string": "Jalan Uji",
    }  # fmt: skip


def test_what_a_report_has_not_is_left_out_and_its_link_is_told_with_it() -> None:
    bare = parcel(report={"lat": None, "lon": None, "address": "", "text": "", "url": "https://berita.example/1"})
    assert filed(bare) == {
        "service_code": "006",
        "description": "Jalan rusak\nhttps://berita.example/1\n\nhttps://lapor.example/r/7KQF-M2RD",
    }


def test_a_long_text_is_cut_with_a_sign_and_keeps_its_link() -> None:
    told = filed(parcel(report={"text": "x" * 900}), longest=200)["description"]
    assert len(told) == 200
    assert told.endswith("x…\n\nhttps://lapor.example/r/7KQF-M2RD")


def test_who_answers_for_this_installation_is_told_where_that_is_set() -> None:
    told = filed(parcel(), contact={"email": "balas@lapor.example", "phone": ""})
    assert told["email"] == "balas@lapor.example"
    assert "phone" not in told


@pytest.mark.parametrize(
    ("attribute", "answers", "told"),
    [
        ({"code": "SIZE"}, {"SIZE": "=size"}, {"attribute[SIZE]": "large"}),
        ({"code": "SIZE"}, {"SIZE": "2"}, {"attribute[SIZE]": "2"}),
        ({"code": "size"}, {}, {"attribute[size]": "large"}),
        ({"code": "STATE"}, {"STATE": "=state"}, {"attribute[STATE]": "routed"}),
        ({"code": "SIZE", "datatype": "multivaluelist"}, {"SIZE": "=size"}, {"attribute[SIZE][]": "large"}),
        ({"code": "SIZE", "values": [{"key": "3", "name": "Large"}]}, {"SIZE": "=size"}, {"attribute[SIZE]": "3"}),
        ({"code": "SIZE", "values": [{"key": "3", "name": "Tiny"}]}, {"SIZE": "=size"}, {"attribute[SIZE]": "large"}),
        ({"code": "NOTE"}, {}, {}),
        ({"code": ""}, {}, {}),
        ({"code": "NOTE", "variable": "false", "required": "true"}, {}, {}),
    ],
)
def test_each_question_of_theirs_is_answered_from_the_mapping_or_the_report(
    attribute: dict[str, Any], answers: dict[str, Any], told: dict[str, str]
) -> None:
    found = filed(parcel("request", attribute, answers=answers))
    assert {name: value for name, value in found.items() if name.startswith("attribute")} == told


def test_several_answers_are_told_one_by_one() -> None:
    found = filing.fields(LINE, parcel("request", {"code": "many"}))
    assert [pair for pair in found if pair[0].startswith("attribute")] == [
        ("attribute[many][]", "a"), ("attribute[many][]", "b"),
    ]  # fmt: skip


def test_a_question_that_has_to_be_answered_waits_for_a_person() -> None:
    with pytest.raises(Problem) as caught:
        filed(parcel("request", {"code": "NOTE", "required": "true", "description": "How deep?"}))
    assert (caught.value.code, caught.value.status) == ("unanswered", 422)
    assert "How deep?" in str(caught.value.detail)


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("list", ["https://lapor.example/0,https://lapor.example/2"]),
        ("repeat", ["https://lapor.example/0", "https://lapor.example/2"]),
        ("upload", []),
    ],
)
def test_photos_of_the_report_are_told_as_the_city_takes_them(how: str, told: list[str]) -> None:
    line = Line("kota", "https://kota.example/", options={"photos": how})
    found = filing.fields(line, parcel(pictures=pictures("report", "after", "report")))
    assert [value for name, value in found if name == "media_url"] == told


# What they answer


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The server's answers to GET and POST, one after another; `told` is what it was sent."""
    laid: dict[str, Any] = {"get": [], "post": [], "told": []}

    def post(line: Line, path: str, given: Any, files: Any = None) -> web.Reply:
        laid["told"].append((path, dict(given), files))
        return laid["post"].pop(0)

    def get(line: Line, path: str, **asked: str) -> web.Reply:
        laid["told"].append((path, asked, None))
        return laid["get"].pop(0)

    monkeypatch.setattr(web, "post", post)
    monkeypatch.setattr(web, "get", get)
    return laid


def reply(status: int, found: Any = None, retry_after: int | None = None) -> web.Reply:
    return web.Reply(status, found, retry_after)


def became(answers: dict[str, Any], answer: web.Reply, sent: Parcel | None = None) -> Outcome:
    answers["post"] = [answer]
    (outcome,) = client.Open311().send(LINE, [sent or parcel()])
    return outcome


FAULT = [{"code": 400, "description": "Not in the city"}]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (reply(201, [{"service_request_id": 7}]), Done("7")),
        (reply(200, [{"token": "t-1"}]), Done(token="t-1")),
        (reply(403, [{"code": 403, "description": "Bad key"}]), Parked("Kunci kita tidak mereka terima: Bad key")),
        (reply(200, [{"code": 401, "description": "Bad key"}]), Parked("Kunci kita tidak mereka terima: Bad key")),
        (reply(400, FAULT), Parked("Not in the city")),
        (reply(503, None, retry_after=60), Later("", timedelta(seconds=60))),
        (reply(503, [{"code": 503, "description": "Busy"}]), Later("Busy")),
        (reply(200, None), Later("")),
    ],
)
def test_an_answer_is_an_arrival_a_passing_fault_or_something_for_a_person(
    answers: dict[str, Any], answer: web.Reply, outcome: Outcome
) -> None:
    found = became(answers, answer)
    assert type(found) is type(outcome)
    if isinstance(outcome, Done):
        assert found == outcome
    elif isinstance(found, Later) and isinstance(outcome, Later):
        assert found.after == outcome.after
        assert outcome.error in found.error
    elif isinstance(found, Parked) and isinstance(outcome, Parked):
        assert outcome.error.rpartition(" ")[2] in found.error
    assert not isinstance(found, Declined)


def test_what_they_have_already_is_found_by_our_code_or_link(answers: dict[str, Any]) -> None:
    there = [{"service_request_id": "8", "description": "x"}, {"service_request_id": "9", "description": "7KQF-M2RD"}]
    answers["get"] = [reply(200, there)]
    assert became(answers, reply(400, [{"code": 400, "description": "Duplicate request"}])) == Done("9")
    answers["get"] = [reply(200, [])]
    assert isinstance(became(answers, reply(400, [{"code": 400, "description": "It is there already"}])), Parked)
    answers["get"] = [reply(200, there)]
    (outcome,) = client.Open311().send(LINE, [parcel(again=True)])
    assert outcome == Done("9")


def test_photos_are_sent_themselves_where_the_city_takes_no_addresses(answers: dict[str, Any]) -> None:
    line = Line("kota", "https://kota.example/", options={"photos": "upload"})
    answers["post"] = [reply(201, [{"service_request_id": "7"}])]
    client.Open311().send(line, [parcel(pictures=pictures("report", "after"))])
    (_path, _given, files) = answers["told"][0]
    assert files == [("media", ("photo-1.jpg", b"jpeg", "image/jpeg"))]


def test_a_server_that_takes_no_news_is_told_none_but_a_person_that_it_is_not_solved(answers: dict[str, Any]) -> None:
    told = [parcel("update", entry={"kind": kind}) for kind in ("commented", "reopened")]
    commented, reopened = (client.Open311().send(LINE, [one])[0] for one in told)
    assert commented == Done()
    assert isinstance(reopened, Parked)
    assert answers["told"] == []


def news(kind: str, remote: str = "7") -> Parcel:
    entry = {"id": "lapor/7KQF-M2RD/5", "kind": kind, "text": "Masih ada", "at": REPORT["created_at"]}
    return parcel("update", entry=entry, remote_id=remote, pictures=pictures("contest"))


def test_fixmystreet_is_told_news_with_its_photos_once_it_has_given_an_id(answers: dict[str, Any]) -> None:
    fixmystreet = client.FixMyStreet()
    kind = next(iter(client.TOLD))
    assert fixmystreet.send(LINE, [news("sent_out")]) == [Done()]
    assert isinstance(fixmystreet.send(LINE, [news(kind, remote="")])[0], Later)
    assert answers["told"] == []
    answers["post"] = [reply(200, [{"update_id": "1"}]), reply(400, [{"code": 400, "description": "already exists"}])]
    assert fixmystreet.send(LINE, [news(kind)]) == fixmystreet.send(LINE, [news(kind)]) == [Done()]
    assert answers["told"][0][1]["media_url"] == "https://lapor.example/0"
    answers["post"] = [reply(400, FAULT)]
    assert fixmystreet.send(LINE, [news(kind)]) == [Parked("Not in the city")]


def test_a_status_that_nobody_knows_is_told_as_it_stands() -> None:
    at = timezone.now()
    told = client._update("u", "7", at, "On hold", "Menunggu alat", ())
    assert (told.state, told.text) == (None, "On hold. Menunggu alat")
    assert client._update("u", "7", at, "FIXED", "", ()).state == State.RESOLVED


# Their words and ours


@pytest.mark.parametrize(
    ("state", "ending", "plain", "extended"),
    [
        ("routed", "", "open", "open"),
        ("in_progress", "", "open", "in_progress"),
        ("resolved", "solved", "closed", "fixed"),
        ("rejected", "closed_without_fix", "closed", "no_further_action"),
        ("rejected", "passed_on", "closed", "not_councils_responsibility"),
    ],
)
def test_each_state_has_a_word_of_the_standard_and_one_of_its_extension(
    state: str, ending: str, plain: str, extended: str
) -> None:
    assert (words.plain(state), words.extended(state, ending)) == (plain, extended)
    assert words.note(state, ending)


def test_what_was_passed_on_is_said_so() -> None:
    assert words.note("rejected", "passed_on") != words.note("rejected", "closed_without_fix")


@pytest.mark.parametrize(
    ("word", "states"),
    [
        ("fixed", {"resolved", "confirmed"}),
        ("for_triage", {"received"}),
        ("reopen", {"routed"}),
        ("planned", {"accepted"}),
        ("not_councils_responsibility", {"rejected"}),
        ("unchanged", set()),
        ("danced", set()),
    ],
)
def test_a_word_that_is_asked_for_stands_for_states(word: str, states: set[str]) -> None:
    assert words.states_of(word) == states
    assert words.states_of("open") | words.states_of("closed") == set(State)
    assert not words.states_of("open") & words.states_of("closed")
