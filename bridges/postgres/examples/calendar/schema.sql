-- The tables of the calendar, and which keys their changes notify. Nodes that start together take turns.
SELECT pg_advisory_xact_lock(hashtext('calendar'));

CREATE TABLE IF NOT EXISTS schedules (
  id int PRIMARY KEY,
  title text NOT NULL
);

CREATE TABLE IF NOT EXISTS shares (
  person text,
  schedule int REFERENCES schedules ON DELETE CASCADE,
  PRIMARY KEY (person, schedule)
);

CREATE TABLE IF NOT EXISTS entries (
  schedule int REFERENCES schedules ON DELETE CASCADE,
  day int CHECK (day BETWEEN 0 AND 6),
  text text NOT NULL,
  PRIMARY KEY (schedule, day)
);

INSERT INTO schedules VALUES (1, 'Home'), (2, 'Choir'), (3, 'Work') ON CONFLICT DO NOTHING;
INSERT INTO shares VALUES ('ada', 1), ('bob', 1), ('ada', 2), ('bob', 3) ON CONFLICT DO NOTHING;

SELECT dacapo.watch('schedules', 'schedule', 'id');
SELECT dacapo.watch('entries', 'schedule', 'schedule');
SELECT dacapo.watch('shares', 'person', 'person');
