"""Messages for the next page: in a cookie of this host, or in the session if they are long."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class HostCookieStorage(CookieStorage):
    """Django's storage in a cookie, under the name the settings give; Django has no setting for it."""

    @property
    def cookie_name(self) -> str:  # type: ignore[override]  # a plain attribute there
        return str(settings.MESSAGES_COOKIE_NAME)


class Storage(FallbackStorage):
    """Cookie first, session for what does not fit."""

    storage_classes = (HostCookieStorage, SessionStorage)
