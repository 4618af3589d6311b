"""The same page on paper: page numbers, running heads, bookmarks and tags for readers who hear it,
by WeasyPrint.

WeasyPrint lays text out with Pango, a library of the system; without it only this format is
missing, and the message says how to get it.
"""

import re
from pathlib import Path

from cxlab.report.messages import refusal
from cxlab.show.words import format_words, text
from cxlab.study.codebook.brand import Brand

IDENTIFIER = b"cxlab report"  # else the file would carry a new one each time


def check() -> None:
    """Raise ReportError, saying what to install, where the system lacks Pango."""
    try:
        import weasyprint  # noqa: F401
    except OSError:
        raise refusal(
            "PDF needs Pango, a library of the system that is not here; install it (Debian, Ubuntu:"
            " apt-get install libpango-1.0-0 libpangoft2-1.0-0; macOS: brew install pango; conda:"
            " conda install -c conda-forge pango), or leave pdf out of --formats"
        ) from None


def write_pdf(
    page: str, path: Path, style: str, client: str, title: str, language: str, brand: Brand
) -> None:
    """Write `page` (the checked HTML) as tagged PDF (PDF/UA-1) with fonts embedded. `style` is the
    template's print.css.
    """
    import weasyprint
    from weasyprint.urls import URLFetcher

    number = format_words.words(language)["page"]
    before, between, after = re.split(r"\{page\}|\{pages\}", number)
    heads = {
        "client": _css(text.visible(client)),
        "title": _css(text.visible(title)),
        "footer": _css(brand.footer or brand.name or text.visible(client)),
        "page": f"{_css(before)} counter(page) {_css(between)} counter(pages) {_css(after)}",
        # A page's margins do not know the variables of the page's root.
        "font": (
            brand.stack("text")
            or '"Helvetica Neue", Helvetica, Arial, "Liberation Sans", "Noto Sans", sans-serif'
        ),
    }
    # In the page's own styles and not beside them: a style sheet handed to WeasyPrint would give
    # way to the page's.
    paged = style
    for name, words in heads.items():
        paged = paged.replace(f"var(--running-{name})", words)
    document = weasyprint.HTML(
        string=page.replace("</head>", f"<style>{paged}</style></head>", 1),
        url_fetcher=URLFetcher(allowed_protocols=["data"]),
    )
    document.write_pdf(path, pdf_variant="pdf/ua-1", pdf_identifier=IDENTIFIER)


def _css(words: str) -> str:
    """Words as a CSS string; every character that could end it is written as its number (and a
    blank, which ends the number).
    """
    return (
        '"' + "".join(c if c.isalnum() or c in " .,-" else f"\\{ord(c):06x} " for c in words) + '"'
    )
