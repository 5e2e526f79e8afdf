"""What all reports come to: volume, endings and answer times by month, province and body."""

from .counting import recount_changed as recount_changed
from .histogram import median_hours as median_hours
from .summing import (
    PERIODS as PERIODS,
    Overview as Overview,
    overview as overview,
)
