"""What follows a change, in one list: who is told of which topic. The worker registers it at its start."""

from __future__ import annotations

from kentongan.casework.assigning import return_work_of
from kentongan.casework.running import hear_for_rules
from kentongan.casework.searching import hear_words
from kentongan.casework.teams import let_go_of
from kentongan.foundation.outbox import subscribe, subscribe_batch, subscribe_prepared
from kentongan.network.following import follow
from kentongan.notify.inviting import write_invitation
from kentongan.notify.letters import write_mail
from kentongan.notify.pages import tell_pages
from kentongan.notify.ruling import write_stopped
from kentongan.notify.staff import gather, gather_imports
from kentongan.reports.cells import count_moves
from kentongan.routing.joining import begin_hand_over, begin_release
from kentongan.warnings.publishing import TOPIC
from kentongan.warnings.telling import tell

_registered = False


def register() -> None:
    """Registers every subscriber; doing it again changes nothing."""
    global _registered
    if _registered:
        return
    subscribe_batch("report.entry", "network", follow)
    subscribe_prepared("report.entry", "mail", write_mail)
    subscribe("body.invitation", "mail", write_invitation)
    subscribe("staff.left", "work", return_work_of)
    subscribe("team.ended", "work", let_go_of)
    subscribe("body.partner", "hand_over", begin_hand_over)
    subscribe("body.left", "release", begin_release)
    subscribe_prepared("report.entry", "words", hear_words)
    subscribe_batch("report.entry", "rules", hear_for_rules)
    subscribe("rule.stopped", "mail", write_stopped)
    subscribe(TOPIC, "people", tell)
    # Last: two workers note with the same people and count in the same cells, and wait for each other from here to the
    # end of their transactions.
    subscribe_prepared("report.entry", "pages", tell_pages)
    subscribe_prepared("report.entry", "staff", gather)
    subscribe_batch("reports.imported", "staff", gather_imports)
    subscribe_prepared("report.entry", "map", count_moves)
    _registered = True
