"""Templates: any text comes through, the same seed makes the same messages, mistakes have places."""

import json
import re
import uuid
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqstudio.client.fakes import LibraryFakes
from mqstudio.model.limits import TEMPLATE_HOLES_MAX
from mqstudio.model.templates import Template, Turn, literal
from mqstudio.model.templates_values import FILTERS, VALUES

BRACY = st.text(st.sampled_from('{}"\\|# =a\n') | st.characters(), max_size=60)
SOUND = st.sampled_from(
    ["{{seq}}", "{{uuid}}", "{{random 1 9}}", "{{random -0.50 2.5}}", "{{pick a b}}", "{{text 5}}", "{{now}}",
     "{{hex 7 | upper}}", "{{bool}}", "{{key}}", "{{faker.name | json}}", "{{uuid #one}}", "plain", "{", "}"]
)  # fmt: skip
FAKES = LibraryFakes()


@given(BRACY)
def test_any_text_comes_through(text: str) -> None:
    """What `literal` makes of it gives it back, to the character."""
    template = Template(literal(text))
    assert template.errors == []
    assert template.fill(Turn()) == text


@given(st.text(st.characters(blacklist_characters="{"), max_size=60))
def test_what_opens_nothing_stands_as_it_is(text: str) -> None:
    assert Template(text).fill(Turn()) == text


@given(BRACY)
def test_any_text_is_read_or_has_mistakes_with_places(text: str) -> None:
    """Nothing raises; each mistake underlines characters that exist and says what would work."""
    template = Template("{{" + text)
    for error in template.errors:
        assert 0 <= error.position < len(template.text)
        assert error.length > 0
        assert error.position + error.length <= len(template.text)
        assert error.sentence.endswith(".")
    if not template.errors:
        template.fill(Turn())


@given(st.lists(SOUND, max_size=6), st.integers(), st.integers(1, 10**9), st.integers(0, 2**52))
def test_the_same_seed_makes_the_same(parts: list[str], seed: int, number: int, now_us: int) -> None:
    """A message follows from seed, number and time, whatever was made before it."""
    turn = Turn(number, 10**9, now_us, seed, "k")
    text = " ".join(parts)
    other = Template(text, FAKES, "body")
    other.fill(Turn(number + 1, 1, now_us, seed))
    assert Template(text, FAKES, "body").fill(turn) == other.fill(turn)


@given(st.integers(-(10**6), 10**6), st.integers(0, 10**6), st.integers(0, 4), st.integers())
def test_random_stays_within_its_bounds(low: int, span: int, places: int, seed: int) -> None:
    """And has the places of the finer bound."""
    least, most = (Decimal(each).scaleb(-places) for each in (low, low + span))
    text = Template(f"{{{{random {least:f} {most:f}}}}}").fill(Turn(seed=seed))
    assert least <= Decimal(text) <= most
    assert len(text.partition(".")[2]) == places


def test_every_whole_number_comes() -> None:
    seen = {Template("{{random 1 6}}").fill(Turn(n)) for n in range(200)}
    assert seen == set("123456")


def test_seeds_differ_and_fields_differ() -> None:
    """Another seed, message or field: another id. A label: the same in all fields."""
    made = [Template("{{uuid}}", None, field).fill(Turn(n, seed=seed))
            for field in ("body", "key") for n in (1, 2) for seed in (1, 2)]  # fmt: skip
    assert len(set(made)) == 8
    assert all(uuid.UUID(each).version == 4 for each in made)
    alike = {Template("x{{uuid #id}}", None, field).fill(Turn()) for field in ("body", "key")}
    assert len(alike) == 1


