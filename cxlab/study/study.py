"""The Study: what was asked and answered, checked once, frozen, and the same for every
estimator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import Fault, ModelError, NotAskedError, StudyError, wrong_kind
from cxlab.languages import LANGUAGES
from cxlab.result import Result
from cxlab.study.codebook.faults import parse_codebook
from cxlab.study.codebook.normal import natural_key, natural_order, plain
from cxlab.study.codebook.question import CHOICE
from cxlab.study.codebook.roles import ROLES, role_of
from cxlab.study.codebook.schema import PROBLEM, Codebook, Fieldwork, Scale
from cxlab.study.coded import coded_comments, coded_tables
from cxlab.study.coding import marks_of
from cxlab.study.exports.table import Table
from cxlab.study.exports.typed_files import text_frame
from cxlab.study.labels import in_language, labels_in
from cxlab.study.parties import rated_too
from cxlab.study.read.answers import Answers
from cxlab.study.read.cells import STATES
from cxlab.study.read.choices import choices_of
from cxlab.study.read.respondents import Doubts, personal_values, read_parts
from cxlab.study.sealed import FrozenDict, Sealed
from cxlab.study.selection import CAUSES, rows_of
from cxlab.study.splits import crossed, crossed_groups, crossed_levels, grouped, is_crossed
from cxlab.study.stages import by_stage
from cxlab.study.steps import (
    PROBLEMS,
    advised_by,
    channels_met,
    had_and_resolved,
    lasted,
    reached,
    refuse_duration,
)
from cxlab.study.study_events import log_of, part_of
from cxlab.study.summary import as_markup, as_text

STATE_NAMES = pd.CategoricalDtype(STATES)


@dataclass(frozen=True, repr=False, eq=False)
class Study(Sealed):
    """A survey with its codebook: n respondents × (touchpoint, role) ratings, outcomes, weights,
    waves, segments.

    Made by `read_study`, `Study.from_frame` or `simulate_study`. Every member returns a copy;
    nothing here can be changed.

    Attributes
    ----------
    codebook : Codebook
        Everything that study.yml declares.
    truth : DataFrame or None
        The planted numbers of a simulated study, columns `quantity touchpoint coefficient`.

    Notes
    -----
    Ratings are in scale points, oriented so that high is good (a declared `reverse:` is undone),
    NaN unless answered. Reading goes in a fixed order (rename, include, recode, states, derived),
    so that `flow` can count the respondents after each step.

    Examples
    --------
    >>> import cxlab as cx
    >>> study = cx.simulate_study(n=60, seed=1)
    >>> print(str(study).splitlines()[0])
    Study 'Corner Shop': 60 respondents; unweighted, simulated
    """

    codebook: Codebook
    truth: pd.DataFrame | None = None
    _answers: Answers = field(default_factory=Answers)
    _sources: tuple[tuple[str, str, int | None], ...] = ()
    _log: Any = None  # where the log of contacts lies (event_log.Source)
    _coded: Any = None
    _noticed: tuple[Fault, ...] = ()
    _doubts: Doubts | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.codebook, Codebook):
            write = "read_study(path), or Study.from_frame for a DataFrame"
            raise wrong_kind("Study", "a codebook", self.codebook, write)

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        touchpoints: Any,
        outcomes: Any = (),
        *,
        client: str = "study",
        coded: pd.DataFrame | None = None,
        **keys: Any,
    ) -> Study:
        """A study from a DataFrame, no file needed.

        Parameters
        ----------
        frame : DataFrame
            One row a respondent. It is not touched; its index becomes the study's.
        touchpoints : mapping or list
            `{id: {...}}` with study.yml's keys, or `{id: column}` for a touchpoint's experience.
        outcomes : mapping or list
            `{id: {...}}` with `kind`, `column` and study.yml's other keys of an outcome.
        client : str
            The client's name.
        coded : DataFrame, optional
            The codes that coders gave to comments, as the file under `codes:` holds them:
            `respondent comment coder code`; the codebook is a key of `comments`.
        **keys
            study.yml's other keys (`scales`, `respondent`, `weight`, `wave`, `segments`, …) with
            the same meaning.

        Returns
        -------
        Study

        Raises
        ------
        StudyError
            With every fault of the declaration and of the answers.

        Examples
        --------
        >>> import pandas as pd
        >>> import cxlab as cx
        >>> frame = pd.DataFrame({"q1": [5, 7, 8, 2], "nps": [9, 10, 3, 6]})
        >>> study = cx.Study.from_frame(
        ...     frame,
        ...     {"delivery": "q1"},
        ...     {"recommend": {"kind": "nps", "column": "nps"}},
        ...     scales={"agree7": {"min": 1, "max": 7, "not_used": [8]}},
        ... )
        >>> study.rating("delivery").tolist()
        [5.0, 7.0, nan, 2.0]
        """
        is_frame = isinstance(frame, pd.DataFrame)
        if not is_frame or not frame.columns.map(plain).is_unique:
            problem = "from_frame takes a DataFrame whose columns have names of their own"
            fix = "rename the columns that stand twice"
            reading = "give the answers as a DataFrame; read_study(path) reads a folder"
            raise StudyError(Fault(problem, fix=fix if is_frame else reading))
        declared = {"schema": 1, "client": client, "touchpoints": touchpoints}
        codebook = parse_codebook({**declared, "outcomes": outcomes, **keys}, file="the call")
        if not frame.index.is_unique:
            problem = "the frame's index has repeated labels"
            raise StudyError(Fault(problem, fix="pass frame.reset_index(drop=True)"))
        text = text_frame(frame, "the frame", "one answer a cell")
        answers, faults, doubts = read_parts(codebook, [Table("the frame", text)])
        held = coded_comments(codebook, coded_tables(coded), text, faults)
        found = {"_noticed": warnings_of(faults), "_doubts": doubts}
        return cls(codebook, _answers=answers, _coded=held, **found)

    @property
    def notices(self) -> tuple[Fault, ...]:
        """Warnings; errors are never kept, they are raised."""
        return self._noticed + (self._doubts.faults if self._doubts else ())

    # ---- who answered

    @property
    def n(self) -> int:
        """Number of respondents (rows)."""
        return len(self._answers.text)

    @property
    def index(self) -> pd.Index:
        """The labels of the respondents: those of the caller's frame, else 0 … n−1."""
        return self._answers.text.index.copy()

    @property
    def client(self) -> str:
        """The client's name."""
        return self.codebook.client

    @property
    def simulated(self) -> bool:
        """Whether the answers are made up."""
        return self.codebook.simulated

    @property
    def fieldwork(self) -> Fieldwork:
        """First and last day of the interviews: `start`, `end`, each None where not declared."""
        return self.codebook.fieldwork

    @property
    def responses(self) -> pd.DataFrame:
        """The answers as text, after rename, include and recode, without the columns declared as
        personal data.
        """
        return self._answers.text.drop(columns=list(self.codebook.personal_data), errors="ignore")

    def personal_values(self, column: str | None = None) -> frozenset[str]:
        """Every distinct answer in the columns declared personal (or in one of them): what no
        output may hold.
        """
        columns = [c for c in self.codebook.personal_data if column in (None, c)]
        return personal_values(self._answers.of_all_parties().text, columns)

    @property
    def weights(self) -> pd.Series | None:
        """Sampling weights, or None. Equal weights say nothing and count as none."""
        weights = self._answers.weights
        return None if weights is None or weights.nunique() <= 1 else weights.copy()

    @property
    def strata(self) -> pd.Series | None:
        """The sampling stratum of each respondent as text, None where none is declared."""
        return self.column(self.codebook.strata)

    @property
    def waves(self) -> pd.Series | None:
        """The wave of each respondent as text, None where no wave is declared."""
        return self.column(self.codebook.wave)

    @property
    def wave_order(self) -> list[str]:
        """Waves as they followed each other: as declared (`waves:`, or the list of files), else by
        their numbers, else as they come.
        """
        if self.waves is None:
            return []
        there = list(self.waves.dropna().unique())
        files = [spec.wave for spec in self.codebook.responses if spec.wave]
        declared = self.codebook.waves or files
        if set(there) <= set(declared):
            return [wave for wave in declared if wave in there]
        return natural_order(there) or there

    def levels(self, by: str | Sequence[str]) -> list[str]:
        """The values of a split in the order in which they are shown: waves as they followed each
        other, declared levels as declared, others in natural order (2, 9, 10; 18–24, 65+).
        """
        by = crossed(by)
        if is_crossed(by):
            return crossed_levels(self, by)
        if self.is_wave(by):
            return self.wave_order
        there = sorted(self.group(by).dropna().unique(), key=natural_key)
        usual = PROBLEMS if by == PROBLEM else ()
        declared = getattr(self.codebook.segments.get(by), "levels", usual)
        return list(dict.fromkeys(level for level in (*declared, *there) if level in there))

    @property
    def accounts(self) -> pd.Series | None:
        """The account (B2B) of each respondent as text, None where none is declared."""
        return self.column(self.codebook.account)

    @property
    def respondents(self) -> pd.Series | None:
        """Ids of the respondents; one of a declared `panel:` stands in several rows."""
        return self.column(self.codebook.respondent)

    @property
    def segments(self) -> pd.DataFrame:
        """The declared segments as text, one column each."""
        columns = {name: self.column(name) for name in self.codebook.segments}
        return pd.DataFrame(columns, index=self.index)

    @property
    def clusters(self) -> pd.Series | None:
        """What makes rows dependent: the account in B2B, the respondent in a declared `panel:`,
        else None, as where nobody shares one.

        Ids that recur between waves prove nothing (many exports number each wave anew), so a panel
        must be declared.
        """
        shared = self.accounts
        if self.codebook.account is None and self.codebook.panel:
            shared = self.respondents
        return shared if shared is not None and shared.dropna().duplicated().any() else None

    def is_wave(self, by: str | None) -> bool:
        """Whether a split is that of the waves; a segment may be called "wave" where none is
        declared.
        """
        return self.codebook.wave is not None and by in ("wave", self.codebook.wave)

    def group(self, by: str | Sequence[str]) -> pd.Series:
        """The variable that splits respondents: "wave", "account", a segment, or the column of one
        of them; "problem" where problems are declared (none, resolved, unresolved); of several,
        such as ["wave", "plan"], their combinations ("2025 × basic"). Raises ModelError for another
        name.
        """
        by = crossed(by)
        if is_crossed(by):
            return crossed_groups(self, by)
        return grouped(self, _name(by, "group('wave')"))

    def where(self, mask: pd.Series | np.ndarray | Callable[[Study], Any] | str) -> Study:
        """The same study for some respondents.

        Parameters
        ----------
        mask : Series, array, callable or str
            True for whom to keep: a Series by its index, an array by position, a function of the
            study that gives one of them, or a query on outcomes, experiences, constructs and
            splits by name. A missing value, or a respondent that a Series leaves out, is false.

        Returns
        -------
        Study

        Raises
        ------
        ModelError
            Anything but true and false (1 and "True" are neither), another length, labels that are
            not the study's, or a query that cannot be read.

        Examples
        --------
        >>> import cxlab as cx
        >>> study = cx.simulate_study(n=60, seed=1)
        >>> study.where("recommend >= 9").n == study.where(study.outcome("recommend") >= 9).n
        True
        """
        kept = self._answers.where(rows_of(self, mask), self.codebook.respondent)
        return replace(self, _answers=kept, _log=part_of(self._log))

    def choices(self, question: str) -> pd.DataFrame:
        """Who named which choice of a multiple-response question (respondents × 1 or 0); NaN of who
        named none, or was not asked. ModelError for another question.
        """
        answered = self.rating(question, CHOICE).notna()
        return choices_of(self._answers.text, self.declared(question)).where(answered)

    def unanswered(self, lost: Mapping[str, np.ndarray]) -> Study:
        """The same study as if respondents (by touchpoint, true for each) had not rated what they
        met there; their states stay.
        """
        values = self._answers.values | {
            self._key(name, "experience"): self.rating(name).mask(rows).to_numpy()
            for name, rows in lost.items()
        }
        return replace(self, _answers=replace(self._answers, values=FrozenDict(values)))

    def by_stage(self) -> Study:
        """The same respondents with each stage of the journey as one touchpoint.

        Its rating is the mean of the stage's touchpoints that the respondent answered; it counts as
        not used only where none was met. Raises ModelError where a touchpoint has no stage or a
        stage mixes scales.
        """
        codebook, answers = by_stage(self.codebook, self._answers)
        return replace(self, codebook=codebook, truth=None, _answers=answers, _log=None)

    def column(self, name: str | None) -> pd.Series | None:
        """A column of the answers as text without blanks around it, None where it is empty."""
        return None if name is None else self._answers.trimmed[name].copy(deep=False)

    # Who reached each step, who had a problem and whose was resolved, who used which source of
    # advice, the log of contacts, who said what; each tells of itself.
    funnel, problems, advice = property(reached), property(had_and_resolved), property(advised_by)
    events, said = property(log_of), property(marks_of)

    @cached_property
    def of_all_parties(self) -> Study:
        """The same study with the rows of other parties (`parties:`), which it is not about."""
        return replace(self, _answers=self._answers.of_all_parties())

    rated_too = rated_too

    # ---- what was asked

    @cached_property
    def touchpoints(self) -> pd.DataFrame:
        """One row a touchpoint in journey order: `touchpoint stage contact channels` and, for each
        role, whether it was asked.
        """
        points = self.codebook.journey
        rows = ((p.touchpoint, p.stage, p.contact, "|".join(p.channels)) for p in points)
        table = pd.DataFrame(rows, columns=["touchpoint", "stage", "contact", "channels"])
        return table.assign(**{role: [role in p.questions for p in points] for role in ROLES})

    @property
    def outcomes(self) -> pd.DataFrame:
        """One row an outcome as declared: `outcome kind`; durations are no answers (`duration`)."""
        outcomes = (one for one in self.codebook.outcomes if one.kind != "duration")
        rows = [(outcome.outcome, outcome.kind) for outcome in outcomes]
        return pd.DataFrame(rows, columns=["outcome", "kind"])

    def declared(self, name: str) -> Any:
        """The codebook's entry of a touchpoint, an outcome or a multiple-response question. Raises
        ModelError for another name.
        """
        book = self.codebook
        known = (*book.journey, *book.outcomes, *book.multiple_response)
        _name(name, f"rating({known[0].id!r})")
        for item in known:
            if item.id == name:
                return item
        raise ModelError(
            "{name!r} is neither a touchpoint nor an outcome of this study; it has: {known}",
            name=name,
            known=", ".join(item.id for item in known),
        )

    def scale_of(self, name: str) -> Scale:
        """The scale of a touchpoint or an outcome."""
        return self.codebook.scale_of(self.declared(name))

    def outcome_kind(self, name: str) -> str:
        """The kind of an outcome (nps, csat, ces, score, binary, amount, duration); "" of a
        touchpoint.
        """
        return getattr(self.declared(name), "kind", "")

    def rating(self, touchpoint: str, role: str = "experience") -> pd.Series:
        """Ratings of one touchpoint, scale points, NaN unless answered. Raises NotAskedError where
        the role was not asked. `role` may be another word of the field for it (perception, desired
        level …).
        """
        return self._numbers(self._key(touchpoint, role), touchpoint)

    def state(self, touchpoint: str, role: str = "experience") -> pd.Series:
        """The state of each cell: answered, not_used, no_answer or not_asked."""
        codes = self._answers.states[self._key(touchpoint, role)]
        states = pd.Categorical.from_codes(codes, dtype=STATE_NAMES)
        return pd.Series(states, index=self.index, name=touchpoint)

    def source(self, name: str) -> pd.DataFrame:
        """Anything that may explain an answer, as numeric columns: a touchpoint's experience, a
        construct, an outcome, or a segment or "problem" (one 0/1 column `name[level]` for each
        level but the first). Raises ModelError for another name.
        """
        values, segments = self._answers.values, [*self.codebook.segments]
        segments += [PROBLEM] if self.codebook.problems else []
        _name(name, "source('delivery')")
        for role in CAUSES:
            if (name, role) in values:
                return self._numbers((name, role), name).to_frame()
        if name not in segments:
            raise ModelError(
                "{name!r} explains nothing here: it is no touchpoint, construct, outcome or"
                " segment; there are: {known}",
                name=name,
                known=", ".join(
                    dict.fromkeys([*(key for key, of in values if of in CAUSES), *segments])
                ),
            )
        column = self.group(name)
        columns = {
            f"{name}[{level}]": (column == level).astype(float).where(column.notna())
            for level in self.levels(name)[1:]
        }
        return pd.DataFrame(columns, index=self.index)

    def channels(self, touchpoint: str) -> pd.DataFrame | None:
        """In which `channel` each respondent met a touchpoint, and whether `channels_used` are one
        or several; None where it declares no column for that.
        """
        column = getattr(self.declared(touchpoint), "channel", None)
        return None if column is None else channels_met(self, column)

    def outcome(self, name: str) -> pd.Series:
        """An outcome in its own units, NaN unless answered. Raises NotAskedError of a duration,
        whose end is not known of who is still there.
        """
        refuse_duration(self, name)
        return self._numbers(self._key(name, "outcome"), name)

    duration = lasted

    def _numbers(self, key: tuple[str, str], name: str) -> pd.Series:
        return pd.Series(self._answers.values[key], self._answers.text.index, name=name)

    def _key(self, name: str, role: str) -> tuple[str, str]:
        role = role_of(_name(role, "rating('delivery', role='expectation')"))
        is_outcome = hasattr(self.declared(name), "kind")
        if is_outcome != (role == "outcome"):
            raise ModelError(
                "{name!r} is a {kind} of this study, not what is asked for here",
                name=name,
                kind=type(self.declared(name)).__name__.lower(),
            )
        if (name, role) not in self._answers.values:
            raise NotAskedError(
                "touchpoint {touchpoint}: this study declares no {role} column for it",
                touchpoint=name,
                role=role,
            )
        return name, role

    # ---- how it is called

    def title(self, language: str = "en") -> str:
        """The study's title, in another language where it has none in this one."""
        return in_language(self.codebook.title, _name(language, "title('pt-BR')"), "")

    def labels(self, language: str = "en") -> dict[str, str]:
        """Labels of touchpoints, outcomes and constructs (the id where none is declared), of
        segments and, as segment[level], their levels where declared; of stages, as stage:id; the
        units of outcomes, as unit:id.
        """
        return labels_in(self.codebook, _name(language, "labels('pt-BR')"))

    # ---- what is missing and where it came from

    @property
    def flow(self) -> Result:
        """Respondents left after each step of reading: `step n dropped`."""
        return self._result("flow", self._answers.flow, ["step", "n", "dropped"])

    def missing(self) -> Result:
        """Counts of each state by touchpoint and role: `touchpoint role answered not_used no_answer
        not_asked`.
        """
        rows = [
            [*key, *np.bincount(cells, minlength=len(STATES))]
            for key, cells in self._answers.states.items()
        ]
        return self._result("missing", rows, ["touchpoint", "role", *STATES])

    def _result(self, kind: str, rows: Sequence, columns: list[str]) -> Result:
        labels = {language: self.labels(language) for language in LANGUAGES}
        return Result.of(pd.DataFrame(rows, columns=columns), kind, labels=labels)

    def provenance(self) -> pd.DataFrame:
        """`file sha256 rows` of every file read; study.yml has no rows."""
        sources = pd.DataFrame(self._sources, columns=["file", "sha256", "rows"])
        return sources.astype({"rows": "Int64"})

    __repr__, _repr_html_ = as_text, as_markup


def warnings_of(faults: list[Fault]) -> tuple[Fault, ...]:
    """The faults of a sound study, which are warnings. Raises StudyError with the errors of one
    that is not.
    """
    errors = [fault for fault in faults if fault.severity == "error"]
    if errors:
        raise StudyError(errors)
    return tuple(faults)


def _name(name: str, call: str) -> str:
    if not isinstance(name, str):
        raise wrong_kind(call.split("(")[0], "one name as text", name, f"study.{call}")
    return name
