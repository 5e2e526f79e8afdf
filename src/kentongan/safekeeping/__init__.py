"""Backups of a whole installation, database and photos, and bringing them back."""

from kentongan.foundation.doorway import doorway

# What this room offers stands in `__init__.pyi`: add a name there.
__getattr__, __dir__, __all__ = doorway(__name__, __file__)
