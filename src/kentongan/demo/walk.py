"""Reports walked over the network, step by step, as people and programs use it: over HTTP and nothing else."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from random import randrange
from typing import Any
from uuid import uuid4

import requests

from kentongan.demo.accounts import CITIZEN, MINISTRY, OFFICER, Account
from kentongan.demo.instances import Instance
from kentongan.demo.pictures import picture

NATIONAL_ROAD = (106.8200, -6.2290)  # Jalan Jenderal Gatot Subroto, in the packaged layer
CITY_STREET = (106.8186, -6.1869)
BEKASI = (107.1500, -6.2800)
PATIENCE = 180.0  # seconds that a step may take to arrive on a busy machine
TIMEOUT = 30
MANY = 500

Say = Callable[[str], None]


@dataclass
class Person:
    """Somebody who uses an instance through its API."""

    at: Instance
    token: str

    def post(self, path: str, said: dict[str, Any] | None = None) -> dict[str, Any]:
        """`POST /api/v1/PATH`; the answer. Raises HTTPError where it is refused."""
        answer = requests.post(f"{self.at.url}/api/v1/{path}", json=said or {}, headers=self._headers, timeout=TIMEOUT)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def photo(self, *, after: bool) -> str:
        """The id of a photo that was uploaded."""
        drawn = picture(randrange(10**6), after=after)  # noqa: S311  another each time: the same would be marked
        file = {"file": ("photo.jpg", drawn, "image/jpeg")}
        answer = requests.post(f"{self.at.url}/api/v1/photos", files=file, headers=self._headers, timeout=TIMEOUT)
        answer.raise_for_status()
        return str(answer.json()["id"])

    def report(self, category: str, text: str, at: tuple[float, float], **more: Any) -> dict[str, Any]:
        """A report as a phone sends it."""
        sent = {"submission_id": str(uuid4()), "category": category, "text": text, "lon": at[0], "lat": at[1]}
        return self.post("reports", sent | more)

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Accept-Language": "en"}


def sign_in(at: Instance, account: Account) -> Person:
    """The person behind a demonstration account at an instance."""
    said = {"email": account.email, "password": account.password}
    answer = requests.post(f"{at.url}/api/v1/tokens", json=said, timeout=TIMEOUT)
    answer.raise_for_status()
    return Person(at, answer.json()["token"])


def over_all_three(region: Instance, city: Instance, centre: Instance, say: Say) -> None:
    """One report from Denpasar's instance over Jakarta's to the centre's, and its answer all the way home."""
    citizen = sign_in(region, CITIZEN)
    code = citizen.report("road_damage", "Lubang dalam di jalan nasional, dua lajur", NATIONAL_ROAD)["code"]
    say(f"A citizen of Bali, in Jakarta, reports in Denpasar's instance: {page(region, code)}")
    for one in (city, centre):
        until(lambda one=one: state(one, code))  # type: ignore[misc]
        say(f"It is in {one.role.title}'s instance under the same code: {page(one, code)}")
    officer = sign_in(centre, MINISTRY)
    officer.post(f"reports/{code}/accept", {"text": "Kami periksa ke lokasi."})
    say("The ministry accepts it at the centre.")
    officer.post(f"reports/{code}/resolve", {"text": "Sudah ditambal.", "photos": [officer.photo(after=True)]})
    until(lambda: state(region, code) == "resolved" and photos(region, code) >= 1)
    say(f"It is resolved with a photo, and Denpasar's page shows it: {page(region, code)}")
    citizen.post(f"reports/{code}/rating", {"stars": 5, "text": "Terima kasih"})
    until(lambda: state(centre, code) == "confirmed")
    say("The citizen confirms with five stars at home; the centre sees it.")


def rejected_result(city: Instance, centre: Instance, say: Say) -> None:
    """A result that the citizen rejects on the city's page, and the centre sees the report open again."""
    citizen = sign_in(city, CITIZEN)
    before = citizen.photo(after=False)
    made = citizen.report("road_damage", "Lubang besar di lajur kiri", NATIONAL_ROAD, photos=[before])
    code = made["code"]
    say(f"A citizen of Bali reports a pothole on a national road in Jakarta's instance: {page(city, code)}")
    say(f"Who receives it and why: {made['body']['name']}. " + " ".join(one["text"] for one in made["reasons"][:2]))
    until(lambda: state(centre, code))
    officer = sign_in(centre, MINISTRY)
    officer.post(f"reports/{code}/accept", {"text": "Kami terima."})
    officer.post(f"reports/{code}/start", {"text": "Tim menuju lokasi."})
    until(lambda: state(city, code) == "in_progress")
    say(f"The ministry accepts it and begins, at the centre; the city's page shows each step: {page(city, code)}")
    officer.post(f"reports/{code}/resolve", {"text": "Selesai ditambal.", "photos": [officer.photo(after=True)]})
    until(lambda: state(city, code) == "resolved" and photos(city, code) >= 2)
    say("It is resolved with an after-photo, which has travelled to the city's page.")
    citizen.post(f"reports/{code}/reopen", {"text": "Lubangnya masih ada, hanya bergeser."})
    until(lambda: state(centre, code) == "routed")
    say(f"The citizen rejects the result; the centre sees it open again, with the reason: {page(centre, code)}")


