"""What "done" means, walked in a real browser at the size of a phone: a citizen of Bali stands in Jakarta.

With KENTONGAN_PICTURES=1 the pictures of the documentation are saved on the way.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from kentongan.demo import accounts
from kentongan.demo.pictures import picture
from tests.browser import IN_A_BROWSER, PHONE, launched
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
SHARP = 2 if os.environ.get("KENTONGAN_PICTURES") == "1" else 1  # four times as much to draw
PATIENCE = 60  # seconds the worker may take

SMALL_STREET = (106.8136, -6.2607)  # Kemang
NATIONAL_ROAD = (106.8200, -6.2290)  # Jalan Jenderal Gatot Subroto
CIKARANG = (107.1480, -6.3060)  # Kabupaten Bekasi, which has not joined

pytestmark = IN_A_BROWSER


@pytest.fixture(scope="module")
def address():
    """A whole demonstration in a folder of its own; for pictures on the real boundaries if this machine has them.

    It says where it is and who may sign in, and Ctrl-C ends all of it.
    """
    port, folder = free_port(), tempfile.mkdtemp(prefix="kentongan-walk-")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KENTONGAN_")}
    clean |= {"KENTONGAN_MODE": "demo", "KENTONGAN_DATA": folder}
    clean |= {"KENTONGAN_BASE_URL": f"http://127.0.0.1:{port}"}
    if not os.environ.get("KENTONGAN_PICTURES"):
        clean |= {"KENTONGAN_BOUNDARIES": folder}  # none lie there: the same on every machine
    command = [sys.executable, "-m", "kentongan.cli.main", "demo", "start", "--port", str(port), "--no-open"]
    demo = subprocess.Popen(command, env=clean, stdout=subprocess.PIPE, text=True)
    said = ""
    for line in demo.stdout:
        said += line
        if "Kentongan is ready" in line:
            break
    else:
        pytest.fail(f"the demonstration did not start: {said}")
    assert f"Kentongan is ready at http://127.0.0.1:{port}" in said
    assert all(account.email in said and account.password in said for account in accounts.ACCOUNTS)
    yield f"http://127.0.0.1:{port}"
    demo.send_signal(signal.SIGINT)
    demo.communicate(timeout=60)
    assert demo.returncode == 0
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/accounts/login/", timeout=2)
    assert "worker.stopped" in Path(folder, "logs/worker.log").read_text()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def chromium():
    yield from launched()


class Phone:
    """One person with a phone. Faults of scripts on any page fail the walk."""

    def __init__(self, chromium, address, account):
        self.address, self.faults = address, []
        self.page = chromium.new_context(viewport=PHONE, locale="en-GB", device_scale_factor=SHARP).new_page()
        self.page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        self.page.set_default_timeout(60_000)
        self.go("/accounts/login/")
        self.page.fill("[name=login]", account.email)
        self.page.fill("[name=password]", account.password)
        self.page.locator(
            "form:has([name=password]) button[type=submit], form:has([name=password]) button"
        ).first.click()
        self.page.wait_for_url(lambda url: "login" not in url)

    def go(self, path):
        answer = self.page.goto(self.address + path)
        assert answer.status < 400, f"{path} answered {answer.status}"

    def next(self):
        with self.page.expect_navigation():
            self.page.locator(".thumb .main").click()

    def report(self, text, category, place=None, url="", photo=None):
        """The four steps; returns the code, with who will receive it as the form says before sending."""
        page = self.page
        self.go("/report/new")
        if photo:
            with page.expect_navigation():
                page.set_input_files("[name=photos]", photo)
        if "step=place" not in page.url:
            self.next()
        if place:
            page.locator("details:has([name=lat]) summary").click()
            page.fill("[name=lon]", str(place[0]))
            page.fill("[name=lat]", str(place[1]))
            self.next()
        else:
            with page.expect_navigation():
                page.click("[name=placeless]")
        page.fill("[name=text]", text)
        page.wait_for_timeout(600)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        page.locator(f"input[name=category][value={category}]").first.check(force=True)
        self.next()
        receiver = page.locator("#receiver").inner_text()
        page.fill("textarea[name=text]", text)
        if url:
            page.fill("[name=url]", url)
        self.picture(f"send-{category}")
        with page.expect_navigation():
            page.click("[name=send]")
        found = re.search(r"/r/([A-Z0-9-]+)", page.url)
        assert found, page.inner_text("body")
        return found.group(1), receiver

    def says(self, code):
        """All words of a report's page."""
        self.go(f"/r/{code}")
        return self.page.inner_text("main")

    def status(self, code):
        """The public state as the class of its badge: waiting, in_process, done, no_partner, closed."""
        self.go(f"/r/{code}")
        classes = self.page.locator(".status.large").first.get_attribute("class")
        return re.search(r"is-(\w+)", classes).group(1)

    def becomes(self, code, status):
        """Waits until the worker has done its part."""
        end = time.monotonic() + PATIENCE
        while self.status(code) != status:
            assert time.monotonic() < end, f"{code} is {self.status(code)}, not {status}"
            time.sleep(0.5)

    def step(self, code, name, photo=None, **words):
        """One step of an officer on a report."""
        page = self.page
        self.go(f"/console/reports/{code}")
        form = page.locator(f"form[action$='/steps/{name}']")
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        for field, said in words.items():
            form.locator(f"[name={field}]").fill(said)
        if photo:
            form.locator("[name=photos]").set_input_files(photo)
        with page.expect_navigation():
            form.locator("button").last.click()

    def picture(self, name):
        if os.environ.get("KENTONGAN_PICTURES") == "1":
            folder = ROOT / "docs/pictures"
            folder.mkdir(exist_ok=True)
            self.page.wait_for_timeout(1200)  # the map draws itself
            self.page.screenshot(path=folder / f"{name}.png")


