"""Who watches where in the random lives of alerts, who is on duty, and who comes: what `life.py` reckons with.

Nothing of it is read from the code under test. Its clock is the test's own, so that seconds are exact and nobody waits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

BEGIN = datetime(2026, 12, 4, 3, tzinfo=UTC)
AWAKE, FRESH, KNOWN = timedelta(seconds=30), timedelta(seconds=45), timedelta(days=2)
PLACES = {
    "street": ((106.8200, -6.1700), "31.71.01.1001"), "east": ((106.8400, -6.1700), "31.71.02.1001"),
    "bekasi": ((107.1200, -6.3000), "32.16.01.1007"), "denpasar": ((115.2200, -8.6500), "51.71.01.1001"),
}  # fmt: skip
USUAL = ((0, "all"), (20, "wider"), (60, "mail"))


class Clock:
    """No two things happen in the same moment."""

    at = BEGIN

    def __call__(self) -> datetime:
        self.at += timedelta(microseconds=1)
        return self.at

    def time(self) -> float:
        return self.at.timestamp()


@dataclass
class Post:
    """Who watches an area. `mailed`: how many addresses its last rule writes to."""

    name: str
    title: str
    area: str
    body: str
    mailed: int
    rules: tuple[tuple[int, str], ...] = USUAL


# Who works where, and what they may there: 1 read, 2 be on duty, 3 lead the post too.
STAFF = {
    "budi": ("near", 2), "sari": ("near", 2), "lead": ("near", 3), "lain": ("bekasi", 3), "pusat": ("wide", 2),
    "viewer": ("near", 1), "awak": ("near", 1), "supir": ("wide", 1),
}  # fmt: skip
POSTS = {
    "near": Post("near", "Posko Menteng", "31.71", "31", 1, ((0, "one"), (15, "all"), (30, "wider"), (60, "mail"))),
    "bekasi": Post("bekasi", "Posko Bekasi", "32.16", "32.16", 1),
    "wide": Post("wide", "Posko Pusat", "", "id.komdigi", 2),
}
# Of which post each is, where it works, and who is of it.
UNITS = {"Gegana 1": ("near", "31.71", "awak"), "Mobil 2": ("wide", "31", "supir")}
ABROAD = {"bali": "51.71", "jabar": "32.16"}
OPERATORS = ("budi", "sari", "lead", "lain", "pusat")


def covers(area: str, inner: str) -> bool:
    """Whether an area holds another; without a code it is the country."""
    return not area or inner == area or inner.startswith(f"{area}.")


@dataclass
class Crew:
    """A unit as it must be. `placed`: when its phone was where it said; None: nobody knows where it is."""

    name: str
    post: str
    area: str
    member: str
    state: str = "available"
    since: datetime = BEGIN
    heard: datetime | None = None
    placed: datetime | None = None
    ended: bool = False


@dataclass
class Peer:
    """Another instance. `mode`: what it does with what it is told; `said`: when it said last that it is on duty."""

    name: str
    title: str
    post: str
    area: str
    mode: str = "watched"
    said: datetime | None = None
    asked: datetime | None = None


@dataclass
class Town:
    """Posts, turns of duty by person in the order in which they began, units, other instances, and a neighbourhood."""

    clock: Clock
    posts: dict[str, Post] = field(default_factory=dict)
    turns: dict[str, datetime] = field(default_factory=dict)  # when each console was heard last
    asleep: set[str] = field(default_factory=set)  # consoles that do not beat
    units: dict[str, Crew] = field(default_factory=dict)
    peers: dict[str, Peer] = field(default_factory=dict)
    members: list[str] = field(default_factory=list)  # of the neighbourhood
    is_first: bool = False  # whether the neighbourhood hears of an alert before the operators
    heard: dict[str, datetime] = field(default_factory=dict)  # when a member had its page open
    tries: dict[tuple[str, int], int] = field(default_factory=dict)  # of codes: of an account, in ten minutes
    mails: list[str] = field(default_factory=list)
    lives: list[Any] = field(default_factory=list)

    def covering(self, area: str) -> list[Post]:
        """The posts that watch an area, the nearest first; only those of the country where no area is known."""
        found = [one for one in self.posts.values() if (covers(one.area, area) if area else not one.area)]
        return sorted(found, key=lambda one: -len(one.area))

    def home(self) -> list[Post]:
        """Those for what nobody else answers for."""
        return [one for one in self.posts.values() if not one.area] or list(self.posts.values())

    def is_awake(self, name: str) -> bool:
        return name in self.turns and self.clock.at - self.turns[name] <= AWAKE

    def awake(self, posts: Iterable[Post]) -> list[str]:
        """Who is on duty at these posts, the longest first."""
        names = {one.name for one in posts}
        return [one for one in self.turns if STAFF[one][0] in names and self.is_awake(one)]

    def first_awake(self, posts: list[Post]) -> str:
        """The first of them where somebody is on duty, else the first."""
        return next((one.name for one in posts if self.awake([one])), posts[0].name if posts else "")

    def find(self, area: str) -> tuple[Peer, bool] | None:
        """Which other instance says that it watches an area, and whether somebody is on duty there."""
        for one in self.peers.values():
            if one.said and covers(one.area, area) and self.clock.at - one.said < KNOWN:
                return one, self.clock.at - one.said < FRESH
        return None

    def theirs(self, area: str) -> Peer | None:
        """To which other instance an alert goes: where we do not watch as closely."""
        found = self.find(area) if area else None
        return None if found is None or self.is_ours(area, *found) else found[0]

    def is_ours(self, area: str, there: Peer, is_on_duty: bool) -> bool:
        near = self.covering(area)
        post = self.first_awake(near)
        return bool(post) and len(self.posts[post].area) >= len(there.area) and bool(self.awake(near) or not is_on_duty)

    def watched(self, area: str) -> tuple[bool, str]:
        """What everybody may ask: whether a place is watched now, and by which post."""
        found = self.find(area)
        if found and found[1] and not self.is_ours(area, *found):
            return True, f"{found[0].post} ({found[0].title})"
        near = self.covering(area)
        return (True, self.posts[self.first_awake(near)].title) if self.awake(near) else (False, "")

    def goes_on_duty(self, name: str) -> None:
        """What nobody has at a post sounds at once for whoever comes."""
        came = name not in self.turns
        self.turns[name] = self.clock()
        self.asleep.discard(name)
        for life in self.lives if came else ():
            if life.post == STAFF[name][0] and life.step_at is not None and not (life.owner or life.owner_away):
                life.calls.add(name)

    def busy(self, name: str) -> int:
        """How many alerts that have not ended somebody has."""
        return sum(one.owner == name and one.ended is None for one in self.lives)

    def may_try(self, account: str) -> bool:
        """Whether one more code may be tried."""
        window = account, int(self.clock.time()) // 600
        self.tries[window] = self.tries.get(window, 0) + 1
        return self.tries[window] <= 10
