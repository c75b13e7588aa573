"""A lifecycle as text: every event once, stretches of time below the events that began them, gaps last."""

from msgspec.structs import replace

from mqstudio.model.lifecycle import BindingAsked, ExchangePassed, Lifecycle
from mqstudio.model.topology import BindingSpec
from mqstudio.viewmodel.lifecycle_text import lifecycle_text
from tests.unit.viewmodel.test_lifecycle_story import S, a_life


def test_every_event_is_told_once_and_the_time_it_began() -> None:
    life = a_life()
    lines = lifecycle_text(life, 8 * S).splitlines()
    events = [line for line in lines if line.lstrip().startswith("+")]
    assert len(events) == sum(len(part.steps) for part in life.parts)
    place = next(i for i, line in enumerate(lines) if "+3.0 s" in line)
    assert lines[place + 1].strip() == "│ w · t held it 1.0 s"
    assert lines[0] == "message 1  ex › eu.new · 2 B"
    assert any(line.startswith("message 2  dead letter of 1") for line in lines)


def test_bindings_doubts_and_gaps_are_in_it() -> None:
    life = a_life()
    asked = (BindingAsked(BindingSpec("ex", "us", "us.*"), False, 'key "eu.new" does not match "us.*"'),)
    passed = (ExchangePassed("ex", "topic", asked, left_out=3, doubt="Not remembered."),)
    part = replace(life.parts[0], passed=passed, is_trimmed=True)
    text = lifecycle_text(Lifecycle(1, 8 * S, (part, life.parts[1])), 8 * S)
    assert '✗ us.* → us: key "eu.new" does not match "us.*"' in text
    assert "… 3 more bindings that did not match" in text
    assert "(Not remembered.)" in text
    assert text.endswith("The ledger has forgotten the first events of message 1.")
