"""Many points at once: a grid over all pieces of polygons in memory, searched in as many threads as there are cores.

The bulk query of an STRtree spends most of its time on making a geometry of each point; a grid needs none.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import shapely

SQUARE = 0.02  # degrees, about 2.2 km: smaller ones cost memory, larger ones hold more pieces than a point can meet
ROW = 1 << 20  # more than there are squares from pole to pole


class Grid:
    """The pieces of all villages by the squares that their boxes meet. `codes`: the village of each piece."""

    def __init__(self, pieces: npt.ArrayLike, codes: list[str]) -> None:
        order = np.argsort(np.array(codes, dtype="U13"), kind="stable")
        self._pieces = np.asarray(pieces, dtype=object)[order]
        self._codes = np.append(np.array(codes, dtype="U13")[order], "")
        self._boxes = shapely.bounds(self._pieces)
        self._squares, self._met = self._filled()

    def codes(self, points: npt.NDArray[np.float64]) -> npt.NDArray[np.str_]:
        """Village codes for an array (n, 2) of degrees, lon before lat; empty where no polygon covers.

        Borders belong to the polygon; where several meet, the lowest code wins.
        """
        # Neighbours one after the other find the same polygons in the processor's cache.
        order = np.argsort(_square(points), kind="stable")
        threads = os.cpu_count() or 1
        with ThreadPoolExecutor(threads) as pool:
            parts = list(pool.map(self._lowest, np.array_split(points[order], threads)))
        answer = np.empty(len(points), "U13")
        answer[order] = self._codes[np.concatenate(parts)]
        return answer

    def _filled(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Every meeting of a square and a piece, in the order of the squares."""
        low, high = _column_row(self._boxes[:, :2]), _column_row(self._boxes[:, 2:])
        wide, tall = (high - low + 1).T
        piece, at = _repeated(wide * tall)
        squares = (low[piece, 0] + at % wide[piece]) * ROW + low[piece, 1] + at // wide[piece]
        order = np.argsort(squares, kind="stable")
        return squares[order], piece[order]

    def _lowest(self, points: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        """The number of the first piece that covers each point; pieces lie in the order of their codes."""
        squares = _square(points)
        first = np.searchsorted(self._squares, squares, "left")
        point, at = _repeated(np.searchsorted(self._squares, squares, "right") - first)
        piece = self._met[first[point] + at]
        (x, y), (west, south, east, north) = points[point].T, self._boxes[piece].T
        boxed = (west <= x) & (x <= east) & (south <= y) & (y <= north)
        point, piece, x, y = point[boxed], piece[boxed], x[boxed], y[boxed]
        inside = shapely.intersects_xy(self._pieces[piece], x, y)
        lowest = np.full(len(points), len(self._pieces))
        np.minimum.at(lowest, point[inside], piece[inside])
        return lowest


def _repeated(times: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Each number as often as `times` says, and how often it came before: [2, 1] gives [0, 0, 1] and [0, 1, 0]."""
    number = np.repeat(np.arange(len(times)), times)
    return number, np.arange(len(number)) - np.repeat(times.cumsum() - times, times)


def _column_row(points: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    # What is no place lies in a square that no piece meets.
    return np.floor(np.nan_to_num(np.clip(points, -360, 360), nan=360.0) / SQUARE).astype(np.int64)


def _square(points: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    column, row = _column_row(points).T
    square: npt.NDArray[np.int64] = column * ROW + row
    return square
