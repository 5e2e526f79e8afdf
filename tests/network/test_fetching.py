"""A photo that a peer names by an address is fetched, or refused for good where the address is none."""

from __future__ import annotations

import base64

import pytest

from kentongan.foundation import addresses
from kentongan.network import fetching

PHOTO = b"\xff\xd8 not much of a photo"
WRITTEN = base64.b64encode(PHOTO).decode()


def test_a_photo_may_stand_in_its_address() -> None:
    assert fetching.fetch_public(f"data:image/jpeg;base64,{WRITTEN}") == PHOTO


@pytest.mark.parametrize(
    "address",
    ["data:", f"data:image/jpeg,{WRITTEN}", "data:image/jpeg;base64,é", f"data:;base64,{WRITTEN}!", "data:;base64,a"],
)
def test_an_address_that_holds_no_photo_is_refused_and_not_tried_again(address: str) -> None:
    with pytest.raises(addresses.Refused):
        fetching.fetch_public(address)


def test_a_photo_in_an_address_may_have_20_megabytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MOST_BYTES", 12)
    fits, too_much = (base64.b64encode(bytes(length)).decode() for length in (15, 16))
    assert len(fetching.fetch_public(f"data:;base64,{fits}")) == 15  # padding and line ends are not counted exactly
    with pytest.raises(addresses.Refused):
        fetching.fetch_public(f"data:;base64,{too_much}")
