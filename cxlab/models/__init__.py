"""What the answers mean: metrics, gap models, loyalty regressions, importance. Its rooms are
`describe`, `gap`, `drivers`, `journey`, `waves`, `events`, `comments`, `money`, `constructs` and
`segments`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    [
        *("describe", "gap", "drivers", "journey", "waves", "events", "comments", "money"),
        "constructs",
        "segments",
    ],
)
