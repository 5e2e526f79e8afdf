"""The citizens' pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from kentongan.foundation.config import config
from kentongan.web import (
    account,
    alert_page,
    asking,
    browsing,
    family_pages,
    hidden_pages,
    map_files,
    open_data,
    overview,
    report_page,
    styleguide,
    tokens_page,
    waiting,
)

urlpatterns: list[URLPattern] = [
    path("", browsing.home, name="home"),
    path("report/new", asking.report_new, name="report_new"),
    path("report/offline", waiting.offline, name="report_offline"),
    path("report/waiting", waiting.waiting, name="report_waiting"),
    path("service-worker.js", waiting.worker, name="service_worker"),
    path("report/suggest", asking.suggest, name="report_suggest"),
    path("report/new/photo/<uuid:photo_id>", asking.draft_photo, name="draft_photo"),
    path("r/<str:code>", report_page.report, name="report"),
    path("r/<str:code>/photo/<uuid:photo_id>/<str:size>", report_page.photo, name="report_photo"),
    path("r/<str:code>/flag", hidden_pages.flag, name="report_flag"),
    path("r/<str:code>/hidden", hidden_pages.hidden, name="report_hidden"),
    path("r/<str:code>/<str:step>", report_page.act, name="report_act"),
    path("claim/<str:token>", report_page.claim, name="claim"),
    path("overview", overview.overview, name="overview"),
    path("data", open_data.page, name="open_data"),
    path("overview.csv", overview.table, name="overview_csv"),
    path("mine", browsing.mine, name="mine"),
    path("start", browsing.start, name="start"),
    path("mine/tokens", tokens_page.listing, name="tokens"),
    path("mine/tokens/<int:token>/end", tokens_page.end, name="token_end"),
    path("darurat", alert_page.page, name="darurat"),
    path("darurat/<uuid:alert_id>", alert_page.followed, name="alert"),
    path("darurat/<uuid:alert_id>/<str:step>", alert_page.act, name="alert_act"),
    path("keluarga", family_pages.page, name="family"),
    path("keluarga/place", family_pages.place, name="family_place"),
    path("keluarga/lihat/<str:token>", family_pages.seen, name="family_seen"),
    path("keluarga/lihat/<str:token>/map.png", family_pages.picture, name="family_map"),
    path("account/safety", alert_page.safety, name="safety"),
    path("manifest.webmanifest", alert_page.manifest, name="manifest"),
    path("account", account.account, name="account"),
    path("account/erase", account.erase, name="account_erase"),
    path("area/<str:code>", browsing.area, name="area"),
    path("body/<str:code>", browsing.body, name="body"),
    path("map/places/<str:code>.json", browsing.kept_places, name="kept_places"),
    path("map/names/<int:z>/<int:x>/<int:y>.json", browsing.names, name="names"),
    path("map/outline/<str:code>.json", browsing.outline, name="outline"),
    path("map/style.json", map_files.style, name="map_style"),
    path("map/basemap.pmtiles", map_files.file, name="map_file"),
    path("map/streets/<int:x>/<int:y>.json", map_files.streets, name="map_streets"),
    path("map/static/<int:zoom>/<str:point>/<str:size>.png", map_files.still, name="map_still"),
]
if config().mode != "production":
    urlpatterns.append(path("styleguide", styleguide.styleguide, name="styleguide"))
