"""Whatever goes wrong when a peer is called is told in plain words, without addresses or contents, and tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from kentongan.foundation import outgoing
from kentongan.foundation.problems import Problem
from kentongan.network import calling
from kentongan.network.dialects import dialect
from kentongan.network.dialects.base import Later, Outcome
from kentongan.network.models import Peer
from kentongan.network.sealing import seal, unseal

PEER = Peer(name="pu")


def called(fault: Exception) -> Outcome:
    def fails() -> Outcome:
        raise fault

    return calling.call(PEER, fails)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (outgoing.TooSlow("https://rahasia"), "Tidak ada jawaban sampai batas waktu."),
        (outgoing.Untrusted("https://rahasia"), "Sertifikat rekan itu tidak sah."),
        (outgoing.Unreached("https://rahasia"), "Rekan itu tidak dapat dihubungi."),
        (outgoing.TooLarge("https://rahasia"), "Jawabannya terlalu besar."),
        (outgoing.CallFailed("https://rahasia"), "Panggilan gagal (RequestException)."),
        (Problem("bad", 422, "Alamatnya keliru."), "Alamatnya keliru."),
        (KeyError("rahasia"), "Jawabannya tidak dapat dipahami (KeyError)."),
    ],
)
def test_what_went_wrong_is_told_in_plain_words(fault: Exception, words: str) -> None:
    assert called(fault) == Later(words)


def test_only_what_nobody_foresaw_is_logged_and_nothing_of_its_words() -> None:
    with capture_logs() as logged:
        called(outgoing.TooSlow())
        called(ValueError("words of a person"))
    assert logged == [
        {"event": "network.call_failed", "log_level": "warning", "peer": "pu", "error": "ValueError"}
    ]  # fmt: skip


def test_pauses_grow_to_an_hour_and_are_never_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "jitter", lambda: 1.0)
    assert [calling.pause_after(tries).total_seconds() for tries in (1, 2, 3, 10, 11, 99)] == [
        5, 10, 20, 2560, 3600, 3600,
    ]  # fmt: skip
    monkeypatch.undo()
    some = {calling.pause_after(3) for _time in range(20)}
    assert len(some) > 1
    assert all(timedelta(seconds=10) <= one <= timedelta(seconds=20) for one in some)


def test_a_dialect_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(Problem) as caught:
        dialect("morse")
    assert (caught.value.code, caught.value.status, caught.value.field) == ("unknown_dialect", 422, "dialect")
    assert "email, fixmystreet, kentongan, lapor, open311, webhook" in str(caught.value.detail)


def test_a_secret_that_was_kept_under_another_key_is_asked_for_anew(settings) -> None:
    kept = seal("rahasia")
    assert (unseal(kept), seal(""), unseal("")) == ("rahasia", "", "")
    settings.SECRET_KEY = "another" * 8
    with pytest.raises(Problem) as caught:
        unseal(kept)
    assert (caught.value.code, caught.value.status) == ("lost_secret", 500)
