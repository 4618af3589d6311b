"""Figures that are not one function's time (ratios of whole processes) are printed below
pytest-benchmark's table.

One BLAS thread, as a report's kernel has: CPU time counts the threads that only wait, up to ten
times the work on small matrices.
"""

from __future__ import annotations

import os

# Before numpy is first imported, which is when it reads them.
os.environ |= {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}

import pytest  # noqa: E402

_FIGURES: list[str] = []


@pytest.fixture
def figure():
    """`figure("what", value)` prints a line at the end of the run."""
    return lambda what, value: _FIGURES.append(f"{what}: {value:.4g}")


def pytest_terminal_summary(terminalreporter) -> None:
    for line in _FIGURES:
        terminalreporter.write_line(line)
