"""A region leaves with all that is its own: the bundle is proved, taken in once, and nothing of a person leaks."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from PIL import Image

from kentongan import bodies, casework, network, places, reports, routing
from kentongan.bodies.models import Invitation, OwnQuestion
from kentongan.casework.models import Template
from kentongan.foundation.problems import Problem
from kentongan.network import leaving
from kentongan.network.dialects.kentongan import keyring
from kentongan.network.models import Peer, Trace
from kentongan.reports.audit import audit
from kentongan.reports.derivatives import derivative_name
from kentongan.reports.models import Entry, Photo, Report
from kentongan.reports.states import Actor
from kentongan.reports.who import Who
from kentongan.routing import OwnRule
from kentongan.routing.models import DivisionVersion
from kentongan.routing.published import published_anew
from tests.cli.test_cli_commands import run
from tests.network.stays import given, known
from tests.pictures import picture
from tests.world import ON_NATIONAL_ROAD, person, submission

KEPT = (
    "submission_id", "created_at", "updated_at", "ended_at", "text", "state", "stars", "privacy", "support_count",
    "comment_count", "body_id", "decision", "deadline_at", "photo_count", "cell",
)  # fmt: skip
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lived(world: None) -> dict[str, Report]:
    """A region in which things have happened: open, solved, contested, joined, anonymous and secret reports."""
    citizen, other, officer = person(), person("tetangga@contoh.id"), person("petugas@contoh.id")
    told = Who(officer, Actor.OFFICER, "31.roads")
    photo = reports.add_photo(picture(1), citizen)
    found = {
        "open": routing.submit(submission(text="Lubang dalam", photos=(photo.pk,)), citizen).report,
        "solved": routing.submit(submission(text="Lubang lain"), citizen).report,
        "joined": routing.submit(submission(text="Lubang yang sama"), other).report,
        "nameless": routing.submit(submission(text="Tanpa akun", privacy="anonymous"), None).report,
        "secret": routing.submit(submission(text="Pungutan liar", privacy="secret"), other).report,
        "ministry": routing.submit(submission(at=ON_NATIONAL_ROAD), citizen).report,
    }
    code = found["solved"].code
    reports.accept(code, told, "Kami periksa")
    reports.note(code, told, "Alat menyusul", internal=True)
    after = reports.add_photo(picture(2), officer)
    reports.resolve(code, told, "Sudah ditambal", photos=[after.pk])
    reports.support(found["open"].code, other)
    reports.comment(found["open"].code, Who(other, Actor.CITIZEN), "Saya juga jatuh di sini")
    reports.merge(found["joined"].code, told, found["open"].code)
    reports.rate(code, Who(citizen, Actor.REPORTER), 4)
    return {name: Report.objects.get(pk=one.pk) for name, one in found.items()}


@pytest.fixture
def bundle(lived: dict[str, Report], tmp_path: Path) -> Path:
    """The bundle of Jakarta."""
    leaving.export("31", tmp_path / "31.zip")
    return tmp_path / "31.zip"


def read(bundle: Path, name: str) -> list[dict[str, Any]]:
    """The lines of a table, as other software would read them."""
    with zipfile.ZipFile(bundle) as file:
        return [json.loads(line) for line in file.read(f"{name}.jsonl").splitlines()]


def changed(bundle: Path, name: str, change: Any, *, but: str = "") -> Path:
    """A copy of the bundle in which one member was changed by a forger without the key."""
    copy = bundle.with_name("changed.zip")
    with zipfile.ZipFile(bundle) as old, zipfile.ZipFile(copy, "w") as new:
        for member in old.namelist():
            content = old.read(member)
            if member != but:
                new.writestr(member, change(content) if member == name else content)
    return copy


def test_the_bundle_holds_what_the_region_has_and_nothing_of_others(bundle, lived):
    told = {one["code"]: one for one in read(bundle, "reports")}
    assert set(told) == {one.code for name, one in lived.items() if name != "ministry"}
    entries = [one for one in read(bundle, "entries") if one["report"] == lived["solved"].code]
    assert [one["seq"] for one in entries] == list(range(1, lived["solved"].seq + 1))
    assert [one["visibility"] for one in entries if one["kind"] == "noted"] == ["internal"]
    assert told[lived["joined"].code]["original"] == lived["open"].code
    assert {one["role"] for one in read(bundle, "photos")} == {"report", "after"}
    assert leaving.verify(bundle).faults == ()


def test_nothing_in_the_bundle_tells_who_reported(bundle, lived):
    with zipfile.ZipFile(bundle) as file:
        everything = b"".join(file.read(name) for name in file.namelist())
    for secret in (b"warga@", b"tetangga@", b"petugas@", b'"person', b'"reporter_id'):
        assert secret not in everything
    # Two reports of one person have nothing in common by which somebody could tie them.
    mine = [one for one in read(bundle, "reports") if one["code"] in {lived["open"].code, lived["solved"].code}]
    assert mine[0]["pseudonym"] != mine[1]["pseudonym"]
    assert mine[0]["claim"] != mine[1]["claim"]


def test_a_whole_bundle_with_originals_and_staff_says_so(lived, tmp_path):
    bodies.Membership.objects.create(person=person("kepala@contoh.id"), body_id="31.roads", role="coordinator")
    leaving.export("31", tmp_path / "all.zip", originals=True, staff=True)
    assert leaving.verify(tmp_path / "all.zip").faults == ()
    assert [one["email"] for one in read(tmp_path / "all.zip", "staff")] == ["kepala@contoh.id"]
    assert {one["file"] for one in read(tmp_path / "all.zip", "photos")} == {
        one["sha256"] for one in read(tmp_path / "all.zip", "photos")
    }


def test_a_changed_text_is_named_by_its_file(bundle):
    forged = changed(bundle, "entries.jsonl", lambda old: old.replace(b"Sudah ditambal", b"Tidak diapakan"))
    assert leaving.verify(forged).faults == ("entries.jsonl was changed: the manifest names another hash",)


def test_a_changed_photo_is_named_with_its_report(bundle, lived):
    photo = next(one for one in read(bundle, "photos") if one["report"] == lived["open"].code)
    forged = changed(bundle, f"photos/{photo['file']}", lambda old: old + b"x")
    (fault,) = leaving.verify(forged).faults
    assert photo["file"] in fault
    assert lived["open"].code in fault


def test_a_missing_file_a_foreign_file_and_a_changed_manifest_are_named(bundle):
    assert leaving.verify(changed(bundle, "", None, but="reports.jsonl")).faults == ("reports.jsonl is missing",)
    forged = changed(bundle, "", None)
    with zipfile.ZipFile(forged, "a") as file:
        file.writestr("extra.txt", "hello")
    assert leaving.verify(forged).faults == ("extra.txt does not belong in the bundle",)
    with pytest.raises(Problem, match="no_bundle"):
        leaving.verify(changed(bundle, "manifest.json", lambda old: old.replace(b'"body": "31"', b'"body": "32"')))


def test_a_cut_file_is_no_bundle(bundle):
    bundle.write_bytes(bundle.read_bytes()[:-200])
    with pytest.raises(Problem, match="no_bundle"):
        leaving.verify(bundle)


def test_one_flipped_bit_anywhere_is_found(bundle):
    whole = bundle.read_bytes()
    for at in range(40, len(whole) - 2000, max(1, len(whole) // 37)):
        broken = bytearray(whole)
        broken[at] ^= 0x10
        bundle.write_bytes(broken)
        try:
            found = leaving.verify(bundle).faults
        except Problem:
            continue
        # What is left unread of a ZIP (local headers repeat the directory) may differ without any loss.
        assert found or _same_content(whole, bytes(broken), bundle.parent)


def _same_content(one: bytes, other: bytes, folder: Path) -> bool:
    told = []
    for at, content in enumerate((one, other)):
        path = folder / f"{at}.zip"
        path.write_bytes(content)
        with zipfile.ZipFile(path) as file:
            told.append({name: file.read(name) for name in file.namelist()})
    return told[0] == told[1]


def test_an_instance_does_not_take_in_its_own_bundle(bundle):
    with pytest.raises(Problem, match="own_bundle"):
        leaving.bring_in(bundle, alone=True, key=keyring.fingerprint(keyring.own_key().public))


def elsewhere(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is here is gone, and this is another instance now: as after a new installation."""
    from kentongan.foundation import config as module

    monkeypatch.setenv("KENTONGAN_INSTANCE", "daerah.contoh")
    module.config.cache_clear()
    with transaction.atomic():
        Report.objects.update(original=None)
        Report.objects.all().delete()
        network.models.SigningKey.objects.all().delete()


