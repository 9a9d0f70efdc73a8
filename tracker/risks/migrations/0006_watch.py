"""The shipped length of the recurrence watch, into stores made before it was known."""

from django.db import migrations


def forwards(apps, schema_editor):
    apps.get_model("risks", "DeadlineRule").objects.get_or_create(
        purpose="watch", kind="*", level=0, defaults={"amount": 90, "unit": "days", "source": "部门惯例，请确认"}
    )


class Migration(migrations.Migration):
    dependencies = [("risks", "0005_more_periods")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
