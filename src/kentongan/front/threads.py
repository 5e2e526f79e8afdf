"""The threads that answer, each with its own connection to the database."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

MOST_WAITING = 256  # requests that wait for a thread of their kind; more are told to come again


class Busy(Exception):
    """So many wait that one more would wait too long."""


class Threads:
    """`number` threads that do one thing after the other."""

    def __init__(self, number: int, name: str) -> None:
        self._asked: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._number, self._under_way = number, 0
        for at in range(number):
            threading.Thread(target=self._work, name=f"{name}-{at}", daemon=True).start()

    async def run(self, do: Callable[[], Any]) -> Any:
        """What `do` gives, done by one of the threads; Busy where too many wait. What it raises is raised here."""
        if self._under_way >= self._number + MOST_WAITING:
            raise Busy
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Any] = loop.create_future()

        def work() -> None:
            try:
                value = do()
            except BaseException as fault:  # noqa: BLE001  it is raised where it was asked for
                loop.call_soon_threadsafe(_settle, done, None, fault)
            else:
                loop.call_soon_threadsafe(_settle, done, value, None)

        self._under_way += 1
        self._asked.put(work)
        try:
            return await done
        finally:
            self._under_way -= 1

    def _work(self) -> None:
        while True:
            self._asked.get()()


def _settle(done: asyncio.Future[Any], value: Any, fault: BaseException | None) -> None:
    if done.cancelled():
        return
    if fault is None:
        done.set_result(value)
    else:
        done.set_exception(fault)
