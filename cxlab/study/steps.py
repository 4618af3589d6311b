"""Who reached which step of the funnel that a study declares."""

from typing import Any

import pandas as pd


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
