"""In which language a client is written, as far as one can guess."""

import pytest

from mqstudio.viewmodel.client_words import language


@pytest.mark.parametrize(
    ("product", "platform", "guess"),
    [
        ("Pika Python Client Library", "Python 3.11.7", "Python"),
        ("pika", "", "Python"),
        ("aiormq", "CPython 3.11.7", "Python"),
        ("py-amqp", "", "Python"),
        ("amqplib", "Node.JS v20", "JavaScript"),
        ("RabbitMQ", "Java", "Java"),
        ("RabbitMQ", ".NET", "C#"),
        ("AMQP 0.9.1 Client", "golang", "Go"),
        ("Bunny", "ruby 3.2", "Ruby"),
        ("AMQPLib", "PHP", "PHP"),
        ("lapin", "rust", "Rust"),
        ("amqp-client.cr", "Crystal 1.9", "Crystal"),
        ("RabbitMQ", "Erlang/OTP", "Erlang"),
        ("mystery", "", ""),
        ("", "", ""),
    ],
)
def test_guesses(product: str, platform: str, guess: str) -> None:
    assert language(product, platform) == guess
