"""Roles, rules, drafts and months of staff: to either side of the very border of each time. And words that are read."""

from __future__ import annotations

from datetime import UTC, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kentongan import bodies, casework
from kentongan.bodies.models import Membership
from kentongan.casework import drafting, mentioning, running
from kentongan.casework.filters import AGES, DEADLINES, Filter
from kentongan.casework.models import Draft, Rule, RuleRun, View
from kentongan.casework.performance import THEIRS_FIRST, months, opened_on
from kentongan.casework.queues import every
from kentongan.casework.roles import open_today
from kentongan.console import regrets
from kentongan.live import presence
from kentongan.live.models import Presence
from kentongan.notify import staff
from kentongan.people.models import Person
from kentongan.reports.models import Report
from tests.depth import few
from tests.inputs import DAY, LEAP_DAY, MOMENTS, TICK, around, at, refused, undone
from tests.network.stays import sent
from tests.world import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
ZERO, HOUR, BODY = timedelta(), timedelta(hours=1), "id.pu"


def works(name: str, body: str = BODY, role: str = "officer", email: str = "") -> Person:
    made = person(email or f"{len(name)}{Person.objects.count()}@contoh.id", name=name)
    Membership.objects.create(person=made, body_id=body, role=role, since=LEAP_DAY - 9_999 * DAY)
    return made


@pytest.fixture
def budi() -> Person:
    return works("Budi", role="coordinator", email="budi@contoh.id")


@pytest.fixture
def report() -> Report:
    return sent()


@given(MOMENTS, around(ZERO), st.none() | around(ZERO))
@example(LEAP_DAY, ZERO, None)
@example(LEAP_DAY, ZERO, ZERO)
@few(8, shared=True)
def test_a_role_counts_from_its_begin_until_its_very_end(budi, now, ago, left) -> None:
    now = now.astimezone(UTC)
    with undone(now):
        Membership.objects.update(since=now - ago, until=None if left is None else now + left)
        counts = ago >= ZERO and (left is None or left > ZERO)
        assert (casework.role_for(budi, BODY) is not None) == counts
        assert Membership.objects.filter(open_today()).exists() == counts
        assert [one.code for one in casework.bodies_of(budi)] == [BODY] * counts


@given(MOMENTS, st.integers(0, 3), around(ZERO, HOUR, 3 * HOUR), around(ZERO))
@example(LEAP_DAY, 1, 2 * HOUR, HOUR)
@example(LEAP_DAY, 1, 2 * HOUR, HOUR - TICK)
@example(LEAP_DAY, 3, 3 * HOUR + TICK, ZERO)
@few(8, shared=True)
def test_a_rule_hears_of_deadlines_that_passed_since_it_was_on_its_hours_later_and_once(
    budi, report, now, after, ago, on
) -> None:
    """The deadline passed `ago`, the rule is on since `on` ago."""
    now, later = now.astimezone(UTC), timedelta(hours=after)
    with undone(now):
        Report.objects.update(deadline_at=now - ago)
        Rule.objects.create(body_id=BODY, name="r", event="overdue", after_hours=after, is_on=True, on_since=now - on)
        is_heard = later < ago <= on + later
        assert running.note_overdue() == is_heard
        assert running.note_overdue() == 0
        assert running.run_rules(lambda _report, _step: None) == is_heard


@given(MOMENTS, around(ZERO), st.integers(-1, 1), around(HOUR))
@example(LEAP_DAY, ZERO, 0, HOUR)
@example(LEAP_DAY, ZERO, 0, HOUR + TICK)
@few(6, shared=True)
def test_what_a_rule_is_due_to_do_is_done_at_its_moment_unless_it_did_too_much_within_an_hour(
    report, now, ago, more, done
) -> None:
    now = now.astimezone(UTC)
    most = 2
    with undone(now), pytest.MonkeyPatch.context() as patched:
        patched.setattr(running, "MOST_AN_HOUR", most)
        rule = Rule.objects.create(body_id=BODY, name="r", event="arrived", is_on=True, version=1)
        given_ = {"rule": rule, "version": 1, "due_at": now - ago}
        for number in range(most + more):
            RuleRun.objects.create(report_id=number + 99, key=number, done_at=now - done, outcome="done", **given_)
        RuleRun.objects.create(report_id=0, key=7, **given_)
        assert running.run_rules(lambda _report, _step: None) == (ago >= ZERO)
        rule.refresh_from_db()
        assert rule.is_on == (ago < ZERO or done > HOUR or more < 0)


