"""An alert that has ended becomes a report: secret without its person's word, unseen where somebody may be looking."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from kentongan import emergency
from kentongan.emergency.models import Alert
from kentongan.foundation.problems import Problem
from kentongan.reports.models import Report
from tests.emergency.post import kept, on_duty, operator, post, press, send
from tests.world import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


@pytest.fixture
def budi():
    return on_duty(operator(role="coordinator"), post())


def ended(budi, sender=None, **given):
    """An alert that Budi has closed."""
    done = press(sender, **given)
    emergency.acknowledge(done.alert.pk, budi)
    emergency.close(done.alert.pk, budi, "helped")
    return done


def desk(who) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(who)
    return client


def make(budi, alert, **given) -> tuple[int, str]:
    said = {"category": "road_damage", "text": "Lubang besar, motor jatuh", "place": "on", **given}
    answer = desk(budi).post(f"/console/alerts/{alert.pk}/report", said, follow=True)
    return answer.status_code, answer.text


def test_a_report_is_made_once_secret_and_both_pages_lead_to_each_other(budi):
    who = person("warga@contoh.id", name="Warga")
    alert = ended(budi, who).alert
    assert "Make a report of it" in desk(budi).get(f"/console/alerts/{alert.pk}").text
    status, page = make(budi, alert)
    made = Report.objects.get()
    assert (status, made.privacy, made.is_restricted, made.reporter) == (200, "secret", True, who)
    assert (made.text, made.village_code) == ("Lubang besar, motor jatuh", "31.71.01.1001")
    assert made.submission_id != alert.pk
    assert f"It became the report {made.code}" in page
    assert Client().get(f"/r/{made.code}").status_code == 404
    make(budi, alert)
    assert Report.objects.count() == 1
    assert emergency.told(kept(alert.pk))["report"] == made.code
    assert f"/console/alerts/{alert.pk}" in desk(budi).get(f"/console/reports/{made.code}").text
    other = operator("lain@contoh.id", "Lain", "51.71")
    post("51.71", "51.71", "Posko Denpasar")
    assert emergency.became(other, made.code) is None
    assert emergency.became(who, made.code) is None
    refused = desk(other).post(f"/console/alerts/{alert.pk}/report", {"category": "road_damage", "text": "x"})
    assert refused.status_code == 404


def test_what_its_person_agreed_to_is_public_without_the_name_and_the_phone_without_account_reads_it(budi):
    done = ended(budi)
    make(budi, done.alert, agreed="on")
    made = Report.objects.get()
    assert (made.privacy, made.is_restricted, made.reporter) == ("anonymous", False, None)
    assert Client().get(f"/r/{made.code}").status_code == 200
    answer = Client().get(f"/api/v1/alerts/{done.alert.pk}", headers={"Kentongan-Claim": done.token})
    assert answer.json()["report"] == made.code
    page = Client(headers={"Accept-Language": "en"})
    session = page.session
    session["alert_claims"] = {str(done.alert.pk): done.token}
    session.save()
    page.cookies["sessionid"] = session.session_key
    assert f"/r/{made.code}" in page.get(f"/darurat/{done.alert.pk}").text


@pytest.mark.parametrize("how", ["silent", "duress", "nobody"])
def test_where_somebody_else_may_be_looking_neither_phone_nor_account_shows_it(budi, how):
    who = person("warga@contoh.id", name="Warga")
    emergency.choose(who, "1234", "9999")
    done = press(None if how == "nobody" else who, silent=how == "silent")
    if how == "duress":
        emergency.cancel_with(done.alert, who, "9999")
    emergency.acknowledge(done.alert.pk, budi)
    emergency.close(done.alert.pk, budi, "helped")
    make(budi, done.alert)
    assert Report.objects.get().reporter is None
    assert emergency.told(kept(done.alert.pk))["report"] == ""


def test_what_cannot_become_one_says_why_and_loses_no_words(budi):
    alert = press().alert
    status, page = make(budi, alert)
    assert (status, "Close the alert first" in page) == (409, True)
    emergency.acknowledge(alert.pk, budi)
    emergency.close(alert.pk, budi, "helped")
    status, page = make(budi, alert, category="", text="Lampu mati di tangga")
    assert (status, "Lampu mati di tangga" in page) == (422, True)
    done = press(lon=None, lat=None, address="10.0.0.3")
    emergency.acknowledge(done.alert.pk, budi)
    emergency.close(done.alert.pk, budi, "helped")
    assert make(budi, done.alert)[0] == 422  # a hole in a road needs a place
    Alert.objects.filter(pk=done.alert.pk).update(forgotten_at=timezone.now())
    assert "deleted already" in make(budi, done.alert)[1]
    drill = emergency.begin_exercise(budi, emergency.posts_of(budi)[0])
    emergency.acknowledge(drill.pk, budi)
    emergency.close(drill.pk, budi, "exercise")
    with pytest.raises(Problem, match="drill"):
        emergency.become_report(drill.pk, budi, "road_damage", "x", with_place=False, agreed=False)
    assert not Report.objects.exists()
    assert send(f"alerts/{alert.pk}/cancel", {}).status_code == 404
