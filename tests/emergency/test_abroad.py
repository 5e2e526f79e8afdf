"""An alert anywhere in the network: given to who watches, mirrored both ways, and safe from whoever means no good."""

from __future__ import annotations

import hashlib
import threading
from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.utils import timezone, translation

from kentongan import emergency, network
from kentongan.emergency import elsewhere, handing, keeping, posts, stays, watching
from kentongan.emergency.abroad import asking, courier, taking, wire
from kentongan.emergency.abroad import opening as opening_again
from kentongan.emergency.fleet import Unit
from kentongan.emergency.models import Alert, Media, Message, Watch
from kentongan.emergency.states import Actor
from kentongan.emergency.stays import Claim, Letter, Line, Stay
from kentongan.foundation import outgoing
from kentongan.foundation.outbox import Event
from kentongan.foundation.problems import Problem
from kentongan.network.models import Peer, PeerState
from kentongan.places import Spot
from tests.emergency.neighbour import Neighbour, example
from tests.emergency.post import first, kept, on_duty, operator, post, press, send, silence
from tests.instances import until
from tests.pictures import picture
from tests.world import BEKASI, DENPASAR, STREET, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
HERE = {"lon": DENPASAR[0], "lat": DENPASAR[1]}
PICTURE = picture(1).read()
ALERT = UUID(example("letters")["alerts"][0]["alert"])


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """A busy machine takes longer for a test than a console may be silent (`silence` is longer still), and longer to
    answer than a call may take."""
    monkeypatch.setattr(watching, "SILENT", timedelta(seconds=110))
    monkeypatch.setattr(asking, "SECONDS", 50.0)
    monkeypatch.setattr(courier, "SECONDS", 50.0)


@pytest.fixture
def made():
    """Makes instances and ends them."""
    there = []

    def make(*given, **how):
        there.append(Neighbour(*given, **how))
        return there[-1]

    yield make
    for one in there:
        one.close()


@pytest.fixture
def bali(made):
    """Another instance that watches Denpasar; somebody is on duty there."""
    there = made()
    go()
    return there


@pytest.fixture
def budi():
    """On duty in Jakarta, here."""
    return on_duty(operator(), post())


def go(rounds: int = 2) -> None:
    """What the lane would do now."""
    Line.objects.update(due_at=None)
    emergency.deliver_all(rounds)


def later(seconds: int) -> None:
    """So many seconds pass for all that is between us and others."""
    past = timedelta(seconds=seconds)
    for one in Stay.objects.all():
        one.since, one.heard_at = one.since - past, one.heard_at - past
        one.failing_since = one.failing_since - past if one.failing_since else None
        one.save()
    for alert in Alert.objects.all():
        alert.step_at = alert.step_at - past if alert.step_at else None
        alert.called_from -= past
        alert.save()


def told(alert: Alert) -> dict:
    with translation.override("en"):
        return emergency.told(kept(alert.pk))


def owned_by(alert: UUID, who) -> str:
    """Whose name somebody reads who wants to take it."""
    with pytest.raises(Problem) as refused:
        emergency.acknowledge(alert, who)
    return refused.value.extra["owner"]


def tell(there: Neighbour, alert: Alert, kind: str = "step", **given) -> dict:
    """A letter of the other instance, with a number that follows the last."""
    stay = Stay.objects.get(alert=alert, peer=there.peer)
    return there.post(alert.pk, {**example(kind), "number": stay.taken + 1, **given})


# --- the phone is ours ---


def test_an_alert_in_bali_is_told_to_bali_and_the_phone_hears_what_is_true(bali, budi):
    watched = Client().get("/api/v1/alerts/watched", {"lon": DENPASAR[0], "lat": DENPASAR[1]}).json()
    assert (watched["watched"], watched["post"]) == (True, "Posko Denpasar (Lapor Bali)")
    who = person("warga@contoh.id", name="Warga")
    done = press(who, **HERE)
    asked = told(done.alert)
    assert (asked["state"], asked["watched"], asked["abroad"]["state"]) == ("received", False, "asking")
    assert emergency.called(budi) == set()
    go()
    now = told(done.alert)
    assert (now["watched"], now["abroad"]["state"], now["abroad"]["instance"]) == (True, "received", "Lapor Bali")
    (opening,) = bali.letters("alert")
    assert (opening["name"], opening["area"], opening["battery"]) == ("Warga", "51.71.01.1001", 80)
    assert [(one["lon"], one["lat"]) for one in opening["spots"]] == [DENPASAR]
    assert set(opening) == set(example("letters")["alerts"][0]["letters"][0])
    later(60)
    assert emergency.call_due() == 0  # Bali calls: nobody here has to
    assert emergency.release_silent() == 0
    assert kept(done.alert.pk).kept_days == 30


def test_all_that_follows_goes_there_in_its_order_each_once_also_after_a_call_that_was_lost(bali):
    done = press(**HERE)
    go()
    alert, claim = done.alert.pk, done.token
    bali.status = 503
    send(f"alerts/{alert}/positions", {"positions": [{**HERE, "accuracy": 5, "age": 1, "n": 7}]}, claim)
    send(f"alerts/{alert}/messages", {"text": "Ada asap", "key": str(uuid4()), "kind": "fire"}, claim)
    media = emergency.add_media(kept(alert), None, PICTURE)
    go()
    lost = bali.letters()[1:]
    bali.status = 200
    emergency.cancel_with(kept(alert), None, "")
    go()
    arrived = bali.letters()[1 + len(lost) :]
    assert [one["type"] for one in arrived] == ["positions", "kind", "message", "media", "cancelled"]
    assert [one["number"] for one in lost] == [one["number"] for one in arrived[: len(lost)]]
    assert [one["number"] for one in arrived] == sorted(one["number"] for one in arrived)
    assert (arrived[0]["spots"][0]["n"], arrived[2]["text"]) == (7, "Ada asap")
    assert arrived[3]["sha256"] == hashlib.sha256(PICTURE).hexdigest()
    assert not Letter.objects.exists()
    answer = bali.send("GET", f"alerts/{alert}/media/{media.pk}")
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, PICTURE, "image/jpeg")


def test_who_has_it_there_the_words_and_the_looks_come_back_and_the_end(bali):
    alert = press(**HERE).alert
    go()
    assert tell(bali, alert)["status"] == "taken"
    now = told(alert)
    assert (now["state"], now["owner"]) == ("acknowledged", "Wayan (Posko Denpasar)")
    words = {"type": "message", "key": str(uuid4()), "text": "Kami datang", "actor": "operator", "by": "Wayan"}
    for _twice in range(2):
        tell(bali, alert, **words)
    tell(bali, alert, "look")
    tell(bali, alert, step="set_out", state="on_the_way", unit="Unit 3", eta_at=timezone.now().isoformat())
    now = told(alert)
    assert [(one["text"], one["mine"]) for one in now["messages"]] == [("Kami datang", False)]
    assert (now["state"], now["unit"], now["log"]) == ("on_the_way", "Unit 3", [])
    tell(bali, alert, step="closed", state="closed", result="helped", owner="")
    now = told(alert)
    assert (now["state"], now["result"]) == ("closed", "helped")
    by = [(one["kind"], one["by"]) for one in now["log"]]
    assert ("acknowledged", "Wayan") in by
    assert ("looked", "Wayan (Posko Denpasar)") in by
    assert Message.objects.count() == 1


