"""The order of waves, where their names tell it."""

import re


def natural_order(waves: list[str]) -> list[str] | None:
    """Waves in the order of their numbers (2016, 2017; W1 … W12; 2025-Q4, 2026-Q1), or None where
    the names tell none.
    """
    split = [re.split(r"(\d+)", wave) for wave in waves]
    # The words between the numbers must be the same: of "Q4 2025" and "Q1 2026" the first number is
    # not the year.
    if len({tuple(parts[::2]) for parts in split}) > 1 or any(len(parts) < 3 for parts in split):
        return None
    numbers = [[int(n) for n in parts[1::2]] for parts in split]
    if len(numbers[0]) > 1 and not all(len(parts[1]) == 4 for parts in split):
        return None
    return [wave for _, wave in sorted(zip(numbers, waves, strict=True))]
