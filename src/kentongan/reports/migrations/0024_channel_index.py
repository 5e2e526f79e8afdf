from django.db import migrations, models

from kentongan.foundation.indexing import AddIndexMeanwhile


class Migration(migrations.Migration):
    """The few that came by another way than the form: a body's archive of a million was walked for them."""

    atomic = False
    dependencies = [
        ("reports", "0023_forwarded"),
    ]

    operations = [
        AddIndexMeanwhile(
            "report",
            models.Index(fields=["channel", "id"], name="report_channel", condition=~models.Q(channel="web")),
        ),
    ]
