"""An entry moves the head on by itself: the triggers are made anew."""

from django.db import migrations

from tracker.ledger import triggers


def forwards(apps, schema_editor):
    triggers.run(schema_editor.connection, triggers.DROP)
    triggers.run(schema_editor.connection, triggers.CREATE)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_guarded_head")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
