\echo == the key is the same, however a session writes dates and numbers
CREATE TABLE days (day date, at timestamptz, part float8, raw bytea, span interval);
SELECT dacapo.watch('days', 'day', 'day', 'at', 'part', 'raw', 'span') \gset
LISTEN dacapo;
INSERT INTO days VALUES ('2026-02-01', '2026-02-01 12:00+00', 0.1, '\x00ff', '1 day 2 hours');
SET DateStyle = 'German'; SET TimeZone = 'Asia/Tokyo'; SET extra_float_digits = -5; SET bytea_output = 'escape';
SET IntervalStyle = 'postgres_verbose';
UPDATE days SET span = span;
\echo == a session that puts other functions first changes nothing
CREATE SCHEMA evil;
CREATE FUNCTION evil.coalesce_text(text, text) RETURNS text LANGUAGE sql RETURN 'evil';
CREATE FUNCTION evil.cat(text, text) RETURNS text LANGUAGE sql RETURN 'evil';
CREATE OPERATOR evil.|| (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.cat);
CREATE FUNCTION evil.pg_notify(text, text) RETURNS void LANGUAGE sql BEGIN ATOMIC SELECT pg_notify('evil', 'evil'); END;
SET search_path = evil, pg_catalog, public;
UPDATE days SET span = span;
SELECT dacapo.notify('room:7') \gset
RESET search_path;
\echo == a role with no other rights than to write the table
CREATE ROLE writer;
GRANT UPDATE, SELECT ON days TO writer;
SET ROLE writer;
UPDATE days SET span = span;
RESET ROLE;
DROP OWNED BY writer; DROP ROLE writer;
