"""cxlab: expectation-gap models, loyalty drivers and client reports for customer-experience
surveys.

The face of the package is the list in __init__.pyi, which editors read too; each name is loaded
when first used, so that `import cxlab` costs next to nothing. What is not on the face is public in
a room (`cx.describe`, `cx.gap`, `cx.drivers`, `cx.journey`, `cx.waves`,
`cx.events`, `cx.comments`, `cx.money`, `cx.constructs`, `cx.segments`, `cx.exports`, `cx.explore`,
`cx.learn`).
"""

from typing import Any

import lazy_loader

from cxlab.moved import moved

__version__ = "0.1.0"

_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ += ["__version__"]


def __getattr__(name: str) -> Any:
    if name in __all__ or name.startswith("__"):
        from cxlab.extras import needed  # late, as everything is

        with needed():
            return _load(name)
    return moved(name)
