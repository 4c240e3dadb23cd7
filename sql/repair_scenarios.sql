-- Repair in both directions: from a changed state to the first one, and from there to the changed one. Proven each time, and no row is lost on the way.
create database proapp_repair_scenarios;
\c proapp_repair_scenarios
set client_min_messages = error;
create extension proapp_schema;
create role scenario_app;
create role scenario_other;
\getenv source PG_ABS_SRCDIR
\set list :source '/test/fixtures/repair_scenarios.sql'
create table public.scenarios (n integer generated always as identity primary key, what text, setup text, change text, probe text);
\i :list
-- Everything is taken back at the end of a scenario.
create function public.repaired(baseline text) returns text language plpgsql as $$
declare
  verdict text;
begin
  select string_agg(r.outcome || coalesce(': ' || r.reason, ''), E'\n' order by r.step) into verdict
  from proapp.repair(baseline, false, '{row_loss, rewrite}') r
  where r.statement is null and r.outcome <> 'proven' and r.reason !~ 'column_order';
  if verdict is null and proapp.manifest_digest('!public.*', '!schema:public', '!s3.*', '!schema:s3') <> (select b.digest from proapp.baselines b where b.baseline = repaired.baseline) then
    return 'another digest';
  end if;
  return coalesce(verdict, 'proven');
end
$$;
create function public.play(setup text, change text, probe text) returns text language plpgsql as $$
declare
  answers text[];
  answer text;
  told text[];
begin
  begin
    create schema s;
    create schema s2;
    create schema s3;
    create schema "S 2";
    execute setup;
    execute probe into answer;
    answers := array_append(answers, answer);
    perform proapp.save_baseline('first', '!public.*', '!schema:public', '!s3.*', '!schema:s3');
    execute change;
    perform proapp.save_baseline('second', '!public.*', '!schema:public', '!s3.*', '!schema:s3');
    foreach answer in array array['first', 'second', 'first'] loop
      told := array_append(told, public.repaired(answer));
      execute probe into answer;
      answers := array_append(answers, answer);
    end loop;
    raise exception using errcode = 'PR001';
  exception when sqlstate 'PR001' then null;
  end;
  return array_to_string(told, ', ') || case when (select count(distinct coalesce(a, '')) from unnest(answers) a) = 1 then ', rows kept' else ', rows: ' || array_to_string(answers, ' then ', 'nothing') end;
exception when others then
  return sqlstate || ' ' || sqlerrm;
end
$$;
select n, what, public.play(setup, change, probe) as outcome from public.scenarios order by n;
\c contrib_regression
drop database proapp_repair_scenarios;
drop role scenario_app;
drop role scenario_other;
