"""Who does something too often is asked to wait, for just as long as it takes; nobody else is."""

from __future__ import annotations

import time

import pytest
from django.db import connection, transaction
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from kentongan.foundation import rates
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.foundation.rates import RateWindow
from tests.depth import few

NOW = 1_000_000_000  # forty seconds after a whole minute


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch):
    """The time that windows are counted by; `clock[0]` sets it."""
    now = [float(NOW)]
    monkeypatch.setattr(rates.time, "time", lambda: now[0])
    return now


def refused(key: str, limit: int, seconds: int) -> Problem:
    with pytest.raises(Problem) as caught:
        rates.spend(key, limit, seconds)
    return caught.value


@pytest.mark.django_db
def test_a_window_is_counted_for_each_key_and_begins_anew(clock):
    for _use in range(3):
        rates.spend("a", 3, 60)
    rates.spend("b", 3, 60)
    refused("a", 3, 60)
    clock[0] += 60
    for _use in range(3):
        rates.spend("a", 3, 60)
    refused("a", 3, 60)


@pytest.mark.django_db
def test_no_window_ends_while_a_test_is_at_it(monkeypatch):
    later = time.time() + 61
    rates.spend("a", 1, 60)
    monkeypatch.setattr(time, "time", lambda: later)
    refused("a", 1, 60)


@pytest.mark.django_db
def test_the_same_key_has_a_count_for_each_length_of_window(clock):
    rates.spend("a", 1, 60)
    rates.spend("a", 1, 3600)
    refused("a", 1, 60)


@pytest.mark.django_db
@pytest.mark.parametrize(("later", "wait"), [(0, 20), (1, 19), (19, 1), (19.9, 1)])
def test_who_is_refused_learns_for_how_long_in_words_and_in_seconds(clock, later, wait):
    rates.spend("a", 1, 60)
    clock[0] += later
    problem = refused("a", 1, 60)
    assert (problem.code, problem.status, problem.extra) == ("too_many", 429, {"retry_after": wait})
    assert str(problem.detail) == "Terlalu banyak dalam waktu singkat. Tunggu sebentar, lalu coba lagi."
    clock[0] += wait
    rates.spend("a", 1, 60)


@pytest.mark.django_db
def test_a_key_may_be_an_address_of_a_person_and_is_not_stored(clock):
    rates.spend("198.51.100.7", 1, 60)
    window = RateWindow.objects.get()
    assert window.start == NOW - 40
    assert len(window.key) == 64
    assert "198.51.100.7" not in window.key
    assert str(window) == f"{window.key[:8]} 1"


@pytest.mark.django_db
def test_windows_are_forgotten_a_day_after_they_began(clock):
    rates.spend("a", 9, 60)
    clock[0] = NOW - 40 + 86_400
    assert rates.forget() == 0
    clock[0] += 1
    assert rates.forget() == 1
    assert rates.forget() == 0


@given(
    trusted=st.integers(0, 4),
    said=st.lists(st.sampled_from(["203.0.113.1", " 203.0.113.2 ", "", " ", "x"]), max_size=4),
)
def test_only_our_own_proxies_say_whom_they_speak_for(trusted, said):
    """The address that the outermost of our proxies saw; what stands left of it anybody may have written."""
    headers = {"X-Forwarded-For": ",".join(said)} if said else {}
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", headers=headers)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config(), "trusted_proxies", trusted)
        believed = said[-trusted].strip() if 0 < trusted <= len(said) else ""
        assert rates.address(request) == (believed or "10.0.0.1")


# After ZerosAndOnesLLC/AiFw#165, oryx-labs/oryxos#189, heroiclabs/nakama#878, ZhuLinsen/daily_stock_analysis#842.
FORWARDED = {
    "203.0.113.9": "203.0.113.9", "203.0.113.9:5123": "203.0.113.9", "1.1.1.1, 203.0.113.9:1": "203.0.113.9",
    " 203.0.113.9 ": "203.0.113.9", '"203.0.113.9:7"': "203.0.113.9", "::ffff:203.0.113.9": "203.0.113.9",
    "[::ffff:203.0.113.9]:443": "203.0.113.9", "2001:db8::1": "2001:db8::", "2001:db8::2": "2001:db8::",
    "[fe80::1%eth0]:41000": "fe80::", "1.2.3.4:_a1": "1.2.3.4", "[2001:db8::1]:_x1": "2001:db8::",
    "64:ff9b::102:304": "1.2.3.4", "[2001:db8::3]:443": "2001:db8::", "[2001:db8::4]": "2001:db8::",
    '"[2001:db8::5]:443"': "2001:db8::",
    "::1": "::1", "203.0.113.9,": "10.0.0.1", "": "10.0.0.1", "unknown": "unknown", "1.2.3.4.5": "1.2.3.4.5",
}  # fmt: skip


def test_whoever_connects_anew_is_counted_on_however_a_proxy_writes_their_address(monkeypatch):
    monkeypatch.setattr(config(), "trusted_proxies", 1)
    for written, counted in FORWARDED.items():
        asked = RequestFactory().get("/", headers={"X-Forwarded-For": written}, REMOTE_ADDR="10.0.0.1")
        assert rates.address(asked) == counted, written


def test_a_request_without_an_address_counts_as_one_sender():
    request = RequestFactory().get("/")
    del request.META["REMOTE_ADDR"]
    assert rates.address(request) == ""


@pytest.mark.django_db(transaction=True)
def test_a_count_waits_for_no_disk_but_what_is_stored_beside_it_does():
    def waits() -> str:
        if connection.vendor != "postgresql":
            return "on"  # SQLite has one way to commit
        with connection.cursor() as cursor:
            cursor.execute("SHOW synchronous_commit")
            return cursor.fetchone()[0]

    rates.spend("a", 3, 60)
    assert waits() == "on"
    with transaction.atomic():
        rates.spend("a", 3, 60)
        assert waits() == "on"
    rates.spend("a", 3, 60)
    refused("a", 3, 60)


@given(
    st.integers(1, 3),
    st.sampled_from([60, 3600]),
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 90)), max_size=8),
)
@few(20, shared=True)
@pytest.mark.django_db
def test_in_no_window_anybody_does_it_more_often_than_they_may_or_is_kept_from_less(
    clock: list[float], limit: int, seconds: int, uses: list[tuple[str, int]]
) -> None:
    RateWindow.objects.all().delete()
    clock[0], done = float(NOW), dict[tuple[str, int], int]()
    for key, later in uses:
        clock[0] += later
        window = key, int(clock[0]) // seconds
        done[window] = done.get(window, 0) + 1
        try:
            rates.spend(key, limit, seconds)
            wait = 0
        except Problem as problem:
            wait = int(problem.extra["retry_after"])
        assert (wait > 0) is (done[window] > limit)
        assert not wait or int(clock[0] + wait) // seconds == window[1] + 1  # by then it may be done again
