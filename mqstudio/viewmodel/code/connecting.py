"""Programs that read a queue, or publish by an exchange: what one pastes to connect an application.

Each is whole: it connects to this broker, and prints what comes, or sends one message.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from mqstudio.model.message import Properties
from mqstudio.viewmodel.code.letter import SHORT, Letter, quoted


class Snippet(NamedTuple):
    """A client library: its name in the program, for people, and what writes a reader and a publisher."""

    name: str
    title: str
    read: Callable[[str, str], str]
    publish: Callable[[str, str], str]


def _text(text: str) -> str:
    """As Python, JavaScript, Java and C# write a text."""
    return quoted(text, short=SHORT)


def _go_text(text: str) -> str:
    return quoted(text, short=SHORT, wide=lambda each: f"\\U{ord(each):08x}")


def _python(url: str, work: str) -> str:
    return (
        "import pika\n\n"
        f"connection = pika.BlockingConnection(pika.URLParameters({url!r}))\n"
        "channel = connection.channel()\n"
        f"{work}"
    )


def _python_read(url: str, queue: str) -> str:
    work = f"for method, properties, body in channel.consume({queue!r}):\n    print(body)\n"
    return _python(url, f"{work}    channel.basic_ack(method.delivery_tag)\n")


def _python_publish(url: str, exchange: str) -> str:
    return _python(url, f"channel.basic_publish({exchange!r}, 'my.key', b'Hello')\nconnection.close()\n")


def _aio_pika(url: str, work: str) -> str:
    return (
        "import asyncio\n\nimport aio_pika\n\n\n"
        "async def main():\n"
        f"    connection = await aio_pika.connect_robust({url!r})\n"
        "    async with connection:\n"
        "        channel = await connection.channel()\n"
        f"{work}\n\n"
        "asyncio.run(main())\n"
    )


def _aio_pika_read(url: str, queue: str) -> str:
    return _aio_pika(
        url,
        f"        queue = await channel.get_queue({queue!r})\n"
        "        async with queue.iterator() as messages:\n"
        "            async for message in messages:\n"
        "                async with message.process():\n"
        "                    print(message.body)\n",
    )


def _aio_pika_publish(url: str, exchange: str) -> str:
    found = f"await channel.get_exchange({exchange!r})" if exchange else "channel.default_exchange"
    return _aio_pika(
        url,
        f"        exchange = {found}\n        await exchange.publish(aio_pika.Message(b'Hello'), 'my.key')\n",
    )


def _javascript(url: str, work: str) -> str:
    return (
        "const amqp = require('amqplib');\n\n"
        "(async () => {\n"
        f"  const connection = await amqp.connect({_text(url)});\n"
        "  const channel = await connection.createChannel();\n"
        f"{work}"
        "})();\n"
    )


def _javascript_read(url: str, queue: str) -> str:
    return _javascript(
        url,
        f"  await channel.consume({_text(queue)}, (message) => {{\n"
        "    console.log(message.content.toString());\n"
        "    channel.ack(message);\n"
        "  });\n",
    )


def _javascript_publish(url: str, exchange: str) -> str:
    return _javascript(
        url,
        f"  channel.publish({_text(exchange)}, 'my.key', Buffer.from('Hello'));\n"
        "  await channel.close();\n"
        "  await connection.close();\n",
    )


def _java(url: str, work: str) -> str:
    return (
        "import com.rabbitmq.client.*;\n\n"
        "public class Main {\n"
        "  public static void main(String[] args) throws Exception {\n"
        "    ConnectionFactory factory = new ConnectionFactory();\n"
        f"    factory.setUri({_text(url)});\n"
        "    Connection connection = factory.newConnection();\n"
        "    Channel channel = connection.createChannel();\n"
        f"{work}"
        "  }\n"
        "}\n"
    )


def _java_read(url: str, queue: str) -> str:
    return _java(
        url,
        f"    channel.basicConsume({_text(queue)}, false, (tag, message) -> {{\n"
        '      System.out.println(new String(message.getBody(), "UTF-8"));\n'
        "      channel.basicAck(message.getEnvelope().getDeliveryTag(), false);\n"
        "    }, tag -> { });\n",
    )


