"""From files of text to one table of ratings: rename, include, recode, states, derived, in that
order.

Each file is coded on its own, because files of one study may differ in decimal mark and in the
questions they asked; a column that one wave's file lacks was not asked in that wave. Checks that
need all respondents (duplicates, weights) follow.
"""

from __future__ import annotations

import dataclasses
import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import Fault, tells
from cxlab.study.codebook.schema import ROLES, Codebook
from cxlab.study.privacy.masking import mask
from cxlab.study.read.cells import ANSWERED, code_cells, mean_of_items, parse_number, row_number
from cxlab.study.read.files import Table

# A negative correlation this strong and this certain is a warning: nobody's loyalty falls as the
# experience improves.
REVERSED_R, REVERSED_Z = -0.1, -3.0
# More than this many respondents twice is one mistake about the file, not many about respondents.
MANY_DUPLICATES = 20


@dataclass(frozen=True)
class Parts:
    """Respondents in file order: text, values and states by (id, role), weights, and the count
    after each step.
    """

    text: pd.DataFrame
    values: pd.DataFrame
    states: pd.DataFrame
    weights: pd.Series | None
    flow: tuple[tuple[str, int, int], ...]


def read_parts(codebook: Codebook, tables: list[tuple[Table, Any]]) -> tuple[Parts, list[Fault]]:
    """All files of a study coded and stacked, and every fault found. `tables` pairs each table with
    its Responses (or None).
    """
    faults: list[Fault] = []
    frames = [_renamed(table, spec, codebook, faults) for table, spec in tables]
    faults += _unknown_columns(
        codebook, [(table.file, frame) for (table, _), frame in zip(tables, frames, strict=True)]
    )
    flow = [("read", sum(map(len, frames)), 0)]
    for rule in codebook.include:
        before = sum(map(len, frames))
        frames = [_filtered(frame, rule) for frame in frames]
        left = sum(map(len, frames))
        flow.append((f"include: {rule.column}", left, before - left))
    frames = [_recoded(frame, codebook) for frame in frames]
    coded = [
        _coded(frame, codebook, table, faults)
        for frame, (table, _) in zip(frames, tables, strict=True)
    ]
    flow.append(("analysed", sum(map(len, frames)), 0))
    weights = _weights(
        codebook, [(table, frame) for (table, _), frame in zip(tables, frames, strict=True)], faults
    )
    faults += _duplicates(
        codebook, [(table.file, frame) for (table, _), frame in zip(tables, frames, strict=True)]
    )
    if flow[-1][1] == 0:
        faults.append(
            Fault("no respondent is left", fix="look at the include rules and at the file")
        )

    single = len(frames) == 1 and tables[0][1] is None
    text = pd.concat(frames, ignore_index=not single)
    values = pd.concat([v for v, _ in coded], ignore_index=True).set_axis(text.index)
    states = pd.concat([s for _, s in coded], ignore_index=True).set_axis(text.index)
    if weights is not None:
        weights = weights.set_axis(text.index)
    faults = [_without_person(fault, codebook, text) for fault in faults]
    if not any(fault.severity == "error" for fault in faults):
        faults += [
            *_suspicions(codebook, values),
            *_warnings(codebook, frames, values, states, weights),
        ]
    return Parts(text, values, states, weights, tuple(flow)), faults


def read_text(codebook: Codebook, tables: list[tuple[Table, Any]]) -> pd.DataFrame:
    """What the respondents of all files answered, as `read_parts` leaves it in `text`, with nothing
    coded and nothing checked.
    """
    frames = [_renamed(table, spec, codebook, []) for table, spec in tables]
    for rule in codebook.include:
        frames = [_filtered(frame, rule) for frame in frames]
    return pd.concat([_recoded(frame, codebook) for frame in frames], ignore_index=True)


