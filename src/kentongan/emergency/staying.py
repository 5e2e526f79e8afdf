"""What stays while an alert or a timer goes on, whoever holds the phone: the codes, and the account that has them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _

from kentongan.emergency.states import ENDED
from kentongan.foundation.problems import Problem


def one_goes_on(person: Any) -> bool:
    """Whether an alert or a timer of a Person goes on; an alert under duress looks ended here too."""
    alerts, timers = person.alerts.exclude(state__in=ENDED), person.timers.filter(ended_at=None)
    return bool(alerts.exists() or timers.exists())


@receiver(pre_delete, sender=settings.AUTH_USER_MODEL)
def keep_the_account(instance: Any, **_signal: Any) -> None:
    """With an account its codes and timers would go: whoever took the phone away would end all by erasing it.

    Raises Problem `goes_on` (409) where it has codes.
    """
    if hasattr(instance, "safety_codes") and one_goes_on(instance):
        raise Problem("goes_on", 409, _("While an alert or a timer of yours goes on, your account cannot be erased."))