@given(MOMENTS, around(drafting.WRITING), around(presence.FRESH, -presence.FRESH))
@example(LEAP_DAY, drafting.WRITING, presence.FRESH)
@example(LEAP_DAY, drafting.WRITING - TICK, presence.FRESH)
@example(LEAP_DAY, ZERO, presence.FRESH + TICK)
@few(6, shared=True)
def test_a_colleague_is_seen_for_as_long_as_the_page_is_open_and_writes_for_half_a_minute(
    budi, report, now, typed, seen
) -> None:
    now = now.astimezone(UTC)
    other = Person.objects.create(email="sari@contoh.id", name="Sari")
    with undone(now):
        Membership.objects.create(person=other, body_id=BODY, role="officer", since=now - DAY)
        topic = drafting.topic(report)
        Presence.objects.create(topic=topic, person=other, seen_at=now - seen, since=now - DAY)
        Draft.objects.create(person=other, report=report, step="note", text="t", at=now - typed)
        found = drafting.others(budi, report)
        assert len(found) == (abs(seen) <= presence.FRESH)
        assert not found or found[0].writes == (typed < drafting.WRITING)
    other.delete()


@given(MOMENTS, st.integers(-40, 40), st.sampled_from([ZERO, -TICK]))
@example(LEAP_DAY, 7, ZERO)
@few(6, shared=True)
def test_the_numbers_of_a_month_are_for_others_a_week_after_its_end_by_the_clock_of_the_body(
    budi, now, days, beside
) -> None:
    zone = bodies.zone(BODY)
    sari = works("Sari")
    month = months(zone, now)[1]
    opens = opened_on(month)
    assert opens == (month + timedelta(days=32)).replace(day=1) + THEIRS_FIRST
    local = now.astimezone(zone).replace(year=opens.year, month=opens.month, day=opens.day, hour=0, minute=0, second=0,
                                         microsecond=0)  # fmt: skip
    then = local + timedelta(days=days) + beside
    with undone(then):
        is_told = not refused(
            lambda: casework.performance(budi, BODY, f"person:{sari.pk}", month), "too_early", "bad_month"
        )
    assert is_told == (then.date() >= opens)
    sari.delete()


@given(MOMENTS, st.sampled_from([0, 1, 6, 7, 29, 30, 31]), st.sampled_from([-TICK, ZERO, TICK]) | around(ZERO),
       around(ZERO, DAY, 7 * DAY))  # fmt: skip
@example(LEAP_DAY, 29, ZERO, ZERO)
@example(LEAP_DAY, 29, -TICK, -TICK)
@few(4, shared=True)
def test_the_queue_counts_days_by_the_calendar_of_the_body_and_deadlines_to_the_moment(
    budi, report, now, days, beside, left
) -> None:
    """It came `beside` the midnight with which the day so many `days` ago began; its deadline is `left` away."""
    zone = bodies.zone(BODY)
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    came, due = midnight - days * DAY + beside, now.astimezone(UTC) + left
    with undone(now):
        Report.objects.update(created_at=came.astimezone(UTC), deadline_at=due)
        found = {
            word
            for part, words in (("age", AGES), ("deadline", DEADLINES))
            for word in words
            if list(every(budi, BODY, Filter(**{part: word}), 9))
        }
        ago, ahead = (midnight.date() - came.date()).days, (due.astimezone(zone).date() - midnight.date()).days
        ages = {word for word, most in AGES.items() if (ago < most if most else ago > 29)}
        is_over = due < now
        assert found - {"overdue"} == ages | {
            word for word, most in (("today", 1), ("week", 7)) if not is_over and ahead < most
        }
        assert ("overdue" in found) == is_over


