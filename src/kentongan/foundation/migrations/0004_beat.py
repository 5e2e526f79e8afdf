from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("foundation", "0003_revision")]

    operations = [
        migrations.CreateModel(
            name="Beat",
            fields=[
                ("worker", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
            ],
        ),
    ]
