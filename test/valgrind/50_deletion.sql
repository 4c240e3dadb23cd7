create table tree (id int primary key, above int references tree on delete cascade, note text);

create table part (a int, b int, tree int references tree on delete cascade, primary key (a, b)) partition by list (a);

create table part_1 partition of part for values in (1);

create table part_2 (gone int, b int not null, tree int, a int not null);

alter table part_2 drop column gone;

alter table part attach partition part_2 for values in (2);

create table leaf (x int, y int, one int references tree on delete set null, two int default 1 references tree on delete set default, foreign key (x, y) references part on delete set null (y));

create table bill (id int primary key, tree int references tree);

create table list (id int primary key, trees int[] not null);

insert into tree values (1, null, 'a'), (2, 1, 'b'), (3, 2, 'c'), (4, 4, repeat('d', 10000));

insert into part values (1, 1, 2), (2, 1, 3), (2, 2, 4);

insert into leaf values (1, 1, 2, 3), (2, 1, 3, 3), (2, 2, null, null);

insert into bill values (1, 4);

insert into list values (1, array[3, 4]);

select proapp.add_reference('tree', 'list', 'trees', 'array');

select * from proapp.deletion_plan('tree', '1');

select * from proapp.deletion_plan('tree', '4', true);

select * from proapp.deletion_plan('part', '{"a": 2, "b": 1}'::jsonb);

do $$ begin perform proapp.delete_safely('tree', '2'); exception when others then raise notice '%', sqlerrm; end $$;

do $$ begin perform proapp.delete_safely('tree', '4'); exception when others then raise notice '%', sqlerrm; end $$;

update list set trees = '{}';

select relation, action, row_count from proapp.delete_safely('tree', '2', 'why', 'request');

select relation, action, row_count from proapp.delete_safely('tree', '{"id": 2}'::jsonb, null, 'request');

select * from leaf;

select 'yes' as session_end;

