"""What must not leave with an export, and how it is found: by name, by path into JSON, by expression.

A profile is a small file that people read and change (JSON of `Redaction`). Names are compared without case,
dashes and underscores, so `api-key` is also apiKey and API_KEY; a star stands for anything. Paths begin with
`$` and lead into bodies of JSON: `$.user.token`, `$.cards[*].number`. An expression is a regular one; it may
have a group `secret`: then only that is taken out.
"""

import re
from typing import Any, Final

import msgspec
from msgspec import Struct

from mqstudio.model.export_limits import REDACTION_PATTERN_CHARACTERS, REDACTION_RULES_MAX

MASK: Final = "[redacted]"
"""What stands where something was taken out."""


class Expression(Struct, frozen=True, omit_defaults=True):
    """Finds secrets in text. is_card: only digits whose last is the check digit of a payment card count.

    hints: one of these is there, compared as names are, wherever it finds anything; without any, every text
    is looked through.
    """

    name: str
    pattern: str
    is_card: bool = False
    hints: tuple[str, ...] = ()


class Redaction(Struct, frozen=True, omit_defaults=True):
    """A profile. names: of headers, and of fields in JSON at any depth. paths: into bodies of JSON."""

    name: str
    names: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    expressions: tuple[Expression, ...] = ()


DEFAULT: Final = Redaction(
    "default",
    names=(
        "authorization", "proxy-authorization", "*password*", "*passwd*", "passphrase", "pwd", "*secret*",
        "*token", "*api-key", "*access-key*", "*private-key*", "credentials", "cookie", "set-cookie",
        "session-id", "*card-number", "cvv", "cvc", "cvv2", "ssn",
    ),
    expressions=(
        Expression("card number", r"(?<![\w.])\d(?:[ -]?\d){12,18}(?![\w])", is_card=True),
        Expression(
            "bearer token",
            r"(?i)\b(?:bearer|basic)\s+(?P<secret>[\w.~+/-]{8,}=*)",
            hints=("bearer", "basic"),
        ),
        Expression("JSON web token", r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*", False, ("eyJ",)),
        Expression("password in a URL", r"://[^/\s:@\"]{0,200}:(?P<secret>[^@\s/\"]{1,200})@", False, ("://",)),
        Expression("access key", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b", False, ("AKIA", "ASIA")),
        Expression(
            "private key",
            r"(?s)-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?P<secret>.+?)(?:-----END|\Z)",
            hints=("private key",),
        ),
        Expression(
            "named in text",
            r"(?i)(?:password|passwd|passphrase|pwd|secret|token|api[-_ ]?key|authorization|set-cookie|cvv)"
            r"[\"']?\s{0,4}(?:[=:]|>)\s{0,4}[\"']?(?P<secret>[^\s\"'<>&,;]{1,4000})",
            hints=(
                "password", "passwd", "passphrase", "pwd", "secret", "token", "api-key", "authorization",
                "set-cookie", "cvv",
            ),
        ),
    ),
)  # fmt: skip
"""What nobody has to think of."""

NONE: Final = Redaction("none")
"""Nothing is taken out."""


class NotRedactionError(ValueError):
    """A profile is not what it should be: says what is wrong with it, and what to do."""


def read_profile(data: bytes, name: str) -> Redaction:
    """A profile from its file. Raises: NotRedactionError."""
    try:
        found = msgspec.json.decode(data, type=Redaction)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise NotRedactionError(f"The redaction profile {name} cannot be read: {error}.") from error
    check(found)
    return found


def write_profile(profile: Redaction) -> bytes:
    """A profile as its file."""
    return msgspec.json.format(msgspec.json.encode(profile), indent=2) + b"\n"


def check(profile: Redaction) -> None:
    """Raises: NotRedactionError, if it would not work, or not in bounded time."""
    rules = (*profile.names, *profile.paths, *profile.expressions)
    if len(rules) > REDACTION_RULES_MAX:
        raise NotRedactionError(f"A redaction profile has {REDACTION_RULES_MAX} rules at most.")
    for path in profile.paths:
        if not path.startswith("$"):
            raise NotRedactionError(f"The path {path!r} must begin with $, as in $.user.token.")
        steps_of(path)
    for each in profile.expressions:
        compiled(each)


def compiled(expression: Expression) -> re.Pattern[str]:
    """An expression, ready. Raises: NotRedactionError."""
    if len(expression.pattern) > REDACTION_PATTERN_CHARACTERS:
        raise NotRedactionError(
            f"The expression {expression.name!r} is longer than {REDACTION_PATTERN_CHARACTERS} characters."
        )
    try:
        return re.compile(expression.pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise NotRedactionError(
            f"The expression {expression.name!r} is no regular expression: {error}."
        ) from error


Step = str | int | None
"""A field's name, a place in a list, or None: any of them."""

_STEP: Final = re.compile(r"\.(?P<name>[^.\[\]]+)|\[(?P<place>\d{1,9}|\*)\]|\[\"(?P<quoted>[^\"]*)\"\]")


def steps_of(path: str) -> tuple[Step, ...]:
    """A path's steps. Raises: NotRedactionError."""
    at, steps = 1, []
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            raise NotRedactionError(
                f"The path {path!r} is not understood from {path[at:]!r} on. "
                'Write $.name, $.list[0], $.list[*] or $["a name"].'
            )
        name, place, quoted = match["name"], match["place"], match["quoted"]
        steps.append(_step(name, place, quoted))
        at = match.end()
    return tuple(steps)


def _step(name: str | None, place: str | None, quoted: str | None) -> Step:
    if quoted is not None:
        return quoted
    if place is not None:
        return None if place == "*" else int(place)
    return None if name == "*" else name


def plain_name(name: str) -> str:
    """A name as names are compared."""
    return name.lower().replace("-", "").replace("_", "").replace(" ", "")


def name_pattern(names: tuple[str, ...]) -> re.Pattern[str] | None:
    """Which plain names are meant by a profile's."""
    if not names:
        return None
    each = (".*".join(map(re.escape, plain_name(name).split("*"))) for name in names)
    return re.compile(f"(?s:{'|'.join(each)})")


def cores(names: tuple[str, ...]) -> tuple[bytes, ...]:
    """What must be in a text for any of these names to be: the longest plain part of each."""
    found = {max(plain_name(name).split("*"), key=len).encode() for name in names}
    return tuple(
        sorted(each for each in found if not any(other != each and other in each for other in found))
    )


def is_card(digits: str) -> bool:
    """Whether digits end with the check digit of a payment card (Luhn: every second one doubled)."""
    figures = [int(each) for each in digits if each.isdigit()]
    if not 13 <= len(figures) <= 19 or len(set(figures)) == 1:
        return False
    doubled = [2 * each - 9 if each > 4 else 2 * each for each in figures[-2::-2]]
    return (sum(doubled) + sum(figures[-1::-2])) % 10 == 0


def masked(value: Any) -> str:  # Any: a header's or a field's value
    """How a secret is shown: that it is one, and how long it is."""
    text = value if isinstance(value, str) else str(value)
    return f"{text[:1]}{'•' * min(8, max(1, len(text) - 1))} ({len(text)} characters)" if text else "(empty)"
