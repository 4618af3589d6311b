"""A result that knows what it is: a DataFrame of an estimator, with its kind, level and labels.

What is said, drawn or disclosed of a table depends on what kind of result it is. pandas hands
attributes on through many operations, also through some that leave another thing behind (`* 2`,
`groupby().mean()`, `melt`, a dropped column). So the kind is held beside the rows that it was given
to, and a frame whose rows are not among them counts as an ordinary DataFrame.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from cxlab.glossary import GLOSSARY

# What identifies a row, what it says and what it rests on; the rest can be dropped.
NEEDED = ("key", "estimate", "count")
# What can be dropped, but not changed: a sentence prints it.
PRINTED = ("interval", "test")
# Where a table keeps what its result says of how it was made, beside the call's arguments.
SETTINGS = "settings"
# The order in which a reader looks for things.
READING_ORDER = ("key", "estimate", "interval", "count", "test", "about")


@dataclass(frozen=True)
class Identity:
    """What a result carries beside its rows; no answer of a respondent, no study, no fit.

    `labels` are the study's words for ids by language, `settings` the plain arguments of the call,
    `given` the columns that are needed and printed as the estimator gave them.
    """

    kind: str
    conf_level: float | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    given: pd.DataFrame = field(default_factory=pd.DataFrame)


def by_bags(frame: pd.DataFrame, bags: int) -> pd.DataFrame:
    """A table whose bootstrap drew so many bags of rows, which its result will say; 0 where it drew
    single rows.
    """
    if bags:
        frame.attrs[SETTINGS] = {"bags": bags}
    return frame


class Result(pd.DataFrame):
    """A DataFrame that knows what kind of result it is.

    Filtering, sorting, further columns, `head`, `copy` or a renamed note leave a result of the same
    kind; anything that changes, joins or removes what identifies a row, its estimates or its counts
    leaves a plain table (`result_kind` is then None, and `kind=` has to be said where it matters).

    Attributes
    ----------
    result_kind : str or None
    conf_level : float or None
        Confidence level of the intervals.
    settings : Mapping
        The plain arguments that the estimator was called with, and `bags` where the bootstrap drew
        so many random groups of rows (or of whole clusters) instead of single ones.
    labels : Mapping
        The study's words for ids, by language.

    Examples
    --------
    >>> import cxlab as cx
    >>> scores = cx.experience_scores(cx.simulate_study(100, seed=1))
    >>> scores.result_kind, scores.head(1).result_kind, (scores * 2).result_kind
    ('experience_scores', 'experience_scores', None)
    """

    _metadata = ["_identity"]
    _identity: Identity | None = None

    @property
    def _constructor(self) -> type[Result]:
        return Result

    @classmethod
    def of(
        cls,
        frame: pd.DataFrame,
        kind: str,
        conf_level: float | None = None,
        settings: Mapping[str, Any] | None = None,
        labels: Mapping[str, Mapping[str, str]] | None = None,
    ) -> Result:
        """The frame as a result of this kind."""
        made = cls(frame)
        given = pd.DataFrame(frame)[_columns_in(frame, NEEDED + PRINTED)]
        settings = (settings or {}) | frame.attrs.get(SETTINGS, {})
        made._identity = Identity(kind, conf_level, settings, labels or {}, given)
        made.attrs.pop(SETTINGS, None)
        return made

    @property
    def result_kind(self) -> str | None:
        identity = self._identity
        if identity is None or not self.columns.is_unique:
            return None
        given, own = identity.given, pd.DataFrame(self)
        needed, printed = _columns_in(given, NEEDED), _columns_in(own, PRINTED)
        if not {*needed, *printed} <= {*own} & {*given}:
            return None
        if {*given} <= {*own} and own[[*given]].equals(given):
            return identity.kind
        here, there = (_hashes(frame[[*needed, *printed]]) for frame in (own, given))
        same = Counter(_rows(here, needed)) <= Counter(_rows(there, needed)) and all(
            set(_rows(here, [*needed, c])) <= set(_rows(there, [*needed, c])) for c in printed
        )
        return identity.kind if same else None

    @property
    def conf_level(self) -> float | None:
        return None if self._identity is None else self._identity.conf_level

    @property
    def settings(self) -> Mapping[str, Any]:
        return {} if self._identity is None else self._identity.settings

    @property
    def labels(self) -> Mapping[str, Mapping[str, str]]:
        return {} if self._identity is None else self._identity.labels

    def like(self, frame: pd.DataFrame) -> Result:
        """Another frame as a result of the same kind, level, settings and labels."""
        kind = self.result_kind
        if kind is None:
            raise TypeError("a table that is no result any more cannot lend its kind")
        return Result.of(frame, kind, self.conf_level, self.settings, self.labels)

    def __repr__(self) -> str:
        if not self._shows_columns():
            return super().__repr__()
        # Columns that do not fit stand below, instead of "..." in the place of the estimate.
        with pd.option_context("display.max_columns", None):
            return repr(in_reading_order(self))

    def _repr_html_(self) -> str | None:
        if not self._shows_columns():
            return super()._repr_html_()
        return in_reading_order(self)._repr_html_()

    def _shows_columns(self) -> bool:
        return self.columns.is_unique and all(isinstance(c, str) for c in self.columns)


def in_reading_order(frame: pd.DataFrame) -> pd.DataFrame:
    """A result as a plain table: identity, estimate, interval and n first, an interval right after
    what it belongs to; without columns that say nothing (empty, or "all respondents" throughout).
    """
    told = [c for c in frame.columns if not _says_nothing(frame[c])]
    of = {c: interval_of(c, told) or c for c in told}
    places = {c: (READING_ORDER.index(place_of(of[c])), told.index(of[c]), of[c] != c) for c in of}
    return pd.DataFrame(frame)[sorted(told, key=places.__getitem__)]


def interval_of(column: object, told: Iterable) -> str | None:
    """The column whose interval a column is an end of, of those told."""
    if place_of(column) != "interval":
        return None
    stem = str(column).rpartition("_")[0]
    if stem in ("conf", "boot", "bca"):
        return next((c for c in told if place_of(c) == "estimate"), None)
    return next((c for c in told if c in (stem, f"share_{stem}")), None)


def place_of(column: object) -> str:
    """Where a column stands in a result (READING_ORDER), from the glossary."""
    entry = GLOSSARY.get(column) if isinstance(column, str) else None
    return "about" if entry is None else entry.place


def _columns_in(frame: pd.DataFrame, places: tuple[str, ...]) -> list[str]:
    return [column for column in frame if place_of(column) in places]


def _hashes(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    """A hash of each value by column, whatever the index."""
    return {c: pd.util.hash_array(frame[c].to_numpy()) for c in frame}


def _rows(hashes: Mapping[str, np.ndarray], columns: list[str]) -> list[tuple[int, ...]]:
    """The hashes of these columns, row by row."""
    return list(zip(*(hashes[c].tolist() for c in columns), strict=True))


def _says_nothing(column: pd.Series) -> bool:
    if column.empty:
        return False
    nothing = ["", "all"] if column.name in ("group", "level") else [""]
    return bool((column.isna() | column.astype(str).isin(nothing)).all())
