from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("reports", "0015_desk_index"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="report",
            index=models.Index(
                condition=models.Q(("asked_at__isnull", False)),
                fields=["asked_at", "deadline_at"],
                name="report_asked",
            ),
        ),
    ]
