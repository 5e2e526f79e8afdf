"""A code that is not here leads to where the report is; others are asked only where that is no secret."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from kentongan.foundation import outgoing
from kentongan.network import facts, resolving
from kentongan.network.models import CodeAnswer
from tests.network.stays import NOON, given, known, sent, traced

pytestmark = pytest.mark.django_db
CODE = "7KQF-M2RD"


@pytest.fixture(autouse=True)
def begun(world: None, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """The codes that others are asked for, and whom; it is noon."""
    asked: list[tuple[str, list[str]]] = []
    cache.clear()
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    monkeypatch.setattr(resolving, "_begin", lambda code, whom: asked.append((code, whom)))
    return asked


def test_what_is_no_code_or_the_code_of_a_secret_is_asked_of_nobody(begun: list[Any]) -> None:
    known(endpoint="https://kota.example/network/v1")
    for written in ("", "bukan kode", "BBBB-BBBB-BBBB-BBBB-BBBB-BBBB"):
        assert resolving.resolve(written) is None
    assert begun == []


def test_a_report_that_bears_another_code_here_is_found_by_the_one_it_had(begun: list[Any]) -> None:
    report = sent()
    trace = traced(report, origin="kota.example", origin_code=CODE)
    assert resolving.resolve(CODE.lower().replace("-", " ")) == facts.link(f"r/{report.code}")
    trace.delete()
    given(report, known(), remote_id=CODE)
    assert resolving.resolve(CODE) == facts.link(f"r/{report.code}")
    assert begun == []


def test_a_secret_report_is_not_found_by_the_code_it_had(begun: list[Any]) -> None:
    report = sent(privacy="secret")
    traced(report, origin="kota.example", origin_code=CODE)
    given(report, known(dialect="kentongan", state="paused"), remote_id=CODE)
    assert resolving.resolve(CODE) is None


@pytest.mark.parametrize(("url", "found"), [("https://kota.example/r/1", "https://kota.example/r/1"), ("", None)])
def test_what_was_learned_a_moment_ago_is_not_asked_again(begun: list[Any], url: str, found: str | None) -> None:
    known(endpoint="https://kota.example/network/v1")
    CodeAnswer.objects.create(code=CODE, url=url, until=NOON + timedelta(seconds=1))
    assert resolving.resolve(CODE) == found
    assert begun == []
    CodeAnswer.objects.update(until=NOON)
    with pytest.raises(resolving.Checking):
        resolving.resolve(CODE)


def test_active_instances_and_those_that_left_are_asked(begun: list[Any]) -> None:
    assert resolving.resolve(CODE) is None  # there are none
    known("b", endpoint="https://b.example/", state="gone")
    known("a", endpoint="https://a.example/")
    known("c", endpoint="https://c.example/", state="paused")
    known("d", endpoint="https://d.example/", dialect="webhook")
    with pytest.raises(resolving.Checking) as caught:
        resolving.resolve(CODE)
    assert (caught.value.status, caught.value.extra) == (202, {"retry_after": 2})
    assert begun == [(CODE, ["https://a.example/", "https://b.example/"])]


def test_what_is_under_way_is_waited_for(begun: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolving, "_under_way", {CODE})
    with pytest.raises(resolving.Checking):
        resolving.resolve(CODE)
    assert begun == []


def test_nobody_guesses_codes_by_asking_everybody(begun: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    known(endpoint="https://kota.example/network/v1")
    monkeypatch.setattr(resolving, "QUESTIONS", 2)
    for _time in range(2):
        with pytest.raises(resolving.Checking):
            resolving.resolve(CODE, "203.0.113.7")
    assert resolving.resolve(CODE, "203.0.113.7") is None
    with pytest.raises(resolving.Checking):
        resolving.resolve(CODE, "203.0.113.8")


def test_an_instance_speaks_for_its_own_pages_and_moves_only_to_one_that_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known("kota", endpoint="https://kota.example/network/v1")
    said: dict[str, Any] = {}

    class Answer:
        def expect(self) -> Answer:
            return self

        def json(self) -> Any:
            return said

    monkeypatch.setattr(outgoing, "call", lambda *_given, **_named: Answer())
    for told, found in (
        ({"url": "https://kota.example/r/1"}, ("https://kota.example/r/1", "https://kota.example")),
        ({"url": "https://jahat.example/r/1"}, ("", "")),
        ({"url": "https://x", "moved": "https://jahat.example/r/1"}, ("https://jahat.example/r/1", "")),
        ({"url": "bukan"}, ("", "")),
        ({}, ("", "")),
    ):
        said.clear()
        said.update(told)
        page, host = resolving._ask("https://kota.example/network/v1", CODE, 1e12)
        assert (page, host) == (found[0], resolving._host(found[1]))
