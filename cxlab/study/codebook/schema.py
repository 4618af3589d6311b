"""What a study asked: every column's meaning, declared once in study.yml.

Exports from survey tools do not say which 8 is a rating and which 8 means "never used". The
codebook does, and nothing that it does not declare is ever taken for a rating. pydantic checks the
shape; the readers hold the data to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Annotated, Any, Literal

import pydantic
from pydantic import BeforeValidator, Field, model_validator

from cxlab.data_files import read_data
from cxlab.errors import said
from cxlab.languages import in_each, language_of
from cxlab.study.codebook.consistency import (
    ALL_TOUCHPOINTS as ALL_TOUCHPOINTS,
    PROBLEM as PROBLEM,
    problems,
)
from cxlab.study.codebook.declared import (
    LISTED,
    Columns,
    Declared,
    Id,
    Label,
    Language,
    Number,
    Text,
    Texts,
    in_short,
)
from cxlab.study.codebook.journey_keys import (
    Action,
    Answer,
    Answered,
    Events,
    Parties,
    Problems,
    Step,
)
from cxlab.study.codebook.model_keys import Model
from cxlab.study.codebook.money_keys import Money, follow_up_problems
from cxlab.study.codebook.question import Question
from cxlab.study.codebook.roles import KANO_ROLES, KANO_SCALE, ROLES, role_of
from cxlab.study.codebook.row_keys import (
    Classes,
    Comment,
    Fieldwork,
    Filter,
    Responses,
    Segments,
    Status,
    WaveOfDates,
    Weight,
)
from cxlab.study.codebook.scale import MISSING as MISSING, Scale
from cxlab.study.codebook.scale_problems import SCALES, scale_problems


def named_stages() -> dict[str, list[dict]]:
    """The journeys that `stages:` may name, each as the list that study.yml would hold."""
    labels, journeys = in_each("steps"), read_data("study.codebook", "stages.yml")
    return {
        name: [{"stage": one, "label": labels[one]} for one in stages]
        for name, stages in journeys.items()
    }


def kano_classes() -> dict[str, list[list[int]]]:
    """Kano's classes: the pairs of answers, functional and dysfunctional, that make each."""
    return read_data("study.codebook", "kano.yml")


