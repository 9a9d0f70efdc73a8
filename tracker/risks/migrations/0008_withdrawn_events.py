"""The events of risks withdrawn before this version count as dismissed, as those withdrawn from now on do: they can be taken back."""

from django.db import migrations


def forwards(apps, schema_editor):
    risk, event = apps.get_model("risks", "Risk"), apps.get_model("posts", "Event")
    events = risk.objects.filter(state="withdrawn").values("event")
    event.objects.filter(pk__in=events, decision="confirmed").update(decision="dismissed")


class Migration(migrations.Migration):
    dependencies = [("risks", "0007_units_outcomes_relisting")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
