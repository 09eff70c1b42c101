LISTEN dacapo;

\echo == partitions: through the parent, directly, and from one to another
CREATE TABLE events (region text, id int, title text) PARTITION BY LIST (region);
CREATE TABLE events_eu PARTITION OF events FOR VALUES IN ('eu') PARTITION BY LIST (id);
CREATE TABLE events_eu_1 PARTITION OF events_eu FOR VALUES IN (1, 2);
CREATE TABLE events_us PARTITION OF events FOR VALUES IN ('us');
SELECT dacapo.watch('events', 'event', 'region', 'id') \gset
INSERT INTO events VALUES ('eu', 1, 'a'), ('us', 1, 'a');
UPDATE events_eu_1 SET title = 'b';
UPDATE events SET region = 'eu', id = 2 WHERE region = 'us';
DELETE FROM events_eu;
\echo == a partition that is attached later needs another call when it is written directly
CREATE TABLE events_as PARTITION OF events FOR VALUES IN ('as');
INSERT INTO events_as VALUES ('as', 1, 'a');
SELECT dacapo.watch('events', 'event', 'region', 'id') \gset
INSERT INTO events_as VALUES ('as', 2, 'a');
\echo == an heir
CREATE TABLE places (id int); CREATE TABLE cities (people int) INHERITS (places);
SELECT dacapo.watch('places', 'place', 'id') \gset
INSERT INTO cities VALUES (1, 100);
UPDATE places SET id = 2;
\echo == foreign keys that cascade, and one that sets null
CREATE TABLE people (id int PRIMARY KEY);
CREATE TABLE desks (id int, person int REFERENCES people ON DELETE SET NULL ON UPDATE CASCADE);
CREATE TABLE pets (id int, person int REFERENCES people ON DELETE CASCADE ON UPDATE CASCADE);
SELECT dacapo.watch('desks', 'desk', 'id', 'person') \gset
SELECT dacapo.watch('pets', 'pet', 'id', 'person') \gset
INSERT INTO people VALUES (1), (2); INSERT INTO desks VALUES (7, 1); INSERT INTO pets VALUES (8, 1);
UPDATE people SET id = 3 WHERE id = 1;
DELETE FROM people WHERE id = 3;
TRUNCATE people CASCADE;
\echo == a trigger that is disabled tells nothing
INSERT INTO people VALUES (1);
ALTER TABLE pets DISABLE TRIGGER USER;
INSERT INTO pets VALUES (9, 1);
ALTER TABLE pets ENABLE TRIGGER USER;
UPDATE pets SET id = 10;
\echo == a column that is renamed fails loudly until the table is watched again
ALTER TABLE pets RENAME person TO owner;
UPDATE pets SET id = 11;
SELECT dacapo.watch('pets', 'pet', 'id', 'owner') \gset
UPDATE pets SET id = 11;
\echo == a prepared transaction cannot tell
BEGIN; UPDATE pets SET id = 12; PREPARE TRANSACTION 'p';
\echo == unwatched
SELECT dacapo.unwatch('pets', 'pet') \gset
SELECT dacapo.unwatch('events', 'event') \gset
UPDATE pets SET id = 13;
INSERT INTO events_as VALUES ('as', 3, 'a');
