"""Real Open311 servers are met with patience: nothing is lost, nothing doubled, whatever they answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from kentongan import network, reports, routing
from kentongan.cli.peers import app as commands
from kentongan.foundation import outbox
from kentongan.foundation.outgoing import _further
from kentongan.foundation.problems import Problem
from kentongan.network import adding, dialects, mapping, peers
from kentongan.network.dialects.open311 import reading, times, web
from kentongan.network.models import Delivery, HandOver, Peer, PeerState
from kentongan.reports.audit import audit
from kentongan.reports.models import Report
from kentongan.reports.states import Actor
from kentongan.reports.who import Who
from kentongan.subscribers import register
from tests.open311_city import City, slow
from tests.pictures import picture
from tests.world import STREET, person, submission

CAPTURED = Path(__file__).parents[3] / "shared/data/open311"


@pytest.fixture
def city(world: None) -> Iterator[City]:
    """The stand-in, running."""
    translation.deactivate()  # a worker speaks the language of the installation, whatever was read before
    register()
    found = City()
    yield found
    found.close()


def connect(city: City, kind: str = "fixmystreet", **options: Any) -> Peer:
    """The city as a peer that is switched on: Jakarta's roads department works there."""
    given = {"poll_every": 0, **options}
    peer, _findings = adding.add(kind, city.url, name="kota", secret=city.key, bodies=["31.roads"], options=given)
    mapping.confirm(peer, "road_damage", "006", {"SIZE": "=size"})
    peers.switch(peer, PeerState.ACTIVE)
    return peer


def sent(**fields: Any) -> Report:
    """A report on a city street, delivered as far as it goes."""
    given = {"answers": {"size": "large"}, **fields}
    report = routing.submit(submission(at=STREET, **given), None).report
    work()
    return report


def work(rounds: int = 3) -> None:
    """What a worker does, and time that passes."""
    for _ in range(rounds):
        while outbox.drain():
            pass
        network.deliver_all(2)
        Delivery.objects.update(due_at=timezone.now())
        Peer.objects.update(closed_until=None)
    while outbox.drain():
        pass


# Finding out what is there


@pytest.mark.django_db
def test_a_city_is_found_mapped_by_likeness_and_shown_before_it_is_switched_on(city: City) -> None:
    peer, findings = adding.add("open311", city.url, name="kota", secret=city.key)
    assert findings[0] == "2 layanan dalam JSON" or "2 services in JSON" in findings[0]
    assert peer.state == "proposed"
    found = {line.category.code: line.mapped for line in mapping.listing(peer) if line.mapped}
    assert found["road_damage"].service_code == "006"
    assert found["waste"].service_code == "021"
    assert not found["waste"].confirmed
    routing.submit(submission(at=STREET, answers={"size": "small"}), None)
    mapping.confirm(peer, "road_damage", "006", {"SIZE": "=size"})
    shown = dict(adding.sample(peer))
    assert (shown["service_code"], shown["attribute[SIZE]"]) == ("006", "2")
    assert city.filed == []


@pytest.mark.django_db
def test_a_wrong_key_is_told_without_leaving_anything_behind(city: City) -> None:
    _peer, findings = adding.add("open311", city.url, name="kota", secret="salah")
    assert "Invalid api_key" in findings[-1]
    assert city.filed == []


@pytest.mark.django_db
def test_an_address_without_services_is_refused_and_nothing_is_kept(city: City) -> None:
    with pytest.raises(Problem) as refused:
        adding.add("open311", city.url.replace("v2", "v9"), name="kota")
    assert refused.value.code == "no_open311"
    assert not Peer.objects.exists()


@pytest.mark.django_db
def test_an_empty_list_by_mistake_takes_no_mapping_away(city: City) -> None:
    peer = connect(city)
    city.before = lambda method, path: (200, "[]") if "services" in path else None
    with pytest.raises(Problem):
        mapping.discover(peer)
    assert mapping.listing(peer)[1].mapped is not None


@pytest.mark.django_db
@pytest.mark.parametrize("answer", [(503, ""), (404, "[]"), (200, "<html>"), (200, "")])
def test_what_a_service_asks_for_is_kept_where_it_cannot_be_read_again_and_that_is_said(
    city: City, answer: tuple[int, str]
) -> None:
    peer = connect(city)
    asked = {one.code: one.attributes for one in mapping.services(peer)}
    assert asked["006"]
    city.before = lambda method, path: answer if "services/006" in path else None
    assert any("006" in line and "belum terbaca" in line for line in mapping.discover(peer))
    assert {one.code: one.attributes for one in mapping.services(peer)} == asked
    city.before = lambda method, path: None
    assert not any("belum terbaca" in line for line in mapping.discover(peer))


