"""Settings that hold everywhere; `development`, `test` and `production` add what differs."""

from pathlib import Path
from typing import Any

import environ
from django.utils.translation import gettext_lazy as _
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()

# This project's own; later stages of a round first.
OUR_APPS = [
    "pbplatform",
    "reports",
    "notices",
    "voting.publication",
    "voting.counting",
    "voting.paper",
    "voting.ballots",
    "voting.polls",
    "reviews",
    "moderation",
    "proposals",
    "identity.verification",
    "identity",
    "rounds",
    "authorities",
    "places",
    "audit",
    "core",
]
# Folders of source: those of our apps, and packages that are not apps.
OUR_PACKAGES = sorted({app.partition(".")[0] for app in OUR_APPS})
INSTALLED_APPS = [
    *OUR_APPS,
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    # allauth's pages of sessions and passkeys load its filters.
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "pbplatform.operations.health.HealthProbe",
    "pbplatform.operations.logs.RequestLog",
    # Before whatever may answer by itself: each page may ask whether it is a part that script asked for.
    "django_htmx.middleware.HtmxMiddleware",
    "pbplatform.operations.outages.Outages",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "voting.ballots.web.middleware.KioskMiddleware",
    "identity.web.middleware.SecondFactorMiddleware",
    "identity.web.middleware.AgreementMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # Nearest to the views: its pages are in the reader's language and know who reads.
    "core.web.refusals.Refusals",
]

ROOT_URLCONF = "pbplatform.urls"
WSGI_APPLICATION = "pbplatform.wsgi.application"
AUTH_USER_MODEL = "identity.Account"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # A channel of notices brings its templates along in its folder.
        "DIRS": [BASE_DIR / "templates", *sorted((BASE_DIR / "notices" / "channels").glob("*/templates"))],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "pbplatform.site.cookies.choice_of",
                "pbplatform.site.display.shown",
            ],
        },
    },
]

# Fields as accessible HTML from templates/django/forms/.
FORM_RENDERER = "core.forms.PlatformRenderer"

# Interface languages, in the order the switcher shows them.
LANGUAGE_CODE = "en"
LANGUAGES = [("ko", _("Korean")), ("th", _("Thai")), ("vi", _("Vietnamese")), ("en", _("English"))]
# Larger text, contrast, plain words: what a visitor has asked for, see pbplatform/site/display.py.
DISPLAY_COOKIE_NAME = "display"
LOCALE_PATHS = [BASE_DIR / "pbplatform" / "locale" / "site", BASE_DIR / "pbplatform" / "locale" / "libraries"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"


# Reports of errors hold nothing that anybody typed.
DEFAULT_EXCEPTION_REPORTER_FILTER = "pbplatform.operations.outages.NobodysValues"


# `DATABASES`, `REDIS_URL` and `CACHES` are set where the servers are known.
def database(url: str) -> dict[str, Any]:
    """The settings of the one database at `url`, with connections kept open and checked before use.

    Opening a connection for each request costs three quarters of all requests per second.
    """
    found = environ.Env.db_url_config(url)
    options = {"connect_timeout": 5} | found.get("OPTIONS", {})
    kept_open = {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}
    return {"default": found | kept_open | {"OPTIONS": options}}


# The time a page waits for the cache before it does without.
CACHE_SECONDS = 0.2


def cache(url: str) -> dict[str, Any]:
    """The settings of the cache at `url`: what it holds may be lost at any moment."""
    return {
        "default": {
            "BACKEND": "core.cache.FailOpenRedisCache",
            "LOCATION": url,
            "TIMEOUT": 300,
            # A lost connection is opened again once; a server that does not answer is not asked twice.
            "OPTIONS": {
                "socket_timeout": CACHE_SECONDS,
                "socket_connect_timeout": CACHE_SECONDS,
                "retry": Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
            },
        }
    }


# Accounts that everybody knows the password of have addresses here; a production site refuses to hold any.
DEMO_MAIL_DOMAIN = "demo.example"

# Temporary contents of a session, an address or typed input, are sealed.
SESSION_ENGINE = "identity.sessions"

# Celery. Truth is in PostgreSQL and tasks are idempotent, so a message may come twice or never:
# results are not stored, and a message is given to another worker when the one that had it dies.
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 570
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Longer than any task may run, or a slow task would be handed out a second time while it runs.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "socket_connect_timeout": 2,
    "socket_timeout": 10,
}
# A view must not wait for a broker that is down: the periodic sweep finds what is due.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.2}
CELERY_TIMEZONE = "UTC"


