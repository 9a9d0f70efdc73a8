from django.db import migrations, models
from django.db.models import F


def confirm(apps, _schema_editor):
    """What was set before confirming came up goes on as it is."""
    apps.get_model("notify", "Address").objects.update(confirmed_at=F("set_at"))


class Migration(migrations.Migration):
    dependencies = [("notify", "0003_addresses")]

    operations = [
        migrations.AddField("address", "confirmed_at", models.DateTimeField(null=True)),
        migrations.AddField("address", "tries", models.PositiveSmallIntegerField(default=0, db_default=0)),
        migrations.RunPython(confirm, migrations.RunPython.noop),
    ]
