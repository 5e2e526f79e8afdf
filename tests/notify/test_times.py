"""When who is told of what: the morning of a place, the pauses of push services, what goes together."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from kentongan.notify import bundling, due, phones, push_calls, sealing_push, staff
from kentongan.notify.push_calls import FIRST_REST, REST, Paces
from tests.depth import few
from tests.inputs import moments, refused

ZONES = st.sampled_from(["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"]).map(ZoneInfo)


@given(moments(2000, 2100), ZONES)
@few()
def test_staff_is_written_to_at_the_next_morning_of_their_place(now: datetime, zone: ZoneInfo) -> None:
    at = staff._morning(now, zone)
    assert timedelta() < at - now <= timedelta(days=1)
    assert (at.astimezone(zone).hour, at.astimezone(zone).minute) == (staff.HOUR, 0)
    assert staff._morning(now.astimezone(zone), zone) == at
    assert staff._morning(at, zone) - at == timedelta(days=1)  # none is left out and none comes twice


@given(st.text("0123456789٣- ", max_size=14))
@few()
def test_a_push_service_may_ask_for_a_pause_of_an_hour_at_most(written: str) -> None:
    pause = push_calls._asked_to_wait(SimpleNamespace(headers={"Retry-After": written}))  # type: ignore[arg-type]
    assert timedelta() <= pause <= timedelta(hours=1)


DOES = st.sampled_from(["fails", "quick", "slow"])


@given(st.lists(st.tuples(DOES, st.integers(0, 40)), max_size=12))
@few(60)
def test_a_push_service_rests_the_longer_the_more_often_it_failed_and_not_once_it_answers(
    steps: list[tuple[str, int]],
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        now, rest, until = 0.0, 0.0, 0.0
        patched.setattr(push_calls, "time", SimpleNamespace(monotonic=lambda: now))
        paces = Paces()
        for does, later in steps:
            if does == "fails":
                paces.note_failure("a")
                if until <= now:  # of calls under way at once only the first counts
                    rest = min(REST, rest * 4 or FIRST_REST)
                    until = now + rest
            else:
                paces.note("a", 0.1 if does == "quick" else 2.0)
                rest = until = 0.0
            assert paces.rests("a") == max(0.0, until - now)
            assert ("a" in paces.resting()) is (until > now)
            assert paces.has_failed("a") is (rest > 0)
            assert not (paces.quick() and paces.has_failed("a"))
            now += later


@given(st.binary(max_size=80), st.text(max_size=12))
@few()
def test_bytes_of_a_browser_are_read_in_either_alphabet_and_a_point_lies_on_the_curve(raw: bytes, odd: str) -> None:
    written = sealing_push.encoded(raw)
    assert sealing_push.decoded(written) == raw
    assert sealing_push.decoded(written.replace("-", "+").replace("_", "/") + "=" * (-len(written) % 4)) == raw
    for one in (written, odd):
        try:
            found = sealing_push.point(one)
        except ValueError:
            continue
        assert isinstance(found, ec.EllipticCurvePublicKey)
        assert found.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint) == sealing_push.decoded(one)


@given(st.builds("{}{}{}".format, st.sampled_from(["https://", "http://", "ftp://", ""]),
                 st.sampled_from(["push.example", "10.0.0.1", "[::1]", "user@push.example", "ſ.example"]),
                 st.sampled_from(["", "/a", "?b@c", ":0", ":٨"])))  # fmt: skip
@few()
def test_messages_go_to_hosts_of_the_web_alone(endpoint: str) -> None:
    found: list[str] = []
    if not refused(lambda: found.append(phones._host(endpoint)), "bad_endpoint"):
        assert endpoint.startswith("https://")
        assert found[0] == "push.example" or found[0][:2] in {"10", "::"}


LETTER = st.tuples(st.integers(0, 2), st.booleans())


@given(st.lists(LETTER, max_size=12))
@few()
def test_what_goes_together_is_each_letter_once_and_of_one_person(letters: list[tuple[int, bool]]) -> None:
    mails: list[Any] = [
        SimpleNamespace(
            pk=uuid4(), to_person_id=who or None, address=f"{who}@a.id", is_urgent=urgent, key=str(at),
            entry=SimpleNamespace(kind="noted"),
        )
        for at, (who, urgent) in enumerate(letters)
    ]  # fmt: skip
    found = bundling.bundles(mails)
    assert sorted(int(one.key) for part in found for one in part) == list(range(len(mails)))
    for part in found:
        assert len(part) == 1 or (len(part) >= bundling.LEAST and len({one.address for one in part}) == 1)
        assert len(part) == 1 or not any(one.is_urgent for one in part)
    assert len({bundling.name(part) for part in found}) == len(found)


PAUSES = st.lists(st.integers(1, 5_000), min_size=1, max_size=8)


@given(PAUSES, st.integers(0, 200), st.integers(-5_000, 40_000))
@few(60)
def test_a_deadline_is_told_to_be_near_and_over_once_however_often_and_late_one_looks(
    pauses: list[int], hours: int, minutes: int
) -> None:
    began = datetime(2026, 11, 27, 10, tzinfo=ZoneInfo("Asia/Jakarta"))
    ahead, deadline = timedelta(hours=hours), began + timedelta(minutes=minutes)
    looked, near, over, late = began, 0, 0, 0
    for pause in pauses:
        now = looked + timedelta(minutes=pause)
        near += (lambda after, until: after < deadline <= until)(*due.coming(looked, now, ahead))
        over += (lambda after, until: after < deadline <= until)(*due.gone(looked, now))
        late += (lambda after, until: after < deadline <= until)(*due.gone(looked, now, ahead))
        looked = now
    looks = [began + timedelta(minutes=sum(pauses[: at + 1])) for at in range(len(pauses))]
    assert over == (began < deadline <= looks[-1])
    assert late == (began < deadline + ahead <= looks[-1])
    # Near is told at the first look from then on at which it is not over; what was near before the first look was told.
    assert near == (deadline > began + ahead and any(deadline - ahead <= one < deadline for one in looks))
