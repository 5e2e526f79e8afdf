"""A message is known by its source too: nobody takes the place of what somebody else says by using their names."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("warnings", "0001_initial")]
    operations = [
        migrations.RemoveConstraint(model_name="warning", name="warning_once"),
        migrations.AddConstraint(
            model_name="warning",
            constraint=models.UniqueConstraint(
                condition=models.Q(("sent__isnull", False)), fields=("identifier", "sender", "sent", "feed"),
                name="warning_once",
            ),
        ),
    ]  # fmt: skip
