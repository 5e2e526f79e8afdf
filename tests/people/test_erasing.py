"""Who asks to be forgotten is; what they reported stays and can be worked on."""

import pytest

from kentongan import reports, routing
from kentongan.bodies.models import Membership
from kentongan.foundation.problems import Problem
from kentongan.notify.models import Message
from kentongan.people import erasing, tokens
from kentongan.people.models import ApiToken, Person
from kentongan.reports.audit import audit
from kentongan.reports.models import Entry, Report
from tests.world import person, submission


@pytest.mark.django_db
def test_an_account_goes_with_all_that_names_it_and_its_report_stays_with_nobodys_name(world):
    asked, other = person("rahasia@contoh.id", name="Nama Uji"), person("lain@contoh.id")
    mine, theirs = (routing.submit(submission(), one).report.code for one in (asked, other))
    reports.comment(theirs, reports.Who(asked, reports.Actor.CITIZEN), "Saya juga melihatnya.")
    reports.support(theirs, asked)
    tokens.issue(asked)
    Membership.objects.create(person=asked, body_id="31", role="officer")
    Message.objects.create(key="k", to_person=asked, address=asked.email, subject="s", body="b")
    assert erasing.erase("Rahasia@contoh.id") >= 4
    assert not Person.objects.filter(email="rahasia@contoh.id").exists()
    assert not ApiToken.objects.exists()
    assert not Membership.objects.exists()
    assert not Message.objects.filter(address="rahasia@contoh.id").exists()
    assert Report.objects.get(code=mine).reporter_id is None
    assert Entry.objects.get(kind="commented").person_id is None
    assert Report.objects.get(code=theirs).support_count == 1
    assert list(audit()) == []


@pytest.mark.django_db
def test_the_only_administrator_stays_and_a_stranger_is_told(world):
    Person.objects.create_superuser("kepala@contoh.id")
    for email, code in (("kepala@contoh.id", "last_administrator"), ("siapa@contoh.id", "unknown_person")):
        with pytest.raises(Problem) as refused:
            erasing.erase(email)
        assert refused.value.code == code
