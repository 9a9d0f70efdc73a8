"""The shipped ladder, loaded once and switched off; afterwards the department's edits hold."""

import tomllib
from pathlib import Path

from django.db import migrations

DEFAULTS = Path(__file__).resolve().parent.parent / "data" / "ladder.toml"


def forwards(apps, schema_editor):
    step = apps.get_model("notify", "LadderStep")
    for row in tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))["step"]:
        step.objects.get_or_create(code=row["code"], defaults={**row})


class Migration(migrations.Migration):
    dependencies = [("notify", "0001_initial")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
