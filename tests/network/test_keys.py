"""A peer that calls us shows a key: what it may see and change by it, and when it is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from kentongan.foundation.problems import Problem
from kentongan.network import keys
from kentongan.network.models import ApiKey, Peer, PeerState
from tests.network.stays import NOON, known, sent

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_noon(world: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The clock stands at noon; `at_noon(hours=1)` sets it that much later."""

    def later(**time: float) -> None:
        monkeypatch.setattr(timezone, "now", lambda: NOON + timedelta(**time))

    later()
    return later


def refused(written: str) -> tuple[str, int, str]:
    with pytest.raises(Problem) as caught:
        keys.key_holder(written)
    return caught.value.code, caught.value.status, caught.value.field


def test_a_key_is_shown_once_and_kept_as_a_hash() -> None:
    written, row = keys.new_key("app", write=True, areas=["31.71"], categories=["road_damage"], days=30)
    assert written.startswith("ktp_")
    assert (row.hint, row.expires_at) == (written[-4:], NOON + timedelta(days=30))
    assert written not in str(list(ApiKey.objects.values()))
    assert (Peer.objects.get().title, Peer.objects.get().state) == ("app", PeerState.ACTIVE)
    caller = keys.key_holder(written)
    assert (caller.peer.name, caller.key, caller.write) == ("app", row.pk, True)
    assert (caller.areas, caller.categories) == (("31.71",), ("road_damage",))


@pytest.mark.parametrize(
    ("limits", "code"), [({"areas": ["99"]}, "unknown_area"), ({"categories": ["nothing"]}, "unknown_category")]
)
def test_a_limit_that_there_is_not_is_refused_and_no_key_is_made(limits: dict[str, Any], code: str) -> None:
    with pytest.raises(Problem) as caught:
        keys.new_key("app", **limits)
    assert (caught.value.code, caught.value.status) == (code, 422)
    assert not Peer.objects.exists()


def test_a_call_without_a_key_or_with_one_that_is_none_is_refused() -> None:
    assert refused("") == ("missing_key", 403, "api_key")
    assert refused("ktp_tebakan") == refused("\udcff") == ("bad_key", 403, "api_key")


def test_a_key_ends_on_its_day_and_one_without_a_day_never(at_noon: Any) -> None:
    ends, lasts = keys.new_key("app", days=1)[0], keys.new_key("app")[0]
    at_noon(hours=23)
    assert keys.key_holder(ends).write is False
    at_noon(hours=24)
    assert refused(ends)[0] == "bad_key"
    assert keys.key_holder(lasts).peer.name == "app"


@pytest.mark.parametrize(("state", "may"), [("active", True), ("asked", True), ("paused", False), ("gone", False)])
def test_a_peer_that_is_switched_off_cannot_call(state: str, may: bool) -> None:
    written = keys.new_key("app")[0]
    Peer.objects.update(state=state)
    if may:
        assert keys.key_holder(written)
    else:
        assert refused(written)[0] == "bad_key"


def test_when_a_key_was_last_used_is_known_to_five_minutes(at_noon: Any) -> None:
    written = keys.new_key("app")[0]
    for minutes, used in ((0, 0), (5, 0), (5.1, 5.1)):
        at_noon(minutes=minutes)
        keys.key_holder(written)
        assert ApiKey.objects.get().used_at == NOON + timedelta(minutes=used)


def test_all_keys_of_a_peer_end_at_once_but_for_the_one_that_is_kept() -> None:
    old, new, other = keys.new_key("app"), keys.new_key("app"), keys.new_key("lain")
    assert keys.end_keys("app", keep=new[1].pk) == 1
    assert refused(old[0])[0] == "bad_key"
    assert keys.key_holder(new[0]).key == new[1].pk
    assert keys.end_keys("app") == 1
    assert refused(new[0])[0] == "bad_key"
    assert keys.key_holder(other[0]).peer.name == "lain"


@pytest.mark.parametrize(
    ("areas", "categories", "may"),
    [
        ((), (), True),
        (("31.71",), (), True),
        (("32", "31.71.01.1001"), ("waste", "road_damage"), True),
        (("32",), (), False),
        ((), ("waste",), False),
        (("31",), ("waste",), False),
    ],
)
def test_a_key_reaches_as_far_as_its_limits(areas: tuple[str, ...], categories: tuple[str, ...], may: bool) -> None:
    caller = keys.Caller(known(), 1, False, areas, categories)
    report = sent()
    assert caller.may_see(report) is may
    assert caller.may_see(sent(privacy="secret")) is False


def test_a_kind_includes_those_below_it() -> None:
    from kentongan.catalogue.models import Category

    child = Category.objects.exclude(parent=None).first()
    assert child is not None
    caller = keys.Caller(known(), 1, False, (), (str(child.parent_id),))
    assert caller.may_touch([], child.code) is True
