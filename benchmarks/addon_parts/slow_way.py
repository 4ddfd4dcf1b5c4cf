"""A slow way to a backend: what passes waits first, and goes little by little."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from emogene_proto.addresses import parse_address
from emogene_proto.connection import read_connection, write_connection

DELAY_SECONDS, BYTES_A_SECOND = 0.15, 400_000
_PIECE, _PIECES_ON_THE_WAY = 16_384, 64


@contextmanager
def slow_way(announced: Path, slowly: Path) -> Iterator[Path]:
    """A connection file that leads to the announced backend by a way of a delay and a rate."""
    connection = read_connection(announced)
    there: Future[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = Future()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(connection.address, there)))
    thread.start()
    port, loop, enough = there.result(10.0)
    write_connection(slowly, msgspec.structs.replace(connection, address=f"tcp://127.0.0.1:{port}"))
    try:
        yield slowly
    finally:
        loop.call_soon_threadsafe(enough.set)
        thread.join()


async def _serve(address: str, there: Future) -> None:
    host, port = parse_address(address)

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_there, to_there = await asyncio.open_connection(host, port)
        await asyncio.gather(_slowly(reader, to_there), _slowly(from_there, writer))

    server, enough = await asyncio.start_server(pass_on, "127.0.0.1"), asyncio.Event()
    there.set_result((server.sockets[0].getsockname()[1], asyncio.get_running_loop(), enough))
    await enough.wait()
    server.close()


async def _slowly(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """One direction, to its end."""
    pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_PIECES_ON_THE_WAY)
    clock = asyncio.get_running_loop().time

    async def take() -> None:
        piece = b"..."
        while piece:
            piece = await source.read(_PIECE)
            await pieces.put((clock() + DELAY_SECONDS, piece))

    async def give() -> None:
        while (item := await pieces.get())[1]:
            due, piece = item
            await asyncio.sleep(max(due - clock(), len(piece) / BYTES_A_SECOND))
            target.write(piece)
            await target.drain()

    with suppress(ConnectionError):
        await asyncio.gather(take(), give())
    target.close()
