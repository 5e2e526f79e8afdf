"""People who look after each other: a family that shares where somebody is, a neighbourhood that keeps watch."""

from kentongan.foundation.doorway import doorway

# What this room offers stands in `__init__.pyi`: add a name there.
__getattr__, __dir__, __all__ = doorway(__name__, __file__)
