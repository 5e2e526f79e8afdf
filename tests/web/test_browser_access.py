"""People who see little, use no mouse or hear the page read can use it: axe-core looks at every kind of page."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from kentongan import casework, community, emergency, network, reports, routing, warnings
from kentongan.bodies.models import Invitation, Membership
from kentongan.casework.models import BulkItem
from kentongan.community.neighbours import Round
from kentongan.emergency.fleet import Shift
from kentongan.emergency.models import Watch
from kentongan.emergency.states import Actor
from kentongan.network import mapping, peers
from kentongan.network.models import Direction, HandOver, HandOverState, Peer, Trace
from kentongan.notify.staff import stop_token
from kentongan.people.models import Person
from kentongan.reports.models import Photo, Report
from tests.browser import DESK, IN_A_BROWSER, PHONE, chromium
from tests.pictures import picture
from tests.world import ON_NATIONAL_ROAD, STREET, lamps, load_world, person, submission

__all__ = ["chromium"]
AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Marks of a crowded map lie over each other; the list below the map holds the same.
LEFT_OUT = {"target-size": {"enabled": False}}
LOOK = """async ([standards, left_out]) => (await axe.run(document, {
        runOnly: standards, rules: left_out, resultTypes: ["violations"], selectors: false})).violations
    .map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 200)}`)"""
COLOURS = """async () => (await axe.run(document, {
        runOnly: ["color-contrast"], resultTypes: ["violations"], selectors: false})).violations
    .map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 200)}`)"""
# A page that is wider than the phone, and words that stand letter under letter because nothing is left for them.
SQUEEZED = """() => [
    ...(document.documentElement.scrollWidth > innerWidth ? ["wider than the phone"] : []),
    ...[...document.querySelectorAll("main :is(h1, h2, h3, p, b, summary)")]
        .filter((one) => !one.closest(".unseen") && one.offsetWidth && one.offsetWidth < 24)
        .filter((one) => one.innerText.trim().length > 3)
        .map((one) => `squeezed: ${one.innerText.slice(0, 40)}`)]"""
ALL = ("/", "/report/new", "/r/{code}", "/r/{code}/flag", "/r/{other}/hidden",
       "/area/31", "/body/31.roads", "/overview", "/data", "/api/v1/docs", "/mine",
       "/mine/tokens", "/account/sessions", "/darurat", "/nomor", "/nomor?lon=106.827&lat=-6.186", "/nomor/31",
       "/keluarga", "/keluarga/lihat/{seen}", "/keluarga/lihat/none",
       "/lingkungan", "/lingkungan/{group}", "/lingkungan/{group}/undangan", "/lingkungan/masuk/{invited}",
       "/lingkungan/titik/{point}", "/lingkungan/isyarat",
       "/account/safety",
       "/account/notices", "/peringatan", "/accounts/login/", "/accounts/signup/", "/account", "/account/erase",
       "/peringatan/{said}", "/r/{whole}", "/r/{part}", "/nothing-here")  # fmt: skip
STAFF = ("/console/?body=31.roads", "/console/?body=31.roads&columns=code,deadline,assignee,village",
         "/console/?body=31.roads&category=road_damage&age=today",
         "/console/reports/{code}", "/console/reports/{code}/transfer?q=bekasi",
         "/console/reports/{code}/merge?original={other}", "/console/reports/{code}/split", "/console/reports/{whole}",
         "/console/reports/{code}/hide",
         "/console/flags?body=31.roads", "/console/hidings/{hiding}", "/console/mail", "/console/mail/stop/{stop}",
         "/console/bulk/new?body=31.roads&row={code}:1", "/console/bulk?body=31.roads",
         "/console/tasks", "/console/performance",
         "/console/alerts", "/console/alerts?ended", "/console/alerts/{alert}",
         "/console/alerts/{alert}/log", "/console/alerts/units", "/console/alerts/cards", "/console/alerts/shifts",
         "/console/undecided?body=31.roads", "/console/reports/{other}/decide", "/console/bulk/{bulk}",
         "/console/bulk/{begun}", "/console/warnings", "/console/warnings/new", "/console/warnings/{draft}",
         "/console/warnings/{draft}/edit", "/console/warnings/{said}", "/invitation/{invitation}",
         "/console/unit", "/console/numbers", "/nomor/usul?lon=106.827&lat=-6.186")  # fmt: skip
PLATFORM = ("/console/warnings", "/console/bodies", "/console/bodies/31/partner", "/console/bodies/31/deadlines",
            "/console/bodies/31.roads/teams", "/console/bodies/31.roads/templates",
            "/console/bodies/31.roads/rules", "/console/bodies/31.roads/staff", "/console/bodies/31.roads/looks",
            "/console/bodies/31/start?at=departments", "/console/bodies/31/kinds", "/console/bodies/31/questions",
            "/console/bodies/31/start?at=staff",
            "/console/bodies/31/routing", "/console/bodies/31/dress",
            "/console/bodies/31.roads/rules/{rule}", "/console/categories",
            "/console/categories/road_damage", "/console/peers", "/console/peers/new",
            "/console/peers/kotak?q=tangerang", "/console/peers/kota/services", "/console/bodies/31/departments",
            "/invitation/{invitation}", "/demo/mail")  # fmt: skip
MISSING = ("/keluarga/lihat/none", "/nothing-here")

pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def code(transactional_db: None) -> str:
    """A report, its staff, and a peer."""
    load_world()
    report = routing.submit(submission(), person("warga@contoh.id")).report
    officer = person("petugas@contoh.id")
    Membership.objects.create(person=officer, body_id="31.roads", role="coordinator")
    Report.objects.update(assignee=officer)
    person("admin@contoh.id", is_superuser=True)
    peers.add("kotak", "email", "mailto:dinas@example.go.id")
    return report.code


def looked_at(page: Any, desk: bool = False) -> list[str]:
    """What is wrong by day on a phone, and by night: there with its colours, or at a desk with all of it."""
    found = [*page.evaluate(LOOK, [STANDARDS, LEFT_OUT]), *page.evaluate(SQUEEZED)]
    page.emulate_media(color_scheme="dark")
    if desk:
        page.set_viewport_size(DESK)
        found += [f"at a desk at night {one}" for one in page.evaluate(LOOK, [STANDARDS, LEFT_OUT])]
        page.set_viewport_size(PHONE)
    else:
        found += [f"at night {one}" for one in page.evaluate(COLOURS)]
    page.emulate_media(color_scheme="light")
    return found


@pytest.mark.parametrize(
    ("who", "paths"), [("", ALL), ("warga@contoh.id", ALL), ("petugas@contoh.id", STAFF), ("admin@contoh.id", PLATFORM)]
)
def test_no_page_keeps_anybody_out(
    chromium: Any, live_server: Any, code: str, who: str, paths: tuple[str, ...]
) -> None:
    context = chromium.new_context(viewport=PHONE, locale="id-ID", color_scheme="light", bypass_csp=True)
    context.add_init_script(path=AXE)
    if who:
        context.add_cookies([session(who, live_server.url)])
    page = context.new_page()
    found = []
    other = routing.submit(submission(text="Lubang yang sama"), None).report.code
    alert, seen, hiding = pressed(), shared(), hidden(other)
    stop = stop_token(Person.objects.order_by("pk").first().pk)
    named = {"code": code, "other": other, "alert": alert, "hiding": hiding, "seen": seen, "stop": stop}
    named |= neighbourhood() | parted() | {"rule": ruled()} | bulks(code, other) | warned()
    named["invitation"] = invited()
    declined(other)
    mapped()
    divided()
    for path in paths:
        answer = page.goto(live_server.url + path.format(**named))
        if answer.status != (
            404 if path in MISSING else 200
        ):  # a page that says that it failed keeps nobody out either
            found.append(f"{path} answered {answer.status}")
        found += [f"{path} {one}" for one in looked_at(page, desk=paths is not ALL)]
        if path == "/console/bodies/31/routing":  # with a rehearsal, its map and the form to publish
            page.click("button[value=rehearse]")
            page.wait_for_selector("#publish")
            found += [f"{path}, tried {one}" for one in looked_at(page)]
        if path == "/console/tasks":  # what opens over it
            page.click("[data-work]")
            found += [f"{path}, open {one}" for one in looked_at(page)]
    context.close()
    assert found == []


def test_the_choice_of_a_lamp_keeps_nobody_out_and_a_tap_on_its_number_chooses_it(
    chromium: Any, live_server: Any, code: str
) -> None:
    """On a phone of 360 px, as after fixmystreet#3363 (a tap beside the thing lost the form) and #3054 (numbers)."""
    lamps(("PJU-00123", "Jl. Merdeka Barat Daya Raya", 3), ("PJU-00124", "", 30), ("P" * 80, "", 60))
    narrow = {"width": 360, "height": 740}
    page = chromium.new_context(viewport=narrow, locale="id-ID", bypass_csp=True).new_page()
    page.add_init_script(path=AXE)
    page.goto(f"{live_server.url}/report/new?step=place")
    page.click("details summary")
    page.fill("#lat", str(STREET[1]))
    page.fill("#lon", str(STREET[0]))
    page.click(".thumb button.main")
    page.fill("#text", "lampu jalan mati")
    page.check("input[name=category][value=street_light] >> nth=0", force=True)
    page.click(".thumb button.main")
    page.wait_for_url("**step=asset")
    assert "Lampu yang mana?" in page.inner_text("h1")
    page.wait_for_selector(".map .mark >> nth=2")
    assert [*page.evaluate(LOOK, [STANDARDS, LEFT_OUT]), *page.evaluate(SQUEEZED)] == []
    page.locator(".map .mark", has_text="2").click()
    page.wait_for_url("**step=words")
    assert "PJU-00124" in page.inner_text("#receiver")
    assert page.evaluate(SQUEEZED) == []
    page.click("button[name=send]")
    page.wait_for_url("**/r/*")
    assert Report.objects.order_by("pk").last().asset_id == "PJU-00124"
    page.context.close()


