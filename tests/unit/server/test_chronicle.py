"""How finely the past is told of: as asked for, as long as there are not too many steps."""

from mqstudio.model.rates import TIERS
from mqstudio.server.chronicle import fitting_tier


def test_steps_are_no_finer_than_asked_for() -> None:
    for place, tier in enumerate(TIERS):
        assert TIERS[fitting_tier(tier.step_us, tier.step_us)].step_us >= tier.step_us or place == 0


def test_a_longer_time_has_no_shorter_steps() -> None:
    week_us = 7 * 86_400 * 1_000_000
    places = [fitting_tier(1, length_us) for length_us in (1, week_us // 100, week_us)]
    steps = [TIERS[place].step_us for place in places]
    assert steps == sorted(steps)
