"""What has just changed, told to the pages that show it: topics and their names, never what a report says."""

from .opening import (
    May as May,
    Opening as Opening,
)
from .presence import (
    come as come,
    go as go,
    present as present,
    still as still,
    sweep_presence as sweep_presence,
)
from .telling import (
    sweep as sweep,
    tell as tell,
    tell_person as tell_person,
)
from .watching import Watcher as Watcher
