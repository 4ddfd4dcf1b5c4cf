"""`emogene keys`: who may use a backend from another computer."""

import getpass
import platform
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)


@app.command()
def new(
    name: Annotated[
        str | None, typer.Option(help="Whose key it is, for the backend's lists.  [default: user@computer]")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The file to keep it in.  [default: the user's own]")] = None,
) -> None:
    """Make a key, and print the line that lets it in: for the file of authorized keys of the backend."""
    from emogene_proto.keys import default_client_key_file, new_keys, write_key_file

    keys = new_keys(f"{getpass.getuser()}@{platform.node()}" if name is None else name)
    path = out or default_client_key_file()
    write_key_file(path, keys)
    typer.echo(f"{keys.public} {keys.name}".rstrip())
    typer.echo(
        f"The secret is in {path}; give it to nobody. The line above goes to whoever runs the backend.", err=True
    )


@app.command()
def show(
    file: Annotated[Path | None, typer.Argument(help="The key's file.  [default: the user's own]")] = None,
) -> None:
    """Print the line that lets this key in. Of a backend's own key: what clients need to know it by."""
    from emogene_proto.keys import default_client_key_file, read_key_file

    keys = read_key_file(file or default_client_key_file())
    typer.echo(f"{keys.public} {keys.name}".rstrip())


@app.command()
def connection(
    remote: Annotated[str, typer.Option(help="The backend's address, e.g. tcp://192.168.1.20:5555.")],
    server_key: Annotated[str, typer.Option(help="The backend's public key, which it prints when it starts.")],
    out: Annotated[Path, typer.Option(help="The connection file to write.")],
    key: Annotated[Path | None, typer.Option(help="This client's key file.  [default: the user's own]")] = None,
) -> None:
    """Write a connection file for a backend elsewhere: Blender takes it as *Connection file*. It holds the secret."""
    from emogene_proto.connection import remote_connection, write_connection
    from emogene_proto.errors import AccessError
    from emogene_proto.keys import default_client_key_file

    made = remote_connection(remote, server_key, key or default_client_key_file())
    if out.exists():
        raise AccessError(f"The file {out} is there already.", "Give another name with --out, or delete it.")
    write_connection(out, made)
    typer.echo(f"Wrote {out}. Only you can read it, and it is not for others.")
