"""How states and steps look: always a colour (its CSS class), an icon and a word together."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kentongan.reports.states import Status


@dataclass(frozen=True)
class Look:
    """An icon of the sprite and a word in the reader's language."""

    icon: str
    word: str | Promise


STATUS = {
    Status.WAITING: Look("hourglass", _("Waiting")),
    Status.IN_PROCESS: Look("wrench", _("In process")),
    Status.DONE: Look("circle-check", _("Done")),
    Status.NO_PARTNER: Look("unlink", _("No partner yet")),
    Status.CLOSED: Look("lock", _("Closed")),
}

# What each step of a timeline is called; a step that is not named here shows as a plain note.
STEPS = {
    "received": Look("megaphone", _("Report received")),
    "submit": Look("megaphone", _("Report received")),
    "route": Look("route", _("Sent to the responsible body")),
    "await_partner": Look("unlink", _("Kept: the responsible body is not a partner yet")),
    "hand_over": Look("forward", _("Handed over: the body has joined")),
    "accept": Look("check", _("Accepted")),
    "start": Look("wrench", _("Work has begun")),
    "note": Look("message-circle", _("Note on the progress")),
    "refer": Look("users", _("Being dealt with together with another body")),
    "transfer": Look("forward", _("Passed on to another body")),
    "return": Look("undo-2", _("Returned to the body before")),
    "give_back": Look("undo-2", _("Returned to the body before")),
    "resolve": Look("circle-check", _("Solved, says the body")),
    "reject": Look("lock", _("Closed without a fix")),
    "merge": Look("git-merge", _("Joined with an earlier report of the same trouble")),
    "confirm": Look("check", _("The reporter confirms that it is solved")),
    "expire": Look("lock", _("Closed: nobody objected in time")),
    "reopen": Look("rotate-ccw", _("Open again: it is not solved")),
    "contest": Look("flag", _("Somebody objects to the result")),
    "comment": Look("message-circle", _("Comment")),
    "support": Look("heart", _("Supported")),
    "rate": Look("star", _("Rated")),
    "look": Look("eye", _("An officer looked at who reported this")),
}
ENDINGS = {
    "solved": _("Solved"),
    "passed_on": _("Passed on to another body"),
    "closed_without_fix": _("Closed without a fix"),
}
