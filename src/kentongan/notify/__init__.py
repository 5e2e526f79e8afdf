"""What follows a report for people: mails to its reporter, written once and sent by the worker.

Django loads the package before its tables, so the names of this door are looked up when they are used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {"write_mail": "letters", "deliver": "delivery", "stays_here": "delivery"}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"kentongan.notify has no {name}")
    return globals().setdefault(name, getattr(import_module(f"kentongan.notify.{_HOME[name]}"), name))
