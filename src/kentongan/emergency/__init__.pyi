"""Alerts: somebody needs help now. Who watches, who has it, what was done; nothing else writes an alert."""

from .abroad.courier import (
    Courier as Courier,
    deliver_all as deliver_all,
)
from .becoming import become_report as become_report
from .board import (
    KIND_WORDS as KIND_WORDS,
    RESULTS as RESULTS,
    Row as Row,
    became as became,
    board as board,
    ended as ended,
    find as find,
    going_on as going_on,
    row as row,
)
from .caller import (
    held_by as held_by,
    log as log,
    open_for as open_for,
    said_numbers as said_numbers,
    said_numbers_at as said_numbers_at,
    told as told,
)
from .calling import (
    call_due as call_due,
    called as called,
    release_silent as release_silent,
)
from .cards import (
    ANSWERS as ANSWERS,
    answers_of as answers_of,
    card_for as card_for,
    cards_of as cards_of,
    end_card as end_card,
    keep_card as keep_card,
    note_answers as note_answers,
)
from .codes import (
    are_chosen as are_chosen,
    cancel_with as cancel_with,
    choose as choose,
    remove as remove,
)
from .commands import (
    acknowledge as acknowledge,
    arrive as arrive,
    begin_exercise as begin_exercise,
    close as close,
    doubt as doubt,
    note as note,
    operator as operator,
    owner_name as owner_name,
    release as release,
    set_out as set_out,
    take_over as take_over,
)
from .hearing import (
    beat_unit as beat_unit,
    hear as hear,
    watch_units as watch_units,
)
from .keeping import (
    renew_seals as renew_seals,
    sweep_alerts as sweep_alerts,
)
from .needs import (
    Need as Need,
    need as need,
)
from .neighbours import call_off as call_off
from .phones import tell_phones as tell_phones
from .posts import rules_of as rules_of
from .press import (
    KINDS as KINDS,
    Press as Press,
    read_id as read_id,
    read_press as read_press,
)
from .receiving import (
    Received as Received,
    receive as receive,
)
from .relays import deliver as deliver
from .sending import (
    answer as answer,
    radio as radio,
    report as report,
    send_unit as send_unit,
    sendings as sendings,
)
from .shifts import (
    Gap as Gap,
    able as able,
    add_shift as add_shift,
    calendar as calendar,
    drop_shift as drop_shift,
    gaps as gaps,
    hand_over as hand_over,
    handed_over as handed_over,
    stand_in as stand_in,
    take_gap as take_gap,
    tell_gaps as tell_gaps,
)
from .texting import take_text as take_text
from .timers import (
    alert_due as alert_due,
    next_due as next_due,
)
from .trail import (
    add_media as add_media,
    add_positions as add_positions,
    describe as describe,
    look as look,
    media_content as media_content,
    messages as messages,
    note_look as note_look,
    positions as positions,
    say as say,
)
from .units import (
    Offer as Offer,
    end_unit as end_unit,
    is_silent as is_silent,
    keep_unit as keep_unit,
    mark_of_unit as mark_of_unit,
    my_units as my_units,
    my_unit as my_unit,
    units_of as units_of,
    offers as offers,
    posts_led_by as posts_led_by,
    staff_of as staff_of,
)
from .watching import (
    begin_duty as begin_duty,
    beat as beat,
    end_duty as end_duty,
    is_on_duty as is_on_duty,
    is_watched as is_watched,
    on_duty as on_duty,
    covering as covering,
    posts_of as posts_of,
    watched_at as watched_at,
)
from .whereabouts import (
    caller_told as caller_told,
    instances as instances,
)
from .writer import Who as Who
from .zones import (
    zone_of_alert as zone_of_alert,
    zone_of_post as zone_of_post,
)
