"""The command that starts the emulator."""

import signal
import sys
import threading
from pathlib import Path

import click

from checkout.processors.paypal.emulator.app import create_app
from checkout.processors.paypal.emulator.emulator import CLIENT_ID, CLIENT_SECRET, Emulator, EmulatorSettings
from checkout.processors.paypal.emulator.server import Server
from checkout.processors.paypal.emulator.transmission import is_loopback

PORT = 8400
"""Where it is found when it is started by hand; whoever starts many at once asks for port 0."""


@click.command("paypal")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="Port to listen on; 0 takes a free one.",
)
@click.option("--seed", type=int, default=None, help="Seed for ids and fault rates, to repeat a run.")
@click.option(
    "--latency-ms", type=click.IntRange(0), default=0, show_default=True, help="Time each call takes."
)
@click.option(
    "--ready-file", type=click.Path(path_type=Path), help="Write the URL here once calls are answered."
)
@click.option(
    "--issuer-file", type=click.Path(path_type=Path), help="Write the issuer's certificate here (PEM)."
)
@click.option("--allow-remote", is_flag=True, help="Listen beyond this machine, and send webhooks beyond it.")
@click.option("--client-id", default=CLIENT_ID, show_default=True, help="The client id that is right.")
@click.option(
    "--client-secret", default=CLIENT_SECRET, show_default=True, help="The client secret that is right."
)
def emulator_command(  # noqa: PLR0913 -- click gives one argument per option
    host: str,
    port: int,
    seed: int | None,
    latency_ms: int,
    ready_file: Path | None,
    issuer_file: Path | None,
    client_id: str,
    client_secret: str,
    *,
    allow_remote: bool,
) -> None:
    """Run an emulator of PayPal's API: no money moves, nothing leaves this machine."""
    if not allow_remote and not is_loopback(host):
        raise click.UsageError(
            f"The emulator takes made-up payments from anyone who reaches it, so "
            f"it does not listen on {host}; "
            "use 127.0.0.1, or add --allow-remote if you mean it."
        )
    server = _bound(host, port)
    base_url = f"http://{f'[{host}]' if ':' in host else host}:{server.port}"
    settings = EmulatorSettings(base_url, seed, latency_ms, allow_remote, client_id, client_secret)
    emulator = Emulator(settings)
    server.application = create_app(emulator).wsgi_app
    if issuer_file is not None:
        issuer_file.write_text(emulator.signer.issuer_pem, encoding="ascii")
    _serve(server, emulator, base_url, ready_file)


def _bound(host: str, port: int) -> Server:
    try:
        return Server(host, port)
    except OSError as error:
        raise click.ClickException(
            f"Cannot listen on {host}, port {port}: {error.strerror}."
            " Choose another by --port, or --port 0 for any free one."
        ) from error


def _serve(server: Server, emulator: Emulator, base_url: str, ready_file: Path | None) -> None:
    def stop(*_: object) -> None:
        # `shutdown` waits for the serving loop, which this very thread may be running.
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    emulator.start()
    click.echo(f"PayPal emulator ready at {base_url} (control page: {base_url}/control)")
    sys.stdout.flush()
    if ready_file is not None:
        partial = ready_file.with_suffix(".partial")
        partial.write_text(base_url, encoding="ascii")
        partial.replace(ready_file)
    server.serve_forever(poll_interval=0.1)
    emulator.stop()
    server.server_close()
