"""A conversation as text and as Mermaid: every arrow once, whatever the names."""

from msgspec.structs import replace

from mqstudio.viewmodel.conversation_story import diagram_of
from mqstudio.viewmodel.conversation_text import conversation_text, mermaid
from tests.unit.viewmodel.test_conversation_story import answer, question, talk


def test_each_arrow_is_a_line_with_its_time() -> None:
    lines = conversation_text(diagram_of(talk(question(), answer()))).splitlines()
    assert lines[0] == "correlation id k: 2 messages"
    assert len(lines) == 7
    assert lines[1].split() == ["+0", "µs", "shop", "→", "shop.ex", "GetPrice", "#1"]
    assert lines[5].split() == ["+38.0", "ms", "pricing", "→", "prices", "ack", "38", "ms", "#1"]


def test_mermaid_draws_the_same() -> None:
    lines = mermaid(diagram_of(talk(question(), answer()))).splitlines()
    assert lines[:3] == ["sequenceDiagram", "    actor p0 as shop", "    participant p1 as shop.ex"]
    assert "    p0->>p1: GetPrice (+0 µs)" in lines
    assert "    p3-->>p2: ack 38 ms (+38.0 ms)" in lines


def test_names_cannot_become_commands_of_mermaid() -> None:
    hostile = replace(question(), type="x; end\nNote over p0: y # %% loop:")
    lines = mermaid(diagram_of(talk(hostile))).splitlines()
    assert len(lines) == 1 + 4 + 4
    (line,) = [line for line in lines if line.startswith("    p0->>p1")]
    assert line.count(":") == 1 and line.count(";") == line.count("#")
