"""The report form with what people really do to it: coordinates in any box, local times, two tabs."""

from __future__ import annotations

import re
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from kentongan.foundation.config import config
from kentongan.reports.models import Photo, Report
from kentongan.web import draft
from tests.pictures import taken_at_a_place
from tests.world import STREET, person

pytestmark = pytest.mark.django_db
DENPASAR = (115.2167, -8.65)


@pytest.fixture(autouse=True)
def _loaded(world: None) -> None: ...


def step(client: Client, name: str) -> str:
    return client.get(f"/report/new?step={name}").content.decode()


def post(client: Client, name: str, **said: object) -> str:
    return client.post("/report/new", {"step": name, **said}, follow=True).content.decode()


def boxes(page: str) -> list[str]:
    return [re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)[1] for name in ("lat", "lon")]  # type: ignore[index]


def photo() -> SimpleUploadedFile:
    return SimpleUploadedFile("jalan.jpg", taken_at_a_place().read(), "image/jpeg")


def fields(page: str) -> dict[str, str]:
    """The hidden fields of the form on a page."""
    return dict(re.findall(r'<input type="hidden" name="(submission_id|of)" value="([^"]*)"', page))


@pytest.mark.parametrize(
    "said",
    [
        {"lat": f"{STREET[1]}, {STREET[0]}"}, {"lon": f"{STREET[1]}, {STREET[0]}"},
        {"lat": str(STREET[1]).replace("-", "−"), "lon": str(STREET[0]).replace(".", ",")},
        {"lat": f"{STREET[0]} BT", "lon": f"{-STREET[1]} LS"}, {"place": f"{STREET[1]} {STREET[0]}"},
        {"place": f"https://maps.google.com/?q={STREET[1]},{STREET[0]}"},
    ],
)  # fmt: skip
def test_coordinates_are_taken_in_any_box_as_they_were_pasted(client: Client, said: dict[str, str]) -> None:
    post(client, "place", **said)
    assert boxes(step(client, "place")) == [str(STREET[1]), str(STREET[0])]


def test_pasted_coordinates_in_the_search_are_found(client: Client) -> None:
    page = post(client, "place", place=f"{STREET[1]}, {STREET[0]}", search="1")
    assert f'value="{STREET[0]:.6f},{STREET[1]:.6f}"' in page
    assert f'value="{STREET[1]}, {STREET[0]}"' in page  # what was typed stays


def test_what_was_typed_stays_where_it_is_not_understood(client: Client) -> None:
    page = post(client, "place", lat="enam koma satu", lon="106,82")
    assert boxes(page) == ["enam koma satu", "106,82"]


def test_a_name_without_a_choice_shows_what_is_found(client: Client) -> None:
    assert "Jakarta Pusat" in post(client, "place", place="Gambir, Jakarta Pusat")


def test_ten_minutes_ago_in_bali_is_not_the_future(client: Client) -> None:
    post(client, "place", lat=DENPASAR[1], lon=DENPASAR[0])
    post(client, "kind", category="road_damage")
    assert "WITA" in step(client, "words")
    seen = timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=10)
    local = seen.astimezone(ZoneInfo("Asia/Makassar"))
    page = post(client, "words", text="Lubang di jalan", seen=f"{local:%Y-%m-%dT%H:%M}", send="1")
    report = Report.objects.get()
    assert report.occurred_at == seen
    assert f"{local:%H:%M} WITA" in page


@pytest.mark.parametrize(
    ("typed", "hour"),
    [("1/11/2026 08.30", 0), ("1 November 2026 pukul 08.30 WIB", 1), ("2026-11-01T08:30", 0), ("2026-11-01T08:30Z", 8),
     ("2026-11-01T08:30+09:00", 23)],
)  # fmt: skip
def test_a_time_is_one_of_the_place_unless_it_says_its_own_zone(typed: str, hour: int) -> None:
    # Where a browser has no box for times people write as they do; the zone that was written was overwritten.
    at = draft.moment(typed, ZoneInfo("Asia/Makassar"))
    assert at is not None
    assert (at.astimezone(UTC).hour, at.minute) == (hour, 30)


