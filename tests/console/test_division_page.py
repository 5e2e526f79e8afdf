"""The page on which an administrator says who of the body gets what, walked without JavaScript."""

from __future__ import annotations

import pytest

from kentongan import routing
from kentongan.reports.models import Report
from kentongan.routing.models import DivisionDraft, DivisionVersion
from tests.console.test_hands import desk
from tests.reading import read
from tests.world import STREET, submission

pytestmark = pytest.mark.django_db
PAGE = "/console/bodies/31/routing"
RULE = {"do": "write", "category": "road_damage", "area": "31.71", "layer": "", "to": "31.water"}


def sent(client, **given):
    draft = DivisionDraft.objects.filter(body="31").first()
    return client.post(PAGE, {"edit": str(draft.edit) if draft else "", **given}, follow=True)


def test_from_a_draft_to_a_version_and_back(client, world):
    report = routing.submit(submission(), None).report
    secret = routing.submit(submission(text="Rahasia"), None).report
    Report.objects.filter(pk=secret.pk).update(is_restricted=True, body="id.pu")
    desk(client, "administrator", body="31")
    assert "Belum ada yang diterbitkan." in read(client.get(PAGE))
    assert 'id="draft"' in sent(client, do="begin").content.decode()
    said = read(sent(client, **RULE))
    assert "Tidak ada yang berubah sebelum Anda menerbitkannya." in said
    assert "Kota Administrasi Jakarta Pusat → Dinas Sumber Daya Air" in said
    assert 'id="publish"' not in client.get(PAGE).content.decode(), "not before it was tried"
    tried = sent(client, do="rehearse")
    page = read(tried)
    assert "2 dari 2 laporan akan pindah." in page
    assert "Dan 1 lagi yang tidak tercantum di sini." in page, "what the reader may not open is counted, not named"
    assert report.code in page
    assert secret.code not in page
    assert f'data-lon="{report.lon}"' in tried.content.decode()
    assert "Sebutkan alasannya" in read(sent(client, do="publish", why=" "))
    assert "tetap di sana" in read(sent(client, do="publish", why="Hanya untuk musim hujan"))
    assert routing.preview("road_damage", *STREET).body == "31.water"
    public = read(client.get(f"/r/{routing.submit(submission(), None).report.code}"))
    assert "(aturan pembagian versi 1)" in public
    page = read(client.get(PAGE))
    assert "Hanya untuk musim hujan" in page
    assert "menerbitkan versi" in page
    back = read(client.post(PAGE, {"do": "back", "number": "0", "newest": "1", "why": "Hujan reda"}, follow=True))
    assert "Dikembalikan." in back
    assert routing.preview("road_damage", *STREET).body == "31.roads"
    assert DivisionVersion.objects.filter(body="31").count() == 2
    report.refresh_from_db()
    assert report.body_id == "31.roads"


def test_what_was_chosen_stays_in_the_form_when_it_is_refused(client, world):
    desk(client, "administrator", body="31")
    sent(client, do="begin")
    old = str(DivisionDraft.objects.get(body="31").edit)
    sent(client, **RULE)
    answer = client.post(PAGE, RULE | {"edit": old, "category": "waste"})
    assert answer.status_code == 409
    page = " ".join(answer.content.decode().split())
    assert '<option value="waste" selected>' in page
    assert '<option value="31.water" selected>' in page
    assert "Rekan Anda mengubah rancangan ini sementara itu." in page
    assert sent(client, **RULE | {"category": "waste"}).status_code == 200, "pressed again, it is kept"
    assert len(DivisionDraft.objects.get(body="31").rules) == 2
    page = " ".join(client.get(f"{PAGE}?rule=1").content.decode().split())
    assert '<option value="road_damage" selected>' in page
    for bad in ({"do": "x"}, {"do": "publish"}, {"do": "write", "to": "id.pln"}, {"do": "write", "area": "\0" * 9},
                {"do": "remove", "key": "99"}, {"do": "back", "number": "x", "newest": "0", "why": "x"},
                {"do": "go_on", "number": "-"}):  # fmt: skip
        assert sent(client, **bad).status_code in (404, 409, 422), bad
    assert client.get(f"{PAGE}?rule=%00").status_code == 200


def test_who_does_not_administer_the_body_is_refused(client, world):
    desk(client, "coordinator", body="31")
    assert client.get(PAGE).status_code == 403
    assert sent(client, do="begin").status_code == 403
    assert not DivisionDraft.objects.exists()


def test_a_draft_is_thrown_away_and_a_rule_along_a_line_is_said_in_words(client, world):
    desk(client, "administrator", body="31")
    sent(client, do="begin")
    assert "dekat jalan nasional" in read(sent(client, **RULE | {"layer": "national_road"}))
    sent(client, do="discard")
    assert not DivisionDraft.objects.exists()
    assert not DivisionVersion.objects.exists()
