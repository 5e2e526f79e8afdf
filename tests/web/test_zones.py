"""A list that mixes regions says the zone of each row's place; a page of one report says that of its place."""

from __future__ import annotations

import pytest
from django.test import Client

from kentongan import routing
from kentongan.reports.models import Report
from tests.world import DENPASAR, STREET, submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def both(world: None) -> list[Report]:
    """A report in Denpasar and one in Jakarta."""
    return [routing.submit(submission("waste", at=at), None).report for at in (DENPASAR, STREET)]


def test_rows_of_two_regions_on_one_page_have_each_its_own_zone(both: list[Report]) -> None:
    page = Client().get("/").content.decode()
    rows = [part for part in page.split("<li")[1:] if "title=" in part and "/r/" in part]
    zones = {code: zone for code in (one.code for one in both) for zone in ("WIB", "WITA")
             if any(f"/r/{code}" in row and f" {zone}\"" in row for row in rows)}  # fmt: skip
    assert zones == {both[0].code: "WITA", both[1].code: "WIB"}


@pytest.mark.parametrize(("number", "zone"), [(0, "WITA"), (1, "WIB")])
def test_the_list_of_a_region_is_in_its_zone(both: list[Report], number: int, zone: str) -> None:
    page = Client().get(f"/area/{both[number].regency_code}").content.decode()
    assert f' {zone}"' in page
    assert f' {"WIB" if zone == "WITA" else "WITA"}"' not in page
