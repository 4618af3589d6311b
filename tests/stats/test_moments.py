"""Moments add: the same numbers from one piece or many, and from ratings far away from zero."""

import numpy as np
import pandas as pd
import pytest

from cxlab import Moments


def test_moments_add_over_chunks():
    rng = np.random.default_rng(0)
    frame, w = (
        pd.DataFrame(rng.normal(5, 2, (300, 3)), columns=list("abc")),
        rng.uniform(0.5, 2, 300),
    )
    whole = Moments.from_frame(frame, w)
    parts = [Moments.from_frame(frame[i : i + 70], w[i : i + 70]) for i in range(0, 300, 70)]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    assert (total.n, total.weight) == (300, pytest.approx(whole.weight))
    assert total.scatter == pytest.approx(whole.scatter, rel=1e-12)
    assert whole.covariance == pytest.approx(np.cov(frame.T, aweights=w, ddof=0), rel=1e-12)


def test_no_digits_are_lost_far_from_zero():
    x = np.random.default_rng(1).normal(size=(200, 2))
    far = pd.DataFrame(x + 1e8, columns=["a", "b"])
    halves = Moments.from_frame(far[:90]) + Moments.from_frame(far[90:])
    # 1e8 itself costs eight digits of the sixteen; the sum of squares would cost all of them.
    assert halves.covariance == pytest.approx(np.cov(x.T, ddof=0), rel=1e-6)


def test_different_columns_do_not_add():
    a, b = (Moments.from_frame(pd.DataFrame({name: [1.0, 2]})) for name in "ab")
    with pytest.raises(ValueError, match="different columns"):
        a + b
