"""What follows a report for people: mails to its reporter, written once and sent by the worker."""

from .delivery import (
    deliver as deliver,
    late as late,
    stays_here as stays_here,
    sweep as sweep,
)
from .letters import write_mail as write_mail