@pytest.mark.django_db
def test_a_service_that_asks_for_nothing_any_more_is_asked_for_nothing(city: City) -> None:
    peer = connect(city)
    none = json.dumps([{"service_code": "006", "attributes": []}])
    city.before = lambda method, path: (200, none) if "services/006" in path else None
    assert not any("belum terbaca" in line for line in mapping.discover(peer))
    assert not any(one.attributes for one in mapping.services(peer))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((405, ""), ["Server itu tidak menerima laporan di alamat ini (405)."]),
        ((404, "<html>"), ["Server itu tidak menerima laporan di alamat ini (404)."]),
        ((404, '[{"code": 404, "description": "service_code not found"}]'), []),  # GeoReport v2 has it so
        ((400, '[{"code": 400, "description": "service_code was not provided"}]'), []),
        ((502, ""), ["Server itu sedang bermasalah (502)."]),
    ],
)
def test_a_server_that_takes_no_reports_is_found_out_when_the_connection_is_tried(
    city: City, answer: tuple[int, str], said: list[str]
) -> None:
    line = peers.line_to(connect(city))
    city.before = lambda method, path: answer if method == "POST" else None
    assert dialects.dialect("open311").test(line) == said


# Filing


@pytest.mark.django_db
def test_a_report_is_filed_as_the_citys_definition_asks_and_nothing_of_the_reporter(city: City) -> None:
    connect(city)
    who = person("wayan@contoh.id", name="Wayan Contoh")
    report = routing.submit(submission(at=STREET, answers={"size": "large"}), who).report
    work()
    (form,) = city.filed
    assert form["service_code"] == ["006"]
    assert form["attribute[SIZE]"] == ["1"]
    assert form["attribute[external_id]"] == [report.code]
    assert report.code in form["description"][0]
    assert "Wayan" not in json.dumps(form)
    assert HandOver.objects.get().remote_id == "1001"


@pytest.mark.django_db
def test_what_they_ask_for_and_nobody_answered_is_parked_in_plain_words(city: City) -> None:
    peer = connect(city)
    sent(answers={})
    due = Delivery.objects.get()
    assert due.state == "parked"
    assert "How large?" in due.error
    mapping.confirm(peer, "road_damage", "006", {"SIZE": "2"})
    network.retry("kota")
    work()
    assert city.filed[0]["attribute[SIZE]"] == ["2"]


@pytest.mark.django_db
def test_a_category_without_a_confirmed_service_waits_for_a_person(city: City) -> None:
    peer = connect(city)
    mapping.confirm(peer, "road_damage", None)
    sent()
    assert Delivery.objects.get().state == "parked"
    assert city.filed == []


@pytest.mark.django_db
def test_an_answer_that_was_lost_does_not_double_the_request(city: City) -> None:
    connect(city)
    city.lose_answer = True
    sent()
    assert len(city.filed) == 1
    assert HandOver.objects.get().remote_id == "1001"


@pytest.mark.django_db
def test_faults_that_pass_are_tried_again(city: City) -> None:
    connect(city)
    left = [500, 503, 429]
    city.before = lambda method, path: (left.pop(), "<html>oops</html>") if method == "POST" and left else None
    sent()
    work(6)
    assert len(city.filed) == 1
    assert not Delivery.objects.exists()


