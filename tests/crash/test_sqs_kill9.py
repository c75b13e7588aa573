"""kill -9 under SQS's clients, again and again."""

from pathlib import Path

import pytest

from tests.crash import sqs_kill9

CYCLES = 25
SEED = 7


@pytest.mark.timeout(600)  # so many starts of a broker
def test_kill_9_keeps_what_sqs_has_answered(tmp_path: Path) -> None:
    history = sqs_kill9.run(tmp_path, CYCLES, SEED)
    assert not history.wrongs, "\n".join(history.wrongs[:20])
    assert len(history.sent) > 5 * CYCLES
    assert len(history.deleted) > CYCLES
