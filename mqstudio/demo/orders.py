"""The shop's orders: made up of an order's number alone, so that each is like no other and like last time."""

import random
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

CUSTOMERS: Final = (
    "Ada Young", "Linus Berg", "Grace Kim", "Alan Moreau", "Radia Singh", "Edsger Vos",
    "Zoë Núñez", "Kenji Ōta",
)  # fmt: skip
GOODS: Final = (
    ("tea-green", "Green tea, 100 g", 6.5), ("tea-black", "Black tea, 100 g", 5.9), ("pot", "Teapot", 39.9),
    ("cups", "Two cups", 18.0), ("honey", "Honey, 250 g", 7.25), ("strainer", "Strainer", 4.4),
)  # fmt: skip
COUNTRIES: Final = ("de", "fr", "jp", "br", "se")
FIRST_NUMBER: Final = 10_001

FAILS_EVERY: Final = 12
"""Every so many-th order has an address that the mailer cannot do anything with."""


def make_order(number: int, channel: str, now_s: float) -> dict[str, Any]:  # Any: JSON values
    """One order, as the shop's web page or app would send it."""
    chance = random.Random(number)
    customer = chance.choice(CUSTOMERS)
    lines: list[dict[str, Any]] = [  # Any: as above
        {"sku": sku, "name": name, "price": price, "count": chance.randint(1, 3)}
        for sku, name, price in chance.sample(GOODS, chance.randint(1, 3))
    ]
    name = "".join(letter for letter in customer.lower() if letter.isascii() and letter.isalpha())
    return {
        "id": number,
        "placed_at": datetime.fromtimestamp(now_s, UTC).isoformat(timespec="milliseconds"),
        "channel": channel,
        "customer": {
            "name": customer,
            "email": name if number % FAILS_EVERY == 0 else f"{name}@example.com",
            "country": chance.choice(COUNTRIES),
            "is_new": chance.random() < 0.2,
        },
        "lines": lines,
        "total": round(sum(float(line["price"]) * int(line["count"]) for line in lines), 2),
        "currency": "EUR",
        "note": chance.choice((None, None, None, "Please ring twice", "Gift: no invoice in the box")),
    }


def can_be_mailed(body: bytes) -> bool:
    """Whether an order has an address to write to; False also for what is no order."""
    try:
        order = msgspec.json.decode(body)
        return "@" in order["customer"]["email"]
    except (msgspec.DecodeError, KeyError, TypeError):
        return False
