"""What every explorer is: controls over an answer that is computed beside the notebook.

A long bootstrap must not hold the kernel, so it runs in a thread, which a new choice or the Stop
button ends. What is drawn is drawn in the kernel's own loop, since matplotlib's settings belong to
all threads. Where no front end is listening (papermill, nbconvert) the answer stays in the cell
without its controls.
"""

import asyncio
import ctypes
import json
import re
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from html import escape
from threading import Thread
from typing import Any

import ipywidgets
import traitlets
from IPython import get_ipython

from cxlab.errors import CxlabError
from cxlab.languages import language_of
from cxlab.show.page.html import Html, paragraph, refused
from cxlab.show.words.wording import Wording

# An HTML widget has a line height of its own, does not wrap by itself and knows no style sheet of
# the page. What is too wide scrolls: no word is broken. Labels and pictures are as wide as the cell
# allows, whatever the window is.
_STYLE = """<style>
.cx-explorer, .cx-answer {container-type: inline-size; width: 100%}
.cx-said {position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%)}
.cx-explorer .widget-label {white-space: normal; line-height: 1.2; height: auto}
.cx-explorer .widget-inline-hbox {height: auto; min-height: 28px; flex: 0 0 auto}
.cx-explorer :is(select, input) {min-height: 28px}
.cx-answer figure {margin: 1em 0}
.cx-answer img {max-width: 100%; height: auto}
.cx-answer img.narrow {display: none}
.cx-answer table {border-spacing: 1.2em .2em; text-align: left}
@container (max-width: 34em) {
  .cx-explorer .widget-inline-hbox:not(.widget-slider) {flex-direction: column}
  .cx-explorer .widget-inline-hbox:not(.widget-slider) > * {flex: 0 0 auto}
  .cx-explorer .widget-inline-hbox .widget-label {width: 100% !important; text-align: left}
  .cx-answer img.wide {display: none}
  .cx-answer img.narrow {display: inline}
}
</style>"""
# The page chooses its picture by the window; either is told by the same words.
_BY_WINDOW = re.compile(r'<source media="[^"]*" srcset="([^"]*)"><img src="([^"]*)" alt="([^"]*)">')
_BY_CELL = r'<img class="narrow" src="\1" alt="\3"><img class="wide" src="\2" alt="\3">'
_FRAME = (
    '<div class="cx-answer" style="white-space: normal; max-width: 46em; overflow-x: auto;'
    ' overflow-wrap: normal; word-break: normal; line-height: 1.45">{}</div>'
)
# ipywidgets gives the handle of a slider no name and a text no role by which a change of it is
# spoken, and JupyterLab takes the arrow keys of lists for its own; the page can mend all three. A
# script in the markup of a widget does not run, one of a picture that is not there does. The views
# of a box come one after the other, so it looks for them for a while.
_NAMES = """<img alt="" src="data:," style="display: none" onerror="
let left = 50;
const name = () => {
  const box = this.closest('.cx-explorer');
  for (const one of box ? box.querySelectorAll('.cx-slider') : [])
    one.querySelector('.noUi-handle')?.setAttribute(
      'aria-label', one.querySelector('label').textContent);
  for (const one of box ? box.querySelectorAll('select, .noUi-handle') : [])
    one.setAttribute('data-lm-suppress-shortcuts', 'true');
  box?.querySelector('.cx-said .widget-html-content')?.setAttribute('role', 'status');
  if (left--) setTimeout(name, 200);
};
name()">"""
# As wide as a reader's line; what stands below an answer too, else its text runs out of the cell.
_WIDTH = {"width": "calc(100% - 4px)", "max_width": "46em"}

# What is found, the call that finds it, and what draws it.
Found = tuple[Any, str, Callable[[], list]]


class _Stopped(SystemExit):
    """Ends a thread; the interpreter says nothing of it."""


class _Run(Thread):
    """Work that can be ended; it begins when that before it has ended."""

    def __init__(self, work: Callable[["_Run"], None], before: "_Run | None") -> None:
        super().__init__(daemon=True)
        self.work, self.before, self.stopped = work, before, False

    def run(self) -> None:
        with suppress(_Stopped):
            if self.before:
                self.before.join()
            self.before = None
            if not self.stopped:
                self.work(self)

    def stop(self) -> None:
        """End it at its next step in Python."""
        self.stopped = True
        if self.is_alive():
            of, how = ctypes.c_ulong(self.ident), ctypes.py_object(_Stopped)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(of, how)


