"""Server-sent events: one open answer for each page that listens, without a thread for any of them.

A stream tells only that something changed, and what it is called: the page then asks for it, with its own rights. HTML
Living Standard, "Server-sent events"; RFC 9110 for the rest.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import lru_cache, partial
from typing import Any, Protocol

from kentongan.front import standing
from kentongan.front.threads import Busy, Threads

MOST = 2500  # streams of a process: each takes about 15 kB
MOST_OF_CLIENT = 200  # of one address: a town hall, or a carrier that puts many behind one
BEAT = 15.0  # seconds of silence after which a line is sent, so that nobody between takes the stream for dead
ASK_AGAIN = 300.0  # seconds after which a person's right to listen is looked at again, if nothing told to do it before
SEND_WITHIN = 20.0  # seconds for the client to take what is sent
TICK = 1.0
STILL = 60.0  # seconds between two tellings that those who are there still are
RETRY = 3000  # milliseconds after which a browser comes again
HEADERS = [
    ("content-type", "text/event-stream"),
    ("cache-control", "no-store"),
    ("x-accel-buffering", "no"),  # nginx hands each line on at once
]
Told = Callable[[int, frozenset[str]], None]


class Source(Protocol):
    """Where changes come from."""

    def watch(self, heard: Told, going: Callable[[], bool]) -> None:
        """Calls `heard` with number and topics of each, until `going` says no."""

    def since(self, last: int, topics: frozenset[str]) -> dict[str, int] | None:
        """Those of `topics` that changed after number `last`; None where that is not known any more."""

    def come(self, topics: frozenset[str], private: str) -> list[int]:
        """Notes that who has the topic `private` listens to `topics`, where people see each other; the keys of it."""

    def go(self, keys: list[int]) -> None:
        """They listen no more."""

    def still(self, keys: list[int]) -> None:
        """They still listen."""


class Full(Exception):
    """As many listen as may, or as may from this address."""


class Stream:
    """One page that listens."""

    def __init__(self, granted: Any) -> None:
        now = time.monotonic()
        self.topics: frozenset[str] = granted.listens_to
        self.private, self.client = granted.private, granted.client
        self.closing: frozenset[str] = granted.closing
        self.present: frozenset[str] = getattr(granted, "present", frozenset())
        self.here: list[int] = []  # what was noted of its presence
        self.beat_at, self.ask_at = now + BEAT, now + ASK_AGAIN
        self.woken = asyncio.Event()
        self._pending: dict[str, int] = {}

    def hear(self, topic: str, number: int) -> None:
        """A topic has changed: many changes of it, before the page takes them, are one."""
        if topic == self.private:
            self.ask_at = 0.0
        else:
            self._pending[topic] = number
            if topic in self.closing:
                self.ask_at = 0.0
        self.woken.set()

    def asks(self, now: float) -> bool:
        """Whether it is time to look whether who listens still may; of what is open to all it never is."""
        return bool(self.private or self.closing) and now >= self.ask_at

    def hear_all(self, told: dict[str, int] | None) -> None:
        """After a pause: what changed meanwhile, or everything."""
        for topic, number in (dict.fromkeys(self.topics, 0) if told is None else told).items():
            self.hear(topic, number)

    def take(self) -> str:
        """What is to be sent now; nothing, or a beat, or an event."""
        now = time.monotonic()
        if not self._pending:
            if now < self.beat_at:
                return ""
            text = ": \n\n"
        else:
            text = _written(max(self._pending.values()), tuple(sorted(self._pending)))
            self._pending.clear()
        self.beat_at = now + BEAT
        return text


class Streams:
    """All who listen to this process."""

    def __init__(self, source: Source, readers: Threads) -> None:
        self._source, self._readers = source, readers
        self._noters = Threads(1, "present")  # writes: no page that is only read waits for it
        self._still_at = 0.0
        self._by_topic: dict[str, set[Stream]] = {}
        self._clients: Counter[str] = Counter()
        self._number = 0
        self._watching = False

    async def serve(self, proto: Any, granted: Any, ask: Callable[[], Any]) -> None:
        """Sends what changes until the client goes, this process leaves, or `ask` grants it no longer.

        Raises Full; Busy where all threads have too much to do.
        """
        stream = Stream(granted)
        self._add(stream)
        try:
            if stream.present:
                stream.here = await self._noters.run(partial(self._source.come, stream.present, stream.private))
            if granted.since is not None:
                stream.hear_all(await self._readers.run(partial(self._source.since, granted.since, stream.topics)))
            transport = proto.response_stream(200, HEADERS)
            await _send(transport, f"retry: {RETRY}\n\n")
            gone = asyncio.ensure_future(_ended(proto.client_disconnect()))
            gone.add_done_callback(lambda _done: stream.woken.set())
            try:
                await self._run(stream, transport, ask, gone)
            finally:
                gone.cancel()
        finally:
            self._remove(stream)
            if stream.here:
                await self._noters.run(partial(self._source.go, stream.here))

    async def _run(self, stream: Stream, transport: Any, ask: Callable[[], Any], gone: asyncio.Future[Any]) -> None:
        while not (standing.here.leaves or gone.done()):
            if stream.asks(time.monotonic()) and not await self._still(stream, ask):
                return
            if (text := stream.take()) and not await _send(transport, text):
                return
            await stream.woken.wait()
            stream.woken.clear()

    async def _still(self, stream: Stream, ask: Callable[[], Any]) -> bool:
        """Whether who listens may still do so, asked as if they came now."""
        with suppress(Busy):
            again = await self._readers.run(ask)
            if getattr(again, "listens_to", None) != stream.topics or again.private != stream.private:
                return False
            stream.ask_at = time.monotonic() + ASK_AGAIN
        return True

    def _add(self, stream: Stream) -> None:
        if self._number >= MOST or self._clients[stream.client] >= MOST_OF_CLIENT:
            raise Full
        self._number += 1
        self._clients[stream.client] += 1
        for topic in (*stream.topics, stream.private):
            self._by_topic.setdefault(topic, set()).add(stream)
        if not self._watching:
            self._watching = True
            loop = asyncio.get_running_loop()
            threading.Thread(target=self._watch, args=(loop,), name="live", daemon=True).start()
            self._ticking = asyncio.ensure_future(self._tick())

    def _remove(self, stream: Stream) -> None:
        self._number -= 1
        self._clients[stream.client] -= 1
        if not self._clients[stream.client]:
            del self._clients[stream.client]
        for topic in (*stream.topics, stream.private):
            self._by_topic[topic].discard(stream)
            if not self._by_topic[topic]:
                del self._by_topic[topic]

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """In a thread, for as long as the process lives: it costs next to nothing where nobody listens."""

        def heard(number: int, topics: frozenset[str]) -> None:
            loop.call_soon_threadsafe(self._spread, number, topics)

        self._source.watch(heard, lambda: not loop.is_closed())

    def _spread(self, number: int, topics: frozenset[str]) -> None:
        for topic in topics:
            for stream in self._by_topic.get(topic, ()):
                stream.hear(topic, number)

    async def _tick(self) -> None:
        """Wakes whom nothing else wakes: a beat is due, a right is to be looked at, or the process leaves."""
        while True:
            await asyncio.sleep(TICK)
            now = time.monotonic()
            if now >= self._still_at:
                self._still_at = now + STILL
                self._noting = asyncio.ensure_future(self._note_still())
            for stream in {one for all_of_topic in self._by_topic.values() for one in all_of_topic}:
                if standing.here.leaves or now >= stream.beat_at or stream.asks(now):
                    stream.woken.set()

    async def _note_still(self) -> None:
        there = {one for all_of_topic in self._by_topic.values() for one in all_of_topic if one.here}
        if keys := [key for one in there for key in one.here]:
            with suppress(Busy):
                await self._noters.run(partial(self._source.still, keys))


@lru_cache(maxsize=1024)
def _written(number: int, topics: tuple[str, ...]) -> str:
    """An event, written once for all who listen to the same."""
    named = f"id: {number}\n" if number else ""
    return f"{named}event: change\ndata: {json.dumps(topics)}\n\n"


async def _send(transport: Any, text: str) -> bool:
    """Whether the client took it in time."""
    try:
        async with asyncio.timeout(SEND_WITHIN):  # `wait_for` makes a task of each, which cost more than the sending
            await transport.send_str(text)
    except (TimeoutError, OSError, RuntimeError):
        return False
    return True


async def _ended(disconnected: Awaitable[None]) -> None:
    await disconnected
