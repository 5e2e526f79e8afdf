"""The catalogue: the kinds of trouble a person can report."""

from .answers import (
    check_answers as check_answers,
    known_only as known_only,
    read_answers as read_answers,
)
from .asked import (
    Question as Question,
    answer_words as answer_words,
    as_form as as_form,
    in_order as in_order,
    in_words as in_words,
    words_of as words_of,
)
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
