"""Tokens and random names."""

from mqstudio.server import auth


def test_only_the_token_itself_is_the_token() -> None:
    token = auth.new_token()
    assert auth.check_token(token, token)
    for other in ("", token[:-1], token + "A", token.swapcase(), "ü"):
        assert not auth.check_token(token, other)


def test_tokens_and_names_are_long_and_never_the_same() -> None:
    assert len({auth.new_token() for _ in range(100)}) == 100
    names = {auth.random_name() for _ in range(100)}
    assert len(names) == 100
    assert {len(name) for name in names} == {22}
    assert len(auth.new_token()) >= 43