@pytest.mark.parametrize(
    ("text", "gives"),
    [
        ("{{seq}}/{{count}}", "7/9"),
        ("{{seq 100 10}}", "160"),
        ("{{seq | pad 5}}", "00007"),
        ("{{key}}", "eu"),
        ("{{now}}", "2023-11-14T22:13:20.123Z"),
        ("{{now +1h time}}", "23:13:20"),
        ("{{now unix}} {{now ms}} {{now us}}", "1700000000 1700000000123 1700000000123456"),
        ('{{now "%d.%m.%Y"}}', "14.11.2023"),
        ("{{now -1d date}}", "2023-11-13"),
        ('{{"a\\"b" | json}}', '"a\\"b"'),
        ('"{{"a\\"b" | escaped}}"', '"a\\"b"'),
        ('{{"Ab" | upper}}{{"Ab" | lower}}{{"Ab" | base64}}{{"Ab" | cut 1}}', "ABabQWI=A"),
        ('{"a":{{seq}}}', '{"a":7}'),
        ("{{{seq}}}", "{7}"),
    ],
)
def test_values(text: str, gives: str) -> None:
    """Each value and filter, on one message."""
    template = Template(text)
    assert template.errors == []
    assert template.fill(Turn(7, 9, 1_700_000_000_123_456, 3, "eu")) == gives


@pytest.mark.parametrize(
    ("text", "underlined", "says"),
    [
        ("a {{sek}}", "sek", "no value “sek”. Did you mean seq?"),
        ("{{}}", "{{}}", "missing"),
        ("{{seq | pda 3}}", "pda", "Did you mean pad?"),
        ("{{seq", "{{", "never closed"),
        ('{{pick "a}}', '"', "quotation mark is never closed"),
        ("{{random 5 1}}", "1", "less than the least"),
        ("{{random a b}}", "a", "two numbers"),
        ("{{now soon}}", "soon", "iso, unix"),
        ("{{now +9999999d}}", "+9999999d", "a hundred years"),
        ("{{text 999999999}}", "999999999", "100,000"),
        ("{{pick}}", "pick", "needs words"),
        ("{{seq a=1}}", "a=1", "where to begin"),
        ("{{x=1}}", "x=1", "begins with a name"),
        ("{{faker.nmae}}", "faker.nmae", "Did you mean"),
        ("{{faker}}", "faker", "needs to know what"),
        ("{{faker.xx_YY.name}}", "faker.xx_YY.name", "no language"),
        ("{{faker.text max_nb_chars=100000000}}", "max_nb_chars=100000000", "at most 10,000"),
        ("{{faker.name 1 2 3}}", "faker.name", "does not take that"),
        ("{{faker.seed_instance 1}}", "faker.seed_instance", "makes no"),
        ("{{faker.__class__}}", "faker.__class__", "makes no"),
        ('{{"a" b}}', "b", "stands alone"),
    ],
)
def test_mistakes(text: str, underlined: str, says: str) -> None:
    """What is wrong is underlined, and a sentence says what would work."""
    (error,) = Template(text, FAKES).errors
    assert text[error.position : error.position + error.length] == underlined
    assert says in error.says


def test_all_mistakes_are_found_at_once() -> None:
    errors = Template("{{a}} {{seq}} {{b}} {{").errors
    assert [error.position for error in errors] == [2, 16, 20]


def test_holes_are_bounded() -> None:
    """One more than the most is a mistake, at its place."""
    (error,) = Template("{{seq}}" * (TEMPLATE_HOLES_MAX + 1)).errors
    assert error.position == 7 * TEMPLATE_HOLES_MAX


def test_made_up_values() -> None:
    """By language, with arguments, as JSON has them."""
    turn = Turn(seed=7)
    name = Template("{{faker.name}}", FAKES).fill(turn)
    assert re.fullmatch(r"[\w. '-]{5,60}", name)
    assert Template("{{faker.de_DE.name}}", FAKES).fill(turn) != name
    assert 3 <= int(Template("{{faker.random_int min=3 max=5}}", FAKES).fill(turn)) <= 5
    assert json.loads(Template("{{faker.words nb=3}}", FAKES).fill(turn)).__len__() == 3
    assert Template("{{faker.pybool}}", FAKES).fill(turn) in ("true", "false")


def test_without_made_up_names_that_is_said() -> None:
    (error,) = Template("{{faker.name}}").errors
    assert "not to be had" in error.says


def test_every_name_has_an_example_or_a_sentence() -> None:
    assert all(says for _, says in (*VALUES.values(), *FILTERS.values()))
