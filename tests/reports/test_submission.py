"""What is wrong with a submission is told by the field at fault, before anybody decides where it goes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from kentongan.catalogue.models import Category
from kentongan.reports.models import Photo
from kentongan.reports.submission import Submission, locate, prepare
from tests.reports.town import NOON, refused, stored
from tests.world import STREET

pytestmark = pytest.mark.usefixtures("town")


def sent(**fields: Any) -> Submission:
    given = {"submission_id": UUID(int=7), "category": "road_damage", "text": " Lubang ", "lon": STREET[0]}
    return Submission(**{**given, "lat": STREET[1], **fields})


def photo(**fields: Any) -> Photo:
    return Photo.objects.create(original="o", content_type="image/jpeg", size=1, width=1, height=1, **fields)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"text": " "}, ("text_required", "text", "Say in a few words what is wrong, or add a photo.")),
        (
            {"text": "a" * 4001},
            ("text_too_long", "text", "The text has 4001 characters; at most 4000 fit. Shorten it."),
        ),
        ({"privacy": "hidden"}, ("bad_privacy", "privacy", "Privacy is one of: public, anonymous, secret.")),
        ({"lon": None}, ("place_required", "lon", "Say where it is: put the pin on the map.")),
        ({"lat": None}, ("place_required", "lat", "Say where it is: put the pin on the map.")),
        (
            {"occurred_at": datetime(2026, 11, 20, 8)},  # noqa: DTZ001
            ("time_without_zone", "occurred_at", "Give the time with its zone, such as +07:00."),
        ),
        (
            {"occurred_at": NOON + timedelta(minutes=5, seconds=1)},
            ("future_time", "occurred_at", "This time has not come yet. Check date and hour."),
        ),
        (
            {"occurred_at": datetime(1969, 12, 31, 23, 59, tzinfo=UTC)},
            ("past_time", "occurred_at", "This time lies too far back. Check the year."),
        ),
        (
            {"photos": (uuid4(),)},
            ("unknown_photo", "photos", "A photo was not found or is already used. Add it again."),
        ),
        (
            {"photos": tuple(uuid4() for _ in range(6))},
            ("too_many_photos", "photos", "At most five photos can be added."),
        ),
    ],
)
def test_each_fault_names_its_field(fields, told):
    assert refused(prepare, sent(**fields)) == (told[0], 422, told[1], told[2])


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "contoh.id", "https://", "https://[", "https://a b", "https://" + "a" * 1993]
)
def test_a_link_that_leads_nowhere_is_refused(url):
    assert refused(prepare, sent(url=url)) == (
        "bad_url", 422, "url", "The link must start with http:// or https://.",
    )  # fmt: skip


@pytest.mark.parametrize("url", ["", "http://contoh.id", "https://contoh.id/a?b=c#d", "https://" + "a" * 1992])
def test_a_link_to_a_page_is_taken(url):
    assert prepare(sent(url=url)).submission.url == url


@pytest.mark.parametrize("at", [NOON + timedelta(minutes=5), datetime(1970, 1, 1, tzinfo=UTC), None])
def test_a_time_that_was_or_is_just_now_by_a_hasty_clock_is_taken(at):
    assert prepare(sent(occurred_at=at)).submission.occurred_at == at


def test_what_is_in_order_is_cleaned_and_placed_with_each_photo_once_and_in_its_order():
    first, second = photo(), photo()
    found = prepare(sent(photos=(second.pk, first.pk, second.pk)))
    assert (found.text, found.category.code, found.answers) == ("Lubang", "road_damage", {})
    assert found.photos == (second, first)
    assert found.location.areas[-1].code == "31.71.01.1001"
    assert prepare(sent(text="", photos=(first.pk,))).text == ""
    used = photo(report=stored())
    assert refused(prepare, sent(photos=(used.pk,)))[0] == "unknown_photo"


def test_a_kind_that_needs_no_place_has_none_and_places_abroad_are_refused():
    road = Category.objects.get(code="road_damage")
    assert locate(Category(code="service", needs_place=False), *STREET) is None
    assert locate(road, *STREET).quality == "exact"
    words = (
        "No village of Indonesia lies within 5 kilometres of this place: it is abroad or on the open sea. "
        "Move the pin; longitude comes before latitude."
    )
    assert refused(locate, road, 2.35, 48.85) == ("outside_country", 422, "lon", words)
