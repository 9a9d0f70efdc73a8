"""The head row, and the triggers that refuse UPDATE, DELETE and TRUNCATE."""

from django.db import migrations

from tracker.ledger import triggers


def forwards(apps, schema_editor):
    apps.get_model("ledger", "Head").objects.get_or_create(pk=1)
    triggers.run(schema_editor.connection, triggers.CREATE)


def backwards(apps, schema_editor):
    triggers.run(schema_editor.connection, triggers.DROP)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
