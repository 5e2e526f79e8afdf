"""Pages hear of what changes, once it is committed and nothing before, and nobody hears what is not theirs to hear."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from kentongan import casework, live, reports, routing
from kentongan.bodies.models import Membership
from kentongan.casework.inviting import take_role
from kentongan.live.models import Change
from kentongan.live.watching import PIECE, Watcher
from kentongan.notify.pages import tell_pages
from kentongan.people.erasing import erase
from tests.emergency.post import operator, post, press
from tests.instances import until
from tests.world import STREET, person, submission


def told():
    """The topics of the newest telling."""
    return set(Change.objects.order_by("-pk").values_list("topics", flat=True)[0].split())


def tell(*topics):
    """The key of a telling of its own."""
    with transaction.atomic():
        live.tell(*topics)
    return Change.objects.order_by("-pk").values_list("pk", flat=True)[0]


def sent(**fields):
    """A report, and the telling of its first entries."""
    report = routing.submit(submission(**fields), None).report
    entries = report.entries.order_by("seq")
    tell_in(entries)
    return report


def tell_in(entries):
    with transaction.atomic():
        tell_pages([{"report": one.report_id, "seq": one.seq, "kind": one.kind} for one in entries])()


@pytest.fixture
def heard(transactional_db):
    """What a watcher hears, in a thread with a connection of its own, as in a server."""
    found, going = [], threading.Event()
    watcher = Watcher()
    begun = threading.Thread(target=watcher.watch, args=(lambda *one: found.append(one), lambda: not going.is_set()))
    begun.start()
    until(lambda: watcher._last is not None)
    yield found
    going.set()
    begun.join(20)
    assert not begun.is_alive()


def test_what_changed_is_heard_once_and_in_order(heard):
    numbers = [tell("report:A"), tell("desk:31", "reports"), tell("report:A")]
    until(lambda: len(heard) >= 3)
    time.sleep(0.3)
    assert heard == [
        (numbers[0], {"report:A"}), (numbers[1], {"desk:31", "reports"}), (numbers[2], {"report:A"}),
    ]  # fmt: skip


def test_nobody_hears_of_a_change_that_was_rolled_back(heard):
    with transaction.atomic():
        live.tell("report:GONE")
        transaction.set_rollback(True)
    number = tell("report:KEPT")
    until(lambda: heard)
    assert heard == [(number, {"report:KEPT"})]


def test_a_change_that_is_committed_after_a_later_one_is_heard_too(heard):
    """On PostgreSQL the key of a long transaction is lower than one that was seen before; on SQLite it waits."""
    begun, end = threading.Event(), threading.Event()

    def slow():
        with transaction.atomic():
            live.tell("report:SLOW")
            begun.set()
            end.wait(30)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    begun.wait(30)
    if connection.vendor == "postgresql":
        tell("report:FAST")
        until(lambda: [topics for _key, topics in heard] == [{"report:FAST"}])
    end.set()
    thread.join(30)
    until(lambda: {"report:SLOW"} in [topics for _key, topics in heard])


def test_more_changes_at_once_than_are_read_in_one_piece_are_all_heard(heard, monkeypatch):
    monkeypatch.setattr("kentongan.live.watching.PIECE", 3)
    with transaction.atomic():
        for at in range(6):
            live.tell(f"report:{at}")
    until(lambda: len(heard) >= 6)
    assert [topics for _key, topics in heard] == [{f"report:{at}"} for at in range(6)]


def test_a_database_that_was_away_is_waited_for_and_nothing_is_left_out(transactional_db, monkeypatch):
    monkeypatch.setattr("kentongan.live.watching.PAUSE", 0.01)
    watcher, found, stop = Watcher(), [], threading.Event()
    real, away, gone = watcher._wait, threading.Event(), threading.Event()

    def wait():
        if away.is_set():
            gone.set()
            raise OperationalError("gone")
        return real()

    monkeypatch.setattr(watcher, "_wait", wait)
    thread = threading.Thread(target=watcher.watch, args=(lambda *one: found.append(one), lambda: not stop.is_set()))
    thread.start()
    try:
        until(lambda: watcher._last is not None)
        away.set()
        assert gone.wait(30)
        number = tell("report:MEANWHILE")
        time.sleep(0.1)
        assert not found
        away.clear()
        until(lambda: found)
    finally:
        stop.set()
        thread.join(20)
    assert found == [(number, {"report:MEANWHILE"})]


def test_who_comes_back_is_told_what_changed_meanwhile_and_of_nothing_else(transactional_db):
    first = tell("report:A")
    Change.objects.filter(pk=first).update(at=timezone.now() - timedelta(minutes=5))
    heard = tell("report:OTHER")
    last = tell("report:A", "report:B")
    watcher = Watcher()
    assert watcher.since(heard, frozenset({"report:A", "report:OTHER"})) == {"report:A": last}
    assert watcher.since(last, frozenset({"report:C"})) == {}


def test_who_comes_back_hears_what_was_on_its_way_when_they_left(transactional_db):
    on_its_way = tell("report:SLOW")
    heard = tell("report:FAST")
    assert Watcher().since(heard, frozenset({"report:SLOW"})) == {"report:SLOW": on_its_way}


@pytest.mark.parametrize("last", [0, 10**15])
def test_who_was_away_too_long_or_elsewhere_is_told_to_look_at_everything(transactional_db, last):
    tell("report:A")
    assert Watcher().since(last, frozenset({"report:A"})) is None


def test_after_very_many_changes_everything_is_looked_at(transactional_db, monkeypatch):
    monkeypatch.setattr("kentongan.live.watching.MOST", 3)
    Change.objects.bulk_create([Change(topics="report:A") for _ in range(PIECE + 9)])
    first = Change.objects.order_by("pk").values_list("pk", flat=True)[0]
    assert Watcher().since(first, frozenset({"report:A"})) is None


def test_telling_outside_a_transaction_or_of_no_topic_is_refused(transactional_db):
    with pytest.raises(RuntimeError):
        live.tell("reports")
    with transaction.atomic(), pytest.raises(ValueError, match="no topic"):
        live.tell("report:A B")


def test_a_report_is_told_to_its_page_its_areas_its_body_and_the_desks_above(world):
    report = sent(at=STREET)
    topics = told()
    assert {f"report:{report.code}", "reports", "area:31", "area:31.71", "area:31.71.01.1001"} <= topics
    assert {f"desk:{report.body_id}", f"body:{report.body_id}"} <= topics
    assert f"desk:{report.body.parent_id}" in topics


def test_a_secret_report_is_told_to_those_alone_who_may_see_it(world):
    report = sent(at=STREET, privacy="secret")
    assert told() == {f"report:{report.code}", *(f"desk:{one}" for one in (report.body_id, report.body.parent_id))}


def test_an_internal_note_is_told_to_nobody_outside(world):
    report = sent(at=STREET)
    officer = person("petugas@contoh.id")
    Membership.objects.create(person=officer, body=report.body, role="officer")
    reports.note(report.code, casework.who(officer, report), "Antara kita", internal=True)
    tell_in([report.entries.order_by("-seq")[0]])
    # Not as `report:CODE` either: that is public, and anybody may listen to it.
    assert {one.partition(":")[0] for one in told()} == {"desk"}


def test_anybody_may_listen_to_what_is_public(client, world):
    report = sent(at=STREET)
    answer = client.get("/live", {"topic": ["reports", "area:31", f"report:{report.code}"]})
    assert answer.status_code == 204
    assert answer.listens_to == {"reports", "area:31", f"report:{report.code}"}
    assert answer.closing == {f"report:{report.code}"}  # it may become secret
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ([], 422), (["report:A B"], 422), (["x" * 200], 422), (["reports\0"], 422), (["reports"] * 21, 204),
        ([f"area:{number}" for number in range(21)], 422), (["people"], 403), (["person:1"], 403), (["report:"], 422),
        (["report:TIDAKADA"], 403), (["desk:31"], 403),
    ],
)  # fmt: skip
def test_what_nobody_may_listen_to_is_refused_in_words(client, world, asked, status):
    assert client.get("/live", {"topic": asked}).status_code == status


def test_a_secret_report_and_a_desk_are_heard_by_their_own_staff_only(client, world):
    report = sent(at=STREET, privacy="secret")
    topics = [f"report:{report.code}", f"desk:{report.body_id}"]
    officer, other = person("petugas@contoh.id"), person("lain@contoh.id")
    Membership.objects.create(person=officer, body=report.body, role="officer")
    for who, status in ((None, 403), (other, 403), (officer, 204)):
        if who:
            client.force_login(who)
        for topic in topics[1:] if who is officer else topics:
            assert client.get("/live", {"topic": topic}).status_code == status, (who, topic)


@pytest.mark.parametrize(
    ("said", "since"), [("12", 12), ("", None), ("x", None), ("-1", None), ("9" * 40, None), ("٣", None)]
)
def test_a_strange_last_event_is_no_last_event(client, world, said, since):
    assert client.get("/live", {"topic": "reports"}, headers={"Last-Event-ID": said}).since == since


def test_nothing_but_reading_is_answered(client, world):
    assert client.post("/live?topic=reports").status_code == 405


def test_a_role_that_begins_or_ends_and_a_session_that_ends_are_told_to_the_streams_of_the_person(client, world):
    boss, officer = person("kepala@contoh.id"), person("petugas@contoh.id")
    Membership.objects.create(person=boss, body_id="31.roads", role="administrator")
    with transaction.atomic():
        held = take_role(officer, "31.roads", "officer")
    assert told() == {f"person:{officer.pk}"}
    Change.objects.all().delete()
    casework.dismiss(boss, "31.roads", held.pk)
    assert told() == {f"person:{officer.pk}"}
    Change.objects.all().delete()
    client.force_login(officer)
    client.logout()
    assert told() == {f"person:{officer.pk}"}
    Change.objects.all().delete()
    erase(officer.email)
    assert told() == {f"person:{officer.pk}"}


def test_an_alert_is_told_to_the_posts_that_watch_its_place_and_they_alone_may_listen(client, world):
    here = post(area="31.71")
    post(area="51", body="51.71", title="Posko Bali")
    press()
    assert told() == {f"watch:{here.pk}"}
    client.force_login(operator("lain@contoh.id", body="51.71"))
    assert client.get("/live", {"topic": f"watch:{here.pk}"}).status_code == 403
    client.force_login(operator())
    assert client.get("/live", {"topic": f"watch:{here.pk}"}).status_code == 204
