"""What the simulated traders make looks like a market, by the figures that docs/demo.md shows."""

import sys
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import pytest

# bench/ is no part of the package and lies beside it, in the root of the checkout.
ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT))

from bench.market import (
    BEGIN,
    END,
    Session,
    autocorrelation,
    figures,
    kurtosis,
    watch,
    without_jumps,
    write_into,
)
from bench.market_plot import draw

sys.path.remove(str(ROOT))


@pytest.fixture(scope="module")
def session() -> Session:
    """Twenty minutes of the market."""
    return watch(1_200)


def test_the_same_seed_is_the_same_session() -> None:
    assert watch(30, seed=5) == watch(30, seed=5) != watch(30, seed=6)


def test_the_book_is_never_empty_and_the_spread_is_small(session: Session) -> None:
    assert len(session.mids) == 1_201
    assert session.empty == 0
    assert 0 < min(session.spreads_bps)
    assert sum(spread < 5 for spread in session.spreads_bps) > 0.9 * len(session.spreads_bps)
    assert min(min(sides) for sides in session.depths[1:]) >= 0


def test_returns_have_heavy_tails_with_and_without_jumps(session: Session) -> None:
    assert kurtosis(session.returns()) > 5
    with without_jumps():
        assert 3.3 < kurtosis(watch(600).returns()) < kurtosis(session.returns())


def test_volume_and_the_size_of_returns_come_in_clusters(session: Session) -> None:
    noise = 2 / len(session.returns()) ** 0.5
    sizes = [abs(value) for value in session.returns()]
    assert autocorrelation(session.volume(), 1) > noise
    assert autocorrelation(sizes, 1) > noise
    assert abs(autocorrelation(session.returns(), 1)) < 0.3


def test_the_figures_of_noise_are_known() -> None:
    random = Random(1)
    noise = [random.gauss(0, 1) for _ in range(10_000)]
    assert kurtosis(noise) == pytest.approx(3, abs=0.2)
    assert autocorrelation(noise, 1) == pytest.approx(0, abs=0.03)
    assert autocorrelation([1.0, -1.0] * 50, 1) == pytest.approx(-1, abs=0.02)
    assert kurtosis([1.0, -1.0] * 50) == 1


def test_the_page_gets_its_figures_between_the_markers(tmp_path: Path, session: Session) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n\n{BEGIN}\nold\n{END}\n\nafter\n")
    write_into(page, figures(session, session))
    text = page.read_text()
    assert text.startswith("before\n\n")
    assert text.endswith("\n\nafter\n")
    assert "old" not in text
    assert f"| trades | {session.trades:,} |" in text
    page.write_text("no markers")
    with pytest.raises(ValueError, match="lacks"):
        write_into(page, [])


def test_the_picture_is_one(session: Session) -> None:
    picture = draw(session, "a < b")
    root = ElementTree.fromstring(picture)
    assert root.findtext("{http://www.w3.org/2000/svg}title") == "a < b"
    assert "nan" not in picture
    assert len(picture) < 100_000


def test_the_docs_show_what_was_measured() -> None:
    """`python -m bench market --docs` writes both."""
    page = (ROOT / "docs" / "demo.md").read_text()
    assert "| kurtosis of returns; normal is 3 |" in page[page.index(BEGIN) : page.index(END)]
    assert "(images/market.svg)" in page
    assert "<title>" in (ROOT / "docs" / "images" / "market.svg").read_text()
