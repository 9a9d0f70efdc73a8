"""Three indexes instead of six, for every act waits for each of them, and the function PostgreSQL appends with.

SQLite makes the table anew, so the triggers are made anew too.
"""

from django.db import migrations, models

import tracker.ledger.models
from tracker.ledger import triggers


def unguarded(apps, schema_editor):
    triggers.run(schema_editor.connection, triggers.DROP)


def guarded(apps, schema_editor):
    triggers.run(schema_editor.connection, triggers.CREATE)


def appender(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(triggers.APPENDER)


def none(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION ledger_append")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_index_of_time")]
    operations = [
        migrations.RunPython(unguarded, guarded),
        migrations.AlterField("entry", "seq", tracker.ledger.models.RowNumber(primary_key=True, serialize=False)),
        migrations.AlterField("entry", "act", models.CharField(max_length=40)),
        migrations.AlterField("entry", "subject", models.CharField(max_length=80)),
        migrations.AlterField("entry", "hash", models.CharField(max_length=64)),
        migrations.AddIndex("entry", models.Index(fields=["act", "seq"], name="ledger_act_seq")),
        migrations.RunPython(guarded, unguarded),
        migrations.RunPython(appender, none),
    ]
