"""The mail that offers somebody a role at a body."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from kentongan import casework
from kentongan.bodies.models import Invitation, Role
from kentongan.foundation.config import config
from kentongan.notify.models import Message
from kentongan.people.models import Person


def write_invitation(event: dict[str, Any]) -> None:
    """Subscriber of `body.invitation`: one mail, once; none where the offer has ended meanwhile."""
    offered = Invitation.objects.select_related("body", "invited_by").filter(pk=event["invitation"]).first()
    if offered is None or offered.ended_at is not None:
        return
    invited = Person.objects.filter(email=offered.email).first() or offered.invited_by
    with translation.override(invited.language if invited else "id"):
        page = reverse("console:invitation", args=[casework.invitation_token(offered)])
        named = {
            "body": offered.body.name, "role": _role(offered.role), "link": config().base_url.rstrip("/") + page,
            "until": date_format(timezone.localtime(offered.expires_at), "j F Y"),
        }  # fmt: skip
        subject = _("%(body)s invites you to work in Kentongan") % named
        body = (
            _(
                "%(body)s offers you the role of %(role)s in Kentongan, where reports of citizens reach it.\n\n"
                "Open this link and sign in with this address to accept. It holds until %(until)s:\n%(link)s\n\n"
                "If you do not know of this, do nothing: then nothing happens."
            )
            % named
        )
    Message.objects.get_or_create(
        key=f"invitation/{offered.pk}",
        defaults={"address": offered.email, "subject": subject[:200], "body": body},
    )


def _role(role: str) -> str:
    """A role in the reader's language."""
    return {
        Role.VIEWER: _("viewer"), Role.OFFICER: _("officer"), Role.COORDINATOR: _("coordinator"),
        Role.ADMINISTRATOR: _("administrator"),
    }[Role(role)]  # fmt: skip
