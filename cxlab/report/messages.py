"""What is said of a failure: one line, with what to do about it, and nothing that a respondent
answered.

Messages go to the manifest, the journal, the list of clients and the screen. A cell that fails
quotes what it failed on, so they are masked like comments, and lose the folders of this machine.
"""

import errno
import re
from pathlib import Path

from cxlab.data_files import read_data
from cxlab.errors import CxlabError, ReportError, StudyError
from cxlab.show.words.text import visible
from cxlab.study.privacy.masking import mask
from cxlab.study.privacy.redaction import redaction

ADVICE = read_data("report", "advice.yml")


def refusal(why: str) -> ReportError:
    """What refuses a report for a reason that is worded already: the consultant reads English."""
    return ReportError("{why}", why=why)


def reason(error: Exception) -> str:
    """What an error says; for a fault of the disk also what to do about it, and of one that nobody
    foresaw its kind.
    """
    if isinstance(error, OSError):
        advice = ADVICE["disk"].get(errno.errorcode.get(error.errno))
        return f"{error.strerror or error}{f'; {advice}' if advice else ''}"
    return str(error) if isinstance(error, CxlabError) else f"{type(error).__name__}: {error}"


def masked(line: str) -> str:
    """A message without personal data and folders: `/a/b/c.py:3: …` becomes `c.py:3: …`."""
    return re.sub(r"(?<![\w/:])(?:[A-Za-z]:)?(?:[/\\][\w.@ +~-]+)*[/\\](?=[\w.<])", "", mask(line))


def one_line(message: object, most: int = 400) -> str:
    """A message as one masked line of at most `most` characters, as a table can show it."""
    bare = re.sub(r"\x1b\[[0-9;]*m", "", str(message))  # the colours of a terminal
    line = visible(masked(" ".join(bare.split())))
    return line if len(line) <= most else line[: most - 1] + "…"


def written(study: Path | str, message: str, most: int = 400) -> str:
    """A message of a report on this study as it stays on the disk: `one_line` without what
    respondents answered.

    Where the study cannot be read, nobody can tell what to hide in the message, and that is said
    instead.
    """
    try:
        return one_line(redaction(study).mask(message), most)
    except StudyError as error:
        return one_line(error)
    except Exception as error:  # whatever keeps it from being read, the message may not be quoted
        return f"the study cannot be read ({type(error).__name__}); run cxlab check on its folder"
