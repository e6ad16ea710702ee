"""Required environment of a production site, checked as a whole."""

from collections.abc import Iterator, Mapping

REQUIRED = (
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "DATABASE_URL",
    "REDIS_URL",
    "KEY_DIRECTORY",
    "MEDIA_ROOT",
    "EMAIL_URL",
    "DEFAULT_FROM_EMAIL",
)
_SAMPLES = ("never-in-production", "change-me")


def problems(environment: Mapping[str, str]) -> list[str]:
    """Return a sentence for each variable that is missing, empty or too weak; an empty list if none is."""
    return [
        *(f"{name} is missing." for name in REQUIRED if not environment.get(name)),
        *_weak_secret(environment.get("SECRET_KEY", "")),
        *_any_host(environment.get("ALLOWED_HOSTS", "")),
    ]


def _weak_secret(value: str) -> Iterator[str]:
    is_sample = any(sample in value for sample in _SAMPLES)
    if value and (len(value) < 50 or len(set(value)) < 10 or is_sample):
        yield (
            "SECRET_KEY must be a random secret of at least 50 characters. Make one with: "
            "python -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )


def _any_host(value: str) -> Iterator[str]:
    hosts = [host.strip() for host in value.split(",")]
    if value and ("*" in hosts or not any(hosts)):
        yield "ALLOWED_HOSTS must name the site's own host names, separated by commas."
