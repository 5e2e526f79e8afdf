"""What a dialect is: how one kind of peer is spoken to. One module or folder each, chosen by name in `dialects`.

A dialect knows the other side's protocol and nothing of our tables: it is given a `Line` to the peer and `Parcel`s to
deliver, and tells what became of each. An `outgoing.CallFailed` that it raises is a passing fault, tried again later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.utils.functional import Promise

from kentongan.network.fetching import fetch_public
from kentongan.reports import State


@dataclass(frozen=True)
class Line:
    """How to reach a peer. `secret` is in plain text and never logged; `options` belong to the dialect."""

    name: str
    endpoint: str
    jurisdiction: str = ""
    secret: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list, compare=False)  # what was odd in their answers, for people to read


@dataclass(frozen=True)
class Picture:
    """A photo to be told: `role` is report, after or contest; `read` gives the JPEG without metadata."""

    id: str
    entry: int  # the number of the entry it came with
    role: str
    url: str  # where it can be fetched in public; empty for restricted reports
    read: Callable[[], bytes]


@dataclass(frozen=True)
class Service:
    """Which service of theirs a report is: their code, their attributes, and the answers that are known for them."""

    code: str
    attributes: tuple[dict[str, Any], ...] = ()
    answers: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Parcel:
    """One thing to tell. `kind` is `request` (the report itself), `update` (an entry of its timeline) or a kind of
    the dialect's own; `entry` holds `id`, `kind`, `text`, `at`, `state`, `actor` and `data` of the entry.

    `report` holds plain facts: code, url, category, category_name, text, lon, lat, address, areas, created_at,
    occurred_at, privacy, answers, asset (layer, id, name; None where it is about none), asset_id, link, state,
    deadline_at. Nothing of the reporter but `pseudonym`.
    """

    key: str
    kind: str
    report: dict[str, Any]
    entry: dict[str, Any] = field(default_factory=dict)
    remote_id: str = ""
    token: str = ""
    service: Service | None = None
    pictures: tuple[Picture, ...] = ()
    payload: dict[str, Any] = field(default_factory=dict)
    again: bool = False  # it may have arrived before: a call was begun whose end nobody saw


@dataclass(frozen=True)
class Done:
    """It is there. `remote_id` or `token` is their name for the report; `accepted`: they have taken it on.

    `deadline_at` (aware) is when their answer is due, where they work by another clock than ours.
    """

    remote_id: str = ""
    remote_url: str = ""
    token: str = ""
    accepted: bool = False
    deadline_at: datetime | None = None
    answer: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Later:
    """It could not be delivered now; try again, not before `after` where they said so."""

    error: str
    after: timedelta | None = None


@dataclass(frozen=True)
class Parked:
    """It will never be taken as it is: a person has to look. `error` in plain words."""

    error: str


@dataclass(frozen=True)
class Declined:
    """They will not have the report. `body` is the one they name instead."""

    reason: str
    code: str = "declined"
    body: str = ""


Outcome = Done | Later | Parked | Declined


@dataclass(frozen=True)
class Update:
    """What a peer says of a report: `id` is theirs, the same for the same news; `remote_id` their name for the report.

    `state` is ours, None where nothing changes; `returned`: they are not responsible, route it again.
    `at` is their time, aware. `media` are addresses of photos or `data:` URIs. `code` is our own code of the report,
    by which it is found where they leave their name for it out.
    """

    id: str
    remote_id: str
    at: datetime
    text: str = ""
    state: State | None = None
    ending: str = ""
    returned: bool = False
    media: tuple[str, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)
    code: str = ""


@dataclass(frozen=True)
class Offered:
    """A service that a peer offers, as discovered. `unread`: its attributes could not be read this time."""

    code: str
    name: str
    description: str = ""
    keywords: tuple[str, ...] = ()
    group: str = ""
    attributes: tuple[dict[str, Any], ...] = ()
    unread: bool = False


@dataclass(frozen=True)
class Discovery:
    """What was found at an address: the `line` to use from now on, the services, and findings in plain words."""

    line: Line
    services: tuple[Offered, ...] = ()
    findings: tuple[str, ...] = ()


class Dialect:
    """The interface. A subclass overrides what its protocol can do."""

    name: ClassVar[str]
    title: ClassVar[str | Promise]  # what an administrator reads
    batch: ClassVar[int] = 1  # how many parcels one call may take
    polls: ClassVar[bool] = False  # whether news is asked for
    asks_by_id: ClassVar[bool] = False  # whether only of reports that lie there: without one nobody is called
    maps_services: ClassVar[bool] = False  # whether categories are mapped to services of theirs
    keeps_secrets: ClassVar[bool] = False  # whether a secret report may go there
    tells: ClassVar[frozenset[str]] = frozenset({"request", "update"})  # the kinds of parcel it can deliver

    def carries(self, kind: str) -> bool:
        """Whether an entry of this kind, delivered, reaches somebody there: what is promised to people hangs on it."""
        return "update" in self.tells

    def discover(self, line: Line) -> Discovery:
        """Looks at the address. Raises Problem in plain words where there is nothing to talk to."""
        return Discovery(line)

    def test(self, line: Line) -> list[str]:
        """Tries the credentials without leaving anything behind; what is wrong, a sentence each."""
        return []

    def sample(self, line: Line, parcel: Parcel) -> list[tuple[str, str]]:
        """What would be sent for a report, to be looked at before the peer is switched on; without secrets."""
        return []

    def send(self, line: Line, parcels: Sequence[Parcel]) -> list[Outcome]:
        """Delivers, at most `batch` at once; one outcome for each parcel, in their order."""
        raise NotImplementedError

    def poll(self, line: Line, since: datetime, until: datetime, open_ids: Sequence[str]) -> Iterator[Update]:
        """News of a window of time, oldest first. `open_ids` are the reports there that have not ended."""
        return iter(())

    def fetch(self, line: Line, address: str) -> bytes:
        """A photo that an update named. Raises Problem where it is too large or the address is none to call."""
        return fetch_public(address)

    def resolve_tokens(self, line: Line, tokens: Sequence[str]) -> dict[str, str]:
        """The ids that were assigned to tokens meanwhile; those without an id yet are left out."""
        return {}