@pytest.fixture
def another_instance(monkeypatch):
    """Makes the instance another one, until the end of the test."""
    from kentongan.foundation import config as module

    yield lambda bundle: elsewhere(bundle, monkeypatch)
    monkeypatch.undo()
    module.config.cache_clear()


@pytest.fixture
def new_home(bundle, another_instance):
    """The fingerprint that the bundle was signed with; the instance is another one from now on."""
    key = leaving.verify(bundle).fingerprint
    another_instance(bundle)
    return key


def test_without_the_old_instance_everything_lives_on(bundle, lived, new_home):
    done = leaving.bring_in(bundle, alone=True, key=new_home)
    assert (done.new, done.here) == (5, 0)
    for name in ("open", "solved", "joined", "nameless", "secret"):
        before, now = lived[name], Report.objects.get(code=lived[name].code)
        for field in KEPT:
            assert getattr(now, field) == getattr(before, field), (name, field)
        assert now.reporter is None
        assert not now.away
    assert Report.objects.get(code=lived["joined"].code).original.code == lived["open"].code
    assert list(audit()) == []
    photo = Report.objects.get(code=lived["open"].code).photos.get()
    assert reports.photo_file(photo, "thumb").read(3) == b"\xff\xd8\xff"
    routing.submit(submission(text="Sesudah pindah"), person("baru@contoh.id"))
    reports.comment(lived["open"].code, Who(person("lain@contoh.id"), Actor.CITIZEN), "Masih ada")


