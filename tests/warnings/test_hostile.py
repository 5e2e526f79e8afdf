"""Feeds that lie, flood or break; and a warning that nobody may end, or that comes after its end: there is none."""

from __future__ import annotations

import random

import pytest
from django.utils import timezone

from kentongan import bodies, notify, warnings
from kentongan.bodies.models import Membership
from kentongan.foundation.outbox import Event
from kentongan.notify.models import Message, Push
from kentongan.warnings import cap_reading, feeds, shapes
from kentongan.warnings.cap_reading import Unusable
from kentongan.warnings.models import Feed, Right, Warning
from kentongan.warnings.shapes import OddShape
from kentongan.warnings.states import State
from tests.notify.push_service import Browser
from tests.warnings.test_feeds import Source, at, cap, look
from tests.warnings.test_warnings import SAID, published, refused, staff, tell_all
from tests.world import person

__all__ = ["staff"]
JAKARTA, BALI = (
    f"<geocode><valueName>kemendagri</valueName><value>{code}</value></geocode>" for code in ("31.71", "51.71")
)
NO_INFO = b"</alert>"


def ref(name: str) -> str:
    return f"bmkg@bmkg.go.id,{name},{at()}"


def short(name: str, takes_back: str, **more: str) -> bytes:
    """A cancel that says nothing more."""
    whole = cap(name, kind="Cancel", refs=ref(takes_back), **more)
    return whole[: whole.index(b"<info>")] + NO_INFO


def take(feed: Feed, content: bytes) -> bool:
    return feeds.take(feed, cap_reading.message(content))


def test_a_scribble_is_refused_before_anybody_tries_to_mend_it() -> None:
    """Mended as GEOS does it, 300 points at random take twelve seconds."""
    for count in (300, 20_000):
        some = random.Random(count)
        with pytest.raises(OddShape, match="crosses itself"):
            shapes.ring([(95 + 40 * some.random(), -10 + 15 * some.random()) for _point in range(count)])
    hidden = [(106 + at / 30_000, -6.0) for at in range(10_000)]  # in order at first
    some = random.Random(1)
    hidden += [(106 + some.random() / 3, -6.5 + some.random() / 3) for _point in range(500)]
    with pytest.raises(OddShape):
        shapes.ring([*hidden, (106.0, -7.0)])
    loop = [(106.8, -6.1), (106.9, -6.1), (106.9, -6.2), (106.8, -6.2), (106.8, -6.201), (106.801, -6.199)]
    assert len(shapes.ring(loop)) > 3


def test_odd_times_and_empty_words_cost_a_message_its_place_and_no_more() -> None:
    for odd in (
        "Mon, 01 Jan 99999999999 00:00:00 +0000", "Mon, 01 Jan 2020 00:00:00 +99999999999999",
        "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "２０２６-01-01T00:00:00+00:00",
    ):  # fmt: skip
        with pytest.raises(Unusable, match="no time of sending"):
            cap_reading.message(cap(sent=odd))
        assert cap_reading.message(cap(expires=odd)).expires
    whole = cap(language="en")
    blank = b"<info><language>id</language><headline> </headline><event/></info>"
    found = cap_reading.message(whole.replace(b"<info>", blank + b"<info>", 1))
    assert set(found.words) == {"en"}  # who reads Indonesian reads these, not nothing
    assert found.severity == "Moderate"
    assert cap_reading.message(cap("C", kind="Cancel", refs=ref("A"), area="<polygon>1,2</polygon>")).odd


