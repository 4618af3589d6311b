"""What a page may show of the choices of a multiple-response question."""

from typing import Any

import pandas as pd

from cxlab.errors import ModelError
from cxlab.show.disclosure.register import Register
from cxlab.show.disclosure.rules import of_groups
from cxlab.show.disclosure.threshold import blanked, small_and_more


def by_choice(result: pd.DataFrame, register: Register, rests: Any) -> pd.DataFrame:
    """Rows as `of_groups` shows them, each choice for itself. What the study does not list are
    respondents' own words: those of few are left out. Where single answers are protected, nothing
    is shown by group, nor choices that few named or did not name, with the next that are needed:
    where everybody named one, all others would tell it.
    """
    study, question = register.study, result["question"].iloc[0]
    named, declared = study.choices(question).sum(), study.declared(question)
    if not (declared.columns or declared.choices):
        named = named[named >= register.min_cell]
    result = result[result["choice"].isin(named.index)].reset_index(drop=True)
    subjects = [*zip(result["question"], result["choice"], strict=True)]
    shown = of_groups(result.assign(subject=subjects), register, rests).drop(columns="subject")
    if not register.answers:
        return shown
    if (result["group"] != "all").any():
        raise ModelError("choices by group are not shown where single answers are protected")
    sizes = result["n_chosen"], result["n"] - result["n_chosen"]
    gone = [small_and_more(one, register.min_cell) for one in sizes]
    return blanked(shown, gone[0] | gone[1], keep=("n",))
