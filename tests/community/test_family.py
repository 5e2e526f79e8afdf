"""Family: who sees whom, for how long, and that nothing is left of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kentongan import community
from kentongan.community.models import Share, Viewer
from kentongan.community.sharing import token_of
from kentongan.foundation.problems import Problem
from kentongan.live.models import Change
from kentongan.notify.models import Message
from kentongan.people import erasing
from kentongan.people.models import Person
from kentongan.places import Found
from tests.world import STREET, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
HOME = (106.8200, -6.1700)
OFFICE = (106.8500, -6.1600)  # 3.5 km from home
ELSEWHERE = (106.8200, -6.3000)


@pytest.fixture
def sri() -> Person:
    return person("sri@contoh.id", name="Sri")


def at(spot: tuple[float, float], age: int = 0, accuracy: float = 10, **more: Any) -> dict[str, Any]:
    return {"lon": spot[0], "lat": spot[1], "accuracy": accuracy, "age": age, **more}


def went(who: Person, *spots: dict[str, Any]) -> Share:
    """The phone tells these places, the oldest first."""
    for one in spots:
        share = community.place(who, one, "hp")
    return share


def browser(who: Person) -> Client:
    made = Client()
    made.force_login(who)
    return made


def sight_of(viewer: Viewer) -> Any:
    return community.sight(Viewer.objects.select_related("share__person").get(pk=viewer.pk))


def test_a_journey_is_seen_arrives_and_ends_by_itself(sri: Person) -> None:
    mother = person("ibu@contoh.id")
    community.begin(sri, 60, (*OFFICE, "Kantor"), 30, "hp")
    link, account = community.add(sri, "Kakak"), community.add(sri, "", "IBU@contoh.id")
    assert sight_of(link).stage == "waiting"
    went(sri, at(HOME, 60), at((106.835, -6.165), 30, battery=40))
    seen = sight_of(link)
    assert (seen.stage, seen.way.battery, round(seen.way.metres_left / 100)) == ("travels", 40, 17)
    went(sri, at(OFFICE, 11), at(OFFICE, 0, battery=9))
    assert [sight_of(one).stage for one in (link, account)] == ["arrived", "arrived"]
    assert sight_of(link).way.lon is None
    assert Share.objects.get().sealed == ""
    told = Message.objects.filter(to_person=mother).order_by("pk").values_list("subject", flat=True)
    assert list(told) == ["Sri berbagi perjalanan dengan Anda", "Baterai ponsel Sri hampir habis", "Sri sudah sampai"]
    assert "106.8" not in "".join(Message.objects.values_list("body", flat=True))
    assert Message.objects.get(to_person=sri).subject == "Anda membagikan lokasi"
    with pytest.raises(Problem, match="not_sharing"):
        went(sri, at(HOME))


# One place says nothing: home-assistant/core#103898 (jumps), #1957 (accuracy 0), #4180 (wide circles),
# owntracks/ios#466 (an old backlog said "home"), owntracks/recorder#313 and android#1031 (older places came later).
@pytest.mark.parametrize(
    "spots",
    [
        [at(OFFICE)],
        [at(OFFICE, 5), at(HOME)],
        [at(OFFICE, 20, 0), at(OFFICE, 0, 0)],
        [at(OFFICE, 20, 900), at(OFFICE, 0, 900)],
        [at(OFFICE, 4000), at(OFFICE, 3000)],
        [at(OFFICE, 8), at(OFFICE, 4)],
        [at(HOME), at(OFFICE, 200), at(OFFICE, 100)],
    ],
)
def test_a_jump_a_wide_an_old_or_a_late_place_is_no_arrival(sri: Person, spots: list[dict[str, Any]]) -> None:
    community.begin(sri, 60, (*OFFICE, "Kantor"), None, "hp")
    assert went(sri, *spots).ended_at is None


def test_an_older_place_never_stands_in_for_a_newer_one(sri: Person) -> None:
    community.begin(sri, 60, device="hp")
    viewer = community.add(sri, "Kakak")
    went(sri, at(OFFICE, 10), at(HOME, 500))
    seen = sight_of(viewer)
    assert (seen.stage, seen.way.lon) == ("here", OFFICE[0])
    assert 5 < (timezone.now() - seen.at).total_seconds() < 60
    went(sri, at(HOME, -50))  # a clock that runs ahead: the place is of now, not of the future
    assert sight_of(viewer).at <= timezone.now()


def test_off_the_way_late_and_back_are_told_once(sri: Person) -> None:
    person("ibu@contoh.id")
    community.begin(sri, 60, (*OFFICE, "Kantor"), 30, "hp")
    viewer = community.add(sri, "Ibu", "ibu@contoh.id")
    went(sri, at(HOME, 90), at(ELSEWHERE, 70), at(ELSEWHERE, 50))
    assert sight_of(viewer).stage == "off"
    went(sri, at(HOME, 40), at(HOME, 25), at(ELSEWHERE, 12), at(ELSEWHERE, 0))
    Share.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert sight_of(viewer).stage == "late"  # before any worker ran
    assert (community.end_due(), community.end_due()) == (1, 0)
    told = Message.objects.filter(to_person__email="ibu@contoh.id").values_list("subject", flat=True)
    assert sorted(told) == ["Sri berbagi perjalanan dengan Anda", "Sri keluar dari jalur", "Sri terlambat"]


def test_time_ends_it_with_no_worker_and_a_day_later_nothing_is_left(sri: Person) -> None:
    """JessicaYeh/FindMyFriends#10 (went on with the screen off); traccar#2695 (a public view that never ended)."""
    community.begin(sri, 15, device="hp")
    viewer = community.add(sri, "Ibu", "")
    went(sri, at(HOME))
    assert "106.82" not in Share.objects.get().sealed
    Share.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    assert (sight_of(viewer).stage, sight_of(viewer).way.lon, community.seen_by(sri)) == ("ended", None, None)
    with pytest.raises(Problem):
        went(sri, at(HOME))
    assert community.end_due() == 1
    assert (Share.objects.get().ending, Share.objects.get().sealed) == ("time", "")
    Share.objects.update(started_at=timezone.now() - timedelta(hours=24, seconds=1))
    Message.objects.update(written_at=timezone.now() - timedelta(hours=25))
    with pytest.raises(Problem):
        community.find_viewer(token_of(viewer), None)
    community.end_due()
    assert not Share.objects.exists()
    assert not Viewer.objects.exists()
    assert not Message.objects.exists()