def _stages(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if value not in named_stages():
        raise ValueError(
            said(
                "stages is {stages}, or a list of the study's own",
                stages=" or ".join(named_stages()),
            )
        )
    return named_stages()[value]


class Stage(Declared):
    stage: Id
    label: Label = {}


class Touchpoint(Declared):
    """One contact of the journey: where it stands, and which columns ask what about it."""

    touchpoint: Id
    label: Label = {}
    stage: str | None = None
    contact: Literal["direct", "indirect"] = "direct"
    channels: Columns = ()
    scale: str | Scale | None = None
    expectation: Columns = ()
    adequate: Columns = ()
    experience: Columns = ()
    importance: Columns = ()
    importance_scale: str | Scale | None = None  # where it is not that of the ratings
    emotion: Columns = ()
    effort: Columns = ()  # high is much
    # Of the experience, where it is known from elsewhere: a retest, a manual.
    reliability: Number | None = Field(None, gt=0, le=1)
    functional: Columns = ()
    dysfunctional: Columns = ()
    channel: str | None = None
    used_if: Filter | None = None
    asked_if: Filter | None = None
    owner: Text | None = None  # who answers for it

    @model_validator(mode="before")
    @classmethod
    def _named_roles(cls, declared: Any) -> Any:
        """The words of the field as the roles that they name; a role that is there keeps its own
        key, so that the second word for it is refused.
        """
        if not isinstance(declared, dict):
            return declared
        named = {}
        for key, held in declared.items():
            role = role_of(key)
            named[key if role in declared or role in named else role] = held
        return named

    @property
    def questions(self) -> dict[str, Columns]:
        """The columns by the role that they are asked in."""
        return {role: columns for role in ROLES if (columns := getattr(self, role))}


class Outcome(Declared):
    """What loyalty is measured by. `direction` says whether a high answer means ease or effort
    (CES). What became of customers: `measured` says whether it is of the time after the survey or
    before; of a duration `event` who left (others are still there), and `entry` the column that
    tells how much of it had passed when the customer answered.
    """

    outcome: Id
    kind: Literal["nps", "csat", "ces", "score", "binary", "amount", "duration"]
    columns: Columns = Field(validation_alias=pydantic.AliasChoices("columns", "column"))
    label: Label = {}
    scale: str | Scale | None = None
    direction: Literal["ease", "effort"] = "ease"
    unit: str | None = None
    asked_if: Filter | None = None
    measured: Literal["after", "before"] | None = None
    event: Answered | None = None
    entry: str | None = None

    @property
    def questions(self) -> dict[str, Columns]:
        entry = {"entry": (self.entry,)} if self.entry else {}
        return {"outcome": self.columns} | entry

    def contradictions(self) -> Iterator[str]:
        yield from follow_up_problems(self)


class Construct(Declared):
    """A scale of several questions (image, earlier experience, market …): the mean of its
    columns.
    """

    construct_id: Id = Field(validation_alias="construct")
    columns: Columns
    scale: str | Scale | None = None
    label: Label = {}

    @property
    def questions(self) -> dict[str, Columns]:
        return {"construct": self.columns}


Item = Touchpoint | Outcome | Construct  # what is asked on a scale


def _owners(declared: Any) -> Any:
    words = str(declared).casefold()
    return ("touchpoints",) * (words == "true") if words in ("true", "false") else declared


class Report(Declared):
    languages: tuple[Annotated[Language, BeforeValidator(language_of)], ...] = ("en",)
    outcome: str | None = None
    min_cell: int = Field(10, ge=2)
    protect: Literal["groups", "answers"] = "groups"
    brand: str | None = None
    verbatims: int = Field(0, ge=0, le=10)
    sections: Texts = ()  # of the body, in their order; all unless given
    hide: Texts = ()
    own: Texts = ()  # sections of a template of one's own
    # A page for each of these; true: for each touchpoint.
    owners: Annotated[tuple[Literal["touchpoints", "accounts"], ...], BeforeValidator(_owners)] = ()
    benchmark: bool = False  # its figures may be counted for others, and are set beside theirs
    notes: dict[Text, Label] = {}  # on a section; or the folder that holds them


class Codebook(Declared):
    """Everything that study.yml declares. Field by field: docs/study.md."""

    schema_: int = Field(1, alias="schema", ge=1, le=1)
    client: Text
    formerly: Texts = ()  # names under which reports of this client were sent
    title: Label = {}
    simulated: bool = False
    fieldwork: Fieldwork = Fieldwork()
    responses: Annotated[
        tuple[Responses, ...], BeforeValidator(lambda v: [v] if isinstance(v, dict) else v)
    ] = ()
    respondent: str | None = None
    weight: Annotated[Weight | None, in_short("column")] = None
    wave: str | None = None
    wave_of: WaveOfDates | None = None
    waves: Texts = ()
    panel: bool = False
    account: str | None = None
    strata: str | None = None
    segments: Segments = {}
    personal_data: Columns = ()
    status: Status | None = None
    no_answer_words: Texts = ()  # for all scales, whatever their case and blanks
    confirm: Texts = ()
    scales: dict[str, Scale] = {}
    stages: Annotated[tuple[Stage, ...], BeforeValidator(_stages)] = ()
    touchpoints: Annotated[tuple[Touchpoint, ...], BeforeValidator(LISTED["touchpoints"])] = ()
    outcomes: Annotated[tuple[Outcome, ...], BeforeValidator(LISTED["outcomes"])] = ()
    constructs: Annotated[tuple[Construct, ...], BeforeValidator(LISTED["constructs"])] = ()
    model: Model = {}
    comments: dict[Id, Comment] = {}
    funnel: dict[Id, Annotated[Step, in_short("column")]] = {}
    targets: dict[Id, Number] = {}
    actions: tuple[Action, ...] = ()
    problems: Problems | None = None
    parties: Parties | None = None
    advice: dict[Id, Answered] = {}
    events: Annotated[Events | None, in_short("file")] = None
    money: Money | None = None
    multiple_response: Annotated[
        tuple[Question, ...], BeforeValidator(LISTED["multiple_response"])
    ] = ()
    classes: Classes | None = None
    dates: dict[str, Literal["ymd", "dmy", "mdy"]] = {}
    include: tuple[Filter, ...] = ()
    recode: dict[str, dict[Text, Text]] = {}
    report: Report = Report()

    @model_validator(mode="before")
    @classmethod
    def _named_wave(cls, declared: Any) -> Any:
        """Dates (`wave: {column: date, by: quarter}`), or files that each carry a `wave:`, make a
        wave column even where no name was given for it.
        """
        if not isinstance(declared, dict):
            return declared
        wave, files = declared.get("wave"), declared.get("responses")
        if isinstance(wave, dict):
            return {**declared, "wave": "wave", "wave_of": wave}
        files = files if isinstance(files, list) and not wave else ()
        in_files = any(isinstance(file, dict) and "wave" in file for file in files)
        return {**declared, "wave": "wave"} if in_files else declared

    @property
    def main_outcome(self) -> str | None:
        """The outcome that the report is about: the one it names, else the first."""
        answered = (one.outcome for one in self.outcomes if one.kind != "duration")
        return self.report.outcome or next(answered, None)

    def contradictions(self) -> Iterator[str]:
        yield from scale_problems(self)
        yield from problems(self)

    def named_scale(self, item: Item, role: str = "") -> Scale | None:
        named = getattr(item, f"{role}_scale", None) or item.scale
        return named if isinstance(named, Scale) else self.scales.get(named)

    def scale_of(self, item: Item, role: str = "") -> Scale:
        """The scale of a touchpoint's ratings or of an outcome; NPS is 0–10, a binary outcome 0/1,
        an amount any number.

        Kano pairs are on the scale named `kano`, 1–5 unless declared.
        """
        if role in KANO_ROLES:
            return self.scales.get(KANO_SCALE, Scale(min=1, max=5))
        return (
            self.named_scale(item, role)
            or SCALES.get(getattr(item, "kind", ""))
            or next(scale for name, scale in self.scales.items() if name != KANO_SCALE)
        )

    @property
    def items(self) -> tuple[Item, ...]:
        """Everything that is asked on a scale, as declared."""
        return (*self.touchpoints, *self.outcomes, *self.constructs)

    @property
    def rated(self) -> dict[str, None]:
        """The columns in which these are asked, each once."""
        columns = (one for item in self.items for one in item.questions.values())
        return dict.fromkeys(chain.from_iterable(columns))

    @property
    def asked(self) -> tuple:
        """Items, and the questions of several answers."""
        return (*self.items, *self.multiple_response)

    @property
    def splits(self) -> tuple[str, ...]:
        """What respondents may be split by: segments, and where declared wave, account, problem."""
        named = {"wave": self.wave, "account": self.account, PROBLEM: self.problems}
        return tuple(dict.fromkeys([*self.segments, *(key for key, held in named.items() if held)]))

    @property
    def levelled(self) -> dict[str, Any]:
        """The columns whose answers are levels: of classes, and of segments."""
        asked = {item.id for item in self.asked}
        of_classes = self.classes.indicators if self.classes else {}
        return {name: one for name, one in of_classes.items() if name not in asked} | self.segments

    @property
    def marks(self) -> dict[str, Answer]:
        """Answers that mean yes, by the key that declares them."""
        found = {f"advice, {name}": one for name, one in self.advice.items()}
        if self.problems:
            asked = {"had": self.problems.had, "resolved": self.problems.resolved}
            found |= {f"problems, {name}": one for name, one in asked.items() if one}
        found |= {f"event, {one.id}": one.event for one in self.outcomes if one.event}
        return found

    @property
    def step_labels(self) -> dict[str, Label]:
        """The label of each step of the funnel: its own, else that of the stage of its name."""
        stages = {stage.stage: stage.label for stage in self.stages}
        return {name: step.label or stages.get(name, {}) for name, step in self.funnel.items()}

    @property
    def journey(self) -> tuple[Touchpoint, ...]:
        """Touchpoints in journey order: by stage as declared, then as listed."""
        order = {stage.stage: i for i, stage in enumerate(self.stages)}
        return tuple(sorted(self.touchpoints, key=lambda point: order.get(point.stage, len(order))))
