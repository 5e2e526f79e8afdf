"""An id belongs to the channel and the sender that it came by; before, it was one for all.

Old reports keep their ids and tokens. Those of people get no sender: who sends one again to the letter still finds it.
Those of other applications get theirs in `network.0005`.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reports", "0006_merged_ending")]

    operations = [
        migrations.AddField(
            "report", "sender", models.CharField(blank=True, db_default="", default="", max_length=120)
        ),
        migrations.AlterField("report", "submission_id", models.UUIDField()),
        migrations.AddConstraint(
            "report",
            models.UniqueConstraint(fields=("submission_id", "channel", "sender"), name="report_submission_sender"),
        ),
    ]