def test_a_new_share_ends_the_one_before_and_one_device_sends(sri: Person) -> None:
    """element-android#6364 (two at once), #6349 (ended from another device), #6209 (goes on, the app closed)."""
    community.begin(sri, 15, device="hp")
    before = community.add(sri, "Ibu")
    second = community.begin(sri, 60, device="hp")
    assert sight_of(before).stage == "ended"
    assert community.running(sri) == second
    went(sri, at(HOME))
    with pytest.raises(Problem) as other:
        community.place(sri, at(OFFICE), "laptop")
    assert other.value.code == "other_device"
    assert community.place(sri, at(OFFICE), "laptop", take=True).device == "laptop"
    assert browser(sri).post("/keluarga", {"do": "end"}).status_code == 302
    assert community.running(sri) is None


def test_nobody_sees_by_a_guess_a_preview_or_an_address_that_is_not_theirs(sri: Person) -> None:
    stranger = person("orang@contoh.id")
    community.begin(sri, 60, device="hp")
    unproven = person("belum@contoh.id")
    unproven.emailaddress_set.update(verified=False)
    link = community.add(sri, "Kakak")
    for email in ("belum@contoh.id", "tidak-ada@contoh.id", "ibu@contoh.id"):
        if email == "ibu@contoh.id":
            person(email)
        community.add(sri, "", email)
    went(sri, at(HOME))
    eyes = {one.name: one for one in community.eyes(community.running(sri))}
    visitor = Client()
    page = f"/keluarga/lihat/{eyes['Kakak'].token}"
    preview = visitor.get(page).content.decode()
    assert "Sri" not in preview
    assert visitor.get(f"{page}/map.png").status_code == 404
    assert Viewer.objects.get(pk=link.pk).seen_at is None  # a program that draws a preview is no person who looks
    assert visitor.post(page, headers={"Origin": "http://testserver"}).status_code == 302
    shown = visitor.get(page).content.decode()
    assert "Sri" in shown
    assert f"geo:{HOME[1]},{HOME[0]}" in shown
    assert (Viewer.objects.get(pk=link.pk).devices, visitor.get(f"{page}/map.png").status_code in (200, 503)) == (
        1,
        True,
    )
    mine = f"/keluarga/lihat/{eyes['ibu@contoh.id'].token}"
    assert browser(stranger).get(mine).status_code == visitor.get(mine).status_code == 404
    assert browser(Person.objects.get(email="ibu@contoh.id")).get(mine).status_code == 200
    for name in ("belum@contoh.id", "tidak-ada@contoh.id"):
        assert browser(unproven).get(f"/keluarga/lihat/{eyes[name].token}").status_code == 404
    assert Client().get("/keluarga/lihat/0123456789abcdef").status_code == 404


