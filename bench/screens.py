"""Phones and operators' screens on this machine: many streams and paced requests in one event loop."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count

BESIDE = 100  # streams of one address; the server takes 200
ALIKE = 10  # alerts of one address in an hour: whoever sends more is told of once a minute
_addresses = count()


@dataclass
class Screen:
    """An open stream: when a change with which number came."""

    region: int
    heard: list[tuple[float, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Pressed:
    """A first message: when it left, how long its answer took, and what was answered."""

    region: int
    key: str
    sent: float
    took: float
    status: int


async def open_screens(port: int, asked: Sequence[tuple[int, bytes]]) -> list[tuple[Screen, asyncio.Task[None]]]:
    """Opens a stream for each (region, request), forty at a time, and returns once all of them are heard."""
    gate = asyncio.Semaphore(40)
    opened: list[tuple[Screen, asyncio.Task[None]]] = []

    async def one(number: int, region: int, request: bytes) -> None:
        async with gate:
            source = (f"127.0.{1 + number // BESIDE}.1", 0)
            reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=source)
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 200 " not in head.split(b"\r\n", 1)[0]:
                raise RuntimeError(f"no stream: {head[:200]!r}")
            screen = Screen(region)
            opened.append((screen, asyncio.create_task(_listen(reader, writer, screen))))

    await asyncio.gather(*(one(at, *each) for at, each in enumerate(asked)))
    return opened


async def _listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, screen: Screen) -> None:
    number = 0
    try:
        while line := await reader.readline():
            if line.startswith(b"id: "):
                number = int(line[4:])
            elif line.startswith(b"data: ") and number:
                screen.heard.append((time.time(), number))
    finally:
        writer.close()


async def press(port: int, said: Sequence[tuple[int, dict[str, object]]], rate: float, phones: int) -> list[Pressed]:
    """Sends first messages at a steady rate (a second) over `phones` connections; each waits for its own answer,
    and becomes another phone before it would be one that sends many."""
    waiting: asyncio.Queue[tuple[int, dict[str, object]] | None] = asyncio.Queue()
    found: list[Pressed] = []

    async def phone() -> None:
        pressed, writer = 0, None
        while (taken := await waiting.get()) is not None:
            if pressed % ALIKE == 0 or writer is None:
                if writer is not None:
                    writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=_address())
            pressed += 1
            region, given = taken
            body = json.dumps(given).encode()
            head = "POST /api/v1/alerts HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            sent = time.time()
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            status = await _answer(reader)
            found.append(Pressed(region, str(given["alert_id"]), sent, time.time() - sent, status))
        if writer is not None:
            writer.close()

    tasks = [asyncio.create_task(phone()) for _at in range(phones)]
    begun = time.monotonic()
    for at, one in enumerate(said):
        await asyncio.sleep(max(0.0, begun + at / rate - time.monotonic()))
        waiting.put_nowait(one)
    for _one in tasks:
        waiting.put_nowait(None)
    await asyncio.gather(*tasks)
    return found


def _address() -> tuple[str, int]:
    """One that nobody had before."""
    number = next(_addresses)
    return f"127.{64 + number // 40_000}.{number // 200 % 200}.{1 + number % 200}", 0


async def _answer(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    at = head.index(b"content-length:") + 15
    await reader.readexactly(int(head[at:].split(b"\r\n", 1)[0]))
    return int(head[9:12])


async def close(opened: Sequence[tuple[Screen, asyncio.Task[None]]]) -> None:
    """Ends all streams."""
    for _screen, task in opened:
        task.cancel()
    for _screen, task in opened:
        with suppress(asyncio.CancelledError, OSError):
            await task
