"""Photos as the world sends them: every kind of file that phones, editors and screenshots write, sound or damaged.

Each case stands for a public bug report of another system; its number stands beside it.
"""

from __future__ import annotations

import io
import os
import re
import struct
import threading
import time
import zlib
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageCms, TiffImagePlugin

from kentongan import reports, routing
from kentongan.foundation.problems import Problem
from kentongan.reports import camera, containers, decoding, derivatives, evidence, pictures
from kentongan.reports.audit import audit
from kentongan.reports.likeness import likeness
from kentongan.reports.models import Report
from kentongan.reports.tasks import derive
from tests import camera_words
from tests.pictures import picture
from tests.world import submission


def packed(image, kind="PNG", **saved):
    out = io.BytesIO()
    image.save(out, kind, **saved)
    return io.BytesIO(out.getvalue())


@lru_cache(maxsize=32)
def drawn(mode="RGB", size=(320, 240), number=1):
    return Image.open(picture(number, "PNG", size)).convert(mode)


def exif(**tags):
    """Exif whose position is `lat`, `lat_side`, `lon`, `lon_side`; others by the name of their tag."""
    made = Image.Exif()
    gps = made.get_ifd(ExifTags.IFD.GPSInfo)
    named = {"lat": "GPSLatitude", "lat_side": "GPSLatitudeRef", "lon": "GPSLongitude", "lon_side": "GPSLongitudeRef"}
    for name, value in tags.items():
        if name in named:
            gps[ExifTags.GPS[named[name]]] = value
        elif name in {"DateTimeOriginal", "OffsetTimeOriginal", "DateTimeDigitized"}:
            made.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base[name]] = value
        else:
            made[ExifTags.Base[name]] = value
    return made


def shown(photo, size="large"):
    with reports.photo_file(photo, size) as file:
        return Image.open(io.BytesIO(file.read())).convert("RGB")


def noise(edge):
    """A picture of edge × edge pixels that is small as a file: what holds up a decoder and not the network."""
    row = b"\0" + bytes(range(256)) * (edge // 256 + 1)
    packer, rows = zlib.compressobj(1), (row[: edge + 1] for _ in range(edge))
    body = b"".join(packer.compress(one) for one in rows) + packer.flush()

    head = struct.pack(">IIBBBBB", edge, edge, 8, 0, 0, 0, 0)
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b""))


@pytest.mark.django_db
def test_a_jpeg_with_more_pictures_behind_the_first_is_that_first_picture():
    # python-pillow/Pillow#1138, lucyparsons/OpenOversight#1098
    photo = reports.add_photo(packed(drawn(), "MPO", save_all=True, append_images=[drawn(number=2)]))
    assert photo.content_type == "image/jpeg"
    assert likeness(shown(photo)) == likeness(drawn())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "odd",
    [
        {"XResolution": TiffImagePlugin.IFDRational(0, 0)},  # python-pillow/Pillow#8965, #8605
        {"ImageDescription": b"\xff\xfe\x00\x01".decode("latin-1")},
        {"Software": "x" * 60_000},
        {"DateTimeOriginal": "0000:00:00 00:00:00"},
        {"DateTimeOriginal": "2026:13:45 99:99:99"},
        {"DateTimeOriginal": "0001:01:01 00:00:00"},
        {"DateTimeOriginal": "2026:11:01 08:30:00", "OffsetTimeOriginal": "+99:99"},
    ],
    ids=lambda odd: " ".join(odd),
)
def test_no_oddity_beside_the_orientation_keeps_a_picture_from_being_turned(odd):
    photo = reports.add_photo(packed(drawn(), "JPEG", exif=exif(Orientation=6, **odd)))
    assert (photo.width, photo.height) == (240, 320)
    assert shown(photo).size == (240, 320)


@pytest.mark.django_db
@pytest.mark.parametrize("turn", range(1, 9))
def test_every_orientation_shows_the_picture_upright(turn):
    there = {1: [], 2: [0], 3: [3], 4: [1], 5: [5], 6: [2], 7: [6], 8: [4]}[turn]  # what a camera held so makes of it
    held = drawn()
    for step in there:
        held = held.transpose(Image.Transpose(step))
    photo = reports.add_photo(packed(held, "JPEG", quality=95, exif=exif(Orientation=turn)))
    assert shown(photo).size == (320, 240)
    assert likeness(shown(photo)) == likeness(drawn())


@pytest.mark.django_db
@pytest.mark.parametrize("turn", [0, 9, 255, 65_535])
def test_an_orientation_that_means_nothing_turns_nothing(turn):
    photo = reports.add_photo(packed(drawn(), "JPEG", exif=exif(Orientation=turn)))
    assert shown(photo).size == (320, 240)


