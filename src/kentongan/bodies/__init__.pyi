"""The bodies: who exists, who takes part, who works there."""

from .abbreviations import (
    spelled_out as spelled_out,
)
from .loading import (
    bring as bring,
    load as load,
)
from .models import (
    Body as Body,
    Level as Level,
    Membership as Membership,
    Role as Role,
    Team as Team,
)
from .world import (
    RANK as RANK,
    Snapshot as Snapshot,
    end_partnership as end_partnership,
    get as get,
    giver as giver,
    hold as hold,
    invalidate as invalidate,
    line as line,
    make_partner as make_partner,
    open_roles as open_roles,
    revision as revision,
    role as role,
    snapshot as snapshot,
    subtree as subtree,
)