def test_of_two_tabs_the_first_sends_what_it_showed_and_the_second_too(client: Client) -> None:
    # stephrdev/django-formwizard#9: a report of Jakarta took the place and kind of Denpasar
    post(client, "place", lat=STREET[1], lon=STREET[0])
    post(client, "kind", category="road_damage")
    first = fields(step(client, "words"))
    post(client, "place", lat=DENPASAR[1], lon=DENPASAR[0])
    post(client, "kind", category="waste")
    second = fields(step(client, "words"))
    post(client, "words", text="Lubang di Jakarta", send="1", **first)
    post(client, "words", text="Lubang di Jakarta", send="1", **first)  # a second tap
    post(client, "words", text="Sampah di Denpasar", send="1", **second)
    found = {(one.text, one.category_id, one.province_code) for one in Report.objects.all()}
    assert found == {("Lubang di Jakarta", "road_damage", "31"), ("Sampah di Denpasar", "waste", "51")}
    assert Report.objects.count() == 2


def test_the_second_of_two_tabs_may_be_sent_first(client: Client) -> None:
    post(client, "place", lat=STREET[1], lon=STREET[0])
    post(client, "kind", category="road_damage")
    first = fields(step(client, "words"))
    post(client, "place", lat=DENPASAR[1], lon=DENPASAR[0])
    second = fields(step(client, "words"))
    post(client, "words", text="Di Denpasar", send="1", **second)
    post(client, "words", text="Di Jakarta", send="1", **first)
    assert set(Report.objects.values_list("text", "province_code")) == {("Di Denpasar", "51"), ("Di Jakarta", "31")}


def test_of_two_tabs_each_keeps_its_place_at_the_step_of_the_kind_too(client: Client) -> None:
    post(client, "place", lat=STREET[1], lon=STREET[0])
    first = fields(step(client, "kind"))
    post(client, "place", lat=DENPASAR[1], lon=DENPASAR[0])
    second = fields(step(client, "kind"))
    shown = fields(post(client, "kind", category="road_damage", **first))
    other = fields(post(client, "kind", category="waste", **second))
    post(client, "words", text="Di Jakarta", send="1", **shown)
    post(client, "words", text="Di Denpasar", send="1", **other)
    found = set(Report.objects.values_list("text", "category_id", "province_code"))
    assert found == {("Di Jakarta", "road_damage", "31"), ("Di Denpasar", "waste", "51")}


def test_a_tab_that_the_phone_loads_again_shows_its_own_draft_and_gets_its_own_photos(client: Client) -> None:
    # Loaded again, the tab of Jakarta had the place and kind of Denpasar.
    post(client, "place", lat=STREET[1], lon=STREET[0])
    first, second = fields(step(client, "kind")), fields(step(client, "place"))
    post(client, "place", lat=DENPASAR[1], lon=DENPASAR[0], **second)
    other = fields(step(client, "kind"))
    mine = fields(post(client, "kind", category="road_damage", **first))
    post(client, "kind", category="waste", **other)
    again = step(client, f"words&draft={mine['submission_id']}")
    assert (client.session["draft"]["category"], client.session["draft"]["lat"]) == ("road_damage", STREET[1])
    assert fields(again)["submission_id"] == mine["submission_id"]
    step(client, f"words&draft={other['submission_id']}")
    post(client, "photo", photos=photo(), submission_id=mine["submission_id"])
    one = client.session["draft"]
    assert (one["category"], len(one["photos"])) == ("road_damage", 1)
    step(client, f"words&draft={other['submission_id']}")
    assert client.get(f"/report/new/photo/{one['photos'][0]}").status_code == 200


def test_who_goes_back_to_a_page_that_the_browser_kept_loses_nothing(client: Client) -> None:
    at_first = fields(step(client, "place"))
    post(client, "place", lat=STREET[1], lon=STREET[0], **at_first)
    post(client, "kind", category="road_damage", **fields(step(client, "kind")))
    post(client, "words", text="Lubang besar", **fields(step(client, "words")))
    post(client, "place", lat=DENPASAR[1], lon=DENPASAR[0], **at_first)
    page = step(client, "words")
    assert "Lubang besar" in page
    post(client, "words", text="Lubang besar", send="1", **fields(page))
    assert set(Report.objects.values_list("category_id", "province_code")) == {("road_damage", "51")}


