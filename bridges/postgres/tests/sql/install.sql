SET client_min_messages = warning;
\echo == wrong arguments
CREATE TABLE schedules (id int PRIMARY KEY, title text);
SELECT dacapo.watch('schedules', 'schedule', 'id', 'nothing', 'xmin');
SELECT dacapo.watch('schedules', '', 'id');
SELECT dacapo.watch('schedules', repeat('t', 41), 'id');
SELECT dacapo.watch('nothing', 'schedule', 'id');
\echo == installed twice, watched twice
BEGIN;
\i dacapo.sql
COMMIT;
SELECT dacapo.watch('schedules', 'schedule', 'id') \gset
SELECT dacapo.watch('schedules', 'schedule', 'id') \gset
\i dacapo.sql
SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1;
LISTEN dacapo;
INSERT INTO schedules VALUES (1, 'tea');
\echo == a newer version stays
CREATE OR REPLACE FUNCTION dacapo.version() RETURNS int LANGUAGE sql IMMUTABLE RETURN 2;
\! psql -Xq1 -v ON_ERROR_STOP=1 -f dacapo.sql
SELECT dacapo.version();
\echo == uninstalled
DROP SCHEMA dacapo CASCADE;
INSERT INTO schedules VALUES (2, 'coffee');
SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal;
