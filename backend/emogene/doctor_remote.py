"""Why a backend on another computer cannot be reached, step by step: the first step that fails is the reason."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

from emogene.doctor import Check
from emogene_proto.addresses import Address, parse_address
from emogene_proto.client import Client, ConnectionState
from emogene_proto.connection import Connection, remote_connection
from emogene_proto.errors import EmoGeneError
from emogene_proto.messages import PROTOCOL_VERSION, Welcome

PORT_SECONDS = 5.0
GREETING_SECONDS = 5.0
CONNECT_SECONDS = 10.0
READY_SECONDS = 60.0
"""So long the renderer may take to start."""

_MECHANISM = slice(12, 32)
_GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x01"
"""How a ZMTP 3.1 peer begins: signature and version. The other one then says all of its own greeting, with its
mechanism, and waits; told ours it would hang up where it has another."""


def examine_remote(address: str, server_key: str, key_file: Path) -> Iterator[Check]:
    """The steps of a connection, one after the other as they are done; the last one is the first that failed.

    Raises:
        BackendError: it is no address.
        AccessError: one of the keys is none, or others can read the file.
    """
    connection = remote_connection(address, server_key, key_file)
    where = parse_address(connection.address)
    for step in (_name, _port, _encryption):
        check = step(where)
        yield check
        if not check.works:
            return
    yield from _conversation(connection)


def _name(where: Address) -> Check:
    try:
        found = socket.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM)
    except OSError as error:
        mend = "Check how it is written, or use the computer's number, e.g. tcp://192.168.1.20:5555."
        return Check("name", False, f"nobody knows a computer {where.host} ({error.strerror})", mend)
    numbers = [str(number[0]) for family, *_, number in found if (family == socket.AF_INET6) == (":" in where.host)]
    if not numbers:
        mend = f"Use tcp://[{found[0][4][0]}]:{where.port} as the address."
        return Check("name", False, f"{where.host} has an IPv6 number only", mend)
    return Check("name", True, where.host if where.is_number else f"{where.host} is {numbers[0]}")


def _port(where: Address) -> Check:
    started = time.monotonic()
    try:
        with socket.create_connection(where, timeout=PORT_SECONDS):
            return Check("port", True, f"{where.port} answers after {1000 * (time.monotonic() - started):.0f} ms")
    except TimeoutError:
        mend = "Is the computer on? Let its firewall, and those between, pass TCP to this port."
        return Check("port", False, f"no answer from port {where.port} in {PORT_SECONDS:g} s", mend)
    except ConnectionRefusedError:
        mend = (
            f"Start it there: emogene serve --bind tcp://0.0.0.0:{where.port} --authorized-keys FILE. Is it this port?"
        )
        return Check("port", False, f"nothing listens at port {where.port}", mend)
    except OSError as error:
        mend = "Check the network between the two computers."
        return Check("port", False, f"port {where.port} cannot be reached: {error.strerror or error}", mend)


def _encryption(where: Address) -> Check:
    """Whether what listens greets as a backend does; no key is needed for that."""
    answer = b""
    try:
        with socket.create_connection(where, timeout=GREETING_SECONDS) as connected:
            connected.sendall(_GREETING)
            while len(answer) < _MECHANISM.stop and (more := connected.recv(64)):
                answer += more
    except OSError:  # it hung up or was silent: what came until then tells
        pass
    another = "Check the port: another program listens there."
    if answer[:1] != b"\xff" or answer[9:10] != b"\x7f":
        return Check("encryption", False, "what listens does not speak ZeroMQ", another)
    mechanism = answer[_MECHANISM].rstrip(b"\0").decode("ascii", "replace")
    if mechanism == "CURVE":
        return Check("encryption", True, "CURVE")
    mend = f"Update the backend, or check the port: {mechanism or 'no'} encryption is what EmoGene had up to version 4."
    return Check("encryption", False, "what listens speaks ZeroMQ without encryption", mend)


def _conversation(connection: Connection) -> Iterator[Check]:
    client = Client.connect(connection, "emogene doctor", CONNECT_SECONDS)
    try:
        while client.state is ConnectionState.CONNECTING:
            client.wait(0.1)
            client.poll()
        problem = client.problem
        failed = "" if problem is None else problem.code
        yield _judged("backend's key", failed, ("wrong_server", "not_encrypted", "no_backend"), problem, "is this one")
        if failed in ("wrong_server", "not_encrypted", "no_backend"):
            return
        yield _judged("this key", failed, ("key_refused",), problem, "is allowed")
        if failed == "key_refused":
            return
        if problem is not None:
            yield Check("protocol", False, problem.message, problem.hint)
            return
        yield Check("protocol", True, f"version {PROTOCOL_VERSION}")
        yield _state(client)
    finally:
        client.close()


def _judged(name: str, code: str, bad: tuple[str, ...], problem: EmoGeneError | None, good: str) -> Check:
    if problem is not None and code in bad:
        return Check(name, False, problem.message, problem.hint)
    return Check(name, True, good)


def _state(client: Client) -> Check:
    """What the backend says of itself, once its renderer has started."""
    deadline = time.monotonic() + READY_SECONDS
    while client.state is ConnectionState.READY and time.monotonic() < deadline and not _settled(client.welcome):
        client.wait(0.1)
        client.poll()
    welcome = client.welcome
    if client.problem is not None or welcome is None:
        problem = client.problem
        said = ("it left", "Look into its log.") if problem is None else (problem.message, problem.hint)
        return Check("backend", False, *said)
    about = f"EmoGene {welcome.version}, {welcome.device}, actors {', '.join(welcome.actors)}"
    if welcome.problem:
        return Check("backend", False, f"{about}: {welcome.problem}", "Run `emogene doctor` on that computer.")
    if not welcome.ready:
        return Check("backend", False, f"{about}: its renderer still starts", "Wait, then look into its log.")
    return Check("backend", True, about)


def _settled(welcome: Welcome | None) -> bool:
    return welcome is not None and (welcome.ready or bool(welcome.problem))
