"""Every refusal of the broker has an answer."""

import pytest

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.protocols.management.refusals import ANSWERS, refused


@pytest.mark.parametrize("why", list(Refusal))
def test_each_is_answered(why: Refusal) -> None:
    """With a status of its kind and a text, also where facts are missing."""
    response = refused(RefusedError(why, "It is so."))
    assert 400 <= response.status < 600
    assert response.content["error"] and response.content["reason"]
    if why not in ANSWERS:
        assert (response.status, response.content["reason"]) == (400, "It is so.")


@pytest.mark.parametrize("why", [each for each in Refusal if each.name.startswith("NO_SUCH")])
def test_what_is_not_there_is_404(why: Refusal) -> None:
    """But a delivery: nobody names one here."""
    assert refused(RefusedError(why, "")).status == (400 if why is Refusal.NO_SUCH_DELIVERY else 404)


def test_values_are_written_as_rabbitmq_writes_them() -> None:
    error = RefusedError(
        Refusal.DECLARED_DIFFERENTLY,
        "",
        kind="queue",
        name="q",
        vhost="/",
        attribute="durable",
        received=True,
        current=None,
    )
    says = "inequivalent arg 'durable' for queue 'q' in vhost '/': received 'true' but current is 'none'"
    assert refused(error).content["reason"] == says
