"""What the form and the report's page offer at the right moment, without a script: near reports, places, stars."""

from __future__ import annotations

import io
import re
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.translation import override
from PIL import Image
from shapely.geometry import shape

from kentongan import places, reports, routing
from kentongan.places import searching
from kentongan.places.models import Asset
from kentongan.reports.models import Report
from kentongan.reports.states import Actor
from kentongan.web import browsing, tags
from tests.pictures import picture, taken_at_a_place
from tests.reading import read
from tests.world import STREET, lamps, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
OFFICER = reports.Who(None, Actor.OFFICER)


def made(who: Any = None, **said: Any) -> Report:
    lon, lat = STREET
    said = {"category": "road_damage", "text": "Lubang besar di tikungan", **said}
    return routing.submit(reports.Submission(submission_id=uuid4(), lon=lon, lat=lat, **said), who).report


def file_of(content: io.BytesIO) -> SimpleUploadedFile:
    return SimpleUploadedFile("foto.jpg", content.read(), "image/jpeg")


def test_near_reports_are_offered_before_the_words_with_photo_and_distance(client: Client) -> None:
    photo = reports.add_photo(picture(5))
    near = made(photos=(photo.pk,))
    lon, lat = STREET
    client.post("/report/new", {"step": "place", "lon": lon + 0.0003, "lat": lat})
    page = read(client.post("/report/new", {"step": "kind", "category": "road_damage"}, follow=True))
    offered, words = page.index(f"/r/{near.code}"), page.index('<textarea id="text"')
    assert offered < words
    assert f"/r/{near.code}/photo/{photo.pk}/thumb" in page[:words]
    assert "33 m" in page[:words]


def test_the_map_begins_where_the_photo_was_taken_and_says_so(client: Client) -> None:
    page = read(client.post("/report/new", {"step": "photo", "photos": file_of(taken_at_a_place())}, follow=True))
    assert 'data-lon="106.82' in page
    assert 'name="lon" inputmode="text" value="106.82' in page
    assert '<p data-shows="photo" >' in page
    assert '<p data-shows="nothing" hidden>' in page


def test_a_name_that_was_typed_is_not_lost_because_the_photo_knows_a_place(client: Client) -> None:
    page = read(client.post("/report/new", {"step": "photo", "photos": file_of(taken_at_a_place())}, follow=True))
    lon, lat = (re.search(rf'name="{name}"[^>]*value="([^"]+)"', page)[1] for name in ("lon", "lat"))  # type: ignore[index]
    said = {"step": "place", "lon": lon, "lat": lat}
    found = read(client.post("/report/new", {**said, "place": "Gambir, Jakarta Pusat"}, follow=True))
    assert 'name="point"' in found
    assert f'name="lon" inputmode="text" value="{lon}"' in found  # the map still begins at the photo
    assert "category" in read(client.post("/report/new", {**said, "use": f"{lon},{lat}"}, follow=True))
    assert client.session["draft"]["lon"] == float(lon)


def test_support_survives_signing_in_and_no_get_counts_it(client: Client) -> None:
    report, neighbour = made(), person("tetangga@contoh.id")
    leads = client.post(f"/r/{report.code}/support")
    assert leads["Location"].startswith("/accounts/login/")
    assert 'id="wanted"' not in read(client.get(f"/r/{report.code}"))  # nobody is signed in yet
    client.force_login(neighbour)
    page = read(client.get(f"/r/{report.code}"))
    assert 'id="wanted"' in page
    report.refresh_from_db()
    assert report.support_count == 0
    client.post(f"/r/{report.code}/support")
    report.refresh_from_db()
    assert report.support_count == 1
    assert 'id="wanted"' not in read(client.get(f"/r/{report.code}"))


def solved(report: Report) -> None:
    for act in (reports.accept, reports.start):
        act(report.code, OFFICER)
    reports.resolve(report.code, OFFICER, "Sudah ditambal.", no_photo_reason="Gelap")


def test_an_objection_survives_signing_in(client: Client) -> None:
    report = made()
    solved(report)
    client.post(f"/r/{report.code}/contest", {"text": "Masih berlubang di sisi kiri."})
    client.force_login(person("tetangga@contoh.id"))
    assert "Masih berlubang di sisi kiri." in read(client.get(f"/r/{report.code}"))


