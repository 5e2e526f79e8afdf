"""The demo's letter box: every mail that would have gone out, newest first."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kentongan.notify.models import Message

SHOWN = 100


@require_safe
@never_cache
def mailbox(request: HttpRequest) -> HttpResponse:
    """The last hundred mails; `?to=` shows those of one address."""
    to = request.GET.get("to", "").replace("\0", "").strip().lower()
    found = Message.objects.filter(address__iexact=to) if to else Message.objects.all()
    return render(request, "console/mailbox.html", {"mails": found.order_by("-pk")[:SHOWN], "to": to})
