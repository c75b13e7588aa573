"""What became of messages is counted once each."""

from mqstudio.client.replay_values import Counts


def test_failures_are_those_that_should_have_arrived() -> None:
    counts = Counts(confirmed=5, unroutable=1, expected=2, refused=3, failed=4, unfit=6, left_out=7)
    assert (counts.failures, counts.done) == (14, 21)
