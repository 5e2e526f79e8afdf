"""What people can do with the landmark of an address: whom to call there, and when it is open."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.test import Client
from django.utils.translation import override

from kentongan import places, routing
from kentongan.places.osm.taking import take
from tests.places.streets import Extract
from tests.reading import read
from tests.world import submission

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
AT = (106.8200, -6.1700)


@pytest.fixture
def streets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Brings a street with one landmark of these tags."""
    (tmp_path / "places.index").write_bytes(Path(os.environ["KENTONGAN_PLACES_INDEX"]).read_bytes())
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "places.index"))

    def bring(**tags: str) -> None:
        made = Extract()
        made.way([(106.819, -6.1700), (106.821, -6.1700)], highway="residential", name="Jalan Uji")
        made.node((106.8203, -6.1702), amenity="clinic", name="Puskesmas Uji", **tags)
        take(made.write(tmp_path / "one.osm"), lambda *_told: None)

    return bring


def test_the_page_of_a_report_says_telephone_and_hours_of_the_landmark_it_names(client: Client, streets) -> None:
    streets(phone="+62 21 5550 1111;021-5550-2222", opening_hours="Mo-Fr 08:00-16:00; Sa 08:00-12:00; PH off")
    code = routing.submit(submission(at=AT), None).report.code
    page = read(client.get(f"/r/{code}"))
    assert "dekat Puskesmas Uji" in page
    assert '<a href="tel:+622155501111">+62 21 5550 1111</a>' in page
    assert '<a href="tel:021-5550-2222">' in page
    assert "buka Sen-Jum 08:00-16:00; Sab 08:00-12:00; hari libur tutup" in page
    english = read(client.get(f"/r/{code}", headers={"accept-language": "en"}))
    assert "open Mon-Fri 08:00-16:00; Sat 08:00-12:00; holidays closed" in english


def test_day_and_night_is_said_in_words_and_what_is_no_number_is_no_link(client: Client, streets) -> None:
    streets(phone='javascript:alert(1)" onclick="x', opening_hours="24/7")
    code = routing.submit(submission(at=AT), None).report.code
    page = read(client.get(f"/r/{code}"))
    assert "buka siang malam" in page
    assert "tel:" not in page.split('id="why"')[1]
    assert "onclick" not in page


def test_where_nothing_is_known_of_it_nothing_is_said(streets) -> None:
    streets()
    kept = places.address_at(*AT).kept()
    assert places.landmark_of(kept, *AT) is None
    assert places.landmark_of("", *AT) is None
    assert places.landmark_of(kept, None, None) is None
    with override("id"):
        assert "Puskesmas Uji" in places.street_text(kept)
