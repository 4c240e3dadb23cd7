-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_auditsuite UPDATE TO '1.2.0'" to load this file. \quit

select proapp.migrate_down('auditsuite', '1.3.0', $down$
select proapp.drop_baseline(baseline) from proapp.baselines where baseline = 'auditsuite';
select proapp.accept_finding('cascade_into_records', f.object, null) from proapp.accepted_findings f where f.check_id = 'cascade_into_records' and f.reason like 'Audit suite: %';
select proapp.unexpect('function', 'public.auditsuite_self_test()');
drop function public.auditsuite_self_test();
$down$);
