"""Settings for one machine and the demo: embedded servers unless DATABASE_URL and REDIS_URL are set."""

import warnings
from pathlib import Path

from devtools.embedded import EmbeddedServers
from pbplatform.settings.base import *
from pbplatform.settings.base import BASE_DIR, INSTALLED_APPS, broker, cache, database, env

DEBUG = env.bool("DEBUG", default=True)
INSTALLED_APPS = ["devtools", *INSTALLED_APPS]
ROOT_URLCONF = "devtools.urls"
SECRET_KEY = env("SECRET_KEY", default="for-one-machine-only-never-in-production")
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]

EMBEDDED_HOME = Path(env("DEMO_HOME", default=str(BASE_DIR / "var" / "demo")))
_servers = EmbeddedServers(EMBEDDED_HOME)
DATABASES = database(env("DATABASE_URL", default=_servers.database_url()))
REDIS_URL = env("REDIS_URL", default=_servers.redis_url(0))
CACHES = cache(env("CACHE_REDIS_URL", default=_servers.redis_url(1) if _servers.with_valkey else REDIS_URL))
CELERY_BROKER_URL = broker(REDIS_URL)

# A file for each message, so that a demo sends mail to nobody and everybody can read it.
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = str(EMBEDDED_HOME / "mail")

# Static files come straight from the apps' folders; nothing is collected.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
warnings.filterwarnings("ignore", message="No directory at", category=UserWarning)
# A demo on one machine is walked without a phone at hand; production settings do not read this.
SECOND_FACTOR_FOR_OFFICIALS = env.bool("SECOND_FACTOR_FOR_OFFICIALS", default=False)
SMS_GATEWAY = env("SMS_GATEWAY", default="core.gateways.sms.ConsoleGateway")
