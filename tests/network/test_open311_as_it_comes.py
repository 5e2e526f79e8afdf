"""Other cities' XML and JSON as it really comes: odd encodings, broken records, repeated news, clocks ahead."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone, translation
from typer.testing import CliRunner

from kentongan import reports
from kentongan.cli.peers import app as commands
from kentongan.network.dialects.open311 import reading, times
from kentongan.network.models import Delivery, Peer
from kentongan.notify.models import Message
from kentongan.reports.states import Actor
from kentongan.reports.who import Who
from kentongan.subscribers import register
from tests.network.test_dialect_open311 import connect, sent, work
from tests.open311_city import City
from tests.world import person

UPDATE = ("service_request_updates", "request_updates", "request_update", "update")
REQUEST = ("service_requests", "requests", "request")


@pytest.fixture
def city(world: None) -> Iterator[City]:
    """The stand-in, running."""
    translation.deactivate()
    register()
    found = City()
    yield found
    found.close()


def updates(*described: str, declared: str = "utf-8") -> str:
    """An answer with an update for each description."""
    inner = "".join(
        f"<request_update><update_id>U{number}</update_id><service_request_id>{1000 + number}</service_request_id>"
        f"<status>in_progress</status><updated_datetime>2026-11-25T20:12:39Z</updated_datetime>"
        f"<description>{words}</description></request_update>"
        for number, words in enumerate(described, 1)
    )
    return f'<?xml version="1.0" encoding="{declared}"?><service_request_updates>{inner}</service_request_updates>'


def read(content: bytes, notes: list[str] | None = None) -> list[str]:
    """The descriptions in an answer."""
    return [reading.field(one, "description") for one in reading.records(reading.parse(content, notes), *UPDATE)]


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ("ISO-8859-1", "latin-1"), ("windows-1252", "cp1252"), ("utf-8", "utf-8"), ("UTF-8", "utf-8-sig"),
        ("iso-8859-15", "iso-8859-15"), ("UTF-16", "utf-16"), ("utf-8", "cp1252"),  # the last says what it is not
    ],
)  # fmt: skip
def test_bytes_are_read_as_they_are_declared(declared: str, written: str) -> None:
    assert read(updates("Jalan Café, 30°C", declared=declared).encode(written)) == ["Jalan Café, 30°C"]


@pytest.mark.parametrize("written", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_json_is_read_in_whatever_encoding_it_comes(written: str) -> None:
    said = '[{"service_request_id": "1", "status": "open", "description": "Café\t30°C"}]'
    (one,) = reading.records(reading.parse(said.encode(written)), *REQUEST)
    assert one["description"] == "Café\t30°C"


@pytest.mark.parametrize(
    ("broken", "mended"),
    [
        ("Catatan\x0b petugas", "Catatan petugas"), ("A\x00B\x1f", "AB"), ("A&#11;B&#x1F;C", "ABC"),
        ("A &#0; B", "A  B"),
        ("Jalan & jembatan", "Jalan & jembatan"), ("a&b;c &amp; d&", "a&b;c & d&"), ("?a=1&c=2", "?a=1&c=2"),
    ],
)  # fmt: skip
def test_what_xml_cannot_hold_costs_at_most_itself(broken: str, mended: str) -> None:
    notes: list[str] = []
    assert read(updates(broken, "Tim berangkat").encode(), notes) == [mended, "Tim berangkat"]
    assert len(notes) == 1


def test_a_record_that_is_broken_is_left_out_and_named_and_the_others_arrive() -> None:
    notes: list[str] = []
    assert read(updates("satu", "a <b> tag", "tiga").encode(), notes) == ["satu", "tiga"]
    assert len(notes) == 1
    assert "U2" in notes[0]
    with pytest.raises(reading.Unreadable):
        reading.parse(b'<!DOCTYPE x [<!ENTITY a "b">]><service_requests><request>&a;</request></service_requests>')


@pytest.mark.parametrize(
    "wrapped",
    [
        {"service_requests": [1], "count": 1, "page": 1, "next": None}, {"status": "ok", "requests": [1], "total": 9},
        {"data": {"requests": [1], "page": 2}}, {"result": [1], "took": 3},
        {"requests": {"request": [1]}, "a": 1, "b": 2},
        {"meta": {"page": 1}, "service_requests": [1]}, {"requests": {"request": 1}, "total": 1}, [[1]], 1,
    ],
)  # fmt: skip
def test_records_are_found_inside_wrappers_with_more_keys(wrapped: Any) -> None:
    record = {"service_request_id": "7", "status": "open", "extended_attributes": {"x": 1}}

    def fill(value: Any) -> Any:
        if isinstance(value, list):
            return [fill(one) for one in value]
        if isinstance(value, dict):
            return {key: fill(one) if key not in {"page", "a", "b", "total", "took", "count"} else one
                    for key, one in value.items()}  # fmt: skip
        return record if value == 1 else value

    assert record in reading.records(fill(wrapped), *REQUEST)


@pytest.mark.django_db
def test_the_same_news_under_new_ids_and_times_is_one_entry_and_one_mail(city: City) -> None:
    connect(city)
    report = sent()
    reports.models.Report.objects.filter(pk=report.pk).update(reporter=person("warga@contoh.id"))
    before = Message.objects.count()
    for number in range(5):
        city.works_on("1001", "in_progress", "Tim dijadwalkan besok")
        city.updates[-1] |= {"update_id": f"same{number}", "updated_datetime": timezone.now().isoformat()}
        work(1)
    assert report.entries.filter(text="Tim dijadwalkan besok").count() == 1
    assert Message.objects.count() <= before + 1
    city.works_on("1001", "in_progress", "Tim berangkat")
    work(1)
    assert report.entries.filter(text="Tim berangkat").count() == 1


@pytest.mark.django_db
def test_a_standing_that_is_touched_at_every_look_is_no_news(city: City) -> None:
    connect(city, "open311")
    report = sent()
    for minute in range(4):
        at = timezone.now() + timedelta(minutes=minute)
        city.requests["1001"] |= {"status": "closed", "status_notes": "Ditambal", "updated_datetime": at.isoformat()}
        work(1)
    assert report.entries.filter(text="Ditambal").count() == 1


@pytest.mark.django_db
def test_the_same_words_are_news_again_once_people_here_have_rejected_the_result(city: City) -> None:
    connect(city)
    report = sent()
    city.works_on("1001", "fixed", "Ditambal")
    work()
    reports.reopen(report.code, Who(None, Actor.REPORTER), "Masih berlubang")
    work()
    city.works_on("1001", "fixed", "Ditambal")
    city.updates[-1] |= {"updated_datetime": (timezone.now() + timedelta(seconds=1)).isoformat()}
    work()
    report.refresh_from_db()
    assert report.state == "resolved"
    assert report.entries.filter(text="Ditambal").count() == 2


@pytest.mark.django_db
def test_a_clock_ahead_is_set_to_ours_and_true_news_after_it_still_counts(city: City) -> None:
    connect(city)
    report = sent()
    city.clock = timedelta(hours=8)
    city.works_on("1001", "in_progress", "Jam setempat ditulis Z")
    work()
    entry = report.entries.get(text="Jam setempat ditulis Z")
    assert entry.at <= timezone.now()
    city.clock = timedelta(0)
    city.works_on("1001", "fixed", "Selesai")
    work()
    report.refresh_from_db()
    assert report.state == "resolved"


@pytest.mark.django_db
def test_a_city_that_answers_for_the_first_of_many_ids_is_asked_for_each(city: City) -> None:
    connect(city, "open311")
    mine = [sent(text=f"Lubang {number}") for number in range(4)]
    whole = city._list
    city._list = lambda asked: whole(asked)[:1]  # type: ignore[method-assign]
    for number in range(1, 5):
        city.works_on(str(1000 + number), "closed", f"Ditambal {number}")
    work()
    assert [reports.models.Report.objects.get(pk=one.pk).state for one in mine] == ["resolved"] * 4


@pytest.mark.django_db
def test_what_was_left_out_of_an_answer_stands_in_the_status_of_the_peer(city: City) -> None:
    connect(city, format="xml")
    sent()
    Peer.objects.update(options={**Peer.objects.get().options, "format": "xml"})
    city.before = lambda method, path: (200, updates("satu", "a <b> tag")) if "updates" in path else None
    work(1)
    assert Peer.objects.get().failures == 0
    said = CliRunner().invoke(commands, ["status"], terminal_width=400).output
    assert "U2" in " ".join(said.split())


@pytest.mark.django_db
def test_photos_that_are_named_by_a_peer_which_only_calls_us_are_fetched(city: City) -> None:
    from kentongan.network import courier, keys

    keys.new_key("aplikasi", write=True)
    Delivery.objects.create(
        peer_id="aplikasi", kind="fetch", key="fetch/1/1/x",
        payload={"report": "7KQF-M2RD", "seq": 1, "role": "report", "address": f"{city.url}/photo.jpg"},
    )  # fmt: skip
    assert "aplikasi" in courier.due_peers()
    courier.turn("aplikasi", 5)
    assert Delivery.objects.get().attempts == 1  # there is none at this address; it was asked for


ONE = (
    "<request><service_request_id>7</service_request_id><status>open</status>"
    "<description>Lubang</description></request>"
)
LIST = f"<service_requests>{ONE}</service_requests>"
KEPT = {"service_request_id": "7", "status": "open", "description": "Lubang"}
JSON = json.dumps([KEPT])


def xml(inner: str = LIST, declared: str = "utf-8", written: str = "") -> bytes:
    return f'<?xml version="1.0" encoding="{declared}"?>{inner}'.encode(written or declared)


# Invented after the first ones had been mended: 5 of these 54 fell.
ANSWERS = {
    "plain": xml(), "a namespace": xml(LIST.replace("requests>", 'requests xmlns="http://x">', 1)),
    "a prefix": xml('<o:service_requests xmlns:o="http://x">' + ONE.replace("<", "<o:").replace("<o:/", "</o:")
                    + "</o:service_requests>"),
    "an envelope": xml(f'<s:Envelope xmlns:s="http://s"><s:Body>{LIST}</s:Body></s:Envelope>'),
    "names in capitals": xml(LIST.replace("service_request_id", "SERVICE_REQUEST_ID")),
    "CDATA": xml(LIST.replace("Lubang", "<![CDATA[Lubang]]>")),
    "a comment": xml(LIST.replace("><r", "><!-- x --><r", 1)),
    "an instruction": xml(f"<?xml-stylesheet href='x'?>{LIST}"), "no declaration": LIST.encode(),
    "a mark": b"\xef\xbb\xbf" + xml(), "blanks before": b"\n\n " + xml(), "UTF-16": xml(declared="utf-16"),
    "declared as UTF-16": xml(declared="utf-16", written="utf-8"), "an unknown encoding": xml(declared="klingon",
                                                                                        written="utf-8"),
    "version 1.1": xml().replace(b'"1.0"', b'"1.1"'), "single quotes": xml().replace(b'"', b"'"),
    "an entity of HTML": xml(LIST.replace("Lubang", "Lubang&nbsp;")), "a comment behind": xml() + b"<!-- 0.1s -->\n",
    "a script behind": xml() + b"<script>x</script>", "a warning in HTML": b"<br />\n<b>Warning</b>: x<br />\n" + xml(),
    "a warning in words": b"Warning: x in y.php\n" + xml(),
    "cut off": xml()[:-19] + b"<request><service_request_id>8</s",
    "a count inside": xml(LIST.replace("><r", "><count>1</count><r", 1)), "an array": xml(
        LIST.replace("requests>", 'requests type="array">', 1)),
    "nothing by a mark": xml(LIST.replace("requests>", 'requests xmlns:i="http://i">', 1).replace(
        "</request>", '<address i:nil="true"/></request>')),
    "a hash with dashes": xml(f"<hash><service-requests>{ONE}</service-requests></hash>"),
    "a list": JSON.encode(), "one alone": json.dumps(KEPT).encode(), "a callback": f"callback({JSON});".encode(),
    "a mark before JSON": b"\xef\xbb\xbf" + JSON.encode(), "a guard": b")]}',\n" + JSON.encode(),
    "a warning before JSON": b"Notice: x\n" + JSON.encode(), "no number": JSON.replace("}", ', "lat": NaN}').encode(),
    "JSON in a text": json.dumps(JSON).encode(), "a number": JSON.replace('"7"', "7").encode(),
    "a number with a fraction": JSON.replace('"7"', "7.0").encode(), "nulls": json.dumps([None, KEPT, None]).encode(),
    "keys in capitals": json.dumps([{key.upper(): value for key, value in KEPT.items()}]).encode(),
    "GeoJSON": json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 2]}, "properties": KEPT}]}).encode(),
    "HAL": json.dumps({"_embedded": {"requests": [KEPT]}, "_links": {"self": {"href": "x"}}, "count": 1}).encode(),
    "metadata": json.dumps({"metadata": {"resultset": {"count": 1}}, "results": [KEPT]}).encode(),
    "pages": json.dumps({"metadata": {"pagination": {"entries": 1}}, "issues": [KEPT]}).encode(),
    "success": json.dumps({"success": True, "data": [KEPT]}).encode(),
    "d": json.dumps({"d": {"results": [KEPT]}}).encode(),
    "by id": json.dumps({"7": KEPT}).encode(), "lists in a list": json.dumps([[KEPT]]).encode(),
    "one twice wrapped": json.dumps({"service_requests": {"request": KEPT}}).encode(),
    "a control character": JSON.replace("Lubang", "Lubang\x01").encode(), "a key twice": JSON.replace(
        '"status"', '"status": "open", "status"').encode(),
    "half a character": JSON.replace("Lubang", "Lubang\\ud83d").encode(),
    "one without an id": json.dumps([{"service_request_id": None, "token": "t"}, KEPT]).encode(),
    "a line behind": JSON.encode() + b"\n\n", "latin letters": JSON.encode("cp1252"),
    "blanks before JSON": b"\r\n" + JSON.encode(),
    "a prefix of nothing": xml(LIST.replace("</request>", '<address i:nil="true"/><x:y>1</x:y></request>')),
}  # fmt: skip


@pytest.mark.parametrize("how", ANSWERS)
def test_a_record_is_found_in_whatever_it_is_wrapped_into(how: str) -> None:
    found = reading.records(reading.parse(ANSWERS[how], []), *REQUEST)
    ids = [reading.field(one, "service_request_id") for one in found]
    assert reading.field(found[ids.index("7")], "description").startswith("Lubang")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (xml(LIST.replace("Lubang", "Lubang “besar”"), "iso-8859-1", "cp1252"), "Lubang “besar”"),
        (xml(LIST.replace("Lubang", "Lubang < 5 cm & air")), "Lubang < 5 cm & air"),
        (xml(LIST.replace("Lubang", "Lubang&nbsp;caf&eacute; &amp; &lt;b&gt;")), "Lubang\xa0café & <b>"),
        (xml(LIST.replace("Lubang", "<![CDATA[Lubang &eacute; < 5]]>&copy;")), "Lubang &eacute; < 5©"),
        (xml(LIST.replace("Lubang", "Lubang &LT;request&GT;&nbsp;x")), "Lubang <request>\xa0x"),
    ],
)  # fmt: skip
def test_words_stay_what_they_were_where_their_signs_are_not_those_of_xml(said: bytes, meant: str) -> None:
    (one,) = reading.records(reading.parse(said, []), *REQUEST)
    assert reading.field(one, "description") == meant


@pytest.mark.parametrize("opened", ["<![CDATA[", "<request>"])
def test_an_answer_that_opens_what_it_never_closes_holds_nobody_up(opened: str) -> None:
    """A hundred thousand, each read to the end, would be hours; so it is found out at a size that takes seconds."""
    began = time.process_time()
    with pytest.raises(reading.Unreadable):
        reading.parse(("<requests>&nbsp;" + opened * 20_000).encode(), [])
    assert time.process_time() - began < 2


def test_what_stands_beside_the_records_is_none_of_them() -> None:
    said = json.dumps({"success": True, "data": {"requests": [KEPT]}, "meta": {"total": 1}}).encode()
    assert [reading.field(one, "service_request_id") for one in reading.records(reading.parse(said), *REQUEST)] == ["7"]


@pytest.mark.parametrize(
    "said",
    [b"", b"<html><body>Maintenance</body></html>", b"Not found", b"[" * 10_000, b"<a>" * 10_000, b"\x1f\x8b\x08junk",
     b"%PDF", b"\xff\xfe", b"\0" * 50, b'<?xml version="1.0"?>', b"<!DOCTYPE html><html></html>", b"[}", b"{]"],
)  # fmt: skip
def test_what_is_no_answer_is_refused(said: bytes) -> None:
    with pytest.raises(reading.Unreadable):
        reading.parse(said)


@pytest.mark.parametrize("said", [b"null", b"[]", b"{}", b"true", b"1", b'""', b"[1,2]", b"<service_requests/>"])
def test_an_answer_may_have_no_record(said: bytes) -> None:
    assert reading.records(reading.parse(said), *REQUEST) == []


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-25T20:12:39Z", "2026-11-25T20:12:39+00:00", "2026-11-25T20:12:39+0000", "2026-11-26T03:12:39+07:00",
        "2026-11-25 20:12:39 UTC", "2026-11-25 20:12:39", "2026-11-25T20:12:39.123456Z", "2026-11-25T20:12:39.1234567Z",
        "2026-11-25 20:12:39 +0000", "2026-11-25 20:12:39 -0000", "2026-11-25T20:12:39 00:00", "2026/11/25 20:12:39",
        "Wed, 25 Nov 2026 20:12:39 GMT", "Thu, 26 Nov 2026 03:12:39 +0700", "Wed Nov 25 20:12:39 UTC 2026",
        "1795637559", "1795637559000", "1795637559.5", "20261125T201239Z", "2026-11-25T20:12:39[UTC]",
        "2026-11-25T20:12:39+00:00[UTC]", "2026-11-26T03:12:39+07:00[Asia/Jakarta]", "/Date(1795637559000)/",
        "2026-11-25T20:12:39 Z", "2026-11-25T20:12:39GMT", "25 Nov 2026 20:12:39 GMT", "2026-11-25T20:12:39−00:00",
        "2026-11-25T20:12:39,123Z", "2026-11-25T20:12:39z",
        "Thu Nov 26 2026 03:12:39 GMT+0700 (Western Indonesia Time)",
    ],
)  # fmt: skip
def test_times_are_read_as_servers_write_them(written: str) -> None:
    at = times.moment(written)
    assert at is not None
    assert abs(at - datetime(2026, 11, 25, 20, 12, 39, tzinfo=UTC)) < timedelta(seconds=1)


@pytest.mark.parametrize(
    "written",
    ["", "null", "0000-00-00 00:00:00", "-1", "99999999999999", "04/05/2026 8:12:39 PM", "2026-11-25T20:12:39EST",
     "Nov 25, 2026 8:12:39 PM", "/Date(x)/", "Xyz, 99 Foo 2026 20:12:39", "2026-13-45T00:00:00Z",
     "0001-01-01T00:00:00"],
)  # fmt: skip
def test_times_that_may_be_misread_are_none(written: str) -> None:
    assert times.moment(written) is None


@pytest.mark.django_db
def test_half_a_character_of_a_city_costs_that_character(city: City) -> None:
    connect(city)
    report = sent()
    city.works_on("1001", "in_progress", "Tim \ud83d berangkat\x00")
    work()
    assert "Tim" in report.entries.get(text__startswith="Tim").text


def test_words_that_begin_like_an_answer_are_words_and_packing_has_an_end() -> None:
    assert reading.field(reading.parse(b'{"message": "[GENERAL] not today"}'), "message") == "[GENERAL] not today"
    assert reading.field(reading.parse(b'{"message": "<\\ud800"}'), "message") != ""
    packed = '<a>{"service_request_id": "1"}</a>'
    for _layer in range(5):
        packed = f"<a>{packed.replace('&', '&amp;').replace('<', '&lt;')}</a>"
    assert "service_request_id" not in reading.records(reading.parse(packed.encode()), *REQUEST)[0]
    deep = '{"code": 1, "x": ' + '[{"x": ' * 450 + "1" + "}]" * 450 + "}"
    assert list(reading.records(reading.parse(deep.encode()), *REQUEST)) is not None
