"""Settings of a site that people use. Everything that differs between sites is in the environment.

What is missing, too weak or meant for a demo is refused at the start, all of it at once: a site that
runs with a known key or without its database is worse than one that does not run. See docs/operations.md.
"""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from pbplatform.operations import logs
from pbplatform.settings.base import *
from pbplatform.settings.base import BASE_DIR, broker, cache, database, env
from pbplatform.settings.required import problems

_problems = problems(os.environ)
if _problems:
    raise ImproperlyConfigured("The site's environment is not complete:\n- " + "\n- ".join(_problems))

DEBUG = False

SECRET_KEY = env("SECRET_KEY")
# Keys that may still verify what they signed, while a new one is brought in.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
SITE_URL = env("SITE_URL", default=f"https://{ALLOWED_HOSTS[0]}")
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS]

DATABASES = database(env("DATABASE_URL"))
REDIS_URL = env("REDIS_URL")
CACHES = cache(env("CACHE_REDIS_URL", default=REDIS_URL))
CELERY_BROKER_URL = broker(REDIS_URL)

# Keys that seal ballots and number persons: a folder that no backup of the database contains.
KEY_DIRECTORY = Path(env("KEY_DIRECTORY"))
MEDIA_ROOT = Path(env("MEDIA_ROOT"))
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # A name of its own for each content, so that browsers may keep a file forever.
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Only cookies of this very host, over TLS: no neighbour under the same domain can set or read them.
SESSION_COOKIE_NAME = "__Host-session"
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_NAME = "__Host-language"
LANGUAGE_COOKIE_SECURE = True
DISPLAY_COOKIE_NAME = "__Host-display"
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
COOKIE_CHOICE_NAME = "__Host-cookie-choice"
MESSAGES_COOKIE_NAME = "__Host-messages"

SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = max(env.int("SECURE_HSTS_SECONDS", default=31_536_000), 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_REFERRER_POLICY = "same-origin"
# Being built into browsers concerns the whole domain of a city, so its owner asks for it, not this site.
SILENCED_SYSTEM_CHECKS = ["security.W021"]

# The proxy's header that says that the visitor came by TLS, as in X-Forwarded-Proto. Set it only if the proxy
# sets or removes that header in every request: otherwise a visitor could forge it.
_proxy_header = env("SECURE_PROXY_HEADER", default="")
if _proxy_header:
    SECURE_PROXY_SSL_HEADER = (f"HTTP_{_proxy_header.upper().replace('-', '_')}", "https")

vars().update(env.email_url("EMAIL_URL"))
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

LOGGING = logs.configuration(env("LOG_LEVEL", default="INFO"))
