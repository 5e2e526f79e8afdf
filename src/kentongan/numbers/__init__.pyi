"""Whom to call at a place: numbers of the country, of files, of OpenStreetMap, and what people have put right."""

from .correcting import (
    accept as accept,
    may_decide as may_decide,
    propose as propose,
    proposals as proposals,
    refuse as refuse,
    sweep_proposals as sweep_proposals,
)
from .files import (
    drop as drop,
    load as load,
    loaded as loaded,
)
from .known import (
    KINDS as KINDS,
    UNVERIFIED as UNVERIFIED,
    Number as Number,
    find as find,
    national as national,
    whom_to_call as whom_to_call,
)
from .nearby import (
    near as near,
    of_province as of_province,
)
