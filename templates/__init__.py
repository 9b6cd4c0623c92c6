"""The HTML pages that the exchange serves; a package so that the wheel carries them."""
