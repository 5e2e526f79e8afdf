"""The tables of the foundation, gathered where Django looks for them."""

from kentongan.foundation.outbox import Event
from kentongan.foundation.rates import RateWindow

__all__ = ["Event", "RateWindow"]
