from django.db import migrations


class Migration(migrations.Migration):
    """Saved views belong to the sheet now, so that the API keeps them too; their table stays as it is."""

    dependencies = [("web", "0001_saved_views")]

    operations = [migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("SavedView")])]
