"""Imported once by the process whose copies are the kernels of notebooks under test."""

import os

from cxlab.report.run.forkserver import warm

_held = dict(os.environ)
warm()
# a page asks the environment whether it is made in a batch
os.environ.clear()
os.environ.update(_held)
