"""The tables of the foundation, gathered where Django looks for them."""

from kentongan.foundation.outbox import Event
from kentongan.foundation.rates import RateWindow
from kentongan.foundation.revision import Revision

__all__ = ["Event", "RateWindow", "Revision"]
