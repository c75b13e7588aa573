"""Sends one message with aio-pika, confirmed by the broker. Usage: aio_send.py PORT [BODY]"""

import asyncio
import sys

import aio_pika


async def main():
    connection = await aio_pika.connect_robust(f"amqp://guest:guest@localhost:{sys.argv[1]}/")
    async with connection:
        channel = await connection.channel()
        await channel.declare_queue("hello")
        body = sys.argv[2] if len(sys.argv) > 2 else "Hello World!"
        message = aio_pika.Message(body.encode(), headers={"from": "aio-pika"})
        await channel.default_exchange.publish(message, routing_key="hello")
        print(f" [x] Sent {body!r}")


asyncio.run(main())
