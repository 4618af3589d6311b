"""Figures that are not one function's time (ratios of whole processes) are printed below pytest-benchmark's table."""

from __future__ import annotations

import pytest

_FIGURES: list[str] = []


@pytest.fixture
def figure():
    """`figure("what", value)` prints a line at the end of the run."""
    return lambda what, value: _FIGURES.append(f"{what}: {value:.4g}")


def pytest_terminal_summary(terminalreporter) -> None:
    for line in _FIGURES:
        terminalreporter.write_line(line)
