"""The room of drivers: models of an outcome on the experience at touchpoints, how much each weighs,
and what follows from it. Names are loaded when first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__package__, __file__)
