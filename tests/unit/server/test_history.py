"""One hour of rates at decreasing resolution."""

from mqstudio.server.history import SECOND_US, History, Point

TICK_US = SECOND_US // 4
START_US = 1_000 * SECOND_US


def _at(tick: int, published: int = 0) -> Point:
    return Point(START_US + tick * TICK_US, published, published, published, 0)


def _size(history: History) -> int:
    return len(history.rates().times_us)


def test_a_rate_is_a_difference_per_second() -> None:
    history = History()
    history.add(_at(0))
    history.add(_at(1, 100))
    assert history.rates().published_per_s == [400.0]


def test_what_rests_adds_no_points() -> None:
    history = History()
    history.add(_at(0))
    history.add(_at(1, 5))
    for tick in range(2, 200):
        history.add(_at(tick, 5))
    assert _size(history) <= 4


def test_a_change_after_a_rest_is_not_spread_over_the_rest() -> None:
    history = History()
    for tick in range(100):
        history.add(_at(tick, 5))
    history.add(_at(100, 105))
    assert history.rates().published_per_s[-1] == 400.0


def test_old_points_are_thinned_and_then_forgotten_and_no_message_is_lost_from_the_sum() -> None:
    history = History()
    ticks = 4 * 3_500
    for tick in range(ticks):
        history.add(_at(tick, tick))
    rates = history.rates()
    assert len(rates.times_us) < 240 + 330 + 360
    seconds = [(b - a) / SECOND_US for a, b in zip([START_US, *rates.times_us], rates.times_us, strict=False)]
    total = sum(rate * length for rate, length in zip(rates.published_per_s, seconds, strict=True))
    assert abs(total - (ticks - 1)) < 1

    for tick in range(ticks, ticks + 4 * 3_600):
        history.add(_at(tick, tick))
    assert history.rates().times_us[0] > START_US


def test_times_grow() -> None:
    history = History()
    for tick in range(3_000):
        history.add(_at(tick, tick // 7))
    times = history.rates().times_us
    assert times == sorted(set(times))
