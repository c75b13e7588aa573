"""Regular expressions that people write into policies and permissions, kept from running for ever.

Python's engine backtracks: a repeat within a repeat can take a time exponential in the length of the name.
Such patterns are refused; what is left, on names of at most 255 bytes, is quick.
"""

import re
from functools import lru_cache
from re import _constants as _ops  # type: ignore[attr-defined]  # the standard library's own parser has no stubs
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from mqstudio.model.limits import PATTERN_CHARACTERS

_REPEATS = (_ops.MAX_REPEAT, _ops.MIN_REPEAT, _ops.POSSESSIVE_REPEAT)


@lru_cache(maxsize=4096)
def compile_pattern(text: str) -> re.Pattern[str]:
    """Compile a pattern, to be used with `search`. Raises: ValueError with a sentence for people."""
    if len(text) > PATTERN_CHARACTERS:
        raise ValueError(
            f"This pattern has {len(text)} characters; {PATTERN_CHARACTERS} is the most. Shorten it."
        )
    try:
        pattern = re.compile(text)
        _refuse_nested_repeats(_parser.parse(text), is_repeated=False)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"'{text}' is no regular expression: {error}.") from None
    return pattern


def _refuse_nested_repeats(parsed: Any, *, is_repeated: bool) -> None:  # Any: the parser's own trees
    for operator, argument in parsed:
        is_repeat = operator in _REPEATS and argument[1] > 1
        if is_repeat and is_repeated:
            raise ValueError(
                "This pattern repeats something that is repeated itself, such as (a+)+: that can take for "
                "ever. Write it without the outer or the inner repeat."
            )
        for part in argument if isinstance(argument, list | tuple) else (argument,):
            for each in part if isinstance(part, list) else (part,):
                if isinstance(each, _parser.SubPattern):
                    _refuse_nested_repeats(each, is_repeated=is_repeated or is_repeat)