def test_what_is_late_or_told_again_changes_nothing(bali):
    alert = press(**HERE).alert
    go()
    numbers = {"state": "there", "step": "arrived", "number": 9}
    assert bali.post(alert.pk, {**example("step"), **numbers})["number"] == 9
    for late in (3, 9):
        assert bali.post(alert.pk, {**example("step"), "number": late})["number"] == 9
    assert (told(alert)["state"], kept(alert.pk).entries.filter(kind="acknowledged").count()) == ("there", 0)
    before = kept(alert.pk).seq
    assert bali.post(alert.pk, {"number": 10, "type": "step", "state": "flying"})["bad"] == [10]
    assert bali.post(alert.pk, {"number": 11, "type": "a_later_version"}, "x", None)["bad"] == [11]
    assert kept(alert.pk).seq == before
    tell(bali, alert, step="closed", state="closed", result="helped")
    assert told(alert)["state"] == "closed"


def test_a_log_that_is_full_takes_nothing_more_but_that_it_is_closed(bali, monkeypatch):
    alert = press(**HERE).alert
    go()
    tell(bali, alert, owner="Wayan")
    full = kept(alert.pk).seq
    monkeypatch.setattr(taking, "MOST_ENTRIES", full)
    assert tell(bali, alert, step="arrived", state="there", owner="Wayan")["bad"]
    assert (told(alert)["state"], kept(alert.pk).seq) == ("acknowledged", full)
    assert "bad" not in tell(bali, alert, owner="")  # or the phone would show for ever that Wayan has it
    assert tell(bali, alert, owner="Made")["bad"]
    assert (told(alert)["state"], told(alert)["owner"]) == ("received", "")
    full = kept(alert.pk).seq
    assert "bad" not in tell(bali, alert, step="closed", state="closed", result="helped")
    assert tell(bali, alert, step="closed", state="closed", result="helped")["bad"]
    assert (told(alert)["state"], kept(alert.pk).seq) == ("closed", full + 1)


def test_where_the_other_instance_does_not_answer_our_own_operators_see_it_and_the_phone_knows(bali, budi):
    bali.status = 500
    Watch.objects.update(abroad_seconds=5)
    posts.changed()
    alert = press(**HERE).alert
    go()
    assert told(alert)["abroad"]["state"] == "asking"
    assert kept(alert.pk).step_at - kept(alert.pk).created_at < timedelta(seconds=6)
    later(6)
    assert emergency.call_due() == 1
    assert emergency.called(budi) == {alert.pk}
    assert [one.alert.pk for one in emergency.board(budi)] == [alert.pk]
    assert told(alert)["watched"] is True  # somebody here is on duty for it now
    bali.status = 200
    go()
    assert emergency.called(budi) == set()
    assert told(alert)["abroad"]["state"] == "received"
    # It had it, and is gone.
    bali.status = 500
    later(20)
    go()
    assert (told(alert)["abroad"]["state"], told(alert)["watched"]) == ("no_answer", False)
    later(6)
    go()
    assert emergency.called(budi) == {alert.pk}
    emergency.acknowledge(alert.pk, budi)
    assert (told(alert)["owner"], told(alert)["watched"]) == ("Budi (Posko Menteng)", True)
    bali.status = 200
    go()
    assert bali.letters("step")[-1]["owner"] == "Budi (Posko Menteng)"
    assert kept(alert.pk).owner == budi  # it answers again, and he has it all the same
    tell(bali, alert, step="taken_over")
    assert (kept(alert.pk).owner, told(alert)["owner"]) == (None, "Wayan (Posko Denpasar)")
    assert owned_by(alert.pk, budi) == "Wayan (Posko Denpasar)"


@pytest.mark.parametrize(
    ("answer", "state"),
    [({"watched": False}, "received"), ({"status": "refused", "problem": "not_watched"}, "refused")],
)
def test_where_nobody_is_on_duty_there_our_own_are_called_at_once(bali, budi, answer, state):
    bali.answer |= answer
    alert = press(**HERE).alert
    go()
    assert emergency.called(budi) == {alert.pk}
    assert (told(alert)["abroad"]["state"], told(alert)["abroad"]["watched"]) == (state, False)


def test_a_peer_that_is_switched_off_or_deleted_leaves_no_alert_with_nobody(bali, budi):
    alerts = [press(**HERE, address=f"10.0.0.{n}").alert for n in range(2)]
    go()
    network.peers.switch(bali.peer, PeerState.PAUSED)
    emergency.deliver_all(1)
    assert emergency.called(budi) == {one.pk for one in alerts}
    Peer.objects.filter(pk="bali").delete()
    emergency.acknowledge(alerts[0].pk, budi)
    emergency.arrive(alerts[0].pk, budi)
    assert told(alerts[0])["owner"] == "Budi (Posko Menteng)"


def test_duress_is_told_to_those_who_watch_and_rings_nobody_here(bali, budi):
    who = person("warga@contoh.id", name="Warga")
    emergency.choose(who, "1234", "9999")
    done = press(who, **HERE)
    go()
    emergency.cancel_with(done.alert, who, "9999")
    go()
    (letter,) = bali.letters("cancelled")
    assert letter["duress"] is True
    assert (told(done.alert)["state"], told(done.alert)["abroad"]) == ("cancelled", None)
    assert emergency.called(budi) == set()
    tell(bali, done.alert, state="cancelled")
    assert (told(done.alert)["state"], told(done.alert)["owner"]) == ("cancelled", "")


def test_a_phone_that_travels_is_handed_on_and_whoever_had_it_keeps_it_until_the_next_has_it(bali, budi):
    done = press(lon=STREET[0], lat=STREET[1])
    alert, claim = done.alert, done.token
    emergency.acknowledge(alert.pk, budi)
    send(f"alerts/{alert.pk}/positions", {**HERE, "accuracy": 9000, "age": 0}, claim)
    assert not kept(alert.pk).shared  # too rough to mean anything
    send(f"alerts/{alert.pk}/positions", {**HERE, "accuracy": 9, "age": 0}, claim)
    go()
    assert len(bali.letters("alert")) == 1
    assert (told(alert)["owner"], told(alert)["abroad"]["state"]) == ("Budi (Posko Menteng)", "received")
    tell(bali, alert)
    assert (told(alert)["owner"], kept(alert.pk).owner) == ("Wayan (Posko Denpasar)", None)
    # And back: Wayan has it until somebody here has it.
    back = {"lon": STREET[0], "lat": STREET[1], "accuracy": 9, "age": 0}
    send(f"alerts/{alert.pk}/positions", back, claim)
    assert told(alert)["abroad"] is not None  # not twice in a minute
    later(61)
    send(f"alerts/{alert.pk}/positions", back, claim)
    assert (told(alert)["owner"], told(alert)["abroad"], told(alert)["state"]) == (
        "Wayan (Posko Denpasar)", None, "received",
    )  # fmt: skip
    assert emergency.called(budi) == {alert.pk}
    go()
    assert not bali.letters("withdrawn")
    emergency.acknowledge(alert.pk, budi)
    go(3)
    assert [one["to"] for one in bali.letters("withdrawn")] == [""]
    assert told(alert)["owner"] == "Budi (Posko Menteng)"
    assert tell(bali, alert, state="closed", result="helped")["bad"]  # it is theirs no longer
    assert told(alert)["state"] == "acknowledged"
    later(61)
    send(f"alerts/{alert.pk}/positions", {**HERE, "accuracy": 9, "age": 0}, claim)
    go()
    assert len(bali.letters("alert")) == 2
    assert (kept(alert.pk).owner, told(alert)["abroad"]["state"]) == (budi, "received")


