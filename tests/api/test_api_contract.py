"""The OpenAPI document is kept: whatever schemathesis sends, no server error and only answers it names."""

import itertools
import json
import uuid

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from kentongan.foundation.config import config
from kentongan.people import tokens
from kentongan.people.models import Person
from kentongan.reports.models import Entry, Report
from kentongan.wsgi import application
from tests.depth import part
from tests.world import STREET, load_world

pytestmark = pytest.mark.django_db
EXAMPLES = part(12)  # for each of some ninety operations
TURNS = range(4)
turn = itertools.cycle(TURNS)
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]

schema = schemathesis.pytest.from_fixture("document")


@pytest.fixture
def document(request, _one_connection):
    """Read when it is tried, not when tests are collected, which every process does."""
    request.node._nodeid = request.node.nodeid  # schemathesis writes it, and pytest 9.2 calls it otherwise
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


@pytest.fixture
def ready(db, monkeypatch):
    """A world with one report, and a token of an administrator, for whom most doors open."""
    load_world()
    monkeypatch.setattr(config(), "anonymous_reports_per_hour", 1_000_000)
    monkeypatch.setattr("kentongan.api.acting.ACTS", 1_000_000)
    administrator = Person.objects.create_superuser("admin@example.org")
    sent = {
        "submission_id": str(uuid.uuid4()),
        "category": "road_damage",
        "text": "x",
        "lon": STREET[0],
        "lat": STREET[1],
    }
    code = Client().post("/api/v1/reports", json.dumps(sent), content_type="application/json").json()["code"]
    return tokens.issue(administrator)[0], code


@pytest.fixture
def _one_connection(ready):
    """The bare application would close the connection that the test's transaction lives on.

    Django's own test client connects these again, so this comes after its use.
    """
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.long
@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=QUIET, derandomize=True, database=None)
def test_every_operation_keeps_the_document(case, ready):
    if part(len(TURNS)) <= next(turn):  # also of what schemathesis tries beside the examples
        return
    token, code = ready
    case.headers["Authorization"] = f"Bearer {token}"
    if "code" in (case.path_parameters or {}) and case.operation.path.startswith("/api/v1/reports/"):
        case.path_parameters["code"] = code
    response = case.call()
    checks = [not_a_server_error, content_type_conformance, status_code_conformance]
    case.validate_response(response, checks=checks)


KINDS = ["application/json", "multipart/form-data; boundary=x", "text/plain"]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=8), inner, max_size=3), max_leaves=8,
)  # fmt: skip
FIELDS = ("submission_id", "category", "lon", "lat", "text", "url", "occurred_at", "privacy", "answers", "photos")


@settings(max_examples=part(150), deadline=None, suppress_health_check=QUIET)
@given(changes=st.dictionaries(st.sampled_from(FIELDS), ANYTHING, min_size=1, max_size=3))
def test_whatever_a_field_holds_the_answer_is_precise_and_nothing_is_half_written(ready, changes):
    before = Report.objects.count(), Entry.objects.count()
    sent = {"submission_id": str(uuid.uuid4()), "category": "road_damage", "text": "A hole"}
    sent |= {"lon": STREET[0], "lat": STREET[1], **changes}
    body = json.dumps(sent).encode("utf-8", "surrogatepass")
    response = Client().post("/api/v1/reports", body, content_type="application/json")
    if response.status_code in {200, 201}:
        return
    assert response.status_code in {400, 409, 422}, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert (Report.objects.count(), Entry.objects.count()) == before


@settings(max_examples=part(150), deadline=None, suppress_health_check=QUIET)
@given(
    body=st.binary(max_size=200),
    kind=st.sampled_from(KINDS),
)
def test_any_bytes_are_answered(ready, body, kind):
    for path in ("/api/v1/reports", "/api/v1/photos", "/api/v1/preview", "/api/v1/tokens"):
        response = Client().post(path, body, content_type=kind)
        assert 400 <= response.status_code < 500, (path, response.status_code)
        assert response["Content-Type"] == "application/problem+json"
