"""The platform's addresses and, in development, the page with every part of its design."""

from django.conf import settings
from django.urls import path

from devtools import design
from pbplatform.urls import handler500
from pbplatform.urls import urlpatterns as platform

__all__ = ["handler500"]

urlpatterns = platform
if settings.DEBUG:
    urlpatterns = [path("design/", design.design, name="design"), *platform]
