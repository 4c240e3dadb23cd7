-- Every attribute of types, and of what works on them, changed alone: one row for each, with its severity. `fixes` says what the proposed statements did.
create database proapp_mutations_types;
\c proapp_mutations_types
create extension proapp_schema;
create role mutation_app;
create role mutation_other;
\getenv source PG_ABS_SRCDIR
\set setup :source '/test/fixtures/mutations_types.sql'
\set list :source '/test/fixtures/mutations_types_list.sql'
set client_min_messages = warning;
\i :setup
select objects.category, objects.object_count from proapp.save_baseline('all') objects where category not in ('schemas', 'tables', 'columns', 'functions');

-- Makes a change, compares, tries the proposed fixes, compares again and takes everything back.
create function pg_temp.mutate(what text) returns table (severity text, kind text, identity text, change text, attribute text, fixes text) language plpgsql as $$
declare
  found_rows jsonb;
  fixed text;
  proposed text;
begin
  begin
    execute what;
    insert into commands values (what);  -- after some ALTERs PostgreSQL starts no subtransaction before a command wrote something
    select jsonb_agg(to_jsonb(d) order by n) into found_rows from proapp.drift() with ordinality d (severity, kind, identity, change, attribute, expected, actual, by_whom, at, fix, n);
    begin
      for proposed in select r ->> 'fix' from jsonb_array_elements(found_rows) r where r ->> 'fix' <> '' loop
        fixed := 'took it back';
        execute proposed;
      end loop;
      if fixed is not null and exists (select from proapp.drift()) then
        fixed := 'left ' || (select string_agg(d.identity || ' ' || d.change || coalesce(' ' || d.attribute, ''), ', ') from proapp.drift() d);
      end if;
    exception when others then
      fixed := 'refused';  -- something else uses it: more than a statement
    end;
    raise exception using errcode = 'PM001';
  exception when sqlstate 'PM001' then
    return query select r ->> 'severity', r ->> 'kind', r ->> 'identity', r ->> 'change', r ->> 'attribute', case when r ->> 'fix' <> '' then fixed end from jsonb_array_elements(found_rows) r;
  end;
end
$$;
create temporary table commands (what text);
create temporary table mutations (place integer generated always as identity, what text, sql text);
\i :list
\pset null '-'
\pset format unaligned
select what, m.* from mutations, pg_temp.mutate(sql) m order by place, m.kind, m.identity, m.attribute;
-- Every one was seen.
select what from mutations where not exists (select from pg_temp.mutate(sql)) order by place;

-- What only looks like a difference.
truncate mutations;
insert into mutations (what, sql) values
  ('domain made anew', 'drop domain app.amount; create domain app.amount numeric(10, 2) constraint positive check ((value)>=0::numeric) default 0'),
  ('constraint validated at last', 'alter domain app.amount drop constraint positive; alter domain app.amount add constraint positive check (value >= 0) not valid; alter domain app.amount validate constraint positive'),
  ('default that is none', 'alter domain app.word set default null; alter domain app.word drop default'),
  ('attribute that came and went', 'alter type app.address add attribute gone text; alter type app.address drop attribute gone'),
  ('default operator class of a range', 'drop type app.words; create type app.words as range (subtype = text, subtype_opclass = text_ops, collation = "default", multirange_type_name = app.words_multirange)'),
  ('rights given twice', 'grant usage on type app.address to public; grant usage on domain app.amount to public'),
  ('aggregate with its defaults', 'create or replace aggregate app.product (numeric) (sfunc = numeric_mul, stype = numeric, sspace = 0, initcond = ''1'', parallel = unsafe)'),
  ('shell of an operator', 'create operator app.<< (leftarg = app.whole, rightarg = app.whole, function = app.whole_less, commutator = operator(app.>>)); drop operator app.<< (app.whole, app.whole)'),
  ('members of a family in another order', 'drop operator class app.whole_ops using btree; create operator class app.whole_ops for type app.whole using btree family app.wholes as function 1 app.whole_order(app.whole, app.whole), operator 3 app.=, operator 1 app.<'),
  ('options in another order', 'alter text search configuration app.search drop mapping for word, asciiword; drop text search dictionary app.english; create text search dictionary app.english (stopwords = english, template = snowball, language = english); alter text search configuration app.search add mapping for asciiword, word with app.english, simple'),
  ('columns in another order', 'drop statistics app.together; create statistics app.together (mcv, ndistinct) on lower(note), status, id from app.items'),
  ('statistics target by default', 'alter statistics app.together set statistics 100; alter statistics app.together set statistics -1'),
  ('statistics gathered', 'analyze app.items'),
  ('renamed and back', 'alter collation app.german rename to other; alter collation app.other rename to german'),
  ('cast written otherwise', 'drop cast (app.whole as integer); create cast (app.whole as int4) without function as assignment'),
  ('language made anew', 'create or replace trusted procedural language mutation_language handler plpgsql_call_handler inline plpgsql_inline_handler validator plpgsql_validator'),
  ('comment that came and went', 'comment on domain app.amount is ''x''; comment on domain app.amount is null');
select what, m.* from mutations, pg_temp.mutate(sql) m order by place;

\c contrib_regression
drop database proapp_mutations_types;
drop role mutation_app;
drop role mutation_other;