def test_who_shares_reads_who_looked_and_one_press_ends_it_from_any_page(sri: Person) -> None:
    """element-ios#6109 (a banner that stayed after the end); traccar#5244 (the link could not be copied again)."""
    me = browser(sri)
    mother = person("ibu@contoh.id")
    sent = {"do": "begin", "minutes": "60", "name": "Kakak", "device": "hp"}
    assert me.post("/keluarga", sent).status_code == 302
    me.post("/keluarga", {"do": "add", "email": "ibu@contoh.id"})
    assert "2 orang dapat melihat" in me.get("/mine").content.decode()
    theirs = browser(mother)
    assert "Sri" in theirs.get("/keluarga").content.decode()
    token = next(one.token for one in community.eyes(community.running(sri)) if not one.viewer.is_link)
    theirs.get(f"/keluarga/lihat/{token}")
    page = me.get("/keluarga").content.decode()
    assert page.count("melihat") >= 1
    assert "belum melihat" in page  # the link
    assert f"/keluarga/lihat/{community.eyes(community.running(sri))[0].token}" in page
    me.post("/keluarga", {"do": "remove", "viewer": str(Viewer.objects.get(person=mother).pk)})
    assert theirs.get(f"/keluarga/lihat/{token}").status_code == 404
    community.add(sri, "", "ibu@contoh.id")
    theirs.post("/keluarga", {"do": "leave", "token": community.eyes(community.running(sri))[1].token})
    assert not Viewer.objects.filter(person=mother).exists()
    me.post("/keluarga", {"do": "end"})
    assert "dapat melihat" not in me.get("/mine").content.decode()