def test_both_ends_keep_it_alike_and_nothing_private_waits_unsealed(bali):
    bali.answer |= {"kept_days": 7}
    done = press(**HERE)
    go()
    send(f"alerts/{done.alert.pk}/messages", {"text": "Nomor saya 0812"}, done.token)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM emergency_letter")
        assert "0812" not in str(cursor.fetchall())
    tell(bali, done.alert, step="closed", state="closed", result="helped")
    Alert.objects.update(ended_at=timezone.now() - timedelta(days=8))
    assert keeping.sweep_alerts() >= 1
    assert list(Letter.objects.values_list("kind", flat=True)) == ["forget"]
    go()
    assert bali.letters()[-1]["type"] == "forget"
    assert (Letter.objects.count(), kept(done.alert.pk).owner_away, Message.objects.count()) == (0, "", 0)


# --- who is entitled ---


@pytest.mark.parametrize(
    ("said", "entitled"),
    [
        ({"area": "51.71", "on_duty": True}, True), ({"area": "51.71.01", "on_duty": True}, True),
        ({"area": "51.71.01.1001", "on_duty": False}, True),
        ({"area": "51", "on_duty": True}, False), ({"area": "31.71", "on_duty": True}, False),
        ({"area": "", "on_duty": True}, False), ({"area": "51.7", "on_duty": True}, False),
        ({"area": "51.71%", "on_duty": True}, False), ({"area": ["51.71"]}, False), ("51.71", False), (None, False),
    ],
)  # fmt: skip
def test_an_instance_is_believed_only_where_a_government_works_behind_it(made, said, entitled):
    there = made()
    there.watches = {"watches": [said]}
    go()
    assert Claim.objects.exists() == entitled
    assert (elsewhere.find("51.71.01.1001") is not None) == entitled


def test_what_is_no_answer_about_watching_is_nothing_to_believe_and_ends(made):
    there = made()
    for odd in ([], {"watches": "51.71"}, {"watches": {}}, 7):
        there.watches = odd
        Line.objects.update(asked_at=None)
        go()
        assert not Claim.objects.exists()
    assert Line.objects.get().failures > 0
    assert courier.due() == []  # it rests
    there.watches = example("watches")
    Line.objects.update(asked_at=None)
    go()
    assert Claim.objects.exists()
    # A process that began while the area was not claimed has a younger copy than the one that asks.
    number = elsewhere.claimed.revision()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM emergency_claim")
    Line.objects.update(asked_at=None)
    go()
    assert elsewhere.claimed.revision() == number + 1
    Claim.objects.update(at=timezone.now() - timedelta(seconds=60))
    assert watching.watched_at(*DENPASAR) == (False, "")  # nobody says so any more
    network.peers.switch(there.peer, PeerState.GONE)
    assert elsewhere.find("51.71.01.1001") is None


def test_the_smaller_area_with_somebody_on_duty_is_asked_and_our_own_before_all(bali, made):
    province = made("lain", ("51",))
    province.watches = {"watches": [{"area": "51", "post": "Provinsi", "on_duty": True}]}
    go()
    assert elsewhere.find("51.71.01.1001").title == "Lapor Bali"
    bali.watches["watches"][0]["on_duty"] = False
    Line.objects.update(asked_at=None)
    go()
    assert elsewhere.find("51.71.01.1001").title == "Lapor Lain"
    wayan = operator("wayan@contoh.id", "Wayan", "51.71")
    where = post("51.71", "51.71", "Posko di sini")
    assert press(**HERE).alert.away == "Lapor Lain"  # nobody is on duty here
    on_duty(wayan, where)
    assert press(**HERE, address="10.0.0.2").alert.away == ""
    assert watching.watched_at(*DENPASAR) == (True, "Posko di sini")


# --- the place is ours ---


def opening(**given) -> list[dict]:
    """The letters of the page, with a place in Jakarta."""
    letters = example("letters")["alerts"][0]["letters"]
    spots = [{**letters[0]["spots"][0], "lon": STREET[0], "lat": STREET[1]}]
    return [{**letters[0], "spots": spots, "area": "31.71.01.1001", **given}, *letters[1:]]


def test_an_alert_from_bali_in_jakarta_is_one_of_ours_in_all_but_its_phone(bali, budi):
    result = bali.post(ALERT, *opening())
    assert result == {
        "alert": str(ALERT), "status": "taken", "number": 1795701607000, "watched": True, "post": "Posko Menteng",
        "kept_days": 30,
    }  # fmt: skip
    assert bali.post(ALERT, *opening()) == result
    alert = kept(ALERT)
    assert (alert.kind, alert.entries.count(), alert.positions.count()) == ("fire", 3, 2)
    assert emergency.called(budi) == {ALERT}
    page = Client(headers={"Accept-Language": "en"})
    page.force_login(budi)
    shown = page.get(f"/console/alerts/{ALERT}").text
    assert "Warga" in shown
    assert "Lapor Bali" in shown
    assert "Ada asap" in shown
    emergency.acknowledge(ALERT, budi)
    emergency.say(kept(ALERT), emergency.Who(Actor.OPERATOR, budi), uuid4(), "Kami datang")
    emergency.set_out(ALERT, budi, "Unit 3", 4)
    emergency.note(ALERT, budi, "Rahasia dalam")
    emergency.close(ALERT, budi, "helped", "Rahasia lagi")
    go()
    sent = bali.letters()
    assert [one["type"] for one in sent] == ["look", "step", "message", "step", "step"]
    assert [one.get("state") for one in sent if one["type"] == "step"] == ["acknowledged", "on_the_way", "closed"]
    assert (sent[1]["owner"], sent[2]["by"], sent[3]["unit"]) == ("Budi (Posko Menteng)", "Budi", "Unit 3")
    assert set(sent[1]) == set(example("step"))
    assert set(sent[0]) == set(example("look"))
    assert "Rahasia" not in str(bali.calls)
    alert.refresh_from_db()
    assert "Warga" not in alert.caller
    assert all(one.sealed and "asap" not in one.sealed for one in Message.objects.all())