def test_an_address_goes_with_the_report_and_a_bundle_without_one_asks_the_streets_here(
    lived, tmp_path, monkeypatch, another_instance
):
    kept = places.Address("Jl. Uji", "timur", landmark="SDN Uji").kept()
    Report.objects.filter(pk=lived["open"].pk).update(address=kept)
    leaving.export("31", tmp_path / "31.zip")
    found = {one["code"]: one["address"] for one in read(tmp_path / "31.zip", "reports")}
    assert found[lived["open"].code] == {"street": "Jl. Uji", "side": "timur", "landmark": "SDN Uji"}
    assert found[lived["solved"].code] == {}
    key = leaving.verify(tmp_path / "31.zip").fingerprint
    another_instance(tmp_path / "31.zip")
    monkeypatch.setattr("kentongan.places.address_at", lambda _lon, _lat: places.Address("Jl. Di Sini"))
    leaving.bring_in(tmp_path / "31.zip", alone=True, key=key)
    assert Report.objects.get(code=lived["open"].code).address == kept
    assert Report.objects.get(code=lived["solved"].code).address == places.Address("Jl. Di Sini").kept()


def test_how_pressing_a_report_is_goes_along_and_who_works_on_it_stays(lived, tmp_path, another_instance):
    boss = person("kepala@contoh.id")
    bodies.Membership.objects.create(person=boss, body_id="31.roads", role="coordinator")
    code = lived["open"].code
    reports.prioritise(code, Who(boss, Actor.OFFICER, "31.roads"), "urgent")
    reports.assign(code, Who(boss, Actor.OFFICER, "31.roads"), boss)
    leaving.export("31", tmp_path / "31.zip")
    key = leaving.verify(tmp_path / "31.zip").fingerprint
    for entry in read(tmp_path / "31.zip", "entries"):
        assert not {"assignee", "from_assignee", "team"} & set(entry["data"])
    another_instance(tmp_path / "31.zip")
    leaving.bring_in(tmp_path / "31.zip", alone=True, key=key)
    now = Report.objects.get(code=code)
    assert (now.priority, now.assignee) == (4, None)
    assert list(audit()) == []


def test_a_second_import_changes_nothing(bundle, new_home):
    leaving.bring_in(bundle, alone=True, key=new_home)
    before = list(Entry.objects.order_by("pk").values())
    done = leaving.bring_in(bundle, alone=True, key=new_home)
    assert (done.new, done.here) == (0, 5)
    assert list(Entry.objects.order_by("pk").values()) == before


def test_the_map_counts_what_was_taken_in(bundle, new_home):
    from kentongan.reports.cells import recount
    from kentongan.reports.models import ReportCell

    ReportCell.objects.all().delete()
    leaving.bring_in(bundle, alone=True, key=new_home)
    leaving.bring_in(bundle, alone=True, key=new_home)
    counted = set(ReportCell.objects.exclude(count=0).values_list("resolution", "cell", "status", "count"))
    recount()
    assert counted == set(ReportCell.objects.values_list("resolution", "cell", "status", "count"))


def test_a_reporter_without_an_account_keeps_their_link(bundle, lived, new_home):
    leaving.bring_in(bundle, alone=True, key=new_home)
    token = reports.claim_token(lived["nameless"].submission_id)
    assert reports.claim(person("baru@contoh.id"), token).code == lived["nameless"].code


def test_a_reporter_with_an_account_claims_by_a_token_that_only_the_old_instance_can_make(bundle, lived, new_home):
    leaving.bring_in(bundle, alone=True, key=new_home)
    token = reports.moved_token(lived["open"])
    assert reports.claim(person("baru@contoh.id"), token).code == lived["open"].code
    assert token not in zipfile.ZipFile(bundle).read("reports.jsonl").decode()


def test_a_bundle_of_a_stranger_is_refused(bundle, new_home):
    for how in ({}, {"alone": True}, {"alone": True, "key": "AAAA-BBBB-CCCC-DDDD"}, {"key": new_home}):
        with pytest.raises(Problem, match="unknown_signer"):
            leaving.bring_in(bundle, **how)
    assert Report.objects.count() == 0


def test_a_broken_bundle_is_taken_in_not_even_in_part(bundle, new_home):
    forged = changed(bundle, "reports.jsonl", lambda old: old.replace(b"Lubang", b"Tidak "))
    with pytest.raises(Problem) as refused:
        leaving.bring_in(forged, alone=True, key=new_home)
    assert "reports.jsonl was changed" in str(refused.value.detail)
    bodies.Body.objects.filter(code="31.roads").update(parent="id.pu")  # of one that takes part here it is told here
    bodies.make_partner("31.roads")
    with pytest.raises(Problem) as refused:
        leaving.bring_in(bundle, alone=True, key=new_home)
    assert "31.roads takes part here and is no part of 31" in str(refused.value.detail)
    assert Report.objects.count() == 0


