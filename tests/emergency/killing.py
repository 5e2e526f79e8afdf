"""Phones that press while parts of an instance are killed, and what became of their alerts."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from uuid import uuid4

import psycopg

from tests.browser import CHROMIUM, PHONE
from tests.instances import Instance
from tests.world import STREET

COUNT = """
from collections import Counter
from kentongan.emergency.models import Alert, Entry
told = Counter(str(one) for one in Entry.objects.filter(kind="received").values_list("alert", flat=True))
answer = [sorted(str(one) for one in Alert.objects.values_list("pk", flat=True)), dict(told)]
"""
PATIENCE = 120  # seconds for all phones on a busy machine


@dataclass
class Result:
    """How many were pressed; of them lost, doubled, and acknowledged before they were stored; what was killed."""

    pressed: int = 0
    lost: int = 0
    doubled: int = 0
    too_early: int = 0
    kills: str = ""


@dataclass
class Pressing:
    """So many phones, each pressing so many times, one press after the other was acknowledged."""

    instance: Instance
    phones: int
    each: int
    pressed: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)

    def run(self, kills: int) -> Result:
        """Kills server, worker and database in turn, so many times, while the phones press."""
        self.instance.start()
        phones = [threading.Thread(target=self._phone, daemon=True) for _ in range(self.phones)]
        for one in phones:
            one.start()
        done, early = Counter[str](), 0
        for at in range(1, kills + 1):
            while len(self.acknowledged) < at * self.phones * self.each // (kills + 2):
                time.sleep(0.02)
            what = ("serve", "worker", "database")[(at - 1) % 3]
            done[what] += 1
            early += self._kill(what)
        for one in phones:
            one.join(PATIENCE)
        known, told = self.instance.run(COUNT)
        return Result(
            pressed=len(self.pressed), lost=len(set(self.pressed) - set(known)),
            doubled=sum(told.get(one, 0) != 1 for one in known) + len(set(known) - set(self.pressed)),
            too_early=early, kills=", ".join(f"{number} kills of {what}" for what, number in done.items()),
        )  # fmt: skip

    def _kill(self, what: str) -> int:
        """How many were acknowledged that are not stored, at the moment after the kill."""
        if what == "database":
            kill_database(self.instance)
        else:
            self.instance.kill(what)
        before = list(self.acknowledged)
        early = len(set(before) - set(self.instance.run(COUNT)[0]))
        if what != "database":
            self.instance.start(what)
        return early

    def _phone(self) -> None:
        for _press in range(self.each):
            said: dict[str, Any] = {"alert_id": str(uuid4()), "lon": STREET[0], "lat": STREET[1], "accuracy": 9}
            self.pressed.append(said["alert_id"])
            while not sent(self.instance.url, said):
                time.sleep(0.1)
            self.acknowledged.append(said["alert_id"])


def sent(url: str, said: dict[str, Any]) -> bool:
    """One try of a phone."""
    headers = {"Content-Type": "application/json", "Kentongan-Claim": "c" * 32}
    asked = urllib.request.Request(f"{url}/api/v1/alerts", json.dumps(said).encode(), headers)
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return answer.status in {200, 201} and json.load(answer)["alert_id"] == said["alert_id"]
    except (OSError, HTTPException, ValueError):  # refused or cut off, in the middle of the answer too: it tries again
        return False


def kill_database(instance: Instance) -> None:
    """Every session of the instance ends in the middle, as when the database restarts. SQLite has no process of its
    own: its file is held by another for a moment, as by a backup."""
    named = instance.env.get("KENTONGAN_DATABASE", "")
    if named.startswith("postgresql://"):
        server, _slash, database = named.rpartition("/")
        with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])
        instance.end_shell()
        return
    held = sqlite3.connect(instance.folder / "kentongan.sqlite3", timeout=PATIENCE, isolation_level=None)
    held.execute("BEGIN EXCLUSIVE")
    time.sleep(0.3)
    held.rollback()
    held.close()


def tabs_closed(instance: Instance, tabs: int) -> Result:
    """A phone's tab is closed at the moment of the release, again and again; opened anew, it sends what it kept."""
    from playwright.sync_api import sync_playwright

    before = set(instance.run(COUNT)[0])
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for _tab in range(tabs):
            given = {"geolocation": {"longitude": STREET[0], "latitude": STREET[1]}, "permissions": ["geolocation"]}
            context = browser.new_context(viewport=PHONE, **given)
            page = context.new_page()
            page.goto(f"{instance.url}/darurat")
            page.wait_for_selector("#alert[data-ready]")
            box = page.locator("[data-hold]").bounding_box()
            page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            page.mouse.down()
            page.wait_for_selector("[data-part=live]:not([hidden])")
            page.close()  # nothing was waited for
            page = context.new_page()
            page.goto(f"{instance.url}/darurat")
            page.wait_for_selector("[data-step^=received]:not([hidden])", timeout=30_000)
            context.close()
        browser.close()
    known, told = instance.run(COUNT)
    new = set(known) - before
    twice = sum(told[one] != 1 for one in new)
    return Result(pressed=tabs, lost=max(0, tabs - len(new)), doubled=max(0, len(new) - tabs) + twice)
