"""What has run out between peers is told to whoever runs this installation, and what was renewed is not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone, translation

from kentongan.foundation import outgoing
from kentongan.network import calling, expiring
from kentongan.network.models import ApiKey, KnownKey, Peer, PeerState
from tests.network.stays import NOON, known

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOON)


def key(peer: Peer, ends: datetime | None) -> None:
    ApiKey.objects.create(peer=peer, digest=str(ApiKey.objects.count()), hint="x", expires_at=ends)


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_certificate_that_is_not_good_is_told_in_whatever_language_it_was_noted(language: str) -> None:
    with translation.override(language):
        words = calling.in_words(outgoing.Untrusted())
    known(last_error=words, last_error_at=NOON)
    assert expiring.expired() == [f"peer pu: its certificate is not good: {words}"]


@pytest.mark.parametrize(
    "fields",
    [
        {"last_error": ""},
        {"last_error_at": None},
        {"last_success_at": NOON + timedelta(seconds=1)},
        {"last_success_at": NOON},
        {"last_error": "Tidak ada jawaban sampai batas waktu."},
        {"state": PeerState.PAUSED},
    ],
)
def test_a_certificate_that_may_be_good_again_is_not_told(fields: dict[str, Any]) -> None:
    known(**{"last_error": str(calling.BAD_CERTIFICATE), "last_error_at": NOON, **fields})
    assert expiring.expired() == []


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ([NOON], "has expired on 2049-11-26"),
        ([NOON - 9 * DAY, NOON - DAY], "has expired on 2049-11-25"),
        ([NOON + timedelta(seconds=1)], "ends on 2049-11-26"),
        ([NOON + 14 * DAY], "ends on 2049-12-10"),
    ],
)
def test_an_api_key_that_has_ended_or_soon_does_is_told(ends: list[datetime], said: str) -> None:
    peer = known()
    for one in ends:
        key(peer, one)
    assert expiring.expired() == [f"peer pu: its API key {said}; make another with `kentongan peers key`"]


@pytest.mark.parametrize("ends", [[], [None], [NOON, None], [NOON, NOON + 15 * DAY]])
def test_an_api_key_that_was_renewed_or_never_ends_is_not_told(ends: list[datetime | None]) -> None:
    peer = known()
    for one in ends:
        key(peer, one)
    key(known("mati", state=PeerState.GONE), NOON)
    assert expiring.expired() == []


def test_a_peer_all_of_whose_signing_keys_have_ended_is_told() -> None:
    for name, ends in {"b": [NOON, NOON - DAY], "a": [NOON - DAY], "c": [NOON, None], "d": [NOON + DAY]}.items():
        peer = known(name)
        for number, until in enumerate(ends):
            KnownKey.objects.create(keyid=f"{name}#{number}", peer=peer, public="p", until=until)
    assert [line.split(";")[0] for line in expiring.expired()] == [
        "peer a: every key that it signs with has ended", "peer b: every key that it signs with has ended",
    ]  # fmt: skip
