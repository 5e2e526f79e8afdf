from django.db import migrations, models

from kentongan.foundation.indexing import AddIndexMeanwhile


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("reports", "0019_parts"),
    ]

    operations = [
        AddIndexMeanwhile(
            model_name="report",
            index=models.Index(fields=["body", "state", "deadline_at", "id"], name="report_due"),
        ),
        AddIndexMeanwhile(
            model_name="report",
            index=models.Index(fields=["body", "state", "updated_at", "id"], name="report_changed"),
        ),
        AddIndexMeanwhile(
            model_name="report",
            index=models.Index(fields=["body", "state", "support_count", "id"], name="report_supported"),
        ),
    ]
