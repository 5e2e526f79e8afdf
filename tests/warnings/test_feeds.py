"""Feeds of others: each message once, odd shapes left out alone, updates and cancels followed, none trusted blindly."""

from __future__ import annotations

import threading
import time
from datetime import UTC, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.utils import timezone

from kentongan import warnings
from kentongan.foundation.outbox import Event
from kentongan.foundation.problems import Problem
from kentongan.warnings import cap_reading, cap_writing, feeds
from kentongan.warnings.cap_reading import Unusable
from kentongan.warnings.models import Feed, Fetched, Warning
from kentongan.warnings.states import State
from tests.world import person

BOX = "-6.160,106.810 -6.160,106.830 -6.180,106.830 -6.180,106.810 -6.160,106.810"
RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>x</title>
<atom:link href="{base}/index" rel="self"/><link>https://www.bmkg.go.id/</link>{items}</channel></rss>"""
ITEM = "<item><title>Hujan</title><link>{link}</link><guid>{link}</guid><pubDate>{date}</pubDate></item>"


def at(minutes: float = 0) -> str:
    return (timezone.now() + timedelta(minutes=minutes)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def cap(
    name: str = "CBT1", *, kind: str = "Alert", refs: str = "", area: str = f"<polygon>{BOX}</polygon>", sent: str = "",
    status: str = "Actual", sender: str = "bmkg@bmkg.go.id", language: str = "id", expires: str = "",
    scope: str = "Public", event: str = "Hujan Lebat dan Petir",
) -> bytes:  # fmt: skip
    """A message in the shape of BMKG's."""
    return f"""<?xml version="1.0" encoding="UTF-8"?><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
<identifier>{name}</identifier><sender>{sender}</sender><sent>{sent or at(-5)}</sent><status>{status}</status>
<msgType>{kind}</msgType><scope>{scope}</scope><code>profile:x</code>
{f"<references>{refs}</references>" if refs else ""}
<info><language>{language}</language><category>Met</category><event>{event}</event><urgency>Immediate</urgency>
<severity>Moderate</severity><certainty>Observed</certainty><expires>{expires or at(120)}</expires>
<senderName>BMKG</senderName><headline>Hujan di Jakarta</headline><description>Hujan lebat.</description>
<web>https://www.bmkg.go.id</web><area><areaDesc>DKI Jakarta</areaDesc>{area}</area></info></alert>""".encode()


class Source:
    """BMKG's shape on loopback: an index, and the files that it names."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.index: bytes | None = None
        self.asked: list[str] = []
        self.status: dict[str, int] = {}
        source = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                source.asked.append(self.path)
                body = source.listed() if self.path == "/index" else source.files.get(self.path, b"")
                known = self.headers.get("If-None-Match") == '"1"' and source.status.get(self.path) == 304
                status = 304 if known else source.status.get(self.path, 200 if body else 404)
                self.send_response(200 if status == 304 and not known else status)
                self.send_header("Content-Length", "0" if known else str(len(body)))
                self.send_header("ETag", '"1"')
                self.end_headers()
                if not known:
                    self.wfile.write(body)

            def log_message(self, *_said: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def listed(self) -> bytes:
        if self.index is not None:
            return self.index
        items = [ITEM.format(link=self.base + path, date="Thu, 01 Jan 2026 00:00:00 +0700") for path in self.files]
        return RSS.format(base=self.base, items="".join(reversed(items))).encode()


@pytest.fixture
def source(db):
    made = Source()
    feeds.add_feed("bmkg", f"{made.base}/index", title="BMKG", senders=["bmkg@bmkg.go.id"])
    yield made
    made.server.shutdown()
    made.server.server_close()


def look() -> int:
    Feed.objects.update(due_at=timezone.now())
    return warnings.read_feeds()


def test_a_feed_is_read_once_its_updates_and_cancels_are_followed_in_any_order(source, client) -> None:
    follower = person()
    warnings.follow(follower, "31.71")
    sent = [at(-50), at(-40), at(-30)]
    source.files["/a_alert.xml"] = cap("A", sent=sent[0])
    assert look() == 1
    assert look() == 0
    assert source.asked.count("/a_alert.xml") == 1
    one = Warning.objects.get()
    assert (one.state, one.kind, one.severity) == (State.ACTIVE, "weather", "Moderate")
    assert one.covers
    assert all(code.startswith("31") for code in one.covers)
    assert Event.objects.filter(topic="warning.told").count() == 1
    page = client.get(f"/peringatan/{one.pk}").content.decode()
    assert "Hujan di Jakarta" in page
    assert "BMKG" in page
    assert client.get(f"/cap/{one.pk}.xml").status_code == 404  # theirs is told by them
    assert str(one.pk) not in client.get("/cap/alerts.atom").content.decode()
    # The same message under another address, or in the index of another language, is no new one.
    source.files["/a2_alert.xml"] = cap("A", sent=sent[0], language="en")
    assert look() == 0
    assert set(Warning.objects.get().words) == {"id", "en"}
    # The cancel is heard before the update: what arrives late is over from its first moment.
    ref = f"bmkg@bmkg.go.id,A,{sent[0]}"
    source.files["/c_alert.xml"] = cap("C", kind="Cancel", refs=f"{ref} bmkg@bmkg.go.id,B,{sent[1]}", sent=sent[2])
    assert look() == 1
    assert Warning.objects.get(pk=one.pk).state == State.CANCELLED
    source.files["/b_alert.xml"] = cap("B", kind="Update", refs=ref, sent=sent[1])
    assert look() == 1
    assert Warning.objects.get(identifier="B").state == State.CANCELLED
    assert warnings.all_in_force() == []
    # A cancel that says nothing more is one too; an old message is kept and told to nobody.
    source.files["/d_alert.xml"] = cap("D", sent=at(-20))
    assert look() == 1
    short = cap("E", kind="Cancel", refs=f"bmkg@bmkg.go.id,D,{at()}")
    source.files["/e_alert.xml"] = short[: short.index(b"<info>")] + b"</alert>"
    told = Event.objects.count()
    source.files["/old_alert.xml"] = cap("F", sent=at(-300), expires=at(-200))
    assert look() == 2
    assert Warning.objects.get(identifier="D").state == State.CANCELLED
    assert Warning.objects.get(identifier="F").state == State.EXPIRED
    assert Event.objects.count() == told + 1
    # What was said of G10 is nothing of G1, which arrives later.
    source.files["/l_alert.xml"] = cap("L", kind="Update", refs=f"bmkg@bmkg.go.id,G10,{at(-20)}", sent=at(-5))
    assert look() == 1
    source.files["/g_alert.xml"] = cap("G1", sent=at(-10))
    assert look() == 1
    assert Warning.objects.get(identifier="G1").state == State.ACTIVE
    # Nothing is asked for again where the index says that it is the same; a feed that is ended takes all with it.
    source.status["/index"] = 304
    before = len(source.asked)
    assert look() == 0
    assert len(source.asked) == before + 1
    assert warnings.end_feed("bmkg")
    assert not Warning.objects.exists()
    assert not warnings.end_feed("bmkg")


def test_nobody_speaks_for_others_and_a_broken_source_waits_and_is_said(source, monkeypatch) -> None:
    source.files["/a_alert.xml"] = cap("A")
    assert look() == 1
    # Another sender, another feed: neither may take it back.
    source.files["/x_alert.xml"] = cap(
        "X", sender="orang@lain.example", kind="Cancel", refs=f"bmkg@bmkg.go.id,A,{at()}"
    )
    assert look() == 0
    assert Fetched.objects.exclude(fault="").get().fault == "a sender that this feed may not speak for"
    other = feeds.add_feed("lain", "https://lain.example/rss", area="51")
    for area in (
        "<geocode><valueName>KEMENDAGRI</valueName><value>31.71</value></geocode>",
        f"<polygon>{BOX}</polygon>",
    ):
        with pytest.raises(Unusable):
            feeds.take(other, cap_reading.message(cap("Y", area=area)))
    feeds.take(other, cap_reading.message(cap("Z", kind="Cancel", refs=f"bmkg@bmkg.go.id,A,{at()}", area=(
        "<geocode><valueName>kemendagri</valueName><value>5171</value></geocode>"))))  # fmt: skip
    assert Warning.objects.get(identifier="A").state == State.ACTIVE
    wide = cap("W", area="<circle>-8.65,115.21 900</circle>")
    feeds.take(other, cap_reading.message(wide))
    assert all(code.startswith("51") for code in Warning.objects.get(identifier="W").covers)
    Feed.objects.filter(name="lain").delete()
    # Links to other hosts are not followed; a message that is too large, or away, holds up none of the others.
    items = [
        ITEM.format(link=link, date="x")
        for link in ("http://10.0.0.1/a.xml", "https://lain.example/b", "", "\\x", "//")
    ]
    source.index = RSS.format(base=source.base, items="".join(items)).encode()
    assert look() == 0
    source.index = None
    source.files["/big_alert.xml"] = b"x" * (feeds.MESSAGE + 1)
    source.files["/b_alert.xml"] = cap("B")
    look()
    fault = Feed.objects.get().fault
    assert fault == "TooLarge"
    source.files["/big_alert.xml"] = b"<html>"
    assert look() in {0, 1}
    assert Warning.objects.filter(identifier="B").exists()
    for index in (b"", b"<html/>", b"<rss><channel>", b"<!DOCTYPE x [<!ENTITY a 'b'>]><rss>&a;</rss>", b"\xff\xfe\x00"):
        source.index = index or b" "
        assert look() == 0
        assert Feed.objects.get().fault
        assert Feed.objects.get().due_at > timezone.now()
    source.index, source.status["/index"] = None, 503
    assert look() == 0
    assert Feed.objects.get().faults > 1
    source.status.clear()
    look()
    assert Feed.objects.get().fault == ""
    for bad, area in (("ftp://x", ""), ("javascript:1", ""), ("http://a b", ""), ("https://x.example/rss", "99")):
        with pytest.raises(Problem):
            feeds.add_feed("x", bad, area=area)
    # What is listed and gone is looked at once; of very many, and where time is over, the rest comes at the next look.
    source.files |= {"/gone": b"", "/e_alert.xml": cap("E1"), "/f_alert.xml": cap("F1")}
    with monkeypatch.context() as short:
        short.setattr(feeds, "ENOUGH", -1.0)
        assert look() == 0
    monkeypatch.setattr(feeds, "MOST_NEW", 1)
    assert [look(), look(), look(), look()] == [1, 1, 0, 0]
    assert source.asked.count("/gone") == 1
    Fetched.objects.update(at=timezone.now() - timedelta(days=31))
    assert warnings.sweep_feeds() > 0


def page(source, links: list[str], further: str, atom: bool = True) -> bytes:
    """A page of an index of others: Atom, or RSS with Atom's link, that names the one after it."""
    said = f'<link xmlns="http://www.w3.org/2005/Atom" rel="next" href="{further}"/>' if further else ""
    if not atom:
        items = "".join(ITEM.format(link=source.base + one, date="Thu, 01 Jan 2026 00:00:00 +0700") for one in links)
        return RSS.format(base=source.base, items=said + items).encode()
    entries = "".join(f'<entry><id>{one}</id><link href="{source.base}{one}"/></entry>' for one in links)
    return f'<feed xmlns="http://www.w3.org/2005/Atom">{said}{entries}</feed>'.encode()


def test_an_index_in_pages_is_read_to_its_end_and_never_without_one(source, monkeypatch) -> None:
    names = [f"/{number}.xml" for number in range(6)]
    source.files |= {name: cap(f"P{number}") for number, name in enumerate(names)}
    source.index = page(source, names[:2], "/index?page=2", atom=False)
    source.files |= {
        "/index?page=2": page(source, names[2:4], f"{source.base}/index?page=3#x"),
        "/index?page=3": page(source, names[4:5], "/index?page=2"),  # in a circle
    }
    assert look() == 5
    assert [one for one in source.asked if "index" in one] == ["/index", "/index?page=2", "/index?page=3"]
    # A page that fails costs none of the others; the whole index is asked for again.
    source.files["/index?page=3"] = page(source, names[4:], "http://127.0.0.1:9/index")  # another host: not ours to ask
    source.status["/index?page=3"] = 500
    assert look() == 0
    assert Feed.objects.get().fault == "HTTPError"
    source.status["/index?page=3"] = 200
    assert look() == 1
    assert Feed.objects.get().fault == ""
    # Without an end, and larger than all pages may be together.
    source.files |= {f"/index?page={at}": page(source, [], f"/index?page={at + 1}") for at in range(2, 30)}
    source.asked.clear()
    look()
    assert len(source.asked) == feeds.MOST_PAGES
    monkeypatch.setattr(feeds, "INDEX", len(source.index) + 300)
    source.asked.clear()
    look()
    assert len(source.asked) < 5
    assert Feed.objects.get().fault == "TooLarge"


@pytest.mark.parametrize(
    ("base", "further", "found"),
    [
        ("http://a.example/cap", "https://a.example/cap?2", "https://a.example/cap?2"),
        ("https://a.example/cap", "http://a.example/cap?2", ""),
        ("https://a.example/cap/2/", "../3/", "https://a.example/cap/3/"),
        ("https://a.example/cap", "//b.example/cap?2", ""),
        ("https://a.example/cap", "file:///etc/passwd", ""),
    ],
)
def test_the_next_page_is_on_the_same_host_and_no_less_safe(base: str, further: str, found: str) -> None:
    said = f'<feed xmlns="http://www.w3.org/2005/Atom"><link rel="next" href="{further}"/></feed>'
    assert cap_reading.following(said.encode(), base) == found


def test_what_was_refused_is_read_again_a_day_later_though_the_index_is_the_same(source) -> None:
    source.status["/index"] = 304
    source.files["/a_alert.xml"] = cap("A", sender="baru@bmkg.go.id")
    assert look() == 0
    Feed.objects.update(senders=["bmkg@bmkg.go.id", "baru@bmkg.go.id"])
    assert look() == 0
    Fetched.objects.update(at=timezone.now() - timedelta(hours=25))
    # Its host is away just then: the next look must not be told that the index is the same.
    source.status["/a_alert.xml"] = 503
    assert look() == 0
    assert (Feed.objects.get().etag, Feed.objects.get().faults) == ("", 1)
    source.status.pop("/a_alert.xml")
    assert (look(), look()) == (1, 0)
    assert Warning.objects.get().identifier == "A"
    assert Fetched.objects.get().fault == ""


def test_odd_shapes_are_left_out_alone_and_messages_without_any_are_refused() -> None:
    good = f"<polygon>{BOX}</polygon>"
    for odd in (
        "<polygon/>", "<polygon>1,2</polygon>", "<polygon>a,b c,d e,f g,h</polygon>",
        "<polygon>-6,106 -6,106 -6,106</polygon>",
        "<polygon>106.8,-6.1 106.9,-6.1 106.9,-6.2 106.8,-6.1</polygon>", "<polygon>nan,nan inf,0 0,0 1,1</polygon>",
        "<polygon>-6.1,106.8 -6.2,106.9 -6.1,106.9 -6.2,106.8 -6.1,106.8</polygon>",
        "<polygon>50,8 51,8 51,9 50,8</polygon>",
        f"<polygon>{'-6.1,106.8 ' * 25_000}</polygon>", "<polygon>-6.1 106.8 -6.2 106.9 -6.2 106.8</polygon>",
        "<circle>-6.1,106.8</circle>", "<circle>-6.1,106.8 -5</circle>", "<circle>-6.1,106.8 99999</circle>",
        "<circle>x</circle>", "<circle>nan,106.8 1</circle>", "<circle>50,8 1</circle>",
        f"<polygon>{'-6.1,106.8 ' * 60_000}</polygon>",
        "<geocode><valueName>KEMENDAGRI</valueName><value>99</value></geocode>", "<geocode/>",
        "<geocode><valueName>UGC</valueName><value>31.71</value></geocode>",
    ):  # fmt: skip
        found = cap_reading.message(cap(area=odd + good))
        assert len(found.area["polygons"]) == 1, odd
        with pytest.raises(Unusable):
            cap_reading.message(cap(area=odd))
    open_ring = " ".join(BOX.split()[:-1])
    assert cap_reading.message(cap(area=f"<polygon>{open_ring}</polygon>")).area == cap_reading.message(cap()).area
    spread = BOX.replace(" ", " \n\t ")
    assert cap_reading.message(cap(area=f"<polygon>{spread}</polygon>")).area == cap_reading.message(cap()).area
    spaced = cap(area=f"<polygon>{BOX.replace(',', ', ')}</polygon>")
    assert cap_reading.message(b"\n" + spaced).area == cap_reading.message(cap()).area  # an empty line first, too
    around = [cap(area=f"<circle>-6.15{comma}106.85 5</circle>") for comma in (",", " , ")]
    assert len({str(cap_reading.message(one).area) for one in around}) == 1
    begun = time.process_time()
    blanks = cap(area=f"<polygon>{BOX}{' ' * 300_000}</polygon>")
    assert cap_reading.message(blanks).area == cap_reading.message(cap()).area
    assert time.process_time() - begun < 10  # it took two minutes
    page = b"&lt;p class='x'&gt;Hujan&lt;br/&gt;lebat, &lt;b&gt;5 &lt; 6&lt;/b&gt;&lt;/p&gt;"
    tagged = cap().replace(b"Hujan lebat.", page)
    assert cap_reading.message(tagged).words["id"]["description"] == "Hujan\nlebat, 5 < 6"
    for code in ("31.71", "3171"):
        area = f"<geocode><valueName>kode_wilayah</valueName><value> {code} </value></geocode>"
        assert cap_reading.message(cap(area=area)).area["codes"] == ["31.71"]
    point = cap_reading.message(cap(area="<circle>-6.17,106.82 0</circle>"))
    assert point.area["circles"] == [[106.82, -6.17, 0]]


def test_a_message_that_is_not_for_the_public_or_not_in_order_is_refused_with_the_reason() -> None:
    for bad, why in (
        (b"", "no XML"), (b"<alert/>", "no CAP message"), (cap().replace(b":1.2", b":9"), "no CAP message"),
        (cap(status="Test"), "neither actual nor an exercise"), (cap(status="System"),
        "neither actual nor an exercise"),
        (cap(kind="Ack"), "neither alert, update nor cancel"), (cap(scope="Private"), "not public"),
        (cap(kind="Update"), "refers to no message"), (cap(kind="Cancel", refs="a,b"), "refers to no message"),
        (cap(""), "no identifier or sender"), (cap("a b"), "no identifier or sender"), (cap(sender="a,b"),
        "no identifier or sender"),
        (cap(sent="gestern"), "no time of sending"), (cap(sent="2026-01-01T00:00:00"), "no time of sending"),
        (cap(sent=at(600)), "sent in the future"), (cap(event="").replace(b"Hujan di Jakarta", b""), "no words"),
        (b"<!DOCTYPE a [<!ENTITY x 'y'>]>" + cap(), "XML with a DTD or entities"), (cap().replace(b"UTF-8",
        b"X-NONE"), "no XML"),
        (b'<?xml version="1.0"?>' + b"<a>" * 50_000, "no XML"), (cap()[: cap().index(b"<info>")] + b"</alert>",
        "says nothing"),
    ):  # fmt: skip
        with pytest.raises(Unusable) as fault:
            cap_reading.message(bad)
        assert str(fault.value) == why, bad[:200]
    late = cap_reading.message(cap(sent="2026-01-01T00:00:00Z", expires="2036-01-01T00:00:00+07:00"))
    assert late.expires - late.sent == cap_reading.LONGEST
    assert cap_reading.message(cap(expires="x")).expires is not None
    twice = cap().replace(b"</info>", b"</info>" + cap()[cap().index(b"<info>") : -len(b"</alert>")], 1)
    twice = twice.replace(b"Hujan lebat.", b"Lain.").replace(b"Lain.", b"Hujan lebat.", 1)
    assert cap_reading.message(twice).words["id"]["description"] == "Hujan lebat."  # what was said first holds
    plain = cap(event="Banjir Rob").replace(b"<severity>Moderate", b"<severity>sangat")
    found = cap_reading.message(plain)
    assert (found.kind, found.severity) == ("flood", "Unknown")
    atom = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><updated>2</updated>
        <link type="application/cap+xml" href="https://[x"/>
        <link href="https://x.example/page"/><link type="application/cap+xml" href="/cap/1.xml"/></entry>
        <entry/></feed>"""
    assert [one.url for one in cap_reading.entries(atom, "https://x.example/feed")] == ["https://x.example/cap/1.xml"]


def test_the_example_of_the_page_is_read_as_it_stands_there() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/warnings.md").read_text()
    found = cap_reading.message(page.split("```xml\n")[1].split("```")[0].encode())
    assert (found.msg_type, found.kind, found.area["codes"]) == ("Update", "flood", ["31.71.01"])
    assert found.references == [("31@kota.example", "urn:uuid:0a7e6c52-5a1d-4f0e-8f3b-1f2f5d6c7b80")]


@pytest.mark.django_db
def test_what_we_write_we_can_read() -> None:
    """One instance may read the feed of another."""
    one = Warning(
        identifier="urn:uuid:1", sender="31@kota.example", sent=timezone.now().replace(microsecond=0),
        status="Exercise", msg_type="Alert", kind="flood", category="Met",
        urgency="Immediate", severity="Severe", certainty="Observed",
        expires=(timezone.now() + timedelta(hours=3)).replace(microsecond=0), state=State.ACTIVE,
        words={code: {"event": "Banjir", "headline": "A & <B>", "description": "C",
        "instruction": ""} for code in ("id", "en")},
        area={"codes": ["31.71"], "polygons": [[[106.8, -6.1], [106.9, -6.1], [106.9, -6.2], [106.8, -6.1]]],
              "circles": [[106.8, -6.1, 2.5]]}, area_words={"id": "Jakarta", "en": "Jakarta"}, covers=["31.71"],
    )  # fmt: skip
    found = cap_reading.message(cap_writing.message(one))
    assert found.area == one.area
    assert (found.identifier, found.sender, found.sent, found.status) == (
        one.identifier,
        one.sender,
        one.sent,
        "Exercise",
    )
    assert (found.kind, found.severity, found.expires) == ("flood", "Severe", one.expires)
    assert found.words["en"]["headline"] == "A & <B>"
