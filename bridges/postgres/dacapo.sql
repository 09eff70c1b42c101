-- dacapo tells every node which rows have changed. PostgreSQL 14 or later; no extension, no superuser.
--
--   psql -1 -f dacapo.sql                                   install it, or replace an older version
--   SELECT dacapo.watch('schedules', 'schedule', 'id');     tell `schedule:7` when row 7 has changed
--   SELECT dacapo.by('tab-7');                              name the actor of this transaction
--   SELECT dacapo.notify('room:7');                         tell a key without a table
--   SELECT dacapo.unwatch('schedules', 'schedule');         stop
--   DROP SCHEMA dacapo CASCADE;                             uninstall it, with all its triggers
--
-- Run it in one transaction. Nodes may install it at the same time: they do it one after another.

DO $$
BEGIN
  PERFORM pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('dacapo'));
  -- After the lock, this session must learn what another one has created. It does so when it opens a table.
  PERFORM FROM pg_catalog.pg_namespace LIMIT 1;
  IF pg_catalog.to_regprocedure('dacapo.version()') IS NOT NULL THEN
    IF dacapo.version() > 1 THEN
      RAISE EXCEPTION 'dacapo % is installed, and this script has the older version 1', dacapo.version()
        USING HINT = 'Keep the newer one: it also serves older nodes.';
    END IF;
  END IF;
END $$;

-- Every role that changes a watched table calls these functions, through the triggers.
CREATE SCHEMA IF NOT EXISTS dacapo;
GRANT USAGE ON SCHEMA dacapo TO PUBLIC;

CREATE OR REPLACE FUNCTION dacapo.version() RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 1;

-- The only function that knows how a line reaches the nodes. A line is `k actor key`, or `g`: anything may have changed.
CREATE OR REPLACE FUNCTION dacapo.send(line text) RETURNS void
LANGUAGE sql
BEGIN ATOMIC
  SELECT pg_notify('dacapo', line);
END;

