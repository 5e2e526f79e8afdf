"""What is in force, told, read and proposed: to either side of the very border of each time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kentongan.reports.models import Report
from kentongan.warnings import feeds, proposing, publishing, reading, standing, telling
from kentongan.warnings.models import Feed, Fetched, Proposal, Warning
from kentongan.warnings.states import State
from tests.depth import few
from tests.inputs import DAY, LEAP_DAY, MOMENTS, TICK, around, at, undone
from tests.network.stays import sent
from tests.world import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
ZERO = timedelta()


def warning(now: datetime, **given: Any) -> Warning:
    number = uuid4()
    said = {
        "pk": number, "identifier": f"urn:uuid:{number}", "sender": "31@x", "sent": now, "state": State.ACTIVE,
        "body_id": "31", "kind": "flood", "severity": "Severe", "expires": now + DAY,
    }  # fmt: skip
    return Warning.objects.create(**{**said, **given})


@given(MOMENTS, around(ZERO), around(reading.SHOWN_FOR))
@example(LEAP_DAY, ZERO, reading.SHOWN_FOR)
@example(LEAP_DAY, -TICK, reading.SHOWN_FOR - TICK)
@few(6, shared=True)
def test_a_warning_is_in_force_until_its_moment_and_in_the_feed_for_three_days(now, over, ago) -> None:
    """It ends `over` ago; it and another that has ended were sent `ago`."""
    now = now.astimezone(UTC)
    with undone(now):
        one = warning(now, expires=now - over, sent=now - ago)
        ended = warning(now, state=State.EXPIRED, sent=now - ago)
        standing._kept.forget()
        with at(one.expires - TICK):
            assert standing.all_in_force()  # what a process keeps, it keeps beyond the end
        is_over, is_shown = over >= ZERO, ago < reading.SHOWN_FOR
        assert [found.number for found in standing.all_in_force()] == [one.pk] * (not is_over)
        assert telling._is_news(one) == (not is_over) == (one.now == State.ACTIVE)
        assert {found.pk for found in reading.newest()[0]} == {one.pk, *[ended.pk] * is_shown}
        assert [found.pk for found in reading.past()] == [ended.pk] * is_shown
        for again in (1, 0):
            assert publishing.expire_due() == again * is_over
        left = {one.pk, ended.pk} if is_shown else {one.pk} if not is_over else set()
        assert {found.pk for found in reading.newest()[0]} == left
    standing._kept.forget()


@given(st.integers(-3, 40), st.integers(0, 12))
@example(1, 5)
@example(1, 10)
@few(6, shared=True)
def test_the_pages_of_the_feed_hold_each_warning_once_and_say_whether_there_are_more(number, many) -> None:
    with undone(LEAP_DAY), pytest.MonkeyPatch.context() as patched:
        patched.setattr(reading, "LISTED", 5)
        made = [warning(LEAP_DAY - timedelta(seconds=at)).pk for at in range(many)]
        found, page = list[Any](), 1
        while page:
            rows, more = reading.newest(page)
            assert len(rows) == min(5, many - len(found))
            found += [one.pk for one in rows]
            assert more == (len(found) < many)
            page = page + 1 if more else 0
        assert found == made
        assert reading.newest(max(number, 1) + many)[0] == []


@given(MOMENTS, around(ZERO), around(feeds.AGAIN), st.integers(60, 900))
@example(LEAP_DAY, ZERO, feeds.AGAIN, 60)
@example(LEAP_DAY, -TICK, feeds.AGAIN + TICK, 60)
@few(6, shared=True)
def test_a_feed_is_read_at_its_turn_by_one_worker_and_what_was_refused_once_more_after_a_day(
    now, ago, refused, every
) -> None:
    now, asked = now.astimezone(UTC), list[Any]()
    with undone(now), pytest.MonkeyPatch.context() as patched:
        feed = Feed.objects.create(name="f", every=every, due_at=now - ago, etag='"1"')
        Fetched.objects.create(feed=feed, digest="d", at=now - refused, fault="odd")
        answer = type("Answer", (), {"status": 304})
        patched.setattr(feeds.outgoing, "call", lambda *_given, headers, **_named: asked.append(headers) or answer)
        feeds.read_feeds()
        feeds.read_feeds()
        feed.refresh_from_db()
        assert len(asked) == (ago >= ZERO)
        assert feed.due_at == (now + timedelta(seconds=every) if asked else now - ago)
        assert not asked or ("If-None-Match" in asked[0]) == (refused <= feeds.AGAIN)


@given(MOMENTS, around(proposing.WITHIN), st.none() | around(proposing.WITHIN), around(6 * proposing.WITHIN))
@example(LEAP_DAY, proposing.WITHIN, None, 6 * proposing.WITHIN)
@example(LEAP_DAY, proposing.WITHIN + TICK, None, 6 * proposing.WITHIN + TICK)
@example(LEAP_DAY, ZERO, proposing.WITHIN, ZERO)
@few(4, shared=True)
def test_a_warning_is_proposed_of_the_reports_of_an_hour_and_again_an_hour_after_it_was_decided(
    now, ago, decided, last
) -> None:
    """The report came `ago`, the proposal before was `decided` so long ago, and one that is open counted `last` ago."""
    now = now.astimezone(UTC)
    with undone(now):
        report = sent(category="flood", text="Banjir")
        Report.objects.filter(pk=report.pk).update(created_at=now - ago)
        cell = proposing.h3.cell_to_parent(int(report.cell or 0), proposing.CELL)
        said = {"kind": "flood", "cell": cell, "count": 5, "first_at": now, "last_at": now}
        if decided is not None:
            Proposal.objects.create(**said, decided_at=now - decided)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(proposing, "LEAST", 1)
            is_young, is_decided = ago <= proposing.WITHIN, decided is not None and decided <= proposing.WITHIN
            assert proposing.propose() == (is_young and not is_decided)
            assert proposing.propose() == 0
            patched.setattr(proposing.emergency, "posts_of", lambda _who: [SimpleNamespace(area_code="31")])
            Proposal.objects.all().delete()
            Proposal.objects.create(**{**said, "last_at": now - last, "area_code": "31.71"})
            assert len(proposing.proposals_for(person())) == (last <= 6 * proposing.WITHIN)