@pytest.mark.django_db
@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_transparent_screenshot_lies_on_white(mode, kind):
    # mozilla/addons-server#17028
    image = Image.new("RGBA", (200, 120), (0, 0, 0, 0))
    image.paste((20, 20, 20, 255), (80, 40, 120, 80))
    saved = {"lossless": True} if kind == "WEBP" else {}
    photo = reports.add_photo(packed(image.convert(mode), kind, **saved))
    assert min(shown(photo).getpixel((5, 5))) > 240
    assert max(shown(photo).getpixel((100, 60))) < 60


@pytest.mark.django_db
def test_a_grey_png_with_one_transparent_colour_lies_on_white():
    image = Image.new("L", (200, 120), 0)
    image.paste(120, (80, 40, 120, 80))
    photo = reports.add_photo(packed(image, transparency=0))
    assert shown(photo).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.django_db
def test_sixteen_bits_of_grey_are_grey_and_not_white():
    deep = np.tile(np.linspace(0, 65_535, 320, dtype=np.uint16), (240, 1))
    photo = reports.add_photo(packed(Image.fromarray(deep)))
    left, middle, right = (shown(photo).getpixel((at, 120))[0] for at in (5, 160, 315))
    assert left < 20 < 110 < middle < 145 < 235 < right


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("mode", "kind"),
    [("1", "PNG"), ("L", "JPEG"), ("L", "PNG"), ("P", "PNG"), ("CMYK", "JPEG"), ("RGB", "AVIF"), ("RGB", "HEIF")],
)
def test_every_way_to_write_colours_shows_the_same_picture(mode, kind):
    photo = reports.add_photo(packed(drawn(mode), kind))
    pale, there = np.asarray(shown(photo).convert("L"), dtype=float), np.asarray(drawn("L"), dtype=float)
    assert abs(pale.mean() - there.mean()) < 25


@pytest.mark.django_db
def test_colours_of_a_wide_profile_come_out_as_the_eye_saw_them():
    wide = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    srgb = ImageCms.createProfile("sRGB")
    plain = drawn()
    for profile in (ImageCms.ImageCmsProfile(srgb).tobytes(), wide.tobytes(), b"no profile", b"\0" * 200):
        photo = reports.add_photo(packed(plain, "PNG", icc_profile=profile))
        assert likeness(shown(photo)) == likeness(plain)
        assert "icc_profile" not in shown(photo).info


@pytest.mark.parametrize(
    ("lat_side", "lon_side", "there"),
    [
        ("S", "E", (106.82, -6.17)), ("s", "e", (106.82, -6.17)), ("S\0", "E\0", (106.82, -6.17)),
        ("N", "E", (106.82, 6.17)), (None, "E", (None, None)), ("S", None, (None, None)), ("", "", (None, None)),
        ("X", "E", (None, None)), ("E", "S", (None, None)),
    ],
)  # fmt: skip
def test_a_position_without_its_hemisphere_is_none(lat_side, lon_side, there):
    # jmathai/immich-exif#16: it was Padang, and Riau was shown
    sides = {"lat_side": lat_side, "lon_side": lon_side}
    tags = exif(lat=(6.0, 10.0, 12.0), lon=(106.0, 49.0, 12.0), **{k: v for k, v in sides.items() if v is not None})
    told = camera.told(decoding.opened(packed(drawn(), "JPEG", exif=tags).getvalue()))
    assert (told.lon, told.lat) == there


ZERO = TiffImagePlugin.IFDRational(0, 0)


@pytest.mark.parametrize(
    "lat", [(ZERO, ZERO, ZERO), (6.0, ZERO, 0.0), (91.0, 0.0, 0.0), (6.0, 75.0, 0.0), (90.0, 59.0, 0.0)]
)
def test_a_position_that_is_none_is_not_offered(lat):
    tags = exif(lat=lat, lat_side="S", lon=(106.0, 49.0, 12.0), lon_side="E")
    assert camera.told(decoding.opened(packed(drawn(), "JPEG", exif=tags).getvalue())).lat is None


@pytest.mark.django_db
def test_the_time_of_a_photo_without_zone_is_that_of_its_report_in_papua(world):
    # immich-app/immich#3154: it seemed to be taken two hours ahead
    now = timezone.now().replace(microsecond=0)
    local = now.astimezone(ZoneInfo("Asia/Jayapura"))
    photo = reports.add_photo(packed(drawn(), "JPEG", exif=exif(DateTimeOriginal=f"{local:%Y:%m:%d %H:%M:%S}")))
    assert photo.taken_at == now + timedelta(hours=2)  # western time, as long as nobody knows where
    report = Report(province_code="91", created_at=now - timedelta(hours=1))
    assert evidence.taken_at(photo, "91") == now
    assert evidence.taken_at(photo, "51") == now + timedelta(hours=1)
    evidence.settle_time(photo, report)
    assert evidence.marks(photo, report) == []


