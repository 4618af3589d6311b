"""The Study: what was asked and answered, checked once, frozen, and the same for every estimator.

Reading goes in a fixed order (rename, include, recode, states, derived) so that the count of
respondents after each step can be shown, and every fault of every file is collected before anything
is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import Fault, ModelError, StudyError
from cxlab.study.codebook.brand import brand_faults
from cxlab.study.codebook.declaration import parse_codebook, prune, read_codebook
from cxlab.study.codebook.schema import ALL_TOUCHPOINTS, ROLES, Codebook, Responses, Scale
from cxlab.study.read.files import Table, read_table, text_frame
from cxlab.study.read.respondents import natural_order, read_everything, read_parts, read_text

STATE_NAMES = pd.CategoricalDtype(["answered", "not_used", "no_answer", "not_asked"])


@dataclass(frozen=True, repr=False, eq=False)
class Study:
    """A survey with its codebook: n respondents × (touchpoint, role) ratings, outcomes, weights,
    waves, segments.

    Made by `read_study`, `Study.from_frame` or `simulate_study`. Every member returns a copy;
    nothing here can be changed. Ratings are in scale points, oriented so that high is good (a
    declared `reverse:` is undone), NaN unless answered.
    """

    codebook: Codebook
    notices: tuple[Fault, ...] = ()
    truth: pd.DataFrame | None = None
    _text: pd.DataFrame = field(default_factory=pd.DataFrame)
    _values: pd.DataFrame = field(default_factory=pd.DataFrame)
    _states: pd.DataFrame = field(default_factory=pd.DataFrame)
    _weights: pd.Series | None = None
    _flow: tuple[tuple[str, int, int], ...] = ()
    _sources: tuple[tuple[str, str, int | None], ...] = ()

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        touchpoints: Any,
        outcomes: Any = (),
        *,
        client: str = "study",
        **keys: Any,
    ) -> Study:
        """A study from a DataFrame, no file needed.

        `touchpoints` and `outcomes` are mappings `{id: {...}}` (or `{id: column}` for a
        touchpoint's experience); the other keyword arguments are study.yml's keys (`scales`,
        `respondent`, `weight`, `wave`, `segments`, …) with the same meaning. The frame is not
        touched; its index becomes the study's. Raises StudyError with every fault.
        """
        declared = {
            "schema": 1,
            "client": client,
            "touchpoints": touchpoints,
            "outcomes": outcomes,
            **keys,
        }
        codebook = parse_codebook(declared, file="the call")
        if not isinstance(frame, pd.DataFrame) or not frame.columns.is_unique:
            raise StudyError(
                [
                    Fault(
                        "from_frame takes a DataFrame whose columns have names of their own",
                        fix="rename the columns that stand twice",
                    )
                ]
            )
        if not frame.index.is_unique:
            raise StudyError(
                [
                    Fault(
                        "the frame's index has repeated labels",
                        fix="pass frame.reset_index(drop=True)",
                    )
                ]
            )
        try:
            text = text_frame(frame)
        except TypeError:
            raise StudyError(
                [
                    Fault(
                        "a column holds lists or records instead of answers",
                        file="the frame",
                        fix="one answer a cell",
                    )
                ]
            ) from None
        study, faults = _build(codebook, [(Table("the frame", text, "", "."), None)])
        return _sound(study, faults)

    # ---- who answered

    @property
    def n(self) -> int:
        return len(self._text)

    @property
    def index(self) -> pd.Index:
        return self._text.index.copy()

    @property
    def client(self) -> str:
        return self.codebook.client

    @property
    def simulated(self) -> bool:
        return self.codebook.simulated

    @property
    def fieldwork(self):
        return self.codebook.fieldwork

    @property
    def responses(self) -> pd.DataFrame:
        """The answers as text, after rename, include and recode, without the columns declared as
        personal data.
        """
        return self._text.drop(columns=[c for c in self.codebook.personal_data if c in self._text])

    def personal_values(self, column: str | None = None) -> frozenset[str]:
        """Every distinct answer in the columns declared personal (or in one of them): what no
        output may hold.
        """
        columns = [
            c for c in self.codebook.personal_data if c in self._text and column in (None, c)
        ]
        return frozenset(
            str(v).strip()
            for c in columns
            for v in self._text[c].dropna().unique()
            if str(v).strip()
        )

    @property
    def weights(self) -> pd.Series | None:
        """Sampling weights, or None. Equal weights say nothing and count as none."""
        if self._weights is None or self._weights.nunique() <= 1:
            return None
        return self._weights.copy()

    @property
    def waves(self) -> pd.Series | None:
        return self._column(self.codebook.wave)

    @property
    def wave_order(self) -> list[str]:
        """Waves as they followed each other: as declared (`waves:`, or the list of files), else by
        their numbers, else as they come.
        """
        if self.waves is None:
            return []
        there = list(dict.fromkeys(self.waves.dropna()))
        declared = list(self.codebook.waves) or [
            spec.wave for spec in self.codebook.responses if spec.wave
        ]
        if set(there) <= set(declared):
            return [wave for wave in declared if wave in there]
        return natural_order(there) or there

    def levels(self, by: str) -> list[str]:
        """The values of a split in the order in which they are shown: waves as they followed each
        other, declared levels as declared, others sorted.
        """
        if by in ("wave", self.codebook.wave):
            return self.wave_order
        there = sorted(self.group(by).dropna().unique())
        declared = [
            level
            for level in getattr(self.codebook.segments.get(by), "levels", ())
            if level in there
        ]
        return declared + [level for level in there if level not in declared]

    @property
    def accounts(self) -> pd.Series | None:
        return self._column(self.codebook.account)

    @property
    def respondents(self) -> pd.Series | None:
        """Ids of the respondents; one of a declared `panel:` stands in several rows."""
        return self._column(self.codebook.respondent)

    @property
    def segments(self) -> pd.DataFrame:
        return pd.DataFrame(
            {name: self._column(name) for name in self.codebook.segments}, index=self.index
        )

    @property
    def clusters(self) -> pd.Series | None:
        """What makes rows dependent: the account in B2B, the respondent in a declared `panel:`,
        else None.

        Ids that recur between waves prove nothing (many exports number each wave anew), so a panel
        must be declared.
        """
        if self.codebook.account is not None:
            return self.accounts
        return self.respondents if self.codebook.panel else None

    def group(self, by: str) -> pd.Series:
        """The variable that splits respondents: "wave", "account", a segment, or the column of one
        of them.
        """
        named = {"wave": self.codebook.wave, "account": self.codebook.account}
        column = named.get(by) or by
        if column not in {self.codebook.wave, self.codebook.account, *self.codebook.segments}:
            known = (
                ", ".join([k for k, v in named.items() if v] + list(self.codebook.segments))
                or "none"
            )
            raise ModelError(
                "by={by!r}: this study declares no such split; it has: {known}", by=by, known=known
            )
        return self._column(column)

    def where(self, mask: pd.Series | np.ndarray) -> Study:
        """The same study for the respondents where `mask` is true: a Series by its index, an array
        by position; missing is false.
        """
        if isinstance(mask, pd.Series):
            mask = mask.reindex(self.index)
        mask = np.array([flag is not None and flag == flag and bool(flag) for flag in mask])
        if len(mask) != self.n:
            raise ModelError(
                "the mask has {length} values for {n} respondents", length=len(mask), n=self.n
            )
        weights = None if self._weights is None else self._weights[mask]
        return replace(
            self,
            _text=self._text[mask],
            _values=self._values[mask],
            _states=self._states[mask],
            _weights=weights,
        )

    def by_stage(self) -> Study:
        """The same respondents with each stage of the journey as one touchpoint.

        Its rating is the mean of the stage's touchpoints that the respondent answered; it counts as
        not used only where none was met. Raises ModelError where a touchpoint has no stage or a
        stage mixes scales.
        """
        from cxlab.study.stages import by_stage

        return by_stage(self)

    def _column(self, name: str | None) -> pd.Series | None:
        if name is None:
            return None
        column = self._text[name].fillna("").astype(str).str.strip()
        return column.where(column != "", None)

    # ---- what was asked

    @property
    def touchpoints(self) -> pd.DataFrame:
        """One row a touchpoint in journey order: stage, contact, channels and which roles were
        asked.
        """
        rows = [
            {
                "touchpoint": p.touchpoint,
                "stage": p.stage,
                "contact": p.contact,
                "channels": "|".join(p.channels),
                **{role: bool(getattr(p, role)) for role in ROLES},
            }
            for p in self.codebook.journey
        ]
        return pd.DataFrame(rows)

    @property
    def outcomes(self) -> pd.DataFrame:
        return pd.DataFrame(
            [{"outcome": o.outcome, "kind": o.kind} for o in self.codebook.outcomes],
            columns=["outcome", "kind"],
        )

    def _item(self, name: str):
        for item in (*self.codebook.touchpoints, *self.codebook.outcomes):
            if name in (getattr(item, "touchpoint", None), getattr(item, "outcome", None)):
                return item
        known = ", ".join([*self.touchpoints["touchpoint"], *self.outcomes["outcome"]])
        raise ModelError(
            "{name!r} is neither a touchpoint nor an outcome of this study; it has: {known}",
            name=name,
            known=known,
        )

    def scale_of(self, name: str) -> Scale:
        """The scale of a touchpoint or an outcome."""
        return self.codebook.scale_of(self._item(name))

    def outcome_kind(self, name: str) -> str:
        return getattr(self._item(name), "kind", "")

    def declared(self, name: str):
        """The codebook's entry of a touchpoint or an outcome."""
        return self._item(name)

    def rating(self, touchpoint: str, role: str = "experience") -> pd.Series:
        """Ratings of one touchpoint, scale points, NaN unless answered. Raises ModelError where the
        role was not asked.
        """
        return self._values[self._key(touchpoint, role)].rename(touchpoint)

    def state(self, touchpoint: str, role: str = "experience") -> pd.Series:
        """The state of each cell: answered, not_used, no_answer or not_asked."""
        codes = self._states[self._key(touchpoint, role)]
        return pd.Series(
            pd.Categorical.from_codes(codes, dtype=STATE_NAMES), index=self.index, name=touchpoint
        )

    def source(self, name: str) -> pd.DataFrame:
        """Anything that may explain an answer, as numeric columns: a touchpoint's experience, a
        construct, an outcome, or a segment (one 0/1 column `name[level]` for each level but the
        first). Raises ModelError for another name.
        """
        for role in ("experience", "construct", "outcome"):
            if (name, role) in self._values:
                return self._values[[(name, role)]].set_axis([name], axis=1)
        if name not in self.codebook.segments:
            known = ", ".join(
                dict.fromkeys([*(key for key, _ in self._values), *self.codebook.segments])
            )
            raise ModelError(
                "{name!r} explains nothing here: it is no touchpoint, construct, outcome or"
                " segment; there are: {known}",
                name=name,
                known=known,
            )
        column = self._column(name)
        levels = sorted(column.dropna().unique())
        return pd.DataFrame(
            {
                f"{name}[{level}]": (column == level).astype(float).where(column.notna())
                for level in levels[1:]
            },
            index=self.index,
        )

    def outcome(self, name: str) -> pd.Series:
        """An outcome in its own units, NaN unless answered."""
        return self._values[self._key(name, "outcome")].rename(name)

    def _key(self, name: str, role: str) -> tuple[str, str]:
        item = self._item(name)
        if hasattr(item, "touchpoint") != (role != "outcome"):
            kind = "touchpoint" if role == "outcome" else "outcome"
            raise ModelError(
                "{name!r} is a {kind} of this study, not what is asked for here",
                name=name,
                kind=kind,
            )
        if (name, role) not in self._values:
            raise ModelError(
                "touchpoint {touchpoint}: this study declares no {role} column for it",
                touchpoint=name,
                role=role,
            )
        return name, role

    # ---- how it is called

    def title(self, language: str = "en") -> str:
        return _in(self.codebook.title, language, "")

    def labels(self, language: str = "en") -> dict[str, str]:
        """Labels of touchpoints, outcomes and constructs (the id where none is declared), of
        segments and, as segment[level], their levels where declared.
        """
        named = {
            p.touchpoint: _in(p.label, language, p.touchpoint) for p in self.codebook.touchpoints
        }
        named |= {o.outcome: _in(o.label, language, o.outcome) for o in self.codebook.outcomes}
        named |= {
            c.construct_id: _in(c.label, language, c.construct_id) for c in self.codebook.constructs
        }
        for name, segment in self.codebook.segments.items():
            declared = {
                name: segment.label,
                **{f"{name}[{level}]": label for level, label in segment.levels.items()},
            }
            named = {
                one: _in(label, language, one) for one, label in declared.items() if label
            } | named
        return named | {
            ALL_TOUCHPOINTS: (
                "Todos os pontos de contato" if language == "pt-BR" else "All touchpoints"
            )
        }

    def stage_labels(self, language: str = "en") -> dict[str, str]:
        return {s.stage: _in(s.label, language, s.stage) for s in self.codebook.stages}

    # ---- what is missing and where it came from

    @property
    def flow(self) -> pd.DataFrame:
        """Respondents left after each step of reading: `step n dropped`."""
        return pd.DataFrame(self._flow, columns=["step", "n", "dropped"])

    def missing(self) -> pd.DataFrame:
        """Counts of each state by touchpoint and role: `touchpoint role answered not_used no_answer
        not_asked`.
        """
        rows = []
        for name, role in self._states.columns:
            counts = np.bincount(self._states[(name, role)], minlength=4)
            rows.append([name, role, *counts])
        return pd.DataFrame(rows, columns=["touchpoint", "role", *STATE_NAMES.categories])

    def provenance(self) -> pd.DataFrame:
        """`file sha256 rows` of every file read; study.yml has no rows."""
        return pd.DataFrame(self._sources, columns=["file", "sha256", "rows"]).astype(
            {"rows": "Int64"}
        )

    def __repr__(self) -> str:
        counts = self.missing()
        asked = counts[["answered", "not_used", "no_answer"]].sum(axis=1).clip(lower=1)
        start, end = self.fieldwork.start, self.fieldwork.end
        dates = f", fieldwork {start} to {end}" if start and end else ""
        split = [
            f"{self.waves.nunique()} waves" if self.codebook.wave else "",
            f"{self.accounts.nunique()} accounts" if self.codebook.account else "",
            "weighted" if self.weights is not None else "unweighted",
            "simulated" if self.simulated else "",
        ]
        people = (
            "respondents"
            if not self.codebook.panel
            else f"answers of {self.clusters.nunique()} panel members"
        )
        worst = (counts["not_used"] / asked).max()
        lines = [
            (
                f"Study {self.client!r}: {self.n} {people}{dates};"
                f" {', '.join(part for part in split if part)}"
            ),
            f"  touchpoints ({len(self.touchpoints)}): {', '.join(self.touchpoints['touchpoint'])}",
            (
                f"  outcomes ({len(self.outcomes)}):"
                f" {', '.join(f'{o} ({k})' for o, k in self.outcomes.itertuples(index=False))}"
            ),
            f"  segments: {', '.join(self.codebook.segments) or 'none'}",
            (
                f"  missing: never used {counts['not_used'].sum() / asked.sum():.1%} of ratings"
                f" asked (at most {worst:.0%} of one), no answer"
                f" {counts['no_answer'].sum() / asked.sum():.1%}, not asked"
                f" {counts['not_asked'].sum()} cells"
            ),
        ]
        dropped = [f"{row.step}: −{row.dropped}" for row in self.flow.itertuples() if row.dropped]
        return "\n".join(lines + ([f"  left out: {'; '.join(dropped)}"] if dropped else []))


def _in(label: Mapping[str, str], language: str, default: str) -> str:
    return label.get(language) or next(iter(label.values()), default)


def _files(
    path: Path | str,
) -> tuple[Codebook | None, list[tuple[Table, Any]], list[tuple], list[Fault]]:
    """The codebook at `path`, its files as text with what declares each, where all that came from,
    and every fault found on the way.
    """
    declared, file = read_codebook(Path(path))
    faults: list[Fault] = []
    tables = []
    sources = [(file.name, _sha256(file), None)]
    if isinstance(declared.get("touchpoints"), str):
        try:
            rows, table = _touchpoint_rows(declared["touchpoints"], file.parent)
            declared["touchpoints"] = rows
            sources.append((table.file, table.sha256, len(table.frame)))
        except StudyError as error:
            # The other keys can still be checked, so that one call lists every fault.
            faults += error.faults
            declared["touchpoints"] = []
    declared, found = prune(declared, file.name)
    faults += found
    if not declared:
        return None, [], sources, faults
    codebook = parse_codebook(declared, file.name)
    if not codebook.responses:
        faults.append(
            Fault(
                "no responses are declared",
                file.name,
                "responses",
                fix="add `responses: {file: responses.csv}`",
            )
        )
    for spec in codebook.responses:
        try:
            tables.append((read_table(spec, file.parent), spec))
        except StudyError as error:
            faults += error.faults
    sources += [(table.file, table.sha256, len(table.frame)) for table, _ in tables]
    return codebook, tables, sources, faults


def _load(path: Path | str) -> tuple[Study | None, list[Fault]]:
    """The study at `path` as far as it can be read, and every fault found on the way."""
    codebook, tables, sources, faults = _files(path)
    if codebook is None or not tables or len(tables) < len(codebook.responses):
        return None, faults
    study, found = _build(codebook, tables)
    return replace(study, _sources=tuple(sources)), faults + found


def read_words(path: Path | str) -> Study:
    """The study at `path` with its labels and its answers as text, uncoded and unchecked: for who
    has read it before and looks for words.

    Raises StudyError where a file cannot be read.
    """
    codebook, tables, _, faults = _files(path)
    if codebook is None or not tables:
        raise StudyError([fault for fault in faults if fault.severity == "error"])
    return Study(codebook, (), None, read_text(codebook, tables))


def read_answers(path: Path | str) -> tuple[Codebook, pd.DataFrame]:
    """The codebook at `path` and every answer as text, also of those whom `include` leaves out: for
    who looks for a respondent's words.

    Raises StudyError where a file cannot be read, or where it is not certain which of its words are
    personal.
    """
    codebook, tables, _, faults = _files(path)
    errors = [fault for fault in faults if fault.severity == "error"]
    if codebook is None or not tables or errors:
        raise StudyError(errors)
    answers, faults = read_everything(codebook, tables)
    if faults:
        raise StudyError(faults)
    return codebook, answers


def _sha256(file: Path) -> str:
    import hashlib

    return hashlib.sha256(file.read_bytes()).hexdigest()


def _touchpoint_rows(name: str, folder: Path) -> tuple[list[dict], Table]:
    """touchpoints.csv as the list that study.yml would hold inline; empty cells mean "not
    given".
    """
    table = read_table(Responses(file=name, reader="csv"), folder, key="touchpoints")
    rows = []
    for cells in table.frame.to_dict("records"):
        row = {key.strip(): value.strip() for key, value in cells.items() if value.strip()}
        label = {
            tag: row.pop(key)
            for key, tag in (("label_en", "en"), ("label_pt", "pt-BR"))
            if key in row
        }
        rows.append({**row, **({"label": label} if label else {})})
    return rows, table


def _build(codebook: Codebook, tables: list[tuple[Table, Any]]) -> tuple[Study, list[Fault]]:
    parts, faults = read_parts(codebook, tables)
    study = Study(
        codebook,
        tuple(f for f in faults if f.severity == "warning"),
        None,
        parts.text,
        parts.values,
        parts.states,
        parts.weights,
        parts.flow,
    )
    return study, faults


def _sound(study: Study | None, faults: list[Fault]) -> Study:
    errors = [fault for fault in faults if fault.severity == "error"]
    if errors or study is None:
        raise StudyError(errors)
    return study


def read_study(path: Path | str) -> Study:
    """The study declared in `path` (a folder with study.yml, or the file itself).

    Raises StudyError listing every fault with file, column, rows and value; warnings are kept in
    `study.notices`.
    """
    return _sound(*_load(path))


def check_study(path: Path | str) -> pd.DataFrame:
    """Every fault of the study at `path`: `severity file column rows n value problem fix`; no row =
    sound.

    `rows` are the first five line numbers of the file (header = 1), `n` how many there are. Never
    raises for a bad study.
    """
    try:
        _, faults = _load(path)
        faults = [*faults, *brand_faults(path)]
    except StudyError as error:
        faults = list(error.faults)
    rows = [
        [
            f.severity,
            f.file,
            f.column,
            ", ".join(map(str, f.rows[:5])),
            len(f.rows),
            f.value,
            f.problem,
            f.fix,
        ]
        for f in sorted(faults, key=lambda fault: fault.severity)
    ]
    return pd.DataFrame(
        rows, columns=["severity", "file", "column", "rows", "n", "value", "problem", "fix"]
    )
