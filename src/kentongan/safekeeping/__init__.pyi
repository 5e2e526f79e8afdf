"""Backups of a whole installation, database and photos, and bringing them back."""

from .backup import (
    Written as Written,
    back_up as back_up,
)
from .restoring import (
    Restored as Restored,
    restore as restore,
)
