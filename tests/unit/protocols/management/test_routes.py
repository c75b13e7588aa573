"""The table of routes, and that the documentation has all of it."""

import re
from pathlib import Path

import pytest

from mqstudio.protocols.management.routes import OPEN_PATHS, TABLE
from mqstudio.protocols.management.visitors import Need
from tests.support.management import Office

DOCUMENT = Path(__file__).parents[4] / "docs" / "protocols" / "management.md"
ROW = re.compile(r"^\| `/([^`]+)` \| ([A-Z, ]+) \| ([^|]+) \|", re.MULTILINE)
WORDS = {
    Need.ANY_TAG: "any tag",
    Need.MONITOR: "monitoring",
    Need.ADMINISTRATOR: "administrator",
    Need.VHOST: "the virtual host",
    Need.POLICYMAKER: "policymaker",
    Need.POLICIES: "policymaker, the virtual host",
}


def documented() -> dict[tuple[str, str], str]:
    """Method and path → who may, as the document says."""
    rows = ROW.findall(DOCUMENT.read_text())
    return {(method, path): who.strip() for path, methods, who in rows for method in methods.split(", ")}


def test_every_route_is_documented() -> None:
    """And nothing else, with what each asks of its visitors."""
    routes = {
        (method, path): "nobody asked" if path in OPEN_PATHS else WORDS[need]
        for method, path, need, _ in TABLE
    }
    assert documented() == routes


def test_no_route_hides_another() -> None:
    """Each is the first that matches its own path."""
    assert len({(method, path) for method, path, _, _ in TABLE}) == len(TABLE)


@pytest.mark.parametrize(
    "path", ["", "api", "api/nonsense", "api/queues/a/b/c/d", "api//", "other", "api/shovels"]
)
async def test_what_is_no_route(office: Office, path: str) -> None:
    response = office.ask("GET", path)
    assert (response.status, response.content["error"]) == (404, "Object Not Found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "api/overview", "GET"),
        ("DELETE", "api/queues", "GET"),
        ("PATCH", "api/queues/%2F/q", "GET, PUT, DELETE"),
    ],
)
async def test_what_cannot_be_done_to_a_route(office: Office, method: str, path: str, allowed: str) -> None:
    """405, and what can."""
    response = office.ask(method, path)
    assert (response.status, response.content, response.headers["Allow"]) == (405, None, allowed)


async def test_names_may_have_anything_in_them(office: Office) -> None:
    """Slashes, spaces, percent signs, letters of any language."""
    for name in ("a%2Fb", "a%20b", "%25", "%C3%A4", "a%2520b"):
        assert office.ask("PUT", f"api/queues/%2F/{name}", {}).status == 201
        assert office.ask("GET", f"api/queues/%2F/{name}").status == 200
    assert [each["name"] for each in office.get("api/queues?sort=name")] == ["%", "a b", "a%20b", "a/b", "ä"]
