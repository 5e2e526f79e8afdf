"""A region leaves with all that is its own: the exit bundle (docs/reference/exit-bundle.md), and the move itself.

`exporting` writes the bundle, `verifying` proves it, `importing` takes it in at the new instance, `departing` moves
the reports over at the old one, and `old_addresses` leads from there to where they live now.
"""

from kentongan.foundation.doorway import doorway

# What this room offers stands in `__init__.pyi`: add a name there.
__getattr__, __dir__, __all__ = doorway(__name__, __file__)