def signed_anew(bundle: Path, change: Any, rules: bytes = b"") -> Path:
    """A bundle with other lines (`change` is given all tables) and rules, signed by whoever made it so."""
    from kentongan.network.leaving.bundle import Writer

    with zipfile.ZipFile(bundle) as old:
        names = [one for one in old.namelist() if one.endswith(".jsonl")]
        tables = {name: [json.loads(line) for line in old.read(name).splitlines()] for name in names}
        told = json.loads(old.read("manifest.json")) | {"instance": "lama.contoh"}
        photos = [old.read(one) for one in old.namelist() if one.startswith("photos/")]
        rules = rules or old.read("rules.yaml")
    change({name.removesuffix(".jsonl"): lines for name, lines in tables.items()})
    with Writer(bundle.with_name("anew.zip")) as out:
        for name, lines in tables.items():
            out.add(name, [f"{json.dumps(one)}\n".encode() for one in lines])
        for content in photos:
            out.add_photo(content)
        out.add("rules.yaml", [rules])
        counted = {name.removesuffix(".jsonl"): len(lines) for name, lines in tables.items()}
        out.sign({name: one for name, one in told.items() if name not in {"members", "key"}} | {
            "counts": told["counts"] | counted
        })  # fmt: skip
    return bundle.with_name("anew.zip")


def test_a_hostile_bundle_is_refused_in_words_and_writes_over_nothing_of_others(bundle, new_home):
    """Rightly signed, and made to break what is here (as the archives of Taier#1199 and listmonk#3065): it ended in a
    traceback, put rules in place that nothing can read, or its picture in the place of another report's."""
    from django.core.files.storage import default_storage

    kept = reports.add_photo(picture(7), None)
    stays = routing.submit(submission(at=ON_NATIONAL_ROAD, text="Milik lain", photos=(kept.pk,)), None).report
    file = Photo.objects.get(pk=kept.pk).original
    before = default_storage.open(file).read()

    def lines(table: str, **named: Any) -> Any:
        return lambda told: [one.update(named) for one in told[table]]

    def theirs(told: Any) -> None:
        told["reports"][0] |= {
            "submission_id": str(stays.submission_id),
            "channel": stays.channel,
            "sender": stays.sender,
        }

    hostile = {
        "data.*dictionary": lines("entries", data={"peer": "x"}),
        "data.*integer": lines("entries", data={"stars": "x"}),
        "asset_before": lines("entries", data={"asset_before": "x"}),
        "asset.Thing.id: Field required": lines("entries", data={"asset": {"name": "x"}}),
        "of_parts goes with solved": lines("entries", data={"of_parts": 3}),
        "entries.jsonl, line 1: no JSON": lines("entries", data={"stars": float("inf")}),
        "photo .* is told twice": lines("photos", id=str(kept.pk)),
        "its origin is told twice": lines("reports", origin={"instance": "a", "code": "2222-2222", "path": ["a"]}),
        "it would be part of itself": lambda told: [
            one.update(parent="31.roads") for one in told["bodies"] if one["code"] == "31"
        ],
        "it cannot be part of": lambda told: [one.update(code="new", parent="new") for one in told["categories"][:1]],
        "is no part of 31": lambda told: [one.update(moves=one["code"] != "31.roads") for one in told["bodies"]],
        "is a photo of another report here": lambda told: told["photos"][0].update(id=str(kept.pk)),
        "with a body that does not move": theirs,
    }  # fmt: skip
    for words, change in hostile.items():
        made = signed_anew(bundle, change)
        with pytest.raises(Problem, match="broken_bundle") as refused:
            leaving.bring_in(made, alone=True, key=leaving.verify(made).fingerprint)
        assert re.search(words, str(refused.value.detail)), refused.value.detail
    for words, rules in (
        ("UTF-8", b"\xff"),
        ("not a list of rules", b"a: 2026-13-01"),
        ("larger", b"#" * (4 << 20) + b"\n"),
    ):
        made = signed_anew(bundle, lambda _told: None, rules)
        with pytest.raises(Problem, match="broken_bundle") as refused:
            leaving.bring_in(made, alone=True, key=leaving.verify(made).fingerprint, rules=True)
        assert words in str(refused.value.detail)
    assert [one.pk for one in Report.objects.all()] == [stays.pk]
    assert default_storage.open(file).read() == before


def test_a_bundle_whose_tables_do_not_fit_each_other_is_told_so_by_report(bundle, lived):
    """Rightly signed all of them: what a bundle of other software gets wrong is named, a sentence each."""
    code = lived["open"].code

    def without(table: str, **named: str) -> Any:
        (name, value), = named.items()  # fmt: skip
        return lambda told: told[table].__setitem__(slice(None), [one for one in told[table] if one[name] != value])

    def first(table: str, **fields: Any) -> Any:
        name = "code" if table == "reports" else "report"
        return lambda told: next(one for one in told[table] if one[name] == code).update(fields)

    wrong = {
        "entries.jsonl: a line names report 2222-2222, which is not there or not in order":
            lambda told: told["entries"].append(told["entries"][-1] | {"report": "2222-2222"}),
        "the body 31.roads is not in bodies.jsonl": without("bodies", code="31.roads"),
        "the category road_damage is not in categories.jsonl": without("categories", code="road_damage"),
        f"report {code}, entry 1: the body 99.none is not in bodies.jsonl": first("entries", body="99.none"),
        "belongs to entry 99, which is not there": first("photos", entry_seq=99),
        f"report {code} has no timeline": without("entries", report=code),
        f"report {code}: state is closed, its timeline says": first("reports", state="closed"),
        "a text holds the character NUL": first("entries", text="a\0b"),
        "asked.*code: Field required": first("reports", asked=[{"datatype": "string"}]),
    }  # fmt: skip
    for words, change in wrong.items():
        found = leaving.verify(signed_anew(bundle, change)).faults
        assert any(re.search(words, one) for one in found), (words, found)


