"""A page that is looked at shows what has just happened, without asking for it again and again."""

import json
import urllib.request
from uuid import uuid4

import pytest

from tests.browser import IN_A_BROWSER, PHONE, launched
from tests.instances import Instance, until
from tests.world import STREET

pytestmark = IN_A_BROWSER


@pytest.fixture
def instance(tmp_path, _small_country):
    """A server and a worker of their own."""
    one = Instance("rumah", tmp_path / "rumah", _small_country)
    one.start()
    yield one
    one.close()


@pytest.fixture
def page(instance):
    """A phone, in which no page asks by itself every while."""
    for browser in launched():
        context = browser.new_context(viewport=PHONE, base_url=instance.url, locale="id-ID")
        context.add_init_script("window.setInterval = () => 0")
        yield context.new_page()


def report(instance):
    """One more report, by somebody else."""
    sent = {
        "submission_id": str(uuid4()),
        "category": "road_damage",
        "lon": STREET[0],
        "lat": STREET[1],
        "text": "Lubang",
    }
    asked = urllib.request.Request(
        f"{instance.url}/api/v1/reports", json.dumps(sent).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return json.load(answer)["code"]


def test_a_new_report_appears_on_the_page_of_its_region_without_reloading(instance, page):
    with page.expect_response(lambda answer: "/live?" in answer.url) as opened:
        page.goto("/area/31.71")
    assert opened.value.headers["content-type"] == "text/event-stream"
    code = report(instance)
    until(lambda: code in page.content())
    assert page.evaluate("performance.getEntriesByType('navigation').length") == 1


def test_the_page_goes_on_where_the_server_was_away(instance, page):
    page.goto("/area/31.71")
    instance.kill("serve")
    instance.start("serve")
    code = report(instance)
    until(lambda: code in page.content())


def test_what_changes_between_the_page_and_its_stream_is_seen_too(instance, page):
    made = []

    def late(route):
        made.append(report(instance))
        told = "from kentongan.live.models import Change; answer = Change.objects.exists()"
        until(lambda: instance.run(told))
        route.continue_()

    page.route("**/live?*", late)
    page.goto("/area/31.71")
    until(
        lambda: any(code in page.content() for code in made or ["nothing yet"])
    )  # asking lets the page's events through
