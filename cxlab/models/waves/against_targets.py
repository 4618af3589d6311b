"""Whether the figures have reached what the client set out to reach."""

import numpy as np
import pandas as pd

from cxlab.errors import NotAskedError
from cxlab.models.describe.metrics import metric_of
from cxlab.models.estimator import estimator
from cxlab.study.study import Study

COLUMNS = (
    *("outcome", "metric", "group", "level", "target", "estimate", "conf_low", "conf_high"),
    *("verdict", "n"),
)


@estimator("against_targets")
def against_targets(study: Study, *, conf_level: float = 0.95) -> pd.DataFrame:
    """Each outcome's first metric in its last wave against the target of the study.

    Parameters
    ----------
    study : Study
        A study that declares `targets:`.
    conf_level : float
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        One row a target: `outcome metric group level target estimate conf_low conf_high verdict n`,
        in the metric's units (NPS points, share 0–1, scale points), of the last wave in which it
        was answered, where there are waves. `verdict` is `reached` where the interval lies at or
        above the target, `missed` where it lies below, `open` where it holds the target, so that
        it cannot be told, or where there is no interval.

    Raises
    ------
    NotAskedError
        The study declares no target.
    ModelError
        Nobody answered an outcome that has one.

    Notes
    -----
    Intervals as in `metrics`. Where the true figure is the target, 5 of 100 studies say one or the
    other.

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlab as cx
    >>> frame = pd.DataFrame({"q": [10] * 90 + [8] * 76 + [3] * 34})
    >>> outcomes = {"recommend": {"kind": "nps", "column": "q"}}
    >>> study = cx.Study.from_frame(frame, {}, outcomes, targets={"recommend": 40})
    >>> cx.waves.against_targets(study)[["target", "verdict"]].values.tolist()
    [[40.0, 'missed']]
    """
    targets = study.codebook.targets
    if not targets:
        raise NotAskedError(
            "this study declares no target; declare them under targets:, such as {example}",
            example="{recommend: 40}",
        )
    frame = pd.concat(
        [_of_last(study, outcome, conf_level) for outcome in targets], ignore_index=True
    )
    target = frame["outcome"].map(targets).astype(float)
    reached, missed = frame["conf_low"] >= target, frame["conf_high"] < target
    verdict = np.select([reached, missed], ["reached", "missed"], "open")
    return frame.assign(target=target, verdict=verdict)[[*COLUMNS]]


def _of_last(study: Study, outcome: str, conf_level: float) -> pd.DataFrame:
    """The first metric of an outcome, in the last wave that answered it."""
    by = "wave" if len(study.wave_order) > 1 else None
    table = metric_of(study, outcome, by, conf_level)
    return table[table["level"] == table["level"].iloc[-1]].head(1)
