#!/usr/bin/python3
"""relay.py LISTEN_PORT TO_PORT DELAY_MS ADDRESS...: pass on every byte, both ways, DELAY_MS later.

Connections to ADDRESS:LISTEN_PORT go to ADDRESS:TO_PORT. Prints "ready", then a line for every connection it accepts. The
delay stands for the way of the packets: it does not limit how many are under way. That TCP itself needs a round trip before
the first byte is not imitated; it is the same for every client.
"""

import asyncio
import socket
import sys
import time


async def deliver(queue, writer):
    """Write each piece when its time has come; an empty one is the end of that direction."""
    while True:
        due, piece = await queue.get()
        await asyncio.sleep(max(0, due - time.monotonic()))
        if not piece:
            break
        writer.write(piece)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


async def receive(reader, queue, delay):
    while True:
        try:
            piece = await reader.read(65536)
        except ConnectionError:
            piece = b""
        queue.put_nowait((time.monotonic() + delay, piece))
        if not piece:
            return


async def one_way(reader, writer, delay):
    queue = asyncio.Queue()
    try:
        await asyncio.gather(receive(reader, queue, delay), deliver(queue, writer))
    except OSError:
        pass  # the other side is gone: so is what was under way


def without_delay(writer):
    writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


async def serve(listen_port, to_port, delay, addresses):
    async def accept(reader, writer):
        address = writer.get_extra_info("sockname")[0]
        print("connection", address, flush=True)
        up_reader, up_writer = await asyncio.open_connection(address, to_port)
        without_delay(writer)
        without_delay(up_writer)
        await asyncio.gather(one_way(reader, up_writer, delay), one_way(up_reader, writer, delay))
        writer.close()
        up_writer.close()

    server = await asyncio.start_server(accept, addresses, listen_port)
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


def main():
    listen_port, to_port, delay_ms = (int(word) for word in sys.argv[1:4])
    try:
        asyncio.run(serve(listen_port, to_port, delay_ms / 1000, sys.argv[4:]))
    except KeyboardInterrupt:
        pass


main()
