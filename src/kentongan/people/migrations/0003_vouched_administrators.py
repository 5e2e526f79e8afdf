"""Administrators of the platform were made on the server by its operator, who vouches for their address."""

from django.db import migrations


def vouch(apps, schema_editor):
    """Administrators without any address on record could not sign in once addresses are to be proven."""
    Person, EmailAddress = apps.get_model("people", "Person"), apps.get_model("account", "EmailAddress")
    for person in Person.objects.filter(is_superuser=True, emailaddress=None):
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)


class Migration(migrations.Migration):
    dependencies = [("people", "0002_api_tokens_and_rates"), ("account", "0009_emailaddress_unique_primary_email")]

    operations = [migrations.RunPython(vouch, migrations.RunPython.noop)]
