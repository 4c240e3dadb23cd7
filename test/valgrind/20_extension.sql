create extension proapp_schema;

select proapp.restoring();

set proapp.restoring = on;

select proapp.restoring();

reset proapp.restoring;

select 'yes' as session_end;

