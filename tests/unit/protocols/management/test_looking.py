"""Lists as the query asks for them: pages, names, order, columns."""

import pytest

from mqstudio.model.patterns import compile_pattern
from mqstudio.protocols.http import PAUSE, HttpRequest
from mqstudio.protocols.management import looking
from tests.support.management import ADMINISTRATOR, Office


@pytest.fixture
async def five(office: Office) -> Office:
    for number in range(5):
        office.ask("PUT", f"api/queues/%2F/q{number}", {})
    return office


async def test_a_page(five: Office) -> None:
    shown = five.get("api/queues?page=2&page_size=2&sort=name&sort_reverse=true&columns=name")
    assert shown == {
        "filtered_count": 5,
        "item_count": 2,
        "items": [{"name": "q2"}, {"name": "q1"}],
        "page": 2,
        "page_count": 3,
        "page_size": 2,
        "total_count": 5,
    }


async def test_names_by_part_or_pattern(five: Office) -> None:
    """Whatever their case. Patterns of queries are not kept: anybody may ask with any."""
    assert [q["name"] for q in five.get("api/queues?page=1&name=Q3")["items"]] == ["q3"]
    kept = compile_pattern.cache_info().currsize
    found = five.get("api/queues?page=1&name=q%5B12%5D$&use_regex=true")
    assert ([q["name"] for q in found["items"]], found["total_count"]) == (["q1", "q2"], 5)
    assert compile_pattern.cache_info().currsize == kept


async def test_others_go_on_between_searches(five: Office) -> None:
    """A pattern and names that are meant to may take 50 ms each."""
    asked = HttpRequest(
        "GET",
        "/api/queues",
        {"page": "1", "name": "^q", "use_regex": "true"},
        b"",
        "guest",
        ADMINISTRATOR,
    )
    items = [{"name": f"q{number}"} for number in range(5)]
    steps = looking.listed(asked, items)
    assert [next(steps) for _ in items] == [PAUSE] * 5
    with pytest.raises(StopIteration) as ended:
        next(steps)
    assert ended.value.value.content["items"] == items


@pytest.mark.parametrize(
    ("query", "error", "says"),
    [
        ("page=99&page_size=2", "page_out_of_range", "Page out of range, page: 99 page size: 2, len: 5"),
        ("page=0", "invalid_pagination_parameters", "page number 0"),
        ("page=1&page_size=501", "invalid_pagination_parameters", "page size 501"),
        ("page=x", "bad_request", "Pagination parameters are invalid"),
        ("page=-1", "bad_request", "Pagination parameters are invalid"),
        ("page=1&name=(&use_regex=true", "bad_request", "Pagination parameters are invalid: '('"),
        ("page=99999999999999999999", "bad_request", "Pagination parameters are invalid"),
    ],
)
async def test_pages_that_are_none(five: Office, query: str, error: str, says: str) -> None:
    response = five.ask("GET", f"api/queues?{query}")
    assert (response.status, response.content["error"]) == (400, error)
    assert says in response.content["reason"]


async def test_columns(five: Office) -> None:
    """Also of one object, and of objects in objects; unknown ones are left out."""
    assert five.get("api/queues/%2F/q1?columns=name,messages_details.rate,nonsense") == {
        "name": "q1",
        "messages_details": {"rate": 0.0},
    }
    assert five.get("api/overview?columns=object_totals.queues") == {"object_totals": {"queues": 5}}


async def test_sorting_by_what_is_not_there(five: Office) -> None:
    """Or by values of many types: any order, no failure."""
    assert len(five.get("api/queues?sort=nonsense.deeper")) == 5
    assert len(five.get("api/queues?sort=policy")) == 5
    assert len(five.get("api/exchanges?sort=message_stats.publish_in")) == 7
