"""Whom to call at a place: numbers of the country, of files, of OpenStreetMap, and what people have put right."""

from kentongan.foundation.doorway import doorway

# What this room offers stands in `__init__.pyi`: add a name there.
__getattr__, __dir__, __all__ = doorway(__name__, __file__)