@pytest.mark.django_db
def test_the_time_of_a_photo_with_a_place_is_that_of_the_place():
    tags = exif(
        DateTimeOriginal="2026:11:01 08:30:00", lat=(8.0, 40.0, 0.0), lat_side="S", lon=(115.0, 13.0, 0.0), lon_side="E"
    )
    photo = reports.add_photo(packed(drawn(), "JPEG", exif=tags))
    assert photo.taken_at == datetime(2026, 11, 1, 0, 30, tzinfo=UTC)  # Denpasar
    assert not photo.taken_without_zone


@pytest.mark.django_db
def test_eight_thousand_pixels_square_hold_up_nobody(world):
    sent, started = noise(8_000), time.process_time()
    photo = reports.add_photo(sent)
    assert time.process_time() - started < 2  # seconds of processor, however busy it is; it took 7 to 13
    assert photo.phash == ""
    with pytest.raises(derivatives.NotShown):
        reports.photo_file(photo, "thumb")
    report = routing.submit(submission(photos=(photo.pk,)), None).report
    derive.call(str(photo.pk))
    photo.refresh_from_db()
    assert photo.ready
    assert len(photo.phash) == 16
    assert shown(photo).size == (1600, 1600)
    assert report.photo_count == 1


@pytest.mark.django_db
def test_while_another_picture_is_unpacked_a_request_leaves_its_own_to_the_worker(monkeypatch):
    monkeypatch.setattr(pictures, "PATIENCE", 0.01)
    holding, done = threading.Event(), threading.Event()

    def hold():
        with decoding.turn_of(None):
            holding.set()
            done.wait(60)

    other = threading.Thread(target=hold)
    other.start()
    holding.wait(60)
    photo = reports.add_photo(picture(1))
    done.set()
    other.join()
    assert photo.phash == ""
    derivatives.make_derivatives(photo)
    photo.refresh_from_db()
    assert photo.phash == likeness(drawn())


@pytest.mark.django_db
def test_a_photo_that_turns_out_damaged_says_so_and_is_not_tried_again(world):
    whole = noise(5_000).getvalue()
    photo = reports.add_photo(io.BytesIO(whole[: len(whole) // 2]))
    report = routing.submit(submission(photos=(photo.pk,)), None).report
    derive.call(str(photo.pk))
    photo.refresh_from_db()
    assert photo.marks == ["broken"]
    report.refresh_from_db()
    assert report.entries.get(seq=report.seq).kind == "photo_checked"
    assert list(audit()) == []
    default_storage.delete(photo.original)
    derive.call(str(photo.pk))  # would raise if it were read again
    with pytest.raises(OSError, match="cannot be shown"):
        reports.photo_file(photo, "large", now=True)


@pytest.mark.django_db
def test_a_heavy_picture_that_was_used_before_is_known_when_it_is_unpacked(world):
    first = reports.add_photo(noise(4_200))
    derivatives.make_derivatives(first)
    report = routing.submit(submission(photos=(first.pk,)), None).report
    again = reports.add_photo(noise(4_200))
    evidence.attach_evidence(report, [again.pk], "after")
    report.save()
    derive.call(str(again.pk))
    again.refresh_from_db()
    assert "seen_before" in again.marks


@pytest.mark.parametrize("number", range(40))
def test_the_likeness_is_the_one_that_was_kept_before(number):
    # Made once by imagehash.phash 4.3.2 for the pictures of these numbers.
    assert likeness(Image.open(picture(number, "PNG"))) == KEPT[number]


KEPT = [
    "f80cd08bd1543fab", "8ce3d8b83acbc534", "fc6c8d47db2420da", "ed49da94d6fc2803", "9141a6a6c2857f7b",
    "c2dee8ea96eb0914", "b49fc2bd77c0002f", "89b3a953e25e55a1", "d0d396a4fa188ce7", "c0ebb11346797d86",
    "a3d8a507c3997a66", "bb2997232b1c5ce1", "837d5ef61b690486", "c49240f2d2b0ff4f", "c2037a82bf3a57c5",
    "f29c5d06cb08b0f7", "c5540845cf9f7ee0", "b849e7d68e1311ec", "fcb17ea66ea60019", "937b5053c784a87b",
    "dddee1d0953002cf", "df3fc286468b2174", "86aca43ce5c61abb", "a99ea327ef6e1081", "e51455b38053efac",
    "b95c7c44c80a33f7", "a740d67f90c22b3d", "d5c26977971c00eb", "d1f8306686d2fa2d", "f0cc282b30f6ff09",
    "db19138e346dce92", "b555428b34288ff7", "bb981ce869f6a309", "88307700d193ff7d", "c31a9cd01235efcb",
    "cf9997f1b2fa0005", "e83abf4d58e4051b", "ccc62a9e6a4095bf", "d2c96688a9d71e3a", "a093b551f9cc4e33",
]  # fmt: skip


@pytest.mark.parametrize("change", ["smaller", "paler", "JPEG", "half the size in the decoder"])
def test_a_picture_is_known_again_however_it_was_packed(change):
    image = large = drawn(size=(3600, 2700), number=7)
    if change == "smaller":
        image = image.resize((400, 300))
    if change == "paler":
        image = image.point(lambda value: 40 + value * 0.7)
    file = packed(image, "JPEG", quality=50 if change == "JPEG" else 90)
    seen = likeness(decoding.pixels(decoding.opened(file.getvalue()), 1600))
    assert (int(seen, 16) ^ int(likeness(large), 16)).bit_count() <= 3


def _files():
    """One small sound file of each kind that we take, or nearly."""
    tags = exif(Orientation=6, DateTimeOriginal="2026:11:01 08:30:00", lat=(6.0, 10.0, 12.0), lat_side="S")
    small = (48, 32)
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return [
        packed(drawn(size=small), "JPEG", exif=tags, icc_profile=icc),
        packed(drawn(size=small), "JPEG", progressive=True),
        packed(drawn("CMYK", small), "JPEG"),
        packed(drawn(size=small), "MPO", save_all=True, append_images=[drawn(size=small, number=2)], exif=tags),
        packed(drawn("RGBA", small), "PNG", exif=tags, icc_profile=icc),
        packed(drawn("P", small), "PNG", transparency=0),
        packed(Image.fromarray(np.arange(1536, dtype=np.uint16).reshape(32, 48) * 42), "PNG"),
        packed(drawn("RGBA", small), "WEBP", exif=tags),
        packed(drawn(size=small), "WEBP", save_all=True, append_images=[drawn(size=small, number=2)]),
        packed(drawn(size=small), "HEIF", exif=tags),
        packed(drawn("RGBA", small), "AVIF", exif=tags),
        packed(drawn(size=small), "GIF"),
        packed(drawn(size=small), "TIFF"),
    ]


FILES = [file.getvalue() for file in _files()]


def mutated(data):
    content = bytearray(data.draw(st.sampled_from(FILES)))
    # Half of the changes fall where lengths and kinds stand.
    place = st.one_of(st.integers(0, min(400, len(content) - 1)), st.integers(0, len(content) - 1))
    for at in data.draw(st.lists(place, max_size=12)):
        content[at] = data.draw(st.sampled_from([0, 1, 0x7F, 0x80, 0xFF]) | st.integers(0, 255))
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content))) :]
    if data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(content)))
        content[at:at] = data.draw(st.binary(max_size=40))
    return bytes(content)


