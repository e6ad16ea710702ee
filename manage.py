#!/usr/bin/env python
"""Run a management command: `manage.py demo`, `manage.py migrate`, …"""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pbplatform.settings.development")
    execute_from_command_line(sys.argv)