def read_everything(
    codebook: Codebook, tables: list[tuple[Table, Any]]
) -> tuple[pd.DataFrame, list[Fault]]:
    """What all files hold, nobody left out and nothing recoded, and the faults for which it is not
    certain which columns are personal.
    """
    faults: list[Fault] = []
    frames = [(table.file, _renamed(table, spec, codebook, faults)) for table, spec in tables]
    faults += [
        fault
        for fault in _unknown_columns(codebook, frames)
        if fault.column in codebook.personal_data
    ]
    return pd.concat([frame for _, frame in frames], ignore_index=True), faults


def _without_person(fault: Fault, codebook: Codebook, text: pd.DataFrame) -> Fault:
    """A fault is shown, logged and written down: it names the row, never what a respondent answered
    in a personal column.
    """
    columns = [c for c in codebook.personal_data if c in text]
    if not fault.value:
        return fault
    values = set().union(*(set(text[c].dropna().astype(str).str.strip()) for c in columns)) - {""}
    personal = fault.column in columns or any(v in fault.value for v in values if len(v) > 3)
    # Whoever writes a telephone number where a rating was asked has declared nothing personal.
    return dataclasses.replace(fault, value="(personal data)" if personal else mask(fault.value))


def _renamed(table: Table, spec: Any, codebook: Codebook, faults: list[Fault]) -> pd.DataFrame:
    frame = table.frame
    if spec is None:
        return frame.copy()
    absent = [old for old in spec.rename if old not in frame]
    faults += [
        Fault("rename: no such column", table.file, old, fix=_nearest(old, frame.columns))
        for old in absent
    ]
    frame = frame.rename(columns=spec.rename)
    for name in frame.columns[frame.columns.duplicated()].unique():
        faults.append(
            Fault("rename gives two columns this name", table.file, name, fix="rename them apart")
        )
    frame = frame.loc[:, ~frame.columns.duplicated()]
    if spec.wave is not None:
        frame = frame.assign(**{codebook.wave or "wave": spec.wave})
    return frame


def _nearest(name: str, columns: pd.Index) -> str:
    import difflib

    # Headers mostly differ in case and in blanks at their ends.
    folded = {str(column).strip().casefold(): str(column) for column in columns}
    close = difflib.get_close_matches(name.strip().casefold(), folded, n=1, cutoff=0.6)
    return f"did you mean {folded[close[0]]!r}?" if close else "check the file's header"


def _declared_columns(codebook: Codebook) -> dict[str, str]:
    """Every column that the codebook names, with the key that names it."""
    named: dict[str, str] = {}
    for point in codebook.touchpoints:
        for role in ROLES:
            named |= {
                column: f"touchpoint {point.touchpoint}, {role}" for column in getattr(point, role)
            }
        if point.channel:
            named[point.channel] = f"touchpoint {point.touchpoint}, channel"
    for outcome in codebook.outcomes:
        named |= {column: f"outcome {outcome.outcome}" for column in outcome.columns}
    named |= {
        column: f"construct {construct.construct_id}"
        for construct in codebook.constructs
        for column in construct.columns
    }
    named |= {comment.column: f"comments, {name}" for name, comment in codebook.comments.items()}
    named |= {column: "segments" for column in codebook.segments}
    named |= {column: "personal_data" for column in codebook.personal_data}
    named |= {rule.column: "include" for rule in codebook.include} | {
        column: "recode" for column in codebook.recode
    }
    for key in ("respondent", "wave", "account"):
        if column := getattr(codebook, key):
            named[column] = key
    if codebook.weight:
        named[codebook.weight.column] = "weight"
    return named


def _unknown_columns(codebook: Codebook, frames: list[tuple[str, pd.DataFrame]]) -> list[Fault]:
    """A declared column must be in every file if the rows cannot be placed without it, and in one
    file at least if it is a question.
    """
    placing = {
        c
        for c in (
            codebook.respondent,
            codebook.wave,
            codebook.account,
            codebook.weight and codebook.weight.column,
        )
        if c
    }
    placing |= {rule.column for rule in codebook.include}
    faults = []
    for column, key in _declared_columns(codebook).items():
        lacking = [(file, frame) for file, frame in frames if column not in frame]
        if lacking and (column in placing or len(lacking) == len(frames)):
            for file, frame in lacking:
                faults.append(
                    Fault(
                        f"no such column (declared by {key})",
                        file,
                        column,
                        fix=_nearest(column, frame.columns),
                    )
                )
    return faults


