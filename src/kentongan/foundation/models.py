"""The tables of the foundation, gathered where Django looks for them."""

from kentongan.foundation.outbox import Event

__all__ = ["Event"]