def unpacked(content):
    """What becomes of a file: its picture, or the code of the refusal."""
    try:
        image = decoding.opened(content)
        return decoding.pixels(image, 320, camera.told(image).turn)
    except Problem as refused:
        assert refused.field == "photos"  # noqa: PT017  both outcomes are fine
        return refused.code


@settings(max_examples=int(os.environ.get("KENTONGAN_MUTATIONS", "2000")), deadline=None)
@given(st.data())
def test_whatever_the_bytes_there_is_a_picture_or_a_refusal(data):
    found = unpacked(mutated(data))
    refused = {"not_a_photo", "broken_photo", "photo_too_many_pixels"}
    assert found in refused if isinstance(found, str) else found.mode == "RGB"


def chunk(name, data, wrong=0):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data) ^ wrong)


def chunks(width, height, colour, row, depth=16, beside=b""):
    """A PNG of our own bytes: Pillow writes no 16 bits of colour."""
    body = zlib.compress(b"".join(b"\0" + row(y) for y in range(height)))
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + beside + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def jpeg(**saved):
    return packed(drawn(), "JPEG", **saved).getvalue()


def several(kind, number=3, **saved):
    return packed(
        drawn(), kind, save_all=True, append_images=[drawn(number=at) for at in range(2, number + 1)], **saved
    ).getvalue()


