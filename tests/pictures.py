"""Photos for tests: drawn, each number another picture."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image


def picture(number: int = 0, kind: str = "JPEG", size: tuple[int, int] = (320, 240), **saved) -> io.BytesIO:
    """A file of one picture; the same number gives the same picture."""
    coarse = np.random.default_rng(number).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC).save(out, kind, **saved)
    out.seek(0)
    return out
