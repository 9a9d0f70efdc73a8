"""What one who logs in reads, in a process of its own on the YIDAN_HOME of this process: `python -m tests.integration.log_in_once`."""

from __future__ import annotations

import os
import re
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
import django

django.setup()

from django.conf import settings
from django.test import Client
from django.test.utils import override_settings

PLAIN = settings.STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}

if __name__ == "__main__":
    with override_settings(STORAGES=PLAIN):  # nobody has collected the pages' files here
        client = Client(SERVER_NAME="localhost", raise_request_exception=False)
        answer = client.post("/login/", {"username": "nobody", "password": "wrong"})
    words = " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())
    sys.stdout.write(f"page {answer.status_code} {words}\n")
