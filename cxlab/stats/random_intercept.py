"""Linear model with a random intercept by group, by restricted maximum likelihood.

statsmodels' MixedLM fits; its optimisers stop in different places, its own choice ends in "Singular
matrix" on sound data, and its errors come from a numerical Hessian. So the optimisers are tried in
a stated order, the gradient is checked, and the errors are in closed form.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from statsmodels.regression.mixed_linear_model import MixedLM

from cxlab.errors import ModelError

# In this order, because lbfgs, statsmodels' own choice, ends in "Singular matrix" on sound data.
OPTIMIZERS = ("bfgs", "cg", "lbfgs", "powell")
# Largest gradient per row at which a likelihood counts as maximal.
FLAT = 1e-4


@dataclass(frozen=True)
class RandomIntercept:
    """y = xβ + u_group + e by restricted maximum likelihood: β (k) with its covariance (k × k), the
    variances of u and e, and the largest gradient per row.
    """

    params: np.ndarray
    cov: np.ndarray
    variance_between: float
    variance_within: float
    log_likelihood: float
    gradient: float

    @property
    def icc(self) -> float:
        """Share of the unexplained variance that lies between groups (intraclass correlation)."""
        return self.variance_between / (self.variance_between + self.variance_within)


def random_intercept(
    y: np.ndarray, x: np.ndarray, groups: np.ndarray, instead: str
) -> RandomIntercept:
    """REML fit (Laird & Ware 1982) of y = xβ + u_group + e, with covariance (X'V⁻¹X)⁻¹ as in lme4.

    Checked against lme4 (1e-4; errors 1e-5). Raises ModelError, which offers `instead`, where no
    optimiser reaches a maximum.
    """
    tried = []
    for optimizer in OPTIMIZERS:
        try:
            # What statsmodels warns of is checked below, on the gradient; a report shows no
            # warnings of attempts.
            with warnings.catch_warnings(record=True):
                warnings.simplefilter("always")
                result = MixedLM(y, x, groups=groups).fit(reml=True, method=optimizer, maxiter=500)
                gradient = float(np.abs(result.model.score(result.params_object)).max()) / len(y)
        except np.linalg.LinAlgError as error:
            tried.append(f"{optimizer}: {error}")
            continue
        between, within = float(np.asarray(result.cov_re)[0, 0]), float(result.scale)
        if gradient < FLAT and between > 0:
            # (X'V⁻¹X)⁻¹ with V⁻¹ in closed form; statsmodels' own errors are up to 2e-4 off lme4's.
            by_group = pd.DataFrame(x).groupby(groups)
            sums, sizes = by_group.sum().to_numpy(), by_group.size().to_numpy()
            shrunk = between / (within + sizes * between)
            cov = np.linalg.inv((x.T @ x - (sums * shrunk[:, None]).T @ sums) / within)
            return RandomIntercept(
                result.fe_params, cov, between, within, float(result.llf), gradient
            )
        tried.append(f"{optimizer}: gradient {gradient:.1e} per row")
    raise ModelError(
        "the random-intercept model did not reach a maximum ({tried}); use {instead}",
        tried="; ".join(tried),
        instead=instead,
    )