def by_mail(city: Instance, say: Say) -> None:
    """A body that has nothing but a mailbox answers through the link in its mail."""
    citizen = sign_in(city, CITIZEN)
    code = citizen.report("waste", "Sampah menumpuk di tepi sungai", BEKASI)["code"]
    say(f"Rubbish in a regency that has only a mailbox: {page(city, code)}")
    link = until(lambda: _link_in_mail(city, code))
    say(f"Its mail lies in the letter box of the demo ({city.url}/demo/mail), with a link to answer by: {link}")
    browser = requests.Session()
    _answer(browser, link, "accept", {"text": "Kami kirim petugas besok pagi."})
    _answer(browser, link, "resolve", {"text": "Sudah diangkut.", "no_photo_reason": "Diambil malam hari, gelap."})
    until(lambda: state(city, code) == "resolved")
    say(f"Somebody without an account accepted and closed it; the page shows it: {page(city, code)}")


def by_open311(city: Instance, key: str, say: Say) -> None:
    """A generic Open311 client files a report and follows it to its end."""
    lon, lat = CITY_STREET
    given = {
        "api_key": key, "service_code": "street_light", "lat": str(lat), "long": str(lon),
        "description": "Lampu jalan padam sejak Senin", "attribute[external_id]": str(uuid4()),
    }  # fmt: skip
    answer = requests.post(f"{city.url}/open311/v2/requests.json", data=given, timeout=TIMEOUT)
    answer.raise_for_status()
    code = answer.json()[0]["service_request_id"]
    say(f"An Open311 client files a request: {city.url}/open311/v2/requests/{code}.json")
    officer = sign_in(city, OFFICER)
    officer.post(f"reports/{code}/accept", {"text": ""})
    officer.post(f"reports/{code}/resolve", {"text": "Lampu diganti.", "photos": [officer.photo(after=True)]})
    told = requests.get(f"{city.url}/open311/v2/requests/{code}.json", timeout=TIMEOUT).json()[0]
    say(f"It follows it to its end: {told['status']}, “{told['status_notes']}”")


def outage(city: Instance, centre: Instance, seconds: float, say: Say, many: int = MANY) -> None:
    """The centre is killed in the middle of many reports; afterwards all of them are there, each once."""
    citizen = sign_in(city, CITIZEN)
    texts = f"Uji gangguan {uuid4().hex[:8]}"
    codes = []
    for number in range(many):
        if number == many // 3:
            centre.kill()
            say(f"The centre's instance is killed after {number} of {many} reports ({seconds:g} seconds).")
            down = time.monotonic()
        codes.append(citizen.report("road_damage", f"{texts}, nomor {number}", NATIONAL_ROAD)["code"])
    time.sleep(max(0.0, down + seconds - time.monotonic()))
    centre.start()
    say("It is back. What waited is tried again by itself, with growing pauses.")
    began = time.monotonic()
    missing = set(codes)
    while missing and time.monotonic() - began < 900:
        missing = {code for code in missing if not state(centre, code)}
        time.sleep(1)
    if missing:
        raise SystemExit(f"kentongan: {len(missing)} of {many} reports did not arrive")
    if sorted(listed(centre, texts)) != sorted(codes):
        raise SystemExit("kentongan: the centre holds other reports than were sent")
    say(f"All {many} are there, each once, {time.monotonic() - began:.0f} seconds after the centre came back.")


def page(one: Instance, code: str) -> str:
    """The address of a report's page."""
    return f"{one.url}/r/{code}"


def state(one: Instance, code: str) -> str:
    """The state of a report at an instance; empty where it is not there (yet), or the instance does not answer."""
    try:
        answer = requests.get(f"{one.url}/api/v1/reports/{code}", timeout=TIMEOUT, allow_redirects=False)
    except requests.RequestException:
        return ""
    return str(answer.json()["state"]) if answer.status_code == 200 else ""


def listed(one: Instance, words: str) -> list[str]:
    """The codes of the newest thousand reports at an instance whose text has `words` in it, as Open311 lists them."""
    answer = requests.get(f"{one.url}/open311/v2/requests.json", params={"page_size": 1000}, timeout=TIMEOUT)
    answer.raise_for_status()
    return [said["service_request_id"] for said in answer.json() if words in said["description"]]


def photos(one: Instance, code: str) -> int:
    """How many photos a report has at an instance."""
    answer = requests.get(f"{one.url}/api/v1/reports/{code}", timeout=TIMEOUT)
    return len(answer.json()["photos"]) if answer.status_code == 200 else 0


def until(true: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """Waits for something to become true and returns it; ends the demonstration where it does not."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.3)
    raise SystemExit("kentongan: a step of the walk did not arrive in time; see the logs of the three instances")


def _link_in_mail(city: Instance, code: str) -> str:
    shown = unescape(requests.get(f"{city.url}/demo/mail", timeout=TIMEOUT).text)
    for letter in shown.split('<li class="card">'):
        found = re.search(rf"{re.escape(city.url)}/reply/[\w.:-]+", letter) if code in letter else None
        if found:
            return found[0]
    return ""


def _answer(browser: requests.Session, link: str, step: str, said: dict[str, str]) -> None:
    """Opens the link as a browser does and sends one of its forms."""
    shown = browser.get(link, timeout=TIMEOUT).text
    hidden = {name: found[1] for name in ("csrfmiddlewaretoken", "nonce")
              if (found := re.search(rf'name="{name}" value="([^"]+)"', shown))}  # fmt: skip
    answer = browser.post(link, data={**hidden, "step": step, **said}, headers={"Referer": link}, timeout=TIMEOUT)
    answer.raise_for_status()