def test_what_is_on_its_way_can_be_read_and_not_changed(bundle, lived, new_home):
    peer = Peer.objects.create(
        name="lama", title="Lama", dialect="kentongan", instance=leaving.verify(bundle).manifest.instance,
        endpoint="http://127.0.0.1:9/network/v1", state="active", confirmed_here=True, confirmed_there=True,
    )  # fmt: skip
    told = leaving.verify(bundle).manifest.key
    keyring.trust(peer, [{"keyid": told.keyid, "public": told.public}])
    assert leaving.bring_in(bundle).new == 5
    code = lived["solved"].code
    with pytest.raises(Problem, match="moved"):
        reports.comment(code, Who(person("lain@contoh.id"), Actor.CITIZEN), "Halo")
    assert reports.overdue_results(timezone.now() + timedelta(days=1)) == []
    assert list(audit()) == []


def test_a_timeline_that_does_not_tell_the_row_is_refused_by_name(bundle, lived, new_home):
    from kentongan.network.leaving.bundle import Reader
    from kentongan.network.leaving.rows import restored
    from kentongan.network.leaving.verifying import stories

    with Reader(bundle) as reader:
        told = [restored(*one) for one in stories(reader)]
    told[0].report.state = "closed"
    with pytest.raises(Problem) as refused:
        reports.restore(told)
    assert told[0].report.code in str(refused.value.detail)
    assert Report.objects.count() == 0


def test_rules_and_staff_come_only_where_they_are_wanted(lived, tmp_path, monkeypatch, new_home):
    from kentongan.foundation.config import config

    assert not (config().data / "rules.yaml").exists()
    try:
        done = leaving.bring_in(tmp_path / "31.zip", alone=True, key=new_home, rules=True)
        assert routing.rulebook().source == str(done.rules)
        assert len(routing.check(routing.rulebook())) == 0
    finally:
        (config().data / "rules.yaml").unlink(missing_ok=True)
    assert bodies.Membership.objects.count() == 0


def published(body: str, *rules: OwnRule, number: int = 1) -> None:
    DivisionVersion.objects.create(body_id=body, number=number, rules=[asdict(one) for one in rules], why="Baru")
    published_anew()


def test_a_bodys_own_rules_logo_and_colour_go_along_and_decide_at_the_new_instance(lived, tmp_path, another_instance):
    roads = OwnRule("1", "road_damage", "", "", "31")
    published("31", roads)
    published("31.roads")
    logo = BytesIO()
    Image.new("RGB", (40, 40), "navy").save(logo, "PNG")
    casework.set_logo(None, "31", BytesIO(logo.getvalue()), "")
    bodies.set_accent("31", "#7a4a21", "")
    OwnQuestion.objects.create(body_id="31", category="noise", code="jam", datatype="text", words_id="Jam berapa?")
    Template.objects.create(body_id="31.roads", name="Ditambal", step="resolve", text_id="{street} sudah ditambal.")
    bodies.questions_changed()
    leaving.export("31", tmp_path / "31.zip")
    assert "noise" in {one["code"] for one in read(tmp_path / "31.zip", "categories")}
    OwnQuestion.objects.all().delete()
    Template.objects.all().delete()
    key = leaving.verify(tmp_path / "31.zip").fingerprint
    DivisionVersion.objects.all().delete()
    published_anew()
    bodies.set_logo("31", b"", (0, 0), bodies.look("31").logo)
    bodies.set_accent("31", "", "#7a4a21")
    another_instance(tmp_path / "31.zip")
    assert routing.submit(submission(), None).report.body_id == "31.roads"
    leaving.bring_in(tmp_path / "31.zip", alone=True, key=key)
    assert routing.submit(submission(), None).report.body_id == "31"
    assert bodies.look("31.roads").accent == "#7a4a21"
    kept = bodies.logo("31")
    assert Image.open(BytesIO(bytes(kept.content))).convert("RGB").getpixel((5, 5)) == (0, 0, 128)
    assert bodies.look("31").logo == kept.mark
    assert OwnQuestion.objects.get(body="31").words_id == "Jam berapa?"
    assert Template.objects.get(body="31.roads").step == "resolve"
    published("31", number=2)  # written here meanwhile: a second import leaves it
    leaving.bring_in(tmp_path / "31.zip", alone=True, key=key)
    assert routing.division_version("31").number == 2
    assert bodies.look("31").logo == kept.mark


