"""What guards the way in is remembered for all processes at once."""

from __future__ import annotations

import threading
import time

import pytest
from allauth.mfa.totp.internal import auth
from django.core.cache import cache
from django.db import connections
from django.test import Client

from kentongan.foundation.shared import Cache, Shared
from tests.world import person

pytestmark = pytest.mark.django_db


def test_what_one_process_keeps_the_next_reads_until_it_is_over(monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0)
    one, other = Cache("", {}), Cache("", {})
    assert other.get("codes", "none") == "none"
    assert one.add("codes", [1.5, "y", True], 30)
    assert not other.add("codes", "second", 30)
    assert other.get("codes") == [1.5, "y", True]
    assert other.get("codes", version=2) is None
    monkeypatch.setattr(time, "time", lambda: 1_000_030.0)
    assert other.get("codes") is None
    assert other.add("codes", "second", 30)
    one.set("codes", {"third": None}, None)
    monkeypatch.setattr(time, "time", lambda: 9_000_000_000.0)
    assert other.get("codes") == {"third": None}
    assert one.delete("codes")
    assert not other.delete("codes")
    other.set("a", 1)
    other.clear()
    assert not Shared.objects.exists()


def test_a_code_of_the_second_factor_is_used_up_everywhere_and_no_address_is_kept():
    """As idenplane#398 and RFC 6238, 5.2: in the memory of a process it opened each of the others once."""
    secret = auth.generate_totp_secret()
    held = auth.TOTP.activate(person("petugas@contoh.id"), secret)
    code = auth.format_hotp_value(auth.hotp_value(secret, next(auth.yield_hotp_counters_from_time())))
    before = Shared.objects.count()
    assert held.validate_code(code)
    assert not held.validate_code(code)
    assert Shared.objects.count() == before + 1
    kept = Shared.objects.latest("ends")
    assert code not in f"{kept.key} {kept.value}"


def test_wrong_passwords_count_for_all_processes():
    person("warga@contoh.id")
    cache.clear()
    Client().post("/accounts/login/", {"login": "warga@contoh.id", "password": "bukan-ini-juga"})
    assert Shared.objects.exists()
    assert not Shared.objects.filter(value__contains="warga").exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_who_send_a_code_in_one_moment_one_comes_in_and_of_wrong_passwords_few_are_looked_at():
    secret, said, got = auth.generate_totp_secret(), list[str](), list[bool]()
    held = auth.TOTP.activate(person("petugas@contoh.id"), secret)
    code = auth.format_hotp_value(auth.hotp_value(secret, next(auth.yield_hotp_counters_from_time())))
    person("warga@contoh.id")

    def guess(number: int) -> None:
        try:
            got.append(held.validate_code(code))
            login = {"login": "warga@contoh.id", "password": f"bukan-ini-{number}"}
            said.append(Client(REMOTE_ADDR="10.0.0.1").post("/accounts/login/", login).text)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(got) == [False] * 11 + [True]
    assert sum("Terlalu banyak percobaan" not in answer for answer in said) == 5
