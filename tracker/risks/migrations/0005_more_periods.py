"""The shipped periods for extensions and long overdue items, into stores made before they were known."""

import tomllib
from pathlib import Path

from django.db import migrations

DEFAULTS = Path(__file__).resolve().parent.parent / "data" / "deadlines.toml"
NEW = ("extend", "overdue")


def forwards(apps, schema_editor):
    rule = apps.get_model("risks", "DeadlineRule")
    for row in tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))["rule"]:
        if row["purpose"] in NEW:
            rule.objects.get_or_create(
                purpose=row["purpose"], kind=row.get("kind", "*"), level=row.get("level", 0),
                defaults={"amount": row["amount"], "unit": row["unit"], "source": row["source"]},
            )


class Migration(migrations.Migration):
    dependencies = [("risks", "0004_time_and_plan")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