@pytest.mark.django_db
def test_one_source_has_several_indexes_and_no_other_speaks_by_its_names(client) -> None:
    spoken, english = (feeds.add_feed(name, f"https://bmkg.example/{name}") for name in ("id", "en"))
    west, east = (feeds.add_feed(f"p{code}", f"https://bmkg.example/{code}", area=code) for code in ("31", "51"))
    other = feeds.add_feed("lain", "https://lain.example/rss")
    # Somebody else is faster, with the same names: what the source says itself is heard still.
    assert take(other, cap("A", sent=at(-50), area=BALI))
    assert take(spoken, cap("A", sent=at(-50), area=JAKARTA))
    assert take(other, short("X", "A"))
    mine = Warning.objects.get(identifier="A", feed=spoken)
    assert mine.state == State.ACTIVE
    # Its end is read first in the index of another language, and with an area that is none.
    assert take(english, cap("B", kind="Cancel", refs=ref("A"), area="<polygon>1,2</polygon>", expires=at(-1)))
    mine.refresh_from_db()
    assert mine.state == State.CANCELLED
    assert Warning.objects.get(identifier="B").covers == ["31.71"]
    # Each index is believed for its province: the message holds in both, and those of the second are told too.
    both = cap("C", sent=at(-40), area=JAKARTA + BALI)
    told = Event.objects.filter(topic="warning.told").count()
    assert take(west, both)
    assert not take(east, both)
    assert not take(east, both)
    assert Warning.objects.get(identifier="C").covers == ["31.71", "51.71"]
    assert Event.objects.filter(topic="warning.told").count() == told + 2
    # Of names that begin alike each is its own.
    assert take(spoken, cap("D.10", sent=at(-30)))
    assert take(spoken, short("E", "D.10", sent=at(-20)))
    assert take(spoken, cap("D.1", sent=at(-30)))
    assert Warning.objects.get(identifier="D.1").state == State.ACTIVE
    # An exercise ends nothing real; a cancel without a word that comes before what it takes back is kept.
    assert take(spoken, cap("F", kind="Update", refs=ref("D.1"), status="Exercise"))
    assert take(spoken, short("G", "D.1", status="Exercise"))
    assert Warning.objects.get(identifier="D.1").state == State.ACTIVE
    assert take(spoken, short("I", "H", sent=at(-5)))
    assert take(spoken, cap("H", sent=at(-10)))
    assert Warning.objects.get(identifier="H").state == State.CANCELLED
    # An update that is over when it comes ends what is shown, in the same second.
    assert len([one for one in warnings.all_in_force() if not one.exercise]) == 2  # C and D.1
    assert take(spoken, cap("J", kind="Update", refs=ref("D.1"), sent=at(-4), expires=at(-1)))
    assert len([one for one in warnings.all_in_force() if not one.exercise]) == 1
    # Without a name of the area its places are named; the oldest time there is has a page.
    nameless = cap("K", area=JAKARTA, sent="0001-01-01T00:00:00Z").replace(b"<areaDesc>DKI Jakarta</areaDesc>", b"")
    assert take(spoken, nameless)
    page = client.get(f"/peringatan/{Warning.objects.get(identifier='K').pk}")
    assert "Jakarta Pusat" in page.content.decode()
    assert client.get(f"/peringatan/{Warning.objects.get(identifier='I').pk}").status_code == 200


@pytest.mark.django_db
def test_a_flood_of_messages_or_a_broken_one_keeps_no_other_from_people(staff, monkeypatch) -> None:
    source = Source()
    try:
        feed = feeds.add_feed("bmkg", f"{source.base}/index")
        source.files = {"/broken": b"", "/good": cap("A")}
        source.status = {"/broken": 503}
        assert look() == 1
        feed.refresh_from_db()
        assert feed.fault
        assert (feed.due_at - timezone.now()).total_seconds() <= feed.every  # no longer pause for the others
        source.files["/broken"], source.status = cap("B"), {}
        assert look() == 1  # it is asked for again
        feed.refresh_from_db()
        assert (feed.fault, feed.faults) == ("", 0)
    finally:
        source.server.shutdown()
        source.server.server_close()
    monkeypatch.setattr(feeds, "MOST_IN_FORCE", 3)
    assert take(feed, cap("C"))
    with pytest.raises(Unusable, match="too many in force"):
        take(feed, cap("D"))
    assert take(feed, cap("E", kind="Update", refs=ref("C")))
    own = published(staff[1], severity="Minor")
    monkeypatch.setattr("kentongan.warnings.standing.MOST", 4)
    warnings.give("31")  # the copy is read anew
    assert own.pk in {one.number for one in warnings.all_in_force()}


