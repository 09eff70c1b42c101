CREATE TABLE schedules (id int PRIMARY KEY, title text);
INSERT INTO schedules VALUES (1, 'tea');
SELECT dacapo.watch('schedules', 'schedule', 'id') \gset
LISTEN dacapo;

\echo == the actor of a transaction
BEGIN; SELECT dacapo.by('tab-7') \gset
UPDATE schedules SET title = 'a'; COMMIT;
\echo == and not of the next one
UPDATE schedules SET title = 'b';
\echo == the actor of one statement
WITH actor AS MATERIALIZED (SELECT dacapo.by('tab-8')) UPDATE schedules SET title = 'c' FROM actor;
\echo == without a transaction it names nothing
SELECT dacapo.by('tab-9') \gset
UPDATE schedules SET title = 'd';
\echo == the last one counts, and null takes it back
BEGIN; SELECT dacapo.by('tab-1') \gset
SELECT dacapo.by('tab-2') \gset
UPDATE schedules SET title = 'e'; COMMIT;
BEGIN; SELECT dacapo.by('tab-1') \gset
SELECT dacapo.by(NULL) \gset
UPDATE schedules SET title = 'f'; COMMIT;
\echo == an actor with a blank, and one that is too long
SELECT dacapo.by('a b');
SELECT dacapo.by(repeat('x', 129));
\echo == a setting that did not come through the function leaves the line readable
SET dacapo.actor = 'a b';
UPDATE schedules SET title = 'g';
RESET dacapo.actor;
\echo == an actor that a savepoint takes back
BEGIN; SAVEPOINT s; SELECT dacapo.by('tab-3') \gset
ROLLBACK TO s; UPDATE schedules SET title = 'h'; COMMIT;
