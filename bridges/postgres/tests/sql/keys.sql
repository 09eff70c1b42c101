CREATE TABLE schedules (id int PRIMARY KEY, owner text, title text);
CREATE TABLE seats (flight text, seat text, passenger text, PRIMARY KEY (flight, seat));
SELECT dacapo.watch('schedules', 'schedule', 'id') \gset
SELECT dacapo.watch('seats', 'seat', 'flight', 'seat') \gset
LISTEN dacapo;

\echo == each row of an insert
INSERT INTO schedules VALUES (1, 'ada', 'tea'), (2, 'bob', 'coffee');
\echo == a row that changes three times in a transaction is told once, under the old and the new key
BEGIN;
UPDATE schedules SET title = 'a' WHERE id = 1;
UPDATE schedules SET title = 'b' WHERE id = 1;
UPDATE schedules SET id = 9 WHERE id = 1;
COMMIT;
\echo == two transactions tell it twice
UPDATE schedules SET title = 'c' WHERE id = 2;
UPDATE schedules SET title = 'd' WHERE id = 2;
\echo == a rollback, a savepoint that is rolled back, and an update of no row tell nothing
BEGIN; UPDATE schedules SET title = 'e'; ROLLBACK;
BEGIN; UPDATE schedules SET title = 'f' WHERE id = 2; SAVEPOINT s; UPDATE schedules SET title = 'g' WHERE id = 9; ROLLBACK TO s; COMMIT;
UPDATE schedules SET title = 'h' WHERE id = 12345;
\echo == an upsert tells what it updates and what it inserts
INSERT INTO schedules VALUES (2, 'bob', 'i'), (3, 'cy', 'i') ON CONFLICT (id) DO UPDATE SET title = 'i';
\echo == a key of two columns, with a colon and a percent sign
INSERT INTO seats VALUES ('LH:1', '12%A', 'ada');
\echo == a merge
MERGE INTO seats s USING (VALUES ('LH:1', '12%A'), ('LH:1', '12B')) v (flight, seat)
  ON s.flight = v.flight AND s.seat = v.seat
  WHEN MATCHED THEN UPDATE SET passenger = 'bob' WHEN NOT MATCHED THEN INSERT VALUES (v.flight, v.seat, 'cy');
\echo == a delete
DELETE FROM seats WHERE seat = '12B';
\echo == a copy
COPY schedules FROM stdin;
10	ada	from a file
11	bob	from a file
\.
\echo == a key that no row has
SELECT dacapo.notify('room:7') \gset
\echo == a null in a key is not the text null
CREATE TABLE notes (room text, note text);
SELECT dacapo.watch('notes', 'room', 'room') \gset
INSERT INTO notes VALUES (NULL, 'a'), ('null', 'b'), ('', 'c');
\echo == a table with two topics
SELECT dacapo.watch('notes', 'note', 'note') \gset
UPDATE notes SET note = 'd' WHERE room = 'null';
\echo == a topic without columns
SELECT dacapo.watch('notes', 'notes', VARIADIC ARRAY[]::text[]) \gset
INSERT INTO notes VALUES ('a', 'e');
\echo == a column and a table that need quotes, in a schema that is not searched
CREATE SCHEMA "My Schema"; CREATE TABLE "My Schema"."The Table" ("The Key" int);
SELECT dacapo.watch('"My Schema"."The Table"', 'it''s', 'The Key') \gset
INSERT INTO "My Schema"."The Table" VALUES (1);
