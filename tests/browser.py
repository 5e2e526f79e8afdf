"""What all tests in a real browser share: Chromium, the size of a phone, and when they can run."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

# The first is the same browser without its own windows: it begins in a third of the time, and has no tasks of its own.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
WITH_PUSH = next(filter(None, map(shutil.which, NAMES[1:])), None)  # the first knows no push messages
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
IN_A_BROWSER = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium; on Debian: sudo apt-get install -y chromium"),
]


def launched(program: str | None = CHROMIUM) -> Iterator[Any]:
    """Chromium, until the tests that use it are over."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


def until_so(page: Any, script: str) -> None:
    """Asks until it is so, also over a change of the page. Playwright's own way asks again from inside the page, which
    the page's policy forbids: it works only where it is so at once."""
    from playwright.sync_api import Error

    asked = f"Promise.resolve({script}).then((one) => (typeof one === 'function' ? one() : one)).then(Boolean)"
    for _ in range(300):
        with suppress(Error):  # the page has just gone
            if page.evaluate(asked):
                return
        page.wait_for_timeout(100)
    raise AssertionError(script)


@pytest.fixture(scope="module")
def chromium_of_module() -> Iterator[Any]:
    """Chromium beside Django's test server in this process, for all tests of a file: to begin it costs a second of
    processor."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright keeps a loop in this thread
        yield from launched()


def turned(page: Any, size: dict[str, int]) -> Any:
    """The page in a window of another size, in which nothing stands beside it: a walk that goes on there has been
    walked at both sizes, without a second one."""
    page.set_viewport_size(size)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    return page


@pytest.fixture
def chromium(chromium_of_module: Any) -> Iterator[Any]:
    """Chromium with nothing open in it, and nothing kept of the test before."""
    yield chromium_of_module
    for context in chromium_of_module.contexts:
        context.close()


@pytest.fixture
def chromium_with_push(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """As `chromium`, and it takes push messages."""
    if WITH_PUSH is None:
        pytest.skip("no whole Chromium; on Debian: sudo apt-get install -y chromium")
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    yield from launched(WITH_PUSH)
