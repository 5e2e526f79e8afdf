"""Pages for strangers are kept, tell everybody the same, and never what is somebody's."""

from __future__ import annotations

import gzip
import re

import pytest
from django.test import Client

from kentongan import casework, reports, routing
from kentongan.people.models import Person
from kentongan.reports.models import Report
from kentongan.reports.states import Actor
from kentongan.web import kept
from tests.world import STREET, submission

ORIGIN = "http://testserver"


@pytest.fixture
def report(world: None) -> Report:
    return routing.submit(submission(at=STREET), None).report


@pytest.fixture
def pages(report: Report) -> list[str]:
    return ["/", f"/r/{report.code}", "/area/31", "/body/31", "/overview", "/overview?period=3"]


def signed_in(name: str) -> Client:
    browser = Client()
    browser.force_login(Person.objects.create_user(f"{name}@contoh.id", name=name))
    return browser


def personal_parts(page: str) -> tuple[set[str], set[str]]:
    """The marks of whose page it is, and the values of the tokens; a token is masked anew each time it is told."""
    return set(re.findall(r'data-whose="([^"]*)"', page)), set(
        re.findall(r'csrfmiddlewaretoken" value="([^"]+)"', page)
    )


@pytest.fixture
def person(db: None) -> Person:
    return Person.objects.create_user("warga@contoh.id", name="Warga Contoh")


def test_a_stranger_gets_no_cookie_and_no_token(client: Client, pages: list[str]) -> None:
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200, page
        assert not answer.cookies, page
        assert "csrfmiddlewaretoken" not in answer.content.decode(), page
        assert "Cookie" in answer["Vary"], page
        assert "Accept-Language" in answer["Vary"], page
        assert answer["Cache-Control"] == "public, max-age=0, must-revalidate", page


@pytest.mark.parametrize("page", ["/nothing-here", "/mine", "/report/offline"])
def test_other_pages_set_a_stranger_no_cookie_either(client: Client, world: None, page: str) -> None:
    assert not client.get(page).cookies


def test_the_second_time_it_is_the_same_page_and_asks_the_database_once(
    client: Client, pages: list[str], django_assert_max_num_queries
) -> None:
    for page in pages:
        first = client.get(page)
        with django_assert_max_num_queries(4):
            again = client.get(page)
        assert again.content == first.content
        assert again["ETag"] == first["ETag"]
        unchanged = client.get(page, headers={"If-None-Match": first["ETag"]})
        assert (unchanged.status_code, unchanged.content) == (304, b""), page
        assert "Cookie" in unchanged["Vary"]


