"""Pictures as a reader gets them."""

import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from typing import Any

from cxlab.show.plot.picture import Picture
from cxlab.show.words.wording import Wording


def drawn(
    plot: Callable[..., Picture],
    *results: Any,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
    **options: Any,
) -> Picture:
    """A plot function's picture in one language."""
    return plot(Wording(language, labels or {}, conf_level), *results, **options)


def words_of(picture: Picture, narrow: bool = False) -> str:
    """All words that stand in the figure."""
    return " ".join(ET.fromstring(picture.svg(narrow)).itertext())
