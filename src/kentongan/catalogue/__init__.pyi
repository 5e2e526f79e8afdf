"""The catalogue: the kinds of trouble a person can report."""

from .answers import check_answers as check_answers
from .kinds import (
    all_active as all_active,
    branch as branch,
    choosable as choosable,
    get as get,
    invalidate as invalidate,
    known as known,
    suggest as suggest,
)
from .loading import (
    bring as bring,
    load as load,
)
from .models import Category as Category