def test_pictures_are_fetched_and_only_those_that_were_told_of(bali, budi):
    names = [uuid4() for _each in range(3)]
    bali.media = {str(names[0]): PICTURE, str(names[1]): b"something else"}
    right = [hashlib.sha256(said).hexdigest() for said in (PICTURE, b"another", b"a third, which is gone there")]
    media = {"type": "media", "content_type": "image/jpeg", "at": timezone.now().isoformat()}
    letters = [
        {**media, "id": str(one), "sha256": right[n], "number": 1795701608000 + n} for n, one in enumerate(names)
    ]
    bali.post(ALERT, *opening(), letters[0])
    assert emergency.board(budi)
    page = Client()
    page.force_login(budi)
    assert page.get(f"/console/alerts/{ALERT}").status_code == 200  # before it was fetched
    go()
    assert emergency.media_content(kept(ALERT), names[0]) == (PICTURE, "image/jpeg")
    for wrong in letters[1:]:
        assert "bad" not in bali.post(ALERT, wrong)
    assert Media.objects.filter(missing=True).count() == 2
    go()
    assert list(Media.objects.values_list("pk", flat=True)) == [names[0]]


def test_cancelled_under_duress_there_goes_on_here_and_a_free_cancel_ends_it(bali, budi):
    bali.post(ALERT, *opening())
    bali.post(ALERT, {"number": 1795701608000, "type": "cancelled", "duress": True, "code": True})
    assert [one.alert.pk for one in emergency.board(budi)] == [ALERT]
    other = uuid4()
    bali.post(other, *opening(), {"number": 1795701608000, "type": "cancelled"})
    assert kept(other).state == "cancelled"
    assert [one.alert.pk for one in emergency.board(budi)] == [ALERT]


def test_an_operator_there_may_have_it_until_one_here_has_and_when_they_fall_silent_we_are_called(bali, budi):
    bali.post(ALERT, *opening())
    theirs = {**example("step"), "number": 1795701608000, "owner": "Made (Posko Bali)"}
    bali.post(ALERT, theirs)
    assert emergency.owner_name(kept(ALERT)) == "Made (Posko Bali)"
    assert (emergency.called(budi), emergency.release_silent(), emergency.call_due()) == (set(), 0, 0)
    assert owned_by(ALERT, budi) == "Made (Posko Bali)"
    later(121)
    go()
    assert emergency.called(budi) == {ALERT}
    emergency.acknowledge(ALERT, budi)
    bali.post(ALERT, {**theirs, "number": 1795701609000})  # at the same moment: ours holds, and they are told
    assert emergency.owner_name(kept(ALERT)) == "Budi (Posko Menteng)"
    go()
    assert bali.letters("step")[-1]["owner"] == "Budi (Posko Menteng)"


def test_one_that_is_withdrawn_ends_here_and_comes_back_as_new(bali, budi):
    bali.post(ALERT, *opening())
    bali.post(ALERT, {**example("withdrawn"), "number": 1795701608000})
    assert (kept(ALERT).state, kept(ALERT).result) == ("closed", "handed_on")
    assert bali.post(ALERT, {"number": 1795701609000, "type": "kind", "kind": "flood"})["bad"] == [1795701609000]
    assert bali.post(ALERT, *opening(number=1795701610000)[:1])["status"] == "taken"
    assert (kept(ALERT).state, emergency.called(budi)) == ("received", {ALERT})
    bali.post(ALERT, {"number": 1795701611000, "type": "nameless"})
    assert kept(ALERT).caller == ""
    emergency.acknowledge(ALERT, budi)
    emergency.close(ALERT, budi, "no_danger")
    bali.post(ALERT, {"number": 1795701612000, "type": "forget"})
    assert kept(ALERT).forgotten_at is not None


def test_a_flood_from_one_instance_hides_nobody_elses_alert(bali, budi, monkeypatch):
    from kentongan.emergency.abroad import opening as taking_in

    monkeypatch.setattr(taking_in, "MANY", 3)
    monkeypatch.setattr(taking_in, "MOST", 5)
    flood = [bali.post(uuid4(), *opening(sender=f"{n:032x}")[:1]) for n in range(6)]
    assert [one["status"] for one in flood] == ["taken"] * 5 + ["later"]
    true = press().alert
    order = [one.alert.pk for one in emergency.board(budi)]
    assert order.index(true.pk) == 3  # behind those that came before, in front of what is marked


def hostile(bali, other, done) -> dict:
    """What somebody tries, and what becomes of it."""
    alert, step, new = done.alert.pk, {**example("step"), "number": 5}, uuid4()
    first_one = opening()[0]
    in_bekasi = [{**first_one["spots"][0], "lon": BEKASI[0], "lat": BEKASI[1]}]
    words = {"type": "message", "key": str(uuid4()), "text": "x", "actor": "caller", "at": step["at"], "number": 7}
    return {
        "opens where nobody here watches": (bali.post(new, {**first_one, "spots": [], "area": "32.16"}), "refused"),
        "says it is Jakarta, the place is Bekasi": (bali.post(new, {**first_one, "spots": in_bekasi}), "refused"),
        "opens without a place": (bali.post(new, {**first_one, "spots": [], "area": ""}), "refused"),
        "opens an alert of ours as its own": (other.post(alert, first_one), "refused"),
        "a step on an alert that is nobody's": (bali.post(new, step), "refused"),
        "a third instance takes a step on an alert that lies with Bali": (other.post(alert, step), "refused"),
        "who watches opens it again": (bali.post(alert, {**first_one, "number": 4}), [4]),
        "who watches cancels for its person": (bali.post(alert, {"number": 6, "type": "cancelled"}), [6]),
        "who watches speaks for its person": (bali.post(alert, words), [7]),
        "who watches says where the phone is": (
            bali.post(alert, {"number": 8, "type": "positions", "spots": first_one["spots"]}), [8],
        ),
        "who watches withdraws it": (bali.post(alert, {**example("withdrawn"), "number": 9}), [9]),
        "who watches has it forgotten": (bali.post(alert, {"number": 10, "type": "forget"}), [10]),
        "numbers that end all counting": (bali.post(alert, {**step, "number": 2**53 + 1}), None),
        "a number that would silence all that come after it": (bali.post(alert, {**step, "number": 2**53 - 1}), None),
        "a letter that is a number": (bali.post(alert, 7), None),
        "NUL in a name": (bali.post(alert, {**step, "number": 11, "owner": "a\x00b"}), [11]),
    }  # fmt: skip


def test_a_hostile_or_confused_instance_opens_ends_reads_and_changes_nothing_that_is_not_its_own(bali, made, budi):
    other = made("jahat", ("32.16",))
    done = press(**HERE)
    media = emergency.add_media(done.alert, None, PICTURE)
    go()
    before = (Alert.objects.count(), kept(done.alert.pk).seq)
    for what, (result, expected) in hostile(bali, other, done).items():
        if expected == "refused":
            assert result["status"] == "refused", what
        else:
            assert (result["status"], result.get("bad")) == ("taken", expected), what
    assert (Alert.objects.count(), kept(done.alert.pk).seq) == before
    assert Message.objects.count() == 0
    path = f"alerts/{done.alert.pk}/media/{media.pk}"
    assert bali.send("GET", path).status_code == 200
    assert other.send("GET", path).status_code == 404
    Stay.objects.update(state=stays.StayState.OVER)
    assert bali.send("GET", path).status_code == 404
    assert bali.post(done.alert.pk, {**example("step"), "number": 50})["bad"] == [50]


