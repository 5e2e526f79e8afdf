"""A region moves between real instances: addresses, news, third parties, kills in the middle; nothing is lost."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests
from django.db import connection

from kentongan.foundation.revision import FRESH
from tests import forking
from tests.depth import is_second
from tests.forking import Forked
from tests.instances import Instance, introduce, settle
from tests.network.test_federation import AUDIT, PHOTO, step, told
from tests.world import ON_NATIONAL_ROAD, STREET, build_country

SUBMIT = """
from uuid import UUID, uuid4
from kentongan import reports, routing
from kentongan.people.models import Person
who = Person.objects.filter(email=email).first() or Person.objects.create_user(email, "kentongan-uji")
more["photos"] = tuple(UUID(one) for one in more.get("photos", ()))
sent = reports.Submission(uuid4(), "road_damage", text="Lubang besar", lon=lon, lat=lat, **more)
answer = routing.submit(sent, who).report.code
"""
ALL = 600 if is_second() else 1_200  # more than one, or two, of the pieces in which they come in
MANY = """
from uuid import UUID, uuid4
from kentongan import reports, routing
from kentongan.people.models import Person
from tests.pictures import picture
who = Person.objects.create_user("rajin@contoh.id")
for number in range(many):
    photos = ()
    if number % 4 == 0:
        photo = reports.add_photo(picture(1000 + number), who)
        photos = (photo.pk,)
    at = {"lon": 106.805 + number % 50 * 0.0004, "lat": -6.165 - number // 50 * 0.00005}
    routing.submit(reports.Submission(uuid4(), "waste", text=f"Sampah {number}", photos=photos, **at), who)
"""
BRING = """
from pathlib import Path
from kentongan.network import leaving
done = leaving.bring_in(Path(file))
answer = [done.new, done.here]
"""
MOVE = """
from pathlib import Path
from kentongan.network import leaving
done = leaving.move(Path(file), to)
answer = [done.moved, done.gone, done.left]
"""
EXPORT = """
from pathlib import Path
from kentongan.network import leaving
leaving.export("31", Path(file))
"""
AWAY = "from kentongan.reports.models import Report; answer = Report.objects.get(code=code).away"
MAILS = """
from kentongan.notify.models import Message
answer = [one.body for one in Message.objects.filter(address=to).order_by("pk")]
"""
COMMENT = """
from kentongan import reports
from kentongan.people.models import Person
who = Person.objects.filter(email="tetangga@contoh.id").first() or Person.objects.create_user("tetangga@contoh.id")
reports.comment(code, reports.Who(who, reports.Actor.CITIZEN), text)
"""
EVERYTHING = """
from kentongan.reports.models import Report
rows = Report.objects.filter(body__in=__import__("kentongan.bodies").bodies.subtree("31")).order_by("code")
answer = {
    r.code: [str(r.submission_id), r.state, r.text, r.created_at.isoformat(), r.photos.count(),
             [e.text for e in r.entries.exclude(kind__in=["moved_in", "moved_out", "sent_out"]).order_by("seq")]]
    for r in rows
}
"""


Three = tuple[Instance, Instance, Instance]


@contextmanager
def begun(tmp_path: Path) -> Iterator[Three]:
    """The old instance, where Jakarta works until now; its new one; and the centre, which knows the old one only."""
    places = tmp_path / "places.index"
    build_country(places)
    old, new, centre = (Instance(name, tmp_path / name, places) for name in ("lama", "jakarta", "pusat"))
    try:
        old.run("from kentongan import bodies; bodies.make_partner('31')")
        centre.run("from kentongan import bodies; bodies.make_partner('id.pu')")
        for one in (old, new, centre):
            one.start("serve")
        introduce(old, new)
        introduce(old, centre)
        reach = "from kentongan.network import peers; peers.set_reach(peers.find(peer), body)"
        old.run(reach, peer="pusat", body="id.pu")
        centre.run(reach, peer="lama", body="31")
        settle(old, centre, rounds=1)
        yield old, new, centre
    finally:
        for one in (old, new, centre):
            one.close()


@pytest.fixture
def three(tmp_path: Path) -> Iterator[Three]:
    """As `begun`, before anything moves."""
    with begun(tmp_path) as three:
        yield three


class Moved(NamedTuple):
    """The three after the move, and the reports that were made before it for what the tests look at after it."""

    old: Instance
    new: Instance
    centre: Instance
    photo: str  # with a photo, accepted
    waiting: str
    ours: str  # by rumah@contoh.id
    foreign: str  # made at the centre
    third: str  # the centre works on it
    back: str  # on a national road, given to the city
    moved: list[int]
    before: int  # the answer of the old page until the new home has answered


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moved]:
    """One move for all that is looked at after it: three instances take ten seconds of processor to begin."""
    folder = tmp_path_factory.mktemp("moved")
    with begun(folder) as (old, new, centre):
        photo, waiting = submit(old, photos=[old.run(PHOTO, number=1)]), submit(old)
        ours, foreign, back = submit(old, email="rumah@contoh.id"), submit(centre), submit(old, ON_NATIONAL_ROAD)
        settle(old, centre)
        assert told(old, foreign)["body"] == "31.roads"
        step(old, "accept", photo, "Kami periksa")
        step(old, "transfer", back, "31.roads", "Sementara kota")
        third = given_to_the_centre(old, centre)
        settle(old, new)
        done = move(old, new, folder / "31.zip")
        before = requests.get(f"{old.url}/r/{photo}", allow_redirects=False, timeout=60).status_code
        settle(old, new, centre)
        yield Moved(old, new, centre, photo, waiting, ours, foreign, third, back, done, before)


def given_to_the_centre(old: Instance, centre: Instance) -> str:
    """A report of the region that the centre works on; its code."""
    centre.run("from kentongan import bodies; bodies.make_partner('31.environment')")
    centre.run("from kentongan.network import peers; peers.unset_reach('31')")
    old.run("from kentongan.network import peers; peers.set_reach(peers.find('pusat'), '31.environment')")
    time.sleep(FRESH)  # as any operator needs: the centre's server has just been asked, and knows it by then
    waste = SUBMIT.replace("road_damage", "waste")
    code: str = old.run(waste, lon=STREET[0], lat=STREET[1], email="warga@contoh.id", more={})
    settle(old, centre)
    assert told(centre, code)["state"] == "routed"
    return code


def submit(at: Instance, place: tuple[float, float] = STREET, email: str = "warga@contoh.id", **more: Any) -> str:
    """A report made there; its code."""
    lon, lat = place
    code: str = at.run(SUBMIT, lon=lon, lat=lat, email=email, more=more)
    return code


def move(old: Instance, new: Instance, file: Path) -> list[int]:
    """The whole move, as two operators do it."""
    old.run(EXPORT, file=str(file))
    new.run(BRING, file=str(file))
    done: list[int] = old.run(MOVE, file=str(file), to="jakarta")
    return done


def test_a_region_moves_and_every_old_address_leads_to_the_new_one(moved: Moved) -> None:
    old, new, code = moved.old, moved.new, moved.photo
    assert moved.moved == [6, 0, 0]
    assert moved.before == 200
    for path in (
        f"/r/{code}",
        f"/api/v1/reports/{code}",
        f"/api/v1/reports/{code}/timeline",
        "/body/31.roads",
        "/area/31.71",
    ):
        answer = requests.get(f"{old.url}{path}?a=1", allow_redirects=False, timeout=60)
        assert (answer.status_code, answer.headers["Location"]) == (308, f"{new.url}{path}?a=1")
        assert requests.get(f"{old.url}{path}", timeout=60).status_code == 200
    there = requests.get(f"{old.url}/api/v1/reports/{code}", timeout=60).json()
    assert (there["state"], len(there["photos"])) == ("accepted", 1)
    assert requests.get(f"{new.url}/r/{code}/photo/{there['photos'][0]['id']}/large", timeout=60).status_code == 200
    waiting = moved.waiting
    form = requests.post(f"{old.url}/r/{waiting}/comment", data={"text": "x"}, timeout=60, allow_redirects=False)
    assert form.status_code in {403, 409}
    assert requests.get(f"{old.url}/network/v1/reports/{code}", timeout=60).json()["moved"] == f"{new.url}/r/{code}"
    assert old.run(AUDIT) == new.run(AUDIT) == []


def test_work_goes_on_at_the_new_instance_and_the_reporter_at_the_old_one_hears_of_it(moved: Moved) -> None:
    old, new, code = moved.old, moved.new, moved.ours
    step(new, "accept", code, "Kami di rumah baru")
    step(new, "resolve", code, "Sudah ditambal", no_photo_reason="Malam hari")
    settle(old, new)
    assert told(old, code)["state"] == told(new, code)["state"] == "resolved"
    mails = old.run(MAILS, to="rumah@contoh.id")
    assert len(mails) == 4  # sent to the body; moved; taken on; solved
    link = next(word for word in mails[1].split() if word.startswith(f"{new.url}/claim/"))
    claimed = new.run(
        """
        from kentongan import reports
        from kentongan.people.models import Person
        who = Person.objects.create_user("rumah@contoh.id")
        answer = reports.claim(who, token).code
        reports.rate(code, reports.Who(who, reports.Actor.REPORTER), 5)
        """,
        token=link.rpartition("/")[2], code=code,
    )  # fmt: skip
    assert claimed == code
    settle(old, new)
    assert told(old, code)["stars"] == 5
    assert new.run(MAILS, to="rumah@contoh.id") == []
    with pytest.raises(RuntimeError, match="moved"):
        step(old, "note", code, "Masih dari sini")
    assert old.run(AUDIT) == new.run(AUDIT) == []


def test_new_reports_for_the_region_go_to_its_new_instance(moved: Moved) -> None:
    old, new = moved.old, moved.new
    code = submit(old)
    settle(old, new)
    assert (told(new, code)["state"], told(new, code)["body"]) == ("routed", "31.roads")
    step(new, "accept", code)
    settle(old, new)
    assert told(old, code)["state"] == "accepted"


def test_a_report_that_came_from_a_third_instance_is_answered_as_before(moved: Moved) -> None:
    old, new, centre, code = moved.old, moved.new, moved.centre, moved.foreign
    step(new, "accept", code, "Dari rumah baru")
    centre.run(COMMENT, code=code, text="Sudah tiga motor jatuh")
    settle(old, new, centre)
    step(new, "resolve", code, "Selesai", no_photo_reason="Malam hari")
    settle(old, new, centre)
    for one in (old, new, centre):
        found = told(one, code)
        assert found["state"] == "resolved"
        assert found["texts"].count("Sudah tiga motor jatuh") == found["texts"].count("Dari rumah baru") == 1
        assert one.run(AUDIT) == []
    # The page at the centre stays; asked for the code, it leads to the old address, and that to the new one.
    assert requests.get(f"{old.url}/r/{code}", timeout=60).url == f"{new.url}/r/{code}"


def test_a_third_party_that_works_on_a_report_goes_on_and_is_heard_at_the_new_instance(moved: Moved) -> None:
    old, new, centre, code = moved.old, moved.new, moved.centre, moved.third
    step(centre, "accept", code, "Truk berangkat")
    new.run(COMMENT, code=code, text="Baunya sampai sini")
    settle(old, new, centre)
    step(centre, "resolve", code, "Terangkut", no_photo_reason="Malam hari")
    settle(old, new, centre)
    for one in (old, new, centre):
        found = told(one, code)
        assert found["state"] == "resolved"
        assert found["texts"].count("Truk berangkat") == found["texts"].count("Baunya sampai sini") == 1
        assert one.run(AUDIT) == []


def test_a_report_that_the_region_gives_back_lives_at_the_old_instance_again(moved: Moved) -> None:
    old, new, code = moved.old, moved.new, moved.back
    new.run("from kentongan.network import peers; peers.set_reach(peers.find('lama'), 'id.pu')")
    time.sleep(FRESH)
    step(new, "transfer", code, "id.pu", "Ini jalan nasional")
    settle(old, new)
    assert requests.get(f"{old.url}/r/{code}", allow_redirects=False, timeout=60).status_code == 200
    assert told(old, code)["body"] == "id.pu"
    assert old.run(AUDIT) == new.run(AUDIT) == []


def test_what_changed_after_the_bundle_moves_with_the_next_one_and_a_copy_is_read_only_until_then(
    three: Three, tmp_path: Path
) -> None:
    old, new, _centre = three
    calm, changed = submit(old), submit(old)
    old.run(EXPORT, file=str(tmp_path / "first.zip"))
    new.run(BRING, file=str(tmp_path / "first.zip"))
    step(old, "accept", changed, "Sementara itu")
    with pytest.raises(RuntimeError, match="moved"):
        step(new, "accept", changed)
    assert told(new, changed)["state"] == "routed"
    late = submit(old)
    assert old.run(MOVE, file=str(tmp_path / "first.zip"), to="jakarta") == [1, 0, 2]
    settle(old, new)
    assert new.run(AWAY, code=changed)
    step(old, "start", changed, "Masih di sini")
    settle(old, new)
    assert move(old, new, tmp_path / "second.zip") in ([1, 0, 0], [1, 1, 0])
    settle(old, new)
    for code in (calm, changed, late):
        assert new.run(AWAY, code=code) is False
    assert told(new, changed)["state"] == "in_progress"
    assert new.run(EVERYTHING)[changed][5].count("Sementara itu") == 1
    assert old.run(AUDIT) == new.run(AUDIT) == []


def killed(one: Instance, after: str, *command: str) -> int:
    """Runs `kentongan …` there, killed once it has executed the second statement that begins like `after`, which
    belongs to the second piece of what moves; its exit code. Who looks from outside how far it is may look too late.
    """
    nowhere = Path(os.devnull)
    return Forked(_die, after, *command, env=one.env, folder=one.folder, out=nowhere, err=nowhere).wait(90)


def _die(after: str, *command: str) -> None:
    seen = count()

    def execute(do: Any, sql: str, *given: Any) -> Any:
        done = do(sql, *given)
        if sql.startswith(after) and next(seen) == 1:
            os.killpg(os.getpid(), signal.SIGKILL)
        return done

    with connection.execute_wrapper(execute):
        forking.command(*command)


@pytest.mark.long
def test_hundreds_of_reports_with_photos_move_whole_through_kills(three: Three, tmp_path: Path) -> None:
    old, new, _centre = three
    old.run(MANY, many=ALL)
    old.drain()
    file, part = tmp_path / "31.zip", tmp_path / "31.zip.part"
    assert killed(old, 'SELECT "network_trace"', "leave", "export", "31", str(file)) == -signal.SIGKILL
    assert part.stat().st_size > 50_000
    assert not file.exists()
    old.run(EXPORT, file=str(file))
    assert killed(new, 'DELETE FROM "network_trace"', "leave", "import", str(file)) == -signal.SIGKILL
    there = new.run("from kentongan.reports.models import Report; answer = Report.objects.count()")
    assert there == 500
    assert new.run(AUDIT) == []
    assert new.run(BRING, file=str(file)) == [ALL - there, there]
    assert new.run(BRING, file=str(file)) == [0, ALL]
    assert new.run(EVERYTHING) == old.run(EVERYTHING)
    assert old.run(MOVE, file=str(file), to="jakarta")[0] == ALL
    assert old.run(MOVE, file=str(file), to="jakarta") == [0, ALL, 0]
    old.run("from kentongan import network; network.deliver_all(200)")
    assert (
        new.run("from kentongan.reports.models import Report; answer = Report.objects.filter(away=True).count()") == 0
    )
    assert old.run("from kentongan.network.models import Moved; answer = Moved.objects.count()") == ALL
    assert old.run(AUDIT) == new.run(AUDIT) == []
