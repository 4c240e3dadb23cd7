create schema undelete;

create table undelete.root (id int primary key, c text);

create table undelete.part (id int, root int references undelete.root on delete cascade, n int default 0, primary key (id)) partition by range (id);

create table undelete.part_1 partition of undelete.part for values from (0) to (10);

create table undelete.part_2 partition of undelete.part for values from (10) to (2000);

create table undelete.victim (note text, root int references undelete.root on delete set null);

create function undelete.stamp() returns trigger language plpgsql as 'begin new.n := new.n + 1; return new; end';

create trigger stamp before insert on undelete.part for each row execute function undelete.stamp();

create function undelete.count() returns trigger language plpgsql as 'begin update undelete.root set c = c || ''x'' where id = new.root; return null; end';

create trigger count after insert on undelete.part for each row execute function undelete.count();

insert into undelete.root values (1, 'a'), (2, 'b');

insert into undelete.part select i, 1 + i % 2, 0 from generate_series(1, 1500) i;

insert into undelete.victim values ('a', 1), ('b', 1), ('b', 1), ('c', 2);

do $$
declare
  one uuid;
  two uuid;
begin
  for round in 1 .. 2 loop
    select distinct deletion into one from proapp.delete_safely('undelete.root', '1');
    select distinct deletion into two from proapp.delete_safely('undelete.root', '2');
    insert into undelete.root values (1, 'other');
    begin
      perform proapp.undelete(one);
      raise 'not refused';
    exception
      when object_not_in_prerequisite_state then null;
    end;
    delete from undelete.root where id = 1;
    alter table undelete.part alter column n type bigint;
    perform proapp.undelete(one);
    perform proapp.undelete(one);
    perform proapp.undelete(two);
  end loop;
end $$;

select count(*) from proapp.deletion_archive;

select proapp.purge_archive('0');

select count(*) from undelete.part where n <> 1;

drop schema undelete cascade;

select 'yes' as session_end;
