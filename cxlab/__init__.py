"""cxlab: expectation-gap models, loyalty drivers and client reports for customer-experience
surveys.

The face of the package is the list in __init__.pyi, which editors read too; each name is loaded
when first used, so that `import cxlab` costs next to nothing.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ += ["__version__"]
