"""Leases, links, keys and answers of others: to either side of the very border of each time. And old addresses."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, timedelta
from typing import Any
from urllib.parse import quote, unquote

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpResponse
from django.test import RequestFactory
from hypothesis import example, given
from hypothesis import strategies as st

from kentongan import bodies
from kentongan.foundation.nearness import CLOCKS
from kentongan.network import courier, expiring, polling, resolving
from kentongan.network.dialects.email import links
from kentongan.network.dialects.kentongan import keyring, seeking
from kentongan.network.leaving import departing, old_addresses
from kentongan.network.models import (
    ApiKey,
    CodeAnswer,
    Delivery,
    Departure,
    KeySearch,
    KnownKey,
    Moved,
    Peer,
    ReplyLink,
    SigningKey,
)
from kentongan.reports.models import Report
from tests.depth import few
from tests.inputs import DAY, LEAP_DAY, MOMENTS, TICK, around, at, refused, undone
from tests.network import stays

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
ZERO = timedelta()
PUBLIC = keyring.encode(bytes(range(32)))


@pytest.fixture
def report() -> Report:
    return stays.sent()


@pytest.fixture
def pu() -> Peer:
    return stays.known(endpoint="https://pu.example/network/v1")


# --- leases and looks ---

HELD = courier.LEASE + CLOCKS  # what another worker has just leased, by a clock that is ahead of ours, ends by then


@given(MOMENTS, around(ZERO), st.none() | around(ZERO, HELD), around(courier.LEASE).map(abs))
@example(LEAP_DAY, ZERO, None, courier.LEASE)
@example(LEAP_DAY, ZERO, None, courier.LEASE + TICK)
@example(LEAP_DAY, ZERO, HELD + TICK, ZERO)
@example(LEAP_DAY, ZERO, HELD, ZERO)
@few(8, shared=True)
def test_what_waits_for_a_peer_is_held_by_one_worker_until_its_lease_is_over(pu, report, now, ago, left, later) -> None:
    """`left`: for how long another holds it yet; farther ahead than a lease lasts is a clock that was put back."""
    now = now.astimezone(UTC)
    with undone():
        Delivery.objects.create(peer=pu, report=report, kind="entry", key="a", due_at=now - ago,
                                leased_until=None if left is None else now + left)  # fmt: skip
        is_due = ago >= ZERO and (left is None or not ZERO <= left <= HELD)
        with at(now):
            assert (courier.due_peers() == ["pu"]) == is_due
            assert (len(courier._lease(pu)[1]) == 1) == is_due
            assert courier._lease(pu)[1] == []
        with at(now + later):
            if is_due:
                assert (len(courier._lease(pu)[1]) == 1) == (later > courier.LEASE)


def test_what_another_worker_leases_between_our_look_at_the_clock_and_at_the_rows_is_sent_once(pu, report) -> None:
    Delivery.objects.create(peer=pu, report=report, kind="entry", key="a", due_at=LEAP_DAY)
    with at(LEAP_DAY):
        ours = courier._due()
    with at(LEAP_DAY + TICK):
        assert len(courier._lease(pu)[1]) == 1
    assert not Delivery.objects.filter(ours).exists()


EVERY = timedelta(seconds=polling.EVERY)


@given(MOMENTS, around(ZERO, EVERY), st.none() | around(ZERO), st.sampled_from([None, 60, "60"]))
@example(LEAP_DAY, EVERY, ZERO, None)
@example(LEAP_DAY, EVERY - TICK, None, None)
@few(8, shared=True)
def test_a_peer_is_asked_at_its_turn_and_not_while_its_circuit_is_open(pu, now, ago, closed, every) -> None:
    now = now.astimezone(UTC)
    with undone(now):
        Peer.objects.update(dialect="open311", polled_at=now - ago, options={"poll_every": every} if every else {},
                            closed_until=None if closed is None else now + closed)  # fmt: skip
        turn = timedelta(seconds=int(every or polling.EVERY))
        is_due = not ZERO <= ago < turn
        assert polling.is_due(Peer.objects.get()) == is_due
        assert courier.due_peers() == ["pu"] * (is_due and (closed is None or closed <= ZERO))


# --- links, keys and answers ---


@given(MOMENTS, around(links.LASTS), st.text(st.characters(exclude_categories=["Cs"]), max_size=50))
@example(LEAP_DAY, links.LASTS, "")
@example(LEAP_DAY, links.LASTS - TICK, "٣")
@few(3, shared=True)
def test_a_link_of_a_mailbox_is_open_for_thirty_days_and_any_other_words_are_no_link(pu, report, now, ago, odd) -> None:
    now, browser = now.astimezone(UTC), SessionStore()
    with undone():
        stay = stays.given(report, pu)
        with at(now):
            token = links.issue("pu", stay.pk, "entry/1")
        with at(now + ago):
            assert links.issue("pu", stay.pk, "entry/1") == token  # the same mail again: no longer than before
            assert links.standing(links.find(token), browser) == ("open" if ago < links.LASTS else "expired")
            assert refused(lambda: links.find(odd), "unknown_link")
            assert refused(lambda: links.find(token + odd), "unknown_link") == (odd != "")
            links.use(links.find(token), browser)
            assert links.standing(links.find(token), browser) == ("used" if ago < links.LASTS else "expired")
            links.hold(links.find(token), browser)
            assert links.standing(links.find(token), browser) == ("open" if ago < links.LASTS else "expired")
        assert ReplyLink.objects.count() == 1


@given(MOMENTS, around(keyring.OVERLAP), around(ZERO))
@example(LEAP_DAY, keyring.OVERLAP, ZERO)
@example(LEAP_DAY, keyring.OVERLAP - TICK, -TICK)
@few(6, shared=True)
def test_a_key_that_was_followed_verifies_for_a_month_more_and_one_of_a_peer_until_its_end(pu, now, ago, over) -> None:
    now = now.astimezone(UTC)
    with undone(now):
        SigningKey.objects.create(keyid="old", private="", public=PUBLIC, retired_at=now - ago, created_at=now - DAY)
        SigningKey.objects.create(keyid="new", private="", public=PUBLIC, created_at=now)
        KnownKey.objects.create(keyid="pu#1", peer=pu, public=PUBLIC, until=now - over)
        assert [one["keyid"] for one in keyring.published()] == ["new", "old"][: 1 + (ago < keyring.OVERLAP)]
        assert (keyring.public_key("pu#1") is not None) == (over < ZERO)
        assert any("every key" in one for one in expiring.expired()) == (over >= ZERO)


@given(MOMENTS, st.lists(st.none() | around(ZERO, expiring.SOON), max_size=3))
@example(LEAP_DAY, [expiring.SOON])
@example(LEAP_DAY, [expiring.SOON + TICK])
@example(LEAP_DAY, [ZERO])
@few(8, shared=True)
def test_that_a_peer_has_no_key_left_is_told_two_weeks_before(pu, now, left) -> None:
    """Of several the last counts, and one without an end ends never."""
    now = now.astimezone(UTC)
    with undone(now):
        for number, one in enumerate(left):
            ends = None if one is None else now + one
            ApiKey.objects.create(peer=pu, digest=f"{number}", hint="h", expires_at=ends)
        told = [one for one in expiring.expired() if "API key" in one]
    ends_at = [one for one in left if one is not None]
    is_told = bool(left) and len(ends_at) == len(left) and max(ends_at) <= expiring.SOON
    assert len(told) == is_told
    assert not told or ("has expired" in told[0]) == (max(ends_at) <= ZERO)


@given(MOMENTS, around(seeking.LOST), st.none() | around(ZERO), around(seeking.RECENT))
@example(LEAP_DAY, seeking.LOST, None, seeking.RECENT)
@example(LEAP_DAY, ZERO, ZERO, seeking.RECENT - TICK)
@few(8, shared=True)
def test_a_key_is_looked_for_again_after_its_pause_or_where_the_search_was_lost(pu, now, asked, left, told) -> None:
    now = now.astimezone(UTC)
    with undone(now):
        row = KeySearch.objects.create(peer=pu, keyid="pu#2", asked_at=now - told, next_at=now, fruitless=1)
        assert bool(seeking.sought(pu)) == (told < seeking.RECENT)
        KeySearch.objects.filter(pk=row.pk).update(asked_at=now - asked, next_at=None if left is None else now + left)
        answer = seeking.seek(pu, "pu#3")
        is_due = asked >= seeking.LOST if left is None else left <= ZERO
        row.refresh_from_db()
        assert (row.keyid == "pu#3") == is_due
        assert answer.code == ("key_looked_for" if is_due or left is None else "unknown_key")


CODE = "7KQF-M2RD"


@given(MOMENTS, around(ZERO), st.sampled_from(["", "https://kota.example/r/7KQF-M2RD"]))
@example(LEAP_DAY, ZERO, "")
@few(6, shared=True)
def test_what_others_said_of_a_code_is_known_until_its_end(pu, now, over, url) -> None:
    now, begun = now.astimezone(UTC), list[str]()
    with undone(now), pytest.MonkeyPatch.context() as patched:
        patched.setattr(resolving, "_begin", lambda code, _asked: begun.append(code))
        CodeAnswer.objects.create(code=CODE, url=url, until=now - over)
        found: list[str | None] = []
        with suppress(resolving.Checking):
            found.append(resolving.resolve(CODE.lower()))
        assert bool(begun) == (over >= ZERO)
        assert found == [url or None] * (over < ZERO)


# --- addresses of what has moved ---

PIECE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/"), min_size=1, max_size=6)
REST = st.lists(PIECE | st.sampled_from(["a?b", "50%25", "#x", "ä", ".json"]), max_size=3)
ASKED = st.lists(st.tuples(st.sampled_from("ab"), PIECE), max_size=3)


@given(REST, ASKED, st.sampled_from(["r", "api/v1/reports", "open311/v2/requests"]))
@example(["a?b"], [], "r")
@example(["%41"], [], "r")
@example([], [("a", "1"), ("b", "2"), ("a", "3")], "r")
@few(30, shared=True)
def test_an_old_address_leads_to_the_new_one_with_all_that_stands_behind_the_code(report, rest, asked, room) -> None:
    behind = "".join(f"/{quote(one, safe='')}" for one in rest)
    said = "&".join(f"{name}={quote(value)}" for name, value in asked)
    behind += f"?{said}" if said else ""
    with undone():
        Departure.objects.create(body=bodies.get("31"), peer=stays.known("jkt"), url="https://jakarta.example")
        departing._departures.forget()
        Moved.objects.create(code=report.code, url="https://jakarta.example/r/NEW1-CODE")
        request: Any = RequestFactory().get(f"/{room}/{report.code.lower()}{behind}")
        request.user = AnonymousUser()
        found = old_addresses.OldAddresses(lambda _request: HttpResponse(status=299))(request)
    departing._departures.forget()
    there, _mark, query = found["Location"].partition("?")
    pieces = there.removeprefix(f"https://jakarta.example/{room}/NEW1-CODE").split("/")[1:]
    assert (found.status_code, [unquote(one) for one in pieces], query) == (308, rest, said)


def test_an_old_address_with_letters_that_a_browser_did_not_write_in_per_cent_leads_to_the_same_ones(report) -> None:
    Departure.objects.create(body=bodies.get("31"), peer=stays.known("jkt"), url="https://jakarta.example")
    departing._departures.forget()
    Moved.objects.create(code=report.code, url="https://jakarta.example/r/NEW1-CODE")
    request: Any = RequestFactory().get(
        f"/api/v1/reports/{report.code}", QUERY_STRING="q=jalan%20é&a=[1]".encode().decode("latin-1")
    )
    assert request.GET["q"] == "jalan é"
    request.user = AnonymousUser()
    found = old_addresses.OldAddresses(lambda _request: HttpResponse(status=299))(request)
    departing._departures.forget()
    assert found["Location"] == "https://jakarta.example/api/v1/reports/NEW1-CODE?q=jalan%20%C3%A9&a=[1]"
