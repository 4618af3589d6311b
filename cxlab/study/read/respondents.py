"""From files of text to one table of ratings: rename, include, recode, states, derived, in that
order.

Each file is coded on its own, because files of one study may differ in decimal mark and in the
questions they asked; a column that one wave's file lacks was not asked in that wave. Checks that
need all respondents (duplicates, weights) follow.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
import pandas as pd

from cxlab.errors import Fault, said
from cxlab.study.codebook.question import CHOICE, Question
from cxlab.study.codebook.row_keys import answers_of_files
from cxlab.study.codebook.schema import Codebook, Item
from cxlab.study.exports.table import Table, positioned
from cxlab.study.privacy.masking import legible, mask
from cxlab.study.read.answers import Answers, ByQuestion
from cxlab.study.read.cells import (
    ANSWERED,
    NO_ANSWER,
    NOT_ASKED,
    NOT_USED,
    Codes,
    code_cells,
    mean_of_items,
    told_once,
)
from cxlab.study.read.columns import filtered, levelled, meets, recoded, renamed, unknown_columns
from cxlab.study.read.notices import answers_nowhere, notices, total_rows, unlisted
from cxlab.study.read.reshape import dated, one_row_each
from cxlab.study.read.rows import across_strata, duplicates, parties, same_answers, weights_of
from cxlab.study.read.states import states_kept
from cxlab.study.read.suspicions.every import OF_FILES, suspicions
from cxlab.study.sealed import FrozenDict


@dataclass(frozen=True)
class Doubts:
    """What may be wrong with the answers of a study without errors. Looked for when somebody asks:
    it takes longer than reading a small study does.
    """

    codebook: Codebook
    tables: list[Table]
    answers: Answers
    files: list[Table]  # their columns as they came

    @cached_property
    def faults(self) -> tuple[Fault, ...]:
        """Every warning."""
        held = self.codebook, self.tables
        of_files = [*suspicions(OF_FILES, *held, Answers(self.answers.text))]
        of_files = _without_persons(of_files, self.codebook, self.answers.text)
        found = [*of_files, *notices(*held, self.answers)]
        return tuple(positioned(fault, self.files) for fault in found)


def read_parts(
    codebook: Codebook, tables: list[Table]
) -> tuple[Answers, list[Fault], Doubts | None]:
    """All files of a study coded and stacked, every fault found, and where none is an error what
    may be doubted.
    """
    faults = [*same_answers(tables)]
    files = [replace(table, frame=table.frame.iloc[:0]) for table in tables]
    tables, flow = _prepared(codebook, tables, faults)
    known = {fault.column for fault in faults if fault.severity == "error"}
    faults += [*unknown_columns(codebook, tables, known), *total_rows(codebook, tables)]
    coded = [_coded(table, codebook, faults) for table in tables]
    weights = weights_of(codebook, tables, faults)
    faults += [*duplicates(codebook, tables), *across_strata(codebook, tables)]
    faults += parties(codebook, tables)
    if flow[-1][1] == 0:
        step = next(name for name, left, _ in flow if left == 0)
        fix = "look at the include rules and at the file"
        faults.append(Fault("no respondent is left", tables[0].file, value=step, fix=fix))
    # The caller's frame keeps its own labels; rows of files are counted from 0.
    text = _stacked(tables, ignore_index=tables[0].spec is not None)
    values, states = (
        FrozenDict({key: _joined([one[key] for one in each]) for key in each[0]})
        for each in zip(*coded, strict=True)
    )
    if weights is not None:
        weights = weights.set_axis(text.index)
    faults += unlisted(codebook, tables)
    answers = Answers(text, values, states, weights, tuple(flow))
    if any(fault.severity == "error" for fault in faults):
        faults += suspicions(OF_FILES, codebook, tables, Answers(text))
        return answers, _without_persons(told_once(faults), codebook, text), None
    doubts = Doubts(codebook, tables, answers, files)
    if codebook.parties:
        answers = answers.of_party(codebook.parties.column, codebook.parties.own)
    return answers, _without_persons(faults, codebook, text), doubts


def faults_of_files(codebook: Codebook, tables: list[Table]) -> list[Fault]:
    """What is wrong with files by themselves, where their questions are declared in contradiction
    and cannot be read.
    """
    faults: list[Fault] = []
    tables, _flow = _prepared(codebook, tables, faults)
    text = _stacked(tables)
    faults += duplicates(codebook, tables)
    faults += suspicions(OF_FILES, codebook, tables, Answers(text))
    return _without_persons(faults, codebook, text)


def read_text(codebook: Codebook, tables: list[Table]) -> pd.DataFrame:
    """What the respondents of all files answered, as `read_parts` leaves it in `text`, with nothing
    coded and nothing checked.
    """
    return _stacked(_prepared(codebook, tables, [])[0])


def read_everything(codebook: Codebook, tables: list[Table]) -> tuple[pd.DataFrame, list[Fault]]:
    """What all files hold, nobody left out and nothing recoded, and the faults for which it is not
    certain which columns are personal.
    """
    faults, personal = [], codebook.personal_data
    tables = [one_row_each(table, codebook, faults) for table in tables]
    tables = [renamed(table, codebook, faults) for table in tables]
    unknown = unknown_columns(codebook, tables)
    return _stacked(tables), faults + [fault for fault in unknown if fault.column in personal]


def _prepared(
    codebook: Codebook, tables: list[Table], faults: list[Fault]
) -> tuple[list[Table], list[tuple[str, int, int]]]:
    """The tables renamed, filtered and recoded, and how many respondents each step left and lost;
    what goes wrong joins `faults`.
    """
    tables = [one_row_each(table, codebook, faults) for table in tables]
    tables = [dated(renamed(table, codebook, faults), codebook, faults) for table in tables]
    tables = [levelled(table, codebook, faults) for table in tables]
    frames = [table.frame for table in tables]
    faults += answers_nowhere(codebook, answers_of_files(codebook), frames)
    flow = [("read", left := _count(tables), 0)]
    steps = [*states_kept(codebook, tables, faults)]
    for rule in codebook.include:
        steps.append((f"include: {rule.column}", partial(filtered, rule=rule)))
    for name, kept in steps:
        tables = [kept(table) for table in tables]
        before, left = left, _count(tables)
        flow.append((name, left, before - left))
    return [recoded(table, codebook) for table in tables], [*flow, ("analysed", left, 0)]


def _stacked(tables: list[Table], ignore_index: bool = True) -> pd.DataFrame:
    if len(tables) == 1:  # the same answers, and not a copy of them
        frame = tables[0].frame
        return frame.reset_index(drop=True) if ignore_index else frame
    return pd.concat([table.frame for table in tables], ignore_index=ignore_index)


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def personal_values(text: pd.DataFrame, columns: tuple[str, ...]) -> frozenset[str]:
    """Every distinct answer in those of `columns` that are there, without blanks around it."""
    answers = {str(v).strip() for c in columns if c in text for v in text[c].dropna().unique()}
    return frozenset(answers - {""})


def _count(tables: list[Table]) -> int:
    return sum(len(table.frame) for table in tables)


def _without_persons(faults: list[Fault], codebook: Codebook, text: pd.DataFrame) -> list[Fault]:
    """A fault is shown, logged and written down: it names the row, never what a respondent answered
    in a personal column.
    """
    answers = [v for v in personal_values(text, codebook.personal_data) if len(v) > 3]

    def value(fault: Fault) -> str:
        if fault.column in codebook.personal_data or any(
            answer in fault.value for answer in answers
        ):
            return "(personal data)"
        # Whoever writes a telephone number where a rating was asked has declared nothing personal.
        masked = mask(fault.value)
        return fault.value if masked == legible(fault.value) else masked

    return [replace(fault, value=value(fault)) if fault.value else fault for fault in faults]


def _coded(table: Table, codebook: Codebook, faults: list[Fault]) -> tuple[ByQuestion, ByQuestion]:
    """Values and states of one file by (id, role)."""
    frame, values, states = table.frame, {}, {}
    described = {column.name: column for column in table.columns}
    missing = pd.Series(None, index=frame.index, dtype=object)
    for item in (*codebook.journey, *codebook.outcomes, *codebook.constructs):
        for role, columns in item.questions.items():
            scale, coded = table.scale(codebook.scale_of(item, role), codebook.scales), []
            for column in columns:
                cells = frame.get(column, missing).rename(column)
                words, of_file = codebook.no_answer_words, described.get(column)
                codes = Codes(scale, *table.marks_of(column), words, of_file)
                *ratings, found = code_cells(cells, codes, table.file)
                coded.append(ratings)
                faults += [fault for fault in found if fault not in faults]
            value, state = mean_of_items(*zip(*coded, strict=True))
            if getattr(item, "direction", "ease") == "effort":
                # A declared effort question is turned so that high is good, like every other
                # rating.
                value = scale.min + scale.max - value
            values[item.id, role], states[item.id, role] = value, state
        faults += _routed(table, item, states)
    for question in codebook.multiple_response:
        cells = frame.reindex(columns=[*question.questions[CHOICE]])
        there, key = (cells.notna() & cells.ne("")).any(axis=1), (question.id, CHOICE)
        silent = NOT_ASKED if cells.isna().all(axis=None) else NO_ANSWER
        values[key] = np.where(there, 1.0, np.nan)
        states[key] = np.where(there, ANSWERED, silent).astype(np.int8)
        faults += _routed(table, question, states)
    return values, states


def _routed(table: Table, item: Item | Question, states: ByQuestion) -> Iterator[Fault]:
    """Why there is no answer of those whom `asked_if:` and `used_if:` leave out, set in `states`; a
    warning of those who answered all the same, whose answers stay.
    """
    for key, state in (("used_if", NOT_USED), ("asked_if", NOT_ASKED)):
        if (rule := getattr(item, key, None)) is None:
            continue
        out, answered = ~meets(table, rule), np.zeros(len(table.frame), dtype=bool)
        for role in item.questions:
            mine = states[item.id, role]
            answered |= out & (mine == ANSWERED)
            states[item.id, role] = np.where(out & (mine != ANSWERED), state, mine).astype(np.int8)
        if answered.any():
            count = int(answered.sum())
            problem = said("{count} answered, and {key} leaves them out", count=count, key=key)
            column = " + ".join(next(iter(item.questions.values())))
            yield table.warning(problem, answered, column, fix="their answers are used")
