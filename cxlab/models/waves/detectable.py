"""How small a change these samples can show, and how many answers a smaller one takes."""

from math import ceil

import numpy as np
import pandas as pd
from statsmodels.stats.power import NormalIndPower

from cxlab.errors import ModelError
from cxlab.models.describe.changes import changes
from cxlab.models.estimator import estimator
from cxlab.study.study import Study

COLUMNS = (
    *("outcome", "metric", "group", "level", "std_error", "power", "detectable", "wished"),
    *("n_needed", "n_earlier", "n_later", "n"),
)


@estimator("detectable")
def detectable(
    study: Study,
    outcome: str,
    *,
    change: float | None = None,
    power: float = 0.8,
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """The least change of an outcome that waves like the last two can show.

    Parameters
    ----------
    study : Study
    outcome : str
        Id of the outcome.
    change : float, optional
        A change that is to be found, in the units of the outcome's first metric (NPS points, share
        0–1, scale points).
    power : float
        In what share of studies (0–1) it is to be found.
    conf_level : float
        Confidence level of the interval that is to leave out 0.

    Returns
    -------
    DataFrame
        One row a metric: `outcome metric group level std_error power detectable wished n_needed
        n_earlier n_later n`. `detectable` is the least change that is found in that share of
        studies with as many answers as the last two waves had; `n_needed` how many answers in each
        of two waves the `wished` change takes, of the first metric only.

    Raises
    ------
    ModelError
        As `changes`; a power that is none, or a change of 0.

    Notes
    -----
    statsmodels' NormalIndPower on the error that `changes` has, so that weights, accounts and a
    panel count as they do there; n for a change grows with the square of that error. The spread of
    the answers is that of the study.

    Examples
    --------
    >>> import cxlab as cx
    >>> study = cx.simulate_study(800, seed=1, design="retail")
    >>> row = cx.waves.detectable(study, "recommend", change=5).iloc[0]
    >>> bool(row["detectable"] > 5 and row["n_needed"] > row["n_later"])
    True
    """
    if not 1 - conf_level < power < 1:
        raise ModelError(
            "power={power}: give a share above 1 − conf_level, such as 0.8", power=power
        )
    if change is not None and not change > 0:
        raise ModelError("change={change}: give the size of a change, above 0", change=change)
    table = pd.DataFrame(changes(study, outcome, conf_level=conf_level))
    # Of more than two waves the last row of a metric goes from the first to the last.
    rows = table.groupby("metric", sort=False)
    table = rows.nth(-2 if rows.size().iloc[0] > 1 else -1)
    counts = study.group("wave")[study.outcome(outcome).notna()].value_counts()
    earlier, later = (int(counts[wave]) for wave in table["level"].iloc[0].split(" → "))
    # Of two samples of 2 whose answers have the variance 1 the difference has the error 1.
    times = NormalIndPower().solve_power(nobs1=2, alpha=1 - conf_level, power=power)
    table = table.assign(
        power=power,
        detectable=times * table["std_error"],
        wished=np.nan,
        n_needed=np.nan,
        n_earlier=earlier,
        n_later=later,
    )
    if change is not None:
        each = 2 / (1 / earlier + 1 / later)
        error = table["std_error"].iloc[0]
        needed = ceil(each * (times * error / change) ** 2)
        first = table["metric"] == table["metric"].iloc[0]
        table = table.assign(
            wished=np.where(first, change, np.nan), n_needed=np.where(first, needed, np.nan)
        )
    return table[[*COLUMNS]].reset_index(drop=True)
