"""One person, much news in a short time: the first at once, the rest in one mail, nothing lost and nothing twice."""

from __future__ import annotations

from datetime import timedelta
from email.header import decode_header, make_header

import pytest
from django.utils import timezone

from kentongan import reports
from kentongan.notify import bundling, deliver
from kentongan.notify.models import Message
from tests.notify.test_notify import Server, make, officer, server, tell_all
from tests.world import person

__all__ = ["officer", "server"]
pytestmark = pytest.mark.django_db
REPORTS = 12


@pytest.fixture
def told(officer):
    """A reporter of twelve reports, all taken on within a minute; and a neighbour with one."""
    mine, neighbour = person("warga@contoh.id"), person("tetangga@contoh.id")
    codes = [make(mine).code for _ in range(REPORTS)] + [make(neighbour).code]
    tell_all()
    for code in codes:
        reports.accept(code, officer)
    tell_all()
    return codes


def words_of(mail):
    return mail.get_payload(decode=True).decode()


def test_what_is_more_than_five_goes_together_ten_minutes_later(told, server: Server):
    deliver()
    to_me = [one for one in server.taken if one["To"] == "warga@contoh.id"]
    later = Message.objects.filter(to_person__email="warga@contoh.id", sent_at=None)
    # The confirmations of what was just made are never held back; five that are due at the same moment are one mail.
    assert len(to_me) == REPORTS + 1
    assert [code for code in told if code in words_of(to_me[-1])] == told[: bundling.AT_ONCE]
    assert len(server.taken) == len(to_me) + 2  # nobody else waits
    assert len({one.due_at for one in later}) == 1
    assert later[0].due_at > timezone.now() + timedelta(minutes=9)
    later.update(due_at=timezone.now())
    deliver()
    last = server.taken[-1]
    assert len(server.taken) == len(to_me) + 3
    assert str(make_header(decode_header(last["Subject"]))) == "7 kabar tentang laporan Anda"
    assert [code for code in told if code in words_of(last)] == told[bundling.AT_ONCE : REPORTS]
    deliver()
    assert len(server.taken) == len(to_me) + 3
    assert not Message.objects.filter(sent_at=None).exists()


def test_a_server_that_refuses_a_bundle_loses_none_of_it(told, server: Server):
    deliver()
    Message.objects.filter(sent_at=None).update(due_at=timezone.now())
    before = len(server.taken)
    server.refuse = ["451 later"]
    deliver()
    waiting = Message.objects.filter(sent_at=None)
    assert (len(server.taken), waiting.count()) == (before, REPORTS - bundling.AT_ONCE)
    assert set(waiting.values_list("attempts", flat=True)) == {1}
    waiting.update(due_at=timezone.now())
    deliver()
    assert (len(server.taken), Message.objects.filter(sent_at=None).count()) == (before + 1, 0)


def test_the_name_of_a_bundle_changes_with_what_goes_along_and_of_one_letter_it_is_its_own():
    one, other = Message(key="report/1/2"), Message(key="report/3/4")
    assert bundling.name([one]) == "report/1/2"
    assert bundling.name([one, other]) == bundling.name([one, other]) != bundling.name([other])