def _java_publish(url: str, exchange: str) -> str:
    return _java(
        url,
        f'    channel.basicPublish({_text(exchange)}, "my.key", null, "Hello".getBytes("UTF-8"));\n'
        "    connection.close();\n",
    )


def _csharp(url: str, work: str) -> str:
    return (
        "using System.Text;\nusing RabbitMQ.Client;\nusing RabbitMQ.Client.Events;\n\n"
        f"var factory = new ConnectionFactory {{ Uri = new Uri({_text(url)}) }};\n"
        "await using var connection = await factory.CreateConnectionAsync();\n"
        "await using var channel = await connection.CreateChannelAsync();\n"
        f"{work}"
    )


def _csharp_read(url: str, queue: str) -> str:
    return _csharp(
        url,
        "var consumer = new AsyncEventingBasicConsumer(channel);\n"
        "consumer.ReceivedAsync += async (_, message) =>\n"
        "{\n"
        "    Console.WriteLine(Encoding.UTF8.GetString(message.Body.ToArray()));\n"
        "    await channel.BasicAckAsync(message.DeliveryTag, multiple: false);\n"
        "};\n"
        f"await channel.BasicConsumeAsync({_text(queue)}, autoAck: false, consumer);\n"
        "Console.ReadLine();\n",
    )


def _csharp_publish(url: str, exchange: str) -> str:
    return _csharp(
        url,
        f'await channel.BasicPublishAsync({_text(exchange)}, "my.key", Encoding.UTF8.GetBytes("Hello"));\n',
    )


def _go(url: str, imports: str, work: str) -> str:
    return (
        "package main\n\n"
        f"import (\n{imports}"
        '\tamqp "github.com/rabbitmq/amqp091-go"\n)\n\n'
        "func main() {\n"
        f"\tconnection, err := amqp.Dial({_go_text(url)})\n"
        "\tif err != nil {\n\t\tlog.Fatal(err)\n\t}\n"
        "\tdefer connection.Close()\n"
        "\tchannel, err := connection.Channel()\n"
        "\tif err != nil {\n\t\tlog.Fatal(err)\n\t}\n"
        f"{work}"
        "}\n"
    )


def _go_read(url: str, queue: str) -> str:
    return _go(
        url,
        '\t"fmt"\n\t"log"\n\n',
        f'\tmessages, err := channel.Consume({_go_text(queue)}, "", false, false, false, false, nil)\n'
        "\tif err != nil {\n\t\tlog.Fatal(err)\n\t}\n"
        "\tfor message := range messages {\n"
        "\t\tfmt.Println(string(message.Body))\n"
        "\t\tmessage.Ack(false)\n"
        "\t}\n",
    )


def _go_publish(url: str, exchange: str) -> str:
    return _go(
        url,
        '\t"context"\n\t"log"\n\n',
        f'\terr = channel.PublishWithContext(context.Background(), {_go_text(exchange)}, "my.key", '
        'false, false,\n\t\tamqp.Publishing{Body: []byte("Hello")})\n'
        "\tif err != nil {\n\t\tlog.Fatal(err)\n\t}\n",
    )


SNIPPETS: Final = [
    Snippet("python", "Python (pika)", _python_read, _python_publish),
    Snippet("aio_pika", "Python (aio-pika)", _aio_pika_read, _aio_pika_publish),
    Snippet("javascript", "JavaScript (amqplib)", _javascript_read, _javascript_publish),
    Snippet("java", "Java", _java_read, _java_publish),
    Snippet("csharp", "C#", _csharp_read, _csharp_publish),
    Snippet("go", "Go", _go_read, _go_publish),
]


def snippet(name: str, *, port: int, vhost: str, queue: str = "", exchange: str = "") -> str:
    """The program for a client library that reads a queue or, with none, publishes by an exchange."""
    made = next(each for each in SNIPPETS if each.name == name)
    url = Letter("", "", b"", Properties(), port=port, vhost=vhost).url
    return made.read(url, queue) if queue else made.publish(url, exchange)
