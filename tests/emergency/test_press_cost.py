"""What a press costs, told by what any machine counts alike: statements, and calls of functions."""

import json
from uuid import uuid4

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.client import ClientHandler
from django.test.utils import CaptureQueriesContext

from kentongan.emergency import posts
from kentongan.emergency.models import Alert, Call, Entry, Watch
from kentongan.emergency.texting import take_text
from kentongan.foundation import prepared
from tests.costing import calls
from tests.emergency.post import on_duty, operator, post
from tests.world import STREET

pytestmark = pytest.mark.django_db
# As counted on 2026-11-26 and a fifth more; 36,800 were taken before.
PRESSING = 3_700
CONTROL = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")


def pressing():
    said = {"alert_id": str(uuid4()), "lon": STREET[0], "lat": STREET[1], "accuracy": 12, "age": 1}
    return RequestFactory().post("/api/v1/alerts", json.dumps(said), content_type="application/json")


def answered(server, asked):
    answer = server(asked.environ)
    assert answer.status_code == 201, answer.content
    return json.loads(answer.content)


def test_a_press_takes_eight_statements_and_few_steps_and_rings_whoever_is_on_duty(world, monkeypatch):
    where = post()
    budi = on_duty(operator(), where)
    server = ClientHandler()
    for _ in range(2):
        answered(server, pressing())
    seen = []
    with monkeypatch.context() as patch:
        for name in ("rows", "run"):
            real = getattr(prepared, name)
            patch.setattr(prepared, name, lambda said, *given, real=real: seen.append(said) or real(said, *given))
        with CaptureQueriesContext(connection) as beside:
            told = answered(server, pressing())
    tables = [said.split("INTO ")[-1].split("FROM ")[-1].split()[0] for said in seen]
    assert tables == [
        "emergency_alert",  # whether it came before
        "emergency_alert",  # of the same sender lately
        "people_person",  # who is on duty
        "emergency_position",
        "emergency_call",
        "emergency_alert",
        "emergency_entry",
        "live_change",
    ]
    # Whether a copy in memory is still good is asked once a second.
    asked = [one["sql"] for one in beside if "foundation_revision" not in one["sql"]]
    assert [one for one in asked if not one.startswith(CONTROL)] == []
    alert = Alert.objects.get(pk=told["alert_id"])
    assert (told["alert_id"], told["watched"]) == (str(alert.pk), True)
    assert list(Entry.objects.filter(alert=alert).order_by("seq").values_list("seq", "kind")) == [
        (1, "received"), (2, "called"),
    ]  # fmt: skip
    assert list(Call.objects.filter(alert=alert).values_list("person", flat=True)) == [budi.pk]
    assert (alert.seq, alert.steps, alert.watch_id, alert.step_at is not None) == (2, 1, where.pk, True)
    asked = [pressing() for _ in range(3)]
    assert min(calls(lambda one=one: answered(server, one)) for one in asked) < PRESSING


@pytest.mark.django_db(transaction=True)
def test_a_post_that_another_process_has_just_deleted_loses_no_press(world):
    where = post()
    posts.posts.get()
    with connection.cursor() as cursor:  # past the signals, as another process does it
        cursor.execute("DELETE FROM emergency_watch WHERE id = %s", [where.pk])
    assert not Watch.objects.exists()
    told = answered(ClientHandler(), pressing())
    assert Alert.objects.get(pk=told["alert_id"]).watch_id is None
    # An SMS, which knows no second try, and of which no place is known: all posts there are would have it.
    where = post()
    posts.posts.get()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM emergency_watch WHERE id = %s", [where.pk])
    alert = take_text("+6281200000000", "Tolong!")
    assert Alert.objects.get(pk=alert.pk).watch_id is None
