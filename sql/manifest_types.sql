-- Types, and what works on them: what a manifest says about each kind.
create database proapp_manifest_types;
\c proapp_manifest_types
create extension proapp_schema;
create role manifest_reader;
create schema app;
\pset format unaligned
-- What an object is, without what every object has.
create function pg_temp.facts(variadic selectors text[]) returns table (kind text, identity text, facts jsonb) language sql as $$
  select kind, identity, jsonb_strip_nulls(definition - '{owner,grants,comment,definition}'::text[]) from proapp.manifest(variadic selectors) where identity <> 'app' $$;

-- Domains; their constraints hang on them as a table's do.
create domain app.amount as numeric(10, 2) default 0 not null constraint positive check (value >= 0) constraint small check (value < 1000000);
alter domain app.amount add constraint even check (value % 2 = 0) not valid;
create domain app.word as varchar(20) collate "C";
comment on constraint positive on domain app.amount is 'nothing is given away';
select kind, identity, parent, definition #>> '{expression,sql}' as expression, definition -> 'validated' as validated, definition ->> 'comment' as comment from proapp.manifest('domain:app.amount') where parent is not null;
select identity, definition - 'owner' - 'definition' - 'grants' as facts from proapp.manifest('domain:app.word') where kind = 'domain';
-- PostgreSQL writes no domain: this is the statement that makes it anew.
select definition #>> '{definition,sql}' as sql from proapp.manifest('domain:app.amount') where kind = 'domain';
select definition -> 'default' ->> 'sql' as "default", definition -> 'not_null' as not_null, definition -> 'grants' as grants from proapp.manifest('domain:app.amount') where kind = 'domain';

-- Composite types: order counts; a dropped attribute leaves nothing behind.
create type app.address as (gone integer, street text collate "C", "No" app.amount, tags text[]);
alter type app.address drop attribute gone;
comment on column app.address.street is 'without number';
revoke usage on type app.address from public;
grant usage on type app.address to manifest_reader;
select * from pg_temp.facts('composite type:app.*');
select definition -> 'grants' as grants from proapp.manifest('composite_type:app.address');

-- Range types, without the constructors and the cast that come along.
create function app.apart(double precision, double precision) returns double precision language sql immutable as 'select $1 - $2';
create type app.span as range (subtype = double precision, subtype_diff = app.apart, multirange_type_name = app.spans);
create type app.words as range (subtype = text, collation = "C", subtype_opclass = text_pattern_ops);
select * from pg_temp.facts('range type:app.*');
select count(*) from proapp.manifest() where kind = 'cast' or (kind = 'function' and identity ~ 'span|words');

-- Base types.
create type app.whole;
select * from pg_temp.facts('base type:app.*');
set client_min_messages = warning;  -- app.whole is only a shell so far
create function app.whole_in(cstring) returns app.whole language internal immutable strict as 'int4in';
create function app.whole_out(app.whole) returns cstring language internal immutable strict as 'int4out';
reset client_min_messages;
create type app.whole (input = app.whole_in, output = app.whole_out, internallength = 4, passedbyvalue, alignment = int4, default = '7', delimiter = ';');
select * from pg_temp.facts('base type:app.*');

-- Operators, their classes and families. Members between types are the family's, the others those of the class.
create function app.less(app.whole, app.whole) returns boolean language internal immutable strict as 'int4lt';
create function app.same(app.whole, app.whole) returns boolean language internal immutable strict as 'int4eq';
create function app.same(app.whole, integer) returns boolean language internal immutable strict as 'int4eq';
create function app.minus(app.whole) returns app.whole language internal immutable strict as 'int4um';
create function app.compare(app.whole, app.whole) returns integer language internal immutable strict as 'btint4cmp';
create function app.compare(app.whole, integer) returns integer language internal immutable strict as 'btint4cmp';
create operator app.< (leftarg = app.whole, rightarg = app.whole, function = app.less, commutator = operator(app.>), restrict = scalarltsel, join = scalarltjoinsel);
create operator app.= (leftarg = app.whole, rightarg = app.whole, function = app.same, commutator = operator(app.=), hashes, merges);
create operator app.= (leftarg = app.whole, rightarg = integer, function = app.same);
create operator app.- (rightarg = app.whole, function = app.minus);
create operator family app.wholes using btree;
create operator class app.whole_ops default for type app.whole using btree family app.wholes as operator 1 app.<, operator 3 app.=, function 1 app.compare(app.whole, app.whole);
alter operator family app.wholes using btree add operator 3 app.= (app.whole, integer), function 1 (app.whole, integer) app.compare(app.whole, integer);
select * from pg_temp.facts('operator:app.*', 'operator class:app.*', 'operator family:app.*');

