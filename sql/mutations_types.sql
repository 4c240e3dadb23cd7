-- Every attribute of types, and of what works on them, changed alone: one row for each, with its severity. `fixes` says what the proposed statements did.
create database proapp_mutations_types;
\c proapp_mutations_types
create extension proapp_schema;
create role mutation_app;
create role mutation_other;
create schema app;

create domain app.amount as numeric(10, 2) default 0 constraint positive check (value >= 0);
create domain app.word as text collate "C";
create type app.address as (street text, no integer);
create function app.apart(double precision, double precision) returns double precision language sql immutable as 'select $1 - $2';
create type app.span as range (subtype = double precision, multirange_type_name = app.spans);
create type app.words as range (subtype = text);
create type app.whole;
create function app.whole_in(cstring) returns app.whole language internal immutable strict as 'int4in';
create function app.whole_out(app.whole) returns cstring language internal immutable strict as 'int4out';
create function app.whole_send(app.whole) returns bytea language internal immutable strict as 'int4send';
create function app.whole_receive(internal) returns app.whole language internal immutable strict as 'int4recv';
create type app.whole (input = app.whole_in, output = app.whole_out, internallength = 4, passedbyvalue, alignment = int4);
create type app.long;
create function app.long_in(cstring) returns app.long language internal immutable strict as 'textin';
create function app.long_out(app.long) returns cstring language internal immutable strict as 'textout';
create type app.long (input = app.long_in, output = app.long_out, internallength = variable, storage = extended);
create function app.whole_less(app.whole, app.whole) returns boolean language internal immutable strict as 'int4lt';
create function app.whole_same(app.whole, app.whole) returns boolean language internal immutable strict as 'int4eq';
create function app.whole_not(app.whole, app.whole) returns boolean language internal immutable strict as 'int4ne';
create function app.whole_order(app.whole, app.whole) returns integer language internal immutable strict as 'btint4cmp';
create function app.whole_order(app.whole, integer) returns integer language internal immutable strict as 'btint4cmp';
create function app.whole_same(app.whole, integer) returns boolean language internal immutable strict as 'int4eq';
create function app.to_whole(integer) returns app.whole language internal immutable strict as 'int4abs';
create function app.as_whole(integer) returns app.whole language internal immutable strict as 'int4abs';
create operator app.< (leftarg = app.whole, rightarg = app.whole, function = app.whole_less);
create operator app.= (leftarg = app.whole, rightarg = app.whole, function = app.whole_same, restrict = eqsel);
create operator app.<> (leftarg = app.whole, rightarg = app.whole, function = app.whole_not);
create operator app.= (leftarg = app.whole, rightarg = integer, function = app.whole_same);
create operator family app.wholes using btree;
create operator class app.whole_ops for type app.whole using btree family app.wholes as operator 1 app.<, operator 3 app.=, function 1 app.whole_order(app.whole, app.whole);
create cast (app.whole as integer) without function as assignment;
create cast (integer as app.whole) with function app.to_whole(integer);
create access method mutation_method type index handler bthandler;
create trusted language mutation_language handler plpgsql_call_handler inline plpgsql_inline_handler validator plpgsql_validator;
create transform for integer language mutation_language (from sql with function prsd_lextype(internal), to sql with function int4recv(internal));
create aggregate app.product (numeric) (sfunc = numeric_mul, stype = numeric, initcond = '1');
create aggregate app.moving (bigint) (sfunc = int8inc_any, stype = bigint, msfunc = int8inc_any, minvfunc = int8dec_any, mstype = bigint, minitcond = '0');
create aggregate app.share (double precision order by double precision) (sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_disc_final, finalfunc_extra, finalfunc_modify = read_write);
create aggregate app.how_many (*) (sfunc = int8inc, stype = bigint, initcond = '0');
create collation app.german (provider = icu, locale = 'de');
create collation app.plain (lc_collate = 'C', lc_ctype = 'C');
create conversion app.latin for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
create text search parser app.parser (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype, headline = prsd_headline);
create text search template app.stems (init = dsnowball_init, lexize = dsnowball_lexize);
create text search dictionary app.english (template = snowball, language = 'english', stopwords = 'english');
create text search configuration app.search (parser = "default");
alter text search configuration app.search add mapping for word, asciiword with app.english, simple;
create table app.items (id integer, status text, note text);
create statistics app.together (ndistinct, mcv) on id, status, lower(note) from app.items;
set client_min_messages = warning;
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
insert into mutations (what, sql) values
  ('domain gone', 'drop domain app.amount'),
  ('domain new', 'create domain app.another as integer check (value > 0)'),
  ('domain type', 'drop domain app.amount; create domain app.amount as numeric(12, 2) default 0 constraint positive check (value >= 0)'),
  ('domain default', 'alter domain app.amount set default 1'),
  ('domain default gone', 'alter domain app.amount drop default'),
  ('domain not null', 'alter domain app.amount set not null'),
  ('domain collation', 'drop domain app.word; create domain app.word as text collate "POSIX"'),
  ('domain owner', 'alter domain app.amount owner to mutation_other'),
  ('domain grants', 'grant usage on domain app.amount to mutation_app'),
  ('domain grants gone', 'revoke usage on domain app.amount from public'),
  ('domain comment', 'comment on domain app.amount is ''euros'''),
  ('domain constraint gone', 'alter domain app.amount drop constraint positive'),
  ('domain constraint new', 'alter domain app.amount add constraint small check (value < 100)'),
  ('domain constraint expression', 'alter domain app.amount drop constraint positive; alter domain app.amount add constraint positive check (value > 0)'),
  ('domain constraint not valid', 'alter domain app.amount drop constraint positive; alter domain app.amount add constraint positive check (value >= 0) not valid'),
  ('domain constraint comment', 'comment on constraint positive on domain app.amount is ''or nothing'''),
  ('composite gone', 'drop type app.address'),
  ('composite new', 'create type app.another as (a integer)'),
  ('composite attribute new', 'alter type app.address add attribute town text'),
  ('composite attribute gone', 'alter type app.address drop attribute no'),
  ('composite attribute type', 'alter type app.address alter attribute no type bigint'),
  ('composite attribute collation', 'alter type app.address alter attribute street type text collate "C"'),
  ('composite attribute renamed', 'alter type app.address rename attribute no to number'),
  ('composite attribute order', 'alter type app.address drop attribute street; alter type app.address add attribute street text'),
  ('composite attribute comment', 'comment on column app.address.no is ''of the house'''),
  ('composite owner', 'alter type app.address owner to mutation_other'),
  ('composite grants', 'revoke usage on type app.address from public'),
  ('composite comment', 'comment on type app.address is ''where'''),
  ('range gone', 'drop type app.span'),
  ('range new', 'create type app.another as range (subtype = integer)'),
  ('range subtype', 'drop type app.words; create type app.words as range (subtype = name)'),
  ('range operator class', 'drop type app.words; create type app.words as range (subtype = text, subtype_opclass = text_pattern_ops)'),
  ('range collation', 'drop type app.words; create type app.words as range (subtype = text, collation = "C")'),
  ('range canonical', 'update pg_range set rngcanonical = ''int4range_canonical''::regproc where rngtypid = ''app.words''::regtype'),
  ('range difference', 'drop type app.span; create type app.span as range (subtype = double precision, subtype_diff = app.apart, multirange_type_name = app.spans)'),
  ('range multirange', 'alter type app.spans rename to many_spans'),
  ('range owner', 'alter type app.span owner to mutation_other'),
  ('range grants', 'grant usage on type app.span to mutation_app'),
  ('range comment', 'comment on type app.span is ''from to'''),
  ('base type gone', 'drop type app.long cascade'),
  ('base type shell new', 'create type app.another'),
  ('base type receive', 'alter type app.whole set (receive = app.whole_receive)'),
  ('base type send', 'alter type app.whole set (send = app.whole_send)'),
  ('base type typmod in', 'alter type app.whole set (typmod_in = numerictypmodin)'),
  ('base type typmod out', 'alter type app.whole set (typmod_out = numerictypmodout)'),
  ('base type analyze', 'alter type app.whole set (analyze = range_typanalyze)'),
  ('base type subscript', 'alter type app.whole set (subscript = jsonb_subscript_handler)'),
  ('base type storage', 'alter type app.long set (storage = main)'),
  ('base type input', 'update pg_type set typinput = ''int4in'' where oid = ''app.whole''::regtype'),
  ('base type output', 'update pg_type set typoutput = ''int4out'' where oid = ''app.whole''::regtype'),
  ('base type length', 'update pg_type set typlen = 2 where oid = ''app.whole''::regtype'),
  ('base type by value', 'update pg_type set typbyval = false where oid = ''app.whole''::regtype'),
  ('base type alignment', 'update pg_type set typalign = ''d'' where oid = ''app.whole''::regtype'),
  ('base type category', 'update pg_type set typcategory = ''N'' where oid = ''app.whole''::regtype'),
  ('base type preferred', 'update pg_type set typispreferred = true where oid = ''app.whole''::regtype'),
  ('base type default', 'update pg_type set typdefault = '''' where oid = ''app.whole''::regtype'),
  ('base type element', 'update pg_type set typelem = ''integer''::regtype where oid = ''app.whole''::regtype'),
  ('base type delimiter', 'update pg_type set typdelim = '';'' where oid = ''app.whole''::regtype'),
  ('base type collatable', 'update pg_type set typcollation = 100 where oid = ''app.long''::regtype'),
  ('base type owner', 'alter type app.whole owner to mutation_other'),
  ('base type grants', 'revoke usage on type app.whole from public'),
  ('base type comment', 'comment on type app.whole is ''no fraction'''),
  ('aggregate gone', 'drop aggregate app.product(numeric)'),
  ('aggregate new', 'create aggregate app.another (integer) (sfunc = int4pl, stype = integer)'),
  ('aggregate argument name', 'drop aggregate app.product(numeric); create aggregate app.product (factor numeric) (sfunc = numeric_mul, stype = numeric, initcond = ''1'')'),
  ('aggregate sfunc', 'create or replace aggregate app.product (numeric) (sfunc = numeric_add, stype = numeric, initcond = ''1'')'),
  ('aggregate stype', 'update pg_aggregate set aggtranstype = ''bigint''::regtype where aggfnoid = ''app.product''::regproc'),
  ('aggregate sspace', 'create or replace aggregate app.product (numeric) (sfunc = numeric_mul, stype = numeric, initcond = ''1'', sspace = 64)'),
  ('aggregate finalfunc', 'create or replace aggregate app.product (numeric) (sfunc = numeric_mul, stype = numeric, initcond = ''1'', finalfunc = numeric_abs)'),
  ('aggregate finalfunc extra', 'update pg_aggregate set aggfinalextra = false where aggfnoid = ''app.share''::regproc'),
  ('aggregate finalfunc modify', 'create or replace aggregate app.share (double precision order by double precision) (sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_disc_final, finalfunc_extra, finalfunc_modify = shareable)'),
  ('aggregate combinefunc', 'create or replace aggregate app.product (numeric) (sfunc = numeric_mul, stype = numeric, initcond = ''1'', combinefunc = numeric_mul)'),
  ('aggregate serialfunc', 'update pg_aggregate set aggserialfn = ''numeric_avg_serialize''::regproc where aggfnoid = ''app.share''::regproc'),
  ('aggregate deserialfunc', 'update pg_aggregate set aggdeserialfn = ''numeric_avg_deserialize''::regproc where aggfnoid = ''app.share''::regproc'),
  ('aggregate initcond', 'create or replace aggregate app.product (numeric) (sfunc = numeric_mul, stype = numeric, initcond = ''2'')'),
  ('aggregate initcond gone', 'create or replace aggregate app.product (numeric) (sfunc = numeric_mul, stype = numeric)'),
  ('aggregate sortop', 'update pg_aggregate set aggsortop = ''pg_catalog.<(numeric,numeric)''::regoperator where aggfnoid = ''app.product''::regproc'),
  ('aggregate msfunc', 'update pg_aggregate set aggmtransfn = ''int8dec_any''::regproc where aggfnoid = ''app.moving''::regproc'),
  ('aggregate minvfunc', 'update pg_aggregate set aggminvtransfn = ''int8inc_any''::regproc where aggfnoid = ''app.moving''::regproc'),
  ('aggregate mstype', 'update pg_aggregate set aggmtranstype = ''integer''::regtype where aggfnoid = ''app.moving''::regproc'),
  ('aggregate msspace', 'update pg_aggregate set aggmtransspace = 8 where aggfnoid = ''app.moving''::regproc'),
  ('aggregate mfinalfunc', 'create or replace aggregate app.moving (bigint) (sfunc = int8inc_any, stype = bigint, msfunc = int8inc_any, minvfunc = int8dec_any, mstype = bigint, minitcond = ''0'', mfinalfunc = int8abs)'),
  ('aggregate mfinalfunc extra', 'update pg_aggregate set aggmfinalextra = true where aggfnoid = ''app.moving''::regproc'),
  ('aggregate minitcond', 'update pg_aggregate set aggminitval = ''1'' where aggfnoid = ''app.moving''::regproc'),
  ('aggregate parallel', 'create or replace aggregate app.product (numeric) (sfunc = numeric_mul, stype = numeric, initcond = ''1'', parallel = safe)'),
  ('aggregate kind', 'update pg_aggregate set aggkind = ''h'' where aggfnoid = ''app.share''::regproc'),
  ('aggregate direct arguments', 'update pg_aggregate set aggnumdirectargs = 2 where aggfnoid = ''app.share''::regproc'),
  ('aggregate returns', 'update pg_proc set prorettype = ''bigint''::regtype where oid = ''app.product''::regproc'),
  ('aggregate owner', 'alter aggregate app.how_many(*) owner to mutation_other'),
  ('aggregate grants', 'revoke execute on function app.how_many() from public'),
  ('aggregate comment', 'comment on aggregate app.how_many(*) is ''rows'''),
  ('operator gone', 'drop operator app.= (app.whole, integer) cascade'),
  ('operator new', 'create operator app.+ (rightarg = integer, function = int4um)'),
  ('operator function', 'update pg_operator set oprcode = ''app.whole_not''::regproc where oid = ''app.<(app.whole,app.whole)''::regoperator'),
  ('operator returns', 'update pg_operator set oprresult = ''integer''::regtype where oid = ''app.<(app.whole,app.whole)''::regoperator'),
  ('operator commutator', 'update pg_operator set oprcom = oid where oid = ''app.<>(app.whole,app.whole)''::regoperator'),
  ('operator negator', 'update pg_operator set oprnegate = ''app.=(app.whole,app.whole)''::regoperator where oid = ''app.<>(app.whole,app.whole)''::regoperator'),
  ('operator restrict', 'alter operator app.< (app.whole, app.whole) set (restrict = scalarltsel)'),
  ('operator restrict gone', 'alter operator app.= (app.whole, app.whole) set (restrict = none)'),
  ('operator join', 'alter operator app.< (app.whole, app.whole) set (join = scalarltjoinsel)'),
  ('operator hashes', 'update pg_operator set oprcanhash = true where oid = ''app.=(app.whole,app.whole)''::regoperator'),
  ('operator merges', 'update pg_operator set oprcanmerge = true where oid = ''app.=(app.whole,app.whole)''::regoperator'),
  ('operator owner', 'alter operator app.< (app.whole, app.whole) owner to mutation_other'),
  ('operator comment', 'comment on operator app.< (app.whole, app.whole) is ''less'''),
  ('operator class gone', 'drop operator class app.whole_ops using btree'),
  ('operator class new', 'create operator class app.another for type app.whole using hash as operator 1 app.='),
  ('operator class type', 'update pg_opclass set opcintype = ''integer''::regtype where opcname = ''whole_ops'''),
  ('operator class default', 'update pg_opclass set opcdefault = true where opcname = ''whole_ops'''),
  ('operator class family', 'update pg_opclass set opcfamily = (select oid from pg_opfamily where opfname = ''integer_ops'' and opfmethod = 403) where opcname = ''whole_ops'''),
  ('operator class storage', 'update pg_opclass set opckeytype = ''integer''::regtype where opcname = ''whole_ops'''),
  ('operator class operator', 'alter operator family app.wholes using btree add operator 2 app.<> (app.whole, app.whole)'),
  ('operator class function', 'alter operator family app.wholes using btree add function 4 (app.whole, app.whole) btequalimage(oid)'),
  ('operator class owner', 'alter operator class app.whole_ops using btree owner to mutation_other'),
  ('operator class comment', 'comment on operator class app.whole_ops using btree is ''ordered'''),
  ('operator family gone', 'drop operator family app.wholes using btree cascade'),
  ('operator family new', 'create operator family app.another using hash'),
  ('operator family operator', 'alter operator family app.wholes using btree add operator 3 app.= (app.whole, integer)'),
  ('operator family function', 'alter operator family app.wholes using btree add function 1 (app.whole, integer) app.whole_order(app.whole, integer)'),
  ('operator family owner', 'alter operator family app.wholes using btree owner to mutation_other'),
  ('operator family comment', 'comment on operator family app.wholes using btree is ''relatives'''),
  ('cast gone', 'drop cast (app.whole as integer)'),
  ('cast new', 'create cast (app.whole as app.long) with inout'),
  ('cast context', 'drop cast (app.whole as integer); create cast (app.whole as integer) without function as implicit'),
  ('cast context narrower', 'drop cast (app.whole as integer); create cast (app.whole as integer) without function'),
  ('cast method', 'drop cast (app.whole as integer); create cast (app.whole as integer) with inout as assignment'),
  ('cast function', 'drop cast (integer as app.whole); create cast (integer as app.whole) with function app.as_whole(integer)'),
  ('cast comment', 'comment on cast (integer as app.whole) is ''absolute'''),
  ('access method gone', 'drop access method mutation_method'),
  ('access method new', 'create access method another_method type table handler heap_tableam_handler'),
  ('access method type and handler', 'drop access method mutation_method; create access method mutation_method type table handler heap_tableam_handler'),
  ('access method handler', 'drop access method mutation_method; create access method mutation_method type index handler hashhandler'),
  ('access method comment', 'comment on access method mutation_method is ''a tree'''),
  ('language gone', 'drop language mutation_language cascade'),
  ('language new', 'create language another_language handler plpgsql_call_handler'),
  ('language untrusted', 'create or replace language mutation_language handler plpgsql_call_handler inline plpgsql_inline_handler validator plpgsql_validator'),
  ('language handler', 'update pg_language set lanplcallfoid = ''fmgr_c_validator''::regproc where lanname = ''mutation_language'''),
  ('language inline', 'create or replace trusted language mutation_language handler plpgsql_call_handler validator plpgsql_validator'),
  ('language validator', 'create or replace trusted language mutation_language handler plpgsql_call_handler inline plpgsql_inline_handler'),
  ('language owner', 'alter language mutation_language owner to mutation_other'),
  ('language grants', 'grant usage on language mutation_language to mutation_app'),
  ('language comment', 'comment on language mutation_language is ''another name'''),
  ('transform gone', 'drop transform for integer language mutation_language'),
  ('transform new', 'create transform for bigint language mutation_language (from sql with function prsd_lextype(internal))'),
  ('transform from sql', 'create or replace transform for integer language mutation_language (from sql with function gist_point_compress(internal), to sql with function int4recv(internal))'),
  ('transform to sql', 'create or replace transform for integer language mutation_language (from sql with function prsd_lextype(internal))'),
  ('transform comment', 'comment on transform for integer language mutation_language is ''numbers'''),
  ('conversion gone', 'drop conversion app.latin'),
  ('conversion new', 'create conversion app.another for ''UTF8'' to ''LATIN1'' from utf8_to_iso8859_1'),
  ('conversion source', 'update pg_conversion set conforencoding = pg_char_to_encoding(''LATIN2'') where conname = ''latin'''),
  ('conversion target', 'update pg_conversion set contoencoding = pg_char_to_encoding(''LATIN2'') where conname = ''latin'''),
  ('conversion function', 'update pg_conversion set conproc = ''iso8859_to_utf8''::regproc where conname = ''latin'''),
  ('conversion default', 'drop conversion app.latin; create default conversion app.latin for ''LATIN1'' to ''UTF8'' from iso8859_1_to_utf8'),
  ('conversion owner', 'alter conversion app.latin owner to mutation_other'),
  ('conversion comment', 'comment on conversion app.latin is ''old'''),
  ('collation gone', 'drop collation app.german'),
  ('collation new', 'create collation app.another (lc_collate = ''C'', lc_ctype = ''C'')'),
  ('collation provider and locale', 'drop collation app.german; create collation app.german (provider = libc, locale = ''C'')'),
  ('collation locale', 'drop collation app.german; create collation app.german (provider = icu, locale = ''en'')'),
  ('collation lc_collate', 'update pg_collation set collcollate = ''POSIX'' where collname = ''plain'''),
  ('collation lc_ctype', 'update pg_collation set collctype = ''POSIX'' where collname = ''plain'''),
  ('collation deterministic', 'drop collation app.german; create collation app.german (provider = icu, locale = ''de'', deterministic = false)'),
  ('collation version', 'update pg_collation set collversion = ''1'' where collname = ''german'''),
  ('collation owner', 'alter collation app.german owner to mutation_other'),
  ('collation comment', 'comment on collation app.german is ''German'''),
  ('configuration gone', 'drop text search configuration app.search'),
  ('configuration new', 'create text search configuration app.another (parser = "default")'),
  ('configuration parser', 'update pg_ts_config set cfgparser = (select oid from pg_ts_parser where prsname = ''parser'') where cfgname = ''search'''),
  ('configuration mapping new', 'alter text search configuration app.search add mapping for email with simple'),
  ('configuration mapping gone', 'alter text search configuration app.search drop mapping for word'),
  ('configuration mapping', 'alter text search configuration app.search alter mapping for word with simple'),
  ('configuration order', 'alter text search configuration app.search alter mapping for word with simple, app.english'),
  ('configuration owner', 'alter text search configuration app.search owner to mutation_other'),
  ('configuration comment', 'comment on text search configuration app.search is ''all'''),
  ('dictionary gone', 'alter text search configuration app.search drop mapping for word, asciiword; drop text search dictionary app.english'),
  ('dictionary new', 'create text search dictionary app.another (template = simple)'),
  ('dictionary template', 'update pg_ts_dict set dicttemplate = (select oid from pg_ts_template where tmplname = ''stems'') where dictname = ''english'''),
  ('dictionary option', 'alter text search dictionary app.english (language = ''german'')'),
  ('dictionary option gone', 'alter text search dictionary app.english (stopwords)'),
  ('dictionary owner', 'alter text search dictionary app.english owner to mutation_other'),
  ('dictionary comment', 'comment on text search dictionary app.english is ''stems'''),
  ('parser gone', 'drop text search parser app.parser'),
  ('parser new', 'create text search parser app.another (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype)'),
  ('parser start', 'update pg_ts_parser set prsstart = ''int4mi''::regproc where prsname = ''parser'''),
  ('parser gettoken', 'update pg_ts_parser set prstoken = ''int4mi''::regproc where prsname = ''parser'''),
  ('parser end', 'update pg_ts_parser set prsend = ''int4mi''::regproc where prsname = ''parser'''),
  ('parser headline', 'drop text search parser app.parser; create text search parser app.parser (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype)'),
  ('parser lextypes', 'update pg_ts_parser set prslextype = ''int4mi''::regproc where prsname = ''parser'''),
  ('parser comment', 'comment on text search parser app.parser is ''words'''),
  ('template gone', 'drop text search template app.stems'),
  ('template new', 'create text search template app.another (lexize = dsimple_lexize)'),
  ('template init', 'drop text search template app.stems; create text search template app.stems (lexize = dsnowball_lexize)'),
  ('template lexize', 'drop text search template app.stems; create text search template app.stems (init = dsnowball_init, lexize = dsimple_lexize)'),
  ('template comment', 'comment on text search template app.stems is ''stems'''),
  ('statistics gone', 'drop statistics app.together'),
  ('statistics new', 'create statistics app.another on id, note from app.items'),
  ('statistics kinds', 'drop statistics app.together; create statistics app.together (ndistinct) on id, status, lower(note) from app.items'),
  ('statistics columns', 'drop statistics app.together; create statistics app.together (ndistinct, mcv) on id, note, lower(note) from app.items'),
  ('statistics expressions', 'drop statistics app.together; create statistics app.together (ndistinct, mcv) on id, status, upper(note) from app.items'),
  ('statistics target', 'alter statistics app.together set statistics 100'),
  ('statistics owner', 'alter statistics app.together owner to mutation_other'),
  ('statistics comment', 'comment on statistics app.together is ''plans''');

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
