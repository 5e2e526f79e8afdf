"""People who look after each other: a family that shares where somebody is, a neighbourhood that keeps watch."""

from .keeping import (
    end_due as end_due,
    renew_seals as renew_seals,
)
from .seeing import (
    Eye as Eye,
    Sight as Sight,
    eyes as eyes,
    find_viewer as find_viewer,
    may_listen as may_listen,
    mine as mine,
    note_look as note_look,
    note_opening as note_opening,
    seen_by as seen_by,
    shared_with as shared_with,
    sight as sight,
    turn_away as turn_away,
)
from .sharing import (
    add as add,
    begin as begin,
    end as end,
    place as place,
    remove as remove,
    running as running,
)
