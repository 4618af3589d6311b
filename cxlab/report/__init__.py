"""How a report is sent: notebooks run one client a process, pages checked before they leave,
manifests beside them.

The only room that imports papermill, nbclient and nbconvert.
"""

from typing import Any

Record = dict[str, Any]  # what is written down as JSON: in a manifest, in a journal, of a job
