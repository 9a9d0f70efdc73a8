import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Saved views come from the pages' part; their table stays as it is."""

    dependencies = [
        ("risks", "0009_place_and_open_due"),
        ("web", "0002_views_moved"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="SavedView",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                        ),
                        ("name", models.CharField(max_length=40)),
                        ("query", models.CharField(blank=True, max_length=1000)),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="views",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "db_table": "web_savedview",
                        "ordering": ["name"],
                        "constraints": [models.UniqueConstraint(fields=("owner", "name"), name="saved_view_once")],
                    },
                )
            ]
        )
    ]
