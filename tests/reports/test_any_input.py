"""What is said of reports in forms, files and other installations: read as it was meant, or nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from PIL import ExifTags

from kentongan.foundation.problems import Problem
from kentongan.network.leaving.shapes import Facts
from kentongan.reports import camera, onsite, submission
from kentongan.reports.hiding import without
from kentongan.reports.targets import MARK, Target, read_target
from tests.depth import few
from tests.inputs import moments, refused

NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)


@given(st.integers(0, 999_999_999), st.uuids(), st.text("reporttext:photo0123-", max_size=14))
@few()
def test_what_is_hidden_is_named_as_it_is_read(seq: int, photo: UUID, odd: str) -> None:
    for target in (Target("text", seq), Target("photo", photo=photo), Target("report")):
        assert read_target(target.name) == target
    found: list[Target] = []
    if not refused(lambda: found.append(read_target(odd)), "bad_target"):
        assert read_target(found[0].name) == found[0]


WORDS = st.lists(
    st.sampled_from(["Budi", "budi", "SANTOSO", "tinggal di", "a.b", "(x)", "é", "12"]), min_size=1, max_size=4
)


@given(WORDS, st.lists(WORDS, max_size=3), st.sampled_from([" ", "\n", "  "]), st.booleans())
@few(60)
def test_words_that_are_taken_out_stand_nowhere_in_what_is_left(
    part: list[str], around: list[list[str]], blank: str, louder: bool
) -> None:
    told = " ".join(part)
    said = blank.join(
        [*(word for one in around for word in one), *(word.upper() if louder else word for word in part), "!"]
    )
    for value in (said, {"a": [said], "b": 5}):
        left = without(value, (told,))
        assert told.casefold() not in " ".join(str(left).casefold().split())
        assert MARK in str(left)
        assert without(left, (told,)) == left
    assert without(said, ()) == said


@given(
    st.text("0123456789", min_size=7, max_size=11),
    st.sampled_from(["0", "+62", "62", "+62 ", ""]),
    st.sampled_from([" ", "-", ".", ""]),
)
@few()
def test_a_number_that_is_taken_out_is_gone_however_it_is_written(core: str, before: str, between: str) -> None:
    assume(not core.startswith("0"))
    assume(not core.startswith("62"))
    said = f"Telp {before}{between.join((core[:3], core[3:6], core[6:]))} ya"
    assert core[3:6] not in without(said, (f"0{core}",))
    assert without("tanpa nomor", (f"0{core}",)) == "tanpa nomor"


# --- what a phone or a camera says ---

ANY = (
    st.none()
    | st.integers()
    | st.text(max_size=6)
    | st.lists(st.integers(), max_size=2)
    | st.dictionaries(st.text(max_size=2), st.none())
)


@given(ANY | st.datetimes(timezones=st.none() | st.timezones()).map(lambda at: at.isoformat()), ANY)
@example("2026-11-27T10:00", "here")
@example(5, [])
@few(60)
def test_whatever_an_entry_says_of_a_phone_has_a_word_and_a_time_that_can_be_shown(said: Any, site: Any) -> None:
    entry: Any = SimpleNamespace(data={"said_at": said, "site": site}, at=NOW)
    found = onsite.said_at(entry)
    assert found is None or (found.tzinfo is not None and onsite.SAID_APART < abs(found - NOW) < onsite.CENTURY)
    assert str(onsite.site_of(entry)) == "" or site in onsite.WORDS


@given(st.dictionaries(st.sampled_from([*Facts.model_fields]), ANY | st.just([{"code": "7KQF-M2RD"}])))
@few(60)
def test_what_a_bundle_says_of_an_entry_can_be_shown_or_is_refused(data: dict[str, Any]) -> None:
    try:
        Facts.model_validate(data)
    except ValueError:
        return
    entry: Any = SimpleNamespace(data=data, at=NOW)
    assert len(range(data.get("stars") or 0)) <= 5  # as pages show them
    assert onsite.said_at(entry) is None or onsite.site_of(entry) is not None
    assert all(len(data.get(name, "")) >= 0 for name in ("original", "whole", "priority", "ending"))
    assert all(isinstance(part["code"], str) for part in data.get("parts", ()))


PLACES = st.tuples(st.floats(95, 141), st.floats(-11, 6))


@given(PLACES, st.none() | PLACES, st.floats(), st.floats())
@few()
def test_a_phone_was_on_site_only_where_its_place_is_near_new_and_sure(
    there: tuple[float, float], here: tuple[float, float] | None, accuracy: float, age: float
) -> None:
    report: Any = SimpleNamespace(lon=there[0], lat=there[1])
    lon, lat = here or (None, None)
    site = onsite._site(report, onsite.Sent(UUID(int=1), lon, lat, accuracy, age))
    assert site in onsite.WORDS
    sure = here is not None and 0 <= age <= onsite.OLD and 0 <= accuracy <= onsite.VAGUE
    assert (site in {"here", "far"}) is sure
    assert onsite._site(report, onsite.Sent(UUID(int=1), *there, 5.0, 1.0)) == "here"
    assert onsite._site(SimpleNamespace(lon=None, lat=None), onsite.Sent(UUID(int=1))) == ""  # type: ignore[arg-type]


@given(st.floats(-90, 90), st.floats(-180, 180), st.sampled_from([bytes, str]), st.booleans())
@few()
def test_a_place_of_a_camera_is_read_as_it_was_written(lat: float, lon: float, kind: type, parted: bool) -> None:
    assume(round(lat, 6) or round(lon, 6))

    def told(degrees: float) -> tuple[float, ...]:
        degrees = abs(degrees)
        whole = int(degrees)
        return (whole, int((degrees - whole) * 60), ((degrees - whole) * 60 % 1) * 60) if parted else (degrees,)

    sides = [one.encode() if kind is bytes else one for one in ("S" if lat < 0 else "N", "W" if lon < 0 else "E")]
    tags = ExifTags.GPS
    gps = {
        tags.GPSLatitude: told(lat),
        tags.GPSLongitude: told(lon),
        tags.GPSLatitudeRef: sides[0],
        tags.GPSLongitudeRef: sides[1],
    }
    assert camera._place(gps) == (pytest.approx(lon, abs=1e-5), pytest.approx(lat, abs=1e-5))
    assert camera._place({**gps, tags.GPSLatitudeRef: ""}) == (None, None)  # of no half nobody knows where


@given(moments(1970, 2100), st.sampled_from(["", "Z", "+07:00", "+0700"]), st.sampled_from([":", "-", "/"]), ANY)
@few()
def test_a_time_of_a_camera_is_read_as_it_was_written(at: datetime, zone: str, between: str, odd: Any) -> None:
    at = at.replace(microsecond=0)
    written = f"{at:%Y{between}%m{between}%d %H:%M:%S}{zone}\0"
    found = camera._time({ExifTags.Base.DateTimeOriginal: written})
    assert found is not None
    assert found.replace(tzinfo=None) == at.replace(tzinfo=None)
    assert (found.utcoffset() or timedelta()) == (timedelta(hours=7) if "7" in zone else timedelta())
    assert camera._quietly(lambda: camera._time({ExifTags.Base.DateTimeOriginal: odd}), None) is None
    assert camera._quietly(lambda: camera._turn(odd), 1) in {1, *camera.TURNS}


# --- what is sent ---


@given(
    st.builds(
        "{}{}".format,
        st.sampled_from(["", "http://", "https://", "ftp://", "javascript:", "http://[", "//"]),
        st.text(max_size=8) | st.just("a.id/x"),
    )
)
@few()
def test_a_link_of_a_report_leads_to_the_web_or_is_refused(url: str) -> None:
    if not refused(lambda: submission._check_url(url), "bad_url"):
        assert not url or url.lower().startswith(("http://", "https://"))
        assert not set(url) & set(" \n\t\0")


@given(st.none() | st.datetimes(timezones=st.none() | st.timezones()))
@few()
def test_a_time_of_a_report_lies_in_the_past_and_has_a_zone_or_is_refused(at: datetime | None) -> None:
    if not refused(lambda: submission._check_time(at), "time_without_zone", "future_time", "past_time"):
        assert at is None or submission.EARLIEST <= at <= datetime.now(UTC) + submission.CLOCK_TOLERANCE


def test_a_refusal_names_its_field() -> None:
    with pytest.raises(Problem) as told:
        submission._check_url("x")
    assert told.value.field == "url"
