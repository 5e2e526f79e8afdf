"""What follows a report for people: mails to its reporter, written once and sent by the worker."""

from kentongan.foundation.doorway import doorway

# What this room offers stands in `__init__.pyi`: add a name there.
__getattr__, __dir__, __all__ = doorway(__name__, __file__)