-- Casts and transforms live in no schema.
create cast (app.whole as integer) without function as implicit;
create cast (app.address as app.whole) with inout as assignment;
create trusted language manifest_language handler plpgsql_call_handler inline plpgsql_inline_handler;
create transform for app.whole language manifest_language (from sql with function prsd_lextype(internal));
create access method manifest_method type index handler bthandler;
select * from pg_temp.facts('cast:*', 'transform:*', 'language:*', 'access method:*');
select identity from proapp.manifest('cast:"(app.whole AS integer)"');

-- Aggregates.
create aggregate app.product (factor numeric) (sfunc = numeric_mul, stype = numeric, initcond = '1', combinefunc = numeric_mul, parallel = safe);
create aggregate app.how_many (*) (sfunc = int8inc, stype = bigint, initcond = '0', msfunc = int8inc, minvfunc = int8dec, mstype = bigint, minitcond = '0');
create aggregate app.share (double precision order by double precision) (sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_disc_final, finalfunc_extra, finalfunc_modify = read_write);
create function app.smaller(app.whole, app.whole) returns app.whole language internal immutable strict as 'int4smaller';
create aggregate app.least (app.whole) (sfunc = app.smaller, stype = app.whole, sortop = operator(app.<));
select identity, facts - 'finalfunc_extra' - 'mfinalfunc_extra' as facts from pg_temp.facts('aggregate:app.*');

-- Collations and conversions. The version of a collation is the operating system's: no part of the digest.
create collation app.german (provider = icu, locale = 'de-u-co-phonebk', deterministic = false);
create collation app.plain (lc_collate = 'C', lc_ctype = 'POSIX');
create default conversion app.latin for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
select kind, identity, facts - 'version' as facts from pg_temp.facts('collation:app.*', 'conversion:app.*');
select proapp.manifest_digest('collation:app.*') as digest \gset
update pg_collation set collversion = 'another' where collname = 'german';
select proapp.manifest_digest('collation:app.*') = :'digest' as same_digest;

-- Text search: tokens by their names, options in order.
create text search parser app.parser (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype, headline = prsd_headline);
create text search template app.stems (init = dsnowball_init, lexize = dsnowball_lexize);
create text search dictionary app.english (template = app.stems, stopwords = 'english', language = english);
create text search configuration app.search (parser = app.parser);
alter text search configuration app.search add mapping for word, email with app.english, simple;
select * from pg_temp.facts('text search configuration:app.*', 'text search dictionary:app.*', 'text search parser:app.*', 'text search template:app.*');

-- Statistics objects hang on their table, wherever their name is.
create table app.items (status text, id integer, note text);
create schema elsewhere;
create statistics app.together (ndistinct, mcv) on id, status, lower(note) from app.items;
create statistics elsewhere.apart on (id % 10) from app.items;
alter statistics app.together set statistics 500;
select identity, parent, definition - 'owner' #- '{expressions,0,tree}' as definition from proapp.manifest('statistics object:*.*');
select identity from proapp.manifest('table:app.items') where kind = 'statistics object';

-- Members of extensions come with the extension only, also those that live in no schema.
create extension citext schema app;
select kind, count(*) from proapp.manifest() where identity like '%citext%' group by kind;
select kind, count(*) > 0 as some from proapp.manifest('extension:citext') group by kind order by kind;

select * from proapp.manifest_summary() where category not in ('functions', 'columns', 'tables', 'schemas');

-- The statements that make it all anew, where one does.
select kind, identity, fix from proapp.compare_manifests(proapp.manifest_document('app.*', 'cast:*', 'transform:*', 'language:*', 'access method:*'), proapp.manifest_document('elsewhere.*'))
where change = 'missing' and kind not in ('function', 'table', 'schema') order by kind, identity collate "C";

\c contrib_regression
drop database proapp_manifest_types;
drop role manifest_reader;
