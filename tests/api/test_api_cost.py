"""What a request costs, told by what any machine counts alike: statements, and calls of functions."""

import json
import re
import uuid

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.client import ClientHandler
from django.test.utils import CaptureQueriesContext

from kentongan.foundation import prepared
from kentongan.foundation.config import config
from tests.costing import calls
from tests.world import STREET

pytestmark = pytest.mark.django_db
# As counted on 2026-11-27 and a fifth more; psycopg calls more of Python than sqlite3 does. A new library may shift
# them, a feature that makes every submission dearer should be seen here.
SENDING = {"sqlite": 3_100, "postgresql": 3_600}
READING = {"sqlite": 1_370, "postgresql": 1_450}


@pytest.fixture(autouse=True)
def _open_doors(world, monkeypatch):
    monkeypatch.setattr(config(), "anonymous_reports_per_hour", 10_000)


@pytest.fixture(scope="module")
def server():
    return ClientHandler()


def answered(server, asked):
    answer = server(asked.environ)
    assert answer.status_code < 300, answer.content
    return json.loads(answer.content)


def sending():
    sent = {"submission_id": str(uuid.uuid4()), "category": "road_damage", "text": "Lubang", "privacy": "public"}
    body = json.dumps(sent | {"lon": STREET[0], "lat": STREET[1]})
    return RequestFactory().post("/api/v1/reports", body, content_type="application/json")


def test_a_submission_and_a_reading_take_no_more_steps_than_they_need(server):
    code = [answered(server, sending()) for _ in range(2)][-1]["code"]
    asked = [sending() for _ in range(3)]
    assert min(calls(lambda one=one: answered(server, one)) for one in asked) < SENDING[connection.vendor]
    reading = [RequestFactory().get(f"/api/v1/reports/{code}") for _ in range(3)]
    assert min(calls(lambda one=one: answered(server, one)) for one in reading) < READING[connection.vendor]


def test_a_submission_takes_few_statements(server, monkeypatch):
    answered(server, sending())
    seen = []
    for name in ("rows", "run"):
        real = getattr(prepared, name)
        monkeypatch.setattr(prepared, name, lambda said, *given, real=real: seen.append(said) or real(said, *given))
    with CaptureQueriesContext(connection) as beside:
        answered(server, sending())
    # The count of the address, whether it came before, and the rows of report, timeline and outbox: on PostgreSQL all
    # three in one statement, which is waited for once and needs no transaction.
    said = [re.findall(r"(?:INTO|FROM) ([a-z]+_[a-z]+)", one) for one in seen]
    rows = ["reports_report", "reports_entry", "foundation_event"]
    before = [["foundation_ratewindow"], ["reports_report"]]
    assert said == before + ([rows] if connection.vendor == "postgresql" else [[one] for one in rows])
    assert [
        one["sql"] for one in beside if not one["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))
    ] == []
