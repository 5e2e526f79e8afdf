"""Splitting a report at the desk, and what the public and the other bodies see of it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from kentongan import reports, routing
from tests.console.test_console import staff
from tests.world import person, submission

pytestmark = pytest.mark.django_db
ROADS, WATER = "31.roads", "31.water"


def test_a_coordinator_splits_a_report_and_everybody_follows_its_parts(world):
    report = routing.submit(submission(answers={"size": "large"}), person("warga@contoh.id")).report
    desk, stranger, water = Client(), Client(), Client()
    coordinator = staff("coordinator")
    desk.force_login(coordinator)
    water.force_login(staff(body=WATER, email="air@contoh.id"))
    page, step = (
        reverse(f"console:{name}", args=[report.code, *more]) for name, more in (("split", []), ("step", ["split"]))
    )
    assert page in desk.get(reverse("console:report", args=[report.code])).text

    # Bodies are added one after the other, and nothing typed is lost, whatever is pressed.
    seq = {"expected_seq": report.seq}
    first = desk.post(page, seq | {"add": ROADS, "q": "Dinas Bina Marga"}).text
    assert "Tidak ada instansi dengan nama ini" not in first
    assert "Lebih dari satu langkah" in first  # what was answered: another system gets the words alone
    assert f'name="part" value="{ROADS}"' in first
    assert f'formaction="{step}' not in first
    typed = seq | {"part": [ROADS, WATER], "words": ["Tambal jalannya", "Perbaiki pipanya"]}
    found = desk.post(page, typed | {"q": "pertamanan", "find": "1"}).text
    assert "Tambal jalannya" in found
    assert "Perbaiki pipanya" in found
    assert 'value="31.parks"' in found
    assert "Perbaiki pipanya" not in desk.post(page, typed | {"take_out": WATER}).text
    wrong = desk.post(step, typed | {"words": ["Tambal jalannya", ""]})
    assert wrong.status_code == 422
    assert "Tambal jalannya" in wrong.text
    assert 'href="#split-text-1"' in wrong.text
    late = desk.post(step, typed | {"expected_seq": 1})
    assert late.status_code == 409
    assert "Perbaiki pipanya" in late.text
    assert desk.post(page, seq | {"part": ["99.none", ""], "words": ["x"]}).status_code == 200

    assert desk.post(step, typed, follow=True).status_code == 200
    roads, pipe = reports.parts_of(report)
    # Whoever works on a part has what the whole was answered, on its page and in the queue.
    for path in (reverse("console:report", args=[pipe.code]), f"{reverse('console:queue')}?body={WATER}"):
        assert "Lebih dari satu langkah" in water.get(path).text
    # The public: on the page of the whole how each part stands, on that of a part whose it is.
    public = stranger.get(reverse("report", args=[report.code])).text
    assert "Perbaiki pipanya" in public
    assert reverse("report", args=[pipe.code]) in public
    assert "Dibagi menjadi beberapa bagian" in public
    of_part = stranger.get(reverse("report", args=[pipe.code]))
    assert of_part.status_code == 200
    assert reverse("report", args=[report.code]) in of_part.text
    assert reverse("report_act", args=[pipe.code, "support"]) not in of_part.text
    assert 'id="comment"' not in of_part.text
    assert of_part["X-Robots-Tag"] == "noindex"
    said = stranger.get(f"/api/v1/reports/{report.code}/timeline").json()["items"][-1]["data"]["parts"]
    assert [one["code"] for one in said] == [roads.code, pipe.code]
    # The other body has it in its queue, and works on it as on any report.
    assert "bagian dari laporan" in water.get(reverse("console:queue"), {"body": WATER}).text
    shown = water.get(reverse("console:report", args=[pipe.code]))
    assert "Perbaiki pipanya" in shown.text
    assert reverse("report", args=[report.code]) in shown.text
    assert 'id="identity"' not in shown.text
    assert 'id="ask"' not in shown.text
    # The whole cannot be ended by itself; the split is taken back as long as no part has ended.
    whole = desk.get(reverse("console:report", args=[report.code])).text
    assert 'id="unsplit"' in whole
    assert 'id="resolve"' not in whole
    report.refresh_from_db()
    back = desk.post(reverse("console:step", args=[report.code, "unsplit"]), {"expected_seq": report.seq}, follow=True)
    assert "Pembagian dibatalkan" in back.text
    assert 'id="parts"' not in stranger.get(reverse("report", args=[report.code])).text
