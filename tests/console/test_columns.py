"""The queue as a table: columns are chosen, kept for who chose them, sorted by, and go along with the address."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from kentongan import casework, routing
from kentongan.casework.models import DeskLook
from kentongan.reports.models import Report
from tests.console.test_console import staff
from tests.world import submission

pytestmark = pytest.mark.django_db
BODY = "31.roads"


def test_columns_are_kept_for_the_person_and_stand_in_the_address(world):
    report = routing.submit(submission(), None).report
    budi = staff("coordinator", name="Budi")
    Report.objects.update(assignee=budi, priority=4)
    desk, other = Client(), Client()
    desk.force_login(budi)
    other.force_login(staff(name="Sari"))
    queue, choose = reverse("console:queue"), reverse("console:columns")
    cards = desk.get(queue, {"body": BODY}).text
    assert "<table" not in cards
    chosen = {"column": ["code", "priority", "assignee", "deadline"], "asked": f"body={BODY}&q={report.code}"}
    shown = desk.post(choose, chosen, follow=True)
    address = shown.redirect_chain[-1][0]
    assert "columns=code%2Cpriority%2Cassignee%2Cdeadline" in address
    assert f"q={report.code}" in address
    page = shown.text
    assert f'data-row="{report.code}"' in page
    for words in (report.code, "Mendesak", "Budi"):
        assert re.search(rf"<td>\s*{words}\s*</td>", page), words
    # Every address of the page has them, the heads sort both ways, and a filter keeps them.
    assert 'name="columns" value="code,priority,assignee,deadline"' in page
    assert "sort=priority&amp;columns=" in page
    turned = desk.get(queue, {"body": BODY, "sort": "priority"}).text
    assert 'aria-sort="ascending"' in turned
    assert "sort=-priority&amp;columns=" in turned
    # Kept for who chose them; a colleague sees them by the address, and goes on with their own.
    assert "<table" in desk.get(queue, {"body": BODY}).text
    assert "<table" in other.get(queue + address[address.index("?") :]).text
    assert "<table" not in other.get(queue, {"body": BODY}).text
    assert "<table" not in desk.get(queue, {"body": BODY, "columns": "cards"}).text
    wrong = desk.get(queue, {"body": BODY, "columns": "code,harga"})
    assert wrong.status_code == 422
    assert f"?body={BODY}" in wrong.text
    assert desk.post(choose, {"column": ["harga"], "asked": ""}).status_code == 422
    DeskLook.objects.update(columns="code,harga")  # of before a column was taken away
    assert casework.columns_of(budi) == ("code",)
    assert "<table" not in desk.post(choose, {"asked": f"body={BODY}"}, follow=True).text
    assert casework.columns_of(budi) == ()


def test_a_drawn_shape_is_checked_at_the_door_and_stays_in_its_field(world):
    routing.submit(submission(), None)
    desk = Client()
    desk.force_login(staff("coordinator"))
    queue = reverse("console:queue")
    good = "106.7,-6.3;106.9,-6.3;106.9,-6.1;106.7,-6.1"
    page = desk.get(queue, {"body": BODY, "shape": good}).text
    assert f'value="{good}"' in page
    assert 'id="draw"' in page
    for bad in (
        "106.7,-6.3;106.9,-6.1;106.9,-6.3;106.7,-6.1",  # a bow tie
        "106.7,-6.3;106.8,-6.2;106.9,-6.1",  # no inside
        "106.7,-6.3;106.9,-6.3;106.8,-6.3;106.8,-6.1;106.8,-6.4",  # a side over another
        "106.7,-6.3;106.9,-6.3", ";".join(["106.7,-6.3"] * 101), "-6.3,106.7;-6.3,106.9;-6.1,106.9", "a,b;c,d;e,f",
        "106.7,-6.3;106.9,-6.3;nan,-6.1", "106.7,-6.3;;106.9,-6.1",
    ):  # fmt: skip
        answer = desk.get(queue, {"body": BODY, "shape": bad})
        assert answer.status_code == 422, bad
        assert f"?body={BODY}" in answer.text