class Explorer(ipywidgets.VBox):
    """Controls, how far the answer is, and the answer.

    Attributes
    ----------
    controls : list of ipywidgets.Widget
    answer : ipywidgets.HTML
    result : DataFrame or None
        What is shown, once it is computed; None where it is refused or was stopped.
    call : str
        The call that gives the result, as text to copy.

    Examples
    --------
    >>> import cxlab as cx
    >>> isinstance(cx.explore.nps_error(), cx.explore.Explorer)
    True
    """

    def __init__(
        self,
        _: Wording,
        controls: Sequence[ipywidgets.Widget],
        read: Callable[..., Iterator[Found]],
        *,
        steps: int = 1,
    ) -> None:
        self._words, self._read = _, read
        self._run, self._found, self._asked = None, (None, ""), None
        self.controls, self.answer = [*controls], shown([])
        style = {"description_width": "initial"}
        self._bar = ipywidgets.IntProgress(max=steps, description=_("Computing …"), style=style)
        self._stop = ipywidgets.Button(description=_("Stop"), tooltip=_("Stop"))
        self._stop.on_click(lambda _button: self.stop())
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            self._loop = None
        self._said = ipywidgets.HTML()  # how far the answer is, for who does not see the bar
        self._said.add_class("cx-said")
        progress = ipywidgets.HBox([self._bar, self._stop, self._said])
        style = ipywidgets.HTML(_STYLE + _NAMES)
        super().__init__([style, *self.controls, progress, self.answer])
        self.add_class("cx-explorer")
        for control in self.controls:
            control.observe(lambda _change: self.show(), names="value")
        self.show()

    @property
    def result(self) -> Any:
        return self._waited()[0]

    @property
    def call(self) -> str:
        return self._waited()[1]

    def _waited(self) -> tuple[Any, str]:
        if self._run:
            self._run.join()
        return self._found

    def show(self) -> None:
        """Compute the answer to what the controls say; what is being computed is given up."""
        asked = [control.value for control in self.controls]
        if asked == self._asked:
            return
        self._asked = asked
        _, before, self._found = self._words, self._run, (None, "")
        self._progress(0, _("Computing …"))
        self._run = _Run(lambda run: self._compute(run, asked), before)
        if before:
            before.stop()
        self._run.start()
        if not attended():
            self._run.join()

    def stop(self) -> None:
        """Give up what is being computed."""
        _ = self._words
        if self._run:
            self._run.stop()
        self._asked = None
        self._progress(None, _("Stopped. Another choice starts anew."))

    def _compute(self, run: _Run, asked: list) -> None:
        try:
            for number, (result, call, draw) in enumerate(self._read(*asked), 1):
                self._found = result, call
                self._post(run, draw, number, call)
        except Exception as error:  # an explorer hides no fault, of whatever kind
            self._found, pieces = (None, ""), why(self._words, error)
            self._post(run, lambda: pieces, None)
        else:
            self._post(run, None, None)

    def _post(self, run: _Run, draw: Callable[[], list] | None, step: int | None, call: str = ""):
        """Show in the notebook's own loop; at once where there is none."""
        _ = self._words

        def put() -> None:
            if run.stopped:
                return
            self._progress(step)
            if step is None:
                self._said.value = _("The answer is ready.")
            if draw is None:
                return
            try:
                pieces = draw()
            except Exception as error:  # as above
                pieces = why(_, error)
            code = [Html(f"<pre>{escape(call)}</pre>")] if call else []
            self.answer.value = wrapped([*pieces, *code])

        if self._loop and self._loop.is_running() and attended():
            self._loop.call_soon_threadsafe(put)
        else:
            put()

    def _progress(self, step: int | None, instead: str = "") -> None:
        """How many steps are done, nothing where none is awaited; and what stands there instead of
        an answer.
        """
        if instead:
            self._said.value, self.answer.value = instead, wrapped([paragraph([instead])])
        self._bar.value = step or 0
        self._stop.disabled = step is None
        for one in (self._bar, self._stop):
            one.layout.visibility = "hidden" if step is None else "visible"

    def _repr_mimebundle_(self, **how: Any) -> Any:
        if attended():
            return super()._repr_mimebundle_(**how)
        chosen = [(one.description, chosen_words(one)) for one in self.controls]
        said = paragraph([f"{name}: {value}." for name, value in chosen if value])
        markup = f"{_STYLE}{said}{self.answer.value}"
        return {"text/plain": self.call, "text/html": markup}


def chosen_words(control: ipywidgets.Widget) -> str:
    """What a control says that it has chosen."""
    return str(getattr(control, "label", None) or control.value)


