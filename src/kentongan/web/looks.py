"""How states and steps look: always a colour (its CSS class), an icon and a word together."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kentongan.network.travels import Stand
from kentongan.reports.states import PUBLIC, Status

__all__ = ["ENDINGS", "MARKS", "PHOTO_ROLES", "PLAIN", "PUBLIC", "STANDS", "STATUS", "STEPS", "Look", "Status"]


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
    "routed": Look("route", _("Sent to the responsible body")),
    "awaiting_partner": Look("unlink", _("Kept: the responsible body is not a partner yet")),
    "handed_over": Look("forward", _("Handed over: the body has joined")),
    "accepted": Look("check", _("Accepted")),
    "started": Look("wrench", _("Work has begun")),
    "noted": Look("message-circle", _("Note on the progress")),
    "asked": Look("circle-help", _("The body asks the reporter")),
    "answered": Look("message-circle", _("Answer of the reporter")),
    "unanswered": Look("hourglass", _("No answer came: the clock goes on")),
    "assigned": Look("user", _("Given to somebody to work on")),
    "prioritised": Look("flag", _("Priority set")),
    "linked": Look("hash", _("The body has said which thing it is about")),
    "referred": Look("users", _("Being dealt with together with another body")),
    "transferred": Look("forward", _("Passed on to another body")),
    "returned": Look("undo-2", _("Returned to the body before")),
    "resolved": Look("circle-check", _("Solved, says the body")),
    "rejected": Look("lock", _("Closed without a fix")),
    "merged": Look("git-merge", _("Joined with another report of the same trouble")),
    "unmerged": Look("undo-2", _("On its own again: it was not the same trouble")),
    "undone": Look("undo-2", _("The body has taken back its result")),
    "stepped_back": Look("undo-2", _("The body has taken its last step back: it was a mistake")),
    "parts_ended": Look("users", _("All parts have ended")),
    "upheld": Look("flag", _("The body stands by its result")),
    "confirmed": Look("check", _("The reporter confirms that it is solved")),
    "expired": Look("lock", _("Closed: nobody objected in time")),
    "reopened": Look("rotate-ccw", _("Open again: it is not solved")),
    "contested": Look("flag", _("Somebody objects to the result")),
    "commented": Look("message-circle", _("Comment")),
    "rated": Look("star", _("Rated by the reporter")),
    "hidden": Look("eye-off", _("Something was hidden")),
    "shown_again": Look("eye", _("Shown again")),
    "kept_hidden": Look("eye-off", _("Stays hidden")),
    "appealed": Look("flag", _("The author objects to the hiding")),
    "flag_kept": Look("flag", _("Flagged by people, and left as it is")),
    "identity_seen": Look("eye", _("Somebody looked at who reported this")),
    "claimed": Look("user", _("Joined to an account")),
    "sent_out": Look("forward", _("Arrived in the system of the responsible body")),
    "sent_on": Look("forward", _("Passed on to another system")),
    "came_in": Look("forward", _("Handed over from another system")),
    "declined": Look("undo-2", _("Came back: they say it is not theirs")),
    "given_back": Look("undo-2", _("Given back: it is not theirs")),
    "withdrawn": Look("undo-2", _("Taken back by those who had passed it on")),
    "synced": Look("route", _("Brought in line with the system that works on it")),
    "moved_out": Look("forward", _("Moved to the region's own service")),
    "moved_in": Look("forward", _("Moved here from the service before")),
}
# How a report stands with those who had it on its way (`network.Stand`).
STANDS = {
    Stand.BEGAN: Look("megaphone", _("The report began here")),
    Stand.PASSED: Look("forward", _("Passed it on")),
    Stand.HERE: Look("house", _("This page")),
    Stand.ON_ITS_WAY: Look("hourglass", _("On its way there")),
    Stand.UNANSWERED: Look("hourglass", _("On its way; their system does not answer now, we keep trying")),
    Stand.HELD: Look("hourglass", _("On its way; a person has to look at it first")),
    Stand.THERE: Look("wrench", _("Works on it now")),
    Stand.DECLINED: Look("undo-2", _("Said that it is not theirs")),
    Stand.RETURNED: Look("undo-2", _("Took it on, then gave it back")),
    Stand.TAKEN_BACK: Look("undo-2", _("It was taken back from there")),
    Stand.GIVEN_BACK: Look("undo-2", _("Given back to them")),
}
PLAIN = Look("info", _("Something happened"))
ENDINGS = {
    "solved": _("Solved"),
    "passed_on": _("Passed on to another body"),
    "merged": _("Joined with another report"),
    "closed_without_fix": _("Closed without a fix"),
}
MARKS = {
    "broken": _("The file is damaged and cannot be shown"),
    "seen_before": _("This picture was used before"),
    "taken_elsewhere": _("Taken at another place"),
    "taken_before_report": _("Taken before the report"),
    "taken_in_future": _("The camera's time lies in the future"),
}
PHOTO_ROLES = {
    "report": _("Before"), "before": _("Before the work"), "after": _("After"),
    "contest": _("How it looks now, says a citizen"), "answer": _("With an answer of the reporter"),
}  # fmt: skip
