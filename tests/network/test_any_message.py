"""Whatever another side tells us, or an operator of it: read as it was meant, or refused by name."""

from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from kentongan.emergency.abroad import wire as letters
from kentongan.foundation.problems import Problem
from kentongan.network import calling, fetching, open311_states, polling, settling
from kentongan.network.dialects.base import Declined, Done, Later, Parked
from kentongan.network.dialects.kentongan import cards, keyring, seeking, wire
from kentongan.network.dialects.lapor import client as lapor
from kentongan.network.dialects.open311 import reading, times
from kentongan.network.dialects.webhook import receiving, sending, signing
from kentongan.network.leaving import shapes, verifying
from kentongan.network.options import Options, check_options
from kentongan.network.plain import FIRST_YEAR, LAST_YEAR, Moment, kept, link
from tests.depth import few
from tests.network.test_receiving import BEGAN, content, entry

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=6)
    | st.sampled_from(["\0", "2026-11-27T10:00:00+07:00", "https://a.id/", "0001-01-01T00:00:00+14:00", "x" * 300]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcdeit", max_size=4), inner, max_size=3),
    max_leaves=4,
)  # fmt: skip
READ: TypeAdapter[Any] = TypeAdapter(wire.Message)
OFFER = {
    "type": "hand_over", "id": "h/1", "report": BEGAN, "body": "id.pu", "path": ["kota.example"], "content": content(),
    "history": [entry()], "photos": [{"id": "p", "sha256": "0" * 64, "role": "after"}],
}  # fmt: skip
SPOT = {"lon": 106.8, "lat": -6.2, "at": "2026-11-27T10:00:00+07:00"}
LETTER = {
    "type": "alert", "number": 1, "at": "2026-11-27T10:00:00+07:00", "sender": "ab", "spots": [SPOT],
    "messages": [{"key": "0" * 32, "text": "Tolong", "at": "2026-11-27T10:00:00+07:00", "actor": "caller"}],
}  # fmt: skip


@st.composite
def changed(draw: st.DrawFn, said: dict[str, Any]) -> dict[str, Any]:
    """The same message with another value, somewhere in it."""
    made: Any = json.loads(json.dumps(said))
    here: Any = made
    while True:
        names = list(here) if isinstance(here, dict) else list(range(len(here)))
        name = draw(st.sampled_from(names))
        if isinstance(here[name], dict | list) and here[name] and draw(st.booleans()):
            here = here[name]
            continue
        here[name] = draw(JSON)
        return dict(made)


