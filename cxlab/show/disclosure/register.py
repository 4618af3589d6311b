"""What a page has decided of each quantity (an outcome, a touchpoint's ratings), by which splits of
the respondents.

Tables of the same respondents by several splits are decided together, from who belongs to which
level alone, so the lines of a notebook can be moved.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.show.disclosure import classes
from cxlab.show.disclosure.linked import hidden_rows

# What a touchpoint may ask; each further question narrows who answered all.
NESTED = ("experience", "expectation", "adequate")
_USED = {1.0: "used", 0.0: "not used"}
# Where single answers are protected, as many respondents join at once.
BATCH = 20


class Register:
    """The decisions of one page."""

    def __init__(self, study: Any) -> None:
        report = study.codebook.report
        self.study, self.min_cell = study, report.min_cell
        self.answers = report.protect == "answers"
        self.states, self.between_bases = cache(self._states), cache(self._between_bases)
        self.on_one_base = cache(self._on_one_base)
        # A study finds these anew each time that it is asked.
        self.rated_too, self.advice = cache(study.rated_too), cache(lambda: study.advice)
        self.said = cache(lambda: study.said)
        self.tables = {}  # of metrics, by outcome and split
        self.everybody = np.ones((1, study.n))
        self.cells, sets = [("all", "all")], [np.ones(study.n, bool)]
        groups = {split: study.group(split) for split in study.codebook.splits}
        more, found = levels_of(groups, self.min_cell)
        self.cells, sets = self.cells + more, sets + found
        self.splits, self.sets = np.array([split for split, _ in self.cells]), np.array(sets)

    def _states(self, subject: str, base: tuple[str, ...]) -> dict:
        """The state and n of each row (split, level) of a quantity that is not of few anyway: the
        answers on `subject` of those who answered all of `base`.
        """
        cells, splits, all_sets = self._rows(subject, base)
        there = answered(self.study, subject, base)
        if "experience" in base:
            there = there & ~self.between_bases(self.study, subject)
        sets = all_sets & there
        hidden = hidden_rows(sets, splits, self.everybody, self.min_cell)
        state = np.where(hidden, classes.HIDDEN, classes.OPEN)
        if self.answers and "outcome" in base and not hidden[0]:
            counts, shown = classes.class_counts(self.study, subject), ~hidden
            state[shown] = classes.closing(sets[shown], splits[shown], counts, self.min_cell)
        return dict(zip(cells, zip(state, sets.sum(axis=1), strict=True), strict=True))

    def _rows(self, subject: str, base: tuple[str, ...]) -> tuple[list, np.ndarray, np.ndarray]:
        """Cells, splits and sets of all rows, with those that a touchpoint has of its own."""
        groups = {}
        if "experience" in base:
            met = self.study.channels(subject)
            groups |= {} if met is None else dict(met)
            if self.study.codebook.parties:  # of whom some rated competitors too, each a split
                for name, rating in self.rated_too(subject).items():
                    groups[f"party {name}"] = rating.notna().map({True: name})
            events = self.study.events
            if events and events.log.n_matched and subject in (ends := events.endings()):
                groups["path"] = ends[subject]
        if self.study.codebook.advice and {"outcome", "step"} & {*base}:
            for name, used in self.advice().items():
                groups[f"advice {name}"] = used.map(_USED)
        if "outcome" in base:
            for group, marks in self.said().items():
                groups |= {f"{group} {name}": marks[name].map(_USED) for name in marks}
        more, found = levels_of(groups, self.min_cell)
        cells, sets = self.cells + more, [*self.sets, *found]
        return cells, np.array([split for split, _ in cells]), np.array(sets)

    def may_cross(self, subject: str, base: tuple[str, ...], sets: np.ndarray) -> bool:
        """Whether all of more rows (sets of respondents) of a quantity may be shown beside the rows
        that are shown of it.
        """
        there = answered(self.study, subject, base)
        k, known = len(self.sets), np.vstack([self.sets, sets]) & there
        splits = np.array([*self.splits, *[""] * len(sets)])
        crossed, alone = (
            hidden_rows(known[:rows], splits[:rows], self.everybody, self.min_cell)
            for rows in (k + len(sets), k)
        )
        return not crossed[k:].any() and bool((crossed[:k] == alone).all())

    def table(self, outcome: str, by: str) -> pd.DataFrame:
        """The rows of a table of metrics that the page shows with their intervals. Raises
        ModelError where it shows none.
        """
        if (outcome, by) not in self.tables:
            raise ModelError(
                "outcome {outcome}: what compares its groups by {by} can be shown only after the"
                " groups themselves; ask for metrics by={by!r} first",
                outcome=outcome,
                by=by,
            )
        return self.tables[outcome, by].dropna(subset=["conf_low"])

    def _on_one_base(self, study: Any) -> Any:
        """The study without the ratings of few that would be told by means of two bases."""
        asked = study.touchpoints.query("experience")["touchpoint"]
        return study.unanswered({one: self.between_bases(study, one) for one in asked})

    def _between_bases(self, study: Any, subject: str) -> np.ndarray:
        """Who rated the experience and did not answer another question on it, where they are few:
        of two means, of those who rated it and of those who answered both, theirs is the rest.
        """
        asked = study.touchpoints.set_index("touchpoint").loc[subject]
        there = answered(study, subject, NESTED[:1])
        told = there & False
        shown = (self.sets & there).sum(axis=1) >= self.min_cell
        splits = self.splits[shown]
        for role in NESTED[1:]:
            if asked[role]:
                both = there & answered(study, subject, [role])
                gone = np.flatnonzero(there & ~both)
                rest, everybody = self.sets[np.ix_(shown, gone)], self.everybody[:, gone]
                while True:
                    n = rest.sum(axis=1)
                    few = (n > 0) & (n < self.min_cell)
                    if not few.any():  # which is sooner seen than what sums of rows tell
                        hidden = hidden_rows(rest, splits, everybody, self.min_cell)
                        few = hidden & (n == n[hidden].min(initial=len(gone) + 1))
                    if not few.any():
                        break
                    lost = rest[few].any(axis=0)
                    told[gone[lost]] = True
                    rest = rest & ~lost
                there = both
        return told


def levels_of(groups: Mapping[str, pd.Series], min_cell: int) -> tuple[list, list[np.ndarray]]:
    """The levels of splits that are not of few anyway (split, level), and who is in each."""
    cells, sets = [], []
    for split, group in groups.items():
        for level, n in group.value_counts().items():
            if n >= min_cell:
                cells.append((split, level))
                sets.append((group == level).to_numpy(bool, na_value=False))
    return cells, sets


def answered(study: Any, subject: str, base: Sequence[str]) -> np.ndarray:
    """Who answered an outcome, or all of these questions on a touchpoint; who is at a step of the
    funnel, before its first of which ("") all are.
    """
    if "choice" in base:  # of a question; who answered that
        question, choice = subject
        return study.choices(question)[choice].notna().to_numpy()
    if "step" in base:
        return study.funnel[subject].to_numpy() > 0 if subject else np.ones(study.n, bool)
    if "events" in base:  # whose path is in the log
        return study.events.endings().notna().any(axis=1).to_numpy()
    if "problem" in base:  # of whom it is known; those who had one, and say whether it was resolved
        found = study.problems
        return found["resolved" if subject else "had"].notna().to_numpy()
    return np.logical_and.reduce(
        [
            (study.outcome(subject) if role == "outcome" else study.rating(subject, role)).notna()
            for role in base
        ]
    )


def in_batches(study: Any) -> Any:
    """The study; where single answers are protected, its first respondents in full batches, so that
    two reports, before and after one respondent joined, mostly are the same.
    """
    if study.codebook.report.protect == "groups":
        return study
    return study.where(np.arange(study.n) < (study.n // BATCH * BATCH or BATCH))
