# The platform for production: one image for web, worker and beat. See docs/operations.md.
FROM python:3.13-slim-bookworm AS build

WORKDIR /build
RUN python -m pip install --no-cache-dir uv
COPY requirements-production.lock .
# From the lock alone, every file checked against its hash; compiled so that no start has to.
RUN uv venv /venv \
    && uv pip sync --require-hashes --compile-bytecode --python /venv/bin/python requirements-production.lock

FROM python:3.13-slim-bookworm

RUN useradd --system --uid 10001 --user-group --home-dir /app --shell /usr/sbin/nologin platform \
    && install --directory --owner platform --group platform --mode 0700 /srv/keys /srv/media \
    && install --directory --owner platform --group platform --mode 0755 /srv/static
COPY --from=build /venv /venv
WORKDIR /app
COPY manage.py ./
COPY pbplatform pbplatform
COPY reports reports
COPY notices notices
COPY voting voting
COPY reviews reviews
COPY moderation moderation
COPY proposals proposals
COPY identity identity
COPY rounds rounds
COPY authorities authorities
COPY places places
COPY audit audit
COPY core core
COPY templates templates
COPY static static
RUN python -m compileall -q /app

ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=pbplatform.settings.production \
    STATIC_ROOT=/srv/static \
    MEDIA_ROOT=/srv/media \
    KEY_DIRECTORY=/srv/keys

USER platform
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-m", "pbplatform.operations.probe", "web"]
CMD ["python", "-m", "pbplatform.web", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--blocking-threads", "3", "--respawn-failed-workers", "--no-ws", "pbplatform.wsgi:application"]
