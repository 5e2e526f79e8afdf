"""The report, its timeline, its states: the heart. Nothing else writes a report."""

from .addressing import (
    address_all as address_all,
)
from .asking import (
    ask as ask,
    may_ask as may_ask,
    unanswered as unanswered,
)
from .assigning import (
    all_work as all_work,
    assign as assign,
    is_work as is_work,
    prioritise as prioritise,
)
from .cells import (
    Tile as Tile,
    map_tile as map_tile,
)
from .commands import (
    accept as accept,
    claim as claim,
    comment as comment,
    confirm as confirm,
    contest as contest,
    expire as expire,
    give_back as give_back,
    hand_over as hand_over,
    look_at_identity as look_at_identity,
    note as note,
    overdue_results as overdue_results,
    rate as rate,
    refer as refer,
    reject as reject,
    release as release,
    reopen as reopen,
    resolve as resolve,
    said as said,
    start as start,
    support as support,
    take_back as take_back,
    transfer as transfer,
)
from .correcting import (
    may_undo as may_undo,
    step_back as step_back,
    undo as undo,
    uphold as uphold,
)
from .deadlines import arrives as arrives
from .decision import (
    Alternative as Alternative,
    Decision as Decision,
    Reason as Reason,
)
from .decoding import refuse_too_large as refuse_too_large
from .derivatives import photo_file as photo_file
from .evidence import (
    before_and_after as before_and_after,
    taken_at as taken_at,
)
from .duplicates import (
    Likely as Likely,
    near_duplicates as near_duplicates,
)
from .flags import (
    Flagged as Flagged,
    count_flagged as count_flagged,
    count_hidden as count_hidden,
    flag as flag,
    flagged as flagged,
    keep_public as keep_public,
    reasons as reasons,
)
from .filtering import (
    Filters as Filters,
    Stamp as Stamp,
)
from .hearing import (
    entries_now as entries_now,
    entries_of as entries_of,
)
from .hidden import (
    Hiding as Hiding,
)
from .hiding import (
    appeal as appeal,
    destroy_sealed as destroy_sealed,
    hide as hide,
    is_author as is_author,
    keep_hidden as keep_hidden,
    mirror_hiding as mirror_hiding,
    mirror_showing as mirror_showing,
    original as original,
    renew_seals as renew_seals,
    show_again as show_again,
    still_said as still_said,
)
from .keepsakes import digests as digests
from .locking import (
    held as held,
    holding as holding,
    let_go as let_go,
)
from .merging import (
    joined_with as joined_with,
    may_be_original as may_be_original,
    merge as merge,
    unmerge as unmerge,
)
from .mirroring import (
    MOST_TOLD as MOST_TOLD,
    Adoption as Adoption,
    Arrival as Arrival,
    Tidings as Tidings,
    Told as Told,
    add_peer_photo as add_peer_photo,
    adopt as adopt,
    adopt_all as adopt_all,
    decline as decline,
    mirror as mirror,
    reroute as reroute,
    tell as tell,
    tell_all as tell_all,
)
from .moving import (
    arrive as arrive,
    depart as depart,
    moved_token as moved_token,
)
from .onsite import (
    Sent as Sent,
    said_at as said_at,
    is_repeat as is_repeat,
    site_of as site_of,
    was_here as was_here,
)
from .parting import (
    Share as Share,
    may_unsplit as may_unsplit,
    parts_of as parts_of,
    split as split,
    unsplit as unsplit,
)
from .past import (
    Decided as Decided,
    Outcome as Outcome,
    Past as Past,
    Written as Written,
    import_past as import_past,
    write as write,
)
from .pictures import (
    Upload as Upload,
    add_photo as add_photo,
    small_picture as small_picture,
    sweep as sweep,
)
from .questions import (
    Answered as Answered,
    answered as answered,
    answered_in as answered_in,
    fitting as fitting,
    asked_by as asked_by,
    decided as decided,
    in_their_words as in_their_words,
)
from .reading import (
    Page as Page,
    citizen as citizen,
    claimed_by as claimed_by,
    concerns as concerns,
    counts as counts,
    find as find,
    hears as hears,
    last_entry as last_entry,
    listing as listing,
    looks_at_names as looks_at_names,
    may_open as may_open,
    photos as photos,
    routing_of as routing_of,
    timeline as timeline,
)
from .restoring import (
    Restored as Restored,
    join_originals as join_originals,
    keep_file as keep_file,
    restore as restore,
)
from .rows import (
    Row as Row,
    find_public as find_public,
    list_public as list_public,
    read_public as read_public,
)
from .states import (
    Actor as Actor,
    Ending as Ending,
    State as State,
    Status as Status,
)
from .storing import (
    Repeat as Repeat,
    claim_token as claim_token,
    made_id as made_id,
    repeated as repeated,
    route as route,
    sent_before as sent_before,
    store as store,
)
from .submission import (
    Prepared as Prepared,
    Submission as Submission,
    find_asset as find_asset,
    locate as locate,
    prepare as prepare,
)
from .targets import (
    MARK as MARK,
    Part as Part,
    Target as Target,
    parts as parts,
)
from .telling import (
    HIDING as HIDING,
    appealed as appealed,
    count_appealed as count_appealed,
    goes_on_together as goes_on_together,
    hiding_of as hiding_of,
    hidings as hidings,
    in_words as in_words,
    whither as whither,
)
from .things import (
    history as history,
    link as link,
    link_text as link_text,
    may_link as may_link,
)
from .writer import has_open_parts as has_open_parts
from .who import (
    SYSTEM as SYSTEM,
    Who as Who,
)
