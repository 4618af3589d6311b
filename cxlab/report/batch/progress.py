"""How far a batch is: a line for each report, or a bar with the time left where someone watches."""

import contextlib
import sys
from collections.abc import Callable, Iterator

Progress = Callable[[str], None] | bool | None


@contextlib.contextmanager
def line_writer(progress: Progress, total: int) -> Iterator[Callable[[str], None]]:
    """What is called with one line a finished report. True shows a bar in a terminal or a notebook,
    and nothing elsewhere.
    """
    if progress is not True:
        yield progress or (lambda line: None)
        return
    from tqdm.auto import tqdm

    # In a notebook there is no terminal, but a reader all the same.
    in_notebook = type(sys.stdout).__module__.startswith("ipykernel")
    watched = sys.stderr.isatty() or in_notebook
    file = None if in_notebook else sys.stderr
    with tqdm(total=total, unit="report", disable=not watched, file=file) as bar:

        def tell(line: str) -> None:
            if watched:
                bar.write(line, file=sys.stderr)
            if line.startswith("["):
                bar.update()

        yield tell
