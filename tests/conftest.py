"""What all tests share: a small country in place of the real one, and fresh copies of every snapshot."""

from __future__ import annotations

import gc
import os
import runpy
import sys
import time
from collections.abc import Generator, Iterator
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hypothesis
import pytest
from django.conf import settings as all_settings
from django.utils import translation
from pytest_django.plugin import blocking_manager_key

from kentongan.foundation.config import config
from tests import emptying, longest, once, patterns
from tests.browser import chromium_of_module
from tests.world import build_country, give_way, load_world, stand

__all__ = ["chromium_of_module"]  # what `chromium`, which test files import, is made of


def pytest_configure(config: pytest.Config) -> None:
    """Passwords of tests are not worth half a second of processor each."""
    _data_folder_of_its_own()
    all_settings.PASSWORD_HASHERS = ["tests.hashing.OneTurn"]
    hypothesis.settings.register_profile("unhurried", deadline=None)  # a busy machine is slow, not wrong
    hypothesis.settings.load_profile("unhurried")
    runpy.run_path(str(Path(__file__).parents[1] / "script/build-frontend"))["join_styles"]()  # as its parts are now
    _look_for_static_files_once()
    emptying.only_what_is_left()
    _keep_compiled_modules()
    patterns.begin(config)
    gc.set_threshold(100_000, 50, 100)  # looking through what eight thousand tests are made of is a tenth of a run


def _data_folder_of_its_own() -> None:
    """What a test puts there as an operator does, such as rules, is not found by one of another process."""
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        config().data = config().data / worker
        config().data.mkdir(parents=True, exist_ok=True)
        os.environ["KENTONGAN_DATA"] = str(config().data)


def _keep_compiled_modules() -> None:
    """Tests start hundreds of processes: where the environment forbids it, each would compile all that it imports,
    which is two seconds of processor in place of 0.7."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def pytest_unconfigure(config: pytest.Config) -> None:
    """What the processes of this run shared goes when all have ended."""
    patterns.end()


def _look_for_static_files_once() -> None:
    """Each client of a test loads the middleware anew: looking for all static files was half of what its call cost."""
    from whitenoise.middleware import WhiteNoiseMiddleware

    look, found = WhiteNoiseMiddleware.add_files_from_finders, {}

    def look_once(middleware: Any) -> None:
        if not found:
            look(middleware)
            found.update(middleware.files)
        middleware.files.update(found)

    WhiteNoiseMiddleware.add_files_from_finders = look_once


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None, None, None]:
    """`script/test` leaves out on the second database what is marked `once`; what is left begins with the longest."""
    for item in items:
        if not once.touches(item):
            item.add_marker("once")
    yield
    if not config.pluginmanager.has_plugin("randomly"):
        items[:] = longest.first(items)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """What runs once finds no database, in its processes neither."""
    if not item.get_closest_marker("once"):
        with item.config.stash[blocking_manager_key].unblock():  # before whatever lasts for the file is made
            give_way(_file_with_world(item))
        return (yield)
    with once.nowhere():
        return (yield)


_TESTS = count()


@pytest.fixture(scope="session")
def _small_country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("places") / "places.index"
    build_country(path)
    return path


@pytest.fixture(autouse=True)
def _places_and_photos(_small_country: Path, monkeypatch: pytest.MonkeyPatch, settings) -> Iterator[None]:
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(_small_country))
    # Most tests keep no photo: what they need of pytest's own folders would take them longer than all else here.
    settings.MEDIA_ROOT = _small_country.parent / "media" / str(next(_TESTS))
    from kentongan.api import keeping
    from kentongan.casework import counting, searching
    from kentongan.foundation import rates
    from kentongan.foundation.revision import Cached
    from kentongan.places import gazetteer
    from kentongan.web import kept

    began = time.time()  # a window of a minute that ended in the middle of a test would begin to count anew
    monkeypatch.setattr(rates, "time", SimpleNamespace(time=lambda: began))
    monkeypatch.setattr(gazetteer, "_kept", None)  # areas of another test's country
    translation.deactivate()  # the language of another test's last reader
    kept.forget()
    counting.forget()
    searching.forget()
    monkeypatch.setattr(keeping, "_kept", None)  # texts of reports that were rolled back

    for cached in Cached.every:  # what another test kept, and took back
        cached.forget()
    yield
    for cached in Cached.every:
        cached.forget()


def _file_with_world(item: Any) -> str:
    """The file of a test that asks for the small world and commits nothing."""
    mark = item.get_closest_marker("django_db")
    commits = {"transactional_db", "live_server"} & {*item.fixturenames} or (mark and mark.kwargs.get("transaction"))
    return str(item.path) if "world" in item.fixturenames and not commits else ""


@pytest.fixture(scope="session")
def _standing_world(django_db_setup, django_db_blocker) -> Iterator[None]:
    yield
    with django_db_blocker.unblock():
        give_way()


@pytest.fixture
def _around_the_test(request, _standing_world, _places_and_photos, django_db_blocker) -> None:
    """Before a test's own transaction begins."""
    if file := _file_with_world(request.node):
        with django_db_blocker.unblock():
            stand(file)


@pytest.fixture
def _django_db_helper(_around_the_test, _django_db_helper) -> None:
    """That of pytest-django, which begins the transaction, and rolls back to before it when the test is over."""


@pytest.fixture
def world(db) -> None:
    """The packaged catalogue and bodies, with the demo's partners."""
    load_world()
