"""The WSGI application, for granian or any other server."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pbplatform.settings.production")
application = get_wsgi_application()

# What is loaded by now stays for ever: the collector need not walk through it again, and a request makes
# some thousand objects that reference counting frees by itself. A tenth of a page's time.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 20)
