"""What respondents wrote, and to which class each of them belongs."""

from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ModelError, NotAskedError
from cxlab.stats.sampling import PASSIVE, PROMOTER
from cxlab.study.study import Study

NPS_CLASSES = ["detractors", "passives", "promoters"]


def declared_comment(study: Study, comment: str) -> Any:
    """What study.yml declares of a comment. NotAskedError for an unknown one."""
    declared = study.codebook.comments.get(comment)
    if declared is None:
        raise NotAskedError(
            "comment {comment!r}: this study declares {known}",
            comment=comment,
            known=", ".join(study.codebook.comments) or "no comments",
        )
    return declared


def written(study: Study, comment: str) -> pd.Series:
    """The comments of those who wrote something, each on one line."""
    declared, answers = declared_comment(study, comment), study.responses
    if declared.column not in answers:
        raise ModelError(
            "comment {comment!r}: there is no such column, or it is declared as personal data",
            comment=comment,
        )
    texts = answers[declared.column].fillna("").astype(str).str.split().str.join(" ")
    texts = texts[texts != ""]
    if texts.empty:
        raise NotAskedError("comment {comment!r}: nobody wrote anything", comment=comment)
    return texts


def nps_classes(study: Study, outcome: str) -> pd.Series:
    """Detractors, passives or promoters of an NPS; missing of who did not answer it."""
    if study.outcome_kind(outcome) != "nps":
        raise ModelError(
            "outcome {outcome}: only an NPS has promoters and detractors; give by=, a split of the"
            " study",
            outcome=outcome,
        )
    ends = [-np.inf, PASSIVE, PROMOTER, np.inf]
    return pd.cut(study.outcome(outcome), ends, right=False, labels=NPS_CLASSES)
