"""Identity by OpenID Connect: code flow with PKCE, state and nonce.

Uses only the ID token, and of that only the claims named by the caller. Every doubt is a `ProviderError`; its
text is for the log, never for the person, so that nobody can probe with it.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
import requests

# Seconds to wait for a provider, and for how far its clock may be off.
_TIMEOUT = 5
_LEEWAY = 30
_MAX_BYTES = 256 * 1024
_ALGORITHMS = ("RS256", "PS256", "ES256")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class ProviderError(Exception):
    """The provider could not be asked, or what it said cannot be trusted."""


class ProviderSilent(ProviderError):
    """The provider does not answer, or says itself that it is out of order: nobody's identity is in doubt."""


@dataclass(frozen=True, slots=True)
class Client:
    """The platform as a client of a provider. `issuer` is compared exactly."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Flow:
    """One sign-in under way: kept in the person's session, used once."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def start(cls) -> "Flow":
        return cls(*(secrets.token_urlsafe(32) for _ in range(3)))

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def authorization_address(client: Client, flow: Flow, *, scope: str, acr_values: str = "") -> str:
    """Return where to send the person. One request to the provider. Raises ProviderError."""
    endpoint = _discover(client)["authorization_endpoint"]
    query = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uri,
        "scope": scope,
        "state": flow.state,
        "nonce": flow.nonce,
        "code_challenge": flow.challenge,
        "code_challenge_method": "S256",
        # A person at a shared computer must not be verified as its previous user.
        "prompt": "login",
    }
    if acr_values:
        query["acr_values"] = acr_values
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"


def claims_of(client: Client, flow: Flow, *, code: str, state: str) -> Mapping[str, Any]:
    """Return the verified claims of the ID token the code is worth. Three requests. Raises ProviderError."""
    if not secrets.compare_digest(state.encode(), flow.state.encode()):
        raise ProviderError("state differs")
    provider = _discover(client)
    answer = _ask(
        "POST",
        provider["token_endpoint"],
        data={
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": client.redirect_uri,
            "code_verifier": flow.verifier,
        },
        auth=(client.client_id, client.client_secret),
    )
    token = answer.get("id_token")
    if not isinstance(token, str):
        raise ProviderError("no ID token")
    claims = _verified(client, token, _ask("GET", provider["jwks_uri"]))
    if not secrets.compare_digest(str(claims.get("nonce", "")).encode(), flow.nonce.encode()):
        raise ProviderError("nonce differs")
    return claims


def _verified(client: Client, token: str, key_set: dict[str, Any]) -> dict[str, Any]:
    """Return the token's claims after checking signature, issuer, audience and times."""
    try:
        header = jwt.get_unverified_header(token)
        # PyJWT would take whatever algorithm the token names, were the list not given.
        if header.get("alg") not in _ALGORITHMS:
            raise ProviderError("algorithm not accepted")
        keys = jwt.PyJWKSet.from_dict(key_set).keys
        # With only one key, a token need not name it (OpenID Connect Core, 10.1).
        matching = [key for key in keys if key.key_id == header.get("kid")] or (
            keys if "kid" not in header else []
        )
        if len(matching) != 1:
            raise ProviderError("no key of that id")
        claims: dict[str, Any] = jwt.decode(
            token,
            matching[0],
            algorithms=list(_ALGORITHMS),
            audience=client.client_id,
            issuer=client.issuer,
            leeway=_LEEWAY,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
    except jwt.PyJWTError as error:
        raise ProviderError(type(error).__name__) from error
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != client.client_id:
        raise ProviderError("meant for another client")
    return claims


def _discover(client: Client) -> dict[str, str]:
    found = _ask("GET", client.issuer.rstrip("/") + "/.well-known/openid-configuration")
    # Otherwise one provider could pass itself off as another.
    if found.get("issuer") != client.issuer:
        raise ProviderError("issuer differs")
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    endpoints = {name: found.get(name) for name in names}
    for address in endpoints.values():
        if not isinstance(address, str) or not _may_ask(address):
            raise ProviderError("endpoint missing or not over https")
    return endpoints  # type: ignore[return-value]  # the loop has refused everything but strings


def _may_ask(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def _ask(method: str, address: str, **more: Any) -> dict[str, Any]:
    if not _may_ask(address):
        raise ProviderError("not over https")
    try:
        # No redirects: an answer must come from the address the operator gave.
        with requests.request(
            method, address, timeout=_TIMEOUT, allow_redirects=False, stream=True, **more
        ) as answer:
            if answer.status_code >= 500:
                raise ProviderSilent(f"status {answer.status_code}")
            if answer.status_code != 200:
                raise ProviderError(f"status {answer.status_code}")
            body = answer.raw.read(_MAX_BYTES + 1, decode_content=True)
            if len(body) > _MAX_BYTES:
                raise ProviderError("answer too long")
    except requests.RequestException as error:
        raise ProviderSilent(type(error).__name__) from error
    try:
        found = json.loads(body)
    except ValueError as error:
        raise ProviderError("answer is not JSON") from error
    if not isinstance(found, dict):
        raise ProviderError("answer is not a JSON object")
    return found