def test_who_is_not_confirmed_or_signs_wrongly_is_not_heard(bali, budi):
    said = {"alerts": [{"alert": str(ALERT), "letters": opening()}]}
    changed = b'{"alerts": []}'
    assert bali.send("POST", "alerts", said, change=changed).status_code == 401
    assert bali.send("POST", "alerts", said, keyid="bali.example#9").status_code in {401, 503}
    assert Client().post("/network/v1/alerts", said, content_type="application/json").status_code == 401
    assert Client().get("/network/v1/alerts/watches").status_code == 401
    for state, status in ((PeerState.ASKED, 403), (PeerState.GONE, 403), (PeerState.PAUSED, 503)):
        Peer.objects.update(state=state)
        assert bali.send("POST", "alerts", said).status_code == status
        assert bali.send("GET", "alerts/watches").status_code == status
    Peer.objects.update(state=PeerState.ACTIVE)
    for odd in ({}, {"alerts": "x"}, {"alerts": [{"alert": "x", "letters": []}]}, {"alerts": [7]}, []):
        assert bali.send("POST", "alerts", odd).status_code == 422
    many = {"alerts": [{"alert": str(ALERT), "letters": [1] * 401}]}
    assert bali.send("POST", "alerts", many).status_code == 422
    assert not Alert.objects.exists()
    Watch.objects.create(body_id="31", title="Negara", area_code="")
    assert [one["area"] for one in bali.send("GET", "alerts/watches").json()["watches"]] == ["31"]


def test_a_person_whose_account_is_deleted_is_nameless_at_the_other_end(bali):
    who = person("warga@contoh.id", name="Warga")
    press(who, **HERE)
    go()
    who.delete()
    go()
    assert bali.letters()[-1]["type"] == "nameless"


def test_a_letter_that_was_kept_by_a_restored_backup_is_not_taken_for_a_repeat(bali):
    alert = press(**HERE).alert
    go()
    Stay.objects.update(sent=3)  # as it was an hour ago
    send(f"alerts/{alert.pk}/positions", {**HERE, "age": 0}, first()["alert_id"])
    emergency.add_positions(kept(alert.pk), {**HERE, "age": 0})
    go()
    numbers = [one["number"] for one in bali.letters()]
    assert numbers == sorted(set(numbers))


def test_an_alert_waits_behind_no_report(bali):
    Event.objects.bulk_create([Event(topic="report.entry", payload={"n": n}) for n in range(20_000)], batch_size=2_000)
    press(**HERE)
    emergency.deliver_all(1)
    assert len(bali.letters("alert")) == 1
    assert Event.objects.count() == 20_000


def test_letters_that_are_too_many_for_one_call_go_in_several(bali, monkeypatch):
    alerts = [press(**HERE, address=f"10.0.0.{n}").alert.pk for n in range(3)]
    monkeypatch.setattr(courier, "HEAVIEST", 700)
    for _each in range(4):
        go()
    calls = [one for path, said in bali.calls if said for one in said["alerts"] if one["letters"]]
    assert {one["alert"] for one in calls} == {str(one) for one in alerts}
    assert {len(one["letters"]) for one in calls} == {1}
    assert not Letter.objects.exists()


@pytest.mark.parametrize(("status", "calls"), [("taken", 2), ("later", 1)])
def test_more_letters_than_one_call_takes_follow_at_once_unless_it_is_not_the_time(bali, monkeypatch, status, calls):
    alert = press(**HERE).alert
    go()
    for kind in ("fire", "flood", "crime", "medical"):
        emergency.describe(kept(alert.pk), None, kind)
    monkeypatch.setattr(wire, "MOST_LETTERS", 3)
    bali.calls.clear()
    bali.answer |= {"status": status}
    Line.objects.update(due_at=None, leased_until=timezone.now() + timedelta(seconds=30))
    assert (courier.turn(bali.peer), bali.calls) == (0, [])  # another worker is at it
    Line.objects.update(leased_until=None)
    emergency.deliver_all(1)
    told_of = [one["kind"] for one in bali.letters("kind")]
    assert told_of == ["fire", "flood", "crime", "medical"][: 4 if calls == 2 else 3]
    assert sum(path.endswith("/alerts") for path, _said in bali.calls) == calls
    assert Letter.objects.exists() == (status == "later")


def test_an_answer_that_names_no_alert_takes_no_letter(bali):
    done = press(**HERE)
    bali.answer = {"status": 7}
    go()
    assert Letter.objects.filter(kind="alert").count() == 1
    bali.answer = example("answer")["alerts"][0]
    go()
    assert not Letter.objects.exists()
    assert told(done.alert)["abroad"]["state"] == "received"


def test_a_wrong_code_is_told_to_whoever_watches_there(bali):
    done = press(warga(), **HERE)
    with pytest.raises(Problem) as refused:
        emergency.cancel_with(done.alert, done.alert.person, "0000")
    assert refused.value.code == "wrong_code"
    go()
    assert [one["type"] for one in bali.letters()] == ["alert", "wrong_code"]


def test_a_place_that_is_known_late_asks_whoever_watches_there(bali, budi):
    done = press(lon=None, lat=None)
    assert emergency.called(budi) == {done.alert.pk}  # no place: whoever there is
    emergency.add_positions(done.alert, {**HERE, "accuracy": 5, "age": 0})
    go()
    (opened,) = bali.letters("alert")
    assert (opened["area"], told(done.alert)["abroad"]["state"]) == ("51.71.01.1001", "received")
    assert emergency.called(budi) == set()


def test_a_phone_that_travels_to_bali_takes_its_pictures_along(bali, budi):
    alert = press().alert
    media = emergency.add_media(kept(alert.pk), None, PICTURE)
    emergency.add_positions(kept(alert.pk), {**HERE, "accuracy": 5, "age": 0})
    go()
    assert [one["id"] for one in bali.letters("media")] == [str(media.pk)]
    assert bali.letters("alert")[0]["area"] == "51.71.01.1001"


def test_who_is_refused_there_and_has_an_owner_here_keeps_them(bali, budi):
    bali.status = 500
    alert = press(**HERE).alert
    go()
    later(11)
    go()
    emergency.acknowledge(alert.pk, budi)
    bali.status, bali.answer = 200, {**bali.answer, "status": "refused", "problem": "not_watched"}
    go()
    assert (kept(alert.pk).owner, told(alert)["state"]) == (budi, "acknowledged")
    assert kept(alert.pk).entries.filter(kind="refused").count() == 1
    assert emergency.called(budi) == set()


def test_whose_phone_is_anothers_stays_where_that_one_says_and_nobody_takes_it_over_from_there(bali, budi):
    bali.post(ALERT, *opening())
    handing.follow(kept(ALERT), Spot(*DENPASAR, accuracy=5))
    assert (kept(ALERT).area_code, kept(ALERT).away) == ("31.71.01.1001", "")
    mine = press(**HERE).alert
    go()
    tell(bali, mine)
    post("51.71", "31", "Posko Bali di Jakarta")
    with pytest.raises(Problem) as refused:
        emergency.take_over(mine.pk, budi, "Lebih dekat")
    assert (refused.value.code, refused.value.extra["owner"]) == ("owned", "Wayan (Posko Denpasar)")