def parted() -> dict[str, str]:
    """A report that is split, with a result in pictures, and one of its parts."""
    before, after = (reports.add_photo(picture(at), None).pk for at in (1, 2))
    report = routing.submit(submission(text="Jalan dan pipa", photos=(before,)), None).report
    Photo.objects.filter(pk=after).update(report=report, role="after", entry_seq=2)  # two pictures to be compared
    who = reports.Who(Person.objects.get(email="petugas@contoh.id"), reports.Actor.OFFICER, "31.roads")
    reports.split(report.code, who, [reports.Share("31.roads", "Aspal"), reports.Share("31.water", "Pipa")])
    return {"whole": report.code, "part": reports.parts_of(report)[1].code}


def hidden(code: str) -> int:
    """Something that was hidden, flagged and objected to: its key."""
    who = reports.Who(Person.objects.get(email="petugas@contoh.id"), reports.Actor.OFFICER, "31.roads")
    reports.flag(reports.find(code), "report", "spam", "Iklan")
    reports.comment(code, reports.Who(person(f"{uuid4().hex}@contoh.id"), reports.Actor.CITIZEN), "Kata kasar")
    reports.hide(code, who, f"text:{reports.find(code).seq}", "insult")
    held = reports.hidings(reports.find(code))[0]
    reports.appeal(held, held.author, "Itu bukan hinaan")
    return held.pk


