"""A role is offered to whoever reads the mail of an address; a stranger with that address in an account gets none."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from typer.testing import CliRunner

from kentongan import bodies, casework
from kentongan.bodies.models import Invitation, Membership
from kentongan.casework import inviting
from kentongan.cli.commands import app_for
from kentongan.foundation.problems import Problem
from kentongan.notify.inviting import write_invitation
from kentongan.notify.models import Message
from kentongan.people.models import Person
from tests.world import person

pytestmark = pytest.mark.usefixtures("world")
ADDRESS = "baru@contoh.id"


@pytest.fixture
def head() -> Person:
    """The administrator of the body 31."""
    who = person("kepala@contoh.id")
    Membership.objects.create(person=who, body_id="31", role="administrator")
    return who


def offered(head: Person | None, role: str = "officer") -> tuple[Invitation, str]:
    """An invitation and the path of its link, as the mail has it."""
    made = casework.appoint(head, "31", ADDRESS, role)
    assert isinstance(made, Invitation)
    write_invitation({"invitation": made.pk})
    write_invitation({"invitation": made.pk})
    (mail,) = Message.objects.filter(key=f"invitation/{made.pk}")
    assert mail.address == ADDRESS
    ends = timezone.localtime(made.expires_at)
    assert re.search(rf"sampai {ends.day} [A-Z][a-z]+ {ends.year}:", mail.body)  # as everywhere, not 04-12-2026
    link = re.search(r"https?://[^/]+(/invitation/\S+)", mail.body)
    assert link
    return made, link[1]


def test_a_stranger_with_the_address_of_an_official_is_not_appointed(head: Person) -> None:
    stranger = Person.objects.create_user(ADDRESS, "kentongan-penyerang", proven=False)
    _made, link = offered(head)
    assert bodies.role(stranger, "31") is None
    client = Client()
    client.force_login(stranger)
    assert client.post(link).status_code == 403  # not proven, link or no link
    assert bodies.role(stranger, "31") is None


def test_who_reads_the_mail_accepts_by_a_button_once(head: Person, client: Client) -> None:
    made, link = offered(head, "coordinator")
    assert client.get(link)["Location"].startswith("/accounts/login/?next=/invitation/")
    invited = Person.objects.create_user(ADDRESS)
    client.force_login(invited)
    assert "Terima" in client.get(link).content.decode()
    assert bodies.role(invited, "31") is None  # looking changes nothing
    assert client.post(link)["Location"] == "/console/"
    assert bodies.role(invited, "31") == "coordinator"
    assert client.post(link).status_code == 404
    made.refresh_from_db()
    assert made.accepted_by == invited


def test_of_two_who_press_the_button_at_once_one_takes_the_role(head: Person, monkeypatch) -> None:
    offered(head)
    token, invited = casework.invitation_token(Invitation.objects.get()), Person.objects.create_user(ADDRESS)
    read = inviting.read_invitation

    def meanwhile(written: str) -> Invitation:
        found = read(written)
        Invitation.objects.update(ended_at=timezone.now())  # the other press comes between looking and taking
        return found

    monkeypatch.setattr(inviting, "read_invitation", meanwhile)
    with pytest.raises(Problem, match="bad_invitation"):
        casework.accept_invitation(invited, token)
    assert not Membership.objects.filter(person=invited).exists()


def test_an_invitation_that_has_ended_writes_no_mail_and_cannot_be_taken_back_again(head: Person) -> None:
    made = casework.appoint(head, "31", ADDRESS, "officer")
    casework.withdraw(head, "31", made.pk)
    write_invitation({"invitation": made.pk})
    write_invitation({"invitation": made.pk + 1})
    assert not Message.objects.filter(key__startswith="invitation/").exists()
    with pytest.raises(Problem, match="not_found"):
        casework.withdraw(head, "31", made.pk)


def test_an_invitation_is_for_its_address_only_ends_and_is_not_to_be_forged(head: Person, client: Client) -> None:
    made, link = offered(head)
    client.force_login(person("lain@contoh.id"))
    assert "Terima</button>" not in client.get(link).content.decode()
    assert client.post(link).status_code == 403
    for forged in (
        link[:-1],
        link + "0",
        f"/invitation/{made.pk}",
        "/invitation/1-",
        "/invitation/x",
        "/invitation/" + "9" * 30,
    ):
        assert client.post(forged).status_code == 404
    Invitation.objects.update(role="administrator")
    assert client.post(link).status_code == 404  # the link names the role too
    Invitation.objects.update(role="officer", expires_at=timezone.now() - timedelta(seconds=1))
    client.force_login(Person.objects.create_user(ADDRESS))
    assert client.post(link).status_code == 404
    assert Membership.objects.count() == 1


def test_a_newer_invitation_ends_the_older_and_one_can_be_taken_back(head: Person, client: Client) -> None:
    _first, old = offered(head, "administrator")
    second, new = offered(head, "viewer")
    client.force_login(Person.objects.create_user(ADDRESS))
    assert client.post(old).status_code == 404
    client.force_login(head)
    page = client.get("/console/bodies/31/staff").content.decode()
    assert ADDRESS in page
    assert client.post(f"/console/bodies/31/staff/invitations/{second.pk}/end").status_code == 302
    assert ADDRESS not in client.get("/console/bodies/31/staff").content.decode()
    client.force_login(Person.objects.get(email=ADDRESS))
    assert client.post(new).status_code == 404
    assert client.post(f"/console/bodies/31/staff/invitations/{second.pk}/end").status_code == 403


def test_a_proven_account_is_appointed_at_once_and_bad_words_are_told(head: Person, client: Client) -> None:
    known = person("lama@contoh.id")
    client.force_login(head)
    client.post("/console/bodies/31/staff", {"email": known.email, "role": "viewer"})
    assert bodies.role(known, "31") == "viewer"
    for email, role in (("tanpa", "viewer"), ("a\0b", "viewer"), (ADDRESS, "raja"), ("x" * 250 + "@a.id", "viewer")):
        assert client.post("/console/bodies/31/staff", {"email": email, "role": role}).status_code == 422
    client.post("/console/bodies/31/staff", {"email": ADDRESS.upper(), "role": "officer"})
    assert Invitation.objects.get().email == ADDRESS
    with pytest.raises(Problem) as refused:
        casework.appoint(known, "31", ADDRESS, "administrator")
    assert refused.value.code == "forbidden"


def test_the_operator_invites_the_first_administrator_by_a_command(client: Client) -> None:
    ran = CliRunner().invoke(app_for(), ["staff", "invite", "31", ADDRESS])
    assert ran.exit_code == 0, ran.output
    link = re.search(r"(/invitation/\S+)", ran.output.replace("\n", ""))
    assert link
    invited = Person.objects.create_user(ADDRESS)
    client.force_login(invited)
    client.post(link[1])
    assert bodies.role(invited, "31") == "administrator"
    assert CliRunner().invoke(app_for(), ["staff", "invite", "99.99", ADDRESS]).exit_code != 0


def test_nobody_fills_a_strangers_mailbox_with_invitations(head: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inviting, "MOST_A_DAY", 1)

    def often() -> None:
        for _time in range(3):  # a day may end in between
            casework.appoint(head, "31", ADDRESS, "officer")

    with pytest.raises(Problem) as refused:
        often()
    assert (refused.value.status, refused.value.field) == (429, "email")


def test_an_invitation_that_was_missed_blocks_no_other_to_the_same_address(head: Person, client: Client) -> None:
    """milo-os/milo#802, directus/directus#17255, decidim/decidim#2626."""
    _missed, old = offered(head)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(days=1))
    made = casework.appoint(head, "31", ADDRESS.upper(), "officer")
    assert isinstance(made, Invitation)
    invited = Person.objects.create_user(ADDRESS)
    client.force_login(invited)
    assert client.post(old).status_code == 404
    assert client.head(f"/invitation/{casework.invitation_token(made)}").status_code == 200
    assert bodies.role(invited, "31") is None
    assert client.post(f"/invitation/{casework.invitation_token(made)}").status_code == 302
    assert bodies.role(invited, "31") == "officer"
