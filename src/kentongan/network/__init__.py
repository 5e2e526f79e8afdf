"""The network: other applications and instances, and how reports reach them and come back, each exactly once."""

from kentongan.foundation.doorway import doorway

# What this room offers stands in `__init__.pyi`: add a name there.
__getattr__, __dir__, __all__ = doorway(__name__, __file__)
