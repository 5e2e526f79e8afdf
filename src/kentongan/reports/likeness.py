"""By what a picture is known again, however it was packed, made smaller or made paler: 64 bits.

A perceptual hash by the cosine transform (Zauner 2010, "Implementation and Benchmarking of Perceptual Image Hash
Functions", section 3.2.1): the picture in grey at 32 × 32, the 8 × 8 slowest waves of it, each a bit that says whether
it is above their median. It gives the very bits that ImageHash 4.3 gave, so that what was kept then still compares.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

EDGE, KEPT = 32, 8
_STEP = np.arange(EDGE)
# The cosine transform of the second kind; a factor common to all waves changes no comparison with the median.
_WAVES = np.cos(np.pi * _STEP[:KEPT, None] * (2 * _STEP[None, :] + 1) / (2 * EDGE))


def likeness(picture: Image.Image) -> str:
    """Sixteen hexadecimal digits of a picture in RGB or grey; alike pictures differ in few bits."""
    grey = picture.convert("L").resize((EDGE, EDGE), Image.Resampling.LANCZOS)
    slow = _WAVES @ np.asarray(grey, dtype=float) @ _WAVES.T
    bits = (slow > np.median(slow)).ravel()
    return f"{int(''.join('1' if bit else '0' for bit in bits), 2):0{KEPT * KEPT // 4}x}"
