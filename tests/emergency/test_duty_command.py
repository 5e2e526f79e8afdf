"""`kentongan duty`: posts, their rules, who is on duty, and new keys."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from kentongan.cli.commands import app_for
from kentongan.emergency.models import Watch
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.foundation.sealing import unseal
from tests.emergency.post import on_duty, operator, press

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


def run(*words: str) -> str:
    done = CliRunner().invoke(app_for("duty"), ["duty", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def refused(*words: str) -> str:
    done = CliRunner().invoke(app_for("duty"), ["duty", *words])
    assert isinstance(done.exception, Problem), done.output
    return done.exception.code


def test_a_post_is_opened_listed_with_who_is_on_duty_and_closed():
    run("watch", "31", "--title", "Posko Menteng")
    post = Watch.objects.get()
    assert post.area_code == "31"
    assert "nobody is on duty" in run("list")
    on_duty(operator(), post)
    assert "on duty: Budi" in run("list")
    alert = press().alert
    run("close", str(post.pk))
    alert.refresh_from_db()
    assert alert.watch is None
    assert refused("close", "99") == "unknown_post"
    assert refused("watch", "31", "--title", "x", "--area", "99.99") == "bad_area"


def test_rules_are_data_and_a_secret_is_not_kept_as_it_is():
    run("watch", "31", "--title", "Posko Menteng")
    post = Watch.objects.get()
    assert "after 20 s: wider" in run("list")
    run("rule", str(post.pk), "--after", "5", "--to", "one")
    out = run("rule", str(post.pk), "--after", "9", "--to", "webhook", "--address", "https://g.example/x",
              "--secret", "whsec_abc")  # fmt: skip
    assert out.split("\n")[:2] == ["after 5 s: one", "after 9 s: webhook https://g.example/x"]
    kept = post.rules.get(to="webhook").secret
    assert "whsec" not in kept
    assert unseal(kept) == "whsec_abc"
    run("rule", str(post.pk), "--after", "1", "--to", "all", "--clear")
    assert post.rules.count() == 1
    assert refused("rule", str(post.pk), "--after", "1", "--to", "webhook") == "bad_address"
    assert refused("rule", "99", "--after", "1", "--to", "all") == "unknown_post"


def test_new_keys_seal_anew_and_a_lost_one_is_told(monkeypatch):
    press()
    assert "1 sealed anew" in run("renew-seals")
    monkeypatch.setattr(config(), "safety_keys", ["a" * 40])
    run("renew-seals")
    monkeypatch.setattr(config(), "safety_keys", ["b" * 40])
    assert refused("renew-seals") == "lost_key"