IFD = b"Exif\0\0II*\0\x08\0\0\0\x01\0"
# Invented after the first ones had been mended: none of these 39 fell. Drawn where they are asked for, as every process
# that runs tests imports this file.
SOUND = {
    "4:4:4": lambda: jpeg(subsampling=0),
    "4:2:0": lambda: jpeg(subsampling=2),
    "quality 1": lambda: jpeg(quality=1),
    "quality 100": lambda: jpeg(quality=100),
    "restarts": lambda: jpeg(restart_marker_blocks=4),
    "optimised": lambda: jpeg(optimize=True),
    "a long comment": lambda: jpeg(comment=b"x" * 60_000),
    "no resolution": lambda: jpeg(dpi=(0, 0)),
    "HTML behind": lambda: jpeg() + b"<html><script>alert(1)",
    "a ZIP behind": lambda: jpeg() + b"PK\x03\x04" + b"\0" * 500,
    "zeros behind": lambda: jpeg() + b"\0" * 5000,
    "a long XMP": lambda: jpeg(xmp=b"<x:xmpmeta>" + b"a" * 60_000),
    "three pictures": lambda: several("MPO"),
    "a second picture cut off": lambda: several("MPO", 2)[:-2000],
    "a moving PNG": lambda: several("PNG"),
    "a moving WebP": lambda: several("WEBP"),
    "two in a HEIC": lambda: several("HEIF", 2),
    "no end of PNG": lambda: packed(drawn()).getvalue()[:-12],
    "Exif of rubbish": lambda: jpeg(exif=b"Exif\0\0" + b"\xff" * 200),
    "Exif in a ring": lambda: jpeg(exif=IFD + b"\x69\x87\x04\0\x01\0\0\0\x08\0\0\0\x08\0\0\0"),
    "a profile for others": lambda: packed(drawn(), icc_profile=colours_of("XYZ")).getvalue(),
    "a huge profile": lambda: packed(drawn(), icc_profile=b"\0\0\0\1" + b"acsp" * 200_000).getvalue(),
    "CMYK, profile of sRGB": lambda: packed(drawn("CMYK"), "JPEG", icc_profile=colours_of("sRGB")).getvalue(),
}
TURNED = {
    "MPO": lambda: several("MPO", 2, exif=exif(Orientation=6)),
    "PNG": lambda: packed(drawn(), exif=exif(Orientation=8)).getvalue(),
    "WebP": lambda: packed(drawn(), "WEBP", exif=exif(Orientation=5)).getvalue(),
    "Motorola's order": lambda: jpeg(exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"),
    "a long number": lambda: jpeg(exif=IFD + b"\x12\x01\x04\0\x01\0\0\0\x06\0\0\0\0\0\0\0"),
}
REFUSED = {
    "ten bytes": lambda: jpeg()[:10],
    "half": lambda: jpeg()[: len(jpeg()) // 2],
    "the head alone": lambda: jpeg()[:600],
    "nothing": lambda: b"",
    "zeros": lambda: b"\0" * 1000,
    "words": lambda: b"hello world" * 50,
    "HTML": lambda: b"<!doctype html><html>" * 10,
    "SVG": lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "PDF": lambda: b"%PDF-1.4\n1 0 obj\n",
    "PostScript": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
    "a film": lambda: b"\0\0\0\x18ftypmp42" + b"\0" * 100,
    "a moving photo's film": lambda: b"\0\0\0\x14ftypqt  \0\0\0\0qt  " + b"\0" * 100,
    "BMP": lambda: packed(drawn(), "BMP").getvalue(),
    "a GIF that is a JAR": lambda: packed(drawn("P"), "GIF").getvalue() + b"PK\x03\x04",
    "JPEG 2000": lambda: packed(drawn(), "JPEG2000").getvalue(),
    "Photoshop": lambda: b"8BPS\0\1" + b"\0" * 200,
    "raw": lambda: b"II*\0\x08\0\0\0" + b"\0" * 300,
    "half a HEIC": lambda: packed(drawn(), "HEIF").getvalue()[:-300],
    "half an AVIF": lambda: packed(drawn(), "AVIF").getvalue()[:-300],
    "half a WebP": lambda: packed(drawn(), "WEBP").getvalue()[:-300],
    "half a PNG": lambda: packed(drawn()).getvalue()[:-3000],
    "too many pixels": lambda: noise(8_001).getvalue(),
}


def colours_of(space):
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(space)).tobytes()


@pytest.mark.parametrize("how", SOUND)
def test_a_sound_photo_is_seen_whatever_is_around_it(how):
    seen = likeness(unpacked(SOUND[how]()))
    assert (int(seen, 16) ^ int(likeness(drawn()), 16)).bit_count() <= 6


NO_END = {
    "plain": {}, "4:4:4": {"subsampling": 0}, "progressive": {"progressive": True}, "restarts":
    {"restart_marker_blocks": 4}, "restarts of rows": {"restart_marker_rows": 1}, "quality 100": {"quality": 100},
    "quality 1": {"quality": 1}, "optimised": {"optimize": True}, "grey": {"mode": "L"}, "CMYK": {"mode": "CMYK"},
    "grey, progressive": {"mode": "L", "progressive": True}, "heavier than is unpacked whole": {"size": (2000, 1500)},
    "odd sides": {"size": (321, 243)}, "one pixel": {"size": (1, 1)}, "turned": {"exif": exif(Orientation=3)},
}  # fmt: skip


@pytest.mark.parametrize("how", NO_END)
def test_a_jpeg_that_lacks_its_end_mark_alone_is_shown_and_one_that_lacks_pixels_is_refused(how):
    # python-pillow/Pillow#889, #2038, magento/adobe-stock-integration#1659: a transfer was cut, browsers show it
    saved = dict(NO_END[how])
    whole = packed(drawn(saved.pop("mode", "RGB"), saved.pop("size", (320, 240))), "JPEG", **saved).getvalue()
    for cut in (whole[:-2], whole[:-1], whole[:-2] + b"\xff"):
        assert unpacked(cut).tobytes() == unpacked(whole).tobytes()
    start = whole.rindex(b"\xff\xda") + 12
    for lacks in (30, (len(whole) - start) // 8, (len(whole) - start) // 2) if len(whole) > start + 300 else ():
        assert unpacked(whole[:-lacks]) == "broken_photo"


@pytest.mark.parametrize("saved", [{"progressive": True}, {"restart_marker_blocks": 1}, {"restart_marker_rows": 1}])
def test_a_jpeg_that_is_cut_where_a_part_of_it_ends_is_refused(saved):
    whole = jpeg(**saved)
    parts = [found.start() for found in re.finditer(rb"\xff[\xd0-\xd7\xda\xc4]", whole)]
    for at in parts[-1], parts[-2], parts[len(parts) // 2]:
        assert unpacked(whole[:at]) == "broken_photo"


@pytest.mark.parametrize("how", TURNED)
def test_a_turn_is_read_from_every_kind_of_file(how):
    assert unpacked(TURNED[how]()).size == (240, 320)


@pytest.mark.parametrize("how", REFUSED)
def test_what_is_no_photo_or_half_of_one_is_refused(how):
    assert unpacked(REFUSED[how]()) in {"not_a_photo", "broken_photo", "photo_too_many_pixels"}


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 5000), (5000, 1), (20_000, 20), (2, 2), (65_000, 8)])
def test_pictures_of_any_shape_are_shown(width, height):
    shown_as = unpacked(packed(Image.new("RGB", (width, height), (9, 99, 199))).getvalue())
    assert shown_as.getpixel((0, 0)) == (9, 99, 199)


