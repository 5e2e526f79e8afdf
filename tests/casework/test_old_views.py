"""A saved view from before a change of categories says so; the others and the queue go on."""

from __future__ import annotations

import pytest
from django.test import Client

from kentongan import casework, catalogue, routing
from kentongan.bodies.models import Membership
from kentongan.catalogue.models import Category
from tests.reading import read
from tests.world import person, submission


@pytest.mark.usefixtures("world")
def test_a_view_that_names_a_category_that_is_gone_says_so_and_shows_nothing_while_others_go_on(client: Client) -> None:
    officer = person("petugas@contoh.id")
    Membership.objects.create(person=officer, body_id="31.roads", role="officer")
    casework.save_view(officer, "31.roads", "Lubang", casework.Filter(categories=("road_damage",)))
    casework.save_view(officer, "31.roads", "Lampu", casework.Filter(categories=("street_light",)))
    Category.objects.filter(code="road_damage").update(active=False)
    catalogue.invalidate()
    off = {one.view.name: one for one in casework.views(officer, "31.roads")}
    assert off["Lubang"].asked is not None  # nobody can choose it any more; reports have it still
    # A page of the list by category that was read before goes on behind where the category stood.
    made = [submission(category="street_light", text=f"Lampu {number}") for number in range(2)]
    kept = [routing.submit(one, None).report for one in made]
    asked = casework.Filter(sort="category")
    cursor = casework.starting(asked, "road_damage")
    Category.objects.filter(code="road_damage").delete()
    catalogue.invalidate()
    rest = casework.queue(officer, "31.roads", asked, cursor=cursor).items
    assert {one.code for one in rest} <= {one.code for one in kept}
    assert len(rest) == 2
    seen = {one.view.name: one for one in casework.views(officer, "31.roads")}
    assert (seen["Lubang"].asked, seen["Lubang"].count) == (None, None)
    assert seen["Lubang"].fault
    assert seen["Lampu"].count is not None
    client.force_login(officer)
    page = client.get("/console/?body=31.roads")
    assert page.status_code == 200
    assert "Lampu" in read(page)
    assert client.get("/console/?body=31.roads&category=road_damage").status_code == 422
    casework.end_view(officer, seen["Lubang"].view.pk)