def test_a_rule_of_a_bundle_draws_nothing_from_others_and_one_for_nobody_is_passed_over(
    lived, tmp_path, another_instance
):
    published("31", OwnRule("1", "", "", "", "gone.body"), OwnRule("2", "road_damage", "31.71", "no_such_layer", "31"))
    published("id.pu")  # another body's rules stay where they are
    leaving.export("31", tmp_path / "31.zip")
    lines = {one["code"]: one for one in read(tmp_path / "31.zip", "bodies")}
    assert [one["key"] for one in lines["31"]["division"]["rules"]] == ["1", "2"]
    assert all("division" not in line for line in lines.values() if not line["moves"])
    key = leaving.verify(tmp_path / "31.zip").fingerprint
    DivisionVersion.objects.all().delete()
    published_anew()
    another_instance(tmp_path / "31.zip")
    leaving.bring_in(tmp_path / "31.zip", alone=True, key=key)
    assert routing.submit(submission(), None).report.body_id == "31.roads"
    assert routing.submit(submission(at=ON_NATIONAL_ROAD), None).report.body_id not in {"31", "31.roads"}


def test_export_of_an_unknown_body_says_so_and_leaves_no_file(world, tmp_path):
    with pytest.raises(Problem, match="unknown_body"):
        leaving.export("99.99", tmp_path / "x.zip")
    assert list(tmp_path.glob("*.zip*")) == []


PAGE = (Path(__file__).parents[2] / "docs/reference/exit-bundle.md").read_text()


@pytest.mark.parametrize("table", ["reports", "entries", "photos", "bodies", "categories"])
def test_the_reference_page_shows_what_is_written_and_what_is_read(table, bundle):
    from kentongan.network.leaving.shapes import LINES

    block = re.search(rf"```json {table}\n(.*?)```", PAGE, re.DOTALL)
    shown = json.loads(block.group(1))
    LINES[table].model_validate_json(json.dumps(shown))
    assert set(shown) <= set(read(bundle, table)[0])


def test_the_manifest_on_the_reference_page_is_what_is_written(bundle):
    from kentongan.network.leaving.shapes import Manifest

    shown = json.loads(re.search(r"```json manifest\n(.*?)```", PAGE, re.DOTALL).group(1))
    Manifest.model_validate(shown)
    with zipfile.ZipFile(bundle) as file:
        assert set(json.loads(file.read("manifest.json"))) == set(shown)


def test_a_photo_that_is_not_the_one_named_or_too_large_is_not_taken_in(bundle, lived, monkeypatch, new_home):
    from kentongan.network.leaving import bundle as module

    photo = read(bundle, "photos")[0]["file"]
    forged = changed(bundle, f"photos/{photo}", lambda old: old + b"x")
    with module.Reader(forged) as reader, pytest.raises(module.Broken, match="another hash"):
        reader.photo(photo)
    monkeypatch.setattr(module, "MOST_BYTES", 10)
    with pytest.raises(Problem, match="broken_bundle") as refused:
        leaving.bring_in(bundle, alone=True, key=new_home)
    assert "larger than a photo may be" in str(refused.value.detail)
    assert Report.objects.count() == 0


def test_an_origin_that_another_report_here_has_is_not_written_over(bundle, lived, new_home):
    stays = routing.submit(submission(at=ON_NATIONAL_ROAD, text="Milik lain"), None).report
    Report.objects.update(away=True)  # it went on to somebody else
    origin = read(bundle, "reports")[0]["origin"]
    Trace.objects.create(report=stays, origin=origin["instance"], origin_code=origin["code"], path=["x"])
    with pytest.raises(Problem, match="broken_bundle") as refused:
        leaving.bring_in(bundle, alone=True, key=new_home)
    assert f"the origin {origin['code']} is that of another report here" in str(refused.value.detail)
    assert [one.pk for one in Report.objects.all()] == [stays.pk]


def test_a_region_moves_to_an_active_instance_alone_and_by_a_bundle_of_our_own(world, tmp_path):
    peer = known("baru", instance="baru.contoh", state="paused")
    for fields in ({"state": "paused"}, {"dialect": "webhook"}):
        Peer.objects.update(**{"state": "active", "dialect": "kentongan"} | fields)
        with pytest.raises(Problem, match="wrong_peer"):
            leaving.move(tmp_path / "none.zip", peer.name)
    Peer.objects.update(state="active", dialect="kentongan")
    with pytest.raises(Problem, match="not_our_bundle") as refused:
        leaving.move(made(tmp_path), peer.name)
    assert refused.value.status == 422
    broken = made(tmp_path, instance=network.facts.instance(), reports=[{"code": "2222-2222"}])
    with pytest.raises(Problem, match="not_our_bundle") as refused:
        leaving.move(broken, peer.name)
    assert "reports.jsonl, line 1" in str(refused.value.detail)
    assert not Report.objects.filter(away=True).exists()


def test_a_report_that_the_instance_gave_us_goes_back_to_it_when_its_region_moves_there(lived, tmp_path, monkeypatch):
    peer = known("baru", instance="baru.contoh", endpoint="https://baru.contoh/network/v1")
    given(lived["open"], peer, "in", remote_id="7KQF-M2RD")
    given(lived["nameless"], peer, body="31.roads")
    leaving.export("31", tmp_path / "31.zip")
    solved, depart = lived["solved"].code, reports.depart

    def changed_now(code: str, *told: Any) -> Any:
        if code == solved:
            raise Problem("changed", 409, "meanwhile")
        return depart(code, *told)

    monkeypatch.setattr(reports, "depart", changed_now)
    done = leaving.move(tmp_path / "31.zip", peer.name)
    assert (done.moved, done.gone, done.left) == (3, 1, 1)
    assert lived["open"].entries.order_by("-seq").first().kind == "given_back"
    assert not Report.objects.get(code=solved).away
    assert list(audit()) == []


