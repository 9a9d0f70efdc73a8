"""The lists of a state in their order by an index alone: the items without a deadline too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("risks", "0011_newest_and_closed")]
    operations = [
        migrations.AddIndex("risk", models.Index(fields=["state", "treat_due", "id"], name="risk_state_due_id")),
        migrations.RemoveIndex("risk", name="risk_state_due"),
    ]
