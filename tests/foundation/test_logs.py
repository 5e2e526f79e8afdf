"""A fault of ours is one line on standard error, with its trace and the name of its request, and no word of anybody."""

import errno
import json
import subprocess
import sys

import pytest
import structlog
from django.db import DatabaseError, connection
from django.test import Client
from structlog.testing import capture_logs

from kentongan.foundation import logs
from kentongan.web import browsing

WORDS = "rahasia warga"


def fail(*_: object, **__: object) -> None:
    raise RuntimeError(WORDS)


@pytest.fixture
def lines():
    """What is logged, line by line."""
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as said:
        yield said


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "broken"),
    [
        ("/overview", "kentongan.web.overview.render"),
        ("/api/v1/reports", "kentongan.api.reading.keeping"),
        ("/open311/v2/services.json", "kentongan.open311.services.catalogue"),
    ],
)
def test_a_500_is_logged_once_with_trace_and_request_id_and_without_what_somebody_wrote(
    world, lines, monkeypatch, path, broken
):
    monkeypatch.setattr(broken, Broken())
    answer = Client(raise_request_exception=False).get(path, headers={"X-Request-ID": "proxy-1234-abcd"})
    assert answer.status_code == 500
    assert answer["X-Request-ID"] == "proxy-1234-abcd"
    failed = [line for line in lines if line["event"] == "request.failed"]
    assert len(failed) == 1
    (line,) = failed
    assert line["request"] == "proxy-1234-abcd"
    assert line["error"] == "RuntimeError"
    assert any("test_logs.py" in frame for frame in line["trace"])
    assert WORDS not in json.dumps(line)


class Broken:
    """Stands for anything: whatever is done with it fails."""

    def __call__(self, *_: object, **__: object) -> None:
        fail()

    def __getattr__(self, name: str) -> None:
        fail()


@pytest.mark.django_db
def test_a_name_that_no_proxy_of_ours_would_give_is_not_taken_over(world, lines, monkeypatch):
    monkeypatch.setattr(browsing, "render", Broken())
    answer = Client(raise_request_exception=False).get("/", headers={"X-Request-ID": 'x" onload="'})
    assert answer.status_code == 500
    assert len(answer["X-Request-ID"]) == 32


def test_nothing_is_logged_on_standard_output(tmp_path):
    said = subprocess.run(
        [sys.executable, "-c", "from kentongan.foundation import logs; logs.configure(); import structlog;"
         "structlog.get_logger().info('here')"], capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert said.stdout == ""
    assert json.loads(said.stderr)["event"] == "here"


@pytest.mark.django_db(transaction=True)
def test_a_fault_of_the_database_or_the_disk_is_logged_by_its_own_name_and_without_its_words():
    with pytest.raises(DatabaseError) as told, connection.cursor() as cursor:
        cursor.execute("SELECT * FROM no_such_table")
    assert logs.code(told.value) == {"sqlite": "SQLITE_ERROR", "postgresql": "42P01"}[connection.vendor]
    assert logs.code(OSError(errno.ENOSPC, "full")) == "ENOSPC"
    assert logs.code(RuntimeError(WORDS)) == ""
    with pytest.raises(RuntimeError) as handled:
        _without_a_file()
    assert logs.code(handled.value) == ""


def _without_a_file() -> None:
    try:
        raise FileNotFoundError(errno.ENOENT, "none")
    except FileNotFoundError:
        raise RuntimeError(WORDS) from None