def test_nobody_warns_where_they_no_longer_may_and_takes_back_what_they_said_always(staff, client) -> None:
    officer, head = staff
    draft = warnings.draft(head, "31", SAID)
    warnings.give("31", "31.72")
    assert refused("outside", warnings.publish, head, draft.pk, draft.version).field == "codes"
    warnings.give("31")
    one, two = published(head), published(head)
    warnings.take("31")
    refused("coordinators_publish", warnings.cancel, officer, one.pk, "Keliru")
    refused("not_a_publisher", warnings.cancel, person("lain@contoh.id"), one.pk, "Keliru")
    refused("not_a_publisher", warnings.draft, head, "31", SAID, replaces=one)
    client.force_login(head)
    page = client.get(f"/console/warnings/{one.pk}").content.decode()
    assert 'value="cancel"' in page
    assert "?of=" not in page
    assert client.get(f"/console/warnings/{draft.pk}").status_code == 403
    assert client.post(f"/console/warnings/{one.pk}", {"do": "cancel", "reason": "Keliru"}).status_code == 302
    operator = person("pengelola@contoh.id", is_superuser=True)
    client.force_login(operator)
    assert f"/console/warnings/{two.pk}" in client.get("/console/warnings").content.decode()
    assert client.post(f"/console/warnings/{two.pk}", {"do": "publish", "version": "1"}).status_code == 404
    assert client.post(f"/console/warnings/{two.pk}", {"do": "cancel", "reason": "Keliru"}).status_code == 302
    assert not Warning.objects.filter(state=State.ACTIVE).exists()
    assert not Right.objects.exists()


def test_what_still_waits_when_a_warning_ends_is_told_to_nobody_and_its_end_to_all_who_heard_it(staff) -> None:
    _officer, head = staff
    lives, grave = person("di@contoh.id"), person("berat@contoh.id")
    for one in (lives, grave):
        warnings.follow(one, "31.71")
    warnings.choose(grave, by_mail=True, only_grave=True)
    notify.join(lives, Browser().said("https://push.example/1"))
    first = published(head)  # severe
    notify.write("kabar", [(lives, "Kabar", "Ada kabar.")])
    tell_all()
    assert Message.objects.order_by("due_at", "pk")[2].subject == "Kabar"  # what is grave goes first
    Message.objects.filter(subject="Kabar").delete()
    assert Message.objects.filter(given_up=False).count() == 2
    change = warnings.draft(head, "31", SAID | {"severity": "Minor"}, replaces=first)
    second = warnings.publish(head, change.pk, change.version)
    waiting = Message.objects.filter(key__startswith=f"warning/{first.pk.hex}")
    assert {one.given_up for one in waiting} == {True}  # it would arrive after the update
    assert not Push.objects.filter(ended_at=None).exists()
    tell_all()
    assert Message.objects.filter(given_up=False, to_person=grave).count() == 1  # that it is minor now
    Message.objects.filter(given_up=False).update(sent_at=timezone.now())
    last = warnings.cancel(head, second.pk, "Surut")
    tell_all()
    assert Message.objects.filter(key__startswith=f"warning/{last.pk.hex}", given_up=False).count() == 2
    assert Message.objects.filter(given_up=False).count() == 4  # what had left is as it was
    assert Push.objects.filter(ended_at=None).count() == 1


def test_a_role_without_the_right_reads_no_draft(staff, client) -> None:
    _officer, head = staff
    draft = warnings.draft(head, "31", SAID)
    viewer = person("lihat@contoh.id")
    Membership.objects.create(person=viewer, body=bodies.get("31"), role="viewer")
    client.force_login(viewer)
    for path in ("", "/edit"):
        assert client.get(f"/console/warnings/{draft.pk}{path}").status_code == 403
    assert client.post("/console/warnings/new", SAID | {"body": "31"}).status_code == 403
    assert client.get(f"/peringatan/{draft.pk}").status_code == 404
    assert client.get(f"/cap/{draft.pk}.xml").status_code == 404
