"""Prints what arrives in a queue, with aio-pika. Usage: aio_receive.py PORT"""

import asyncio
import contextlib
import sys

import aio_pika


async def main():
    connection = await aio_pika.connect_robust(f"amqp://guest:guest@localhost:{sys.argv[1]}/")
    async with connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=10)
        queue = await channel.declare_queue("hello")
        print(" [*] Waiting for messages", flush=True)
        async with queue.iterator() as messages:
            async for message in messages:
                async with message.process():
                    print(f" [x] Received {message.body}", flush=True)


with contextlib.suppress(KeyboardInterrupt):
    asyncio.run(main())
