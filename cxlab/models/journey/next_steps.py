"""What to do next: the few touchpoints that weigh much and are experienced as weak, what better
ratings there are associated with, and who has taken them in hand.
"""

import pandas as pd

from cxlab.models.estimator import estimator
from cxlab.study.study import Study

MOST = 3
# The most telling first.
MEASURES = ("nps_points", "probability", "outcome")


@estimator("next_steps")
def next_steps(
    study: Study, priorities: pd.DataFrame, *, changed: pd.DataFrame | None = None
) -> pd.DataFrame:
    """The first touchpoints to improve, with the size of the step and the actions declared.

    Parameters
    ----------
    study : Study
        Its `actions:`, and the owners of touchpoints.
    priorities : DataFrame
        Of `priorities`.
    changed : DataFrame, optional
        Of `what_if` on the same touchpoints.

    Returns
    -------
    DataFrame
        At most three rows, those of which the data are sure first, then by weight.

        touchpoint, share_relative, experience, conf_low, conf_high, n, clear : of `priorities`.
        asked : scale points by which it is rated higher (of `changed`).
        gain, gain_low, gain_high : the difference of `outcome` associated with them, by `measure`
        in NPS points where there are any, else as a probability (0–1), else in its scale points.
        what, who, due : of the action declared last for it; without one, its owner. A column in
        which nothing would stand is left out.

    Raises
    ------
    ModelError
        Other tables than these.

    Examples
    --------
    >>> import cxlab as cx
    >>> study = cx.simulate_study(600, seed=3, design="telecom")
    >>> fit = cx.fit_loyalty(study)
    >>> first = cx.priorities(cx.importance(fit, n_boot=200), cx.experience_scores(study))
    >>> cx.journey.next_steps(study, first, changed=cx.what_if(fit, first))["touchpoint"].tolist()
    ['network', 'care']
    """
    order = priorities[priorities["priority"] == "fix_first"].sort_values(
        ["clear", "share_relative"], ascending=False, kind="stable"
    )
    columns = ["touchpoint", "share_relative", "experience", "conf_low", "conf_high", "n", "clear"]
    frame = order.head(MOST).reindex(columns=columns).reset_index(drop=True)
    if changed is not None:
        frame = frame.merge(_gains(changed), on="touchpoint", how="left")
    last = {action.touchpoint: action for action in study.codebook.actions}
    owners = {point.id: point.owner for point in study.codebook.touchpoints}
    taken = [last.get(name) for name in frame["touchpoint"]]
    names = zip(taken, frame["touchpoint"], strict=True)
    who = [getattr(one, "who", None) or owners.get(name) for one, name in names]
    plan = pd.DataFrame(
        {
            "what": [getattr(one, "what", None) for one in taken],
            "who": who,
            "due": [getattr(one, "due", None) for one in taken],
        },
        index=frame.index,
    )
    return frame.join(plan.dropna(axis=1, how="all"))


def _gains(changed: pd.DataFrame) -> pd.DataFrame:
    """What the steps go with, in the most telling measure, by the first model."""
    known = changed.dropna(subset=["estimate"])
    measure = next((one for one in MEASURES if (known["measure"] == one).any()), MEASURES[-1])
    known = known[known["measure"] == measure].drop_duplicates("touchpoint")
    names = {"estimate": "gain", "conf_low": "gain_low", "conf_high": "gain_high"}
    return known[["touchpoint", "asked", "outcome", "measure", *names]].rename(columns=names)
