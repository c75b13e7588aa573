"""In which language a client is written, as far as what it says of itself lets one guess."""

import re
from typing import Final

_BY_PRODUCT: Final = {
    "pika": "Python",
    "aiormq": "Python",
    "aio-pika": "Python",
    "py-amqp": "Python",
    "kombu": "Python",
    "aioamqp": "Python",
    "amqplib": "JavaScript",
    "amqp-client.js": "JavaScript",
    "rabbitmq-client": "JavaScript",
    "amqp091-go": "Go",
    "amqpgo": "Go",
    "bunny": "Ruby",
    "march_hare": "Ruby",
    "amqp-client.rb": "Ruby",
    "lapin": "Rust",
    "amqprs": "Rust",
    "amqpproxy": "Crystal",
    "amqp-client.cr": "Crystal",
    "rabbitmq-c": "C",
    "php-amqplib": "PHP",
    "amqplib library": "PHP",
    "bunnyphp": "PHP",
    "easynetq": "C#",
    "masstransit": "C#",
    "spring": "Java",
}
"""Names of libraries, or how they begin, in small letters."""

_BY_WORD: Final = (
    ("javascript", "JavaScript"),
    ("node", "JavaScript"),
    ("python", "Python"),
    ("java", "Java"),
    ("jvm", "Java"),
    (".net", "C#"),
    ("dotnet", "C#"),
    ("golang", "Go"),
    ("ruby", "Ruby"),
    ("php", "PHP"),
    ("rust", "Rust"),
    ("erlang", "Erlang"),
    ("elixir", "Elixir"),
    ("crystal", "Crystal"),
    ("swift", "Swift"),
    ("perl", "Perl"),
    ("haskell", "Haskell"),
    ("c++", "C++"),
    ("qt", "C++"),
)
"""Words of a product or platform; the first that is found counts."""


def language(product: str, platform: str) -> str:
    """A guess; "" if there is nothing to go by. What a client runs on says more than what it is called."""
    name, ground = product.lower().strip(), platform.lower().strip()
    by_name = next((found for begin, found in _BY_PRODUCT.items() if _begins(name, begin)), "")
    by_ground = "Go" if re.match(r"go(lang)?\b|go\d", ground) else _by_word(ground)
    return by_ground or by_name or _by_word(name)


def _begins(name: str, begin: str) -> bool:
    return name == begin or name.startswith((f"{begin} ", f"{begin}/"))


def _by_word(text: str) -> str:
    return next((found for word, found in _BY_WORD if word in text), "")
