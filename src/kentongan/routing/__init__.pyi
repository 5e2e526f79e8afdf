"""Routing that explains itself: which body is responsible, why, and who else it could have been."""

from .deciding import (
    Facts as Facts,
    choose as choose,
    decide as decide,
)
from .dividing import (
    Division as Division,
    OwnRule as OwnRule,
)
from .doubts import (
    question as question,
)
from .drafting import (
    begin_draft as begin_draft,
    deeds as deeds,
    discard_draft as discard_draft,
    draft_of as draft_of,
    go_on as go_on,
    may_divide as may_divide,
    newest as newest,
    remove_rule as remove_rule,
    write_rule as write_rule,
)
from .duties import (
    Goes as Goes,
    duties as duties,
    who_gets as who_gets,
)
from .importing import (
    Imported as Imported,
    import_file as import_file,
)
from .joining import (
    begin_hand_over as begin_hand_over,
    begin_release as begin_release,
    concerned as concerned,
    hand_over as hand_over,
    release as release,
    release_left as release_left,
)
from .past_files import (
    Mapping as Mapping,
    read_mapping as read_mapping,
)
from .published import (
    as_rules as as_rules,
    own_rules as own_rules,
)
from .publishing import (
    Difference as Difference,
    Published as Published,
    bring_division as bring_division,
    differences as differences,
    division_version as division_version,
    history as history,
    publish as publish,
    take_back as take_back,
)
from .rehearsal import (
    Moved as Moved,
    Rehearsal as Rehearsal,
    rehearse as rehearse,
)
from .rules import (
    Rule as Rule,
    Rulebook as Rulebook,
    check as check,
    read_rules as read_rules,
    rulebook as rulebook,
)
from .submitting import (
    Submitted as Submitted,
    explain as explain,
    gather as gather,
    preview as preview,
    route_received as route_received,
    route_waiting as route_waiting,
    said_of_kind as said_of_kind,
    submit as submit,
)
from .trying import (
    Shifted as Shifted,
    Tried as Tried,
    try_draft as try_draft,
)
from .writing import (
    areas_of as areas_of,
    layers as layers,
    receivers as receivers,
    wrong_with as wrong_with,
)
from .wording import (
    MAY_BE as MAY_BE,
)
