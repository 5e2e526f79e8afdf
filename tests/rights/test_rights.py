"""Every door by everybody: the table of who may what, and that a refusal changes nothing and names no secret."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from kentongan.foundation.config import config
from tests import depth
from tests.rights.calls import Call, calls, calls_of_kinds
from tests.rights.scene import METRICS, NAME, ROLES, SLUG, Scene, Signer, attempt, build, caller
from tests.rights.table import DOORS, KINDS_OF_REPORTS

UNASKED = "?"  # each door is asked by all on SQLite, and by one role in four, in turn, on PostgreSQL
KNOW_THE_REPORTER = ("reporter",)
PUBLIC = ("nobody", "stranger", "reporter", "supporter", "key")
# Where a name may be told: looked at for a reason, an operator who calls back whoever pressed the button, and those
# whom somebody has chosen to see where they are.
TELL_WHO = ("identity", "console/alerts", "keluarga", "lingkungan")


@pytest.fixture
def scene(world: None, monkeypatch: pytest.MonkeyPatch, settings: Any) -> tuple[Scene, Signer]:
    """Everybody and everything."""
    monkeypatch.setattr(config(), "metrics_token", METRICS)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # thousands of calls
    return build()


def letter(answer: Any) -> str:
    """What an answer means: see `table`."""
    status = answer.status_code
    if status in {301, 302, 303, 307, 308}:
        there = answer["Location"]
        if there.startswith("http://mitra.example"):
            return "m"
        return "s" if there.startswith("/accounts/login/?next=") else "i" if there.endswith("#errors") else "+"
    if 200 <= status < 300:
        return "+"
    said = {401: "s", 403: "-", 404: "0", 405: "x", 400: "i", 409: "i", 413: "i", 422: "i", 406: "i"}
    return said.get(status, f"!{status}")


def content(one: Any) -> tuple[bytes, dict[str, Any]]:
    """What a call sends: the bytes that are signed, and the arguments of the client."""
    if one.method == "GET":
        return b"", {}
    if one.as_json:
        body = json.dumps(one.sent).encode()
        return body, {"data": body, "content_type": "application/json"}
    for value in one.sent.values():
        if hasattr(value, "seek"):
            value.seek(0)
    return b"", {"data": dict(one.sent)}


def tried(scene: tuple[Scene, Signer], rows_of: Callable[[Scene], list[Call]]) -> tuple[dict[str, str], list[str]]:
    """The letters of each row, and what was wrong beside them."""
    whole, signer = scene
    rows: dict[str, str] = {}
    wrong: list[str] = []
    secrets = {role: whole.secrets(role) for role in ROLES}
    for number, one in enumerate(rows_of(whole)):
        told = []
        for place, role in enumerate(ROLES):
            if depth.is_second() and (number + place) % 4:
                told.append(UNASKED)
                continue
            body, given = content(one)
            client = caller(whole, role, signer, one.method, one.path, body)
            answer, wrote = attempt(client, one.method, one.path, given)
            told.append(letter(answer))
            if told[-1] in "s-0xi" and wrote:
                wrong.append(f"{one.name} by {role} is refused and writes: {wrote}")
            seen = answer.told + answer.get("Location", "").encode()
            named = [
                name
                for name, code in secrets[role].items()
                if code.encode() in seen.replace(one.path.encode(), b"") and code not in one.path
            ]
            if (
                role not in KNOW_THE_REPORTER
                and NAME.encode() in seen
                and not any(one.name.count(may) for may in TELL_WHO)
            ):
                wrong.append(f"{one.name} names to {role} who reported")
            if role in PUBLIC and SLUG.encode() in seen.replace(one.path.encode(), b""):
                wrong.append(f"{one.name} tells {role} what the operator calls a partner")
            if named:
                wrong.append(f"{one.name} names to {role} the code of {named}")
        rows[one.name] = " ".join(told)
    return rows, wrong


@pytest.mark.long
def test_everybody_is_let_in_and_kept_out_as_the_table_says(scene: tuple[Scene, Signer]) -> None:
    rows, wrong = tried(scene, calls)
    assert wrong == []
    assert differences(DOORS, rows) == {}


@pytest.mark.long
def test_reports_of_every_kind_are_seen_and_worked_on_by_those_who_may(scene: tuple[Scene, Signer]) -> None:
    rows, wrong = tried(scene, calls_of_kinds)
    assert wrong == []
    assert differences(KINDS_OF_REPORTS, rows) == {}


def differences(expected: dict[str, str], rows: dict[str, str]) -> dict[str, tuple[str, str]]:
    """The rows that are not as written, those that are gone, and those that nobody has written yet."""
    names = [name for name in {**expected, **rows} if not alike(expected.get(name), rows.get(name))]
    return {name: (expected.get(name, "no row in the table"), rows.get(name, "no such door")) for name in names}


def alike(expected: str | None, told: str | None) -> bool:
    """Whether the letters of a row are those of the table, as far as they were asked for."""
    if expected is None or told is None:
        return expected == told
    both = zip(expected.split(), told.split(), strict=True)
    return all(told in (expected, UNASKED) for expected, told in both)
