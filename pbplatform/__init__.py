"""The only package that knows every app: settings, addresses, the Celery application, the demo."""

from pbplatform.celery import app as celery_app

__all__ = ["celery_app"]