def test_no_opens_the_part_that_it_points_to_without_a_script(client: Client) -> None:
    owner = person()
    report = made(owner)
    solved(report)
    client.force_login(owner)
    page = read(client.get(f"/r/{report.code}"))
    assert 'href="?open=contest#contest"' in page
    assert 'id="contest" open' not in page
    assert 'id="contest" open' in read(client.get(f"/r/{report.code}?open=contest"))


def test_stars_are_asked_right_after_confirming(client: Client) -> None:
    owner = person()
    report = made(owner)
    solved(report)
    client.force_login(owner)
    answer = client.post(f"/r/{report.code}/confirm")
    assert answer["Location"] == f"/r/{report.code}#rate"
    page = read(client.get(f"/r/{report.code}"))
    assert page.index('id="rate"') < page.index('id="timeline"')


def test_the_map_of_an_area_fits_the_area(client: Client) -> None:
    page = read(client.get("/area/51"))
    west, south, east, north = map(float, page.split('data-box="')[1].split('"')[0].split(","))
    boundary = places.outline("51")
    assert boundary is not None  # the polygons of the tests' world
    assert (west, south, east, north) == pytest.approx(shape(boundary).bounds, abs=1e-4)


def test_without_boundaries_the_map_of_an_area_fits_the_places_within_it(client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(searching, "outline", lambda _code: None)
    for kept in (browsing._box, searching._bounds):
        kept.cache_clear()
    page = read(client.get("/area/51"))
    for kept in (browsing._box, searching._bounds):
        kept.cache_clear()
    west, _south, east, _north = map(float, page.split('data-box="')[1].split('"')[0].split(","))
    assert (west, east) == pytest.approx((114.5, 115.7), abs=0.3)  # Bali, from Gilimanuk to Karangasem


def test_the_script_that_sends_photos_is_told_where_they_lead(client: Client) -> None:
    small = file_of(picture(1))
    answer = client.post("/report/new", {"step": "photo", "photos": small}, headers={"accept": "application/json"})
    assert answer.json() == {"next": "/report/new?step=place"}


def test_a_page_of_ones_own_says_whose_it_is_and_names_nobody(client: Client) -> None:
    nobody = client.get("/mine")["X-Whose"]
    marks = []
    for email in ("a@contoh.id", "b@contoh.id"):
        client.force_login(person(email))
        page = client.get("/mine")
        marks.append(page["X-Whose"])
        assert f'data-whose="{page["X-Whose"]}"' in read(page)
    assert nobody == ""
    assert len({nobody, *marks}) == 3


def test_a_photo_of_a_test_stands_on_its_side() -> None:
    assert Image.open(taken_at_a_place()).getexif()[0x0112] == 6


def privacy(page: str) -> list[str]:
    """The choices of who may know, those that are made marked with a star."""
    found = re.findall(r'name="privacy" value="(\w+)"\s+(checked)?', page)
    return [value + ("*" if on else "") for value, on in found]


def test_a_kind_that_is_never_public_says_so_instead_of_offering_to_be_public(client: Client) -> None:
    lon, lat = STREET
    client.post("/report/new", {"step": "place", "lon": lon, "lat": lat})
    page = read(client.post("/report/new", {"step": "kind", "category": "crime"}, follow=True))
    assert "tidak pernah dibuka untuk umum" in page
    assert "Laporan tampil untuk umum" not in page
    assert privacy(page) == ["secret*", "public"]
    answer = {"step": "words", "text": "", "privacy": "public", "send": "1"}
    assert privacy(read(client.post("/report/new", answer, follow=True))) == ["secret", "public*"]  # what was chosen
    client.post("/report/new", answer | {"text": "Begal di gang", "privacy": "secret"}, follow=True)
    assert (Report.objects.get().privacy, Report.objects.get().is_restricted) == ("secret", True)


def test_other_kinds_may_be_public_as_before(client: Client) -> None:
    lon, lat = STREET
    client.post("/report/new", {"step": "place", "lon": lon, "lat": lat})
    page = read(client.post("/report/new", {"step": "kind", "category": "road_damage"}, follow=True))
    assert "tidak pernah dibuka untuk umum" not in page
    assert privacy(page) == ["public*", "anonymous", "secret"]


def test_who_goes_back_finds_the_kind_that_they_chose_still_chosen(client, world):
    client.post("/report/new", {"step": "kind", "category": "road_damage"})
    page = client.get("/report/new?step=kind").content.decode()
    assert re.search(r'value="road_damage"\s+data-place\s+checked', page)


def test_a_photo_of_a_draft_is_seen_by_whoever_added_it_until_they_take_it_out(client: Client) -> None:
    page = read(client.post("/report/new", {"step": "photo", "more": "", "photos": file_of(picture(5))}, follow=True))
    (kept,) = re.findall(r'src="(/report/new/photo/[^"]+)"', page)
    shown = client.get(kept)
    assert shown["Content-Type"] == "image/jpeg"
    assert b"".join(shown.streaming_content).startswith(b"\xff\xd8")
    assert Client().get(kept).status_code == 404
    key = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", kept)
    assert key
    reports.models.Photo.objects.filter(pk=key[0]).delete()  # swept after a day
    assert client.get(kept).status_code == 404
    page = read(client.post("/report/new", {"step": "photo", "remove": key[0]}, follow=True))
    assert key[0] not in page


def test_a_sixth_photo_is_refused_in_words_and_the_five_stay(client: Client) -> None:
    client.post("/report/new", {"step": "photo", "more": "", "photos": [file_of(picture(at)) for at in range(5)]})
    page = read(client.post("/report/new", {"step": "photo", "photos": file_of(picture(9))}, follow=True))
    assert "lima foto" in page.lower()
    assert len(set(re.findall(r"/report/new/photo/[0-9a-f-]{36}", page))) == 5
    six = {"step": "photo", "photos": [file_of(picture(at)) for at in range(6)]}  # all at once
    assert "lima foto" in read(Client().post("/report/new", six, follow=True)).lower()


def test_a_step_that_there_is_not_is_the_first_one(client: Client) -> None:
    assert 'name="photos"' in read(client.get("/report/new?step=xyz"))


def test_another_kind_forgets_the_answers_to_the_questions_of_the_first(client: Client) -> None:
    lon, lat = STREET
    client.post("/report/new", {"step": "place", "lon": lon, "lat": lat})
    client.post("/report/new", {"step": "kind", "category": "road_damage"})
    client.post("/report/new", {"step": "words", "text": "", "answer-size": "large"})
    again = read(client.post("/report/new", {"step": "kind", "category": "road_damage"}, follow=True))
    other = read(client.post("/report/new", {"step": "kind", "category": "street_light"}, follow=True))
    assert 'value="large"' in again
    assert 'value="large"' not in other


@pytest.mark.parametrize(
    ("hours", "said"),
    [(0.2, "less than an hour"), (1.4, "1 hour"), (47.4, "47 hours"), (60, "2 days"), (700, "29 days")],
)
def test_a_span_of_time_is_said_in_the_unit_that_people_would_use(hours: float, said: str) -> None:
    with override("en"):
        assert tags.span(hours) == said


def test_no_day_is_said_as_nothing() -> None:
    assert tags.day(None, "j F Y") == ""


def at_a_lamp(client: Client, category: str = "street_light") -> Any:
    """The form at the street, with a kind chosen; where it led."""
    lon, lat = STREET
    client.post("/report/new", {"step": "place", "lon": lon, "lat": lat})
    return client.post("/report/new", {"step": "kind", "category": category, "text": "padam"})


def test_which_lamp_is_asked_where_there_are_any_and_one_press_chooses_it(client: Client) -> None:
    lamps(("PJU-1", "Jl. Merdeka", 3), ("PJU-2", "", 30), ("PJU-9", "", 300))
    assert at_a_lamp(client)["Location"].endswith("step=asset")
    page = read(client.get("/report/new?step=asset"))
    assert "Lampu yang mana?" in page
    assert re.findall(r'name="asset"\s+value="(.*?)"', page) == ["PJU-1", "PJU-2", ""]
    assert client.post("/report/new", {"step": "asset", "asset": "PJU-2"})["Location"].endswith("step=words")
    assert "PJU-2" in read(client.get("/report/new?step=words"))
    client.post("/report/new", {"step": "words", "text": "padam", "send": "1"})
    made = Report.objects.get()
    assert (made.asset_id, made.text) == ("PJU-2", "padam")
    assert "PJU-2" in read(client.get(f"/r/{made.code}"))


def test_nothing_is_asked_where_no_thing_is_near_or_the_kind_is_about_none(client: Client) -> None:
    lamps(("PJU-9", "", 300))
    assert at_a_lamp(client)["Location"].endswith("step=words")
    assert at_a_lamp(client, "road_damage")["Location"].endswith("step=words")
    assert client.get("/report/new?step=asset").status_code == 200


def test_none_of_them_and_another_kind_or_place_forget_the_lamp(client: Client) -> None:
    """After fixmystreet#3157: a lamp stayed chosen beside the tree."""
    lamps(("PJU-1", "", 3))
    lamps(("POHON-1", "", 3), layer="tree")
    at_a_lamp(client)
    client.post("/report/new", {"step": "asset", "asset": "PJU-1"})
    at_a_lamp(client)
    assert client.session["draft"]["asset"] == "PJU-1"  # the same place and kind once more
    at_a_lamp(client, "fallen_tree")
    assert client.session["draft"]["asset"] == ""
    assert "POHON-1" in read(client.get("/report/new?step=asset"))
    client.post("/report/new", {"step": "asset", "asset": "POHON-1"})
    client.post("/report/new", {"step": "place", "lon": STREET[0] + 0.01, "lat": STREET[1]})
    assert client.session["draft"]["asset"] == ""
    at_a_lamp(client)
    client.post("/report/new", {"step": "asset", "asset": "PJU-1"})
    client.post("/report/new", {"step": "asset", "asset": ""})
    assert client.session["draft"]["asset"] == ""


def test_a_lamp_that_is_gone_meanwhile_is_told_and_the_words_stay(client: Client) -> None:
    lamps(("PJU-1", "", 3), ("PJU-2", "", 30))
    at_a_lamp(client)
    for wrong in ("PJU-404", "x" * 500, "\0"):
        answer = client.post("/report/new", {"step": "asset", "asset": wrong})
        assert answer.status_code == 302
    client.post("/report/new", {"step": "asset", "asset": "PJU-1"})
    Asset.objects.filter(own_id="PJU-1").update(ended_at="2026-01-01T00:00Z")
    sent = client.post("/report/new", {"step": "words", "text": "padam sejak Senin", "send": "1"}, follow=True)
    page = read(sent)
    assert "Aset dengan nomor ini tidak ada" in page
    assert not Report.objects.exists()
    assert client.session["draft"]["text"] == "padam sejak Senin"
    client.post("/report/new", {"step": "asset", "asset": "PJU-2"})
    client.post("/report/new", {"step": "words", "text": "padam sejak Senin", "send": "1"})
    assert Report.objects.get().asset_id == "PJU-2"


def test_a_report_of_the_same_lamp_is_offered_first_and_it_is_said(client: Client) -> None:
    """fixmystreet#2669: the report of the lamp beside it is another one."""
    lamps(("PJU-1", "Jl. Merdeka", 3), ("PJU-2", "", 30))
    same = made(category="street_light", asset_id="PJU-1", text="Lampu padam")
    other = made(category="street_light", asset_id="PJU-2", text="Lampu padam")
    at_a_lamp(client)
    page = read(client.post("/report/new", {"step": "asset", "asset": "PJU-1"}, follow=True))
    assert "Jl. Merdeka (PJU-1) sudah dilaporkan." in page
    assert f"/r/{same.code}" in page
    assert f"/r/{other.code}" not in page


def test_what_a_thing_is_called_is_text_on_every_page(client: Client) -> None:
    lamps(("<b>1</b>", '"><script>alert(1)</script>', 3))
    at_a_lamp(client)
    page = read(client.post("/report/new", {"step": "asset", "asset": "<b>1</b>"}, follow=True))
    page += read(client.get("/report/new?step=asset"))
    code = made(category="street_light", asset_id="<b>1</b>").code
    page += read(client.get(f"/r/{code}"))
    assert "<script>alert" not in page
    assert "<b>1</b>" not in page