@pytest.mark.django_db
def test_a_city_that_does_not_answer_in_time_is_tried_again(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(city, "open311")
    monkeypatch.setattr(web, "SECONDS", 0.3)
    city.before = slow(0.6)
    sent()
    assert Peer.objects.get().last_error == "Tidak ada jawaban sampai batas waktu."
    monkeypatch.setattr(web, "SECONDS", 30.0)
    city.before = lambda method, path: None
    work(4)
    assert len({json.dumps(one) for one in city.filed}) == 1
    assert HandOver.objects.get().remote_id != ""


@pytest.mark.django_db
def test_a_refusal_in_an_answer_that_says_200_is_a_refusal(city: City) -> None:
    connect(city)
    city.error_in_200 = True
    sent()
    assert Delivery.objects.get().error == "description is too short"


@pytest.mark.django_db
def test_numbers_as_ids_and_a_wrong_content_type_are_read(city: City) -> None:
    connect(city)
    city.numeric_ids = city.wrong_type = True
    sent()
    assert HandOver.objects.get().remote_id == "1001"


@pytest.mark.django_db
def test_a_token_becomes_an_id_when_they_have_one(city: City) -> None:
    connect(city)
    city.tokens = True
    sent()
    assert HandOver.objects.get().remote_id == "1001"


@pytest.mark.django_db
def test_a_redirect_keeps_the_post_a_post_and_never_leaves_the_host(city: City) -> None:
    connect(city)
    moved = city.url + "/moved/requests.json"
    city.before = lambda method, path: (301, moved) if method == "POST" and "moved" not in path else None
    sent()
    assert len(city.filed) == 1
    city.before = lambda method, path: (302, "http://127.0.0.2:9/steal") if method == "POST" else None
    sent(text="Lubang lain")
    assert len(city.filed) == 1


def test_a_redirect_never_takes_the_key_from_https_to_http() -> None:
    assert _further("https://city.example/a", "http://city.example/a", False) is None
    assert _further("http://city.example/a", "https://city.example/a", False) == "https://city.example/a"


# Following


@pytest.mark.django_db
def test_every_answer_of_the_city_comes_home_once(city: City) -> None:
    connect(city)
    report = sent()
    city.works_on("1001", "INVESTIGATING", "We will look")
    work()
    city.works_on("1001", "fixed", "Patched")
    city.updates = [city.updates[1], city.updates[0], city.updates[1]]
    work()
    work()
    report.refresh_from_db()
    assert (report.state, report.ending) == ("resolved", "solved")
    texts = [entry.text for entry in report.entries.order_by("seq") if entry.text]
    assert sorted(texts) == ["Patched", "We will look"]
    assert list(audit()) == []


@pytest.mark.django_db
def test_a_clock_an_hour_wrong_and_times_without_zone_lose_nothing(city: City) -> None:
    city.clock, city.zone = timedelta(hours=-1), False
    connect(city, timezone="UTC")
    report = sent()
    city.works_on("1001", "in progress", "On it")
    work()
    city.works_on("1001", "closed", "Done")
    work()
    report.refresh_from_db()
    assert report.state == "resolved"


@pytest.mark.django_db
def test_a_city_without_updates_is_followed_by_the_status_of_its_requests(city: City) -> None:
    connect(city, "open311")
    report = sent()
    work()
    assert report.entries.filter(kind="noted").count() == 0
    city.works_on("1001", "CLOSED", "Patched on Monday")
    work()
    work()
    report.refresh_from_db()
    assert report.state == "resolved"
    assert [entry.text for entry in report.entries.all() if entry.text] == ["Patched on Monday"]


@pytest.mark.django_db
def test_a_request_that_a_city_forgot_does_not_hide_the_others(city: City) -> None:
    connect(city, "open311")
    sent()
    report = sent(text="Lubang lain")
    del city.requests["1001"]
    city.refuses_unknown = True
    city.works_on("1002", "closed", "Patched")
    work()
    report.refresh_from_db()
    assert report.state == "resolved"


@pytest.mark.django_db
def test_not_our_responsibility_sends_the_report_on_with_the_reason(city: City) -> None:
    connect(city)
    report = sent()
    city.works_on("1001", "not_councils_responsibility", "A private road")
    work()
    report.refresh_from_db()
    assert report.entries.get(kind="declined").text == "A private road"
    assert report.body_id == "31"


@pytest.mark.django_db
def test_what_people_say_here_is_told_to_a_city_that_listens(city: City) -> None:
    connect(city)
    report = sent()
    reports.comment(report.code, Who(person(), Actor.CITIZEN), "Sudah tiga motor jatuh")
    city.works_on("1001", "fixed", "Patched")
    work()
    reports.reopen(report.code, Who(None, Actor.REPORTER), "Masih berlubang")
    work()
    said = [(one["status"][0], one.get("description", [""])[0]) for one in city.heard]
    assert said == [("UNCHANGED", "Sudah tiga motor jatuh"), ("REOPEN", "Masih berlubang")]
    assert city.heard[0]["service_request_id"] == ["1001"]


@pytest.mark.django_db
def test_what_a_plain_city_cannot_be_told_is_parked_for_a_person(city: City) -> None:
    connect(city, "open311")
    report = sent()
    city.works_on("1001", "closed", "Patched")
    work()
    reports.reopen(report.code, Who(None, Actor.REPORTER), "Masih berlubang")
    work()
    assert Delivery.objects.get().state == "parked"
    assert city.heard == []


@pytest.mark.django_db
def test_photos_of_the_city_are_carried_over_and_a_broken_one_stops_nothing(city: City) -> None:
    connect(city)
    report = sent()
    city.before = lambda method, path: (200, "no photo") if path.endswith("broken.jpg") else None
    host = city.url.rpartition("/open311")[0]
    city.works_on("1001", "fixed", "Patched", media_url=[f"{host}/broken.jpg"])
    work(4)
    report.refresh_from_db()
    assert report.state == "resolved"
    assert Delivery.objects.get(kind="fetch").state == "parked"


@pytest.mark.django_db
def test_a_city_that_speaks_only_xml_is_served_from_end_to_end(city: City) -> None:
    city.xml_only = True
    peer = connect(city)
    assert peer.options["format"] == "xml"
    report = sent()
    assert city.filed[0]["attribute[SIZE]"] == ["1"]
    city.works_on("1001", "fixed", "Ditambal & rata")
    work()
    report.refresh_from_db()
    assert report.state == "resolved"
    assert report.entries.get(kind="resolved").text == "Ditambal & rata"


@pytest.mark.django_db
def test_photos_are_uploaded_to_a_city_that_takes_files(city: City) -> None:
    connect(city, "open311", photos="upload")
    sent(photos=(reports.add_photo(picture(4)).pk,))
    (file,) = city.filed[0]["media"]
    name, _space, size = file.partition(" ")
    assert (name, int(size) > 500) == ("photo-1.jpg", True)
    assert HandOver.objects.get().remote_id == "1001"


@pytest.mark.django_db
@pytest.mark.parametrize("is_date", [True, False])
def test_a_city_that_names_when_to_come_back_is_left_alone_until_then(city: City, is_date: bool) -> None:
    connect(city)
    at = timezone.now() + timedelta(hours=3)
    city.retry_after = format_datetime(at.astimezone(UTC), usegmt=True) if is_date else "10800"
    city.before = lambda method, path: (429, "[]") if method == "POST" else None
    routing.submit(submission(at=STREET, answers={"size": "large"}), None)
    while outbox.drain():
        pass
    network.deliver_all(2)
    assert abs(Delivery.objects.get().due_at - at) < timedelta(minutes=2)


@pytest.mark.django_db
def test_news_that_a_city_has_already_is_told(city: City) -> None:
    connect(city)
    report = sent()
    said = json.dumps([{"code": 400, "description": "An update with this id already exists"}])
    city.before = lambda method, path: (400, said) if method == "POST" else None
    reports.comment(report.code, Who(person(), Actor.CITIZEN), "Sudah tiga motor jatuh")
    work()
    assert not Delivery.objects.exists()


@pytest.mark.django_db
def test_a_request_that_a_city_calls_a_duplicate_is_the_one_it_has(city: City) -> None:
    connect(city)
    refusals = [(400, json.dumps([{"code": 400, "description": "Duplicate request"}]))]
    city.before = lambda method, path: refusals[0] if method == "POST" and city.filed else None
    city.lose_answer = True
    sent()
    assert len(city.filed) == 1
    assert HandOver.objects.get().remote_id == "1001"


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["fixmystreet", "open311"])
def test_an_id_with_zeros_in_front_is_the_same_id(city: City, kind: str) -> None:
    connect(city, kind)
    report = sent()
    city.requests["1001"]["service_request_id"] = "001001"
    city.works_on("1001", "fixed", "Patched", service_request_id="001001")
    work()
    report.refresh_from_db()
    assert report.state == "resolved"


