"""Which two pictures of a report are laid over each other."""

from __future__ import annotations

import pytest

from kentongan import reports
from kentongan.reports.models import Photo


@pytest.mark.parametrize(
    ("timeline", "pair"),
    [
        ("report:1 report:1", None),
        ("after:3", None),  # a report in words alone
        ("report:1 report:1 after:3 after:3", (0, 2)),
        ("report:1 before:3 after:3", (1, 2)),  # taken from the same place
        ("report:1 before:3 after:3 contest:4 after:6", (3, 4)),  # what the second repair began with
        ("report:1 after:3 contest:4", (0, 1)),  # an objection is no result
        ("report:1 after:3 contest:4 after:6 after:8", (0, 4)),
        ("broken:1 report:1 after:3", (1, 2)),
        ("report:1 broken:3", None),
        ("answer:2 after:3", None),
    ],
)
def test_a_result_is_compared_with_how_it_looked_until_then(timeline: str, pair: tuple[int, int] | None) -> None:
    photos = []
    for role, seq in (one.split(":") for one in timeline.split()):
        photos.append(Photo(role="report" if role == "broken" and seq == "1" else role, entry_seq=int(seq)))
        if role == "broken":
            photos[-1].marks, photos[-1].role = ["broken"], "report" if seq == "1" else "after"
    found = reports.before_and_after(photos)
    assert found == (pair and (photos[pair[0]], photos[pair[1]]))
