create schema leaving;

create table leaving.tenants (id int primary key, up int references leaving.tenants);

create table leaving.users (id int primary key, tenant int references leaving.tenants, tags text[], doc json);

create table leaving.notes (id int primary key, owner int references leaving.users on delete cascade, other int references leaving.users on delete set null);

insert into leaving.tenants values (1, null), (2, 1);

update leaving.tenants set up = null;

insert into leaving.users select i, 1 + i % 2, '{a,"b,\"c"}', '{"a":  1}' from generate_series(1, 40) i;

insert into leaving.notes select i, 1 + i % 40, 1 + i * 7 % 40 from generate_series(1, 200) i;

select count(*) from proapp.delete_safely('leaving.notes', '3');

select count(*) from proapp.delete_safely('leaving.users', '5');

select count(*) from proapp.export_tenant('leaving.tenants', '1');

select count(*) from proapp.export_tenant_files('leaving.tenants', '1', current_setting('data_directory'));

do $$ begin perform proapp.erase_tenant('leaving.tenants', '1'); exception when others then null; end $$;

update leaving.notes n set other = null from leaving.users u where n.other = u.id and u.tenant = 1;

select count(*) from proapp.erase_tenant('leaving.tenants', '1', 'ended');

select count(*) from proapp.erasures;

create table leaving.big (id int primary key);

create table leaving.parts (id int primary key, big int references leaving.big on delete cascade, up int references leaving.parts on delete cascade);

create table leaving.bits (id int primary key, part int references leaving.parts on delete cascade);

insert into leaving.big values (1);

insert into leaving.parts select i, 1, nullif(i / 2, 0) from generate_series(1, 10) i;

insert into leaving.bits select i, 1 + i % 10 from generate_series(1, 100) i;

select proapp.start_deletion('leaving.big', '1') is not null;

create procedure leaving.run() language plpgsql as $$ declare d uuid := deletion from proapp.deletions_running; begin call proapp.run_deletion(d, 7); end $$;

call leaving.run();

select count(*) from leaving.bits;

select count(*) from proapp.deletions_running;

select 'yes' as session_end;