def attended() -> bool:
    """Whether somebody could answer: a batch runs its cells without input."""
    kernel = getattr(get_ipython(), "kernel", None)
    request = kernel.get_parent() if kernel else {}
    return request.get("content", {}).get("allow_stdin", True)


def choice(
    description: str, values: Sequence, value: Any, name: Callable[[Any], str]
) -> ipywidgets.Dropdown:
    """A list of ids by their names."""
    return control(ipywidgets.Dropdown, description, options=named(values, name), value=value)


def named(values: Sequence, name: Callable[[Any], str]) -> list[tuple[str, Any]]:
    """Ids by their names, as a list of options."""
    names = list(map(name, values))
    return [(name[:1].upper() + name[1:], one) for name, one in zip(names, values, strict=True)]


def control(kind: Callable, description: str, **more: Any) -> ipywidgets.Widget:
    """A slider, a field or a list with its words beside it, which a screen reader says too."""
    layout, style = (
        {"width": "34em", "max_width": "calc(100% - 4px)"},
        {"description_width": "11em"},
    )
    more = {"tooltip": description} | more
    return kind(description=description, style=style, layout=layout, **more)


class Slider(ipywidgets.HBox):
    """A number by a field, whose name a screen reader says, and by a slider beside it."""

    value = traitlets.Float()

    def __init__(self, name: str, low: float, high: float, value: float, step: float) -> None:
        scale = {"min": low, "max": high, "value": value, "step": step}
        self.description = name
        self.field = control(ipywidgets.BoundedFloatText, name, **scale)
        self.field.layout.width = "20em"
        self.handle = ipywidgets.FloatSlider(
            **scale, readout=False, continuous_update=False, layout={"width": "14em"}
        )
        super().__init__([self.field, self.handle], layout={"flex_flow": "row wrap"})
        self.add_class("cx-slider")
        for one in (self.field, self.handle):
            traitlets.link((one, "value"), (self, "value"))

    def fit(self, low: float, high: float) -> None:
        """Put it in the middle of another scale."""
        for one in (self.field, self.handle):
            one.max = max(high, one.max)
            one.min, one.max = low, high
        self.value = round((low + high) / 2, 1)


def whose(
    _: Wording, study: Any, splits: Sequence[str], levels: Callable | None = None
) -> list[ipywidgets.Dropdown]:
    """Whose answers: all respondents', or those of a level of a split."""
    levels = levels or partial(levels_of, study)
    by = choice(_("Whose answers"), ["", *splits], "", lambda one: _.name(one or "all"))
    level = control(ipywidgets.Dropdown, _("Group"), options=[("–", "")], disabled=True)

    def follow(change: Any) -> None:
        rows = [{"group": change["new"], "level": one} for one in levels(change["new"])]
        level.options = [(_.level(row), row["level"]) for row in rows] or [("–", "")]
        level.disabled = not rows

    by.observe(follow, names="value")
    return [by, level]


def levels_of(study: Any, by: str) -> list[str]:
    """The levels of a split."""
    return study.levels(by) if by else []


def splits_of(study: Any) -> list[str]:
    """The splits whose levels are groups of respondents: segments, and waves."""
    book = study.codebook
    return [*book.segments, *(["wave"] if book.wave else [])]


def part_of(study: Any, by: str, level: str) -> tuple[Any, str]:
    """Those respondents, and the words of code that pick them."""
    if not by:
        return study, "study"
    picked = f"study.where(study.group({quoted(by)}) == {quoted(level)})"
    return study.where(study.group(by) == level), picked


# A text as code: a level may hold quotes.
quoted = partial(json.dumps, ensure_ascii=False)


def wrapped(pieces: Sequence) -> str:
    """Pieces of a page as markup for an HTML widget."""
    return _FRAME.format(_BY_WINDOW.sub(_BY_CELL, "\n".join(map(str, pieces))))


def shown(pieces: Sequence) -> ipywidgets.HTML:
    """Pieces of a page as a widget."""
    return ipywidgets.HTML(wrapped(pieces), layout=_WIDTH)


def reader(language: str, study: Any = None) -> Wording:
    """Who explores, in a language, with the labels of a study."""
    language = language_of(language)
    return Wording(language, study.labels(language) if study else {})


def why(_: Wording, error: Exception) -> list:
    """Why something is not shown, and what to do about it: who explores is an analyst. Of a fault
    of the program where it happened.
    """
    if isinstance(error, CxlabError):
        return [refused(error, _)]
    trace = "".join(traceback.format_exception(error))
    words = _("This should not have happened; please report it: {fault}", fault=repr(error))
    return [paragraph([words], "refused"), Html(f"<pre>{escape(trace)}</pre>")]
