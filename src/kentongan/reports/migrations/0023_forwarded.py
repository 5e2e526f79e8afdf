from django.db import migrations, models

STATES = (
    "received", "awaiting_partner", "routed", "forwarded", "accepted", "in_progress", "referred", "resolved",
    "confirmed", "closed", "rejected", "duplicate",
)  # fmt: skip


class Migration(migrations.Migration):
    """Nothing of the table changes: a report that another body passed on has a state of its own."""

    dependencies = [
        ("reports", "0022_asked"),
    ]

    operations = [
        migrations.AlterField(
            model_name="report",
            name="state",
            field=models.CharField(choices=[(state, state) for state in STATES], default="received", max_length=20),
        ),
    ]
