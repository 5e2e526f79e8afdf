from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("reports", "0018_looks"),
    ]

    operations = [
        migrations.AddField(
            model_name="report",
            name="whole",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=models.deletion.PROTECT,
                related_name="parts",
                to="reports.report",
            ),
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(
                condition=models.Q(("whole__isnull", False)), fields=["whole", "id"], name="report_whole"
            ),
        ),
    ]
