"""A body's rules: tried on the past, done once, told in the timeline, never setting off each other."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kentongan import bodies, casework, reports, routing
from kentongan.bodies.models import Membership, Team
from kentongan.casework import rules, running
from kentongan.casework.models import Rule, RuleRun
from kentongan.catalogue.models import Category
from kentongan.foundation import outbox
from kentongan.foundation.problems import Problem
from kentongan.notify.models import Message
from kentongan.reports.audit import audit
from kentongan.reports.models import Priority, Report
from kentongan.reports.states import Actor
from kentongan.reports.who import Who
from kentongan.subscribers import register
from tests.world import person, submission

pytestmark = pytest.mark.django_db
ROADS = "31.roads"


@pytest.fixture
def admin(world):
    made = person("kepala@contoh.id", name="Kepala")
    Membership.objects.create(person=made, body=bodies.get(ROADS), role="administrator")
    return made


@pytest.fixture
def officer(admin):
    made = person("petugas@contoh.id", name="Budi")
    Membership.objects.create(person=made, body=bodies.get(ROADS), role="officer")
    return made


def rule(admin, on=True, **given) -> Rule:
    made = casework.save_rule(admin, ROADS, {"name": "Aturan", "event": "arrived", "priority": "high", **given})
    if on:
        casework.rehearse(made)
        made = casework.switch_on(admin, made, made.version)
    return made


def sent(**given) -> Report:
    return routing.submit(submission(**given), None).report


def work() -> int:
    """All that waits: events are heard, what is due is done."""
    register()
    while outbox.drain(100):
        pass
    return casework.run_rules(no)


def no(_report, _step):
    """Nobody else works on these."""


def entries(report) -> list[tuple[str, str]]:
    found = Report.objects.get(pk=report.pk).entries.order_by("seq")
    return [(one.kind, one.data.get("rule", "")) for one in found]


def outcomes() -> list[str]:
    return list(RuleRun.objects.order_by("pk").values_list("outcome", flat=True))


def refused(do, *given, **named) -> tuple[str, str]:
    with pytest.raises(Problem) as fault:
        do(*given, **named)
    return fault.value.code, fault.value.field


def test_a_rule_does_all_its_steps_once_and_the_timeline_names_it(client, admin, officer):
    team = Team.objects.create(body_id=ROADS, name="Tim")
    team.members.add(officer)
    before = sent()
    rule(
        admin, priority="urgent", assign=f"team:{team.pk}", note="Cek", answer="Kami terima", notify=f"team:{team.pk}",
        merge="1",
    )  # fmt: skip
    report = sent()
    work()
    assert work() == 0
    told = entries(report)[2:]
    assert [kind for kind, _rule in told] == ["prioritised", "assigned", "noted", "noted", "noted", "noted"]
    assert {name for _kind, name in told} == {"Aturan"}
    found = Report.objects.get(pk=report.pk)
    assert (found.priority, found.team_id) == (Priority.URGENT, team.pk)
    assert found.answer_by == report.answer_by  # nobody has answered yet
    notes = list(found.entries.filter(kind="noted").values_list("text", "data__mentions"))
    assert f"Mungkin kejadian yang sama: {before.code}" in [text for text, _called in notes]
    assert [officer.pk] in [called for _text, called in notes]
    assert len(entries(before)) == 2  # it arrived before the rule was on
    client.force_login(admin)
    assert "Aturan “Aturan”" in client.get(f"/console/reports/{report.code}").content.decode()
    assert "lewat aturan otomatis" in client.get(f"/r/{report.code}").content.decode()
    assert list(audit()) == []


def test_no_rule_sets_off_another_or_itself_and_one_report_is_not_passed_round_for_ever(admin):
    platform = person("pusat@contoh.id", is_superuser=True)
    rule(admin, priority="", transfer="id.pu", transfer_text="Jalan nasional")
    other = casework.save_rule(
        platform, "id.pu", {"name": "Balik", "event": "arrived", "transfer": ROADS, "transfer_text": "Bukan"}
    )
    casework.rehearse(other)
    casework.switch_on(platform, other, other.version)
    report = sent()
    for _turn in range(3):
        work()
    assert [kind for kind, _rule in entries(report)][2:] == ["transferred"]
    by_hand = Who(platform, Actor.OFFICER, "id.pu")
    for _turn in range(8):  # two instances, or two people, pass it to and fro
        if Report.objects.get(pk=report.pk).body_id != ROADS:
            reports.transfer(report.code, by_hand, ROADS, "Milik Anda")
        work()
    assert outcomes().count("done") == running.MOST_A_REPORT
    assert "often" in outcomes()


def test_a_rule_acts_hours_later_and_only_where_its_filter_still_fits(admin, officer):
    rule(admin, after_hours="24", asked="state=waiting")
    stays, taken = sent(), sent()
    work()
    assert outcomes() == ["", ""]
    reports.accept(taken.code, Who(officer, Actor.OFFICER, ROADS))
    RuleRun.objects.update(due_at=timezone.now())
    assert work() == 2
    assert outcomes() == ["done", "unfit"]
    assert Report.objects.get(pk=stays.pk).priority == Priority.HIGH
    assert Report.objects.get(pk=taken.pk).priority == Priority.NORMAL


def test_what_waits_is_dropped_where_the_rule_is_off_or_another_by_then(admin):
    first = rule(admin, after_hours="1")
    sent()
    work()
    casework.switch_off(admin, first)
    sent()
    work()
    assert RuleRun.objects.count() == 1
    RuleRun.objects.update(due_at=timezone.now())
    work()
    changed = casework.save_rule(admin, ROADS, {"name": "Aturan", "event": "arrived", "priority": "low"}, first)
    assert (changed.version, changed.is_on) == (2, False)
    assert refused(casework.switch_on, admin, changed, 1)[0] == "changed_meanwhile"
    assert refused(casework.switch_on, admin, changed, 2)[0] == "not_rehearsed"
    back = casework.take_back(admin, changed, 1)
    assert (back.version, back.steps, back.after_hours) == (3, {"priority": "high"}, 1)
    assert outcomes() == ["off"]


def test_a_worker_killed_within_a_rule_leaves_nothing_half_done_and_another_does_it(admin, monkeypatch):
    rule(admin, note="Cek")
    report = sent()
    register()
    while outbox.drain(100):
        pass

    def dies(*_given, **_named):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(reports, "note", dies)
        with pytest.raises(KeyboardInterrupt):
            casework.run_rules(no)
    assert len(entries(report)) == 2
    assert work() == 1
    assert [kind for kind, _rule in entries(report)][2:] == ["prioritised", "noted"]


def test_a_step_that_is_refused_takes_the_others_back_with_it(admin):
    rule(admin, event="resolved", asked="state=done", note="Periksa", transfer="id.pu", transfer_text="Ke PU")
    report = sent()
    reports.resolve(report.code, Who(admin, Actor.OFFICER, ROADS), "Beres", no_photo_reason="Malam")
    work()
    assert outcomes() == ["wrong_state"]
    assert [kind for kind, _rule in entries(report)][2:] == ["resolved"]
    assert Rule.objects.get().is_on


def test_a_rule_that_names_what_is_gone_is_switched_off_and_its_administrator_told(client, admin, officer):
    first = rule(admin, asked="category=road_damage")
    second = rule(admin, name="Beri", assign=f"person:{officer.pk}", priority="")
    Membership.objects.filter(person=officer).update(until=timezone.now())
    report = sent()
    Category.objects.filter(code="pothole").update(active=False)
    Rule.objects.filter(pk=first.pk).update(asked="category=tidak_ada")
    work()
    work()
    assert sorted(outcomes()) == ["bad_filter", "gone_hand"]
    assert not Rule.objects.filter(is_on=True).exists()
    assert casework.stopped_rules(ROADS) == 2
    told = list(Message.objects.filter(to_person=admin, key__startswith="rule/").values_list("subject", flat=True))
    assert len(told) == 2
    assert entries(report)[2:] == []
    client.force_login(admin)
    page = client.get(f"/console/bodies/{ROADS}/rules").content.decode()
    assert page.count("Nonaktif dengan sendirinya") == 2
    assert refused(casework.switch_on, admin, second, 1)[0] == "gone_hand"


def test_a_rule_that_acts_too_often_is_switched_off(admin, monkeypatch):
    monkeypatch.setattr(running, "MOST_AN_HOUR", 2)
    rule(admin)
    for _number in range(3):
        sent()
    work()
    assert outcomes() == ["done", "done", "too_many"]
    assert not Rule.objects.get().is_on


def test_a_deadline_that_passes_sets_a_rule_off_once_and_again_only_for_a_new_one(admin):
    rule(admin, event="overdue")
    report, asked = sent(), sent()
    past = timezone.now() + timedelta(seconds=-1)
    Rule.objects.update(on_since=past - timedelta(hours=1))
    Report.objects.filter(pk__in=[report.pk, asked.pk]).update(deadline_at=past)
    Report.objects.filter(pk=asked.pk).update(asked_at=past - timedelta(hours=1))
    assert (casework.note_overdue(), casework.note_overdue()) == (1, 0)
    assert work() == 1
    assert entries(report)[2:] == [("prioritised", "Aturan")]
    assert Rule.objects.get().is_on


def test_the_words_of_a_rule_are_filled_and_tell_no_language_of_who_is_hidden(admin):
    rule(admin, answer="Laporan {laporan} diterima", answer_en="Report {report} received", transfer="")
    english = person("warga@contoh.id", language="en")
    for privacy, begins in (("public", "Report"), ("anonymous", "Laporan"), ("secret", "Laporan")):
        report = routing.submit(submission(privacy=privacy), english).report
        work()
        assert report.entries.get(kind="noted").text.split()[:2] == [begins, report.code]


def test_a_rule_does_nothing_that_nobody_could_do_by_hand(admin, monkeypatch):
    rule(admin, note="Cek")
    report = sent()
    register()
    while outbox.drain(100):
        pass

    def elsewhere(_report, step):
        if step == "prioritise":
            raise Problem("elsewhere", 409, "A peer works on it.")

    assert casework.run_rules(elsewhere) == 1
    assert (outcomes(), entries(report)[2:]) == (["elsewhere"], [])


def test_one_report_with_a_fault_keeps_no_other_from_its_rules(admin, monkeypatch):
    rule(admin, note="Cek")
    broken, whole = sent(), sent()
    real = reports.note

    def fails(code, *given, **named):
        if code == broken.code:
            raise RuntimeError
        return real(code, *given, **named)

    monkeypatch.setattr(reports, "note", fails)
    work()
    assert outcomes() == ["fault", "done"]
    assert (len(entries(broken)), len(entries(whole))) == (2, 4)


def test_what_stays_late_for_months_hides_nothing_that_becomes_late(admin, monkeypatch):
    monkeypatch.setattr(running, "MOST_AN_HOUR", 1)
    rule(admin, event="overdue")
    past = timezone.now() - timedelta(seconds=5)
    Rule.objects.update(on_since=past - timedelta(hours=1))
    for number in range(2):
        Report.objects.filter(pk=sent().pk).update(deadline_at=past + timedelta(seconds=number))
    assert [casework.note_overdue() for _turn in range(3)] == [1, 1, 0]


def test_two_administrators_with_one_rule_open_do_not_overwrite_each_other_unseen(client, admin):
    made = rule(admin, on=False)
    client.force_login(admin)
    address, given = f"/console/bodies/{ROADS}/rules/{made.pk}", {"do": "save", "event": "arrived", "priority": "low"}
    first = {**given, "name": "Satu", "version": "1"}
    assert client.post(address, first).status_code == 302
    late = client.post(address, {**first, "name": "Dua"})
    assert (late.status_code, Rule.objects.get().name) == (409, "Satu")
    assert 'value="Dua"' in late.content.decode()
    assert 'name="version" value="2"' in late.content.decode()
    assert client.post(address, {**first, "name": "Dua", "version": "2"}).status_code == 302


def test_a_rule_of_a_name_that_is_taken_one_too_many_or_one_that_is_gone_is_refused(admin, monkeypatch):
    made = rule(admin, on=False)
    same = {"name": "Aturan", "event": "arrived", "priority": "high"}
    assert casework.save_rule(admin, ROADS, same, made).version == made.version  # nothing was changed
    monkeypatch.setattr(rules, "MOST", 1)
    for call, status, field in (
        (lambda: casework.save_rule(admin, ROADS, same), 422, "name"),
        (lambda: casework.save_rule(admin, ROADS, {**same, "name": "Lain"}), 422, "name"),
        (lambda: casework.take_back(admin, made, 99), 404, None),
        (lambda: casework.find_rule(admin, ROADS, made.pk + 1), 404, None),
    ):
        with pytest.raises(Problem) as refused:
            call()
        assert (refused.value.status, refused.value.field or None) == (status, field)
    assert Rule.objects.get().name == "Aturan"


def test_a_rehearsal_says_how_many_and_which_by_the_state_of_then(admin, officer):
    first, second, elsewhere = sent(), sent(), sent(at=(107.12, -6.3))
    reports.accept(second.code, Who(officer, Actor.OFFICER, ROADS))
    made = rule(admin, on=False, asked="state=waiting")
    tried = casework.rehearse(made)
    assert (tried.events, tried.runs, {one.code for one in tried.reports}) == (2, 2, {first.code, second.code})
    assert elsewhere.code not in {one.code for one in tried.reports}
    later = rule(admin, on=False, name="Nanti", after_hours="1", asked="state=waiting")
    assert casework.rehearse(later).runs == 0  # their hour has not come
    for report in (first, second):
        report.entries.update(at=timezone.now() - timedelta(hours=3))
    assert [one.code for one in casework.rehearse(later).reports] == [first.code]
    taken = rule(admin, on=False, name="Mulai", event="accepted", asked="state=in_process&priority=high")
    tried = casework.rehearse(taken)
    assert (tried.runs, tried.as_now) == (0, ["priorities"])


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"), ({"event": "x"}, "event"), ({"after_hours": "-1"}, "after_hours"),
        ({"after_hours": "9999"}, "after_hours"), ({"asked": "assignee=me"}, "asked"),
        ({"asked": "/console/?state=apa"}, "asked"), ({"asked": "category=tidak_ada"}, "asked"),
        ({"priority": "x"}, "priority"), ({"assign": "person:0"}, "assign"), ({"priority": ""}, "steps"),
        ({"answer_en": "Hi"}, "answer"), ({"transfer": "tidak.ada"}, "transfer"), ({"transfer": ROADS}, "transfer"),
        ({"transfer": "id.pu"}, "transfer_text"), ({"note": "x" * 2_001}, "note"), ({"asked": "http://["}, ""),
        ({"answer": "Mulai {works}"}, "answer"), ({"note": "Halo {"}, "note"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_is_refused_at_its_field(admin, given, field):
    if not field:
        assert casework.save_rule(admin, ROADS, {"name": "A", "event": "arrived", "priority": "low", **given})
        return
    code, at = refused(rule, admin, on=False, **given)
    assert (at, bool(code)) == (field, True)
    assert not Rule.objects.exists()


def test_only_administrators_write_rules_and_the_pages_keep_what_was_typed(client, admin, officer):
    assert refused(casework.save_rule, officer, ROADS, {})[0] == "forbidden"
    client.force_login(officer)
    assert client.get(f"/console/bodies/{ROADS}/rules").status_code == 403
    client.force_login(admin)
    assert client.get(f"/console/bodies/{ROADS}%00/rules").status_code == 422  # PostgreSQL asks for no NUL
    casework.save_view(admin, ROADS, "Jalan", casework.Filter(categories=("road_damage",)), is_shared=True)
    lost = client.post(f"/console/bodies/{ROADS}/rules", {"name": "Kata saya", "event": "arrived", "note": ""})
    assert (lost.status_code, "Kata saya" in lost.content.decode()) == (422, True)
    given = {"name": "Baru", "event": "arrived", "note": "Cek", "view": "category=road_damage"}
    page = client.post(f"/console/bodies/{ROADS}/rules", given, follow=True)
    made = Rule.objects.get()
    assert made.asked == "category=road_damage"
    assert "Aktifkan" not in page.content.decode()
    address, report = f"/console/bodies/{ROADS}/rules/{made.pk}", sent()
    tried = client.post(address, {"do": "rehearse"}).content.decode()
    assert "akan bertindak 1 kali" in tried
    assert report.code in tried
    client.post(address, {"do": "on", "version": made.version})
    assert Rule.objects.get().is_on
    client.post(address, {"do": "off"})
    assert not Rule.objects.get().is_on
    bad = client.post(address, {"do": "save", **given, "name": "", "note": "Simpan ini"})
    assert (bad.status_code, "Simpan ini" in bad.content.decode()) == (422, True)
    client.post(address, {"do": "save", **given, "note": "Lain"})
    back = client.post(address, {"do": "back", "version": "1"}, follow=True).content.decode()
    assert "Versi sebelumnya kini menjadi yang terbaru." in back
    assert "Cek</textarea>" in back
    assert client.post(address, {"do": "back", "version": "99"}).status_code in {404, 409}
    client.post(address, {"do": "end"})
    assert casework.rules_of(admin, ROADS) == []