def test_sixteen_bits_of_colour_are_eight_and_clear_ones_lie_on_white():
    deep = chunks(32, 24, 2, lambda _y: struct.pack(">HHH", 65_535, 32_768, 0) * 32)
    assert unpacked(deep).getpixel((9, 9)) == pytest.approx((255, 128, 0), abs=1)
    assert unpacked(chunks(32, 24, 6, lambda _y: b"\0" * 8 * 32)).getpixel((9, 9)) == (255, 255, 255)


def told(**tags):
    return camera.told(decoding.opened(jpeg(exif=exif(**tags))))


@pytest.mark.parametrize(
    ("lat", "lon", "there"),
    [
        ((6.0, 10.2), (106.0, 49.2), (106.82, -6.17)), ((6.17,), (106.82,), (106.82, -6.17)),
        (6.17, 106.82, (106.82, -6.17)), ((6.0, 10.0, 12.0, 0.0), (106.0, 49.0, 12.0), (None, None)),
        ((6.0, 10.0, 60.0), (106.0, 49.0, 12.0), (106.82, -6.183333)), ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), (None, None)),
        ((6.0, 610.0, 0.0), (106.0, 49.0, 0.0), (None, None)), ((6.0, 10.0, 1e9), (106.0, 49.0, 0.0), (None, None)),
        (None, (106.0, 49.0, 12.0), (None, None)),
    ],
)  # fmt: skip
def test_a_position_may_be_written_in_one_two_or_three_parts(lat, lon, there):
    # In one part: what programs write that know only decimal degrees; it was taken for none.
    sides = {"lat_side": "S", "lon_side": "E", "lon": lon} | ({} if lat is None else {"lat": lat})
    found = told(**sides)
    assert (found.lon, found.lat) == there


@pytest.mark.parametrize(
    "written",
    ["2026:11:01 08:30:00", "2026-11-01 08:30:00", "2026/11/01 08:30:00", "2026:11:01T08:30:00",
     "2026:11:01 08:30:00.123", "2026:11:01 08:30", "2026:11:01 08:30:00\0\0", "2026:11:01 8:30:00",
     "2026.11.01 08:30:00"],
)  # fmt: skip
def test_the_time_of_a_photo_is_read_as_cameras_and_editors_write_it(written):
    # Six of these were no time.
    assert told(DateTimeOriginal=written).taken == datetime(2026, 11, 1, 8, 30)  # noqa: DTZ001  none is written


@pytest.mark.parametrize(
    "written",
    ["2026:11:01", "2026:11:01 24:00:00", "    :  :     :  :  ", "2026:11:01 08:30:60", "01:11:2026 08:30:00",
     "20261101083000", "2026:11:01 下午 08:30:00", "2026:11:01 08:30:00 PM", "now"],
)  # fmt: skip
def test_what_is_no_time_of_a_photo_is_none(written):
    assert told(DateTimeOriginal=written).taken is None


