"""Messages of others and shapes as people draw them: what can be used, or why nothing can; ours come back whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

import shapely
from hypothesis import example, given
from hypothesis import strategies as st

from kentongan.bodies.models import Body
from kentongan.foundation.text import cut_text
from kentongan.warnings import cap_reading, cap_writing, drafting, feeds, shapes
from kentongan.warnings.cap_reading import Unusable
from kentongan.warnings.models import Feed, Warning
from kentongan.warnings.terms import CERTAINTY, KINDS, SEVERITY, URGENCY
from tests.depth import few
from tests.inputs import moments, refused

LON, LAT = st.floats(95, 141), st.floats(-11, 6)
POINTS = st.lists(st.tuples(LON, LAT) | st.tuples(st.floats(), st.floats()), max_size=8)


# --- shapes ---


@given(POINTS | st.lists(st.tuples(st.integers(100, 104).map(float), st.integers(-4, 0).map(float)), max_size=9))
@example([(100.0, -1.0), (101.0, -2.0), (101.0, -1.0), (100.0, -2.0)])
@example([(100.0, 0.0), (100.0, -2.0), (102.0, -1.0), (100.0, 0.0), (101.0, -1.0)])  # with a thorn
@few(80)
def test_any_points_are_a_closed_shape_with_an_inside_or_none(points: list[tuple[float, float]]) -> None:
    try:
        found = shapes.ring(points)
    except shapes.OddShape:
        return
    made = shapely.Polygon(found)
    assert found[0] == found[-1]
    assert len(found) <= shapes.MOST_POINTS
    assert made.is_valid
    assert made.area > 0
    assert shapely.box(shapes.WEST, shapes.SOUTH, shapes.EAST, shapes.NORTH).covers(made)
    assert shapely.Polygon(shapes.ring([(lon, lat) for lon, lat in found])).equals(made)


@given(st.floats(), st.floats(), st.floats())
@few()
def test_any_circle_lies_in_the_country_with_a_radius_or_is_none(lon: float, lat: float, km: float) -> None:
    try:
        found = shapes.circle(lon, lat, km)
    except shapes.OddShape:
        return
    assert shapes.circle(*found) == found
    assert 0 <= found[2] <= shapes.MOST_KM


CODES = st.sampled_from(["31", "31.71", "31.71.01", "31.71.01.1001", "31.72", "32", "32.04.05", "3", ""])


@given(st.lists(CODES.filter(bool), max_size=4), st.lists(CODES, max_size=5))
@few()
def test_of_many_areas_the_same_are_touched_as_one_by_one(covered: list[str], codes: list[str]) -> None:
    assert shapes.touched(covered, codes) == {one for one in codes if one and shapes.touches(covered, one)}
    for limit in codes:
        if shapes.inside(covered, limit) and limit and covered:
            assert shapes.touches(covered, limit)


@given(st.text("0123456789.,- nan1e_\n", max_size=25))
@few()
def test_pairs_of_a_shape_are_numbers_or_none(line: str) -> None:
    for read in (drafting._pairs, cap_reading._pairs):
        try:
            found = read(line)
        except ValueError:
            continue
        assert all(isinstance(one, float) for pair in found for one in pair)


# --- messages ---

TIMES = st.sampled_from(["2026-11-27T10:00:00-00:00", "2026-11-27T10:00:00Z", "Fri, 27 Nov 2026 10:00:00 +0700", "x",
                         "", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-11-27"])  # fmt: skip
TAGS = st.sampled_from(["identifier", "sender", "sent", "status", "msgType", "scope", "references", "event", "area",
                        "polygon", "circle", "geocode", "value", "valueName", "areaDesc", "expires"])  # fmt: skip
SAID = TIMES | st.sampled_from(["Actual", "Alert", "Cancel", "Public", "a,b,2026", "-6,106 -6,107 -7,107", "-6,106 5",
                                "31", "KEMENDAGRI", "Banjir <b>besar</b>", "x" * 300, " "])  # fmt: skip
BODY = st.recursive(
    SAID.map(escape), lambda inner: st.lists(st.builds("<{0}>{1}</{0}>".format, TAGS, inner), max_size=4).map("".join),
    max_leaves=5,
)  # fmt: skip
HEAD = (
    "<identifier>a</identifier><sender>b</sender><sent>2026-11-27T10:00:00-00:00</sent><status>Actual</status>"
    "<msgType>Alert</msgType><scope>Public</scope>"
)


@given(st.builds(
    "<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'>{}<info>{}<area>{}</area></info>{}</alert>".format,
    st.just(HEAD) | BODY, BODY, BODY, st.text(max_size=5),
).map(str.encode) | st.binary(max_size=30))  # fmt: skip
@few(80)
def test_any_message_of_others_is_one_with_an_area_and_an_end_or_cannot_be_used(content: bytes) -> None:
    try:
        found = cap_reading.message(content)
    except Unusable:
        return
    if found.msg_type != "Cancel":
        assert any(found.area.values())
        assert found.words
        assert found.expires is not None
        assert found.expires <= found.sent + cap_reading.LONGEST
        assert found.sent.tzinfo is UTC


WORDS = st.text("Banjir di kota é — 12%!?'", min_size=1, max_size=12).map(lambda one: cut_text(f"a{one}", 100))


@given(
    st.sampled_from(sorted(KINDS)), st.sampled_from(sorted(URGENCY)), st.sampled_from(sorted(SEVERITY)),
    st.sampled_from(sorted(CERTAINTY)), WORDS, moments(2020, 2026), st.integers(1, 336), st.sampled_from([31, 32]),
    st.lists(st.tuples(st.floats(106, 107), st.floats(-7, -6), st.floats(0, 50)), max_size=2),
)  # fmt: skip
@few(30)
def test_what_we_publish_is_read_by_others_as_it_was_meant(
    kind: str, urgency: str, severity: str, certainty: str, words: str, sent: datetime, hours: int, code: int,
    circles: list[tuple[float, float, float]],
) -> None:  # fmt: skip
    sent, drawn = sent.replace(microsecond=0), [shapes.circle(*one) for one in circles]
    said = {"event": KINDS[kind].event["id"], "headline": words, "description": words, "instruction": ""}
    area: Any = {
        "codes": [str(code)], "polygons": [shapes.ring([(106, -6), (107, -6), (107, -7)])],
        "circles": drawn,
    }  # fmt: skip
    one = Warning(
        pk=uuid4(), identifier="urn:x", sender="bpbd@a.id", sent=sent, expires=sent + timedelta(hours=hours), kind=kind,
        category=KINDS[kind].category, urgency=urgency, severity=severity, certainty=certainty, words={"id": said},
        area=area, area_words={"id": words}, body=Body(code="31", name_id="BPBD", name_en="BPBD"),
    )  # fmt: skip
    found = cap_reading.message(cap_writing.message(one))
    assert (found.identifier, found.sender, found.sent, found.expires) == (
        one.identifier,
        one.sender,
        sent,
        one.expires,
    )
    assert (found.urgency, found.severity, found.certainty, found.category) == (
        urgency,
        severity,
        certainty,
        one.category,
    )
    assert found.words["id"]["headline"] == found.words["id"]["description"] == words
    assert found.area == area | {"circles": [one for at, one in enumerate(drawn) if one not in drawn[:at]]}


LINKS = st.sampled_from(["a.xml", "/b.xml", "https://cap.example/c.xml", "http://cap.example/d", "https://evil.example/e",
                         "http://[", "//evil.example/f", "javascript:1", "", "x" * 1200, "#g"])  # fmt: skip


@given(st.lists(LINKS, max_size=4), st.sampled_from(["rss", "feed", "html"]), LINKS)
@few()
def test_an_index_leads_to_its_own_host_alone(links: list[str], kind: str, after: str) -> None:
    base = "https://cap.example/feed"
    entries = "".join(
        f"<item><link>{escape(one)}</link></item><entry><link href='{escape(one)}'/></entry>" for one in links
    )
    content = f"<{kind}><link rel='next' href='{escape(after)}'/>{entries}</{kind}>".encode()
    try:
        listed = cap_reading.entries(content, base)
    except Unusable:
        listed = []
    for url in [*(one.url for one in listed), cap_reading.following(content, base) or base]:
        assert urlsplit(url).netloc == "cap.example"
        assert len(url) <= 1000


@given(
    moments(1970, 9999), st.sampled_from(["Asia/Jakarta", "UTC", "America/New_York"]).map(ZoneInfo), st.text(max_size=8)
)
@few()
def test_a_time_is_read_however_it_is_written_or_is_none(at: datetime, zone: ZoneInfo, odd: str) -> None:
    at = at.replace(microsecond=0)
    there = at.astimezone(zone)
    assert cap_reading._time(there.isoformat()) == at
    assert cap_reading._time(format_datetime(there)) == at or there.year < 1000
    found = cap_reading._time(f"{there.isoformat()}{odd}")
    assert found is None or found.tzinfo is UTC


# --- drafts and feeds ---


@given(st.text("0123456789٣ -", max_size=6))
@few()
def test_a_warning_holds_for_whole_hours_up_to_two_weeks_or_is_refused(hours: str) -> None:
    found: list[datetime] = []
    if not refused(lambda: found.append(drafting._until({"hours": hours})), "bad_hours"):
        left = found[0] - datetime.now(UTC)
        assert timedelta(minutes=59) < left <= drafting.LONGEST


@given(st.integers(60, 86_400), st.integers(0, 1000))
@few()
def test_a_feed_that_fails_is_asked_more_seldom_and_never_sooner_than_one_that_answers(every: int, faults: int) -> None:
    pause = feeds._pause(Feed(every=every, faults=faults))
    assert timedelta(seconds=every) <= pause <= max(feeds.LONGEST_PAUSE, timedelta(seconds=every))
    assert pause <= feeds._pause(Feed(every=every, faults=faults + 1))
