"""The room of the course: shops whose truth is sealed, answers that are checked, and copies of the
lessons for a class.

A room of its own, because it stands on the study (`mystery_shop`) and on the reader's language
(`check`); the lessons themselves are notebooks (`notebooks/learn`).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
