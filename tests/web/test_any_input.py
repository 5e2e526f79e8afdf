"""What browsers, phones and programs send: read as it was meant, or refused by name; and the front that takes it in."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

import orjson
import pytest
from defusedxml.ElementTree import fromstring
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.http import Http404, QueryDict
from django.test import RequestFactory
from django.utils import timezone, translation
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from kentongan.api import asking, edge, schema, shapes
from kentongan.cli import peers as commands
from kentongan.cli import production
from kentongan.foundation.config import Config
from kentongan.foundation.problems import Problem
from kentongan.front import answering
from kentongan.front.environ import environ
from kentongan.live.telling import TOPIC
from kentongan.network.dialects.open311 import filing as _filing  # noqa: F401  loads the dialects
from kentongan.open311 import arguments, doors, filing, formats
from kentongan.web import draft, map_files, packed, tags, waiting
from tests.depth import few
from tests.inputs import moments, refused

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(-1e9, 1e9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab\0", max_size=3), inner, max_size=3),
    max_leaves=5,
)


def asked(*said: tuple[str, str]) -> QueryDict:
    return QueryDict(urlencode(said))


# --- pages ---


@given(
    st.text("bytes=0123456789-, ", max_size=16)
    | st.builds("bytes={}-{}".format, st.integers(0, 30) | st.just(""), st.integers(0, 30) | st.just("")),
    st.integers(1, 20),
)
@few(60)
def test_a_range_is_the_bytes_that_were_asked_for_or_none_at_all(wanted: str, size: int) -> None:
    part = map_files._range(wanted, size)
    content = bytes(range(size))
    if part is None:
        assert not re.fullmatch("bytes=([0-9]+-[0-9]*|-[0-9]+)", wanted.strip())
        return
    start, end = part
    first, _dash, last = wanted.strip().removeprefix("bytes=").partition("-")
    behind = content[-int(last) :] if last and int(last) else b""
    meant = content[int(first) : int(last) + 1 if last else None] if first else behind
    told = b"" if start >= size or start > end else content[start : end + 1]
    assert told == (meant if not first or not last or int(first) <= int(last) else b"")


@given(
    st.integers(-1, 22),
    st.builds("{:.3f},{:.3f}".format, st.floats(-200, 200), st.floats(-100, 100)) | st.text(max_size=8),
    st.builds("{}x{}".format, st.integers(0, 2000), st.integers(0, 2000)) | st.text("0123x", max_size=6),
)
@few()
def test_a_picture_of_the_map_is_one_of_this_earth_or_not_found(zoom: int, point: str, size: str) -> None:
    try:
        view = map_files._view(zoom, point, size)
    except Http404:
        return
    assert abs(view.lon) <= 180
    assert abs(view.lat) <= 85
    assert all(map_files.SMALLEST <= one <= map_files.LARGEST for one in (view.width, view.height))


CODING = st.sampled_from(["gzip", "br", "x-gzip", "GZIP", "identity", "*"])
WEIGHT = st.sampled_from(["", ";q=0", "; q=0.0", ";q=0.5", ";q=1", " ; Q=0.000"])


@given(st.lists(st.tuples(CODING, WEIGHT), max_size=4))
@few()
def test_nothing_is_packed_in_a_way_that_was_refused(codings: list[tuple[str, str]]) -> None:
    accepted = ", ".join(f"{one}{weight}" for one, weight in codings)
    left = packed._REFUSED.sub("", accepted).lower()
    for name in ("gzip", "br"):
        weights = [weight for one, weight in codings if one.lower().removeprefix("x-") == name]
        wanted = [one for one in weights if not re.fullmatch("q=0(.0*)?", one.lower().strip(" ;"))]
        assert (name in left) is bool(wanted)


@given(JSON.map(lambda said: orjson.dumps(said).decode()) | st.text(max_size=12))
@few()
def test_answers_that_a_phone_kept_are_texts_or_lists_of_them(written: str) -> None:
    for answer in waiting._answers(written).values():
        assert all(isinstance(one, str) for one in (answer if isinstance(answer, list) else [answer]))


@given(st.floats(95, 141), st.floats(-11, 6), st.booleans(), st.text(max_size=8))
@few()
def test_the_boxes_of_a_place_give_the_place_however_they_are_filled(
    lon: float, lat: float, comma: bool, odd: str
) -> None:
    east, north = (f"{one:.6f}".replace(".", "," if comma else ".") for one in (lon, lat))
    there = (pytest.approx(lon, abs=1e-6), pytest.approx(lat, abs=1e-6))
    assert draft.point({"lon": east, "lat": north}) == there
    found: list[Any] = []
    if not refused(lambda: found.append(draft.point({"lon": odd, "lat": north})), "bad_coordinates"):
        assert all(one is None or abs(one) <= 180 for one in found[0])


@given(moments(1955, 2064), st.text(max_size=8))
@few()
def test_the_time_of_a_form_is_that_of_the_place_unless_it_says_its_own(at: datetime, odd: str) -> None:
    zone, local = ZoneInfo("Asia/Jayapura"), at.replace(tzinfo=None, second=0, microsecond=0)
    for written in (f"{local:%Y-%m-%dT%H:%M}", f"{local:%d/%m/%Y %H.%M}"):
        assert draft.moment(written, zone) == local.replace(tzinfo=zone)
    assert draft.moment(f"{local:%Y-%m-%dT%H:%M}+00:00", zone) == local.replace(tzinfo=at.tzinfo)
    refused(lambda: draft.moment(odd, zone), "bad_time")


@given(st.text("https://a.id[]()<>\"'; &", max_size=30) | st.text(max_size=20))
@few()
def test_a_source_is_shown_with_links_and_without_markup_of_others(source: str) -> None:
    shown = str(tags.cited(source))
    words = "".join(fromstring(f"<p>{shown}</p>").itertext()) if source.isprintable() else shown
    assert "<script" not in shown
    assert shown.count("<a ") == shown.count("</a>")
    assert "http" in source or words == source or not source.isprintable()


@given(
    st.integers(0, 59) | st.integers(0, 10**6) | st.integers(0, 10**8),
    st.integers(0, 3_600),
    st.sampled_from(["id", "en"]),
)
@few()
def test_words_of_an_age_change_at_whole_units_only_so_that_they_can_be_kept_until_then(
    seconds: int, more: int, language: str
) -> None:
    size = next(size for size in (tags.HOUR, tags.MINUTE, 1) if seconds >= size or size == 1)
    other = seconds // size * size + more % int(size)
    now = timezone.now()
    with translation.override(language):
        # Half a second aside: the words are of the moment at which they are asked for.
        one, two = (naturaltime(now - timedelta(seconds=age + 0.4)) for age in (seconds, other))
    assert one == two


# --- the API ---

NUMBERS = st.lists(st.floats().map(str) | st.sampled_from(["106.8", "-6.2", "500", "", "x", "٣"]), max_size=5).map(
    ",".join
)


@given(NUMBERS, st.lists(st.sampled_from(["received", "done", "x", "", "waiting"]), max_size=3).map(",".join))
@few(60)
def test_any_filter_of_a_list_lies_on_the_globe_or_is_refused(written: str, states: str) -> None:
    found: list[Any] = []
    if not refused(lambda: found.append(asking._box(written)), "bad_bbox"):
        west, south, east, north = found.pop()
        assert -180 <= west <= east <= 180
        assert -90 <= south <= north <= 90
    if not refused(lambda: found.append(asking._circle(written)), "bad_near"):
        lon, lat, metres = found.pop()
        assert abs(lon) <= 180
        assert abs(lat) <= 90
        assert 0 < metres <= asking.FARTHEST
    refused(lambda: asking._states(states), "bad_state")


@given(st.datetimes(timezones=st.none() | st.timezones()).map(str) | st.integers() | st.floats() | st.text(max_size=12))
@few()
def test_any_time_of_the_api_has_a_zone_and_a_year_that_is_near_or_is_refused(said: object) -> None:
    try:
        at = TypeAdapter(shapes.When).validate_python(said)
    except ValidationError:
        return
    assert at.tzinfo is not None
    assert 1900 <= at.year <= 2200
    assert isinstance(said, str)


@given(JSON)
@example(orjson.loads("[" * 40 + "]" * 40))
@few()
def test_what_is_sent_is_kept_without_nul_and_is_the_same_otherwise(said: Any) -> None:
    found: list[Any] = []
    if not refused(lambda: found.append(schema.without_nul(said)), "bad_json"):
        assert "\0" not in str(found[0])
        assert schema.without_nul(found[0]) == found[0]
        assert orjson.dumps(schema._paired(found[0]))


@given(
    st.text("0123456789-+ ٣e", max_size=8),
    st.sampled_from(["application/json", "multipart/form-data", "text/xml"]),
    st.sampled_from(["/api/v1/reports", "/api/v1/photos", "/api/v1/alerts/x/media", "/api/v1/timers"]),
)
@few()
def test_any_length_of_a_body_is_welcome_or_refused_by_a_status(length: str, kind: str, path: str) -> None:
    request = RequestFactory().post(path, b"", content_type=kind)
    request.META["CONTENT_LENGTH"] = length
    assert edge._refusal(request) in {0, 400, 413, 415}


# --- Open311 ---


@given(
    moments(2020, 2026).map(lambda at: at.isoformat()) | st.just(""),
    moments(2020, 2026).map(lambda at: f"{at:%Y-%m-%d}") | st.just(""),
)
@few()
def test_a_window_is_of_ninety_days_at_most_and_not_turned_round(start: str, end: str) -> None:
    found: list[Any] = []
    given_ = asked(("start_date", start), ("end_date", end))
    if not refused(lambda: found.append(arguments.window(given_)), "bad_window", "bad_time"):
        first, last = found[0]
        assert first is not None
        assert last is None or first <= last <= first + arguments.WINDOW
    assert arguments.window(asked(), always=False) == (None, None)


@given(
    st.lists(st.text("ab, ", max_size=5), max_size=4),
    st.lists(st.sampled_from(["https://a.id/x,y", "data:a,b", "x"]), max_size=3),
)
@few()
def test_values_are_found_however_they_are_listed(words: list[str], media: list[str]) -> None:
    one_by_one = arguments.words(asked(*(("q", one) for one in words)), "q")
    assert one_by_one == arguments.words(asked(("q", ",".join(words))), "q")
    assert len(set(one_by_one)) == len(one_by_one)
    links = [one for one in media if one != "x"]
    assert arguments.media(asked(("media_url", ", ".join(links)))) == tuple(dict.fromkeys(links))
    assert arguments.media(asked(*(("media_url", one) for one in media))) == tuple(dict.fromkeys(media))


@given(
    st.dictionaries(
        st.sampled_from(["a", "b", "é"]),
        st.text(min_size=1, max_size=4) | st.lists(st.text(min_size=1, max_size=4), min_size=2, max_size=3),
    )
)
@few()
def test_answers_are_the_same_as_a_form_and_as_json(answers: dict[str, Any]) -> None:
    json = QueryDict(mutable=True)
    doors._put(json, "attribute", answers, 0)
    listed = [(f"attribute[{code}][]", one) for code, said in answers.items() if isinstance(said, list) for one in said]
    form = asked(*listed, *((f"attribute[{code}]", one) for code, one in answers.items() if isinstance(one, str)))
    want = {code: said if isinstance(said, list) else [said] for code, said in answers.items()}
    assert filing._attributes(form) == filing._attributes(json) == want


@given(JSON, st.text(max_size=8))
@few()
def test_any_answer_is_written_as_xml_that_can_be_read(value: Any, words: str) -> None:
    if isinstance(value, dict | list):
        value = str(value)
    root = fromstring(formats._xml("errors", [{"code": value, "description": words}]))
    assert [one.tag for one in root] == ["error"]
    assert (root[0][1].text or "") == formats._UNWRITABLE.sub("", words).replace("\r\n", "\n").replace("\r", "\n")


# --- the front ---

HEADERS = st.dictionaries(
    st.sampled_from(
        ["host", "x-forwarded-for", "x_forwarded_for", "cookie", "content-type", "content-length", "accept"]
    ),
    st.binary(max_size=8),
)  # as bytes, which a server reads as UTF-8 with what is none escaped


@given(HEADERS, st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=8), st.integers(0, 99))
@few()
def test_a_request_is_told_to_django_byte_by_byte_and_nobody_passes_for_our_proxy(
    headers: dict[str, bytes], path: str, length: int
) -> None:
    scope: Any = SimpleNamespace(
        server="[::1]:8000",
        client="[2001:db8::1]:5",
        method="GET",
        path=f"/{path}",
        query_string="a=b",
        http_version="1.1",
        scheme="http",
        authority="",
        headers={name: value.decode("utf-8", "surrogateescape") for name, value in headers.items()},
    )
    told = environ(scope, BytesIO(), length)
    assert told["PATH_INFO"].encode("latin-1").decode() == f"/{path}"
    assert (told["SERVER_NAME"], told["REMOTE_ADDR"]) == ("::1", "2001:db8::1")
    assert ("HTTP_X_FORWARDED_FOR" in told) is ("x-forwarded-for" in headers)
    assert {name: one.encode("latin-1") for name, one in told.items() if name.startswith("HTTP_")} == {
        f"HTTP_{name.upper().replace('-', '_')}": value
        for name, value in headers.items()
        if name in ("host", "x-forwarded-for", "cookie", "accept")
    }


@given(
    st.none() | st.text("0123456789 -٣²", max_size=8) | st.sampled_from(["9" * 5000, "0" * 18 + "5"]),
    st.booleans(),
    st.booleans(),
)
@few()
def test_any_length_that_is_announced_is_a_number(said: str | None, reads: bool, chunked: bool) -> None:
    headers = {"content-length": said} if said is not None else {}
    found = answering._announced(headers | ({"transfer-encoding": "chunked"} if chunked else {}), reads)
    assert found is None or found >= 0
    if said and said.isascii() and said.isdigit() and len(said) < 30:
        assert found == int(said)
    assert (found is None) is (said is None and chunked and not reads)


@given(st.text("report:ABC-123 \n", max_size=30) | st.text(max_size=10))
@few()
def test_a_topic_that_is_told_holds_no_blank_by_which_topics_are_parted(topic: str) -> None:
    assert TOPIC.fullmatch(topic) is None or (topic.split() == [topic] and topic.isascii())


# --- commands ---


@given(st.text("abc_=", max_size=8), JSON)
@few()
def test_an_option_of_a_command_is_json_or_the_text_itself(name: str, value: Any) -> None:
    name = name.replace("=", "") or "n"
    assert commands._option(f"{name}={orjson.dumps(value).decode()}") == (name, value)
    assert commands._option(f"{name}=satu dua") == (name, "satu dua")
    assert commands._answer(f"{name}==x") == (name, "=x")
    with pytest.raises(commands.typer.BadParameter):
        commands._option(name)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "base_url": st.sampled_from(["https://a.id", "http://a.id", "https://[::1]:99999", "https://localhost"]),
            "hosts": st.lists(st.text(max_size=4) | st.just("a.id"), max_size=2),
            "mail_from": st.text(max_size=12),
            "smtp_host": st.text(max_size=6),
            "instance": st.sampled_from(["", "a.id", "x"]),
            "safety_keys": st.just(["k" * 32]),
        },
    )
)
@few()
def test_whatever_is_set_each_fault_of_a_production_is_one_line(said: dict[str, Any]) -> None:
    try:
        made = Config(**{"_env_file": None, "mode": "production", "secret_key": "x" * 60, "database": "", **said})
    except ValidationError:
        return
    for line in production.faults(made):
        assert line.startswith("KENTONGAN_")


def test_what_was_asked_is_read_back() -> None:
    assert parse_qsl(asked(("a", "é")).urlencode()) == [("a", "é")]
    with pytest.raises(Problem, match="bad_near"):
        asking._circle("1,2")
