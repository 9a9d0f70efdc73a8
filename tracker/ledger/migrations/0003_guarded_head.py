"""The head is guarded as the entries are, and an entry must follow it: the triggers are made anew."""

from django.db import migrations

from tracker.ledger import triggers


def forwards(apps, schema_editor):
    triggers.run(schema_editor.connection, triggers.DROP)
    triggers.run(schema_editor.connection, triggers.CREATE)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_append_only")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
