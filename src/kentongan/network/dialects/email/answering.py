"""What a body does through its link: each step mirrored as any peer's, once, with its photos."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan import reports
from kentongan.foundation.problems import Problem
from kentongan.network import intake
from kentongan.network.dialects.base import Update
from kentongan.network.dialects.email import links
from kentongan.network.models import HandOver, ReplyLink
from kentongan.reports.states import PUBLIC, Ending, State

MOST_PHOTOS = 5
# step: the state that it leads to
STEPS: dict[str, State | None] = {
    "accept": State.ACCEPTED, "start": State.IN_PROGRESS, "note": None, "resolve": State.RESOLVED,
    "reject": State.REJECTED, "decline": None,
}  # fmt: skip
NEEDS_WORDS = {"note", "reject", "decline"}


def possible(stay: HandOver) -> list[str]:
    """The steps that make sense now, in the order of the page."""
    state = State(stay.report.state)
    if PUBLIC[state] in {"done", "closed"}:
        return ["note"]
    begun = {State.ACCEPTED: {"accept"}, State.IN_PROGRESS: {"accept", "start"}}.get(state, set())
    return [step for step in STEPS if step not in begun]


def answer(
    link: ReplyLink, session: SessionBase, step: str, text: str, *, nonce: str, no_photo_reason: str = "",
    photos: Sequence[bytes] = (),
) -> bool:  # fmt: skip
    """Takes one step; false where the same form was sent before. All of it or nothing.

    `nonce` is the form's own. Raises Problem `used_link`, `impossible_step` (409), `missing_text`, `missing_photo`,
    `too_many_photos` (422), and as `reports.add_peer_photo` does for a photo that is none.
    """
    _check(link.stay, step, text, no_photo_reason, photos)
    with transaction.atomic():
        links.use(link, session)
        told = Update(
            id=f"mail/{link.pk}/{nonce}", remote_id="", at=timezone.now(), text=text.strip(), state=STEPS[step],
            ending=_ending(step), returned=step == "decline", data=_data(step, no_photo_reason, photos),
        )  # fmt: skip
        took, repeated = intake.once(link.stay.peer, f"update/{told.id}", lambda: _take_in(link.stay_id, told))
        if not repeated and "entry" in took:
            for content in photos:
                reports.add_peer_photo(link.stay.report.code, took["entry"], _role(step), content)
    links.hold(link, session)
    return not repeated


def _take_in(stay: int, told: Update) -> dict[str, Any]:
    return intake.take_in(HandOver.objects.select_related("report", "peer").get(pk=stay), told)


def _check(stay: HandOver, step: str, text: str, no_photo_reason: str, photos: Sequence[bytes]) -> None:
    if step not in possible(stay):
        raise Problem("impossible_step", 409, _("This step is not possible now: look at what has happened meanwhile."))
    if step in NEEDS_WORDS and not text.strip():
        raise Problem("missing_text", 422, _("Please write a sentence: people read it."), field="text")
    if step == "resolve" and not photos and not no_photo_reason.strip():
        raise Problem("missing_photo", 422, _("Add a photo of the result, or say why there is none."), field="photos")
    if len(photos) > MOST_PHOTOS:
        raise Problem("too_many_photos", 422, _("At most five photos can be added."), field="photos")


def _ending(step: str) -> str:
    return {"resolve": str(Ending.SOLVED), "reject": str(Ending.CLOSED_WITHOUT_FIX)}.get(step, "")


def _data(step: str, no_photo_reason: str, photos: Sequence[bytes]) -> dict[str, Any]:
    said = no_photo_reason.strip()
    return {"no_photo_reason": said} if step == "resolve" and said and not photos else {}


def _role(step: str) -> str:
    return "after" if step == "resolve" else "answer"