-- Names the actor of this transaction: its changes do not wake requests whose cursor excludes that actor. Every role
-- that may listen sees the name, so it must not be a secret.
CREATE OR REPLACE FUNCTION dacapo.by(actor text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF actor ~ '\s' OR octet_length(actor) > 128 THEN
    RAISE EXCEPTION 'an actor must have no blanks, and at most 128 bytes'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM set_config('dacapo.actor', coalesce(actor, ''), true);
END $$;

-- Wakes all requests that wait for a key, when this transaction commits.
CREATE OR REPLACE FUNCTION dacapo.notify(key text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  -- After a setting for one transaction, the rest of the session has an empty one.
  actor text := coalesce(nullif(current_setting('dacapo.actor', true), ''), '-');
BEGIN
  IF key IS NULL THEN
    RAISE EXCEPTION 'the key is null' USING ERRCODE = 'null_value_not_allowed';
  END IF;
  -- A setting that did not come through `by` must not make the line unreadable. Without an actor, all are told.
  IF actor ~ '\s' OR octet_length(actor) > 128 THEN
    actor := '-';
  END IF;
  -- A payload has less than 8000 bytes. A longer one would make the transaction fail.
  IF octet_length(key) > 7800 THEN
    PERFORM dacapo.send('g');
  ELSE
    PERFORM dacapo.send('k ' || actor || ' ' || key);
  END IF;
END $$;

-- Wakes all requests, when this transaction commits.
CREATE OR REPLACE FUNCTION dacapo.notify_every_key() RETURNS void
LANGUAGE sql
BEGIN ATOMIC
  SELECT dacapo.send('g');
END;

-- A column as a part of a key. A part has no colon, and null is not the text "null".
CREATE OR REPLACE FUNCTION dacapo.part(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(replace(replace(value, '%', '%25'), ':', '%3A'), '%00');

-- The trigger. Its arguments are the topic and the columns. It tells the old and the new key of each row.
--
-- The settings fix how a date or a number is written, so that the key of a row is the same in every session.
CREATE OR REPLACE FUNCTION dacapo.changed() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET DateStyle = 'ISO, YMD'
SET TimeZone = 'UTC'
SET IntervalStyle = 'iso_8601'
SET extra_float_digits = 1
SET bytea_output = 'hex'
AS $$
DECLARE
  most constant int := 1000; -- more keys of one statement are one `g`
  key_of_row text := quote_literal(TG_ARGV[0]);
  changed_rows text;
  keys text[];
BEGIN
  changed_rows := CASE TG_OP
    WHEN 'INSERT' THEN 'new_rows'
    WHEN 'DELETE' THEN 'old_rows'
    WHEN 'UPDATE' THEN '(SELECT * FROM old_rows UNION ALL SELECT * FROM new_rows)'
  END;
  IF changed_rows IS NULL THEN -- TRUNCATE has no rows
    PERFORM dacapo.notify_every_key();
    RETURN NULL;
  END IF;
  FOR i IN 1 .. TG_NARGS - 1 LOOP
    key_of_row := key_of_row || format($f$ || ':' || dacapo.part(r.%I::text)$f$, TG_ARGV[i]);
  END LOOP;
  EXECUTE format('SELECT array_agg(key) FROM (SELECT DISTINCT %s AS key FROM %s r LIMIT %s) k',
                 key_of_row, changed_rows, most + 1)
    INTO keys;
  IF cardinality(keys) > most THEN
    PERFORM dacapo.notify_every_key();
  ELSIF keys IS NOT NULL THEN
    PERFORM dacapo.notify(key) FROM unnest(keys) AS key;
  END IF;
  RETURN NULL;
END $$;

-- A table, its partitions and its heirs. A statement fires only the triggers of the table that it names.
CREATE OR REPLACE FUNCTION dacapo.tree(root regclass) RETURNS SETOF regclass
LANGUAGE sql STABLE
BEGIN ATOMIC
  WITH RECURSIVE tree(relation) AS (
    SELECT root::oid
    UNION
    SELECT inhrelid FROM pg_catalog.pg_inherits JOIN tree ON inhparent = relation
  )
  SELECT relation::regclass FROM tree;
END;

CREATE OR REPLACE FUNCTION dacapo.trigger_name(event text, topic text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN 'dacapo_' || lower(event) || '_' || topic;

-- Tells the key `topic:column:..` of each row that changes in a table, and of each row in its partitions. If a
-- partition is attached later, call it again.
CREATE OR REPLACE FUNCTION dacapo.watch(watched regclass, topic text, VARIADIC columns text[]) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  arguments text := (SELECT string_agg(quote_literal(argument), ', ' ORDER BY place)
                     FROM unnest(topic || columns) WITH ORDINALITY AS a(argument, place));
  missing text := (SELECT string_agg(quote_ident(name), ', ') FROM unnest(columns) AS name
                   WHERE NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = watched AND attname = name
                                     AND attnum > 0 AND NOT attisdropped));
  event text;
  transition_tables text;
  relation regclass;
BEGIN
  IF missing IS NOT NULL THEN
    RAISE EXCEPTION 'the table % has no column %', watched, missing USING ERRCODE = 'undefined_column';
  END IF;
  -- The name of a trigger has 63 bytes. PostgreSQL cuts longer ones, and then two topics could share a trigger.
  IF topic IS NULL OR topic = '' OR octet_length(topic) > 40 THEN
    RAISE EXCEPTION 'a topic must have 1 to 40 bytes' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  FOREACH event IN ARRAY ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] LOOP
    transition_tables := CASE event
      WHEN 'INSERT' THEN 'REFERENCING NEW TABLE AS new_rows'
      WHEN 'UPDATE' THEN 'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'
      WHEN 'DELETE' THEN 'REFERENCING OLD TABLE AS old_rows'
      ELSE ''
    END;
    FOR relation IN SELECT dacapo.tree(watched) LOOP
      EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER %s ON %s %s FOR EACH STATEMENT EXECUTE FUNCTION dacapo.changed(%s)',
                     dacapo.trigger_name(event, topic), event, relation, transition_tables, arguments);
    END LOOP;
  END LOOP;
END $$;

-- Undoes `watch`.
CREATE OR REPLACE FUNCTION dacapo.unwatch(watched regclass, topic text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  event text;
  relation regclass;
BEGIN
  FOREACH event IN ARRAY ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] LOOP
    FOR relation IN SELECT dacapo.tree(watched) LOOP
      EXECUTE format('DROP TRIGGER IF EXISTS %I ON %s', dacapo.trigger_name(event, topic), relation);
    END LOOP;
  END LOOP;
END $$;

-- Also where default privileges have taken this right from everyone. What a function does needs the rights of the caller.
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA dacapo TO PUBLIC;
