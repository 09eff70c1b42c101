SET client_min_messages = warning;
\echo == installed where no function is for everyone
DROP SCHEMA dacapo CASCADE;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
BEGIN;
\i dacapo.sql
COMMIT;
CREATE TABLE schedules (id int PRIMARY KEY, title text);
SELECT dacapo.watch('schedules', 'schedule', 'id') \gset
LISTEN dacapo;
\echo == another role writes, names its actor, and notifies
CREATE ROLE writer;
GRANT INSERT, UPDATE, TRUNCATE ON schedules TO writer;
SET ROLE writer;
INSERT INTO schedules VALUES (1, 'tea');
TRUNCATE schedules;
BEGIN; SELECT dacapo.by('tab-7') \gset
SELECT dacapo.notify('room:7') \gset
COMMIT;
\echo == it cannot watch a table that it does not own
SELECT dacapo.watch('schedules', 'mine', 'id');
RESET ROLE;
DROP OWNED BY writer;
DROP ROLE writer;