@pytest.mark.parametrize(
    ("zone", "hour"),
    [("+07:00", 1), ("+0700", 1), ("Z", 8), ("+09:00", 23), ("+07:00\0", 1), ("+08:00:00", 0), ("-03:30", 12)],
)
def test_the_zone_of_a_photo_counts(zone, hour):
    assert told(DateTimeOriginal="2026:11:01 08:30:00", OffsetTimeOriginal=zone).taken.astimezone(UTC).hour == hour


@pytest.mark.parametrize("zone", ["+7", "+7:00", "07:00", "+24:00", "   :  ", "UTC", "WIB"])
def test_an_odd_zone_of_a_photo_is_none(zone):
    assert told(DateTimeOriginal="2026:11:01 08:30:00", OffsetTimeOriginal=zone).taken.tzinfo is None


def test_a_scanned_picture_has_the_time_of_its_scan():
    assert told(DateTimeDigitized="2026:11:01 08:30:00").taken == datetime(2026, 11, 1, 8, 30)  # noqa: DTZ001
    assert told(DateTimeOriginal="2026:11:01 08:30:00+09:00").taken.astimezone(UTC).hour == 23


def besides(content, *added, at=33):
    """A PNG with chunks added, behind its header or at its end."""
    return content[:at] + b"".join(added) + content[at:]


def segments(content, *added):
    """A JPEG with segments added in front: (marker, body)."""
    put = (b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body for marker, body in added)
    return content[:2] + b"".join(put) + content[2:]


PLAIN = packed(drawn()).getvalue()
# Each was refused: by a comment, a resolution, a checksum, while the pixels were sound.
ODD = {
    "a wrong checksum of a text": besides(PLAIN, chunk(b"tEXt", b"Author\0somebody", 1)),
    "a wrong checksum of the Exif": besides(PLAIN, chunk(b"eXIf", b"MM\0*", 1)),
    "half a resolution": besides(PLAIN, chunk(b"pHYs", b"\0\0")), "half a gamma": besides(PLAIN, chunk(b"gAMA", b"")),
    "a text of five megabytes": besides(PLAIN, chunk(b"zTXt", b"k\0\0" + zlib.compress(b"x" * 5_000_000))),
    "a profile of five megabytes": besides(PLAIN, chunk(b"iCCP", b"k\0\0" + zlib.compress(b"x" * 5_000_000))),
    "a text packed in an unknown way": besides(PLAIN, chunk(b"zTXt", b"k\0\5zz")),
    "half a moving PNG": besides(PLAIN, chunk(b"acTL", b"")),
    "the same behind the pixels": besides(PLAIN, chunk(b"pHYs", b""), chunk(b"acTL", b""), at=-12),
    "half a JFIF": segments(jpeg()[:2] + jpeg()[20:], (0xE0, b"JFIF\0")),
    "half a Photoshop": segments(jpeg(), (0xED, b"Photoshop 3.0\0" + b"8BIM\3")),
    "half a profile": segments(jpeg(), (0xE2, b"ICC_PROFILE\0\1")), "an empty Adobe":
    segments(jpeg(), (0xEE, b"Adobe")), "half an index of pictures": segments(jpeg(), (0xE2, b"MPF\0II*\0\x08\0")),
    "an Exif without its beginning": packed(drawn(), "AVIF", exif=exif(Software="x")).getvalue().replace(
        b"MM\0*", b"MM\0\0").replace(b"II*\0", b"II\0\0"),
}  # fmt: skip


@pytest.mark.parametrize("how", ODD)
def test_nothing_beside_the_pixels_refuses_a_picture(how):
    seen = likeness(unpacked(ODD[how]))
    assert (int(seen, 16) ^ int(likeness(drawn()), 16)).bit_count() <= 6


def beside_the_pixels():
    """Small files, each with where its metadata lies."""
    tags, small = exif(Software="x", DateTimeOriginal="2026:11:01 08:30:00", lat=(6.0,), lat_side="S"), (48, 32)
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind in ("JPEG", "MPO", "WEBP", "HEIF", "AVIF"):
        more = {"save_all": True, "append_images": [drawn(size=small, number=2)]} if kind == "MPO" else {}
        content = packed(drawn(size=small), kind, exif=tags, icc_profile=icc, **more).getvalue()
        exif_at, icc_at = content.index(tags.tobytes()[6:]), content.index(icc)
        yield content, [(exif_at, exif_at + len(tags.tobytes()) - 6), (icc_at, icc_at + len(icc))]


BESIDE = list(beside_the_pixels())


