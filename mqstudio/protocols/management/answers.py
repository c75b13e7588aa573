"""What the API's handlers answer with, and how errors are worded."""

from mqstudio.protocols.http import BadRequestError, Desk, HttpRequest, Json, Response, Steps, problem

CREATED = Response(201)
NO_CONTENT = Response(204)


def put(*, is_new: bool) -> Response:
    """What a PUT answers: 201 for something new, 204 for something changed or equal."""
    return CREATED if is_new else NO_CONTENT


NOT_FOUND = problem(404, "Object Not Found", "Not Found")
ACCESS_REFUSED = problem(401, "not_authorised", "Access refused.")

__all__ = [
    "ACCESS_REFUSED",
    "CREATED",
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
]
