"""Warnings to people: what a body that may publishes for an area, and what others publish by CAP."""

from .cap_writing import (
    index as index,
    message as message,
)
from .drafting import (
    discard as discard,
    draft as draft,
    find_draft as find_draft,
)
from .feeds import (
    add_feed as add_feed,
    all_feeds as all_feeds,
    end_feed as end_feed,
    read_feeds as read_feeds,
    sweep_feeds as sweep_feeds,
)
from .following import (
    choice as choice,
    choose as choose,
    follow as follow,
    places_of as places_of,
    unfollow as unfollow,
    warnings_of as warnings_of,
)
from .proposing import (
    decide as decide,
    outline as outline,
    proposal as proposal,
    proposals_for as proposals_for,
    propose as propose,
    where as where,
)
from .publishing import (
    cancel as cancel,
    expire_due as expire_due,
    in_force as in_force,
    publish as publish,
)
from .reading import (
    find as find,
    history as history,
    newest as newest,
    of_bodies as of_bodies,
    own as own,
    past as past,
)
from .rights import (
    check_taking_back as check_taking_back,
    give as give,
    rights_of as rights_of,
    take as take,
)
from .showing import shown as shown
from .standing import (
    Standing as Standing,
    at_areas as at_areas,
    all_in_force as all_in_force,
    all_rights as all_rights,
    source as source,
    spoken as spoken,
)
from .telling import (
    counted as counted,
    tell as tell,
)
