"""Settings for one machine and the demo: embedded servers unless DATABASE_URL and REDIS_URL are set."""

from pbplatform.settings.base import *  # noqa: F403

DEBUG = True
SECRET_KEY = env("SECRET_KEY", default="for-one-machine-only-never-in-production")  # noqa: F405
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
DATABASES = {"default": env.db_url("DATABASE_URL", default="postgres:///pbplatform")}  # noqa: F405
