"""Users, permissions and limits by the API."""

from typing import Any

import pytest

from tests.support.management import Office

HASH = "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR"
RIGHTS = {"configure": "c", "write": "w", "read": "r"}


async def test_a_user_is_made_and_changed(office: Office) -> None:
    """Tags as a list or with commas; a hash stays when only tags are put."""
    assert office.ask("PUT", "api/users/u", {"tags": "a, b", "password_hash": HASH}).status == 201
    assert office.ask("PUT", "api/users/u", {"tags": ["management"]}).status == 204
    assert office.get("api/users/u") == {
        "name": "u",
        "password_hash": HASH,
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": ["management"],
        "limits": {},
    }
    assert office.ask("PUT", "api/users/u", {"tags": "", "password_hash": ""}).status == 204
    assert office.get("api/users/u")["password_hash"] == ""
    assert office.ask("DELETE", "api/users/u").status == 204
    assert office.ask("DELETE", "api/users/u").status == 404


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({}, "tags_not_present"),
        ({"tags": 5}, "'tags' must be a list, or a text with commas."),
        (
            {"tags": "", "password": "p", "password_hash": HASH},
            "both_password_and_password_hash_are_provided",
        ),
        ({"tags": "", "password": 5}, "'password' and 'password_hash' must be texts."),
    ],
)
async def test_what_is_no_user(office: Office, asked: Any, reason: str) -> None:
    response = office.ask("PUT", "api/users/u", asked)
    assert (response.status, response.content["reason"]) == (400, reason)
    assert office.ask("GET", "api/users/u").status == 404


async def test_several_go_at_once_or_none(office: Office) -> None:
    office.add_user("a")
    office.add_user("b")
    response = office.ask("POST", "api/users/bulk-delete", {"users": ["a", "nobody"]})
    assert (response.status, response.content["reason"]) == (400, ["no_such_user", "nobody"])
    assert [each["name"] for each in office.get("api/users/without-permissions")] == ["a", "b"]
    assert office.ask("POST", "api/users/bulk-delete", {"users": ["a", "b", "a"]}).status == 204
    assert [each["name"] for each in office.get("api/users")] == ["guest"]
    for users in ("a", [{}], [5]):
        assert office.ask("POST", "api/users/bulk-delete", {"users": users}).status == 400


async def test_permissions(office: Office) -> None:
    """201, 204, and gone; found by user and by virtual host."""
    office.add_user("u")
    path = "api/permissions/%2F/u"
    assert office.ask("PUT", path, RIGHTS).status == 201
    assert office.ask("PUT", path, {**RIGHTS, "read": ""}).status == 204
    (mine,) = office.get("api/users/u/permissions")
    assert mine == {"user": "u", "vhost": "/", "configure": "c", "write": "w", "read": ""}
    assert mine in office.get("api/vhosts/%2F/permissions")
    assert office.get(path) == mine
    assert office.ask("DELETE", path).status == 204
    assert office.ask("DELETE", path).status == 404


@pytest.mark.parametrize(
    ("path", "asked", "reason"),
    [
        ("permissions/%2F/u", {"configure": ""}, "[{key_missing,write},{key_missing,read}]"),
        ("permissions/%2F/nobody", RIGHTS, "vhost_or_user_not_found"),
        ("permissions/nowhere/u", RIGHTS, "vhost_or_user_not_found"),
        ("permissions/%2F/u", {**RIGHTS, "read": []}, "'read' must be a text."),
        ("topic-permissions/%2F/u", {"exchange": "x"}, "[{key_missing,write},{key_missing,read}]"),
        ("topic-permissions/%2F/nobody", {"exchange": "x", **RIGHTS}, "vhost_or_user_not_found"),
        ("user-limits/nobody/max-channels", {"value": 5}, ["no_such_user", "nobody"]),
        ("user-limits/u/max-channels", {}, "[{key_missing,value}]"),
        (
            "user-limits/u/max-channels",
            {"value": "x"},
            "Validation failed: max-channels should be a number, is x",
        ),
        (
            "user-limits/u/max-queues",
            {"value": 5},
            "Validation failed: 'max-queues' is no limit of this. Known: max-connections, max-channels.",
        ),
    ],
)
async def test_what_is_no_right_and_no_limit(office: Office, path: str, asked: Any, reason: Any) -> None:
    office.add_user("u")
    response = office.ask("PUT", f"api/{path}", asked)
    assert (response.status, response.content["reason"]) == (400, reason)


async def test_a_pattern_that_is_none(office: Office) -> None:
    """Says what is wrong with it; nothing changes."""
    office.add_user("u")
    response = office.ask("PUT", "api/permissions/%2F/u", {**RIGHTS, "write": "("})
    assert response.status == 400
    assert response.content["reason"].startswith("write: '(' is no pattern")
    assert office.get("api/users/u/permissions") == []


async def test_topic_permissions(office: Office) -> None:
    office.add_user("u")
    path = "api/topic-permissions/%2F/u"
    assert office.ask("GET", path).status == 404
    assert office.ask("PUT", path, {"exchange": "amq.topic", "write": "w", "read": "r"}).status == 201
    (mine,) = office.get(path)
    assert mine["exchange"] == "amq.topic"
    assert mine in office.get("api/topic-permissions")
    assert office.get("api/users/u/topic-permissions") == [mine]
    assert office.get("api/vhosts/%2F/topic-permissions") == [mine]
    assert office.ask("DELETE", path).status == 204


async def test_limits(office: Office) -> None:
    """One at a time; a negative one, and DELETE, lift it."""
    office.add_user("u")
    for key, value in (("max-connections", 3), ("max-channels", 0)):
        assert office.ask("PUT", f"api/user-limits/u/{key}", {"value": value}).status == 204
    assert office.get("api/user-limits/u") == [
        {"user": "u", "value": {"max-connections": 3, "max-channels": 0}}
    ]
    assert office.ask("PUT", "api/user-limits/u/max-connections", {"value": -1}).status == 204
    assert office.get("api/users/u")["limits"] == {"max-channels": 0}
    assert office.ask("DELETE", "api/user-limits/u/max-channels").status == 204
    assert office.get("api/user-limits") == []


@pytest.mark.parametrize(
    "path",
    [
        "users/nobody",
        "users/nobody/permissions",
        "users/nobody/topic-permissions",
        "permissions/%2F/nobody",
        "topic-permissions/%2F/nobody",
        "vhosts/nowhere/permissions",
        "vhosts/nowhere/topic-permissions",
        "vhost-limits/nowhere",
    ],
)
async def test_what_is_not_there(office: Office, path: str) -> None:
    response = office.ask("GET", f"api/{path}")
    assert (response.status, response.content) == (404, {"error": "Object Not Found", "reason": "Not Found"})