def declined(code: str) -> None:
    """The report was declined by two peers and waits for a decision."""
    report = reports.find(code)
    for name in ("kotak", "kota"):
        HandOver.objects.create(
            report=report, peer=Peer.objects.get_or_create(name=name)[0], direction=Direction.OUT, body="31.water",
            state=HandOverState.DECLINED, reason="Bukan jalan kami", ended_at=timezone.now(),
        )  # fmt: skip
    Trace.objects.create(report=report, undecided=True, bounces=2, origin=network.instance(), origin_code=code)


def mapped() -> None:
    """A peer with services: one category confirmed, with a question of theirs, and others proposed."""
    asked = {"code": "SIZE", "description": "Luas", "required": True}
    offered = [
        {"code": code, "name": name, "description": "", "keywords": [], "group": "", "attributes": attributes}
        for code, name, attributes in (("006", "Jalan rusak", [asked]), ("009", "Sampah", []))
    ]
    Peer.objects.filter(name="kota").update(dialect="fixmystreet", options={"services": offered})
    kota = peers.find("kota")
    mapping.propose(kota)
    mapping.confirm(kota, "road_damage", "006", {"SIZE": "=size"})


def bulks(code: str, other: str) -> dict[str, int]:
    """Work on many reports: one in the middle, and one that is over and could not be done with all."""
    lead = Person.objects.get(email="petugas@contoh.id")
    rows = [(one, reports.find(one).seq) for one in (code, other)]
    over, begun = (casework.begin_bulk(lead, "31.roads", uuid4(), {"to": "me"}, rows) for _ in range(2))
    said = {"why": "changed_meanwhile", "words": "Laporan ini diubah orang lain."}
    BulkItem.objects.filter(bulk=over, report__code=other).update(fate=BulkItem.Fate.FAILED, **said)
    BulkItem.objects.filter(bulk=over, report__code=code).update(fate=BulkItem.Fate.DONE)
    over.stage = over.Stage.DONE
    over.save()
    return {"bulk": over.pk, "begun": begun.pk}


def warned() -> dict[str, str]:
    """A draft of a warning, and one that holds."""
    lead = Person.objects.get(email="petugas@contoh.id")
    warnings.give("31.roads")
    said = {
        "kind": "flood", "urgency": "Immediate", "severity": "Severe", "certainty": "Observed", "hours": "6",
        "headline_id": "Banjir di Gambir", "headline_en": "Flood in Gambir", "codes": "31.71.01", "polygon": "",
        "description_id": "Air setinggi lutut.", "description_en": "Water up to the knee.",
    }  # fmt: skip
    draft, made = (warnings.draft(lead, "31.roads", said) for _ in range(2))
    warnings.publish(lead, made.pk, made.version)
    return {"draft": str(draft.pk), "said": str(made.pk)}


