"""A way to PostgreSQL that is cut at the worst moment: before a statement arrives, or before its answer."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from pathlib import Path
from typing import Self


class CuttingProxy:
    """Listens on a unix socket in `folder` and passes everything on, until told to cut.

    `cut("before")` breaks the next connection that sends `word`, without passing it on; `cut("after")` passes
    it on, waits for the server's answer and then breaks the connection.
    """

    NAME = ".s.PGSQL.5432"

    def __init__(self, folder: Path, server: Path, word: bytes) -> None:
        self.folder = folder
        self._server = server / self.NAME
        self._word = word
        self._when = ""
        self._listener = socket.socket(socket.AF_UNIX)

    def __enter__(self) -> Self:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            (self.folder / self.NAME).unlink()
        self._listener.bind(str(self.folder / self.NAME))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._listener.close()

    def cut(self, when: str) -> None:
        self._when = when

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        server.connect(str(self._server))
        with client, server, selectors.DefaultSelector() as ready:
            ready.register(client, selectors.EVENT_READ, server)
            ready.register(server, selectors.EVENT_READ, client)
            is_cut_at_the_answer = False
            while True:
                for key, _events in ready.select():
                    source = key.fileobj
                    assert isinstance(source, socket.socket)
                    data = source.recv(65536)
                    if not data or (is_cut_at_the_answer and source is server):
                        return
                    if source is client and self._when and self._word in data:
                        if self._when == "before":
                            return
                        is_cut_at_the_answer, self._when = True, ""
                    key.data.sendall(data)
