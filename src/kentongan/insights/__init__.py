"""What all reports come to: volume, endings and answer times by month, province and body."""

from kentongan.foundation.doorway import doorway

# What this room offers stands in `__init__.pyi`: add a name there.
__getattr__, __dir__, __all__ = doorway(__name__, __file__)
