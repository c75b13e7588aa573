"""RabbitMQ's management API as tests ask it: status, decoded body and headers."""

import base64
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Api:
    port: int
    login: str = "guest:guest"

    def ask(
        self, method: str, path: str, body: object = None, raw: bytes | None = None, **headers: str
    ) -> Answer:
        """Ask, whatever the answer; `headers` with `_` for `-`."""
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/{path}", method=method, data=data)
        if self.login:
            request.add_header("Authorization", "Basic " + base64.b64encode(self.login.encode()).decode())
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return _answer(response.status, response.read(), dict(response.headers))
        except urllib.error.HTTPError as error:
            return _answer(error.code, error.read(), dict(error.headers))

    def get(self, path: str) -> Any:
        answer = self.ask("GET", path)
        assert answer.status == 200, answer
        return answer.body


def _answer(status: int, body: bytes, headers: dict[str, str]) -> Answer:
    text = body.decode()
    return Answer(status, json.loads(text) if text[:1] in ("{", "[") else text, headers)