def test_a_step_of_an_instance_that_has_it_no_more_moves_nothing(bali, made):
    jawa = made("jawa", areas=())
    alert = press(**HERE).alert
    go()
    Stay.objects.update(state=stays.StayState.LEAVING)
    tell(bali, alert)
    assert (kept(alert.pk).state, kept(alert.pk).owner_away) == ("received", "")
    assert Stay.objects.get().owner == "Wayan (Posko Denpasar)"  # who may still be at work there
    Stay.objects.update(state=stays.StayState.HELD)
    other = Stay.objects.create(
        alert=alert, peer=jawa.peer, title="Jawa", side=stays.Side.OUT, state=stays.StayState.HELD
    )
    tell(bali, alert, step="closed", state="closed", result="helped", owner="")
    other.refresh_from_db()
    assert (kept(alert.pk).state, other.state) == ("closed", "over")
    assert list(other.letters.values_list("kind", flat=True)) == ["withdrawn"]


def test_a_step_there_opens_nothing_that_its_person_cancelled_and_looks_have_an_end(bali, budi, monkeypatch):
    bali.post(ALERT, *opening())
    freely = {"type": "cancelled", "number": Stay.objects.get().taken + 1, "duress": False, "code": False}
    assert "bad" not in bali.post(ALERT, freely)
    tell(bali, kept(ALERT), step="acknowledged", state="acknowledged")
    assert (kept(ALERT).state, kept(ALERT).owner_away) == ("cancelled", "")
    mine = press(**HERE).alert
    go()
    monkeypatch.setattr(taking, "MOST_LOOKS", 0)
    assert tell(bali, mine, "look")["bad"]
    assert not mine.looks.exists()


# --- kept, and left to nobody: the worst that can happen ---


def warga():
    """Somebody with both codes."""
    who = person("warga@contoh.id", name="Warga")
    emergency.choose(who, "1234", "9999")
    return who


def test_who_had_it_there_and_is_heard_no_more_leaves_it_to_ours_who_can_take_it(bali, budi):
    alerts = [press(**HERE, address=f"10.0.0.{n}").alert for n in range(2)]
    go()
    for one in alerts:
        tell(bali, one)
    bali.status = 500
    later(20)
    go()
    later(11)
    go()
    assert emergency.called(budi) == {one.pk for one in alerts}
    assert all(one.is_waiting for one in emergency.board(budi))
    assert (told(alerts[0])["state"], told(alerts[0])["owner"]) == ("received", "")
    emergency.acknowledge(alerts[0].pk, budi)
    bali.status = 200
    go()
    assert bali.letters("step")[-1]["owner"] in {"", "Budi (Posko Menteng)"}
    tell(bali, alerts[1])  # it answers how it stands there: theirs holds
    assert (told(alerts[1])["owner"], emergency.called(budi)) == ("Wayan (Posko Denpasar)", set())
    Peer.objects.filter(pk="bali").delete()
    emergency.deliver_all(1)
    assert emergency.called(budi) == {alerts[1].pk}
    emergency.acknowledge(alerts[1].pk, budi)


def test_what_nobody_there_takes_is_ours_whatever_they_say_of_who_is_on_duty(bali, budi):
    alert, forced = press(**HERE).alert, press(warga(), **HERE).alert
    go()
    emergency.cancel_with(forced, forced.person, "9999")
    go()
    assert emergency.called(budi) == set()
    later(200)
    go(3)
    assert emergency.called(budi) == {alert.pk, forced.pk}
    assert told(forced)["state"] == "cancelled"


def test_duress_while_the_other_instance_does_not_answer_calls_ours(bali, budi):
    bali.status = 500
    done = press(warga(), **HERE)
    emergency.cancel_with(done.alert, done.alert.person, "9999")
    go()
    later(11)
    emergency.call_due()
    assert emergency.called(budi) == {done.alert.pk}
    emergency.acknowledge(done.alert.pk, budi)


def test_what_is_released_there_where_nobody_is_on_duty_any_more_is_ours_again(bali, budi):
    bali.answer |= {"watched": False}
    alert = press(**HERE).alert
    go()
    tell(bali, alert)
    assert emergency.called(budi) == set()
    tell(bali, alert, step="released", state="acknowledged", owner="")  # a confused one: taken, by nobody
    go()
    emergency.release_silent()
    assert emergency.called(budi) == {alert.pk}
    emergency.acknowledge(alert.pk, budi)
    # A drill of three days there is not unanswered here.
    tell(bali, alert)
    later(4 * 86_400)
    Alert.objects.update(created_at=timezone.now() - timedelta(days=4))
    assert emergency.sweep_alerts() == 0
    assert kept(alert.pk).state == "acknowledged"


def test_letters_that_cross_the_end_open_nothing_with_nobody_and_reveal_no_duress(bali, budi):
    bali.answer |= {"watched": False}
    closed, free, forced = (press(one, **HERE).alert for one in (None, person("bebas@contoh.id"), warga()))
    go()
    emergency.acknowledge(closed.pk, budi)
    emergency.close(closed.pk, budi, "no_danger")
    emergency.cancel_with(free, free.person, "")
    emergency.cancel_with(forced, forced.person, "9999")
    for state in ("received", "on_the_way", "there"):
        tell(bali, closed, state=state, owner="")
        tell(bali, free, state=state)
    tell(bali, forced, step="doubted", eta_at="2199-01-01T00:00:00Z")
    assert (kept(closed.pk).state, kept(free.pk).state, kept(forced.pk).state) == ("closed", "cancelled", "cancelled")
    assert kept(forced.pk).eta_at is None
    assert told(forced)["state"] == "cancelled"
    emergency.choose(forced.person, "1234", "9999")  # as one whose alert has ended may
    assert [one.alert.pk for one in emergency.board(budi)] == [forced.pk]
    tell(bali, free, step="doubted")
    assert kept(free.pk).state == "acknowledged"


def test_a_place_that_no_post_of_ours_covers_and_a_post_that_is_closed_leave_none_to_nobody(made, budi, monkeypatch):
    far = press(lon=BEKASI[0], lat=BEKASI[1]).alert
    assert (emergency.called(budi), told(far)["watched"]) == ({far.pk}, False)
    emergency.acknowledge(far.pk, budi)
    near = press().alert
    other = post("51.71", "51.71", "Posko Denpasar")
    wayan = on_duty(operator("wayan@contoh.id", "Wayan", "51.71"), other)
    Watch.objects.exclude(pk=other.pk).delete()
    emergency.release_silent()
    later(61)
    emergency.call_due()
    assert emergency.called(wayan) == {far.pk, near.pk}
    emergency.acknowledge(near.pk, wayan)
    # Whatever breaks while it is given to another instance.
    made()
    go()
    other.delete()
    sari = on_duty(operator("sari@contoh.id", "Sari"), post())
    monkeypatch.setattr(handing, "_opening", lambda alert: {"odd": 1 / 0})
    lost = press(**HERE).alert
    assert lost.pk in emergency.called(sari)
    assert not Stay.objects.exists()


