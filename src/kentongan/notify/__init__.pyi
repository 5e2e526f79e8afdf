"""What follows a report for people: mails to its reporter, written once and sent by the worker."""

from .delivery import (
    deliver as deliver,
    late as late,
    sweep as sweep,
)
from .digest import write_to_staff as write_to_staff
from .keeping import stays_here as stays_here
from .letters import write_mail as write_mail
from .staff import (
    HOUR as HOUR,
    Kind as Kind,
    choice as choice,
    choose as choose,
    gather as gather,
    gather_imports as gather_imports,
    hears as hears,
    holder as holder,
    zone_of_desk as zone_of_desk,
)
