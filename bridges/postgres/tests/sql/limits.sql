CREATE TABLE schedules (id int PRIMARY KEY, title text);
SELECT dacapo.watch('schedules', 'schedule', 'id') \gset
LISTEN dacapo;

\echo == more than a thousand keys in a statement are a gap
INSERT INTO schedules SELECT i, 'a' FROM generate_series(1, 1001) i;
\echo == a truncate is a gap
TRUNCATE schedules;
\echo == a gap by hand
SELECT dacapo.notify_every_key() \gset
\echo == a key that no payload can carry is a gap
SELECT dacapo.notify(repeat('k', 7801)) \gset
\echo == the longest key and the longest actor fit
BEGIN; SELECT dacapo.by(repeat('x', 128)) \gset
SELECT dacapo.notify(repeat('k', 7800)) \gset
COMMIT;
\echo == no key
SELECT dacapo.notify(NULL);
\echo == a thousand keys are told one by one
\o /dev/null
INSERT INTO schedules SELECT i, 'b' FROM generate_series(1, 1000) i;
\o
SELECT count(*) FROM schedules;