def texts(value: object) -> list[str]:
    """All texts in what was read."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, BaseModel):
        return texts(list(value.__dict__.values()))
    if isinstance(value, dict):
        return texts([*value, *value.values()])
    return [text for one in value for text in texts(one)] if isinstance(value, list | tuple) else []


@given(changed(OFFER) | JSON)
@few(60)
def test_a_message_with_anything_in_it_is_read_without_what_no_database_keeps_or_refused(said: object) -> None:
    try:
        found = READ.validate_python(said)
    except ValidationError:
        return
    assert not any("\0" in text for text in texts(found))
    assert READ.validate_json(READ.dump_json(found)) == found  # told on, it says the same


@given(changed(LETTER) | JSON)
@few(60)
def test_a_letter_about_an_alert_with_anything_in_it_is_read_or_refused(said: object) -> None:
    try:
        found = letters.LETTER.validate_python(said)
    except ValidationError:
        return
    assert not any("\0" in text for text in texts(found))
    assert letters.LETTER.validate_json(letters.LETTER.dump_json(found)) == found


EVENT = {"type": "report.resolved", "timestamp": "2026-11-27T10:00:00+07:00",
         "data": {"code": "7KQF-M2RD", "text": "Beres", "no_photo_reason": "Gelap", "photos": []}}  # fmt: skip


@given(changed(EVENT).map(lambda said: json.dumps(said).encode()) | st.binary(max_size=20))
@few()
def test_what_a_receiver_posts_is_an_event_that_people_can_read_or_refused_with_the_field(body: bytes) -> None:
    try:
        found = receiving._read(body)
    except Problem as problem:
        told = problem.status, problem.code
    else:
        told = 422, ""
        assert found.type not in receiving.NEEDS_WORDS or found.data.text.strip()
    assert told in {(422, one) for one in ("", "bad_event", "missing_text", "missing_photo")}


# --- times ---


@given(st.datetimes(timezones=st.timezones()) | st.text(max_size=12) | st.floats() | st.integers())
@few()
def test_any_time_that_is_told_lies_in_years_that_every_database_keeps(said: object) -> None:
    try:
        at: datetime = TypeAdapter(Moment).validate_python(said)
    except ValidationError:
        return
    assert FIRST_YEAR <= at.astimezone(UTC).year <= LAST_YEAR


ZONES = st.sampled_from(["", "Asia/Jakarta", "Asia/Jayapura", "nowhere", "../etc"])


@given(st.datetimes(datetime(2001, 9, 10), datetime(2200, 1, 1)), ZONES)  # noqa: DTZ001  of no zone
@few()
def test_the_same_time_is_read_from_whatever_a_server_writes_it_in(at: datetime, zone: str) -> None:
    at = at.replace(microsecond=0)
    here = at.replace(tzinfo=ZoneInfo(zone) if zone.startswith("Asia") else UTC).astimezone(UTC)
    assert times.moment(at.isoformat(), zone) == times.moment(f"{at:%Y/%m/%d %H:%M:%S}", zone) == here
    known = at.replace(tzinfo=UTC)
    for written in (
        known.isoformat(), f"{at:%Y-%m-%dT%H:%M:%S}+0000", f"{at.isoformat()}Z",
        f"{at:%a %b %d %H:%M:%S} UTC {at.year}",
        f"{at:%a, %d %b %Y %H:%M:%S} GMT", str(int(known.timestamp())), f"/Date({int(known.timestamp())}000)/",
        f"{at:%a %b %d %Y %H:%M:%S} GMT+0000 (Coordinated Universal Time)", f"{at.isoformat()} 00:00",
    ):  # fmt: skip
        assert times.moment(written, zone) == known, written


@given(st.text(max_size=20) | st.datetimes().map(str))
@few()
def test_any_time_of_the_national_channel_is_a_moment_or_said_to_be_none(written: str) -> None:
    try:
        assert lapor._moment(written).tzinfo is not None
    except ValueError:
        return


@given(st.text("0123456789_- ", max_size=25) | st.text(max_size=8))
@few()
def test_any_stamp_of_a_signature_is_a_moment_or_refused(written: str) -> None:
    code = ""
    try:
        assert signing._moment(written).tzinfo is UTC
    except Problem as problem:
        code = problem.code
    assert code in {"", "missing_signature"}


# --- what is called, and when again ---


@given(st.integers(0, 10**6))
@few()
def test_who_does_not_answer_is_asked_again_within_bounds_and_not_by_all_at_once(tries: int) -> None:
    pause = calling.pause_after(tries)
    assert calling.FIRST_PAUSE / 2 <= pause <= calling.LONGEST_PAUSE
    whole = min(calling.FIRST_PAUSE * 2 ** min(max(tries - 1, 0), 20), calling.LONGEST_PAUSE)
    assert whole / 2 <= pause <= whole


@given(st.integers(0, 1000), st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
@few()
def test_a_key_that_is_not_found_is_looked_for_ever_more_seldom(fruitless: int, now: datetime) -> None:
    after, later = seeking._after(now, fruitless) - now, seeking._after(now, fruitless + 1) - now
    assert seeking.FIRST_PAUSE <= after <= later <= seeking.LONGEST_PAUSE


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(MOMENTS, st.none() | MOMENTS, st.none() | MOMENTS)
@few()
def test_the_window_of_a_look_reaches_back_beyond_the_last_one(
    now: datetime, until: datetime | None, polled: datetime | None
) -> None:
    peer: Any = SimpleNamespace(polled_until=until, polled_at=polled)
    since = polling._since(peer, now)
    assert since <= now - polling.OVERLAP
    if until is not None:
        assert since <= until - polling.OVERLAP  # whatever a clock did, no moment lies between two windows


@given(st.text("0123456789٣ -+", max_size=12))
@few()
def test_a_receiver_may_ask_for_a_pause_in_whole_seconds_only(written: str) -> None:
    assert sending._whole(written) is (written.isascii() and written.isdigit() and len(written) < 9)
    if sending._whole(written):
        assert int(written) >= 0


# --- letters and bytes ---


@given(st.text(max_size=30), st.integers(0, 30))
@few()
def test_what_is_kept_of_a_text_is_its_beginning_and_a_link_is_one_or_nothing(written: str, most: int) -> None:
    short = kept(written, most)
    assert len(short) <= most
    assert written.replace("\0", "").startswith(short)
    assert link(written, most) in {"", written}
    assert link(f"https://{written}", 60) == "" or not set(written) & set(" \n\t\\\0\x7f")


@given(st.binary(max_size=40), st.text(max_size=20))
@few()
def test_bytes_in_letters_are_read_as_they_were_written(raw: bytes, written: str) -> None:
    assert keyring.decode(keyring.encode(raw)) == raw
    try:
        keyring.decode(written)
    except ValueError:
        assert keyring.encode(raw).isascii()


@given(st.binary(min_size=28, max_size=34), st.text(max_size=4))
@example(b"k" * 32, "!!!!")
@example(b"k" * 32, "=")
@few()
def test_a_key_is_shown_in_one_writing_only(raw: bytes, beside: str) -> None:
    said = {"keyid": "a#1", "public": keyring.encode(raw) + beside}
    try:
        found = cards.Key.model_validate(said)
    except ValidationError:
        return
    assert keyring.encode(keyring.decode(found.public)) == found.public


@given(
    st.binary(max_size=30), st.sampled_from(["data:image/png;base64,", "data:;base64,", "data:,", "data:image/png,"])
)
@few()
def test_a_picture_in_an_address_is_the_one_that_was_put_there(raw: bytes, head: str) -> None:
    written = head + base64.b64encode(raw).decode()
    if head.endswith(";base64,"):
        assert fetching.fetch_public(written) == raw
        with pytest.raises(Problem, match="bad_address"):
            fetching.fetch_public(f"{written}é")
    else:
        with pytest.raises(Problem, match="bad_address"):
            fetching.fetch_public(written)


@given(st.lists(st.sampled_from(["whsec_", "a" * 32, "=", " ", "é", "A" * 40, "\n"]), max_size=5).map("".join))
@few()
def test_any_secret_is_one_to_sign_with_or_refused(secret: str) -> None:
    try:
        found = signing.usable(secret)
    except Problem as problem:
        found = [] if problem.code == "bad_secret" else ["?"]
    now = datetime(2026, 11, 27, tzinfo=UTC)
    for one in found:
        assert signing.verify(secret, signing.headers(one, "m", now, b"{}"), b"{}", now) == "m"


# --- answers, notes, words ---

OUTCOMES = (
    st.builds(
        Done, st.text(max_size=5), st.text(max_size=5), st.text(max_size=5), st.booleans(),
        st.none() | st.datetimes(timezones=st.just(UTC)),
    )
    | st.builds(Declined, st.text(max_size=5), st.text(max_size=5), st.text(max_size=5))
    | st.builds(Later, st.text(max_size=5), st.none() | st.timedeltas()) | st.builds(Parked, st.text(max_size=5))
)  # fmt: skip


@given(st.lists(OUTCOMES, max_size=4))
@few()
def test_a_note_of_what_is_over_says_all_that_is_settled_by_it(outcomes: list[Any]) -> None:
    due: list[Any] = [SimpleNamespace(pk=at) for at in range(len(outcomes))]
    note = json.loads(json.dumps(settling.as_note("x", due, dict(enumerate(outcomes)))))
    over = {at: settling._fitting(one) for at, one in enumerate(outcomes) if isinstance(one, Done | Declined)}
    assert {int(at): settling._from_json(one) for at, one in note["over"].items()} == over


@given(JSON, st.sampled_from(["error", "service_request_id", "description", "abc"]))
@few(60)
def test_any_answer_of_a_city_has_fields_that_are_texts_and_records_that_are_some(found: Any, name: str) -> None:
    assert isinstance(reading.field(found, name), str)
    some = reading.records(found, "service_requests", "request")
    assert all(isinstance(one, dict) and one for one in some)
    told = reading.fault(found)
    assert told is None or (0 <= told[0] < 1000 and isinstance(told[1], str))
    for one in some:
        assert all(part == part.strip() and part for part in reading.several(one, *one))


@given(st.sampled_from(sorted(open311_states.INWARD)), st.data())
@few()
def test_a_word_of_theirs_means_the_same_however_it_is_written(word: str, data: st.DataObject) -> None:
    seen = "".join(data.draw(st.sampled_from([one, one.upper(), *(" -" if one == "_" else "")])) for one in f" {word} ")
    assert open311_states.meaning(seen) == open311_states.INWARD[word]
    states = open311_states.states_of(word)
    assert states <= {str(state) for state in open311_states.State}


@given(st.text(max_size=12))
@few()
def test_a_word_that_nobody_knows_means_nothing(word: str) -> None:
    assert open311_states.meaning(word) in {None, *open311_states.INWARD.values()}
    assert open311_states.states_of(word) <= {str(state) for state in open311_states.State}


# --- bundles, options ---


@given(st.dictionaries(st.integers(0, 6).map(str), st.tuples(st.integers(0, 6).map(str), st.booleans()), max_size=7))
@few()
def test_a_bundle_moves_its_body_and_parts_below_it_however_they_are_in_each_other(
    lines: dict[str, tuple[str, bool]],
) -> None:
    told: Any = {code: SimpleNamespace(code=code, parent=above, moves=moves) for code, (above, moves) in lines.items()}
    found = verifying._theirs(told, "0")
    assert "0" in found
    for code in found - {"0"}:
        assert lines[code][1]
        assert lines[code][0] in found
    for code, (above, moves) in lines.items():
        assert code in found or not moves or above not in found


ENTRY = {
    "report": "7KQF-M2RD", "seq": 1, "id": "a/b/1", "kind": "noted", "at": "2026-11-27T10:00:00+07:00",
    "actor": "officer", "body": None, "state_from": "", "state_to": "", "visibility": "public", "text": "",
    "data": {"stars": 3, "peer": {"title": "x"}},
}  # fmt: skip


@given(changed(ENTRY))
@few()
def test_a_line_of_a_bundle_with_anything_in_it_is_read_or_named(said: dict[str, Any]) -> None:
    try:
        found = shapes.EntryLine.model_validate(said)
    except ValidationError:
        return
    assert shapes.EntryLine.model_validate(orjson.loads(orjson.dumps(found.model_dump(mode="json")))) == found


@given(st.dictionaries(st.sampled_from([*Options.model_fields, "n"]), JSON, max_size=3))
@example({"poll_every": "often"})
@example({"holidays": ["2026-13-01"]})
@example({"timezone": "Asia"})
@example({"holidays": [0, "2026-12-24T00:00:00"]})
@example({"poll_every": "900.0", "longest": "900.0"})
@few(60)
def test_options_that_are_taken_can_be_used_by_whoever_looks_at_them(given_: dict[str, Any]) -> None:
    try:
        given_ = check_options(given_)
    except Problem as problem:
        given_ = {} if (problem.code, problem.status, problem.field) == ("bad_option", 422, "options") else {"n": 0}
    assert "n" not in given_
    assert timedelta(seconds=int(given_.get("poll_every", 900))) >= timedelta(0)
    assert 0 < int(given_.get("longest", 4000)) <= 4000
    line: Any = SimpleNamespace(options=given_)
    assert all(isinstance(one, date) for one in lapor._closed_days(line))
    assert times.moment("2026-01-01T00:00", str(given_.get("timezone", ""))) is not None
    assert isinstance(given_.get("contact", {}), dict)
