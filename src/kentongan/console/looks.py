"""How the entries of a timeline look to staff: an icon and a word each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from kentongan import bodies, reports
from kentongan.bodies.models import Team
from kentongan.people.models import Person
from kentongan.reports.models import Entry, Priority, Visibility
from kentongan.reports.states import PUBLIC, Actor, State

KINDS = {
    "received": ("megaphone", _("Reported")),
    "routed": ("route", _("Sent to the responsible body")),
    "awaiting_partner": ("unlink", _("Kept: the body is not a partner yet")),
    "handed_over": ("forward", _("Handed over: the body has joined")),
    "accepted": ("check", _("Accepted")),
    "started": ("wrench", _("Work begun")),
    "noted": ("message-circle", _("Note")),
    "asked": ("circle-help", _("The reporter was asked")),
    "answered": ("message-circle", _("Answer of the reporter")),
    "unanswered": ("hourglass", _("No answer came: the clock goes on")),
    "assigned": ("user", _("Given back to the queue")),
    "prioritised": ("flag", _("Priority")),
    "photo_checked": ("image", _("Photo looked at by the program")),
    "linked": ("hash", _("Asset")),
    "referred": ("users", _("Another body is asked to help")),
    "transferred": ("forward", _("Passed on to another body")),
    "returned": ("undo-2", _("Returned to the body before")),
    "resolved": ("circle-check", _("Solved")),
    "rejected": ("lock", _("Closed without a fix")),
    "merged": ("git-merge", _("Joined with another report")),
    "unmerged": ("undo-2", _("On its own again: not the same trouble")),
    "undone": ("undo-2", _("Result taken back")),
    "stepped_back": ("undo-2", _("Last step taken back")),
    "parts_ended": ("users", _("All parts have ended")),
    "upheld": ("flag", _("The result stands, for this reason")),
    "confirmed": ("check", _("The reporter agrees: solved")),
    "expired": ("lock", _("Closed: nobody objected in time")),
    "reopened": ("rotate-ccw", _("Opened again: not solved")),
    "contested": ("flag", _("Somebody objects to the result")),
    "commented": ("message-circle", _("Comment")),
    "rated": ("star", _("Rated")),
    "hidden": ("eye-off", _("Something was hidden")),
    "shown_again": ("eye", _("Shown again")),
    "kept_hidden": ("eye-off", _("Stays hidden")),
    "appealed": ("flag", _("The author objects to the hiding")),
    "flag_kept": ("flag", _("Flagged by people, and left as it is")),
    "identity_seen": ("eye", _("Staff looked at who reported this")),
    "claimed": ("user", _("The reporter has signed up")),
    "sent_out": ("forward", _("Arrived in the system of the responsible body")),
    "given_up": ("circle-x", _("Sending to the other system was given up")),
    "sent_on": ("forward", _("Passed on to another system")),
    "came_in": ("forward", _("Handed over from another system")),
    "declined": ("undo-2", _("Came back: they say it is not theirs")),
    "given_back": ("undo-2", _("Given back: it is not theirs")),
    "withdrawn": ("undo-2", _("Taken back by those who had passed it on")),
    "synced": ("route", _("Brought in line with the system that works on it")),
    "moved_out": ("forward", _("Moved to the region's own service")),
    "moved_in": ("forward", _("Moved here from the service before")),
}
PRIORITIES = {
    Priority.LOW: _("Low"), Priority.NORMAL: _("Normal"), Priority.HIGH: _("High"), Priority.URGENT: _("Urgent"),
}  # fmt: skip
MARKS = {
    "seen_before": _("This photo was used before."),
    "taken_elsewhere": _("This photo was taken more than 250 m away."),
    "taken_before_report": _("This photo is older than the report."),
    "taken_in_future": _("This photo's time has not come yet: check the camera's clock."),
}
ROLES = {
    "report": _("Before"), "before": _("Before the work"), "after": _("After"), "contest": _("Objection"),
    "answer": _("Answer"),
}  # fmt: skip

# What is due for a peer.
DELIVERIES = {
    "request": _("hand the report over"), "update": _("tell the news"), "withdraw": _("take it back"),
    "decline": _("decline it"), "link": _("send a new link"), "photos": _("tell of photos that came later"),
    "fetch": _("fetch a photo"), "moved": _("say that it has moved"),
}  # fmt: skip


def steps(entries: list[Entry]) -> list[dict[str, Any]]:
    """The entries as the partial `web/partials/timeline.html` takes them."""
    given = [entry.data for entry in entries if entry.kind == "assigned"]
    people = Person.objects.in_bulk({one["assignee"] for one in given if one.get("assignee")}) if given else {}
    teams = Team.objects.in_bulk({one["team"] for one in given if one.get("team")}) if given else {}
    return [_step(entry, _inside(entry, people, teams)) for entry in entries]


def called(who: Person | Team) -> str:
    """How a colleague or a team is called among staff: somebody without a name by the address."""
    return who.name or (who.email if isinstance(who, Person) else "")


def _inside(entry: Entry, people: Mapping[int, Person], teams: Mapping[int, Team]) -> str:
    """Into whose hands a report came, or how pressing it was found."""
    if entry.kind == "prioritised":
        word = PRIORITIES.get(Priority.__members__.get(str(entry.data.get("priority")).upper(), Priority.NORMAL))
        return str(_("Priority: %(priority)s") % {"priority": word})
    if entry.kind != "assigned":
        return ""
    person, team = people.get(entry.data.get("assignee") or 0), teams.get(entry.data.get("team") or 0)
    names = [called(person)] if person else [team.name] if team else []
    if entry.data.get("assignee") and not person:
        names = [str(_("somebody whose account is gone"))]
    if entry.data.get("why") == "left":
        left = (
            _("Who had it works here no longer: with %(team)s again") if names else _("Who had it works here no longer")
        )
        return str(left % {"team": names[0]} if names else left)
    return str(_("Given to %(name)s") % {"name": names[0]}) if names else ""


def _step(entry: Entry, inside: str) -> dict[str, Any]:
    icon, words = KINDS.get(entry.kind, ("info", entry.kind))
    words = inside or reports.in_words(entry) or words
    stars = entry.data.get("stars")
    return {
        "icon": icon,
        "words": f"{words}: {stars}/5" if stars else reports.whither(entry) or reports.link_text(entry) or words,
        "status": PUBLIC[State(entry.state_to)] if entry.state_to else "",
        "internal": entry.visibility == Visibility.INTERNAL,
        "who": _maker(entry),
        "at": entry.at,
        "text": entry.text or entry.data.get("no_photo_reason", ""),
        "site": reports.site_of(entry),
        "here": reports.was_here(entry),
        "said_at": reports.said_at(entry),
    }


def _maker(entry: Entry) -> str:
    """Who made the step, as staff may know it: colleagues by name, citizens never."""
    if entry.actor == Actor.REPORTER:
        return str(_("The reporter"))
    if entry.actor == Actor.CITIZEN:
        return str(_("A citizen"))
    named = [entry.person.name or entry.person.email] if entry.person and entry.actor == Actor.OFFICER else []
    if rule := entry.data.get("rule"):
        named = [str(_("Rule “%(rule)s”") % {"rule": rule})]
    employer = bodies.giver(entry.data) or entry.body
    return ", ".join([*named, *([employer.name] if employer else [])]) or _peer(entry)


def _peer(entry: Entry) -> str:
    return str(entry.data.get("peer", {}).get("title") or "Kentongan")