def made(folder: Path, *, but: str = "", more: bytes = b"", rules: bytes = b"", **told: Any) -> Path:
    """A bundle of the body 31 and one part, as other software would make it: `told` are lines of tables, or fields of
    the manifest; one without the table `but`; with the photo `more`, which nothing names."""
    from kentongan.network.leaving.bundle import Writer

    line = {"name_id": "", "name_en": "", "level": "department", "moves": True}
    tables: dict[str, Any] = {
        "bodies": [line | {"code": "31", "parent": None}, line | {"code": "31.a", "parent": "31"}],
        "categories": [], "reports": [], "entries": [], "photos": [], "staff": [],
    }  # fmt: skip
    tables |= {name: told.pop(name) for name in list(told) if name in tables and isinstance(told[name], list)}
    about = {"format": "kentongan-exit/1", "protocol": "1", "instance": "lain.contoh", "instance_name": "", "url": ""}
    about |= {"body": "31", "made_at": "2026-01-01T00:00:00Z", "originals": False, "staff": True}
    with Writer(folder / "made.zip") as out:
        for name, lines in tables.items():
            if name != but:
                out.add(f"{name}.jsonl", [f"{json.dumps(one)}\n".encode() for one in lines])
        if rules:
            out.add("rules.yaml", [rules])
        if more:
            assert out.add_photo(more) == out.add_photo(more)
        out.sign(about | {"counts": {name: len(lines) for name, lines in tables.items()}} | told)
    return folder / "made.zip"


def test_a_table_that_is_missing_a_wrong_count_and_a_photo_of_nothing_are_named(world, tmp_path):
    assert leaving.verify(made(tmp_path)).faults == ()
    assert leaving.verify(made(tmp_path, but="photos")).faults == ("photos.jsonl is missing in the manifest",)
    [fault] = leaving.verify(made(tmp_path, counts={"bodies": 5})).faults
    assert fault == "bodies.jsonl has 2 lines; the manifest says 5"
    [fault] = leaving.verify(made(tmp_path, more=b"x")).faults
    assert fault.endswith("does not belong in the bundle")
    with pytest.raises(Problem, match="no_bundle") as refused:
        leaving.verify(made(tmp_path, made_at="yesterday"))
    assert "manifest.json: made_at" in str(refused.value.detail)


def test_a_bundle_that_could_not_be_finished_leaves_no_file(tmp_path):
    from kentongan.network.leaving.bundle import Writer

    def pieces() -> Iterator[bytes]:
        yield b"x"
        raise OSError("full")

    with pytest.raises(OSError, match="full"), Writer(tmp_path / "x.zip") as out:
        out.add("reports.jsonl", pieces())
    assert list(tmp_path.iterdir()) == []


def test_staff_is_appointed_once_and_who_works_there_already_is_not_asked(world, tmp_path):
    line = {"role": "officer", "since": "2026-01-01T00:00:00Z"}
    here = person("lama@contoh.id")
    people = [line | {"email": name, "body": "31.a"} for name in ("Baru@contoh.id", "lama@contoh.id")]
    bundle = made(tmp_path, staff=people)
    key = leaving.verify(bundle).fingerprint
    assert leaving.bring_in(bundle, alone=True, key=key).staff == 0  # not asked for
    bodies.Membership.objects.create(person=here, body_id="31.a", role="administrator")
    assert leaving.bring_in(bundle, alone=True, key=key, staff=True).staff == 1
    [offered] = Invitation.objects.all()
    assert (offered.email, offered.body_id, offered.role) == ("baru@contoh.id", "31.a", "officer")
    assert leaving.bring_in(bundle, alone=True, key=key, staff=True).staff == 0
    assert bodies.role(here, "31.a") == "administrator"


def test_rules_of_its_own_are_said_before_anything_is_brought_and_stay_as_they_are(world, tmp_path, monkeypatch):
    from kentongan.foundation.config import config

    path = config().data / "rules.yaml"
    try:
        bundle = made(tmp_path, rules=(files("kentongan.routing") / "rules.yaml").read_bytes())
        path.write_text("[]\n", encoding="utf-8")
        with pytest.raises(Problem, match="rules_there"):
            leaving.bring_in(bundle, alone=True, key=leaving.verify(bundle).fingerprint, rules=True)
        assert path.read_text(encoding="utf-8") == "[]\n"
        assert not bodies.Body.objects.filter(code="31.a").exists()
        path.write_bytes(b"\xff")  # of another writing, and somebody's all the same
        with pytest.raises(Problem, match="rules_there"):
            leaving.bring_in(bundle, alone=True, key=leaving.verify(bundle).fingerprint, rules=True)
        path.unlink()
        monkeypatch.setattr("kentongan.reports.join_originals", lambda: path.write_text("[]\n"))
        with pytest.raises(Problem, match="rules_there"):  # written while it was at work
            leaving.bring_in(bundle, alone=True, key=leaving.verify(bundle).fingerprint, rules=True)
        assert path.read_text(encoding="utf-8") == "[]\n"
    finally:
        path.unlink(missing_ok=True)


