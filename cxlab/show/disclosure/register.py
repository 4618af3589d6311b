"""What a page has shown of each outcome, by which splits of the respondents.

One table may be safe and two of the same respondents not: whoever reads that 200 answered, that 195
of them have one plan, and both results, has the result of the five others. So the tables of an
outcome by several splits are disclosed together, and what would make a table that is shown already
tell more is refused.
"""

from collections.abc import Callable
from typing import Any

import pandas as pd

from cxlab.errors import ModelError, NotAskedError
from cxlab.show.disclosure.linked import members_of, suppress_together
from cxlab.show.disclosure.rules import suppress, suppressed

# The estimator of a result, called again by another split (None: of all respondents).
Again = Callable[[str | None], pd.DataFrame]


class Register:
    """The disclosed tables of one page."""

    def __init__(self, study: Any, min_cell: int) -> None:
        self.study, self.min_cell = study, min_cell
        self.main = study.codebook.main_outcome
        waves = ["wave"] if study.waves is not None else []
        self.splits = [*study.codebook.segments, *waves]
        # By outcome and split; the reason where a table could not be had.
        self._tables: dict[str, dict[str, pd.DataFrame | ModelError]] = {}
        # The same with all their numbers.
        self._whole: dict[tuple[str, str], pd.DataFrame] = {}
        self._split = ""

    def metrics(self, result: Any, outcome: str, by: str, again: Again) -> pd.DataFrame:
        """The metrics of an outcome by a split, disclosed with those of its other splits: of the
        main outcome all that the study declares, of any other those that were asked for. A table
        that is shown stays as it is; ModelError where another one would tell too much beside it.
        """
        mine, known = _of(result, outcome), self._tables.setdefault(outcome, {})
        if by not in known:
            if not known and outcome != self.main:
                known[by] = suppress(mine, self.min_cell, totals=again(None))
                self._whole[outcome, by] = mine
            else:
                declared = self.splits if outcome == self.main else []
                found = self._together(outcome, [*known, *declared, by], again)
                if any(not _same(found[one], known[one]) for one in known):
                    raise ModelError(
                        "outcome {outcome}: beside what is shown already its figures by {by} would"
                        " tell the answers of a few respondents; ask for them before the others",
                        outcome=outcome,
                        by=by,
                    )
                known |= found
        whole = self._whole.get((outcome, by), mine)
        both = [column for column in mine if column in whole]
        if not _same(mine[both], whole[both]):
            raise ModelError(
                "outcome {outcome}: its figures by {by} are on this page with other options"
                " (conf_level, interval, another estimator); give the same ones each time",
                outcome=outcome,
                by=by,
            )
        return self.table(outcome, by)

    def table(self, outcome: str, by: str) -> pd.DataFrame:
        """A table as the page shows it. Raises ModelError where it shows none."""
        found = self._tables.get(outcome, {}).get(by)
        if isinstance(found, ModelError):
            raise found
        if found is None:
            raise ModelError(
                "outcome {outcome}: what compares its groups by {by} can be shown only after the"
                " groups themselves; ask for metrics by={by!r} first",
                outcome=outcome,
                by=by,
            )
        return found

    def once(self, by: str) -> None:
        """Note the split of the touchpoints, of whichever kind of result: they rest on the same
        answers. Raises ModelError for a second one.
        """
        first = self._split = self._split or by
        if first != by:
            raise ModelError(
                "touchpoints are shown by {first} already; by {by} as well they could tell the"
                " answers of a few respondents",
                first=first,
                by=by,
            )

    def _together(self, outcome: str, splits: list[str], again: Again) -> dict[str, Any]:
        splits = list(dict.fromkeys(splits))
        frames: list[pd.DataFrame | ModelError] = [
            suppress(_of(again(None), outcome), self.min_cell)
        ]
        for by in splits:
            try:
                frames.append(_of(again(by), outcome))
            except ModelError as error:
                frames.append(error)
            else:
                self._whole.setdefault((outcome, by), frames[-1])
        members = members_of(self.study, *splits, outcome=outcome)
        return dict(zip(splits, suppress_together(frames, members, self.min_cell)[1:], strict=True))


def _of(frame: pd.DataFrame, outcome: str) -> pd.DataFrame:
    return pd.DataFrame(frame[frame["outcome"] == outcome]).reset_index(drop=True)


def _same(one: Any, other: Any) -> bool:
    """Whether two tables are equal; reasons for having none are."""
    if isinstance(one, pd.DataFrame) and isinstance(other, pd.DataFrame):
        return one.equals(other)
    return type(one) is type(other)


def by_row(
    result: Any, min_cell: int, register: Register | None = None, again: Again | None = None
) -> pd.DataFrame:
    """Rows of too few respondents are blank; those of a split with what subtraction needs."""
    splits = set(result["group"]) - {"all"} if "group" in result else set()
    if not splits or register is None:
        return suppress(result, min_cell)
    for split in sorted(splits):
        register.once(split)
    return suppress(result, min_cell, totals=again(None))


def metrics(result: Any, min_cell: int, register: Register, again: Again) -> pd.DataFrame:
    """The metrics of several outcomes by a split, each disclosed with its other splits."""
    by = result.settings.get("by") or result["group"].iloc[0]
    outcomes = result["outcome"].unique()
    tables = [register.metrics(result, outcome, by, again) for outcome in outcomes]
    return pd.concat(tables, ignore_index=True)


def changes(result: Any, min_cell: int, register: Register) -> pd.DataFrame:
    """No change is shown where a level had to be hidden: it could be subtracted."""
    shown = register.table(result["outcome"].iloc[0], result["group"].iloc[0])
    if suppressed(shown):
        raise NotAskedError("a change to or from a hidden group is not shown")
    return result


def differences(result: Any, min_cell: int, register: Register) -> pd.DataFrame:
    """Differences between groups that are shown."""
    shown = register.table(result["outcome"].iloc[0], result["group"].iloc[0])
    levels = shown.loc[shown["estimate"].notna(), "level"]
    return result[result["lower"].isin(levels) & result["higher"].isin(levels)]
