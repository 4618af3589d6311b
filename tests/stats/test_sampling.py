"""Linearised means on arrays."""

from __future__ import annotations

import numpy as np
import pytest

from cxlab.stats.sampling import unit_scores


def test_units_stand_in_the_order_of_their_codes_however_rows_lie():
    y, clusters = np.array([1.0, 5.0, 3.0, 3.0]), np.array([2, 0, 2, 1])
    assert unit_scores(y, None, clusters) == pytest.approx([0.5, 0.0, -0.5])
