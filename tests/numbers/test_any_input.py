"""Whatever somebody proposes of a number: it can be kept and dialled, or is refused with the field."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kentongan.foundation import rates
from kentongan.numbers import correcting
from kentongan.numbers.dialling import dialled
from kentongan.numbers.hours import week
from kentongan.numbers.known import KINDS, Number
from kentongan.numbers.models import Proposal
from tests.depth import few
from tests.inputs import refused, undone
from tests.world import STREET, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
WORDS = st.sampled_from(
    ["", "021 555 0119", "112", "٠٢١", "x" * 600, "Mo-Fr 08:00-16:00", "24/7", "a\0b", " \n", "1e400", "nan", "-6.17",
     "106.82", "1_0", f"{STREET[0]}", f"{STREET[1]}", "police", "evacuation"],
) | st.text(max_size=8)  # fmt: skip
FIELDS = ("number", "name", "hours", "gone", "note", "kind", "lon", "lat")
HERE = {"kind": "police", "lon": f"{STREET[0]}", "lat": f"{STREET[1]}", "number": "021 555 0119", "name": "Polsek"}
CODES = ("too_long", "bad_kind", "no_place", "outside", "bad_number", "bad_hours", "no_name", "nothing_said",
         "bad_coordinates", "null_island", "swapped_coordinates")  # fmt: skip
KNOWN = Number("police", "110", "Polsek", "Police", "src", "2026-01-01", lon=STREET[0], lat=STREET[1], key="k")


@given(st.dictionaries(st.sampled_from(FIELDS), WORDS), st.booleans(), st.booleans())
@example({}, True, False)
@example({"lon": "nan"}, True, False)
@example({"note": "a\0b"}, True, False)
@example({"hours": "x"}, True, True)
@few(40, shared=True)
def test_any_words_about_a_number_are_a_proposal_that_can_be_kept_or_refused(said, is_near, is_known) -> None:
    about = (
        Number("k", "police", "112", "Polisi", "Police", "", *STREET, "", "", "", "", None, False) if False else None
    )
    with undone(), pytest.MonkeyPatch.context() as patched:
        patched.setattr(rates, "spend", lambda *_given: None)
        made: list[Any] = []
        whole = {**HERE, **said} if is_near else said
        if refused(lambda: made.append(correcting.propose(person(), about, whole)), *CODES):
            return
        kept = Proposal.objects.get()
        assert kept.kind in KINDS
        assert kept.area[:5] == "31.71"
        assert kept.number == "" or dialled(kept.number)
        assert kept.hours == "" or week(kept.hours) is not None
        assert kept.name or kept.key == "k"
        for field, most in correcting.LETTERS.items():
            assert getattr(kept, field) == " ".join(whole.get(field, "").replace("\0", "").split())
            assert len(getattr(kept, field)) <= most