@given(MOMENTS, around(timedelta(seconds=regrets.WITHIN - 1), ZERO))
@example(LEAP_DAY, timedelta(seconds=regrets.WITHIN - 1))
@example(LEAP_DAY, timedelta(seconds=regrets.WITHIN))
@few(12, shared=True)
def test_a_step_is_offered_to_be_taken_back_for_a_minute(report, now, ago) -> None:
    request: Any = SimpleNamespace(session={})
    with at(now):
        regrets.offer(request, "accept", report, SimpleNamespace(seq=report.seq + 1))  # type: ignore[arg-type]
    with at(now.astimezone(UTC) + ago):
        found = regrets.offered(request)
    left = regrets.WITHIN - ago.total_seconds()
    assert (found is not None) == (left >= 1) or abs(left - 1) < 0.001  # what a session keeps is a float
    assert found is None or 0 < found["seconds"] <= regrets.WITHIN


# --- words that are read ---

GAPS = st.sampled_from([" ", "  ", "\n", "\t", "\u00a0"])
CASES = st.sampled_from([str, str.upper, str.lower, str.title])


@given(st.sampled_from(["Budi Santoso", "Élise Wijaya", "Siti"]), CASES, GAPS, st.text(max_size=6),
       st.sampled_from(["", ".", ",", "?", "\n"]))  # fmt: skip
@example("Budi Santoso", str, "  ", "", "")
@example("Élise Wijaya", str.upper, " ", "", "")
@few(16, shared=True)
def test_whoever_is_called_by_the_whole_name_is_called_however_it_is_written(name, case, gap, odd, end) -> None:
    """And nobody else: one of the same first name works here too, or elsewhere."""
    written = f"Tolong @{gap.join(case(name).split())}{end} {odd.replace('@', '')}"
    first = name.partition(" ")[0]
    with undone():
        called = works(name)
        works(f"{first} Lain")
        if " " in name:
            assert mentioning.mentioned(BODY, written) == [called]
            Membership.objects.filter(person=called).update(body_id="31")
            assert refused(lambda: mentioning.mentioned(BODY, written), "not_here")
        else:
            assert refused(lambda: mentioning.mentioned(BODY, written), "ambiguous_name") or "@" in odd
    assert mentioning.mentioned(BODY, written) == []


@given(
    st.text(max_size=30) | st.lists(st.sampled_from(["@", "Budi", "budi", " ", ".", "x", "@contoh.id"])).map("".join)
)
@example("@budix")
@example("x@Budi")
@example("@Budi.")
@few(16, shared=True)
def test_a_name_is_called_only_by_a_word_that_begins_with_the_sign(budi, written) -> None:
    said = f" {written.casefold()} "
    beside = [(said[at - 1], said[at + 5]) for at in range(1, len(said) - 5) if said.startswith("@budi", at)]
    is_called = any(
        not (before.isalnum() or before in "_.") and not (after.isalnum() or after == "_") for before, after in beside
    )
    assert mentioning.mentioned(BODY, written) == [budi] * is_called


LETTERS = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


@given(LETTERS | st.text("0123456789-abcdef٣", max_size=80), st.integers(-70, 70))
@few(16, shared=True)
def test_only_the_very_words_of_a_link_open_a_calendar_or_end_mails(budi, odd, cut) -> None:
    with undone():
        view = View.objects.create(body_id=BODY, maker=budi, name="v", asked="")
        for find, own, missing in (
            (casework.of_calendar, casework.calendar_token(budi, view), "not_found"),
            (staff.holder, staff.stop_token(budi.pk), "bad_link"),
        ):
            assert find(own)
            for one in (odd, own[:cut], own + odd, f"0{own}"):
                assert one == own or refused(lambda find=find, one=one: find(one), missing)
