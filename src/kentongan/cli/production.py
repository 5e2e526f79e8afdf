"""What settings no production may have, each told in one line: they are typed by hand, and start all the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import getaddresses
from urllib.parse import urlsplit

from django.http.request import validate_host

from kentongan.foundation.config import Config

LEAST_LETTERS, LEAST_DIFFERENT = 50, 12  # of a secret key: Django's own measure is 50 and 5
LEAST_TOKEN = 20  # characters of what machines show
_EXAMPLE = "django-insecure-"  # how Django marks a key that stands in a project's published files
_HOST = re.compile(r"\*|\.?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?|\[[0-9A-Fa-f:.]+\]")
_SERVER = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+")
_OURS = re.compile(r"localhost|.*\.(?:local|localdomain|internal|lan|invalid|test)|[0-9.]+|\[.*\]")


def faults(given: Config) -> Iterator[str]:
    """One line for each."""
    yield from _address(given)
    yield from _secrets(given)
    yield from _mail(given)


def _address(given: Config) -> Iterator[str]:
    parts = urlsplit(given.base_url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    if parts.scheme != "https":
        yield f"KENTONGAN_BASE_URL is {given.base_url}: without https passwords and cookies can be read"
    for name in given.hosts:
        if not _HOST.fullmatch(name):
            yield f"KENTONGAN_HOSTS names {name}, which fits no host: give names alone, without https://, port or path"
    if not validate_host(host, given.hosts):
        yield f"KENTONGAN_HOSTS does not name {host}, the host of KENTONGAN_BASE_URL: every page will be refused"
    if given.instance and given.instance.lower() != parts.netloc:
        yield (
            f"KENTONGAN_INSTANCE is {given.instance} and not {parts.netloc}, the host of KENTONGAN_BASE_URL: no other"
            " instance believes that you speak for it"
        )
    if given.map_host.lower().startswith("http://"):
        yield "KENTONGAN_MAP_STYLE is no https address: browsers load nothing from it into a page with https"
    if given.oidc_server.lower().startswith("http://"):
        yield "KENTONGAN_OIDC_SERVER is no https address: whoever listens can sign in as anybody"


def _secrets(given: Config) -> Iterator[str]:
    key = given.secret_key
    if len(key) < LEAST_LETTERS or len(set(key)) < LEAST_DIFFERENT or key.startswith(_EXAMPLE):
        yield "KENTONGAN_SECRET_KEY can be guessed: give 50 random characters (`kentongan init` makes them)"
    if given.metrics_token and len(given.metrics_token) < LEAST_TOKEN:
        yield f"KENTONGAN_METRICS_TOKEN can be guessed: give {LEAST_TOKEN} random characters"
    if any(len(set(one)) < LEAST_DIFFERENT for one in given.safety_keys):
        yield "KENTONGAN_SAFETY_KEYS has one that can be guessed: give 32 random characters"


def _mail(given: Config) -> Iterator[str]:
    if not given.smtp_host:
        yield (
            "KENTONGAN_SMTP_HOST is empty: nobody gets a mail, and nobody can confirm an address;"
            " accounts are made by `kentongan people add`"
        )
        return
    if not _SERVER.fullmatch(given.smtp_host):
        yield (
            f"KENTONGAN_SMTP_HOST is {given.smtp_host}: give the name of the server alone; the port goes into"
            " KENTONGAN_SMTP_PORT"
        )
    if bool(given.smtp_user) != bool(given.smtp_password):
        missing = "PASSWORD" if given.smtp_user else "USER"
        yield f"KENTONGAN_SMTP_{missing} is missing: the mail server is not signed in to with one of the two alone"
    if given.smtp_user and not given.smtp_tls and not _OURS.fullmatch(given.smtp_host):
        yield "KENTONGAN_SMTP_TLS is off: the password of the mail server can be read on the way"
    senders = getaddresses([given.mail_from])
    local, _at, domain = (senders[0][1] if len(senders) == 1 else "").rpartition("@")
    if not local or not domain or given.mail_from.splitlines() != [given.mail_from] or " " in local + domain:
        yield f"KENTONGAN_MAIL_FROM is {given.mail_from!r}: give one address, such as Lapor <no-reply@example.go.id>"
    elif _OURS.fullmatch(domain.lower()):
        yield f"KENTONGAN_MAIL_FROM names {domain}: most mail servers refuse it"
