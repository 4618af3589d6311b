"""A browser for the tests of what people see.

With CXLAB_PICTURES=folder the same runs leave the README's pictures there (`make pictures`), so
these are never out of date.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PICTURES = os.environ.get("CXLAB_PICTURES")


def keep(page, name: str, **options) -> None:
    """A picture for the README, where one is wanted."""
    if PICTURES:
        folder = Path(PICTURES)
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{name}.png", **options)


@pytest.fixture(scope="module")
def browser(browser_path):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
        yield chromium
        chromium.close()
