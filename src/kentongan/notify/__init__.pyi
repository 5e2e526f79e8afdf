"""What follows a report for people: mails to its reporter, written once and sent by the worker."""

from .delivery import (
    deliver as deliver,
    ahead as ahead,
    late as late,
    sweep as sweep,
)
from .digest import write_to_staff as write_to_staff
from .keeping import stays_here as stays_here
from .letters import write_mail as write_mail
from .models import (
    Push as Push,
    PushKind as PushKind,
)
from .phones import (
    SIGNED_IN as SIGNED_IN,
    begin_anew as begin_anew,
    is_key_closed as is_key_closed,
    join as join,
    leave as leave,
    leave_address as leave_address,
    listening as listening,
    phones_of as phones_of,
    public_key as public_key,
    renew_seals as renew_seals,
    want as want,
    wanted as wanted,
)
from .pushing import (
    Note as Note,
    store as store,
    sweep_pushes as sweep_pushes,
    told as told,
    waiting as waiting,
    withdraw as withdraw,
)
from .push_rounds import (
    Pusher as Pusher,
    deliver_pushes as deliver_pushes,
)
from .writing import (
    take_back as take_back,
    write as write,
)
from .staff import (
    HOUR as HOUR,
    Kind as Kind,
    choice as choice,
    choose as choose,
    gather as gather,
    gather_imports as gather_imports,
    hears as hears,
    holder as holder,
    zone_of_desk as zone_of_desk,
)