def invited() -> str:
    """The token of an invitation for the platform's administrator; for others it is somebody else's."""
    ends = timezone.now() + timedelta(days=1)
    made = Invitation.objects.create(body_id="31.roads", email="admin@contoh.id", role="officer", expires_at=ends)
    return casework.invitation_token(made)


def divided() -> None:
    """Rules of the province in force, and a draft that would send the reports elsewhere."""
    admin = Person.objects.get(email="admin@contoh.id")
    routing.write_rule(admin, "31", {"category": "waste", "to": "31.parks"})
    routing.try_draft(admin, "31", {})
    routing.publish(admin, "31", {"why": "Dinas Lingkungan Hidup sedang pindah kantor"})
    routing.write_rule(admin, "31", {"category": "road_damage", "area": "31.71", "layer": "", "to": "31.water"})


def ruled() -> int:
    """A rule of the body that was tried: its key."""
    given = {"name": uuid4().hex, "event": "arrived", "priority": "high"}
    made = casework.save_rule(Person.objects.get(email="admin@contoh.id"), "31.roads", given)
    casework.rehearse(made)
    return made.pk


def pressed() -> str:
    """An alert with a place and words, where the staff watches."""
    post = Watch.objects.create(body_id="31.roads", title="Posko Menteng", area_code="31")
    said = {"alert_id": str(uuid4()), "lon": STREET[0], "lat": STREET[1], "accuracy": 30, "battery": 70}
    made = emergency.receive(emergency.read_press(said), None, "10.0.0.1").alert
    emergency.say(made, emergency.Who(Actor.CALLER), uuid4(), "Ada api")
    desk(post, made)
    return str(made.pk)


def desk(post: Watch, alert: Any) -> None:
    """What stands around an alert: a card, a shift and hours that nobody has, and a unit that was sent."""
    lead, now = Person.objects.get(email="petugas@contoh.id"), timezone.now()
    given = {"questions": "Apakah ada api?\nApakah semua orang sudah keluar?", "advice": "Tetap di luar."}
    emergency.keep_card(lead, post.pk, given, ["fire"])
    Shift.objects.create(watch=post, person=lead, begins_at=now, ends_at=now + timedelta(hours=8), stands_in_for=lead)
    emergency.hand_over(lead, post.pk, "Pos 2 tutup.")
    for name in ("Ambulans Gawat Darurat Menteng 3", "Pemadam 1"):
        unit = emergency.keep_unit(lead, post.pk, {"call_sign": name, "kind": "fire", "phone": "0812"}, [str(lead.pk)])
        emergency.report(unit, lead, "available")
        emergency.hear(unit, {"lon": STREET[0], "lat": STREET[1], "accuracy": 9})
    emergency.acknowledge(alert.pk, lead)
    sent = emergency.send_unit(alert.pk, lead, unit.pk)
    emergency.answer(unit, lead, sent.pk, True)


def shared() -> str:
    """The token of a journey that somebody shares with a member of the staff and by a link."""
    sri = Person.objects.get(email="warga@contoh.id")
    community.begin(sri, 60, (*ON_NATIONAL_ROAD, "Rumah"), 30)
    community.add(sri, "Kakak di Bandung")
    community.place(sri, {"lon": STREET[0], "lat": STREET[1], "accuracy": 20, "battery": 9}, "")
    return community.eyes(community.running(sri))[0].token


def neighbourhood() -> dict[str, str]:
    """A neighbourhood with everything that its page shows; the citizen is its head."""
    head = Person.objects.get(email="warga@contoh.id")
    made = community.create(head, "RT 05 RW 02 Kelurahan Menteng", "rt", "")
    mine = community.member(head, made.pk)
    point = community.add_point(mine, "Gapura depan", {"lon": STREET[0], "lat": STREET[1]})
    community.add_round(mine, "Ronda malam", "00:00", "600", "1111111")
    community.post(mine, "Kerja bakti hari Minggu")
    community.tell_guest(mine, "Tamu", "Bandung", "2", "")
    guard = person("jaga@contoh.id", name="Pak Jaga")
    community.join(guard, community.invitation(made))
    community.ask(person("tanya@contoh.id", name="Bu Tanya"), made.code)
    Round.objects.update(created_at=timezone.now() - timedelta(days=2))
    said = {"alert_id": str(uuid4()), "lon": STREET[0], "lat": STREET[1], "accuracy": 30, "kind": "fire"}
    emergency.receive(emergency.read_press(said), guard, "10.0.0.2")
    community.answer(head, made.pk, community.calls_of(made)[0].pk, "going")
    return {"group": str(made.pk), "invited": community.invitation(made), "point": community.point_token(point)}


def session(email: str, url: str) -> dict[str, str]:
    """The cookie of somebody who has signed in."""
    client = Client()
    client.force_login(Person.objects.get(email=email))
    return {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}