def test_a_kept_page_is_packed_where_the_browser_can_unpack_it(client: Client, pages: list[str]) -> None:
    for page in pages:
        plain = client.get(page)
        packed = client.get(page, headers={"Accept-Encoding": "gzip, br"})
        assert packed["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in packed["Vary"]
        assert gzip.decompress(packed.content) == plain.content
        assert packed["ETag"] != plain["ETag"]


def test_what_changes_is_shown_at_once(client: Client, report: Report, person: Person) -> None:
    page = f"/r/{report.code}"
    before = client.get(page)
    reports.support(report.code, person)
    after = client.get(page, headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert after.content != before.content
    reports.comment(report.code, reports.Who(person, Actor.CITIZEN), "Genangan makin dalam")
    assert "Genangan makin dalam" in client.get(page).content.decode()


def test_a_new_report_is_on_the_map_page_at_once(client: Client, report: Report) -> None:
    assert client.get("/").status_code == 200
    new = routing.submit(submission(at=STREET, text="Pohon tumbang menutup jalan"), None).report
    assert f"/r/{new.code}" in client.get("/").content.decode()


def test_languages_are_kept_apart(client: Client, pages: list[str]) -> None:
    for page in pages:
        for _twice in range(2):
            for language in ("id", "en"):
                shown = client.get(page, headers={"Accept-Language": language})
                assert f'<html lang="{language}"' in shown.content.decode(), page


def test_who_is_signed_in_gets_their_own_page_and_leaves_nothing_behind(
    client: Client, pages: list[str], person: Person
) -> None:
    signed_in = Client()
    signed_in.force_login(person)
    for page in pages:
        for _twice in range(2):
            own = signed_in.get(page)
            assert 'href="/account"' in own.content.decode(), page
            assert "csrfmiddlewaretoken" in own.content.decode(), page
            assert own["Cache-Control"] == "private, no-cache", page
            assert "Content-Encoding" not in signed_in.get(page, headers={"Accept-Encoding": "gzip"}), page
            stranger = client.get(page).content.decode()
            assert 'href="/account"' not in stranger, page
            assert "csrfmiddlewaretoken" not in stranger, page


def test_a_message_is_told_to_its_reader_alone(client: Client, report: Report, person: Person) -> None:
    page = f"/r/{report.code}"
    signed_in = Client()
    signed_in.force_login(person)
    client.get(page)
    signed_in.post(f"{page}/support")
    assert 'role="status"' in signed_in.get(page).content.decode()
    told = signed_in.get("/r/none")
    assert told.status_code == 404
    notices = re.findall(r'<div class="notice[^"]*" role="status">', client.get(page).content.decode())
    assert notices == []


def test_who_reported_without_an_account_sees_their_own_buttons_and_others_do_not(client: Client, world: None) -> None:
    done = routing.submit(submission(at=STREET), None)
    page = f"/r/{done.report.code}"
    client.get(page)
    reporter = Client()
    session = reporter.session
    session["claims"] = {done.report.code: done.claim_token}
    session.save()
    reporter.cookies["sessionid"] = session.session_key
    assert done.claim_token not in client.get(page).content.decode()
    reporter.get(page)
    assert done.claim_token not in client.get(page).content.decode()


def test_a_page_that_is_refused_is_not_kept(client: Client, report: Report) -> None:
    Report.objects.filter(pk=report.pk).update(is_restricted=True)
    answer = client.get(f"/r/{report.code}")
    assert answer.status_code == 404
    assert "ETag" not in answer
    assert client.get("/area/99").status_code == 404
    assert client.get("/?code=abc").status_code == 302
    assert len(kept._pages) == 0


def test_a_page_asked_for_by_an_endless_address_is_shown_and_fills_no_memory(client: Client, report: Report) -> None:
    before = len(kept._pages)
    assert client.get("/", {"x": "y" * kept.LONGEST_ADDRESS}).status_code == 200
    assert len(kept._pages) == before


def test_an_old_page_is_made_anew(client: Client, report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    client.get("/")
    [key] = kept._pages
    monkeypatch.setattr(kept._pages[key], "body", b"old")
    assert client.get("/").content == b"old"
    monkeypatch.setattr(kept._pages[key], "until", 0.0)
    assert client.get("/").content != b"old"


def test_a_form_of_a_kept_page_is_known_by_its_origin(report: Report) -> None:
    browser = Client(enforce_csrf_checks=True)
    chosen = browser.post("/i18n/setlang/", {"language": "en", "next": "/"}, headers={"Origin": ORIGIN})
    assert chosen.status_code == 302
    assert browser.cookies["django_language"].value == "en"
    fetched = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
    assert browser.post("/i18n/setlang/", {"language": "id"}, headers=fetched).status_code == 302


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": f"{ORIGIN}.evil.example"},
        {"Origin": "https://testserver"},
        {"Origin": f"{ORIGIN}:8080"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Referer": f"{ORIGIN}/"},
    ],
)
def test_a_form_of_another_site_is_refused_without_a_token(
    report: Report, person: Person, headers: dict[str, str]
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(person)
    answer = browser.post(f"/r/{report.code}/support", headers=headers)
    assert answer.status_code == 403
    report.refresh_from_db()
    assert report.support_count == 0


def test_a_token_still_serves_who_sends_no_origin(report: Report, person: Person) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(person)
    page = browser.get(f"/r/{report.code}").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    given = {"csrfmiddlewaretoken": token[1]}
    assert browser.post(f"/r/{report.code}/support", given).status_code == 302
    report.refresh_from_db()
    assert report.support_count == 1


def test_two_people_never_see_each_others_menu_token_or_message(client: Client, pages: list[str]) -> None:
    citizen, officer = signed_in("warga-satu"), signed_in("petugas-satu")
    casework.appoint(None, "31", "petugas-satu@contoh.id", "officer")
    order = [citizen, officer, client, officer, citizen, client]
    for page in pages:
        seen: dict[Client, set[str]] = {}
        told: set[str] = set()
        for browser in order:
            shown = browser.get(page).content.decode()
            assert "<!--" not in shown, page
            assert ('href="/console/"' in shown) == (browser is officer), page
            assert ('href="/account"' in shown) == (browser is not client), page
            assert ("/accounts/login/" in shown) == (browser is client), page
            [mark], tokens = personal_parts(shown)
            assert bool(mark) == bool(tokens) == (browser is not client), page
            assert not tokens & told, page
            told |= tokens
            assert seen.setdefault(browser, {mark}) == {mark}, page
        assert len({mark for marks in seen.values() for mark in marks}) == 3, page


def test_each_token_of_a_kept_page_is_its_readers_own(report: Report) -> None:
    browsers = {name: Client(enforce_csrf_checks=True) for name in ("satu", "dua")}
    tokens = {}
    for name, browser in browsers.items():
        browser.force_login(Person.objects.create_user(f"{name}@contoh.id"))
        [token] = personal_parts(browser.get(f"/r/{report.code}").content.decode())[1]
        tokens[name] = {"csrfmiddlewaretoken": token}
    assert browsers["satu"].post(f"/r/{report.code}/support", tokens["dua"]).status_code == 403
    assert browsers["dua"].post(f"/r/{report.code}/support", tokens["dua"]).status_code == 302


@pytest.mark.parametrize("page", ["/", "/area/31", "/body/31", "/overview"])
def test_a_message_of_one_person_is_on_no_page_of_another(client: Client, report: Report, page: str) -> None:
    one, other = signed_in("satu"), signed_in("dua")
    for browser in (one, other, client):
        browser.get(page)
    one.post(f"/r/{report.code}/support")  # sets a message for the next page that this person opens
    thanks = "Dukungan Anda"
    for browser in (other, client):
        assert thanks not in browser.get(page).content.decode()
    assert thanks in one.get(page).content.decode()
    for browser in (one, other, client):
        assert thanks not in browser.get(page).content.decode()


def test_a_reporter_and_an_officer_get_a_page_of_their_own_and_others_nothing_of_it(
    client: Client, world: None
) -> None:
    reporter, officer, other = signed_in("pelapor"), signed_in("petugas"), signed_in("lain")
    found = routing.submit(submission(at=STREET), Person.objects.get(email="pelapor@contoh.id")).report
    staff = Person.objects.get(email="petugas@contoh.id")
    casework.appoint(None, found.body_id, staff.email, "officer")
    reports.accept(found.code, reports.Who(staff, Actor.OFFICER, found.body_id), "")
    reports.note(found.code, reports.Who(staff, Actor.OFFICER, found.body_id), "Rahasia regu kami", internal=True)
    page = f"/r/{found.code}"
    for browser in (other, officer, reporter, client, other):
        shown = browser.get(page).content.decode()
        assert ("Rahasia regu kami" in shown) == (browser is officer)
        assert ('<button class="button" disabled>' in shown) == (browser is reporter)


def test_words_of_people_make_no_hole(client: Client, world: None) -> None:
    words = "<!--00000000000000000000000000000000:token--> {{ own('token') }} <!--:messages-->"
    found = routing.submit(submission(at=STREET, text=words), None).report
    own = signed_in("satu").get(f"/r/{found.code}").content.decode()
    assert own.count("{{ own(") == client.get(f"/r/{found.code}").content.decode().count("{{ own(") > 0
    assert "&lt;!--00000000000000000000000000000000:token--&gt;" in own


def test_a_session_without_a_person_gets_its_messages_and_leaves_nothing(client: Client, report: Report) -> None:
    browser = Client()
    session = browser.session
    session["claims"] = {"7777-7777": "token-of-mine"}
    session.save()
    browser.cookies["sessionid"] = session.session_key
    own = browser.get("/")
    assert own["Cache-Control"] == "private, no-cache"
    assert "/accounts/login/" in own.content.decode()
    assert client.get("/")["Cache-Control"].startswith("public")


def test_who_signs_out_is_a_stranger_on_the_same_page_at_once(pages: list[str]) -> None:
    browser = signed_in("satu")
    for page in pages:
        assert 'href="/account"' in browser.get(page).content.decode()
    changed = Person.objects.get(email="satu@contoh.id")
    changed.set_password("baru-sekali-123")
    changed.save()
    for page in pages:  # a changed password ends sessions, whatever is kept
        assert 'href="/account"' not in browser.get(page).content.decode()
