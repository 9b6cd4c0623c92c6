"""The examples of docs/python.md, one after the other."""

import re
from pathlib import Path
from textwrap import indent

from trio.testing import MockClock

from goquant.testing import running_exchange
from modules import module_at

DOCUMENT = Path(__file__).parents[2] / "docs" / "python.md"


async def test_the_examples_of_the_document_run(autojump_clock: MockClock, tmp_path: Path) -> None:
    examples = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    assert len(examples) == 4
    async with running_exchange() as venue:
        for number, text in enumerate(examples):
            path = tmp_path / f"example_{number}.py"
            path.write_text(f"async def run(exchange):\n{indent(text, '    ')}")
            async with venue.client(account="ann") as exchange:
                await module_at(path).run(exchange)
        venue.assert_book("BTC-USD")
