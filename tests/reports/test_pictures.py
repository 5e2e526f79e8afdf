"""Photos: judged by content, kept private, shown without metadata."""

from __future__ import annotations

import io

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from kentongan import reports, routing
from kentongan.foundation.problems import Problem
from kentongan.reports.models import Photo
from tests.pictures import picture
from tests.world import submission

pytestmark = pytest.mark.django_db


def told(orientation=1):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2026:11:01 08:30:00"
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLatitude] = "S", (6.0, 10.0, 12.0)
    gps[ExifTags.GPS.GPSLongitudeRef], gps[ExifTags.GPS.GPSLongitude] = "E", (106.0, 49.0, 12.0)
    return exif


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_each_kind_of_photo_is_taken(kind):
    assert reports.add_photo(picture(1, kind)).width == 320


def test_place_and_time_are_read_and_then_stripped():
    photo = reports.add_photo(picture(1, exif=told()))
    assert (photo.lon, photo.lat) == (106.82, -6.17)
    assert photo.taken_at.isoformat() == "2026-11-01T01:30:00+00:00"
    for size in ("large", "thumb"):
        shown = Image.open(reports.photo_file(photo, size))
        assert not shown.getexif()
        assert "exif" not in shown.info


def test_photo_held_sideways_is_turned_upright():
    photo = reports.add_photo(picture(1, exif=told(orientation=6)))
    assert (photo.width, photo.height) == (240, 320)
    assert Image.open(reports.photo_file(photo, "large")).size == (240, 320)


@pytest.mark.parametrize(
    ("content", "code", "status"),
    [
        (b"", "not_a_photo", 415),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_a_photo", 415),
        (b"GIF89a" + bytes(100), "not_a_photo", 415),
        (b"\xff" * (20 * 1024 * 1024 + 1), "photo_too_large", 413),
        (picture(1).getvalue()[:2000], "broken_photo", 422),
    ],
)
def test_what_is_no_photo_is_refused_in_words(content, code, status):
    with pytest.raises(Problem) as refused:
        reports.add_photo(io.BytesIO(content))
    assert (refused.value.code, refused.value.status) == (code, status)
    assert not Photo.objects.exists()


@pytest.mark.parametrize("edge", [12_000, 30_000])
def test_bomb_of_pixels_is_refused_before_it_is_unpacked(edge):
    out = io.BytesIO()
    Image.new("1", (edge, edge)).save(out, "PNG")
    with pytest.raises(Problem) as refused:
        reports.add_photo(io.BytesIO(out.getvalue()))
    assert refused.value.code == "photo_too_many_pixels"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.data())
def test_damaged_file_gives_a_problem_and_never_a_crash(data):
    content = bytearray(picture(1, exif=told()).getvalue())
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=20)):
        content[at] = data.draw(st.integers(0, 255))
    try:
        reports.add_photo(io.BytesIO(bytes(content)))
    except Problem as refused:
        assert refused.field == "photos"  # noqa: PT017  both outcomes are fine


def test_photo_that_was_never_sent_with_a_report_is_swept_away_with_its_files(world):
    left, used = reports.add_photo(picture(1)), reports.add_photo(picture(2))
    routing.submit(submission(photos=(used.pk,)), None)
    reports.photo_file(left, "thumb").close()
    assert reports.sweep(timezone.now()) == 1
    assert list(Photo.objects.all()) == [used]
    assert not default_storage.exists(left.original)
    assert default_storage.exists(used.original)
