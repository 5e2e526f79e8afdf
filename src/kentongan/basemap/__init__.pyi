"""The map with streets: one PMTiles file of our own, its style, and small pictures of it."""

from .archive import (
    Archive as Archive,
    archive as archive,
)
from .cutting import (
    cut as cut,
)
from .drawing import (
    for_a_letter as for_a_letter,
    has_streets as has_streets,
    picture as picture,
)
from .putting import (
    put as put,
    remove as remove,
)
from .scene import (
    View as View,
    state as state,
)
from .style import (
    LANGUAGES as LANGUAGES,
    THEMES as THEMES,
    style as style,
)