def test_a_page_that_was_changed_on_the_way_is_not_believed(client: Client) -> None:
    post(client, "place", lat=STREET[1], lon=STREET[0])
    post(client, "kind", category="road_damage")
    shown = fields(step(client, "words"))
    post(client, "words", text="Lubang", send="1", **{**shown, "of": shown["of"][:-2] + "xx"})
    assert Report.objects.get().province_code == "31"


def test_what_is_written_stays_when_somebody_goes_back_to_change_the_place_or_kind(client: Client) -> None:
    # weg-li/weg-li#219: whoever saw in the last step that something earlier is wrong lost the words of the last step
    post(client, "place", lat=STREET[1], lon=STREET[0])
    post(client, "kind", category="road_damage", text="Lubang")
    page = step(client, "words")
    ways = re.findall(r'<button[^>]*name="go"[^>]*value="([a-z]+)"', page)
    assert {"photo", "place", "kind"} <= set(ways)
    assert 'href="?step=' not in page
    said = {"text": "Lubang sedalam lutut", "seen": "2026-11-20T08:30", "privacy": "anonymous"}
    page = post(client, "words", go="kind", **said, **fields(page))
    assert 'name="category"' in page
    assert "Lubang sedalam lutut" in page
    page = post(client, "kind", go="place", text="Lubang sedalam paha", category="sidewalk", **fields(page))
    assert 'name="lat"' in page
    post(client, "place", lat=STREET[1], lon=STREET[0], **fields(page))
    page = step(client, "words")
    assert "Lubang sedalam paha" in page
    assert "2026-11-20T08:30" in page
    assert re.search(r'value="anonymous"[^>]*checked', page)
    assert client.session["draft"]["category"] == "sidewalk"
    assert 'name="lat"' in post(client, "kind", go="place", **fields(step(client, "kind")))


def test_enter_in_a_line_of_the_last_step_keeps_what_is_written_and_sends_nothing(client: Client) -> None:
    post(client, "place", lat=STREET[1], lon=STREET[0])
    for name in ("kind", "words"):
        page = post(client, "kind", category="road_damage") if name == "words" else step(client, "kind")
        first = re.search(r'<button(?![^>]*type="button")[^>]*form="step"[^>]*>', page)
        assert first is not None
        assert ('name="suggest"' in first[0]) is (name == "kind")
        assert not re.search('name="(go|send)"', first[0])
    page = post(client, "words", text="Lubang", **fields(page))
    assert "Lubang" in page
    assert not Report.objects.exists()


def test_words_written_before_two_tabs_part_go_with_both(client: Client) -> None:
    client.post("/report/new", {"step": "photo", "photos": photo()})
    post(client, "place", lat=STREET[1], lon=STREET[0])
    post(client, "kind", category="road_damage")
    post(client, "words", text="Lubang sedalam lutut")
    first = fields(step(client, "place"))
    client.post("/report/new", {"step": "photo", "remove": client.session["draft"]["photos"][0]})  # in another tab
    post(client, "place", lat=STREET[1] + 0.001, lon=STREET[0], **first)
    assert "Lubang sedalam lutut" in step(client, "words")
    assert len(client.session["draft"]["photos"]) == 1


def test_what_is_written_on_a_page_that_was_sent_already_is_offered_as_a_comment(client: Client) -> None:
    # A tab that was duplicated, or a form that the browser shows again after "back": the second words were lost.
    post(client, "place", lat=STREET[1], lon=STREET[0])
    post(client, "kind", category="road_damage")
    shown = fields(step(client, "words"))
    post(client, "words", text="Lubang", send="1", **shown)
    page = post(client, "words", text="Lubang, dan pipa bocor di bawahnya", send="1", **shown)
    assert re.search(r'<textarea id="comment-text"[^>]*>Lubang, dan pipa bocor di bawahnya<', page)
    assert "kirimkan sebagai komentar" in page
    assert "kirimkan sebagai komentar" not in post(client, "words", text="Lubang ", send="1", **shown)  # a second tap
    assert Report.objects.get().text == "Lubang"


