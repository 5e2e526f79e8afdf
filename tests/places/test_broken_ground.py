"""A ground file that cannot be read is as none: pages, search and pictures stay."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from kentongan import places
from kentongan.places.ground import ground, ground_path

ADDRESSES = [
    "/", "/?place=menteng", "/api/v1/places?q=menteng", "/map/places/31.json", "/map/streets/13052/8473.json",
    "/map/static/16/106.8,-6.2/320x240.png",
]  # fmt: skip


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(os.environ["KENTONGAN_PLACES_INDEX"], tmp_path / "places.index")
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "places.index"))
    return ground_path()


@pytest.mark.parametrize("content", [b"", b"junk" * 1000, b"SQLite format 3\0" + b"x" * 2000, None])
def test_pages_stay_where_the_streets_cannot_be_read(client, world, there, content):
    if content is None:
        there.mkdir()
    else:
        there.write_bytes(content)
    assert ground() is None
    assert places.attribution() == ""
    assert [client.get(address, follow=True).status_code for address in ADDRESSES] == [200] * len(ADDRESSES)
