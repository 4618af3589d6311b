"""How far a change of the mean is one of who answered: other shares of groups, or other answers
within them.
"""

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.models.estimator import estimator
from cxlab.models.waves.two_waves import TwoWaves
from cxlab.result import by_bags
from cxlab.stats.decomposition import kitagawa
from cxlab.stats.inference import holm
from cxlab.study.study import Study

POOLED = " + "
COLUMNS = (
    *("outcome", "measure", "group", "level", "step", "part", "share_earlier", "share_later"),
    *("estimate", "std_error", "statistic", "p_value", "p_holm", "conf_low", "conf_high"),
    *("n_earlier", "n_later", "n"),
)


@estimator("decompose_mix")
def decompose_mix(
    study: Study,
    outcome: str,
    *,
    by: str,
    conf_level: float = 0.95,
    n_boot: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """The change of an outcome between its last two waves: mix of groups, and change within them.

    Parameters
    ----------
    study : Study
    outcome : str
        Id of the outcome; of an NPS outcome the score in points changes, of others the mean.
    by : str
        A split of the study, whose groups may have other shares: a segment or "account".
    conf_level : float
        Confidence level of the intervals.
    n_boot : int
        Bootstrap resamples of respondents (or accounts; of a wave's more than 50,000 by 4,000
        random groups of them, as in `importance`); 0 gives no intervals.
    seed : int
        Seed of the resamples.

    Returns
    -------
    DataFrame
        For each group, and for `all` of them together, a row with `part` mix and one with within,
        and the `change` of all: `outcome measure group level step part share_earlier share_later
        estimate std_error statistic p_value p_holm conf_low conf_high n_earlier n_later n`. The
        parts of the groups add up to those of all, and these to the change, of those who told their
        group. `p_holm` is p adjusted over the groups' parts. Groups of fewer than the study's
        min_cell in one wave are taken together; `level` names them all ("a + b").

    Raises
    ------
    ModelError
        One wave only; a group of too few in one wave that has no other to be taken together with.

    Notes
    -----
    Kitagawa (1955): mix (p₁ − p₀)(m − M), within p(m₁ − m₀), with p and m means over both waves;
    M, the mean of both waves, moves nothing of the sum. Intervals are Student's t on the error of
    the bootstrap; strata are not kept in the resamples. Checked against the formula by hand.

    Examples
    --------
    >>> import cxlab as cx
    >>> study = cx.simulate_study(300, seed=1, design="retail")
    >>> table = cx.waves.decompose_mix(study, "recommend", by="channel", n_boot=0)
    >>> parts = table[table["level"] == "all"].set_index("part")["estimate"]
    >>> bool(abs(parts["mix"] + parts["within"] - parts["change"]) < 1e-9)
    True
    """
    groups = study.group(by)
    two = TwoWaves.of(study, outcome, groups)
    groups, levels = _pooled(two, by, groups[two.rows])
    member = (groups.to_numpy()[:, None] == np.array(levels, dtype=object)).astype(float)
    sums = two.sums(np.hstack([member, member * two.y[:, None]]), n_boot, seed)
    parts = kitagawa(sums)
    shares = sums[0, :, : len(levels)] / sums[0, :, : len(levels)].sum(axis=1, keepdims=True)
    flat = np.concatenate([parts.transpose(0, 2, 1), parts.sum(axis=2)[:, None]], axis=1)
    tested = pd.DataFrame(two.tested(flat.reshape(len(flat), -1), conf_level))
    tested["part"] = ["mix", "within"] * (len(levels) + 1)
    tested["level"] = np.repeat([*levels, "all"], 2)
    for name, side in zip(("share_earlier", "share_later"), shares, strict=True):
        tested[name] = np.repeat([*side, 1.0], 2)
    sizes = [two.counts(one > 0) for one in member.T] + [two.counts(np.ones(len(two.y), bool))]
    tested = tested.join(pd.DataFrame(sizes).loc[tested.index // 2].reset_index(drop=True))
    grouped = tested["level"] != "all"
    tested["p_holm"] = holm(tested["p_value"].where(grouped))
    whole = {"level": "all", "part": "change", **two.change(conf_level), **sizes[-1]}
    frame = pd.concat([tested, pd.DataFrame([whole])], ignore_index=True)
    frame = frame.assign(**two.about | {"group": by})[[*COLUMNS]]
    return by_bags(frame, n_boot and two.bags)


def _pooled(two: TwoWaves, by: str, groups: pd.Series) -> tuple[pd.Series, list[str]]:
    """The groups, those of few in one wave taken together, and their names."""
    levels = [level for level in two.study.levels(by) if (groups == level).any()]
    least = two.study.codebook.report.min_cell

    def fewest(names: list[str]) -> int:
        counts = two.counts(groups.isin(names).to_numpy())
        return min(counts["n_earlier"], counts["n_later"])

    few = [level for level in levels if fewest([level]) < least]
    if few and fewest(few) < least:
        raise ModelError(
            "{by}: too few respondents of {level} answered {outcome} in one of the waves; it"
            " takes {least} in each of {step}: recode it into another group under recode:, or"
            " leave it out by include:",
            by=by,
            least=least,
            level=", ".join(few),
            outcome=two.outcome,
            step=two.about["step"],
        )
    kept = [level for level in levels if level not in few]
    if few:
        groups = groups.where(~groups.isin(few), POOLED.join(few))
    return groups, [*kept, *([POOLED.join(few)] if few else [])]
