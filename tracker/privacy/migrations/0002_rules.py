"""The shipped table of retention, loaded once; afterwards the department's edits hold."""

import tomllib
from pathlib import Path

from django.db import migrations

DEFAULTS = Path(__file__).resolve().parent.parent / "data" / "rules.toml"


def forwards(apps, schema_editor):
    rule = apps.get_model("privacy", "RetentionRule")
    for row in tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))["rule"]:
        rule.objects.get_or_create(what=row["what"], defaults={"days": row["days"]})


class Migration(migrations.Migration):
    dependencies = [("privacy", "0001_initial")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
