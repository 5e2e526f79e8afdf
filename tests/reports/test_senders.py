"""A submission id belongs to the channel and the sender it came by: nobody takes or blocks another's report with it."""

from __future__ import annotations

from dataclasses import replace
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils.crypto import salted_hmac

from kentongan import reports, routing
from kentongan.foundation.problems import Problem
from kentongan.network import keys
from kentongan.open311 import filing
from kentongan.reports.models import Report
from kentongan.reports.storing import hash_claim
from tests.world import STREET, person, submission

pytestmark = pytest.mark.usefixtures("world")
FILED = {"service_code": "road_damage", "lat": STREET[1], "long": STREET[0], "description": "Lubang besar"}


@pytest.fixture
def city(db) -> str:
    """The key of an application that files reports here."""
    return keys.new_key("kota", write=True)[0]


def file(client: Client, key: str, external: str = "A-1", **said: str) -> str:
    """The code of what the application filed."""
    given = {**FILED, **said, "api_key": key, "attribute[external_id]": external}
    answer = client.post("/open311/v2/requests.json", given)
    assert answer.status_code in {200, 201}, answer.content
    return str(answer.json()[0]["service_request_id"])


def stolen(external: str = "A-1") -> dict[str, object]:
    """What a stranger sends who has read the public report and can work out the id that was made for it before."""
    return {
        "submission_id": str(uuid5(filing.NAMESPACE, f"kota/{external}")), "category": "road_damage",
        "text": "Lubang besar", "lon": STREET[0], "lat": STREET[1], "privacy": "anonymous",
    }  # fmt: skip


def test_a_stranger_does_not_take_a_report_that_an_application_filed(client: Client, city: str) -> None:
    theirs = file(client, city)
    row = Report.objects.get(code=theirs)
    for id in (stolen()["submission_id"], str(row.submission_id)):
        answer = client.post("/api/v1/reports", {**stolen(), "submission_id": id}, content_type="application/json")
        assert answer.status_code == 201
        assert answer.json()["code"] != theirs
        claimed = client.post(
            f"/api/v1/reports/{theirs}/confirm", headers={"Kentongan-Claim": answer.json()["claim_token"]}
        )
        assert claimed.status_code != 200
    assert row.claim_hash == ""
    assert str(row.submission_id) != stolen()["submission_id"]


def test_a_stranger_does_not_block_what_an_application_files_later(client: Client, city: str) -> None:
    answer = client.post("/api/v1/reports", {**stolen(), "text": "Lain"}, content_type="application/json")
    assert answer.status_code == 201
    made = filing.reports.made_id("open311", "kota", "A-1")
    client.post("/api/v1/reports", {**stolen(), "submission_id": str(made)}, content_type="application/json")
    theirs = file(client, city)
    assert Report.objects.get(code=theirs).channel == "open311"
    assert file(client, city) == theirs  # exactly once, as before


def test_what_was_filed_before_ids_were_keyed_is_still_known_again(client: Client, city: str) -> None:
    theirs = file(client, city)
    Report.objects.filter(code=theirs).update(submission_id=uuid5(filing.NAMESPACE, "kota/A-1"))
    assert file(client, city) == theirs
    assert Report.objects.count() == 1


def test_two_applications_may_call_their_reports_the_same(client: Client, city: str) -> None:
    other = keys.new_key("dinas", write=True)[0]
    assert file(client, city) != file(client, other)


def test_ids_made_here_are_not_to_be_guessed() -> None:
    made = reports.made_id("peer", "pusat.go.id", "2345-6789")
    assert made == reports.made_id("peer", "pusat.go.id", "2345-6789")
    assert made != uuid5(NAMESPACE_URL, "kentongan:pusat.go.id/2345-6789")
    assert made != reports.made_id("peer", "pusat.go.id", "2345-678A")


def test_a_phone_that_signed_in_meanwhile_sends_its_report_once_and_gets_no_token() -> None:
    given, who = submission(), person()
    first = routing.submit(given, None)
    again = routing.submit(given, who)
    assert first.claim_token
    assert again.report == first.report
    assert not again.created
    assert again.claim_token is None
    # And the other way: the session ended while the answer was lost.
    mine = routing.submit(submission(), who)
    out = routing.submit(replace(given, submission_id=mine.report.submission_id), None)
    assert out.report == mine.report
    assert not out.created
    assert out.claim_token is None


def test_a_repeat_by_the_same_sender_gives_the_same_token_again() -> None:
    given = submission()
    first, again = routing.submit(given, None), routing.submit(given, None)
    assert again.report == first.report
    assert again.claim_token == first.claim_token
    reports.claim(person(), first.claim_token)
    assert routing.submit(given, None).claim_token is None


def test_the_same_id_on_another_channel_or_of_another_account_is_another_report() -> None:
    given = submission()
    first = routing.submit(given, None)
    elsewhere = routing.submit(replace(given, channel="api"), None)
    assert elsewhere.created
    assert elsewhere.claim_token != first.claim_token
    who, other = person(), person("lain@contoh.id")
    mine = routing.submit(submission(submission_id=UUID(int=7)), who)
    theirs = routing.submit(submission(submission_id=UUID(int=7), text="Lain sekali"), other)
    assert theirs.created
    assert theirs.report != mine.report
    with pytest.raises(Problem) as told:
        routing.submit(submission(submission_id=UUID(int=7), text="Lain lagi"), who)
    assert told.value.code == "submission_conflict"


def test_reports_of_before_keep_their_token_and_their_repeats() -> None:
    """Rows and tokens as they were made before ids belonged to a sender."""
    given = submission()
    report = routing.submit(given, None).report
    old = salted_hmac("kentongan.claim", str(given.submission_id), algorithm="sha256").hexdigest()
    Report.objects.filter(pk=report.pk).update(claim_hash=hash_claim(old))
    again = routing.submit(given, None)
    assert again.report == report
    assert again.claim_token == old
    who = person()
    mine = routing.submit(submission(submission_id=UUID(int=9)), who)
    Report.objects.filter(pk=mine.report.pk).update(sender="")
    assert routing.submit(submission(submission_id=UUID(int=9)), who).report == mine.report


def test_the_database_keeps_one_report_for_an_id_a_channel_and_a_sender() -> None:
    report = routing.submit(submission(), None).report
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.create(
            code="2345-6789", submission_id=report.submission_id, channel="web", category_id=report.category_id
        )


def test_a_sender_tells_nobody_whose_reports_are_of_one_person() -> None:
    who = person()
    one, two = (routing.submit(submission(), who).report for _ in range(2))
    assert one.sender
    assert two.sender
    assert one.sender != two.sender


def test_an_id_is_the_same_however_it_is_written(client: Client) -> None:
    given = stolen() | {"submission_id": "0f9619ff-8b86-4011-b42d-00c04fc964ff"}
    plain = str(given["submission_id"])

    def sent(written: object, **more: str) -> tuple[int, str]:
        answer = client.post(
            "/api/v1/reports", {**given, "submission_id": written, **more}, content_type="application/json"
        )
        return answer.status_code, answer.json().get("code", "")

    status, code = sent(plain)
    assert status == 201
    for written in (plain.upper(), plain.replace("-", ""), f"{{{plain}}}", f"urn:uuid:{plain}"):
        assert sent(written) == (200, code)
    assert [sent(written)[0] for written in (f" {plain}", UUID(plain).int, "", None)] == [422] * 4
    assert sent(plain, text="Lain")[0] == 409
