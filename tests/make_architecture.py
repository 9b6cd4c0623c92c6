"""Draws the architecture anew into docs/images, as SVG and as PNG, light and dark.

python tests/make_architecture.py
"""

import shutil

from playwright.sync_api import sync_playwright

from charting import IMAGES, THEMES, signed, svg_file
from goquant.diagram.parts import HEIGHT, WIDTH


def main() -> None:
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        for theme in THEMES:
            svg = svg_file(theme)
            file = IMAGES / f"architecture-{theme}.svg"
            file.write_text(svg)
            page.goto(file.as_uri())
            page.wait_for_timeout(500)
            file.with_suffix(".png").write_bytes(signed(page.screenshot(), svg))
        browser.close()


if __name__ == "__main__":
    main()
