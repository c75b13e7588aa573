"""Patterns: what they find, what is refused, and that none takes long."""

import string
import time

import pytest

from mqstudio.model.patterns import Pattern, compile_pattern

FOUND = [
    ("", ""),
    ("", "anything"),
    (".*", ""),
    ("^$", ""),
    ("b", "abc"),
    ("^amq\\.gen-.*", "amq.gen-x"),
    ("^(orders|bills)-[0-9]+$", "bills-2024"),
    ("^(?!amq\\.).*", "orders"),
    ("^(?=.*-dev$)app", "app-dev"),
    ("(?i)^ORDERS", "orders.new"),
    ("(?i:a)b", "Ab"),
    ("(?s)a.b", "a\nb"),
    ("x$", "x\n"),
    ("\\bcat\\b", "a cat sat"),
    ("\\Bcat", "concat"),
    ("^\\d{2,3}$", "123"),
    ("^a{2}$", "aa"),
    ("a{,2}", "a{,2}"),
    ("a{x}", "a{x}"),
    ("[]a]+", "]"),
    ("[^a-c]", "d"),
    ("[a-]", "-"),
    ("[\\w.-]+$", "a.b-c"),
    ("^[[:alpha:]]+$", "abc"),
    ("^[[:^digit:]]+$", "abc"),
    ("\\x41\\x{42}", "AB"),
    ("^(?P<word>a|b)(?<other>c)$", "bc"),
    ("^a*?b+?$", "aab"),
    ("(a*)*b", "aab"),
    ("^\\S+\\s\\W$", "ü !"),
    ("\\Aa\\z", "a"),
]
LOST = [
    ("^$", "a"),
    ("^b", "ab"),
    ("^(?!amq\\.).*", "amq.gen-x"),
    ("^(?=.*-dev$)app", "app-prod"),
    ("a.b", "a\nb"),
    ("\\Aa\\z", "a\n"),
    ("(?-i)A", "a"),
    ("(?:(?i)a)b", "AB"),
    ("^\\d{2,3}$", "1234"),
    ("[a-c]", "d"),
    ("orders", "ORDERS"),
]


@pytest.mark.parametrize(("pattern", "name"), FOUND)
def test_a_pattern_is_found_anywhere_in_a_name(pattern: str, name: str) -> None:
    assert compile_pattern(pattern).search(name) is True


@pytest.mark.parametrize(("pattern", "name"), LOST)
def test_a_pattern_that_does_not_fit_is_not_found(pattern: str, name: str) -> None:
    assert compile_pattern(pattern).search(name) is False


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("(", "ends within a pattern|'\\(' has no '\\)'"),
        ("a)", "'\\)' has no '\\('"),
        ("*a", "repeats nothing"),
        ("a++", "possessive"),
        ("a{3,2}", "most is less"),
        ("a{70000}", "more than 65535"),
        ("[a", "ends within"),
        ("[z-a]", "runs backwards"),
        ("[a-\\d]", "runs backwards, or to more"),
        ("[[:nothing:]]", "name of a class"),
        ("(a)\\1", "'\\\\1' is not supported"),
        ("(?<=a)b", "looking behind"),
        ("(?P=a)", "references back"),
        ("(?x)a", "not supported"),
        ("(?<1>a)", "name is missing"),
        ("\\x{110000}", "no character's"),
        ("\\xg", "hexadecimal"),
        ("\\", "ends within an escape"),
        ("(" * 60 + ")" * 60, "deeper than 50"),
        ("a{1000}", "too large"),
        ("((()" + "{999}){999}){999}", "too large"),
        ("a" * 257, "257 characters; 256 is the most"),
    ],
)
def test_what_is_no_pattern_is_refused_with_a_sentence(pattern: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        compile_pattern(pattern)


NAMES = ["a" * 255, "a" * 254 + "b", "ab" * 127, "".join(map(chr, range(256, 511))), string.printable * 2]


@pytest.mark.parametrize(
    "pattern",
    [
        "(a|aa)+b",
        "(a+)+b",
        ".*.*.*.*.*.*x",
        "(a?){200}",
        "(a|a)" * 40,
        "((a*)*)*b",
        "(.*)*x",
        "(?!.*x).*" * 20,
        "(?=(?=(?=.*x)a)a)a*" * 8,
        "(a|b|c|d|e|f|g)*" * 15,
        "[a-z]{1,255}",
        "(\\b.?){150}",
        "([^x]*y?)*" * 25 + "z",
    ],
)
@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_no_pattern_takes_50_ms(pattern: str, name: str) -> None:
    """Processor time: whoever else uses the machine does not count."""
    compiled = Pattern(pattern)
    begin = time.process_time()
    compiled.search(name)
    assert time.process_time() - begin < 0.05


def test_what_a_pattern_remembers_is_bounded() -> None:
    """Ever new characters and sets of steps do not add up."""
    compiled = Pattern("(a|b)*c.?.?.?.?.?.?.?.?.?.?.?d")
    for start in range(0, 5_000, 100):
        compiled.search("".join(map(chr, range(1_000 + start, 1_100 + start))))
        compiled.search(f"{start:013b}".replace("0", "c").replace("1", "d") * 15)
    assert len(compiled._by_character) <= 1_000
    assert len(compiled._closed) <= 1_000
