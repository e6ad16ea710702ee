"""The WSGI application, for granian or any other server."""

import gc
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.template.loader import get_template
from django.urls import reverse
from django.utils import translation

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pbplatform.settings.production")
application = get_wsgi_application()

# Every view, the words of each language and the pages of the ballot are read before the first visitor comes:
# a worker that takes the place of one that died would otherwise let its first voters wait for seconds.
for _language, _name in settings.LANGUAGES:
    with translation.override(_language):
        reverse("home")
        translation.gettext("Language")
for _page in ("voting/ballot.html", "voting/review.html", "voting/stored.html", "voting/unavailable.html"):
    get_template(_page)

# Objects loaded by now stay forever: the collector need not walk them again, and a request creates about a
# thousand objects that reference counting frees by itself. See docs/adr/0010-frozen-collector.md.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 20)
