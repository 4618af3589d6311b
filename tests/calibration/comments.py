"""Words and codes of comments: are true nulls found as often as said, planted words found, and do
intervals of ratios, of log odds and of alpha hold?

Respondents are independent, weighted (lognormal, Kish's design effect 1.28) or in accounts of ten
whose use of a word is alike (a latent variable of which a fifth is shared).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from harness import COVERAGE, ONE_SIDED, SIZE, Kind, at_least
from scipy.stats import norm

import cxlab as cx
from cxlab.stats.agreement import krippendorff

SHARED = 0.2
SAMPLES = ("plain", "weighted", "accounts")
# Of letters only, and no two with one stem.
WORDS = [f"{a}{b}lom" for a in ("br", "cr", "dr", "fr") for b in ("ac", "ec", "ic", "oc", "uc")]
RECOMMEND = {"r": {"kind": "nps", "column": "nps"}}


def used_by(
    rng: np.random.Generator, low: np.ndarray, shares: np.ndarray, sample: str
) -> np.ndarray:
    """Who uses which word (respondents × words); shares of detractors and of promoters (2 ×
    words).
    """
    latent = rng.normal(size=(len(low), shares.shape[1]))
    if sample == "accounts":
        common = rng.normal(size=(len(low) // 10 + 1, shares.shape[1]))[np.arange(len(low)) // 10]
        latent = np.sqrt(1 - SHARED) * latent + np.sqrt(SHARED) * common
    return latent < norm.ppf(shares)[np.where(low, 0, 1)]


def study_of(rng: np.random.Generator, low: np.ndarray, used: np.ndarray, sample: str) -> cx.Study:
    texts = [" ".join(np.compress(row, WORDS)) or "nada" for row in used]
    frame, keys = pd.DataFrame({"why": texts, "nps": np.where(low, 2, 10)}), {}
    if sample == "weighted":
        frame, keys = frame.assign(w=rng.lognormal(0, 0.5, len(frame))), {"weight": "w"}
    if sample == "accounts":
        firm = [f"a{i // 10}" for i in range(len(frame))]
        frame, keys = frame.assign(firm=firm), {"account": "firm"}
    why = {"why": {"column": "why", "about": "r", "language": "pt"}}
    return cx.Study.from_frame(frame, {}, RECOMMEND, comments=why, **keys)


def keyness(seed: int, *, n: int, share: float, sample: str) -> list[float]:
    """Nineteen words that both groups use alike and one that 30 % of detractors and 10 % of
    promoters use: is a null found by its own p, is any found after Holm, is the planted one found
    after Holm, do its intervals hold?
    """
    rng = np.random.default_rng(seed)
    low = rng.permutation(np.arange(2 * n) < n)
    shares = np.full((2, len(WORDS)), share)
    shares[:, 0] = 0.3, 0.1
    study = study_of(rng, low, used_by(rng, low, shares, sample), sample)
    found = cx.comments.keyness(study, "why").set_index("word")
    # The first null stands for all: a share of rejected words is then one of studies.
    null, planted = found.loc[WORDS[1]], found.loc[WORDS[0]]
    others = found.loc[WORDS[1:]]
    odds = np.log(0.3 / 0.7 / (0.1 / 0.9))
    return [
        float(null["p_value"] < 0.05),
        float((others["p_holm"] < 0.05).any()),
        float(planted["p_holm"] < 0.05),
        float(planted["conf_low"] <= odds <= planted["conf_high"]),
        float(planted["ratio_low"] <= 3 <= planted["ratio_high"]),
        float(null["ratio_low"] <= 1 <= null["ratio_high"]),
    ]


def alpha(seed: int, *, n: int, share: float, slip: float) -> list[float]:
    """Two coders, each of whom gives or leaves out a code wrongly in `slip` of the comments."""
    rng = np.random.default_rng(seed)
    true = rng.random(n) < share
    ratings = np.array([true ^ (rng.random(n) < slip) for _ in range(2)], dtype=float)
    found = krippendorff(ratings, n_boot=999, seed=seed)
    given = share * (1 - slip) + (1 - share) * slip
    truth = 1 - 2 * slip * (1 - slip) / (2 * given * (1 - given))
    if np.isnan(found["conf_low"]):
        raise cx.ModelError("nobody disagrees")
    return [float(found["conf_low"] <= truth <= found["conf_high"])]


def of_words(cell: dict) -> dict:
    """The figures of `keyness`; weights and accounts leave less than 200 answers tell."""
    found = at_least(95) if cell["sample"] == "plain" else None
    return {
        "a true null": SIZE,
        "any true null (Holm)": ONE_SIDED,
        "30 against 10 % (Holm)": found,
        "covered odds": COVERAGE,
        "covered ratio": COVERAGE,
        "covered ratio of a null": COVERAGE,
    }


KINDS = {
    "keyness": Kind(
        keyness, of_words, "Words of two groups: nineteen that are used alike, one that is not"
    ),
    "coders_alpha": Kind(alpha, {"covered": COVERAGE}, "Krippendorff's alpha of two coders"),
}


def cells() -> list[dict]:
    found = [
        {"kind": "keyness", "n": 200, "share": share, "sample": sample}
        for share in (0.1, 0.3)
        for sample in SAMPLES
    ]
    return found + [
        {"kind": "coders_alpha", "n": n, "share": share, "slip": 0.05}
        for n in (100, 300)
        for share in (0.1, 0.3)
    ]
