"""What staff may do with a report, and the queue they work from."""

from .answering import (
    Offer as Offer,
    Rated as Rated,
    asked_of_template as asked_of_template,
    end_template as end_template,
    inserted as inserted,
    may_edit_templates as may_edit_templates,
    note_use as note_use,
    offers as offers,
    save_template as save_template,
    templates as templates,
    templates_for as templates_for,
    use_template as use_template,
)
from .appearing import (
    end_logo as end_logo,
    may_dress as may_dress,
    set_colour as set_colour,
    set_logo as set_logo,
)
from .assigning import (
    Hands as Hands,
    assign as assign,
    givers as givers,
    hands as hands,
    return_work as return_work,
    teams_of as teams_of,
    workers_of as workers_of,
)
from .field import (
    Done as Done,
    Stop as Stop,
    finish as finish,
    tasks as tasks,
)
from .inviting import (
    accept_invitation as accept_invitation,
    invitation_token as invitation_token,
    open_invitations as open_invitations,
    read_invitation as read_invitation,
)
from .carrying import (
    bodies_named as bodies_named,
    bring_setup as bring_setup,
    kinds_named as kinds_named,
    setup_of as setup_of,
)
from .counting import Count as Count
from .bulk import (
    Progress as Progress,
    begin_bulk as begin_bulk,
    bulk_of as bulk_of,
    bulks as bulks,
    newest_report as newest_report,
    sweep_bulks as sweep_bulks,
    troubles as troubles,
    undo_bulk as undo_bulk,
)
from .deeds import STEPS as STEPS
from .columns import (
    CARDS as CARDS,
    COLUMNS as COLUMNS,
    columns_of as columns_of,
    keep_columns as keep_columns,
    read_columns as read_columns,
)
from .drafting import (
    Other as Other,
    drafts as drafts,
    forget_draft as forget_draft,
    keep_draft as keep_draft,
    may_meet as may_meet,
    others as others,
    sweep_drafts as sweep_drafts,
)
from .filters import (
    ARCHIVE as ARCHIVE,
    QUEUE_STATES as QUEUE_STATES,
    Filter as Filter,
    read_filter as read_filter,
)
from .performance import (
    Figures as Figures,
    may_see_performance as may_see_performance,
    months as months,
    opened_on as opened_on,
    own_performance as own_performance,
    own_zone as own_zone,
    performance as performance,
)
from .own_kinds import (
    kinds_of as kinds_of,
    say_of_kind as say_of_kind,
)
from .own_options import (
    written_options as written_options,
)
from .own_questions import (
    DATATYPES as DATATYPES,
    ask_again as ask_again,
    end_question as end_question,
    move_question as move_question,
    questions_of as questions_of,
    save_question as save_question,
)
from .promising import (
    add_promise as add_promise,
    calendar_of as calendar_of,
    drop_calendar as drop_calendar,
    drop_promise as drop_promise,
    promises_of as promises_of,
    set_calendar as set_calendar,
)
from .queues import (
    Queue as Queue,
    Queued as Queued,
    count as count,
    counts as counts,
    every as every,
    facets as facets,
    queue as queue,
    starting as starting,
)
from .moderating import (
    count_waiting as count_waiting,
    find_hiding as find_hiding,
    hidden_in_public as hidden_in_public,
    hider as hider,
    judge as judge,
    may_hide as may_hide,
    may_judge as may_judge,
    waiting as waiting,
)
from .looking import (
    looks as looks,
)
from .mentioning import mentioned as mentioned
from .recipients import (
    find_bodies as find_bodies,
    suggested_bodies as suggested_bodies,
)
from .rehearsing import (
    Rehearsal as Rehearsal,
    rehearse as rehearse,
)
from .ruled import (
    Event as Event,
    Rule as Rule,
)
from .rules import (
    end_rule as end_rule,
    find_rule as find_rule,
    last_runs as last_runs,
    rules_of as rules_of,
    save_rule as save_rule,
    stopped_rules as stopped_rules,
    switch_off as switch_off,
    switch_on as switch_on,
    take_back as take_back,
)
from .running import (
    hear_for_rules as hear_for_rules,
    note_overdue as note_overdue,
    run_rules as run_rules,
    sweep_runs as sweep_runs,
)
from .roles import (
    Role as Role,
    bodies_of as bodies_of,
    may_see as may_see,
    open_today as open_today,
    passed_it_on as passed_it_on,
    possible_steps as possible_steps,
    role_for as role_for,
    who as who,
    works_somewhere as works_somewhere,
)
from .repeating import do_bulk as do_bulk
from .reversing import (
    as_it_stands as as_it_stands,
    reverse as reverse,
)
from .searching import (
    hear_words as hear_words,
    learn_new as learn_new,
)
from .staff import (
    appoint as appoint,
    ask_second_factor as ask_second_factor,
    desks as desks,
    dismiss as dismiss,
    may_manage_staff as may_manage_staff,
    staff_of as staff_of,
    withdraw as withdraw,
    without_second_factor as without_second_factor,
)
from .views import (
    Seen as Seen,
    calendar_token as calendar_token,
    end_view as end_view,
    may_share as may_share,
    of_calendar as of_calendar,
    save_view as save_view,
    views as views,
)
from .guided_start import (
    Step as Step,
    departments as departments,
    has_begun as has_begun,
    invite_all as invite_all,
    mark_step as mark_step,
    save_department as save_department,
    set_contact as set_contact,
    start_of as start_of,
)
from .teams import (
    Manned as Manned,
    change_team as change_team,
    end_team as end_team,
    make_team as make_team,
    teams as teams,
)