@pytest.mark.django_db
def test_news_without_the_citys_id_is_found_by_our_code(city: City) -> None:
    connect(city)
    report = sent()
    city.works_on("1001", "fixed", "Patched", service_request_id="", fixmystreet_id=report.code)
    work()
    report.refresh_from_db()
    assert report.state == "resolved"


@pytest.mark.django_db
def test_a_test_of_the_key_that_breaks_down_is_told_in_plain_words(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "SECONDS", 0.3)
    pause = slow(0.6)
    city.before = lambda method, path: pause(method, path) if method == "POST" else None
    _peer, findings = adding.add("open311", city.url, name="kota", secret=city.key)
    assert findings[-1] == "Tidak ada jawaban sampai batas waktu."
    assert Peer.objects.filter(name="kota").exists()


@pytest.mark.django_db
def test_options_are_given_when_a_peer_is_added(city: City) -> None:
    options = ["--option", "photos=upload", "--option", "poll_every=60"]
    done = CliRunner().invoke(commands, ["add", city.url, "--dialect", "open311", "--name", "kota", *options])
    assert done.exit_code == 0, done.output
    kept = Peer.objects.get(name="kota").options
    assert (kept["photos"], kept["poll_every"]) == ("upload", 60)
    assert CliRunner().invoke(commands, ["add", city.url, "--dialect", "open311", "--option", "photos"]).exit_code == 2


