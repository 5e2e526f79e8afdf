"""Alerts: somebody needs help now. Who watches, who has it, what was done; nothing else writes an alert."""

from kentongan.foundation.doorway import doorway

# What this room offers stands in `__init__.pyi`: add a name there.
__getattr__, __dir__, __all__ = doorway(__name__, __file__)