def broker(url: str) -> str:
    """`url` as Celery spells it: a unix socket is `redis+socket://…?virtual_host=N` there."""
    if not url.startswith("unix://"):
        return url
    path, _, query = url.removeprefix("unix://").partition("?")
    return f"redis+socket://{path}?virtual_host={query.removeprefix('db=') or 0}"


# The address people reach the platform at; links in mail begin with it.
SITE_URL = env("SITE_URL", default="http://localhost:8000")
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Participatory budgeting <noreply@localhost>")
# A mail server that hangs must not hold a worker.
EMAIL_TIMEOUT = 20

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "var" / "static"
MEDIA_ROOT = BASE_DIR / "var" / "media"

AUTHENTICATION_BACKENDS = [
    "identity.backends.PasswordBackend",
    "identity.backends.RoleBackend",
    "identity.backends.SignInBackend",
]
ACCOUNT_ADAPTER = "identity.web.adapters.AccountAdapter"
# Providers are opened with `manage.py set_up_sign_in`; see docs/identity.md.
SOCIALACCOUNT_ADAPTER = "identity.web.adapters.SignInAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
ACCOUNT_SIGNUP_FORM_CLASS = "identity.web.forms.SignupForm"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# A code rather than a link: people type it on the phone they register with.
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_CHANGE = True
# Sign-up, sign-in and reset answer alike whether or not an address is known.
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_MAX_EMAIL_ADDRESSES = 2
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
# Seconds that a link for a new password is valid; the mail says so.
PASSWORD_RESET_TIMEOUT = 3600
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = False
# The number of our own proxies in front: X-Forwarded-For is trusted for that many hops, otherwise not at all.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ADAPTER = "identity.web.adapters.SecondFactorAdapter"
# A phone's clock may be half a minute off.
MFA_TOTP_TOLERANCE = 1
# Officials and operators set up a second factor at their first sign-in. Production does not start without.
SECOND_FACTOR_FOR_OFFICIALS = True
# People who register or take part first agree to the terms and the privacy notice in force.
CONSENT_ASKED = True
# The cookie in which a browser keeps its cookie choices.
COOKIE_CHOICE_NAME = "cookie-choice"
MESSAGES_COOKIE_NAME = "messages"
MESSAGE_STORAGE = "pbplatform.site.messages.Storage"
MFA_FORMS = {
    "add_webauthn": "pbplatform.site.passkeys.AddKeyForm",
    "edit_webauthn": "pbplatform.site.passkeys.EditKeyForm",
}
# The sender of text messages; see core/gateways/sms.py.
SMS_GATEWAY = env("SMS_GATEWAY", default="core.gateways.sms.HttpGateway")
SMS_GATEWAY_ADDRESS = env("SMS_GATEWAY_ADDRESS", default="")
SMS_GATEWAY_TOKEN = env("SMS_GATEWAY_TOKEN", default="")
# Text messages per hour for visitors without an account from one address (or IPv6 /64). Many people of one
# mobile network can share an address: raise it rather than turn voters away.
CODES_PER_NETWORK_AND_HOUR = env.int("CODES_PER_NETWORK_AND_HOUR", default=60)
# Keys that must not be in the database: for hashing identifiers, for sealing ballots and contact data.
KEY_DIRECTORY = Path(env("KEY_DIRECTORY", default=str(BASE_DIR / "var" / "keys")))
# The folder of a vote's publications, for anybody to download.
PUBLICATION_ROOT = Path(env("PUBLICATION_ROOT", default=str(BASE_DIR / "var" / "publications")))
# Entries of a vote's public log are published in batches, so that none reveals when its ballot was cast: when
# this many wait, and with each full period of this many seconds.
LOG_BATCH_ENTRIES = env.int("LOG_BATCH_ENTRIES", default=50)
LOG_BATCH_PERIOD = env.int("LOG_BATCH_PERIOD", default=3600)
# The time the second counter can take for one ballot style before the count stops; as much again for each
# million ballots. A million must be done before the worker's own limit, CELERY_TASK_SOFT_TIME_LIMIT.
SECOND_COUNT_SECONDS = env.float("SECOND_COUNT_SECONDS", default=240)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "EXCEPTION_HANDLER": "core.web.refusals.answer_machine",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Participatory budgeting platform",
    "DESCRIPTION": "Published rounds, public proposals, certified results and reports. "
    "Reading only, without a key. Amounts are whole numbers in the minor unit of the round's currency: "
    "won, dong, satang.",
    "VERSION": "1.0.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    # Answers only its description: no schema of a request for read-only pages.
    "COMPONENT_SPLIT_REQUEST": False,
    "ENUM_NAME_OVERRIDES": {"StateEnum": "proposals.lifecycle.choices"},
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "object-src": ["'none'"],
    }
}
