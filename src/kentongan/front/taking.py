"""Bodies, taken in by the event loop: one that drips is ended, and no thread has ever waited for it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

MEGABYTE = 1024 * 1024
LARGEST_FORM = 106 * MEGABYTE  # five photos of 20 MB and their form
LARGEST = 8 * MEGABYTE  # of anything else; what takes less says so itself
IN_MEMORY = MEGABYTE  # a larger body is kept in a file while it comes in
GRACE = 10.0  # seconds before a body has to have a speed
SLOWEST = 4 * 1024  # bytes a second; a phone at the edge of a 2G cell sends about so much
MOST_BODIES = 128  # coming in at once, in one process
YOUNG = 1.0  # seconds for which a body is not judged by its speed


class Refused(Exception):
    """The body is not taken; `status` says why."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(eq=False)
class _Coming:
    """A body on its way in."""

    task: asyncio.Task[Any]
    begun: float = field(default_factory=time.monotonic)
    bytes: int = 0

    def speed(self, now: float) -> float:
        """Bytes a second so far."""
        return self.bytes / max(now - self.begun, 0.001)


class Intake:
    """All bodies that come in to one process."""

    def __init__(self) -> None:
        self._coming: set[_Coming] = set()

    async def take(self, proto: Any, length: int | None, *, is_form: bool) -> tuple[BinaryIO, int]:
        """The whole body and its length. `length` is what was announced, None where nothing was.

        Raises Refused: 408 where it comes too slowly, 413 where it is larger than announced or than anything may be,
        503 where very many come in already. What is announced as too large is not read: the form of the refusal is
        that of the address it was sent to.
        """
        most = LARGEST_FORM if is_form else LARGEST
        if length == 0 or (length or 0) > most:
            return cast(BinaryIO, SpooledTemporaryFile(max_size=1)), length or 0
        self._make_room()
        coming = _Coming(cast("asyncio.Task[Any]", asyncio.current_task()))  # we run in one
        self._coming.add(coming)
        kept = cast(BinaryIO, SpooledTemporaryFile(max_size=IN_MEMORY))  # noqa: SIM115  closed by who asked for it
        try:
            await self._read(proto, coming, most, kept)
        except asyncio.CancelledError:
            kept.close()
            raise Refused(408) from None
        except BaseException:
            kept.close()
            raise
        finally:
            self._coming.discard(coming)
        return kept, coming.bytes

    async def _read(self, proto: Any, coming: _Coming, most: int, kept: BinaryIO) -> None:
        pieces = aiter(proto)
        while True:
            due = coming.begun + GRACE + coming.bytes / SLOWEST
            try:
                async with asyncio.timeout_at(asyncio.get_running_loop().time() + due - time.monotonic()):
                    piece = await anext(pieces)
            except StopAsyncIteration:
                break
            except TimeoutError:
                raise Refused(408) from None
            coming.bytes += len(piece)
            if coming.bytes > most:
                raise Refused(413)
            kept.write(piece)
        kept.seek(0)

    def _make_room(self) -> None:
        """Where very many come in, the slowest of the older ones ends; Refused (503) where all are young."""
        if len(self._coming) < MOST_BODIES:
            return
        now = time.monotonic()
        older = [one for one in self._coming if now - one.begun > YOUNG]
        if not older:
            raise Refused(503)
        slowest = min(older, key=lambda one: one.speed(now))
        self._coming.discard(slowest)
        slowest.task.cancel()
