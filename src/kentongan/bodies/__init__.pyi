"""The bodies: who exists, who takes part, who works there."""

from .abbreviations import (
    spelled_out as spelled_out,
)
from .appearing import (
    Look as Look,
    logo as logo,
    look as look,
    set_accent as set_accent,
    set_logo as set_logo,
)
from .clocks import (
    MIDNIGHT as MIDNIGHT,
    Clock as Clock,
    named_days_off as named_days_off,
)
from .colours import (
    DAY as DAY,
    NIGHT as NIGHT,
    Shades as Shades,
    contrast as contrast,
    read_colour as read_colour,
    shades as shades,
)
from .loading import (
    bring as bring,
    load as load,
)
from .marks import mark_of as mark_of
from .models import (
    Body as Body,
    Calendar as Calendar,
    Level as Level,
    Logo as Logo,
    Membership as Membership,
    OwnKind as OwnKind,
    OwnQuestion as OwnQuestion,
    Promise as Promise,
    Role as Role,
    Team as Team,
)
from .own_kinds import (
    own_kind as own_kind,
    own_kinds as own_kinds,
    own_questions as own_questions,
    once_asked as once_asked,
    questions_changed as questions_changed,
    questions_of as questions_of,
    set_own_kind as set_own_kind,
)
from .parts import (
    change_part as change_part,
    is_government as is_government,
    make_part as make_part,
    mark_begun as mark_begun,
    set_contact as set_contact,
)
from .promising import (
    Hours as Hours,
    calendar as calendar,
    clock as clock,
    due as due,
    forget_promises as forget_promises,
    hours as hours,
    moved_on as moved_on,
    promises_changed as promises_changed,
    zone as zone,
)
from .world import (
    GENERAL as GENERAL,
    RANK as RANK,
    Snapshot as Snapshot,
    ask_second_factor as ask_second_factor,
    asking as asking,
    asks_second_factor as asks_second_factor,
    end_partnership as end_partnership,
    get as get,
    giver as giver,
    hold as hold,
    invalidate as invalidate,
    lacks_second_factor as lacks_second_factor,
    line as line,
    make_partner as make_partner,
    open_roles as open_roles,
    revision as revision,
    role as role,
    snapshot as snapshot,
    subtree as subtree,
)
