"""The tables of the foundation, gathered where Django looks for them."""

from kentongan.foundation.heartbeat import Beat
from kentongan.foundation.outbox import Event
from kentongan.foundation.rates import RateWindow
from kentongan.foundation.revision import Revision
from kentongan.foundation.shared import Shared

__all__ = ["Beat", "Event", "RateWindow", "Revision", "Shared"]
