"""What the API's handlers answer with, and how errors are worded."""

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.protocols.http import BadRequestError, Desk, HttpRequest, Json, Response, Steps, problem

CREATED = Response(201)
NO_CONTENT = Response(204)


def put(*, is_new: bool) -> Response:
    """What a PUT answers: 201 for something new, 204 for something changed or equal."""
    return CREATED if is_new else NO_CONTENT


NOT_FOUND = problem(404, "Object Not Found", "Not Found")
NOT_AUTHORISED = problem(401, "not_authorised", "Not management user")
NOT_ADMINISTRATOR = problem(401, "not_authorised", "User not administrator")

_STATUS = {
    Refusal.NO_SUCH_QUEUE: 404,
    Refusal.NO_SUCH_EXCHANGE: 404,
    Refusal.NO_SUCH_VHOST: 404,
    Refusal.NO_SUCH_POLICY: 404,
    Refusal.NO_SUCH_CONNECTION: 404,
    Refusal.TOO_LARGE: 413,
    Refusal.OUT_OF_MEMORY: 503,
}


def refused(error: RefusedError) -> Response:
    """A refusal of the broker: 404 for what is not there, 400 for the rest."""
    if error.why.name.startswith("NO_SUCH_USER"):
        return NOT_FOUND
    status = _STATUS.get(error.why, 400)
    return NOT_FOUND if status == 404 else problem(status, "bad_request", error.says)


__all__ = [
    "CREATED",
    "NOT_ADMINISTRATOR",
    "NOT_AUTHORISED",
    "NOT_FOUND",
    "NO_CONTENT",
    "BadRequestError",
    "Desk",
    "HttpRequest",
    "Json",
    "Response",
    "Steps",
    "problem",
    "put",
    "refused",
]
