"""What pages keep to themselves: menus, cookies, codes, figures, and how much anybody may send."""

from __future__ import annotations

import pytest
from django.test import Client

from kentongan import routing
from kentongan.foundation.config import config
from kentongan.reports.models import Report
from tests.world import person, submission

pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch):
    """Sets what the operator may set."""
    return lambda name, value: monkeypatch.setattr(config(), name, value)


def test_the_overview_of_a_person_is_kept_by_no_cache_between(client: Client) -> None:
    assert "public" in client.get("/overview")["Cache-Control"]
    assert "Cookie" in client.get("/overview")["Vary"]
    client.force_login(person())
    kept = client.get("/overview")["Cache-Control"]
    assert "public" not in kept
    assert "private" in kept


@pytest.mark.parametrize(
    "code", ["a/b", "/", "//evil.example", "..", "%2F", "a\\b", "?", "#", "\r\nX: y", "é" * 300, " "]
)
def test_whatever_is_looked_up_as_a_code_gets_an_answer(client: Client, code: str) -> None:
    answer = client.get("/", {"code": code})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/r/")
    assert client.get(answer["Location"]).status_code == 404


def test_a_page_names_no_code_that_its_reader_may_not_open(client: Client) -> None:
    public = routing.submit(submission(), None).report
    secret = routing.submit(submission(privacy="secret"), None).report
    # As it was possible before.
    Report.objects.filter(pk=public.pk).update(original=secret, state="duplicate")
    assert secret.code not in client.get(f"/r/{public.code}").content.decode()
    assert secret.code not in client.get(f"/api/v1/reports/{public.code}/timeline").content.decode()


@pytest.mark.parametrize(
    ("address", "forwarded", "proxies", "status"),
    [
        ("127.0.0.1", "", 0, 200), ("10.1.2.3", "", 0, 200), ("8.8.8.8", "", 0, 403), ("fd00::1", "", 0, 200),
        ("127.0.0.1", "8.8.8.8", 0, 403), ("127.0.0.1", "8.8.8.8", 1, 403), ("127.0.0.1", "10.0.0.9", 1, 200),
        ("127.0.0.1", "10.0.0.9, 8.8.8.8", 1, 403), ("127.0.0.1", "rubbish", 1, 403),
    ],
)  # fmt: skip
def test_figures_are_for_private_addresses(client: Client, setting, address, forwarded, proxies, status) -> None:
    setting("trusted_proxies", proxies)
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert client.get("/metrics", REMOTE_ADDR=address, headers=headers).status_code == status


def test_figures_are_for_those_who_show_the_token_where_there_is_one(client: Client, setting) -> None:
    setting("metrics_token", "rahasia")
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer salah"}).status_code == 403
    answer = client.get("/metrics", headers={"Authorization": "Bearer rahasia"}, REMOTE_ADDR="8.8.8.8")
    assert answer.status_code == 200


def test_an_account_has_a_limit_over_pages_and_api_together(client: Client, setting) -> None:
    setting("account_reports_per_hour", 2)
    setting("comments_per_hour", 3)
    client.force_login(person())
    report = routing.submit(submission(), None).report
    said = [
        client.post(f"/api/v1/reports/{report.code}/comments", {"text": text}, content_type="application/json")
        for text in ("Betul", "Betul sekali")
    ]
    assert [one.status_code for one in said] == [200, 200]
    client.post(f"/r/{report.code}/comment", {"text": "Masih"})
    client.post(f"/r/{report.code}/comment", {"text": "Lebih"})
    assert Report.objects.get(pk=report.pk).comment_count == 3
    assert "Lebih" in client.get(f"/r/{report.code}").content.decode()  # what was written is still there
    sent = [client.post("/api/v1/reports", plain(), content_type="application/json").status_code for _ in range(3)]
    assert sent == [201, 201, 429]


def test_the_limit_of_one_account_is_not_that_of_another(client: Client, setting) -> None:
    setting("account_reports_per_hour", 1)
    for email in ("satu@contoh.id", "dua@contoh.id"):
        client.force_login(person(email))
        assert client.post("/api/v1/reports", plain(), content_type="application/json").status_code == 201
        assert client.post("/api/v1/reports", plain(), content_type="application/json").status_code == 429


def plain() -> dict[str, object]:
    """A report as the API takes it."""
    given = submission()
    return {
        "submission_id": str(given.submission_id), "category": given.category, "text": given.text, "lon": given.lon,
        "lat": given.lat,
    }  # fmt: skip


def test_no_cache_between_keeps_what_is_for_one_person(client: Client) -> None:
    """Web cache deception too: a page of one's own under the name of a file."""
    client.force_login(person())
    own = ["/mine", "/account", "/account/sessions", "/account/notices", "/mine/tokens", "/start", "/accounts/email/",
           "/accounts/password/change/", "/account/x.css", "/account;x=1", "/mine/..%2fx.js", "/nothing"]  # fmt: skip
    for at in own:
        kept = client.get(at).get("Cache-Control", "")
        assert {"private", "no-store"} & set(kept.split(", ")), (at, kept)
        assert "public" not in kept
    assert client.get("/claim/" + "x" * 5000).status_code == 404
