"""Linearised means on arrays."""

from __future__ import annotations

import numpy as np
import pytest

from cxlab.stats.sampling import unit_scores
from cxlab.study.sample import Sample


def test_units_stand_in_the_order_of_their_codes_however_rows_lie():
    y, clusters = np.array([1.0, 5.0, 3.0, 3.0]), np.array([2, 0, 2, 1])
    found = unit_scores(y, Sample(4, None, clusters))
    assert found == pytest.approx(np.sqrt(3 / 2) * np.array([0.5, 0.0, -0.5]))
