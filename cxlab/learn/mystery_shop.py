"""Shops whose truth is planted and sealed, so that a lesson can ask before it tells."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from numbers import Integral

import numpy as np
import pandas as pd

from cxlab.data_files import read_data
from cxlab.errors import ModelError, wrong_kind
from cxlab.study.sealed import Sealed
from cxlab.study.simulate.simulate_study import DESIGNS, FORMS, simulate_study
from cxlab.study.study import Study


@dataclass(frozen=True)
class MysteryShop(Sealed):
    """A study whose planted truth stays sealed until it is asked for.

    Attributes
    ----------
    study : Study
        The answers; its `truth` is None.

    Examples
    --------
    >>> import cxlab as cx
    >>> shop = cx.learn.mystery_shop(3, n=60)
    >>> type(shop).__name__, shop.study.n
    ('MysteryShop', 60)
    """

    study: Study
    _truth: Callable[[], pd.DataFrame] = field(repr=False, compare=False)

    def reveal(self) -> pd.DataFrame:
        """The planted numbers: columns `quantity touchpoint coefficient`, without those that are
        0.
        """
        truth = self._truth()
        return truth[truth["coefficient"] != 0].reset_index(drop=True)


def mystery_shop(
    number: int,
    n: int = 500,
    *,
    design: str = "learn",
    form: str | None = None,
    noise: float | None = None,
) -> MysteryShop:
    """A made-up shop whose truth nobody has told you: which touchpoints matter, and how.

    Parameters
    ----------
    number : int
        Which shop; the same number is the same shop.
    n : int
        Respondents.
    design : str
        What is asked, of whom: as in `simulate_study`.
    form : str, optional
        How expectation and experience lead to loyalty; by default the number decides.
    noise : float, optional
        Standard deviation of the noise in loyalty; by default the design's own.

    Returns
    -------
    MysteryShop
        `.study`, and `.reveal()` for the truth.

    Raises
    ------
    ModelError
        As `simulate_study` does.

    Notes
    -----
    The number deals the slopes of the design out among its touchpoints and, unless it is given,
    draws the form, each of them alike; it is the seed of the answers too. Slopes that would be too
    steep where they fall are dealt again.

    Examples
    --------
    >>> import cxlab as cx
    >>> shop = cx.learn.mystery_shop(3, n=60)
    >>> shop.study.n, shop.study.truth, list(shop.reveal())
    (60, None, ['quantity', 'touchpoint', 'coefficient'])
    """
    if not isinstance(number, Integral) or number < 0:
        raise wrong_kind("mystery_shop", "the number of a shop", number, "mystery_shop(3)")
    declared = f"{design}.yml"
    points = (
        read_data("study.simulate.designs", declared)["touchpoints"] if design in DESIGNS else ()
    )
    rng = np.random.default_rng([number, 19])
    form = form or str(rng.choice(FORMS))
    for left in reversed(range(20)):
        dealt = rng.permutation([point["slope"] for point in points]).tolist()
        slopes = {point["touchpoint"]: slope for point, slope in zip(points, dealt, strict=True)}
        try:
            study = simulate_study(
                n, seed=number, design=design, form=form, slopes=slopes, noise=noise
            )
            break
        except ModelError:
            if not left:
                raise
    truth = study.truth
    return MysteryShop(replace(study, truth=None), lambda: truth.copy())
