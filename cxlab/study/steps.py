"""Who said what the codebook asks for: who reached which step of the funnel, who had a problem, how
long he stayed.
"""

from typing import Any

import pandas as pd

from cxlab.errors import ModelError, NotAskedError
from cxlab.study.codebook.schema import Answer

# Levels of the split by problems, in the order in which they are shown. HAD: nobody was asked
# whether it was resolved.
PROBLEMS = NONE, HAD, RESOLVED, UNRESOLVED = "none", "had", "resolved", "unresolved"


def reached(study: Any) -> pd.DataFrame:
    """Respondents × steps, in their order, 1 or 0: who does not say that he reached a step has not,
    as where routing asks those only who reached the one before.
    """
    columns = {
        name: study.column(step.column).isin(step.yes)
        if step.column
        else study.outcome(step.outcome) >= step.at_least
        for name, step in study.codebook.funnel.items()
    }
    return pd.DataFrame(columns, index=study.index).astype(float)


def marked(cells: pd.Series, mark: Answer) -> pd.Series:
    """1 where a cell holds an answer that means yes, 0 where it holds another, NaN where none."""
    cells = cells.fillna("").astype(str).str.strip()
    answered = (cells != "") & ~cells.isin(mark.no_answer)
    return cells.isin(mark.yes).astype(float).where(answered)


def advised_by(study: Any) -> pd.DataFrame:
    """Respondents × sources of advice, 1 or 0: who names another source, or gives another answer,
    has not used one. NaN of who answered for none of them, or is not at the step `ask`, where the
    funnel has one.
    """
    frame = _marks(study, study.codebook.advice)
    asked = frame.notna().any(axis=1)
    if "ask" in study.codebook.funnel:
        asked &= study.funnel["ask"] > 0
    return frame.fillna(0.0).where(asked)


def _marks(study: Any, answers: Any) -> pd.DataFrame:
    """Respondents × answers by name, of those that were asked: 1, 0, or NaN where it is unknown."""
    asked = {name: marked(study.column(one.column), one) for name, one in answers.items() if one}
    return pd.DataFrame(asked, index=study.index)


def channels_met(study: Any, channel: str) -> pd.DataFrame:
    """By the column that tells in which channel a touchpoint was met: the `channel` (None where
    several are named, joined by | or ;), and whether `channels_used` are one or several.
    """
    cells = study.column(channel)
    several = cells.str.contains("[|;]", na=False)
    used = several.map({False: "one", True: "several"}).where(cells.notna(), None)
    return pd.DataFrame({"channel": cells.mask(several, None), "channels_used": used})


def had_and_resolved(study: Any) -> pd.DataFrame:
    """Respondents × had and, where it was asked, resolved: 1, 0, or NaN where that is unknown;
    resolved only of those who had a problem.
    """
    problems = study.codebook.problems
    frame = _marks(study, {"had": problems.had, "resolved": problems.resolved})
    return frame.where(frame["had"] == 1).assign(had=frame["had"])


def problem_levels(study: Any) -> pd.Series:
    """The problem of each respondent, one of PROBLEMS; None where it is unknown."""
    found = study.problems
    state = pd.Series(None, index=study.index, dtype=object)
    state[found["had"] == 0] = NONE
    if "resolved" not in found:
        return state.mask(found["had"] == 1, HAD)
    state[found["resolved"] == 1] = RESOLVED
    state[found["resolved"] == 0] = UNRESOLVED
    return state


def refuse_duration(study: Any, name: str) -> None:
    """Raise NotAskedError for a duration: of who is still there its end is not known."""
    if study.outcome_kind(name) == "duration":
        raise NotAskedError(
            "outcome {outcome} is a duration: how long those stay who are still there is not"
            " known; cx.money.money_value reads it",
            outcome=name,
        )


def lasted(study: Any, name: str) -> pd.DataFrame:
    """Of an outcome of kind duration `time entry event`: how long each customer was there in its
    unit, from when on he was watched (0 unless declared), and whether he left (1, else 0); NaN
    where unknown.
    """
    if study.outcome_kind(name) != "duration":
        raise ModelError("{outcome} is no outcome of kind duration", outcome=name)
    outcome, values = study.declared(name), study._answers.values
    columns = {
        "time": values[outcome.id, "outcome"],
        "entry": values.get((outcome.id, "entry"), 0.0),
        "event": marked(study.column(outcome.event.column), outcome.event),
    }
    return pd.DataFrame(columns, index=study.index)
