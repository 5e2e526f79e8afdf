"""The addresses of the staff's pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from kentongan.console import (
    administration,
    alerts,
    deciding,
    desk,
    hiding,
    inviting,
    joining,
    mail,
    mailbox,
    peers,
    promising,
    ruling,
    saved,
    tables,
    teams,
)  # fmt: skip
from kentongan.foundation.config import config

app_name = "console"
urlpatterns: list[URLPattern] = [
    path("console/", desk.queue, name="queue"),
    path("console/table.<str:kind>", tables.table, name="table"),
    path("console/views", saved.save, name="view_save"),
    path("console/views/<int:pk>/end", saved.end, name="view_end"),
    path("console/calendar/<str:token>.ics", tables.calendar, name="calendar"),
    path("console/reports/<str:code>", desk.report, name="report"),
    path("console/reports/<str:code>/transfer", desk.transfer, name="transfer"),
    path("console/reports/<str:code>/merge", joining.merge, name="merge"),
    path("console/reports/<str:code>/identity", desk.identity, name="identity"),
    path("console/reports/<str:code>/steps/<str:name>", desk.step, name="step"),
    path("console/reports/<str:code>/decide", deciding.decide, name="decide"),
    path("console/reports/<str:code>/hide", hiding.hide, name="hide"),
    path("console/reports/<str:code>/flags/keep", hiding.keep, name="flags_keep"),
    path("console/flags", hiding.flags, name="flags"),
    path("console/hidings/<int:pk>", hiding.judge, name="judge"),
    path("console/mail", mail.choices, name="mail"),
    path("console/mail/stop/<str:token>", mail.stop, name="mail_stop"),
    path("console/undecided", deciding.undecided, name="undecided"),
    path("console/photos/<uuid:photo_id>/<str:size>", desk.photo, name="photo"),
    path("console/bodies", administration.bodies_page, name="bodies"),
    path("console/bodies/<str:code>/partner", administration.partner, name="partner"),
    path("console/bodies/<str:code>/deadlines", promising.deadlines, name="deadlines"),
    path("console/bodies/<str:code>/deadlines/promises", promising.promise, name="promise"),
    path("console/bodies/<str:code>/deadlines/promises/<int:promise>/end", promising.promise_end, name="promise_end"),
    path("console/bodies/<str:code>/rules", ruling.rules, name="rules"),
    path("console/bodies/<str:code>/rules/<int:pk>", ruling.rule, name="rule"),
    path("console/bodies/<str:code>/teams", teams.teams, name="teams"),
    path("console/bodies/<str:code>/staff", administration.staff, name="staff"),
    path("console/bodies/<str:code>/staff/invitations/<int:invitation>/end", inviting.withdraw, name="withdraw"),
    path("invitation/<str:token>", inviting.accept, name="invitation"),
    path("console/bodies/<str:code>/staff/<int:membership>/end", administration.dismiss, name="dismiss"),
    path("console/peers", peers.listing, name="peers"),
    path("console/peers/new", peers.add, name="peer_new"),
    path("console/peers/asked/<uuid:name>", peers.inquiry, name="inquiry"),
    path("console/peers/<slug:name>", peers.peer, name="peer"),
    path("console/peers/<slug:name>/services", peers.services, name="peer_map"),
    path("console/alerts", alerts.listing, name="alerts"),
    path("console/alerts/duty", alerts.duty, name="duty"),
    path("console/alerts/beat", alerts.beat, name="beat"),
    path("console/alerts/<uuid:alert_id>", alerts.alert, name="alert"),
    path("console/alerts/<uuid:alert_id>/log", alerts.log, name="alert_log"),
    path("console/alerts/<uuid:alert_id>/map.png", alerts.map_picture, name="alert_map"),
    path("console/alerts/<uuid:alert_id>/media/<uuid:media_id>", alerts.media, name="alert_media"),
    path("console/alerts/<uuid:alert_id>/<str:name>", alerts.step, name="alert_step"),
    path("console/categories", administration.categories, name="categories"),
    path("console/categories/<slug:code>", administration.category, name="category"),
]
if config().mode != "production":
    # Sign-in codes are among these mails: only where nobody's account is worth anything.
    urlpatterns.append(path("demo/mail", mailbox.mailbox, name="mailbox"))
