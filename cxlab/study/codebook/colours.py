"""The colours of figures, made of a brand's two: a ramp of the main hue, and an accent that every
reader can tell from it, whatever colours they see.
"""

import numpy as np

# Of a mark against its ground (WCAG 2.2, 1.4.11), and of words on it (1.4.3).
MARK, TEXT = 3.0, 4.5
WHITE, INK = "#ffffff", "#1d2733"
# What linear RGB becomes for who lacks the long or the middle cones (Machado, Oliveira and
# Fernandes 2009, severity 1).
_PROTANOPIA = [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
]
_DEUTERANOPIA = [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.011820, 0.042940, 0.968881],
]
_EYES = np.array([np.eye(3), _PROTANOPIA, _DEUTERANOPIA])
# From linear sRGB to XYZ with white at 1, and the least distances in CIELAB of two colours, and of
# their lightness alone, at which marks of our size are told apart (ours are 83 and 13 apart).
_XYZ = np.array([[0.4339, 0.3762, 0.1899], [0.2126, 0.7152, 0.0722], [0.0178, 0.1095, 0.8727]])
APART, APART_IN_GREY = 20.0, 5.0
# Accents that stand in, the first that does.
STAND_INS = "#c2560c", "#0b5a8e", "#1f70b8", "#6b4f8a", INK


def _linear(colour: str) -> np.ndarray:
    parts = np.array([*bytes.fromhex(colour[1:])]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`, 0 black … 1 white (WCAG 2.2, from IEC 61966-2-1)."""
    return float(_linear(colour) @ (0.2126, 0.7152, 0.0722))


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours, 1 … 21.

    >>> round(contrast("#000000", "#ffffff"), 1)
    21.0
    """
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mixed(colour: str, part: float) -> str:
    """A colour with so much of it, the rest white."""
    parts = (round(255 - part * (255 - one)) for one in bytes.fromhex(colour[1:]))
    return f"#{bytes(parts).hex()}"


def _lab(linear: np.ndarray) -> np.ndarray:
    xyz = _XYZ @ linear.clip(0, 1)
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def are_apart(one: str, other: str) -> bool:
    """Whether two colours are told apart by all, by who has no red or no green, and in grey."""
    seen = [[_lab(eyes @ _linear(colour)) for colour in (one, other)] for eyes in _EYES]
    in_grey = abs(seen[0][0][0] - seen[0][1][0])
    return in_grey >= APART_IN_GREY and all(np.linalg.norm(a - b) >= APART for a, b in seen)


def figure_accent(main: str, accent: str) -> str:
    """The accent of figures: the brand's own where it is told from the main colour, else the first
    that stands in.
    """
    return next(one for one in (accent, *STAND_INS) if are_apart(main, one))


def figure_colours(main: str, accent: str) -> dict[str, str | list[str]]:
    """The colours of figures by what they are for.

    `light` is the palest of the main hue that a mark may have; a surface goes up to it, so that
    words can be read on it.
    """
    accent = figure_accent(main, accent)
    shares = (step / 100 for step in range(101))
    light = next(one for one in shares if contrast(mixed(main, one), WHITE) >= MARK)
    return {
        "main": main,
        "light": mixed(main, light),
        "pale": mixed(main, 0.1),
        "accent": accent,
        "pale_accent": mixed(accent, 0.08),
        "surface": [mixed(main, light * part) for part in (0.08, 0.3, 0.55, 0.8, 1.0)],
    }
