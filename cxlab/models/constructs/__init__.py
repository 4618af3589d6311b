"""The room of constructs: what stands behind satisfaction and loyalty, and leads to what.

The room's names are listed in __init__.pyi; each is loaded when first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
