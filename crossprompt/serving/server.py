"""The service as a process: it listens first, loads then, says where it is, and stops without dropping anything."""

from __future__ import annotations

import logging
import signal
import socket
import time
from collections.abc import Callable

import uvicorn

from crossprompt.serving.access import check_exposure
from crossprompt.serving.app import make_app
from crossprompt.serving.errors import ServingError
from crossprompt.serving.holder import FindChampion
from crossprompt.serving.records import State
from crossprompt.serving.service import Service
from crossprompt.serving.settings import ServingSettings

logger = logging.getLogger(__name__)

_BACKLOG = 2048
OnReady = Callable[[str], None]
"""Called once with the service's address, when the first champion answers."""


class ServiceServer(uvicorn.Server):
    """Uvicorn that ends when the service can't start, and waits a while between being told to stop and stopping."""

    def __init__(self, config: uvicorn.Config, service: Service, on_ready: Callable[[], None]) -> None:
        """Serve ``service`` as ``config`` says; ``on_ready`` is called when it is ready for the first time."""
        super().__init__(config)
        self._service, self._on_ready = service, on_ready
        self._told_ready = False
        self._told_to_stop: float | None = None

    async def on_tick(self, counter: int) -> bool:
        """Called ten times a second: whether to stop now."""
        asked = await super().on_tick(counter)
        if self._service.failure is not None:
            return True
        if not self._told_ready and self._service.state is State.READY:
            self._told_ready = True
            self._on_ready()
        if not asked:
            return False
        if self._told_to_stop is None:
            self._told_to_stop = time.monotonic()
            self._service.begin_stop()
        return self.force_exit or time.monotonic() - self._told_to_stop >= self._service.settings.drain_seconds


def serve(find: FindChampion, settings: ServingSettings, token: str | None, on_ready: OnReady) -> None:
    """Serve until the process is told to stop (SIGTERM, Ctrl-C); a second Ctrl-C gives up what is under way.

    Args:
        find: Says which champion is to serve; asked again and again.
        settings: Where to listen, limits, patience.
        token: What clients must send, if anything.
        on_ready: See :data:`OnReady`.

    Raises:
        ServingError: The address can't be listened on, or may not without a token.
        Exception: Whatever kept the first champion from being found or loaded.
    """
    check_exposure(settings, token)
    listener = _listen(settings)
    address = _address(listener)
    service = Service(find, settings)
    config = uvicorn.Config(
        make_app(service, token),
        timeout_graceful_shutdown=settings.stop_seconds,
        backlog=_BACKLOG,
        log_config=None,
        access_log=False,
        server_header=False,
    )
    server = ServiceServer(config, service, lambda: on_ready(address))
    # uvicorn hands a signal on once it has stopped: by then there is nothing left for it to end
    former = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        logger.info("stopped by Ctrl-C")
    finally:
        signal.signal(signal.SIGTERM, former)
        listener.close()
    if service.failure is not None:
        raise service.failure


def _listen(settings: ServingSettings) -> socket.socket:
    """A socket bound to the settings' address: before anything is loaded, so that a wrong one is told at once."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(place)
        except OSError:
            listener.close()
            raise
    except (OSError, UnicodeError) as error:
        raise ServingError(
            f"can't listen on {settings.host} port {settings.port}: {error}; give another --host or --port"
        ) from None
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
