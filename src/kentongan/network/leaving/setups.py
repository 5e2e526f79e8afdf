"""What a body has set up for its work, as an exit bundle tells it with the line of the body (`casework.setup_of`)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,40}$")]
AnySlug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{0,40}$")]
Text = Annotated[str, StringConstraints(max_length=2_000)]
Short = Annotated[str, StringConstraints(max_length=60)]
Asked = Annotated[str, StringConstraints(max_length=150)]
Said = Annotated[str, StringConstraints(max_length=300)]
Word = Annotated[str, StringConstraints(max_length=40)]
Hours = Annotated[int, Field(ge=0, le=8_760)]
Promised = Annotated[int, Field(ge=1, le=8_760)] | None
# Beyond these a time has no place in other zones, or in a database.
FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
Moment = Annotated[AwareDatetime, Field(ge=FIRST, lt=LAST)]
WEEK = [0, 1, 2, 3, 4, 5, 6]


def _of_the_place(at: time) -> time:
    if at.tzinfo is not None:
        raise ValueError("an hour is one of the place: it has no zone")
    return at


Hour = Annotated[time, AfterValidator(_of_the_place)]


class _Told(BaseModel):
    """Fields that a later version adds are passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class OwnKindLine(_Told):
    """What it says of a kind of report, and whether it takes such."""

    category: Slug
    taken: bool = True
    words_id: Said = ""
    words_en: Said = ""


class OptionName(_Told):
    """An option in both languages."""

    id: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    en: Annotated[str, StringConstraints(min_length=1, max_length=80)]


class OwnOptionLine(_Told):
    """An option of a question."""

    key: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,40}$")]
    name: OptionName


class OwnQuestionLine(_Told):
    """What it asks of who reports such; `ended_at`: asked no more since."""

    category: Slug
    code: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    datatype: Literal["string", "text", "number", "datetime", "singlevaluelist", "multivaluelist"]
    words_id: Annotated[Asked, StringConstraints(min_length=1)]
    words_en: Asked = ""
    required: bool = False
    public: bool = False
    values: Annotated[list[OwnOptionLine], Field(max_length=50)] = []
    position: Annotated[int, Field(ge=0, le=32_000)] = 0
    ended_at: Moment | None = None


class TemplateLine(_Told):
    """An answer that it keeps ready; `to`: `me`, `nobody` or empty."""

    name: Short
    categories: Annotated[list[Slug], Field(max_length=200)] = []
    text_id: Text = ""
    text_en: Text = ""
    note: Text = ""
    step: Word = ""
    priority: Word = ""
    to: Literal["", "me", "nobody"] = ""


class AutomationLine(_Told):
    """A rule: `asked` a filter as an address has it, `steps` what is done."""

    name: Short
    event: Word
    after_hours: Hours = 0
    asked: Annotated[str, StringConstraints(max_length=16_000)] = ""
    steps: dict[Word, Any]


class CalendarLine(_Told):
    """When it works (0 is Monday), and who hears of its deadlines."""

    workdays: Annotated[list[Annotated[int, Field(ge=0, le=6)]], Field(min_length=1, max_length=7)] = WEEK
    opens: Hour | None = None
    closes: Hour | None = None
    national: bool = True
    joint: bool = True
    days_off: Annotated[list[date], Field(max_length=400)] = []
    tell: Literal["all", "hands"] = "all"
    warn_hours: Annotated[int, Field(ge=1, le=8_760)] = 24
    escalate_to: Literal["nobody", "coordinators", "administrators", "above"] = "nobody"
    escalate_hours: Hours = 24


class PromiseLine(_Told):
    """Within how many hours it answers and solves; `category` empty: any, `priority` 0: any."""

    category: AnySlug = ""
    priority: Annotated[int, Field(ge=0, le=4)] = 0
    answer_hours: Promised = None
    solve_hours: Promised = None


class SetupLine(_Told):
    """All of it; each list is empty where it has none."""

    kinds: Annotated[list[OwnKindLine], Field(max_length=1_000)] = []
    questions: Annotated[list[OwnQuestionLine], Field(max_length=5_000)] = []
    templates: Annotated[list[TemplateLine], Field(max_length=1_000)] = []
    automation: Annotated[list[AutomationLine], Field(max_length=200)] = []
    calendar: Annotated[list[CalendarLine], Field(max_length=1)] = []
    promises: Annotated[list[PromiseLine], Field(max_length=1_000)] = []
