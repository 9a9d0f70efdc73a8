"""Posts by month on PostgreSQL (`posts.months`): the table that is there becomes the one of all that came before, no row is moved.

The way back leaves them parted: programs that do not know of it read and write them all the same.
"""

from django.db import migrations

ALL, BEFORE = "posts_post", "posts_post_before"
# Below every key that names a month: the keys until now were counted from one.
FIRST_MONTH = 200001 * 10**10


def by_month(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:

        def asked(sql):
            cursor.execute(sql)
            return cursor.fetchall()

        cursor.execute(f"LOCK TABLE {ALL}, posts_sighting, posts_event IN ACCESS EXCLUSIVE MODE")
        ((last,),) = asked(f"SELECT last_value FROM {ALL}_id_seq")
        indexes = asked(
            "SELECT c.relname, pg_get_indexdef(i.indexrelid), i.indisprimary FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            f" WHERE i.indrelid = '{ALL}'::regclass"
        )
        triggers = asked(
            f"SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = '{ALL}'::regclass AND NOT tgisinternal"
        )
        # Its own reference to events, and those to it.
        references = asked(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
            f" WHERE contype = 'f' AND '{ALL}'::regclass IN (conrelid, confrelid)"
        )
        for name, _made in triggers:
            cursor.execute(f'DROP TRIGGER "{name}" ON {ALL}')
        for table, name, _made in references:
            if table != ALL:
                cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        cursor.execute(f"ALTER TABLE {ALL} ALTER id DROP IDENTITY IF EXISTS")
        cursor.execute(f"ALTER TABLE {ALL} RENAME TO {BEFORE}")
        for name, _made, _primary in indexes:
            cursor.execute(f'ALTER INDEX "{name}" RENAME TO "{name[:56]}_before"')

        cursor.execute(f"CREATE SEQUENCE {ALL}_id_seq START {last + 1}")
        cursor.execute(
            f"CREATE TABLE {ALL} (LIKE {BEFORE} INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (id)"
        )
        cursor.execute(f"ALTER TABLE {ALL} ALTER id SET DEFAULT nextval('{ALL}_id_seq')")
        cursor.execute(f"ALTER SEQUENCE {ALL}_id_seq OWNED BY {ALL}.id")
        for name, made, primary in indexes:
            cursor.execute(f'ALTER TABLE {ALL} ADD CONSTRAINT "{name}" PRIMARY KEY (id)' if primary else made)
        for table, name, made in references:
            if table == ALL:
                cursor.execute(f'ALTER TABLE {ALL} ADD CONSTRAINT "{name}" {made}')
        cursor.execute(f"ALTER TABLE {ALL} ATTACH PARTITION {BEFORE} FOR VALUES FROM (MINVALUE) TO ({FIRST_MONTH})")
        for table, name, made in references:
            if table != ALL:
                cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {made}')
        for _name, made in triggers:
            cursor.execute(made)


class Migration(migrations.Migration):
    dependencies = [("posts", "0011_sure")]
    operations = [migrations.RunPython(by_month, migrations.RunPython.noop)]
