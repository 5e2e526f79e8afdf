"""The addresses at which peers call us."""

from __future__ import annotations

from django.urls import URLPattern, path

from kentongan.network.dialects.email import page
from kentongan.network.dialects.kentongan import server
from kentongan.network.dialects.webhook import receiving

urlpatterns: list[URLPattern] = [
    path(".well-known/kentongan", server.card, name="card"),
    path("network/v1/messages", server.messages),
    path("network/v1/introductions", server.introductions),
    path("network/v1/photos/<uuid:photo_id>", server.photo),
    path("network/v1/reports/<str:code>", server.where),
    path("network/v1/hooks/<slug:name>", receiving.hook),
    path("reply/<str:token>", page.reply, name="reply"),
]
