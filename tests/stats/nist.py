"""The linear sets of NIST's Statistical Reference Datasets (public domain), with their certified
values to 15 digits.

Each is `x` (rows × columns as the model has them, the intercept's ones not among them), `y`,
whether there is an intercept, and what NIST certifies: estimates, their standard deviations, the
residual standard deviation and R² (about zero where there is no intercept).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

import numpy as np


@dataclass(frozen=True)
class Certified:
    x: list[list[Fraction]]
    y: list[Fraction]
    intercept: bool
    estimates: list[float]
    std_errors: list[float]
    sigma: float
    r_squared: float

    @property
    def columns(self) -> np.ndarray:
        return np.array(self.x, dtype=float)

    @property
    def outcome(self) -> np.ndarray:
        return np.array(self.y, dtype=float)

    def exact(self) -> tuple[list[Fraction], list[float], float, float]:
        """Estimates in rational arithmetic, and standard deviations, residual s.d. and R² rounded
        once: what was typed must agree.
        """
        rows = [([Fraction(1)] if self.intercept else []) + row for row in self.x]
        terms = len(rows[0])
        inner = [[sum(r[i] * r[j] for r in rows) for j in range(terms)] for i in range(terms)]
        inverse = _inverse(inner)
        moment = [sum(r[i] * y for r, y in zip(rows, self.y, strict=True)) for i in range(terms)]
        b = [sum(inverse[i][j] * moment[j] for j in range(terms)) for i in range(terms)]
        rest = sum(
            (y - sum(bi * ri for bi, ri in zip(b, row, strict=True))) ** 2
            for row, y in zip(rows, self.y, strict=False)
        )
        centre = sum(self.y) / len(self.y) if self.intercept else Fraction(0)
        total = sum((y - centre) ** 2 for y in self.y)
        variance = rest / (len(rows) - terms)
        return (
            b,
            [sqrt(variance * inverse[i][i]) for i in range(terms)],
            sqrt(variance),
            float(1 - rest / total),
        )


def _inverse(matrix: list[list[Fraction]]) -> list[list[Fraction]]:
    """Gauss–Jordan in exact arithmetic."""
    size = len(matrix)
    wide = [row[:] + [Fraction(int(i == j)) for j in range(size)] for i, row in enumerate(matrix)]
    for k in range(size):
        pivot = next(i for i in range(k, size) if wide[i][k])
        wide[k], wide[pivot] = wide[pivot], wide[k]
        wide[k] = [value / wide[k][k] for value in wide[k]]
        for i in range(size):
            if i != k and (factor := wide[i][k]):
                wide[i] = [a - factor * b for a, b in zip(wide[i], wide[k], strict=True)]
    return [row[size:] for row in wide]


def _numbers(text: str) -> list[Fraction]:
    return [Fraction(value) for value in text.split()]


def _powers(x: list[Fraction], degree: int) -> list[list[Fraction]]:
    return [[value**k for k in range(1, degree + 1)] for value in x]


_NORRIS_X = _numbers("""
0.2 337.4 118.2 884.6 10.1 226.5 666.3 996.3 448.6 777.0 558.2 0.4 0.6 775.5 666.9 338.0 447.5
11.6 556.0 228.1 995.8 887.6 120.2 0.3 0.3 556.8 339.1 887.2 999.0 779.0 11.1 118.3 229.2 669.1
448.9 0.5""")
_NORRIS_Y = _numbers("""
0.1 338.8 118.1 888.0 9.2 228.1 668.5 998.5 449.1 778.9 559.2 0.3 0.1 778.1 668.8 339.3 448.9 10.8
557.7 228.3 998.0 888.8 119.6 0.3 0.6 557.6 339.3 888.0 998.5 778.9 10.2 117.6 228.9 668.4 449.2
0.2""")

# Longley (1967): total employment on the price deflator, GNP, unemployment, armed forces,
# population, year.
_LONGLEY = [
    _numbers(row)
    for row in """
