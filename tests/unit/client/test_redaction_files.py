"""Redaction profiles are files: found by name or path, and what is wrong with one is said."""

from pathlib import Path

import pytest

from mqstudio.client.redaction_files import load_profile, profile_names, save_profile
from mqstudio.exporters.redaction import DEFAULT, NONE, NotRedactionError, Redaction

MINE = Redaction("shop-eu", names=("iban",), paths=("$.customer.name",))


def test_default_and_none_are_always_there(tmp_path: Path) -> None:
    assert profile_names(tmp_path) == ["default", "none"]
    assert load_profile(tmp_path, "default") == DEFAULT
    assert load_profile(tmp_path, "none") == NONE


def test_ones_own_is_found_by_name_and_by_path(tmp_path: Path) -> None:
    path = save_profile(tmp_path, MINE)
    assert profile_names(tmp_path) == ["default", "shop-eu", "none"]
    assert load_profile(tmp_path, "shop-eu") == load_profile(tmp_path, str(path)) == MINE


def test_the_default_can_be_changed(tmp_path: Path) -> None:
    save_profile(tmp_path, Redaction("default", names=("iban",)))
    assert load_profile(tmp_path, "default").names == ("iban",)


@pytest.mark.parametrize(("name", "says"), [("nope", "There are: default, none"), ("x.json", "no redaction")])
def test_one_that_is_not_there_says_which_are(tmp_path: Path, name: str, says: str) -> None:
    with pytest.raises(NotRedactionError, match=says):
        load_profile(tmp_path, name)


@pytest.mark.parametrize("name", ["none", "../x", "", "a b"])
def test_names_are_plain(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotRedactionError, match="letters, digits"):
        save_profile(tmp_path, Redaction(name))
    assert not list(tmp_path.iterdir())


def test_a_broken_one_says_where(tmp_path: Path) -> None:
    path = save_profile(tmp_path, MINE)
    path.write_text('{"name": 5}')
    with pytest.raises(NotRedactionError, match="name"):
        load_profile(tmp_path, "shop-eu")
    path.write_bytes(b" " * 2_000_000)
    with pytest.raises(NotRedactionError, match="too large"):
        load_profile(tmp_path, "shop-eu")
