"""How many classes of customers are there who answer alike, or are there none?"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.models.estimator import estimator
from cxlab.models.segments.classified import Answered
from cxlab.result import SETTINGS
from cxlab.stats.latent_class import entropy, stability
from cxlab.study.study import Study

SMALLEST, STABLE, RESAMPLES, MOST = 0.05, 0.75, 100, 8


@estimator("find_segments")
def find_segments(
    study: Study, indicators: Iterable[str] = (), *, most: int = MOST, seed: int = 0
) -> pd.DataFrame:
    """Latent classes of categorical answers: of each number of classes how well it fits, and which
    one holds.

    Parameters
    ----------
    study : Study
    indicators : iterable of str
        Touchpoints (low, middle or high, by thirds of the scale), questions of several answers, or
        columns of the answers; those under `classes:` in study.yml unless given.
    most : int
        The largest number of classes, 1 to 8.
    seed : int
        Seed of the 50 starts of each number, and of the resamples.

    Returns
    -------
    DataFrame
        One row a number of classes that the indicators can tell apart: `classes log_likelihood
        parameters bic entropy smallest jaccard verdict n n_eff`. `log_likelihood` has weights of
        mean 1; `bic` counts respondents by Kish's `n_eff`. `entropy` is 1 where everybody's class
        is certain, 0 where nothing is known. `smallest` is the share (0–1) of the smallest class;
        `jaccard` how well the least stable class
        is found again in 100 resamples (0–1; NaN where that was not needed). `verdict` is "chosen"
        of the lowest BIC among those that hold; of a lower BIC "small" (a class below 5 % or below
        the study's min_cell), "unstable" (`jaccard` below .75) or "not_converged"; else "". Where
        none is chosen there are no stable segments; where one class is, customers do not fall
        apart.

    Raises
    ------
    NotAskedError
        Nothing is declared or given.
    ModelError
        Fewer than 200 respondents, as they weigh, or 3 indicators; an indicator of one answer or of
        more than 10.

    Notes
    -----
    Weighted EM (Goodman 1974) from 50 starts (Biernacki, Celeux & Govaert 2003 for the short runs
    among them); what was not met or not answered is missing by design and has no part in the
    likelihood. BIC: Schwarz (1978), of the log-likelihood at the size of `n_eff` (in a
    panel, people). Stability: Hennig
    (2007), clusters of respondents resampled whole. Checked against Goodman's analysis of Stouffer
    & Toby (1951), and StepMix. How often one class is found where there is one, and three where
    there are three: tests/calibration/segments.py.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> group = rng.random(400) < 0.4
    >>> answers = {f"q{i}": rng.random(400) < np.where(group, 0.9, 0.1) for i in range(5)}
    >>> study = Study.from_frame(pd.DataFrame(answers).astype(int), {})
    >>> table = find_segments(study, [*answers], most=3)
    >>> table.loc[table["verdict"] == "chosen", "classes"].item()
    2
    """
    if not 1 <= most <= MOST:
        raise ModelError("most={most}: give 1 to {limit} classes", most=most, limit=MOST)
    indicators = tuple(indicators)
    answered = Answered.of(study, indicators)
    patterns, sample, n_eff = answered.patterns, answered.sample, answered.n_eff
    rows, found = [], {}
    for k in range(1, min(most, patterns.most()) + 1):
        classes, posterior = answered.found(k, seed)
        found[k] = classes, np.bincount(posterior.argmax(axis=1), minlength=k).min()
        parameters = patterns.parameters(k)
        fit = -2 * classes.loglik * n_eff / sample.n
        row = {"classes": k, "log_likelihood": classes.loglik, "parameters": parameters}
        row["bic"] = fit + parameters * np.log(n_eff)
        row |= {"entropy": entropy(posterior, sample.w), "smallest": classes.shares.min()}
        rows.append(row | {"jaccard": np.nan, "verdict": ""})
    frame = pd.DataFrame(rows, index=[row["classes"] for row in rows])
    least = study.codebook.report.min_cell
    for k in frame.sort_values("bic", kind="stable").index:
        (classes, fewest), verdict = found[k], "chosen"
        if not classes.converged:
            verdict = "not_converged"
        elif classes.shares.min() < SMALLEST or fewest < least:
            verdict = "small"
        elif k > 1:
            again = stability(patterns, sample.w, classes, answered.units, RESAMPLES, seed)
            frame.loc[k, "jaccard"] = again.min()
            verdict = "chosen" if again.min() >= STABLE else "unstable"
        elif (frame["verdict"] != "").any():
            break  # more classes fit better, and none of them holds
        frame.loc[k, "verdict"] = verdict
        if verdict == "chosen":
            break
    frame = frame.assign(n=sample.n, n_eff=n_eff).reset_index(drop=True)
    frame.attrs[SETTINGS] = {"indicators": indicators}
    return frame
