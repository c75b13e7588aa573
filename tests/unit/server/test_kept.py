"""What only a profile on disk needs is loaded only where there is one."""

import subprocess
import sys
from pathlib import Path

from mqstudio.server.journal import Journal
from mqstudio.server.kept import journal_of
from mqstudio.store.memory import MemoryStore

ON_DISK = ("apsw", "mqstudio.server.journal", "mqstudio.server.disk_queries", "mqstudio.store.projection")
SELDOM = ("mqstudio.protocols.management.routes", "mqstudio.exporters", "mqstudio.server.looking")


def test_what_is_in_memory_has_no_journal() -> None:
    assert journal_of(MemoryStore()) is None


async def test_what_is_on_disk_has_one(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "kept.mqs")
    assert journal_of(journal) is journal


def test_a_broker_in_memory_loads_nothing_that_it_does_not_need() -> None:
    """It is started for a single test, and most of a start is loading code."""
    program = (
        "import sys, mqstudio.cli.serve, mqstudio.server.serving\n"
        "from mqstudio.server.broker import Broker\n"
        "Broker()\n"
        f"print(*[name for name in {ON_DISK + SELDOM} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
