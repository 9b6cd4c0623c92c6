"""What is wrong with a page for people who do not see it, or see it otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

_AXE = Path(__file__).parent / "browser" / "vendor" / "axe-core" / "axe.min.js"


def violations(page: Page) -> list[str]:
    """What axe finds, but for what is a matter of taste."""
    page.evaluate(_AXE.read_text())
    found: list[dict[str, Any]] = page.evaluate(
        "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
    )
    return [
        f"{each['id']} ({each['impact']}): {node['html'][:200]}: {node['failureSummary']}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]
