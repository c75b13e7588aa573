"""Properties and headers from the command line."""

import click
import pytest

from mqstudio.cli.publish import read_properties
from mqstudio.model.message import Header, Properties


def test_names_and_values_become_properties() -> None:
    assert read_properties(
        ("content_type=text/plain", "priority=5", "reply_to=a=b"), ("source=shell", "empty=")
    ) == Properties(
        content_type="text/plain",
        priority=5,
        reply_to="a=b",
        headers=[Header("source", "string", "shell"), Header("empty", "string", "")],
    )


def test_nothing_given_says_nothing() -> None:
    assert read_properties((), ()) == Properties()


@pytest.mark.parametrize(
    ("pairs", "headers", "says"),
    [
        (("colour=red",), (), "no property 'colour'.*content_type"),
        (("headers=x",), (), "no property 'headers'"),
        (("priority=high",), (), "priority is a number, not 'high'"),
        (("priority",), (), "not of the form NAME=VALUE"),
        ((), ("=x",), "not of the form NAME=VALUE"),
    ],
)
def test_what_cannot_be_read_is_explained(
    pairs: tuple[str, ...], headers: tuple[str, ...], says: str
) -> None:
    with pytest.raises(click.BadParameter, match=says):
        read_properties(pairs, headers)
