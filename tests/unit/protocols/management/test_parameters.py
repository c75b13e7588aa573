"""Policies of operators and limits, as parameters."""

from tests.support.management import Office


async def test_what_rabbitmq_keeps_so_is_shown_so(office: Office) -> None:
    """By component, virtual host and name."""
    policy = {"pattern": "^q", "definition": {"max-length": 5}, "apply-to": "queues", "priority": 1}
    office.ask("PUT", "api/operator-policies/%2F/o", policy)
    office.ask("PUT", "api/vhost-limits/%2F/max-queues", {"value": 5})
    operator = {"component": "operator_policy", "name": "o", "vhost": "/", "value": policy}
    limits = {"component": "vhost-limits", "name": "limits", "vhost": "/", "value": {"max-queues": 5}}
    assert office.get("api/parameters") == [operator, limits]
    assert office.get("api/parameters/vhost-limits") == [limits]
    assert office.get("api/parameters/operator_policy/%2F") == [operator]
    assert office.get("api/parameters/operator_policy/%2F/o") == operator
    assert office.get("api/parameters/shovel") == []
    assert office.ask("GET", "api/parameters/shovel/%2F/s").status == 404


async def test_those_of_hidden_virtual_hosts_are_not_shown(office: Office) -> None:
    """To policymakers who are not let in."""
    office.ask("PUT", "api/vhosts/v", {})
    office.ask("PUT", "api/vhost-limits/v/max-queues", {"value": 5})
    office.add_user("maker", "policymaker")
    assert office.get("api/parameters", user="maker", tags=("policymaker",)) == []


async def test_what_parameters_are_for_in_rabbitmq_is_not_here(office: Office) -> None:
    """Said in its words."""
    response = office.ask("PUT", "api/parameters/shovel/%2F/s", {"value": {}})
    assert response.status == 400
    assert response.content["reason"] == "Validation failed\n\ncomponent shovel not found\n"
