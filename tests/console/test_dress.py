"""The logo and the colour of a body: what is taken, what is refused in words, and where they stand."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image, ImageDraw

from kentongan import bodies
from kentongan.bodies.models import Body, Logo, Membership
from kentongan.people.models import Person
from kentongan.reports import decoding
from tests.reading import read
from tests.world import person

pytestmark = pytest.mark.usefixtures("world")
PAGE, ROADS = "/console/bodies/31/dress", "31.roads"


@pytest.fixture
def admin(client: Client) -> Person:
    """Of the government of Jakarta, signed in."""
    made = person("pengurus@contoh.id")
    Membership.objects.create(person=made, body_id="31", role="administrator")
    client.force_login(made)
    return made


def drawn(mode: str = "RGB", size: tuple[int, int] = (400, 400), ground: object = "white") -> Image.Image:
    image = Image.new("RGBA" if mode == "RGBA" else "RGB", size, ground)  # type: ignore[arg-type]
    edges = (size[0] // 4, size[1] // 4, size[0] * 3 // 4, size[1] * 3 // 4)
    ImageDraw.Draw(image).ellipse(edges, fill=(160, 20, 30))
    return image.convert(mode)


def file(image: Image.Image, kind: str = "PNG", **saved: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **saved)  # type: ignore[arg-type]
    return out.getvalue()


def send(client: Client, content: bytes, was: str = "", name: str = "logo.png"):  # type: ignore[no-untyped-def]
    return client.post(PAGE, {"do": "logo", "was": was, "logo": SimpleUploadedFile(name, content)})


def kept(code: str = "31") -> Image.Image:
    found = bodies.logo(code)
    assert found is not None
    image = Image.open(io.BytesIO(bytes(found.content)))
    image.load()
    return image


TAKEN: dict[str, Callable[[], bytes]] = {
    "png": lambda: file(drawn()), "jpeg": lambda: file(drawn(), "JPEG"), "webp": lambda: file(drawn(), "WEBP"),
    "clear": lambda: file(drawn("RGBA", ground=(0, 0, 0, 0))), "cmyk": lambda: file(drawn("CMYK"), "JPEG"),
    "palette": lambda: file(drawn("P")), "grey": lambda: file(drawn("L")), "16 bits": lambda: file(drawn("I;16")),
    "moving png": lambda: file(drawn(), "PNG", save_all=True, append_images=[drawn("RGB", ground="blue")]),
    "moving webp": lambda: file(drawn(), "WEBP", save_all=True, append_images=[drawn("RGB", ground="blue")]),
    "large": lambda: file(drawn(size=(3900, 3900))), "smallest": lambda: file(drawn(size=(32, 32))),
    "yellow": lambda: file(Image.new("RGB", (64, 64), (255, 220, 0))),
}  # fmt: skip


@pytest.mark.parametrize("kind", TAKEN)
def test_a_picture_of_any_kind_becomes_a_small_one_on_white_without_anything_else(
    client: Client, admin: Person, kind: str
) -> None:
    assert send(client, TAKEN[kind](), name="logo.txt").status_code == 302
    image = kept()
    assert image.format == "PNG"
    assert max(image.size) <= 320
    assert not image.info.get("transparency")
    assert not getattr(image, "is_animated", False)
    corner = image.convert("RGB").getpixel((0, 0))
    if kind != "yellow":
        assert corner == (255, 255, 255) or kind in {"cmyk", "jpeg", "16 bits"}, corner
    assert len(bytes(Logo.objects.get().content)) < 60_000


def test_what_a_camera_wrote_is_not_kept_and_the_picture_stands_upright(client: Client, admin: Person) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Kamera Rahasia"
    assert send(client, file(drawn(size=(300, 200)), "JPEG", exif=exif, comment=b"rahasia")).status_code == 302
    assert kept().size == (200, 300)
    assert b"ahasia" not in bytes(Logo.objects.get().content)


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
BOMB = b"\x89PNG\r\n\x1a\n" + b"".join(
    len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)
    for kind, data in (
        (b"IHDR", (60_000).to_bytes(4) + (60_000).to_bytes(4) + b"\x08\x02\0\0\0"),
        (b"IDAT", zlib.compress(b"\0" * 999)),
    )
)  # fmt: skip
REFUSED: dict[str, tuple[Callable[[], bytes], int, str]] = {
    "svg": (lambda: SVG, 415, "bukan"), "text": (lambda: b"halo", 415, "bukan"), "empty": (lambda: b"", 422, "Pilih"),
    "gif": (lambda: file(drawn("P"), "GIF"), 415, "bukan"), "pdf": (lambda: file(drawn(), "PDF"), 415, "bukan"),
    "bomb": (lambda: BOMB, 422, "Piksel"), "half": (lambda: file(drawn())[:400], 422, "rusak"),
    "tiny": (lambda: file(drawn(size=(20, 20))), 422, "terlalu kecil"),
    "long": (lambda: file(drawn(size=(2000, 40))), 422, "terlalu panjang"),
    "white on clear": (lambda: file(Image.new("RGBA", (80, 80), (255, 255, 255, 0))), 422, "putih"),
    "six megabytes": (lambda: file(drawn()) + b"\0" * 6_000_000, 413, "5 MB"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_logo_is_refused_in_words_beside_the_field_and_the_old_one_stays(
    client: Client, admin: Person, kind: str
) -> None:
    send(client, file(drawn()))
    before = bodies.look("31").logo
    content, status, word = REFUSED[kind]
    answer = send(client, content(), before)
    assert answer.status_code == status
    page = read(answer)
    assert "logo-error" in answer.content.decode()
    assert word in page
    assert bodies.look("31").logo == before


def test_who_finds_others_pictures_at_work_is_told_to_try_again(
    client: Client, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kentongan.reports.pictures.PATIENCE", 0.01)
    with decoding.turn_of(None):
        answer = send(client, file(drawn()))
    assert answer.status_code == 503
    assert "sebentar lagi" in read(answer)


def test_a_body_and_its_parts_have_the_logo_and_colour_on_their_pages_until_they_are_taken_away(
    client: Client, admin: Person
) -> None:
    send(client, file(drawn()))
    client.post(PAGE, {"do": "colour", "was": "", "accent": "#FFD400"})
    look = bodies.look(ROADS)
    assert (look.accent, look.of) == ("#ffd400", "31")
    logo, sheet = f'src="/body/31/logo.png?of={look.logo}"', 'href="/colour/ffd400.css"'
    stranger = Client()
    for path, by in (
        ("/body/31.roads", stranger),
        ("/body/31", stranger),
        ("/console/?body=31", client),
        (PAGE, client),
    ):
        page = by.get(path).content.decode()
        assert logo in page, path
        assert sheet in page, path
    assert "diubah menjadi" in read(client.get(PAGE))
    client.post(PAGE, {"do": "no_colour", "was": "#ffd400"})
    client.post(PAGE, {"do": "no_logo", "was": look.logo})
    assert not Logo.objects.exists()
    page = stranger.get("/body/31.roads").content.decode()
    assert logo not in page
    assert sheet not in page
    assert stranger.get("/body/31/logo.png").status_code == 404


def test_a_part_has_its_own_before_that_of_the_body_above(client: Client, admin: Person) -> None:
    Body.objects.filter(pk="31").update(accent="#111111")
    Body.objects.filter(pk=ROADS).update(accent="#222222")
    bodies.invalidate()
    assert [bodies.look(one).accent for one in ("31", ROADS, "32", "nobody")] == ["#111111", "#222222", "", ""]


def test_of_two_open_pages_the_second_is_told_that_the_first_has_changed_it(client: Client, admin: Person) -> None:
    for _tap in range(2):  # of one finger: no other person
        answer = client.post(PAGE, {"do": "colour", "was": "", "accent": "#112233"})
        assert answer.status_code == 302
    late = client.post(PAGE, {"do": "colour", "was": "", "accent": "#445566"})
    assert late.status_code == 409
    assert "Orang lain sudah mengubahnya" in read(late)
    assert 'value="#445566"' in late.content.decode()  # what was typed stays
    assert re.search(r'name="was"\s+value="#112233"', late.content.decode())  # and the second try is of what is there
    assert bodies.look("31").accent == "#112233"
    assert [send(client, file(drawn())).status_code for _tap in range(2)] == [302, 302]
    assert send(client, file(drawn(size=(99, 99)))).status_code == 409
    assert client.post(PAGE, {"do": "no_logo", "was": "x" * 99}).status_code == 409
    assert Logo.objects.count() == 1


@pytest.mark.parametrize("given", ["red", "#12", "#zzzzzz", "#aa1122;}", "\0", "#" + "a" * 5000])
def test_what_is_no_colour_is_refused_and_stays_to_be_mended(client: Client, admin: Person, given: str) -> None:
    answer = client.post(PAGE, {"do": "colour", "was": "", "accent": given})
    assert answer.status_code == 422
    assert "accent-error" in answer.content.decode()
    assert bodies.look("31").accent == ""


def test_a_form_without_a_picture_or_with_an_unknown_deed_is_answered_in_words(client: Client, admin: Person) -> None:
    assert client.post(PAGE, {"do": "logo"}).status_code == 422
    assert client.post(PAGE, {"do": "logo", "logo": "text"}).status_code == 422
    assert client.post(PAGE, {"do": "x"}).status_code == 422
    assert client.post(PAGE).status_code == 422


def test_browsers_keep_a_logo_and_a_colour_and_ask_again_by_their_tags(client: Client, admin: Person) -> None:
    send(client, file(drawn()))
    mark = bodies.look("31").logo
    first = client.get(f"/body/31/logo.png?of={mark}")
    assert "max-age=31536000" in first["Cache-Control"]
    assert first["Content-Type"] == "image/png"
    assert client.get("/body/31/logo.png", headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert "max-age=300" in client.get("/body/31/logo.png?of=old")["Cache-Control"]
    sheet = client.get("/colour/ffd400.css")
    assert sheet["Content-Type"].startswith("text/css")
    assert re.search(r":root \{\s+--sea: #[0-9a-f]{6};", sheet.content.decode())
    assert client.get("/colour/ffd400.css", headers={"If-None-Match": sheet["ETag"]}).status_code == 304
    for odd in ("FFD400", "fff", "red", "ffd400;", "gggggg", "../../x"):
        assert client.get(f"/colour/{odd}.css").status_code == 404, odd


@pytest.mark.parametrize("role", ["viewer", "officer", "coordinator"])
def test_only_administrators_of_the_body_dress_it(client: Client, role: str) -> None:
    made = person("lain@contoh.id")
    Membership.objects.create(person=made, body_id="31", role=role)
    Membership.objects.create(person=made, body_id=ROADS, role="administrator")
    client.force_login(made)
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"do": "colour", "accent": "#123456"}).status_code == 403
    assert send(client, file(drawn())).status_code == 403
    assert client.post("/console/bodies/31.roads/dress", {"do": "colour", "accent": "#123456"}).status_code == 302
    assert (bodies.look("31").accent, bodies.look(ROADS).accent) == ("", "#123456")
