"""The log: one event per line on standard error, `time level event key=value …`."""

import logging
import sys
import time
from typing import Any

VALUE_MAX = 500
"""Characters of one value; the rest is left out."""

_logger = logging.getLogger("mqstudio")


def set_up() -> None:
    """Send the log to standard error. Standard output belongs to the ready line."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter("%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    _logger.handlers = [handler]
    _logger.setLevel(logging.INFO)


def info(event: str, **facts: Any) -> None:  # Any: anything that has a str
    """Something happened as it should."""
    _logger.info("%s", _line(event, facts))


def warning(event: str, **facts: Any) -> None:
    """Somebody should look at this."""
    _logger.warning("%s", _line(event, facts))


def bug(event: str, **facts: Any) -> None:
    """An error of ours: with the traceback of the exception being handled."""
    _logger.exception("%s", _line(event, facts))


def _line(event: str, facts: dict[str, Any]) -> str:
    return " ".join([event, *(f"{key}={_value(str(value))}" for key, value in facts.items())])


def _value(text: str) -> str:
    """Quote what would break the line apart or hide in it: peers choose many of these texts."""
    text = text[:VALUE_MAX]
    if text and text.isascii() and text.isprintable() and not set(text) & set(' "=\\'):
        return text
    escaped = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
    return '"' + escaped.replace('"', "'") + '"'
