"""While the database or the disk is away, everybody is told to come again, in the form they asked for."""

import errno
import os
from pathlib import Path

import pytest
from django.db import connection
from django.db.utils import DataError, OperationalError
from django.test import Client, RequestFactory

from kentongan import faults
from kentongan.foundation import away
from kentongan.foundation.config import config

SENT = {"submission_id": "0b3fb1a2-94b1-4d7e-8f62-6a4a7a6a2f10", "category": "road_damage", "text": "Lubang"}
PLACE = {"lon": 106.8271, "lat": -6.1754}


def _lost(execute, sql, params, many, context):
    raise OperationalError("the server closed the connection unexpectedly")


def _client():
    return Client(raise_request_exception=False)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/r/K7M4-2Q9X", "text/html"),
        ("/api/v1/reports", "application/problem+json"),
        ("/network/v1/reports/K7M4-2Q9X", "application/problem+json"),
        ("/open311/v2/requests.json", "application/json"),
        ("/open311/v2/requests.xml", "text/xml"),
    ],
)
def test_a_lost_database_is_told_in_the_form_that_was_asked_for_and_may_be_tried_again(path, kind):
    with connection.execute_wrapper(_lost):
        answer = _client().get(path)
    assert answer.status_code == 503
    assert answer["Content-Type"].startswith(kind)
    assert int(answer["Retry-After"]) > 0
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("path", ["/lost", "/api/v1/lost", "/open311/v2/lost.xml"])
def test_the_one_character_that_no_database_keeps_is_the_senders_fault_and_not_ours(path):
    """Where the check of a field missed it: SQLite finds nothing under such a text, PostgreSQL refuses to look."""
    try:
        raise DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    except DataError:
        answer = faults.answer(RequestFactory().get(path))
    assert answer.status_code == 400
    assert "no-store" in answer["Cache-Control"]


def test_a_statement_of_ours_that_is_wrong_is_no_fault_of_the_sender():
    assert not away.is_nul(DataError('invalid input syntax for type integer: "x"\nLINE 1: ... IS NOT NULL AND id = '))
    assert away.is_nul(DataError("unsupported Unicode escape sequence\nDETAIL:  \\u0000 cannot be converted to text."))


@pytest.fixture
def read_only(transactional_db):
    """A database that answers every question and stores nothing."""
    sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON" if sqlite else "SET default_transaction_read_only = on")
    yield
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = OFF" if sqlite else "SET default_transaction_read_only = off")


def test_where_nothing_can_be_stored_a_report_is_asked_for_again_and_the_instance_is_not_ready(read_only):
    sent = _client().post("/api/v1/reports", SENT | PLACE, content_type="application/json")
    assert (sent.status_code, sent.json()["code"]) == (503, "unavailable")
    assert int(sent["Retry-After"]) > 0
    ready = _client().get("/readyz")
    assert ready.status_code == 503
    assert "database" in ready.json()["reason"]
    assert _client().get("/healthz").status_code == 200


@pytest.mark.django_db
def test_an_instance_without_room_on_its_disk_is_not_ready(monkeypatch):
    assert _client().get("/readyz").status_code == 200
    monkeypatch.setattr(away, "LEAST_FREE", 2**62)
    ready = _client().get("/readyz")
    assert ready.status_code == 503
    assert "MB are free" in ready.json()["reason"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("where", "call", "number"),
    [(Path, "open", errno.EROFS), (os, "fsync", errno.EDQUOT), (os, "fsync", errno.EIO), (Path, "open", errno.ESTALE)],
)  # fmt: skip
def test_an_instance_whose_folder_takes_no_files_is_not_ready(monkeypatch, where, call, number):
    def refuse(*_asked):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(where, call, refuse)
    assert _client().get("/readyz").json()["reason"] == f"data folder: {errno.errorcode[number]}"
    assert not list(config().data.glob(".probe-*"))


def test_asking_whether_an_instance_is_ready_leaves_nothing_behind(transactional_db):
    from kentongan.foundation.revision import Revision

    assert away.hindrance() == ""
    assert not Revision.objects.filter(name="").exists()
    assert not list(config().data.glob(".probe-*"))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.ESTALE])
def test_a_full_disk_is_away_and_a_fault_of_ours_is_not(number):
    fault = RuntimeError("the photo was not kept")
    fault.__cause__ = OSError(number, os.strerror(number))
    assert away.is_away(fault)
    assert not away.is_away(ValueError("a fault of ours"))
    assert not away.is_away(FileNotFoundError(errno.ENOENT, "no such file"))