60323 83.0 234289 2356 1590 107608 1947
61122 88.5 259426 2325 1456 108632 1948
60171 88.2 258054 3682 1616 109773 1949
61187 89.5 284599 3351 1650 110929 1950
63221 96.2 328975 2099 3099 112075 1951
63639 98.1 346999 1932 3594 113270 1952
64989 99.0 365385 1870 3547 115094 1953
63761 100.0 363112 3578 3350 116219 1954
66019 101.2 397469 2904 3048 117388 1955
67857 104.6 419180 2822 2857 118734 1956
68169 108.4 442769 2936 2798 120445 1957
66513 110.8 444546 4681 2637 121950 1958
68655 112.6 482704 3813 2552 123366 1959
69564 114.2 502601 3931 2514 125368 1960
69331 115.7 518173 4806 2572 127852 1961
70551 116.9 554894 4007 2827 130081 1962""".strip().splitlines()
]

# Wampler (1970): y is a polynomial of degree 5 in 0…20, plus 0, 1, 100 and 10,000 times this noise,
# which is orthogonal to it.
_WAMPLER_X = [Fraction(value) for value in range(21)]
_WAMPLER_NOISE = _numbers(
    "759 -2048 2048 -2048 2523 -2048 2048 -2048 1838 -2048 2048 -2048 1838 -2048 2048 -2048 2523"
    " -2048 2048 -2048 759"
)
_WAMPLER_ERRORS = [
    2152.32624678170,
    2363.55173469681,
    779.343524331583,
    101.475507550350,
    5.64566512170752,
    0.112324854679312,
]


def _wampler(base: Fraction, noise: int, sigma: float, r_squared: float) -> Certified:
    y = [
        sum(base**k * x**k for k in range(6)) + noise * e
        for x, e in zip(_WAMPLER_X, _WAMPLER_NOISE, strict=True)
    ]
    return Certified(
        _powers(_WAMPLER_X, 5),
        y,
        True,
        [float(base**k) for k in range(6)],
        [noise * e for e in _WAMPLER_ERRORS],
        sigma,
        r_squared,
    )


_FILIP_X = _numbers("""
-6.860120914 -4.324130045 -4.358625055 -4.358426747 -6.955852379 -6.661145254 -6.355462942
-6.118102026 -7.115148017 -6.815308569 -6.519993057 -6.204119983 -5.853871964 -6.109523091
-5.79832982 -5.482672118 -5.171791386 -4.851705903 -4.517126416 -4.143573228 -3.709075441
-3.499489089 -6.300769497 -5.953504836 -5.642065153 -5.031376979 -4.680685696 -4.329846955
-3.928486195 -8.56735134 -8.363211311 -8.107682739 -7.823908741 -7.522878745 -7.218819279
-6.920818754 -6.628932138 -6.323946875 -5.991399828 -8.781464495 -8.663140179 -8.473531488
-8.247337057 -7.971428747 -7.676129393 -7.352812702 -7.072065318 -6.774174009 -6.478861916
-6.159517513 -6.835647144 -6.53165267 -6.224098421 -5.910094889 -5.598599459 -5.290645224
-4.974284616 -4.64454848 -4.290560426 -3.885055584 -3.408378962 -3.13200249 -8.726767166
-8.66695597 -8.511026475 -8.165388579 -7.886056648 -7.588043762 -7.283412422 -6.995678626
-6.691862621 -6.392544977 -6.067374056 -6.684029655 -6.378719832 -6.065855188 -5.752272167
-5.132414673 -4.811352704 -4.098269308 -3.66174277 -3.2644011""")
_FILIP_Y = _numbers("""
0.8116 0.9072 0.9052 0.9039 0.8053 0.8377 0.8667 0.8809 0.7975 0.8162 0.8515 0.8766 0.8885 0.8859
0.8959 0.8913 0.8959 0.8971 0.9021 0.909 0.9139 0.9199 0.8692 0.8872 0.89 0.891 0.8977 0.9035
0.9078 0.7675 0.7705 0.7713 0.7736 0.7775 0.7841 0.7971 0.8329 0.8641 0.8804 0.7668 0.7633 0.7678
0.7697 0.77 0.7749 0.7796 0.7897 0.8131 0.8498 0.8741 0.8061 0.846 0.8751 0.8856 0.8919 0.8934
0.894 0.8957 0.9047 0.9129 0.9209 0.9219 0.7739 0.7681 0.7665 0.7703 0.7702 0.7761 0.7809 0.7961
0.8253 0.8602 0.8809 0.8301 0.8664 0.8834 0.8898 0.8964 0.8963 0.9074 0.9119 0.9228""")

NIST = {
    "Norris": Certified(
        _powers(_NORRIS_X, 1),
        _NORRIS_Y,
        True,
        [-0.262323073774029, 1.00211681802045],
        [0.232818234301152, 0.429796848199937e-03],
        0.884796396144373,
        0.999993745883712,
    ),
    "Longley": Certified(
        [row[1:] for row in _LONGLEY],
        [row[0] for row in _LONGLEY],
        True,
        [
            -3482258.63459582,
            15.0618722713733,
            -0.358191792925910e-01,
            -2.02022980381683,
            -1.03322686717359,
            -0.511041056535807e-01,
            1829.15146461355,
        ],
        [
            890420.383607373,
            84.9149257747669,
            0.334910077722432e-01,
            0.488399681651699,
            0.214274163161675,
            0.226073200069370,
            455.478499142212,
        ],
        304.854073561965,
        0.995479004577296,
    ),
    "NoInt1": Certified(
        _powers([Fraction(v) for v in range(60, 71)], 1),
        [Fraction(v) for v in range(130, 141)],
        False,
        [2.07438016528926],
        [0.165289256198347e-01],
        3.56753034006338,
        0.999365492298663,
    ),
    "NoInt2": Certified(
        _powers(_numbers("4 5 6"), 1),
        _numbers("3 4 4"),
        False,
        [0.727272727272727],
        [0.420827318078432e-01],
        0.369274472937998,
        0.993348115299335,
    ),
    "Wampler1": _wampler(Fraction(1), 0, 0.0, 1.0),
    "Wampler2": _wampler(Fraction(1, 10), 0, 0.0, 1.0),
    "Wampler3": _wampler(Fraction(1), 1, 2360.14502379268, 0.999995559025820),
    "Wampler4": _wampler(Fraction(1), 100, 236014.502379268, 0.957478440825662),
    "Wampler5": _wampler(Fraction(1), 10_000, 23601450.2379268, 0.224668921574940e-02),
    "Filip": Certified(
        _powers(_FILIP_X, 10),
        _FILIP_Y,
        True,
        [
            -1467.48961422980,
            -2772.17959193342,
            -2316.37108160893,
            -1127.97394098372,
            -354.478233703349,
            -75.1242017393757,
            -10.8753180355343,
            -1.06221498588947,
            -0.670191154593408e-01,
            -0.246781078275479e-02,
            -0.402962525080404e-04,
        ],
        [
            298.084530995537,
            559.779865474950,
            466.477572127796,
            227.204274477751,
            71.6478660875927,
            15.2897178747400,
            2.23691159816033,
            0.221624321934227,
            0.142363763154724e-01,
            0.535617408889821e-03,
            0.896632837373868e-05,
        ],
        0.334801051324544e-02,
        0.996727416185620,
    ),
}


def digits(found, certified) -> float:
    """Correct significant digits of the worst number (log relative error; absolute where 0 is
    certified); 15 at most.
    """
    found, certified = (
        np.atleast_1d(np.asarray(found, dtype=float)),
        np.atleast_1d(np.asarray(certified, dtype=float)),
    )
    error = np.abs(found - certified) / np.where(certified == 0, 1, np.abs(certified))
    return float(min(15.0, -np.log10(max(error.max(), 1e-16))))