def _filtered(frame: pd.DataFrame, rule: Any) -> pd.DataFrame:
    if rule.column not in frame:
        return frame
    cells = frame[rule.column].fillna("").str.strip()
    keep = cells.isin(rule.allowed) if rule.allowed is not None else ~cells.isin(rule.excluded)
    return frame[keep]


def _recoded(frame: pd.DataFrame, codebook: Codebook) -> pd.DataFrame:
    changed = {
        c: frame[c].map(lambda cell, m=m: m.get(str(cell).strip(), cell))
        for c, m in codebook.recode.items()
        if c in frame
    }
    return frame.assign(**changed)


def _coded(
    frame: pd.DataFrame, codebook: Codebook, table: Table, faults: list[Fault]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    values, states = {}, {}
    questions = [
        ((p.touchpoint, role), p, getattr(p, role))
        for p in codebook.journey
        for role in ROLES
        if getattr(p, role)
    ]
    questions += [((o.outcome, "outcome"), o, o.columns) for o in codebook.outcomes]
    questions += [((c.construct_id, "construct"), c, c.columns) for c in codebook.constructs]
    for key, item, columns in questions:
        scale = codebook.scale_of(item, key[1])
        coded = []
        for column in columns:
            cells = (
                frame[column]
                if column in frame
                else pd.Series(None, index=frame.index, name=column, dtype=object)
            )
            item_values, item_states, found = code_cells(
                cells, scale, table.decimal, table.file, table.thousands
            )
            faults += [fault for fault in found if fault not in faults]
            coded.append((item_values, item_states))
        value, state = mean_of_items([v for v, _ in coded], [s for _, s in coded])
        if getattr(item, "direction", "ease") == "effort":
            # A declared effort question is turned so that high is good, like every other rating.
            value = scale.min + scale.max - value
        values[key], states[key] = value, state
    columns = pd.MultiIndex.from_tuples(values, names=["id", "role"])
    return pd.DataFrame(values).set_axis(columns, axis=1), pd.DataFrame(states).set_axis(
        columns, axis=1
    )


def _weights(
    codebook: Codebook, frames: list[tuple[Table, pd.DataFrame]], faults: list[Fault]
) -> pd.Series | None:
    if codebook.weight is None or any(codebook.weight.column not in frame for _, frame in frames):
        return None
    column, parts = codebook.weight.column, []
    for table, frame in frames:
        cells = frame[column].fillna("").astype(str)
        numbers = cells.map(
            lambda cell, marks=(table.decimal, table.thousands): parse_number(cell, *marks)
        )
        for wrong, problem, fix in (
            (
                numbers.isna(),
                "weight missing or not a number",
                "give every respondent a weight, or leave them out by include:",
            ),
            (
                numbers <= 0,
                "weight is zero or negative",
                "a sampling weight is above 0; leave respondents out by include:",
            ),
        ):
            if wrong.any():
                rows = tuple(
                    row_number(row, i) for i, row in enumerate(frame.index) if wrong.iloc[i]
                )
                faults.append(Fault(problem, table.file, column, rows, cells[wrong].iloc[0], fix))
        parts.append(numbers)
    weights = pd.concat(parts, ignore_index=True)
    whole = weights.dropna()
    if (
        codebook.weight.kind is None
        and len(whole)
        and (whole % 1 == 0).all()
        and whole.nunique() > 1
    ):
        problem = "these weights are all whole numbers: they look like counts (frequency weights)"
        fix = (
            f"declare `weight: {{column: {column}, kind: sampling}}` if they are sampling weights;"
            " else repeat the rows"
        )
        faults.append(Fault(problem, frames[0][0].file, column, fix=fix))
    return weights


def _duplicates(codebook: Codebook, frames: list[tuple[str, pd.DataFrame]]) -> list[Fault]:
    if codebook.respondent is None or any(codebook.respondent not in frame for _, frame in frames):
        return []
    ids = pd.concat(
        [frame[codebook.respondent].fillna("").str.strip() for _, frame in frames],
        ignore_index=True,
    )
    waves = [
        (
            frame.get(codebook.wave, pd.Series("", index=frame.index))
            if codebook.wave
            else pd.Series("", index=frame.index)
        )
        for _, frame in frames
    ]
    waves = pd.concat(waves, ignore_index=True).fillna("")
    rows = [(file, row) for file, frame in frames for row in frame.index]
    faults = []
    blank = ids == ""
    if blank.any():
        where = tuple(row_number(rows[i][1], i) for i in np.flatnonzero(blank))
        faults.append(
            Fault(
                "respondent id missing",
                rows[int(np.flatnonzero(blank)[0])][0],
                codebook.respondent,
                where,
                fix="give every respondent an id",
            )
        )
    twice = pd.DataFrame({"id": ids, "wave": waves}).duplicated(keep=False) & ~blank
    repeated = pd.DataFrame({"id": ids, "wave": waves})[twice].groupby(["id", "wave"], sort=False)
    if repeated.ngroups > MANY_DUPLICATES:
        where = tuple(row_number(rows[i][1], i) for i in np.flatnonzero(twice))
        problem = f"{repeated.ngroups} respondents stand more than once"
        fix = "declare the wave of each file (`wave:`), or keep one row of each respondent"
        return [
            *faults,
            Fault(
                problem,
                rows[int(np.flatnonzero(twice)[0])][0],
                codebook.respondent,
                where,
                ids[twice].iloc[0],
                fix,
            ),
        ]
    declared = {*codebook.waves, *(spec.wave for spec in codebook.responses)}
    for (name, wave), group in repeated:
        file = rows[group.index[0]][0]
        # else it may be anything that slid into the column
        known = wave in declared or not tells(wave)
        within = f" within wave {wave}" if wave and known else " within one wave" if wave else ""
        where = tuple(row_number(rows[i][1], i) for i in group.index)
        faults.append(
            Fault(
                f"the same respondent more than once{within}",
                file,
                codebook.respondent,
                where,
                name,
                "keep one row of each respondent",
            )
        )
    return faults


def _suspicions(codebook: Codebook, values: pd.DataFrame) -> list[Fault]:
    """What no machine can know but may suspect: ratings that never vary, and scales that run the
    wrong way.
    """
    warnings = []
    outcome = codebook.report.outcome or (
        codebook.outcomes[0].outcome if codebook.outcomes else None
    )
    for point in codebook.journey:
        if (point.touchpoint, "experience") not in values:
            continue
        rating, column = values[(point.touchpoint, "experience")], " + ".join(point.experience)
        if rating.notna().sum() > 1 and rating.nunique() == 1:
            fix = "check that this is the right column; models will refuse it"
            warnings.append(
                Fault(
                    "every answer is the same",
                    "",
                    column,
                    value=f"{rating.dropna().iloc[0]:g}",
                    fix=fix,
                    severity="warning",
                )
            )
        if outcome is None:
            continue
        both = pd.DataFrame({"x": rating, "y": values[(outcome, "outcome")]}).dropna()
        if len(both) < 20 or both.nunique().min() < 2:
            continue
        r = float(np.corrcoef(both["x"], both["y"])[0, 1])
        if r < REVERSED_R and math.atanh(max(r, -0.999999)) * math.sqrt(len(both) - 3) < REVERSED_Z:
            problem = f"better experience goes with lower {outcome} (r = {r:.2f}, n = {len(both)})"
            fix = (
                "check whether the scale is reversed (`reverse: true`) or two columns were swapped"
            )
            warnings.append(Fault(problem, "", column, fix=fix, severity="warning"))
    return warnings


def _warnings(
    codebook: Codebook,
    frames: list[pd.DataFrame],
    values: pd.DataFrame,
    states: pd.DataFrame,
    weights: pd.Series | None,
) -> list[Fault]:
    """What is allowed but will cost the reader something: questions without answers, people without
    any, names left in the open.
    """

    def warn(
        problem: str, column: str = "", rows: tuple[int, ...] = (), value: str = "", fix: str = ""
    ) -> Fault:
        return Fault(problem, "", column, rows, value, fix, "warning")

    found = [
        warn("nobody answered this", f"{name} ({role})", fix="check the column and its codes")
        for name, role in values
        if not values[(name, role)].notna().any()
    ]
    for outcome in codebook.outcomes:
        answers = values[(outcome.outcome, "outcome")].dropna()
        if len(answers) > 1 and answers.nunique() == 1:
            found.append(
                warn(
                    "every answer is the same",
                    " + ".join(outcome.columns),
                    value=f"{answers.iloc[0]:g}",
                    fix="nothing can be explained by it",
                )
            )
    silent = np.flatnonzero(~(states == ANSWERED).any(axis=1).to_numpy())
    if len(silent):
        labels = [row for frame in frames for row in frame.index]
        rows = tuple(row_number(labels[i], i) for i in silent)
        found.append(
            warn(
                f"{len(silent)} {'row holds' if len(silent) == 1 else 'rows hold'} no answer"
                " at all",
                rows=rows,
                fix="a total or a blank row? leave it out by include:",
            )
        )
    if weights is not None and weights.nunique() == 1:
        found.append(
            warn("all weights are equal: the study counts as unweighted", codebook.weight.column)
        )
    if (
        codebook.wave
        and len(values)
        and min(
            sizes := [int(n) for n in pd.concat([f[codebook.wave] for f in frames]).value_counts()]
        )
        < codebook.report.min_cell
    ):
        found.append(
            warn(
                f"a wave has {min(sizes)} respondents, fewer than min_cell"
                f" {codebook.report.min_cell}: its results will be hidden",
                codebook.wave,
            )
        )
    if len(values) < codebook.report.min_cell:
        found.append(
            warn(
                f"{len(values)} respondents are fewer than min_cell {codebook.report.min_cell}: a"
                " report would show nothing"
            )
        )
    if codebook.wave and not codebook.waves:
        waves = [
            *pd.concat([f[codebook.wave] for f in frames]).dropna().astype(str).str.strip().unique()
        ]
        if natural_order(waves) is None and len(
            [f for f in frames if f[codebook.wave].nunique() == 1]
        ) < len(frames):
            found.append(
                warn(
                    "the order of the waves cannot be told; taken as they come:"
                    f" {', '.join(waves)}",
                    codebook.wave,
                    fix="declare `waves: [first, second, …]`",
                )
            )
    known = set(codebook.personal_data)
    for frame in frames:
        open_addresses = [
            c
            for c in frame
            if c not in known
            and frame[c].astype(str).str.contains(r"[^@\s]+@[^@\s]+\.[a-z]", case=False).mean()
            > 0.5
        ]
        found += [
            warn("this column holds e-mail addresses", c, fix="declare it under personal_data")
            for c in open_addresses
        ]
        known |= set(open_addresses)
    return found


def natural_order(waves: list[str]) -> list[str] | None:
    """Waves in the order of their numbers (2016, 2017; W1 … W12; 2025-Q4, 2026-Q1), or None where
    the names tell none.
    """
    split = [re.split(r"(\d+)", wave) for wave in waves]
    # The words between the numbers must be the same: of "Q4 2025" and "Q1 2026" the first number is
    # not the year.
    if len({tuple(parts[::2]) for parts in split}) > 1 or any(len(parts) < 3 for parts in split):
        return None
    numbers = [[int(n) for n in parts[1::2]] for parts in split]
    if len(numbers[0]) > 1 and not all(len(parts[1]) == 4 for parts in split):
        return None
    return [wave for _, wave in sorted(zip(numbers, waves, strict=True))]
