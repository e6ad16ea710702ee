"""Peers of the verification tests: a gateway that keeps sent messages, and a provider that lies."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from core.gateways import GatewayError


class Phones:
    """Every phone of the world, as far as the tests need one."""

    texts: ClassVar[list[tuple[str, str]]] = []
    is_down: ClassVar[bool] = False

    def send(self, number: str, text: str) -> None:
        if Phones.is_down:
            raise GatewayError("down")
        Phones.texts.append((number, text))


class CrookedProvider:
    """An OpenID provider whose responses a test can manipulate: `claims`, `header`, `key`, `document`."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.signing_key: Any = self.key
        self.algorithm = "RS256"
        self.claims: dict[str, Any] = {}
        self.document: dict[str, Any] = {}
        self.status = 200
        self.expected_challenge = ""
        self.asked: list[dict[str, str]] = []

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            **self.document,
        }

    def token(self, form: dict[str, str]) -> dict[str, Any]:
        """Answer the token request; as in RFC 7636, a wrong verifier gets no token."""
        self.asked.append(form)
        digest = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest())
        if digest.rstrip(b"=").decode() != self.expected_challenge:
            return {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": "subject-1",
            "aud": "platform",
            "iat": now,
            "exp": now + 300,
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        return {
            "id_token": jwt.encode(claims, self.signing_key, algorithm=self.algorithm, headers={"kid": "k"}),
            "token_type": "Bearer",
            "access_token": "unused",
        }

    def keys(self) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": "k", "use": "sig"}]}


@contextmanager
def crooked_provider() -> Iterator[CrookedProvider]:
    """Run a crooked provider on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            self._answer(provider.keys() if path == "/keys" else provider.discovery())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer(provider.token({name: values[0] for name, values in parse_qs(body).items()}))

        def _answer(self, body: dict[str, Any]) -> None:
            payload = json.dumps(body).encode()
            self.send_response(provider.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = CrookedProvider(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