@settings(max_examples=int(os.environ.get("KENTONGAN_MUTATIONS", "2000")) // 5, deadline=None)
@given(st.data())
def test_metadata_of_any_bytes_leaves_the_picture_to_be_seen(data):
    whole, places = data.draw(st.sampled_from(BESIDE))
    content, (start, end) = bytearray(whole), data.draw(st.sampled_from(places))
    for at in data.draw(st.lists(st.integers(start, end - 1), min_size=1, max_size=12)):
        content[at] = data.draw(st.sampled_from([0, 1, 0x7F, 0x80, 0xFF]) | st.integers(0, 255))
    assert sorted(unpacked(bytes(content)).size) == [32, 48]


def profile(space, *tags):
    """A colour profile of our own bytes (ICC.1, version 2.1)."""
    at, names, bodies = 132 + 12 * len(tags), b"", b""
    for name, body in tags:
        names += name + struct.pack(">II", at + len(bodies), len(body))
        bodies += body + b"\0" * (-len(body) % 4)
    head = struct.pack(">I4sI4s4s4s12s4s", at + len(bodies), b"test", 0x2100000, b"mntr", space, b"XYZ ", b"", b"acsp")
    head = head.ljust(68, b"\0") + struct.pack(">III", 0xF6D6, 0x10000, 0xD32D)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + names + bodies


def xyz(*values):
    return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def curve(gamma):
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))


WHITE = (b"wtpt", xyz(0.9642, 1, 0.8249))
# The screens of newer phones (Display P3); the expected colours are worked out from the two matrices of primaries.
P3 = profile(
    b"RGB ", WHITE, (b"rXYZ", xyz(0.5151, 0.2412, -0.0011)), (b"gXYZ", xyz(0.2920, 0.6922, 0.0419)),
    (b"bXYZ", xyz(0.1571, 0.0666, 0.7841)), *((name, curve(2.2)) for name in (b"rTRC", b"gTRC", b"bTRC")),
)  # fmt: skip
STRAIGHT = profile(b"GRAY", WHITE, (b"kTRC", curve(1.0)))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF"])
@pytest.mark.parametrize(("written", "meant"), [((200, 100, 50), (216, 92, 24)), ((50, 200, 80), (0, 205, 56))])
def test_colours_of_a_phone_with_a_wide_screen_come_out_as_they_were(kind, written, meant):
    file = packed(Image.new("RGB", (64, 48), written), kind, quality=100, icc_profile=P3)
    assert unpacked(file.getvalue()).getpixel((9, 9)) == pytest.approx(meant, abs=4)


@pytest.mark.parametrize(("mode", "kind"), [("L", "JPEG"), ("L", "PNG"), ("LA", "PNG")])
def test_grey_with_a_profile_of_grey_is_as_bright_as_it_was(mode, kind):
    file = packed(Image.new("L", (64, 48), 64).convert(mode), kind, icc_profile=STRAIGHT)
    assert unpacked(file.getvalue()).getpixel((9, 9)) == pytest.approx((137, 137, 137), abs=2)  # 0.25 in linear light


def test_one_clear_grey_of_sixteen_bits_lies_on_white():
    content = chunks(32, 24, 0, lambda _y: struct.pack(">HH", 0, 30_000) * 16, beside=chunk(b"tRNS", b"\0\0"))
    assert [unpacked(content).getpixel((x, 5))[0] for x in (4, 5)] == [255, 117]


def test_what_the_camera_wrote_is_read_without_unpacking_a_picture(monkeypatch):
    # Pillow looks for the Exif of a PNG behind its pixels, and unpacked 64 million of them within the request.
    image = decoding.opened(noise(1_000).getvalue())
    monkeypatch.setattr(image, "load", lambda: pytest.fail("unpacked"))
    assert camera.told(image) == camera.Told()


def test_a_file_of_crumbs_is_no_photo_and_costs_no_reader_its_time(monkeypatch):
    asked = []
    monkeypatch.setattr(containers, "_is_taken", lambda begun: bool(asked.append(begun)))
    png = packed(drawn(size=(8, 8))).getvalue()
    bad = chunk(b"eXIf", b"x", 1) * 5000
    assert containers.lean(png[:33] + bad + png[33:]) != b""
    assert len(asked) == 64
    for content in (png[:33] + chunk(b"IDAT", b"") * 40_000 + png[33:], b"\xff\xd8" + b"\xff\xdb\0\2" * 40_000):
        assert containers.lean(content) == b""
        with pytest.raises(Problem) as caught:
            decoding.opened(content)
        assert caught.value.code == "not_a_photo"


def test_a_place_is_read_however_the_camera_wrote_it():
    read = {name: camera.told(decoding.opened(content)) for name, (content, _place) in camera_words.ODD.items()}
    assert {name: (one.lon, one.lat) for name, one in read.items()} == {
        name: place or (None, None) for name, (_content, place) in camera_words.ODD.items()
    }
