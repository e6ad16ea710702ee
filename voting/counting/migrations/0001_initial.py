import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('polls', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(choices=[('inside', 'people who live, work or study here'), ('outside', 'people from outside the area'), ('everybody', 'everybody')], max_length=9)),
                ('is_decisive', models.BooleanField()),
                ('n_ballots', models.PositiveIntegerField()),
                ('n_blank', models.PositiveIntegerField()),
                ('outcome', models.JSONField()),
                ('input_hash', models.BinaryField(max_length=32)),
                ('counted_at', models.DateTimeField()),
                ('ballot_style', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tallies', to='polls.ballotstyle')),
            ],
            options={
                'verbose_name_plural': 'tallies',
                'constraints': [models.UniqueConstraint(fields=('ballot_style', 'scope'), name='counting_tally_one_per_style_and_scope'), models.UniqueConstraint(condition=models.Q(('is_decisive', True)), fields=('ballot_style',), name='counting_tally_one_decides'), models.CheckConstraint(condition=models.Q(('n_blank__lte', models.F('n_ballots'))), name='counting_tally_blank_are_part_of_all'), models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('input_hash'), 32), name='counting_tally_input_hash_is_32_bytes')],
            },
        ),
    ]
