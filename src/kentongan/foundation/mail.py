"""The mail server: one door to it for all that is sent, with a deadline for each mail and not only for each wait."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from smtplib import SMTP, SMTP_SSL
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend

STORED = "kentongan.notify.storing.StoringBackend"  # Django's backend here: requests store, the worker sends
DEADLINE = 45.0  # seconds for one mail, connecting included
LOOK = 0.5  # seconds by which a mail may outlast its deadline


class Server(EmailBackend):
    """Django's SMTP backend whose connection another thread may cut: a server that drips holds nobody for long.

    One thread looks after all mails of a connection: the starting of one for each was a large part of what a mail took.
    """

    _line: socket.socket | None = None
    _closed: threading.Event | None = None  # of the thread that looks; None: there is none
    ends: float | None = None  # by the monotonic clock, when the mail under way is cut; None: none is

    def watch(self) -> None:
        """Begins to look after `ends`, until the connection is closed."""
        if self._closed is None:
            self._closed = threading.Event()
            threading.Thread(target=self._look, args=(self._closed,), daemon=True).start()

    def _look(self, closed: threading.Event) -> None:
        while not closed.wait(LOOK):
            ends = self.ends
            if ends is not None and time.monotonic() >= ends:
                self.cut()  # again at each look: a line that is made just now may have escaped the first

    @property
    def connection_class(self) -> type[SMTP]:
        """smtplib's class, telling us of its socket before it waits for the first time."""
        backend = self

        class Told(SMTP_SSL if self.use_ssl else SMTP):  # type: ignore[misc]
            def _get_socket(self, host: str, port: int, timeout: float) -> Any:
                made = super()._get_socket(host, port, timeout)
                backend.close_line()
                # A second name of the same connection: TLS takes the first one away.
                backend._line = socket.socket(fileno=os.dup(made.fileno()))
                return made

        return Told

    def cut(self) -> None:
        """Ends the connection under whoever waits for it."""
        if self._line is not None:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)

    def close_line(self) -> None:
        """Gives back our second name of the connection."""
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def close(self) -> None:
        """As Django closes, our name of it, and nobody looks any more."""
        try:
            super().close()
        finally:
            self.close_line()
            if self._closed is not None:
                self._closed.set()
                self._closed = None


def server() -> BaseEmailBackend:
    """A new connection, not open yet, to where mail is sent; in tests wherever they let Django send it."""
    stored = settings.EMAIL_BACKEND in {STORED, "django.core.mail.backends.smtp.EmailBackend"}
    return get_connection("kentongan.foundation.mail.Server" if stored else settings.EMAIL_BACKEND)


@contextmanager
def within(connection: BaseEmailBackend, seconds: float = DEADLINE) -> Iterator[None]:
    """Lets what happens inside last no longer: then the connection is cut and smtplib raises an OSError of its own."""
    if not isinstance(connection, Server):
        yield
        return
    connection.ends = time.monotonic() + seconds
    connection.watch()
    try:
        yield
    finally:
        connection.ends = None
