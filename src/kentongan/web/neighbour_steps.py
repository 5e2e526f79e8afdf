"""What a form of a neighbourhood's page does: by its name, who may, and the call of the room."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import QueryDict

from kentongan import community
from kentongan.community.neighbours import Member, Role

Do = Callable[[Member, QueryDict], Any]
ANY = tuple(Role.values)
LEADERS = tuple(map(str, community.LEADERS))
HEAD = (str(Role.HEAD),)


def _number(written: str) -> int:
    return int(written) if written.isdecimal() and len(written) < 12 else 0


def _settle(head: Member, given: QueryDict) -> None:
    community.settle(head, given, {one.code: given.get(f"signal-{one.code}", "") for one in community.SIGNALS})


# None: whoever is in it or asks to be.
STEPS: dict[str, tuple[tuple[str, ...] | None, Do]] = {
    "leave": (None, lambda mine, given: None),
    "answer": (ANY, lambda mine, given: community.answer(
        mine.person, mine.group_id, _number(given.get("call", "")), given.get("what", "")
    )),
    "check": (ANY, lambda mine, given: community.check_in_here(mine.person, mine.group_id, given.dict())),
    "guest": (ANY, lambda mine, given: community.tell_guest(
        mine, given.get("guest", ""), given.get("home", ""), given.get("nights", ""), given.get("from_on", "")
    )),
    "guest_left": (ANY, lambda mine, given: community.guest_left(mine, given.get("key", ""))),
    "notice": (LEADERS, lambda mine, given: community.post(mine, given.get("text", ""))),
    "notice_end": (LEADERS, lambda mine, given: community.take_down(mine, given.get("key", ""))),
    "accept": (HEAD, lambda mine, given: community.decide(mine, _number(given.get("key", "")), True)),
    "decline": (HEAD, lambda mine, given: community.decide(mine, _number(given.get("key", "")), False)),
    "remove": (HEAD, lambda mine, given: community.remove_member(mine, _number(given.get("key", "")))),
    "role": (HEAD, lambda mine, given: community.name_role(mine, _number(given.get("key", "")), given.get("role", ""))),
    "settle": (HEAD, _settle),
    "renew": (HEAD, lambda mine, given: community.renew(mine)),
    "point": (HEAD, lambda mine, given: community.add_point(mine, given.get("name", ""), given.dict())),
    "point_end": (HEAD, lambda mine, given: community.drop(mine, "point", given.get("key", ""))),
    "round": (HEAD, lambda mine, given: community.add_round(
        mine, given.get("name", ""), given.get("starts", ""), given.get("minutes", ""),
        "".join("1" if str(day) in given.getlist("day") else "0" for day in range(7)),
    )),
    "round_end": (HEAD, lambda mine, given: community.drop(mine, "round", given.get("key", ""))),
    "dissolve": (HEAD, lambda mine, given: community.dissolve(mine)),
}  # fmt: skip