def test_who_was_called_before_keeps_it_until_somebody_is_on_duty_where_it_came_back(bali, budi):
    done = press(**HERE)
    go()
    silence(budi)
    later(61)
    back = {"lon": STREET[0], "lat": STREET[1], "accuracy": 9, "age": 0}
    send(f"alerts/{done.alert.pk}/positions", back, done.token)
    go(3)
    assert not bali.letters("withdrawn")
    emergency.begin_duty(budi, Watch.objects.get().pk)
    go(3)
    assert bali.letters("withdrawn")


def test_what_is_asked_again_and_cannot_be_taken_is_refused_and_what_comes_again_is_forgotten_in_time(bali, budi):
    bali.post(ALERT, *opening())
    own = {**example("step"), "number": 1795701608000, "state": "cancelled"}
    bali.post(ALERT, own)
    bali.post(ALERT, {**own, "number": 1795701609000, "owner": ""})  # let go under duress there
    assert emergency.called(budi) == {ALERT}
    bali.post(ALERT, {**example("withdrawn"), "number": 1795701610000})
    keeping.forget(kept(ALERT))
    assert bali.post(ALERT, *opening(number=1795701611000)[:1])["status"] == "taken"
    assert (kept(ALERT).forgotten_at, emergency.called(budi)) == (None, {ALERT})
    at = example("step")["at"]
    html = {"type": "media", "id": str(uuid4()), "content_type": "text/html\r\nx: y", "sha256": "0" * 64, "at": at}
    words = {"type": "message", "key": str(uuid4()), "text": "x", "actor": "caller", "at": "2199-01-01T00:00:00Z"}
    more = ({"type": "nameless"}, {"type": "kind", "kind": "flood"}, html, words, {"type": "cancelled", "duress": True})
    numbered = [{**one, "number": 1795701612000 + n} for n, one in enumerate((*more, {"type": "forget"}))]
    assert bali.post(ALERT, *numbered)["bad"] == [1795701612002]
    assert (kept(ALERT).caller, kept(ALERT).kind, kept(ALERT).forgotten_at) == ("", "flood", None)
    assert Message.objects.latest("at").at <= timezone.now()
    bali.post(ALERT, *[{"type": "wrong_code", "number": 1795701620000 + n} for n in range(60)])
    assert kept(ALERT).entries.filter(kind="wrong_code").count() == 50
    bali.post(ALERT, {**example("withdrawn"), "number": 1795701700000})
    Watch.objects.update(area_code="33")
    posts.changed()
    assert bali.post(ALERT, *opening(number=1795701710000)[:1])["status"] == "refused"
    # A post of the whole country that is awake stands in for the nearer one, and is no reason to refuse.
    Watch.objects.update(area_code="")
    posts.changed()
    post()
    assert bali.post(uuid4(), opening()[0])["watched"] is True


def test_what_fails_beside_the_letters_fails_no_letter_and_what_is_put_off_waits(bali, budi, monkeypatch):
    monkeypatch.setattr(courier, "_resting", {})
    alert = press(**HERE).alert
    bali.post(ALERT, *opening())
    go()
    bali.watches = 7
    Line.objects.update(asked_at=None)
    monkeypatch.setattr(courier, "_fetch", _broken)
    go()
    assert set(Stay.objects.values_list("failing_since", flat=True)) == {None}
    now = timezone.now()
    Line.objects.update(leased_until=now + timedelta(days=1), due_at=now + timedelta(days=1))  # the clock was put back
    emergency.describe(kept(alert.pk), None, "fire")
    emergency.deliver_all(1)
    assert bali.letters("kind")
    bali.answer |= {"status": "later", "problem": "busy"}
    emergency.describe(kept(alert.pk), None, "flood")
    later_one = press(**HERE, address="10.0.0.9").alert
    emergency.deliver_all(1)
    assert Line.objects.get().due_at is not None  # not again and again
    Stay.objects.filter(alert=later_one).update(failing_since=None)
    (first_one, *_more) = courier._waiting(bali.peer)
    assert first_one[0].alert_id == later_one.pk
    Media.objects.create(alert=kept(ALERT), content_type="image/png", digest="0" * 64, sealed=b"", missing=True)
    Stay.objects.update(state=stays.StayState.OVER)
    Letter.objects.all().delete()
    Line.objects.update(due_at=None, asked_at=timezone.now())
    assert courier.due() == []  # nothing is fetched of what has gone on


def _broken(peer):
    raise outgoing.CallFailed("no picture")


def test_what_is_too_much_or_comes_after_the_end_changes_nothing_and_fails_nothing(bali, budi, monkeypatch):
    bali.post(ALERT, *opening())
    last, at = Stay.objects.get().taken, timezone.now().isoformat()

    def post(*letters: dict) -> list[int]:
        """The places in the list of those that were refused."""
        nonlocal last
        numbered = [{**one, "number": last + number} for number, one in enumerate(letters, 1)]
        result = bali.post(ALERT, *numbered)
        assert result["status"] == "taken"
        first, last = last, last + len(letters)
        return [number - first for number in result.get("bad", [])]

    def stands() -> tuple:
        alert = kept(ALERT)
        return (
            alert.seq,
            alert.state,
            alert.result,
            alert.positions.count(),
            alert.messages.count(),
            alert.media.count(),
        )

    before = stands()
    for name in ("MOST_SPOTS", "MOST_MESSAGES", "MOST_KINDS", "MOST_CODES", "MOST_MEDIA"):
        monkeypatch.setattr(taking, name, 0)
    spot = {**opening()[0]["spots"][0], "n": 99}
    media = {"type": "media", "id": str(uuid4()), "sha256": "0" * 64, "content_type": "image/jpeg", "at": at}
    assert post(
        {"type": "positions", "spots": [spot]},
        {"type": "message", "key": str(uuid4()), "text": "x", "actor": "caller", "at": at},
        {"type": "kind", "kind": "fire"}, {"type": "wrong_code"}, media, {**media, "content_type": "text/html"},
        {**example("step"), "owner": "", "state": "received"},
    ) == [2, 6]  # fmt: skip
    assert stands() == before
    emergency.acknowledge(ALERT, budi)
    emergency.close(ALERT, budi, "helped", "")
    ended = stands()
    assert post({**example("step"), "state": "acknowledged"}, example("withdrawn")) == []
    assert stands() == ended
    # What breaks here is tried again by them; nothing of it is lost there.
    for fault, problem in ((IntegrityError(), "busy"), (RuntimeError(), "failed")):
        monkeypatch.setattr(taking, "_take", Raises(fault))
        assert bali.post(ALERT, *opening()) == {"alert": str(ALERT), "status": "later", "problem": problem}


class Raises:
    """Called, it raises."""

    def __init__(self, fault: Exception) -> None:
        self.fault = fault

    def __call__(self, *_given: object) -> None:
        raise self.fault


