"""People who look after each other: a family that shares where somebody is, a neighbourhood that keeps watch."""

from .board import (
    guest_left as guest_left,
    guests as guests,
    notices as notices,
    post as post,
    take_down as take_down,
    tell_guest as tell_guest,
)
from .calls import (
    Coming as Coming,
    answer as answer,
    call as call,
    call_off as call_off,
    calls_of as calls_of,
    coming as coming,
    is_called as is_called,
    topics_of as topics_of,
)
from .groups import (
    KINDS as KINDS,
    LEADERS as LEADERS,
    ZONES as ZONES,
    ask as ask,
    beat as beat,
    create as create,
    decide as decide,
    dissolve as dissolve,
    invitation as invitation,
    invited as invited,
    join as join,
    leave as leave,
    mark_of_settings as mark_of_settings,
    member as member,
    members as members,
    no_group as no_group,
    name_role as name_role,
    groups_of as groups_of,
    remove_member as remove_member,
    renew as renew,
    settle as settle,
)
from .keeping import (
    end_due as end_due,
    renew_seals as renew_seals,
    sweep_groups as sweep_groups,
)
from .phones import (
    called_groups as called_groups,
    let_be as let_be,
    tell_phones as tell_phones,
    untold as untold,
)
from .patrols import (
    add_point as add_point,
    add_round as add_round,
    check_in as check_in,
    check_in_here as check_in_here,
    drop as drop,
    plan as plan,
    point_of as point_of,
    point_token as point_token,
    warn_missed as warn_missed,
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
from .signals import (
    SIGNALS as SIGNALS,
    Signal as Signal,
    signals as signals,
)
from .sharing import (
    add as add,
    begin as begin,
    end as end,
    place as place,
    remove as remove,
    running as running,
)
