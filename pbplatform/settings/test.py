"""Settings for the tests: the same servers as the demo's, in a home of their own.

Loading these settings claims the home; `tests/conftest.py` starts the servers in it. Processes
started by the tests (xdist's workers, a Celery worker) find the home in the environment.
"""

import os
import warnings
from pathlib import Path
from urllib.parse import urlsplit

from devtools.embedded import EmbeddedServers, first_free
from pbplatform.settings.base import *
from pbplatform.settings.base import BASE_DIR, INSTALLED_APPS, broker, cache, database, env

INSTALLED_APPS = ["devtools", *INSTALLED_APPS]
SECRET_KEY = "for-the-tests-only"  # noqa: S105
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]

if "PBPLATFORM_TEST_HOME" in os.environ:
    EMBEDDED = EmbeddedServers(Path(os.environ["PBPLATFORM_TEST_HOME"]))
else:
    EMBEDDED = first_free(BASE_DIR / "var" / "test")
    os.environ["PBPLATFORM_TEST_HOME"] = str(EMBEDDED.home)


def _redis(number: int) -> str:
    """Database `number` of the server at REDIS_URL, or else of the embedded one."""
    url = os.environ.get("REDIS_URL")
    if not url:
        return EMBEDDED.redis_url(number)
    if url.startswith("unix://"):
        return f"{url.partition('?')[0]}?db={number}"
    return urlsplit(url)._replace(path=f"/{number}").geturl()


# Each xdist process has its own PostgreSQL database and two Redis databases. Processes started by a test get
# them in REDIS_URL and CACHE_REDIS_URL.
_process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
DATABASES = database(env("DATABASE_URL", default=EMBEDDED.database_url()))
REDIS_URL = _redis(2 * _process)
CACHES = cache(env("CACHE_REDIS_URL", default=_redis(2 * _process + 1)))
CELERY_BROKER_URL = broker(REDIS_URL)

# The strength of a password's hash is Django's to test; a fast one saves minutes here.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = env("EMAIL_BACKEND", default="django.core.mail.backends.locmem.EmailBackend")
EMAIL_HOST = env("EMAIL_HOST", default="127.0.0.1")
EMAIL_PORT = env.int("EMAIL_PORT", default=25)
MEDIA_ROOT = EMBEDDED.home / "media"
KEY_DIRECTORY = EMBEDDED.home / "keys"
PUBLICATION_ROOT = EMBEDDED.home / "publications"

# Static files come straight from the apps' folders, looked up when asked for: nothing is collected, and a
# test's client, which loads the middleware again, need not read every folder first.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
warnings.filterwarnings("ignore", message="No directory at", category=UserWarning)
# Tests of pages sign officials in directly; those of the second factor turn it on.
SECOND_FACTOR_FOR_OFFICIALS = env.bool("SECOND_FACTOR_FOR_OFFICIALS", default=False)
# Likewise accounts made for a test have agreed to nothing; tests of agreements turn it on.
CONSENT_ASKED = env.bool("CONSENT_ASKED", default=False)