def test_an_operator_reads_of_each_instance_how_it_stands_there(bali):
    alert = press(**HERE).alert
    go()
    stay = Stay.objects.get()
    for fields, words in (
        ({"state": "asking", "failing_since": None}, "has been asked"),
        ({"state": "refused"}, "does not watch this place"),
        ({"state": "held", "watched": True}, "watches the place and has it"),
        ({"state": "held", "watched": False}, "nobody is on duty there"),
        ({"state": "held", "failing_since": timezone.now()}, "does not answer"),
        ({"state": "leaving", "owner": "Wayan"}, "Wayan at"), ({"state": "over"}, "had it before"),
        ({"side": "in"}, "The phone is that of"),
    ):  # fmt: skip
        Stay.objects.filter(pk=stay.pk).update(**fields)
        with translation.override("en"):
            (said,) = emergency.instances(kept(alert.pk))
        assert words in said


def test_an_instance_that_forgot_asks_again_hears_who_has_it_and_not_without_end(bali, budi, monkeypatch):
    bali.post(ALERT, *opening())
    before = kept(ALERT).seq
    assert bali.post(ALERT, {**opening()[0], "number": Stay.objects.get().taken + 1})["status"] == "taken"
    assert (kept(ALERT).seq, emergency.called(budi)) == (before, {ALERT})  # nobody has it: called for already
    emergency.acknowledge(ALERT, budi)
    go()
    bali.calls.clear()
    last, words = Stay.objects.get().taken, Message.objects.count()
    text = {"key": str(uuid4()), "at": timezone.now().isoformat(), "actor": "caller", "by": "", "text": "Tolong"}
    again = bali.post(ALERT, {**opening()[0], "number": last + 1, "messages": [text]})
    assert (again["status"], again.get("bad")) == ("taken", None)
    go()
    assert [one["owner"] for one in bali.letters("step")] == ["Budi (Posko Menteng)"]
    assert Message.objects.count() == words + 1
    emergency.close(ALERT, budi, "helped", "")
    monkeypatch.setattr(opening_again, "MOST_AGAIN", 0)
    assert bali.post(ALERT, {**opening()[0], "number": last + 2})["status"] != "taken"
    assert kept(ALERT).state == "closed"


def test_a_phone_that_moves_where_the_same_ones_watch_or_nobody_stays_with_who_has_it(bali, budi):
    ours, theirs = press(), press(**HERE)
    go()
    emergency.add_positions(ours.alert, {"lon": 106.85, "lat": -6.2})
    (stay,) = Stay.objects.all()
    later(3600)
    for lon, lat in ((DENPASAR[0] + 0.01, DENPASAR[1]), BEKASI):
        emergency.add_positions(kept(theirs.alert.pk), {"lon": lon, "lat": lat})
    go()
    assert [one.pk for one in Stay.objects.all()] == [stay.pk]
    assert Stay.objects.get().state == "held"
    assert len({letter["number"] for letter in bali.letters("alert")}) == 1
    assert kept(ours.alert.pk).area_code.startswith("31.")


def test_instances_that_hang_leave_threads_to_the_others_and_none_is_called_twice_at_once(monkeypatch):
    release, called = threading.Event(), []

    def turn(peer) -> int:
        called.append(peer.name)
        release.wait(60)
        return 0

    monkeypatch.setattr(courier, "_in_thread", turn)
    monkeypatch.setattr(courier.settling, "look_after", lambda: 0)
    hanging = [(SimpleNamespace(name=f"diam{number}"), True) for number in range(courier.THREADS)]
    monkeypatch.setattr(courier, "due", lambda: [*hanging, (SimpleNamespace(name="sehat"), False)])
    lane, begun = courier.Courier(), courier.OF_FAILING + 1
    assert (lane.start_due(), lane.start_due()) == (begun, 0)
    until(lambda: len(called) == begun)
    assert "sehat" in called
    release.set()
    lane.wait()
    assert lane.start_due() == begun
    lane.wait()


def test_who_has_an_alert_goes_on_with_it_where_its_phone_has_gone_until_the_next_has_it(bali, budi):
    bali.status = 500
    done = press(lon=STREET[0], lat=STREET[1])
    emergency.acknowledge(done.alert.pk, budi)
    emergency.add_positions(kept(done.alert.pk), {**HERE, "accuracy": 9, "age": 0})
    go()
    assert [one.alert.pk for one in emergency.board(budi)] == [done.alert.pk]
    emergency.note(done.alert.pk, budi, "Ia pergi ke Bali")
    emergency.release(done.alert.pk, budi)
    assert emergency.called(budi) == {done.alert.pk}  # nobody there has said that they keep it


def test_a_place_known_late_takes_an_alert_from_the_instance_of_a_wrong_guess(bali, budi):
    # By the home of its account it went to Bali, who took it; its place is Jakarta.
    at_home = press(person("warga@contoh.id", home_area_code="51.71.01.1001"), lon=None, lat=None).alert
    go()
    tell(bali, at_home)
    emergency.add_positions(kept(at_home.pk), {"lon": STREET[0], "lat": STREET[1], "accuracy": 9, "age": 0})
    now = told(at_home)
    assert (now["state"], now["abroad"], now["owner"]) == ("received", None, "Wayan (Posko Denpasar)")
    assert at_home.pk in emergency.called(budi)
    emergency.acknowledge(at_home.pk, budi)
    go()
    assert [one["to"] for one in bali.letters("withdrawn")] == [""]
    again = press(person("lain@contoh.id", home_area_code="51.71.01.1001"), lon=None, lat=None).alert
    go()
    emergency.add_positions(kept(again.pk), {**HERE, "accuracy": 9, "age": 0})
    assert told(again)["abroad"]["state"] == "received"  # it was right


def test_the_next_instance_is_told_of_an_alert_before_what_became_of_it_at_the_last(bali, made, budi):
    jabar = made("jabar", ("32.16",))
    jabar.watches = {"watches": [{"area": "32.16", "post": "Posko Bekasi", "on_duty": True}]}
    go()
    alert = press(**HERE).alert
    go()
    tell(bali, alert)
    later(61)
    emergency.add_positions(kept(alert.pk), {"lon": BEKASI[0], "lat": BEKASI[1], "accuracy": 9, "age": 0})
    go()
    assert [one["type"] for one in jabar.letters()][:2] == ["alert", "step"]  # else they know of no such alert


def test_what_an_operator_elsewhere_has_sounds_for_nobody_here_whatever_our_units_do(bali, budi):
    bali.status = 500
    crew, where = operator("awak@contoh.id", "Awak", role="viewer"), Watch.objects.get()
    unit = Unit.objects.create(watch=where, call_sign="Unit 3", kind="other", state="available", area_code="31")
    unit.members.set([crew])
    alert = press(**HERE).alert
    later(11)
    emergency.call_due()
    emergency.acknowledge(alert.pk, budi)
    emergency.answer(unit, crew, emergency.send_unit(alert.pk, budi, unit.pk).pk, True)
    bali.status = 200
    go()
    tell(bali, alert, step="taken_over")
    assert (told(alert)["state"], told(alert)["unit"]) == ("on_the_way", "Unit 3")  # ours still come
    emergency.report(unit, crew, "there")
    assert (emergency.called(budi), told(alert)["owner"]) == (set(), "Wayan (Posko Denpasar)")
    emergency.end_duty(budi, where.pk)
    Alert.objects.update(step_at=timezone.now() + timedelta(seconds=40))
    on_duty(budi, where)
    assert emergency.called(budi) == set()
