create table public.vg_pair (a int, b text, primary key (a, b));

create table public.vg_blocking (a int, b varchar(10), c int[], note json);

create table public.vg_key (id text primary key);

create table public.vg_holder (ids text[], subject text, subject_id varchar);

do $$
declare
  condition text;
begin
  foreach condition in array array['a > 0', 'a >', 'true) or (true', 'a, b', 'exists (select from public.vg_key k where k.id = b.b)', 'random() > 0', 'b is not null and note::text <> ''x''', 'x = 1', '', repeat('(', 1000) || 'true' || repeat(')', 1000)] loop
    begin
      perform proapp.add_blocker('public.vg_pair', 'public.vg_blocking', array['a', 'b=b'], condition, 'no');
      perform proapp.protect('public.vg_pair', replace(condition, 'note', 'a'));
    exception
      when others then null;
    end;
  end loop;
  perform proapp.add_blocker('public.vg_pair', 'public.vg_blocking', array['c=a'], 'b.* is not null', null);
  perform proapp.add_reference('public.vg_key', 'public.vg_holder', 'ids', 'array');
  perform proapp.add_reference('public.vg_key', 'public.vg_holder', 'subject_id', 'polymorphic:subject=key');
end $$;

insert into public.vg_pair values (1, 'x'), (2, 'y');

insert into public.vg_key select 'k' || i from generate_series(1, 20) i;

do $$
begin
  insert into public.vg_blocking values (1, 'x', '{1,2,null}', '{}'), (null, 'x', null, null), (7, 'z', '{}', 'null');
  update public.vg_blocking set note = '[]', c = c || 2;
  insert into public.vg_holder values ('{k3,k1,NULL,k2,k1}', 'key', 'k4'), (null, null, null), ('{}', 'other', 'k99');
  update public.vg_holder set ids = ids || '{k9}';
  alter table public.vg_key rename to vg_keys;
  begin
    insert into public.vg_holder values ('{k3}');
  exception
    when others then null;
  end;
  alter table public.vg_keys rename to vg_key;
  insert into public.vg_holder values ('{k3}');
  begin
    insert into public.vg_holder values ('{k3,kx}');
  exception
    when others then null;
  end;
  perform proapp.hold('public.vg_pair', '{"a": 1, "b": "x"}', 'held');
  perform proapp.hold('public.vg_key', 'k1', 'held', '2000-01-01');
  perform proapp.release_hold('public.vg_key', 'k1');
  perform proapp.remove_blocker('public.vg_pair', 'public.vg_blocking', 'a > 0');
end $$;

select count(*) from proapp.blockers, proapp.registered_references, proapp.protected_relations, proapp.holds;

select 'yes' as session_end;
