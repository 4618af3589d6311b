"""How results are shown: words, tables and figures made from DataFrames, in the reader's language.

Nothing here computes a statistic or knows where a result came from; the glossary is all that show/
and models/ share.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, ["explore"])
