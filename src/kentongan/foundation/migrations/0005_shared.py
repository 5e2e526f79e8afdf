from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("foundation", "0004_beat")]

    operations = [
        migrations.CreateModel(
            name="Shared",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("value", models.TextField()),
                ("ends", models.BigIntegerField(db_index=True)),
            ],
        ),
    ]
