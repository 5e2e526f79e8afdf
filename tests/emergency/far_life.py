"""An alert between instances, written by hand from `docs/reference/alerts-between-instances.md`: who is asked and told,
what comes back, and whose it is while nothing is heard.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.emergency.life import Life, Stay
from tests.emergency.town import PLACES, Peer, Town

PATIENCE, BEAT, PAUSE, UNTAKEN = (timedelta(seconds=one) for one in (10, 15, 60, 180))
SILENT, QUIET = timedelta(seconds=120), timedelta(seconds=2)
BY_STATE = {
    "received": "released", "acknowledged": "acknowledged", "on_the_way": "set_out", "there": "arrived",
    "closed": "closed",
}  # fmt: skip


class FarLife(Life):
    """One alert that may lie at other instances too."""

    @property
    def there(self) -> tuple[Peer, Stay] | None:
        """Where it is now, if not with us."""
        out = [one for one in self.stays.items() if one[1].side == "out"]
        found = [(name, one) for name, one in out if one.state in {"asking", "held", "refused"}]
        newest = max(found, key=lambda one: one[1].since, default=None)
        return newest and (self.town.peers[newest[0]], newest[1])

    @property
    def is_theirs(self) -> bool:
        """Whether its phone is another instance's."""
        return any(one.side == "in" for one in self.stays.values())

    # --- where the phone goes ---

    def give(self) -> bool:
        """To the instance that watches its area; False where that is us, or nobody."""
        there = None if self.is_theirs else self.town.theirs(self.area)
        if there:
            self.ask(there)
        return bool(there)

    def ask(self, there: Peer) -> None:
        now = self.town.clock()
        stay = self.stays.setdefault(there.name, Stay("out", now, now))
        stay.state, stay.since, stay.heard, stay.failing, stay.owner = "asking", now, now, None, ""
        stay.letters.append("alert")
        self.away, self.called_home = there.title, False
        self.steps, self.called_from = 0, now + PATIENCE
        self.say("asked", self.nobody_has(), note=there.title)
        self.step_at = None if self.owner else self.called_from

    def nobody_has(self) -> str:
        return "received" if self.state == "acknowledged" and not self.owner else self.state

    def goes(self, place: str, rough: bool) -> None:
        """The phone says where it is."""
        area, self.spot = PLACES[place][1], place
        self.write("positions", "out")
        if not self.area or self.guessed:
            self.located(area)
        elif not rough and area != self.area and not self.is_theirs:
            self.travels(area)

    def located(self, area: str) -> None:
        """The first place: now those who watch there are called. Who cannot go on with it there has it no more."""
        there, lies, self.guessed = self.town.theirs(area), self.there, False
        if lies and there is lies[0]:
            self.area = area
            self.say("located")
            return
        if lies:
            lies[1].state, self.away, self.owner_away = "leaving", "", ""
        self.area, self.called_home = area, not self.town.covering(area)
        had, owner = self.owner, self.owner
        self.owner = "" if had and not self.post_seeing(had) else had
        if not self.owner:
            self.post = self.town.first_awake(self.town.covering(area))
            self.steps, self.called_from = 0, self.town.clock()
        self.say("located", None if had else self.nobody_has())
        if self.give():
            return
        if owner and not self.owner:
            self.put_back("elsewhere")
        elif not self.owner:
            self.call()

    def post_seeing(self, name: str) -> bool:
        owner, self.owner = self.owner, ""
        found = bool(self.post_of(name))
        self.owner = owner
        return found

    def travels(self, area: str) -> None:
        """Where another instance watches it is asked, and where we do we are called; once a minute."""
        there, now = self.town.theirs(area), self.there
        if there is None and now is None:
            return
        if there and now and there is now[0]:
            self.area = area
            return
        if now and now[1].since > self.town.clock.at - PAUSE:
            return
        if there is None and not self.town.covering(area):
            return  # nobody watches there: who has it keeps it
        if now:
            now[1].state = "leaving"
        self.area, self.owner_away = area, ""
        if there:
            self.ask(there)
        else:
            self.away, self.called_home, self.steps, self.called_from = "", False, 0, self.town.clock()
            self.post = self.town.first_awake(self.town.covering(area))
            self.say("came_back", self.nobody_has())
            if not self.owner:
                self.call()

    # --- what another instance answers ---

    def at_once(self) -> None:
        """Our own operators are called now, also where somebody there had it."""
        if self.owner_away or self.state == "acknowledged":
            self.owner_away = ""
            self.put_back("instance_silent")
        else:
            self.call_anew()

    def settle(self, there: Peer, stay: Stay) -> None:
        """What became of a call that got through."""
        if there.mode == "later":
            stay.failing = stay.failing or self.town.clock()
            return
        if there.mode == "refused":
            self.refused(there, stay)
            return
        stay.told, stay.letters = stay.told + stay.letters, []
        self.taken(there, stay)

    def taken(self, there: Peer, stay: Stay) -> None:
        is_first, watched = stay.state == "asking", there.mode == "watched"
        stay.state = "held" if is_first else stay.state
        stay.heard, stay.failing = self.town.clock(), None
        stay.watched = watched if stay.side == "out" else stay.watched
        if stay.side == "in" or stay.state != "held":
            return
        if is_first:
            self.say("held", note=there.title)
        if self.owner or self.owner_away or not self.goes_on:
            return
        if not watched and not self.called_home:
            self.at_once()
        elif watched and (self.called_home or self.step_at) and not self.is_untaken(stay):
            if self.called_home:
                self.called_home = False
                self.say("answers_again", note=there.title)
            self.calls, self.step_at = set(), None

    def is_untaken(self, stay: Stay) -> bool:
        """Held there for minutes, and nobody has it, whatever they say of who is on duty."""
        waits = not self.owner_away and self.state in {"received", "cancelled"}
        return stay.state == "held" and self.town.clock.at - stay.since > UNTAKEN and waits

    def refused(self, there: Peer, stay: Stay) -> None:
        is_over = stay.side == "in" or stay.state in {"leaving", "over"}
        stay.state, stay.heard, stay.letters = "over" if is_over else "refused", self.town.clock(), []
        if is_over or self.there != (there, stay):
            return
        self.say("refused", note=there.title)
        if not self.owner and self.goes_on:
            self.at_once()

    # --- what is looked after ---

    def look_after(self) -> None:
        """Our own are called where nothing is heard; who watched before is told once the next has it."""
        self.call_where_silent()
        for name, stay in self.stays.items():
            if stay.state == "leaving":
                self.pass_on(name, stay)
            is_silent = self.town.clock.at - stay.heard > SILENT and bool(self.owner_away)
            if stay.side == "in" and stay.state == "held" and is_silent and not self.owner and self.goes_on:
                self.owner_away = ""
                self.put_back("origin_silent")

    def call_where_silent(self) -> None:
        now, lies = self.town.clock.at, self.there
        if lies is None or lies[1].state == "refused" or self.ended or self.owner or not self.goes_on:
            return
        stay = lies[1]
        quiet = stay.failing is not None and now - stay.failing > QUIET
        asked = stay.state == "asking" and self.step_at is None
        new = not self.called_home and (quiet or asked or self.is_untaken(stay))
        is_called = self.called_home and not self.owner_away
        if (new or (quiet and self.owner_away)) and not is_called and now - (stay.failing or stay.since) > PATIENCE:
            self.at_once()

    def pass_on(self, name: str, stay: Stay) -> None:
        lies = self.there
        is_ours = lies is None and bool(self.town.awake(self.sees))
        is_kept = is_ours or (lies is not None and lies[1].state == "held" and lies[1].watched)
        if self.owner or self.owner_away or (is_kept and not stay.owner) or not self.goes_on:
            stay.letters.append("withdrawn")
            stay.state = "over"

    # --- what another instance says ---

    def mirror(self, there: Peer, stay: Stay, said: dict[str, Any]) -> None:
        """How it stands at the other side. Only its person cancels, and what looks cancelled under duress looks so."""
        state, is_closed = said["state"], said["state"] == "closed"
        is_forced = self.duress and self.state == "cancelled" and not is_closed
        is_helped = bool(self.coming())
        if not is_helped:
            self.unit, self.eta = said["unit"], False
        if state == "cancelled" or is_forced or (is_helped and not is_closed):
            state = self.state
        elif state == "acknowledged" and not said["owner"]:
            state = "received"
        self.result = said["result"] or self.result
        self.hand_eta = self.hand_eta and said["step"] != "arrived"
        kind = "acknowledged" if is_forced and said["step"] == "doubted" else said["step"]
        self.calls = set() if said["owner"] else self.calls
        self.say(kind, state, note=f"by {said['by'] or said['owner'] or there.title}", told=False)

    def hears_step(self, there: Peer, stay: Stay, said: dict[str, Any]) -> None:
        """Who watches the place says how it stands there."""
        is_closed = said["state"] == "closed"
        stay.owner = said["owner"]
        if stay.state == "leaving" and not (is_closed and said["result"] != "handed_on"):
            return
        is_freely_over = self.state == "cancelled" and not self.duress
        if self.state == "closed" and not (is_closed or said["owner"]):
            return
        if is_freely_over and not (is_closed or (said["step"] == "doubted" and said["owner"])):
            return
        self.owner = "" if said["owner"] else self.owner
        self.owner_away = said["owner"]
        self.mirror(there, stay, said)
        if self.state == "closed":
            for other in self.stays.values():
                if other is not stay and other.side == "out" and other.state in {"asking", "held", "leaving"}:
                    other.letters.append("withdrawn")
                    other.state = "over"

    def hears_their_step(self, there: Peer, stay: Stay, said: dict[str, Any]) -> None:
        """An operator at the phone's own instance took a step; who watches decides who has it."""
        if self.owner:
            stay.letters.append("step")
            return
        if not self.goes_on:
            return
        had, self.owner_away = self.owner_away, said["owner"]
        if had and not said["owner"] and said["state"] != "closed":
            self.put_back("given_back")
        elif said["owner"] or said["state"] == "closed":
            self.mirror(there, stay, said)


def deliver(town: Town) -> None:
    """What the lane between instances does now."""
    lives: list[FarLife] = town.lives
    for life in lives:
        life.look_after()
    now = town.clock.at
    for there in town.peers.values():
        mine = [(one, one.stays[there.name]) for one in lives if there.name in one.stays]
        beats = [
            stay for life, stay in mine
            if stay.side == "out" and stay.state in {"asking", "held", "leaving"} and now - stay.heard > BEAT
            and life.goes_on
        ]  # fmt: skip
        named = [(life, stay) for life, stay in mine if stay.letters or stay in beats]
        if named and there.mode == "down":
            for _life, stay in mine:
                if stay.state in {"asking", "held", "leaving"}:
                    stay.failing = stay.failing or town.clock()
            continue
        for life, stay in named:
            life.settle(there, stay)
        if there.asked is None or now - there.asked >= BEAT:
            there.asked = now
            there.said = there.said if there.mode == "down" else now