def test_a_region_does_not_stay_behind_for_a_logo_and_is_not_reached_elsewhere_any_more(world, tmp_path):
    from kentongan.network import peers

    parts = {"name_id": "Dinas", "name_en": "Works", "level": "department", "moves": True}
    lines = [parts | {"code": "31", "parent": None, "logo": "####"}, parts | {"code": "31.a", "parent": "31"}]
    lines[1]["logo"] = "bm8gcGljdHVyZQ=="
    bundle = made(tmp_path, bodies=lines)
    told = leaving.verify(bundle).manifest.key
    peer = known("lama", instance="lain.contoh", confirmed_here=True)
    keyring.trust(peer, [{"keyid": told.keyid, "public": told.public}])
    peers.set_reach(peer, "31")
    leaving.bring_in(bundle)
    assert peers.reaches("31") != peer.name
    assert bodies.snapshot().is_partner("31")
    assert (bodies.look("31").logo, bodies.look("31.a").logo) == ("", "")
    leaving.bring_in(bundle)  # once more: nothing of it is done twice
    assert bodies.snapshot().is_partner("31")


def test_a_bundle_moves_and_appoints_for_its_own_body_and_its_parts_alone(world, tmp_path):
    from kentongan.network.leaving.bundle import Writer

    told = {"name_id": "", "name_en": "", "level": "department", "moves": True}
    named = {"31": None, "31.a": "31", "31.b": "31", "51": None, "x": "y", "y": "x"}
    staff = {"email": "a@contoh.id", "role": "administrator", "since": "2026-01-01T00:00:00Z"}
    tables = {
        "bodies": [told | {"code": one, "parent": above, "moves": one != "31.b"} for one, above in named.items()],
        "staff": [staff | {"body": body} for body in ("31.a", "31.b")],
        "categories": [], "reports": [], "entries": [], "photos": [],
    }  # fmt: skip
    about = {"format": "kentongan-exit/1", "protocol": "1", "instance": "lain.contoh", "instance_name": "", "url": ""}
    about |= {"body": "31", "made_at": "2026-01-01T00:00:00Z", "originals": False, "staff": True}
    with Writer(tmp_path / "31.zip") as out:
        for name, lines in tables.items():
            out.add(f"{name}.jsonl", [f"{json.dumps(one)}\n".encode() for one in lines])
        out.sign(about | {"counts": {"bodies": 6, "staff": 2}})
    found = leaving.verify(tmp_path / "31.zip").faults
    assert [one.split(" ")[1] for one in found] == ["51", "x", "y", "31.b"], found
    assert found[-1] == "staff.jsonl: 31.b is no part of 31"


def test_the_commands_say_what_was_lost_what_is_wrong_and_whom_they_appointed(lived, tmp_path, another_instance):
    from kentongan.foundation.config import config

    officer = person("petugas.jalan@contoh.id", name="Budi")
    bodies.Membership.objects.create(person=officer, body=bodies.get("31.roads"), role="officer")
    photo, file = Photo.objects.filter(report=lived["open"]).get(), tmp_path / "31.zip"
    reports.photo_file(photo, "large", now=True).close()
    default_storage.delete(derivative_name(photo, "large"))
    assert "1 photos have no file here any more" in run("leave", "export", "31", str(file), "--staff").output
    broken = run(
        "leave", "verify", str(changed(file, "reports.jsonl", lambda told: told.replace(b"Lubang", b"Labang")))
    )
    assert broken.exit_code == 1
    assert "wrong: reports.jsonl" in broken.output
    key = leaving.verify(file).fingerprint
    another_instance(file)
    bodies.Membership.objects.all().delete()
    try:
        told = run("leave", "import", str(file), "--alone", "--key", key, "--staff", "--rules").output
        assert (config().data / "rules.yaml").exists()
    finally:
        (config().data / "rules.yaml").unlink(missing_ok=True)
    assert "5 reports taken in, 0 were here." in told
    assert "1 people appointed" in told
    assert "rules.yaml" in told
    assert "read-only" not in told


def test_what_changed_since_the_bundle_does_not_move_and_the_command_says_so(bundle, lived):
    Peer.objects.create(
        name="daerah", title="Daerah", dialect="kentongan", endpoint="https://daerah.contoh/network/",
        instance="daerah.contoh", state="active", confirmed_here=True, confirmed_there=True,
    )  # fmt: skip
    reports.comment(lived["open"].code, Who(person("baru@contoh.id"), Actor.CITIZEN), "Masih berlubang")
    said = run("leave", "settle", str(bundle), "--to", "daerah")
    assert said.exit_code == 1
    assert "1 are newer than the bundle or have changed since: export again" in said.output
    assert not Report.objects.get(code=lived["open"].code).away
