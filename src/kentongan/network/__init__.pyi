"""The network: other applications and instances, and how reports reach them and come back, each exactly once."""

from .arbitration import (
    count_undecided as count_undecided,
    declines_of as declines_of,
    is_undecided as is_undecided,
    may_decide as may_decide,
    undecided as undecided,
)
from .coming_back import (
    decide as decide,
    decline as decline,
    may_decline as may_decline,
)
from .courier import (
    ahead as ahead,
    deliver_all as deliver_all,
    drop as drop,
    retry as retry,
)
from .dialects import (
    DIALECTS as DIALECTS,
    dialect as dialect,
)
from .dialects.kentongan.server import protocol as protocol
from .dialects.kentongan.speaking import (
    heard_from as heard_from,
    speak as speak,
)
from .dispatching import Courier as Courier
from .elsewhere import (
    MAY as MAY,
    refuse_elsewhere as refuse_elsewhere,
    sweep as sweep,
    worked_on_here as worked_on_here,
    works_on as works_on,
)
from .expiring import expired as expired
from .facts import (
    instance as instance,
    report_facts as report_facts,
)
from .following import (
    follow as follow,
    hears as hears,
)
from .intake import (
    apply as apply,
    once as once,
)
from .keys import (
    Caller as Caller,
    key_holder as key_holder,
    new_key as new_key,
)
from .mapping import (
    confirm as confirm,
    discover as discover,
    propose as propose,
)
from .peers import (
    add as add,
    areas_behind as areas_behind,
    find as find,
    line_to as line_to,
    reaches as reaches,
    set_reach as set_reach,
    switch as switch,
)
from .polling import (
    poll_peer as poll_peer,
)
from .resolving import (
    Checking as Checking,
    resolve as resolve,
)
from .standing import (
    Standing as Standing,
    standings as standings,
)
from .travels import (
    Journey as Journey,
    Stand as Stand,
    journey as journey,
    peer_titles as peer_titles,
)
