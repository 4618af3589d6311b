"""What a page may show of classes of customers."""

import pandas as pd

from cxlab.errors import ModelError
from cxlab.show.disclosure.register import Register
from cxlab.show.disclosure.threshold import at_least, blanked


def by_profile(result: pd.DataFrame, register: Register) -> pd.DataFrame:
    """Classes of min_cell respondents; a question that fewer of one of them answered is blank for
    all, whose share of all respondents would tell it. Raises ModelError where single answers are
    protected: a profile is made of them.
    """
    if register.answers:
        raise ModelError(
            "what customers of a class answered is not shown where single answers are protected"
        )
    at_least(result[["n_class"]].rename(columns={"n_class": "n"}), register.min_cell)
    few = result["n"].groupby(result["question"]).transform("min") < register.min_cell
    return blanked(result, few, keep=("class_share", "misplaced", "n_class"))