def test_what_is_sent_wrong_says_why_and_begins_nothing(sri: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    me = browser(sri)
    for sent, words in (
        ({"minutes": "0"}, "5 menit"), ({"minutes": "9999"}, "5 menit"), ({"minutes": "x"}, "5 menit"),
        ({"minutes": "60", "arrive_in": "90"}, "Waktu tiba"), ({"minutes": "60", "to": "zzqqxx"}, "tidak ditemukan"),
        ({"minutes": "60", "to": "Gambir"}, "sebuah wilayah"),
        ({"minutes": "60", "email": "ibu"}, "surel yang lengkap"),
        ({"minutes": "60", "email": "i\0bu@contoh.id"}, "surel yang lengkap"),
        ({"minutes": "60", "email": f"{'i' * 250}@contoh.id"}, "surel yang lengkap"),
    ):  # fmt: skip
        answer = me.post("/keluarga", {"do": "begin", **sent})
        assert (answer.status_code, words in answer.content.decode()) == (422, True), sent
    assert not Share.objects.exists()
    street = Found("street", "Jalan Kantor", "Gambir", *OFFICE)
    with monkeypatch.context() as patch:
        patch.setattr("kentongan.places.find", lambda *_asked: [street])
        choice = me.post("/keluarga", {"do": "begin", "minutes": "60", "to": "jl kantor"}).text
    assert f'value="{OFFICE[0]},{OFFICE[1]}"' in choice
    assert "Belum dibagikan" in choice
    assert not Share.objects.exists()
    assert me.post("/keluarga", {"do": "begin", "minutes": "60", "to": f"{OFFICE[1]}, {OFFICE[0]}"}).status_code == 302
    assert me.post("/keluarga", {"do": "end"}).status_code == 302
    Share.objects.all().delete()
    chosen = {"do": "begin", "minutes": "60", "to": "Kantor", "at": f"{OFFICE[0]},{OFFICE[1]}", "arrive_in": "20"}
    assert me.post("/keluarga", chosen).status_code == 302
    stale = me.post("/keluarga", {"do": "begin", "minutes": "15", "name": "Kakak", "running": ""})  # of another tab
    assert (stale.status_code, "tab lain" in stale.text, 'value="Kakak"' in stale.text) == (409, True, True)
    assert "Kantor" in me.get("/keluarga").content.decode()
    assert me.post("/keluarga/place", {"lon": "106.8", "lat": "-6.2", "device": "h\0p"}).status_code == 200
    assert Share.objects.get().device == "hp"  # PostgreSQL keeps no NUL
    for bad in ({}, {"lon": "0", "lat": "0"}, {"lon": "x", "lat": "NaN"}, {"lon": "106.8"}):
        assert me.post("/keluarga/place", {**bad, "device": "hp"}).status_code in (409, 422)
    assert Client().post("/keluarga/place", {"lon": "1"}, headers={"Origin": "http://testserver"}).status_code == 401
    assert me.post("/keluarga", {"do": "remove", "viewer": "x"}).status_code == 404
    with pytest.raises(Problem) as nameless:
        community.add(sri, " ")
    assert nameless.value.field == "name"
    budi = person("budi@contoh.id", name="Budi")
    twice = [community.add(sri, "Budi", budi.email).pk for _time in (1, 2)]
    assert twice[0] == twice[1]
    assert community.turn_away(budi, "x") == 0
    for _one in range(19):
        community.add(sri, "Orang")
    with pytest.raises(Problem) as full:
        community.add(sri, "Orang")
    assert full.value.status == 429
    assert (community.end(sri), community.end(sri)) == (True, False)


def test_an_erased_account_leaves_nothing_and_viewers_are_told(sri: Person) -> None:
    mother = person("ibu@contoh.id")
    community.begin(sri, 60, device="hp")
    viewer, theirs = community.add(sri, "Kakak"), community.add(sri, "", "ibu@contoh.id")
    went(sri, at(STREET))
    erasing.erase(mother.email)
    assert list(Viewer.objects.values_list("pk", flat=True)) == [viewer.pk]
    assert Change.objects.filter(topics__contains=f"seen:{theirs.digest}").exists()
    before = Change.objects.count()
    erasing.erase(sri.email)
    assert not Share.objects.exists()
    assert Change.objects.filter(topics__contains=f"seen:{viewer.digest}").count() > 0
    assert Change.objects.count() > before
    assert not Message.objects.exists()


def test_the_map_alone_is_a_look_and_a_clock_put_back_hides_no_place(sri: Person) -> None:
    mother = person("ibu@contoh.id")
    community.begin(sri, 60, device="hp")
    theirs = community.add(sri, "", "ibu@contoh.id")
    went(sri, at(HOME))
    assert browser(mother).get(f"/keluarga/lihat/{token_of(theirs)}/map.png").status_code in (200, 503)
    assert Viewer.objects.get().seen_at is not None
    Share.objects.update(at=timezone.now() + timedelta(hours=1))
    went(sri, at(OFFICE))
    assert sight_of(theirs).way.lon == OFFICE[0]


def test_who_shares_again_and_again_floods_no_mailbox(sri: Person) -> None:
    mother = person("ibu@contoh.id")
    for _one in range(12):
        community.begin(sri, 60, device="hp")
        community.add(sri, "", "ibu@contoh.id")
        went(sri, at(HOME, battery=3))
    assert Message.objects.filter(to_person=mother).count() == 20
    assert Viewer.objects.filter(person=mother).count() == 12  # the page tells of all
    for _one in range(38):
        community.begin(sri, 60)
    with pytest.raises(Problem, match="too_many"):
        community.begin(sri, 60)


def test_made_up_people_are_written_to_on_a_page_only_never_by_mail(sri: Person) -> None:
    """A demonstration's addresses may be a stranger's."""
    invented = person("kakek@demo.example")
    Person.objects.filter(pk=invented.pk).update(is_demo=True)
    community.begin(sri, 60, device="hp")
    community.add(sri, "", "kakek@demo.example")
    assert not Message.objects.filter(to_person=invented).exists()