def test_on_a_phone_that_two_people_share_nobody_reports_in_the_others_name_unasked(client: Client) -> None:
    # gabycostales/firefighterApp#41: the page was of one person, and another has signed in since in another tab
    one, other = person("satu@contoh.id"), person("dua@contoh.id")
    client.force_login(one)
    post(client, "place", lat=STREET[1], lon=STREET[0])
    post(client, "kind", category="road_damage")
    shown = fields(step(client, "words"))
    client.force_login(other)
    page = post(client, "words", text="Lubang sedalam lutut", send="1", **shown)
    assert not Report.objects.exists()
    assert "atas nama orang itu" in page
    assert "Lubang sedalam lutut" in page
    post(client, "words", text="Lubang sedalam lutut", send="1", **fields(page))
    assert Report.objects.get().reporter == other


def test_who_signs_in_or_out_in_another_tab_loses_no_report(client: Client) -> None:
    post(client, "place", lat=STREET[1], lon=STREET[0])
    post(client, "kind", category="road_damage")
    before = fields(step(client, "words"))
    owner = person("satu@contoh.id")
    client.force_login(owner)
    post(client, "words", text="Sebelum masuk", send="1", **before)
    post(client, "place", lat=STREET[1], lon=STREET[0])
    post(client, "kind", category="road_damage")
    signed_in = fields(step(client, "words"))
    client.logout()
    page = post(client, "words", text="Setelah keluar", send="1", **signed_in)
    assert "tanpa akun Anda" in page
    assert "Setelah keluar" in page
    assert not Report.objects.filter(text="Setelah keluar").exists()
    page = post(client, "words", text="Setelah keluar", send="1", **fields(page))
    assert "Setelah keluar" in page
    assert dict(Report.objects.values_list("text", "reporter")) == {"Sebelum masuk": owner.pk, "Setelah keluar": None}


def test_where_an_account_is_asked_who_was_signed_out_meanwhile_signs_in_and_goes_on(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config(), "anonymous_reports", False)
    owner = person("satu@contoh.id")
    client.force_login(owner)
    post(client, "place", lat=STREET[1], lon=STREET[0])
    post(client, "kind", category="road_damage")
    shown = fields(step(client, "words"))
    client.logout()
    assert "tulisan Anda tersimpan" in post(client, "words", text="Lubang sedalam lutut", send="1", **shown)
    client.force_login(owner)  # keeps what the session holds, as signing in does
    page = step(client, "words")
    assert "Lubang sedalam lutut" in page
    post(client, "words", text="Lubang sedalam lutut", send="1", **fields(page))
    assert Report.objects.get().reporter == owner


def test_a_session_that_ends_before_the_last_step_takes_no_words_with_it(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config(), "anonymous_reports", False)
    owner = person("satu@contoh.id")
    client.force_login(owner)
    post(client, "place", lat=STREET[1], lon=STREET[0])
    shown = fields(step(client, "kind"))
    client.logout()
    post(client, "kind", **{**shown, "category": "road_damage", "text": "Lubang dalam"})
    assert client.post("/report/new", {"step": "photo", "photos": photo()})["Location"].startswith("/accounts/login/")
    assert not Photo.objects.exists()
    client.force_login(owner)
    page = step(client, "words")
    assert "Lubang dalam" in page
    post(client, "words", text="Lubang dalam", send="1", **fields(page))
    assert Report.objects.get().province_code == "31"


def test_enter_in_a_box_of_coordinates_presses_search_and_loses_nothing(client: Client) -> None:
    page = post(client, "place", lat=str(STREET[1]), lon=str(STREET[0]), place="", search="1")
    assert 'name="category"' in page


def test_the_first_button_of_the_form_is_the_one_that_searches(client: Client) -> None:
    page = step(client, "place")
    form = page[page.index("<form", page.index("data-step") - 400) :]
    first = re.search(r'<button(?![^>]*type="button")[^>]*>', form)
    assert first is not None
    assert 'name="search"' in first[0]