def jpeg(folder, number, *, after):
    path = folder / f"{number}-{after}.jpg"
    path.write_bytes(picture(number, after=after).read())
    return path


@pytest.mark.long
def test_a_citizen_of_bali_stands_in_jakarta(chromium, address, tmp_path):
    citizen = Phone(chromium, address, accounts.CITIZEN)
    officer = Phone(chromium, address, accounts.OFFICER)
    ministry = Phone(chromium, address, accounts.MINISTRY)
    administrator = Phone(chromium, address, accounts.ADMINISTRATOR)
    citizen.go("/")
    citizen.picture("home")

    pothole = reports_a_pothole_on_a_small_street(citizen, officer, tmp_path)
    reports_a_hole_on_a_national_road(citizen, ministry)
    reports_harmful_content_without_a_place(citizen)
    reports_rubbish_where_the_regency_has_not_joined(citizen, administrator)
    does_not_accept_the_first_repair(citizen, officer, pothole, tmp_path)

    for phone in (citizen, officer, ministry, administrator):
        assert phone.faults == []


def reports_a_pothole_on_a_small_street(citizen, officer, folder):
    """(a) It reaches Jakarta's road department."""
    photo = jpeg(folder, 901, after=False)
    code, receiver = citizen.report("A deep hole, two people fell", "road_damage", SMALL_STREET, photo=photo)
    assert "Jakarta Department of Roads" in receiver
    assert "Jakarta Department of Roads" in citizen.says(code)
    assert citizen.status(code) == "waiting"
    citizen.picture("report-waiting")
    officer.go("/console/?order=newest")
    assert code in officer.page.inner_text("main")
    officer.picture("queue")
    return code


def reports_a_hole_on_a_national_road(citizen, ministry):
    """(b) It reaches the ministry, and the page says which road is the reason."""
    code, receiver = citizen.report("A hole in the fast lane", "road_damage", NATIONAL_ROAD)
    assert "Ministry of Public Works" in receiver
    assert "Gatot Subroto" in citizen.says(code)
    citizen.picture("report-national-road")
    ministry.go("/console/?order=newest")
    assert code in ministry.page.inner_text("main")


def reports_harmful_content_without_a_place(citizen):
    """(c) It reaches the central agency."""
    link = "https://judi.example/anak"
    code, receiver = citizen.report("Gambling with cartoons for children", "harmful_content", url=link)
    assert "Ministry of Communication and Digital Affairs" in receiver
    assert link in citizen.says(code)
    assert citizen.status(code) == "waiting"


def reports_rubbish_where_the_regency_has_not_joined(citizen, administrator):
    """(d) Kept, counted, honest; once the regency joins it is in its queue and the reporter is told."""
    code, receiver = citizen.report("Rubbish beside the market for a week", "waste", CIKARANG)
    assert "Not a partner yet" in receiver
    assert citizen.status(code) == "no_partner"
    assert re.search(r"is not a partner yet\. \d+ reports? wait", citizen.says(code))
    citizen.picture("report-no-partner")

    administrator.go("/console/bodies?q=Bekasi")
    with administrator.page.expect_navigation():
        administrator.page.locator("main a[href$='/bodies/32.16/partner']").click()
    with administrator.page.expect_navigation():
        administrator.page.locator("form[action$='/bodies/32.16/partner'] button").click()
    citizen.becomes(code, "waiting")
    assert "Handed over" in citizen.says(code)
    administrator.go("/console/?body=32.16&order=newest")
    assert code in administrator.page.inner_text("main")
    end = time.monotonic() + PATIENCE
    administrator.go(f"/demo/mail?to={accounts.CITIZEN.email}")
    while code not in administrator.page.inner_text("body"):
        assert time.monotonic() < end, "the reporter was not told"
        time.sleep(0.5)
        administrator.page.reload()
    administrator.picture("mail")


def does_not_accept_the_first_repair(citizen, officer, code, folder):
    """(e) Green; not solved, red again with the reason; solved once more and confirmed with stars."""
    page = citizen.page
    officer.step(code, "accept")
    assert citizen.status(code) == "in_process"
    officer.step(code, "resolve", jpeg(folder, 902, after=True), text="Filled and rolled this morning.")
    assert citizen.status(code) == "done"
    citizen.picture("report-done")

    page.locator("details#contest summary").click()
    page.fill("#contest-text", "Only half of the hole was filled.")
    with page.expect_navigation():
        page.locator("#contest form button").click()
    assert citizen.status(code) == "waiting"
    assert "Only half of the hole was filled." in citizen.says(code)
    citizen.picture("report-red-again")

    officer.step(code, "accept")
    officer.step(code, "resolve", jpeg(folder, 903, after=True), text="The whole hole is filled now.")
    assert citizen.status(code) == "done"
    with page.expect_navigation():
        page.locator("form[action$='/confirm'] button").click()
    page.locator("#rate label[for=star5]").click()
    with page.expect_navigation():
        page.locator("#rate form button").click()
    assert "5/5" in citizen.says(code)
    citizen.picture("report-confirmed")
