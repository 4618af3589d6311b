"""Writes latent_class.json: answers with weights, and the classes that StepMix 3.0 (PyPI, MIT)
finds in them. Not run by the tests: StepMix brings scikit-learn, which nothing else here needs.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from stepmix.stepmix import StepMix

OPTIONS = {"n_init": 20, "max_iter": 100_000, "abs_tol": 0, "rel_tol": 1e-17, "random_state": 0}


def answers(seed: int, n: int, k: int, levels: int) -> tuple[np.ndarray, np.ndarray]:
    """Five items in `k` classes, a tenth without an answer, and weights."""
    rng = np.random.default_rng(seed)
    of_class = rng.dirichlet(np.ones(levels), (k, 5))
    mine = rng.integers(0, k, n)
    codes = np.array([[rng.choice(levels, p=p) for p in of_class[one]] for one in mine])
    return np.where(rng.random(codes.shape) < 0.1, -1, codes), rng.lognormal(0, 0.5, n)


def main() -> None:
    cases = []
    for seed, (n, k, levels) in enumerate([(150, 2, 3), (250, 3, 2)]):
        codes, w = answers(seed, n, k, levels)
        w = (w / w.mean()).round(6)
        frame = pd.DataFrame(np.where(codes < 0, np.nan, codes))
        model = StepMix(k, measurement="categorical_nan", progress_bar=0, **OPTIONS)
        model.fit(frame, sample_weight=w)
        order = np.argsort(-model.weights_)
        found = model.get_parameters()["measurement"]["pis"][order]
        shares, loglik = model.weights_[order], model.lower_bound_ * w.sum()
        told = {"shares": shares.tolist(), "levels": found.T.tolist(), "loglik": loglik}
        cases.append({"codes": codes.tolist(), "weights": w.tolist(), "classes": k} | told)
    file = Path(__file__).with_name("latent_class.json")
    file.write_text(json.dumps({"stepmix": "3.0.0", "cases": cases}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