@pytest.mark.django_db
def test_an_address_where_nobody_answers_is_refused_in_plain_words(city: City) -> None:
    city.close()
    with pytest.raises(Problem, match="unreachable") as refusal:
        adding.add("fixmystreet", city.url, name="kota")
    assert "tidak dapat dihubungi" in str(refusal.value.detail)
    assert not Peer.objects.filter(name="kota").exists()


# Reading whatever comes


@given(st.text(max_size=40))
def test_any_retry_after_is_a_pause_of_a_day_at_most_or_none(written: str) -> None:
    assert web.pause(written) is None or 0 <= web.pause(written) <= 86_400


NO_CAPTURES = pytest.param("", marks=pytest.mark.skip("the captured answers of real cities are not on this machine"))


@pytest.mark.parametrize("name", sorted(path.name for path in CAPTURED.glob("*")) or [NO_CAPTURES])
def test_captured_answers_of_real_cities_are_read(name: str) -> None:
    found = reading.parse((CAPTURED / name).read_bytes())
    if "service" in name and "request" not in name and "definition" not in name:
        services = reading.records(found, "services", "service")
        assert services
        assert all(reading.field(one, "service_code") and reading.field(one, "service_name") for one in services)
    elif "403" in name or "not_found" in name:
        assert reading.fault(found)
    elif "requests" in name or "get_service_request" in name:
        for one in reading.records(found, "service_requests", "requests", "request"):
            assert reading.field(one, "service_request_id", "token")
            assert times.moment(reading.field(one, "requested_datetime"), "America/Toronto")


@pytest.mark.parametrize(
    ("written", "ids"),
    [
        ('[{"service_request_id": 7}]', ["7"]),
        ('{"service_requests": [{"service_request_id": "7"}, {"service_request_id": "8"}]}', ["7", "8"]),
        ('{"service_requests": {"request": {"service_request_id": "7"}}}', ["7"]),
        ("<service_requests><request><service_request_id>7</service_request_id></request></service_requests>", ["7"]),
        ("<service_requests/>", []),
        ("[]", []),
        ("null", []),
        ('HTTP/1.1 200 OK\n\n<service_requests><request><service_request_id>7</service_request_id>'
         "</request></service_requests>", ["7"]),
    ],
)  # fmt: skip
def test_one_or_many_wrapped_or_bare_the_records_are_found(written: str, ids: list[str]) -> None:
    found = reading.records(reading.parse(written.encode()), "service_requests", "requests", "request")
    assert [reading.field(one, "service_request_id") for one in found] == ids


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_unreadable(content: bytes) -> None:
    try:
        found = reading.parse(content)
    except reading.Unreadable:
        return
    reading.records(found, "request")
    reading.fault(found)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["request", "errors", "code", "description", "service_request_id"]), inner, max_size=4
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_gives_records_and_texts(found: Any) -> None:
    for one in reading.records(found, "request", "service_requests"):
        assert isinstance(reading.field(one, "service_request_id", "code"), str)
        reading.several(one, "description")
    reading.fault(found)


@given(st.text(max_size=30))
def test_any_text_is_a_moment_with_a_zone_or_none(written: str) -> None:
    at = times.moment(written, "Asia/Jakarta")
    assert at is None or at.tzinfo is not None


def test_a_bomb_of_entities_is_refused() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;">]><services>&c;</services>'
    with pytest.raises(reading.Unreadable):
        reading.parse(bomb.encode())
