-- What goes with a row, by which keys and with which types; delete_safely() does the same.
create database proapp_deletion_plan;
\c proapp_deletion_plan
set client_min_messages = warning;
create extension proapp_schema;

-- referenced column set null, ON UPDATE no action
create table a(id int primary key);
create table b(id int primary key, a_id int unique references a on delete set null);
create table c(id int primary key, ba int references b(a_id));
insert into a values(1);
insert into b values(1,1);
insert into c values(1,1);
select * from proapp.deletion_plan('a','1');
select action,row_count from proapp.delete_safely('a','1');
select * from c, b;
alter table c drop constraint c_ba_fkey, add foreign key (ba) references b(a_id) on update cascade;
select action,row_count from proapp.delete_safely('a','1');
select * from c, b;

-- volatile default = deleted key
create function vd() returns int language sql volatile as 'select 5';
create table p(id int primary key);
create table ch(id int primary key, p int default vd() references p on delete set default);
insert into p values(5),(6);
insert into ch values(1,5);
select * from proapp.deletion_plan('p','5');
select * from proapp.delete_safely('p','5');
select action,row_count from proapp.delete_safely('p','6');

-- match full with set null list
create table mp(a int,b int,primary key(a,b));
create table mc(id int primary key,a int,b int, foreign key(a,b) references mp match full on delete set null (a));
insert into mp values(1,1);
insert into mc values(1,1,1);
select * from proapp.deletion_plan('mp','{"a":1,"b":1}');
select * from proapp.delete_safely('mp','{"a":1,"b":1}');

-- int4/int8, domain, enum, citext-like, array/range key
create extension citext ;
create type mood as enum('x','y');
create domain dt as text check (value<>'');
create table ek(id mood primary key);
create table ec(id int primary key, e mood references ek on delete cascade);
insert into ek values('x'),('y');
insert into ec values(1,'x');
select relation,action,row_count from proapp.deletion_plan('ek','x');
select relation,action,row_count from proapp.delete_safely('ek','x');
create table ck(id citext primary key);
create table cc(id int primary key, e citext references ck on delete cascade);
insert into ck values('Abc');
insert into cc values(1,'aBC'),(2,'ABC');
select relation,action,row_count from proapp.deletion_plan('ck','abC');
select relation,action,row_count from proapp.delete_safely('ck','ABC');
create table dk(id dt primary key);
create table dc(id int primary key, e dt references dk on delete cascade);
insert into dk values('q');
insert into dc values(1,'q');
select relation,action,row_count from proapp.deletion_plan('dk','q');
select relation,action,row_count from proapp.delete_safely('dk','q');
create table ak(id int[] primary key);
create table ac(id int primary key, e int[] references ak on delete cascade);
insert into ak values('{1,2}');
insert into ac values(1,'{1,2}');
select relation,action,row_count from proapp.deletion_plan('ak','{1,2}');
select relation,action,row_count from proapp.delete_safely('ak','{1,2}');
create table rk(id int4range primary key);
create table rc(id int primary key, e int4range references rk on delete cascade);
insert into rk values('[1,2)');
insert into rc values(1,'[1,2)');
select relation,action,row_count from proapp.deletion_plan('rk','[1,1]');
select relation,action,row_count from proapp.delete_safely('rk','[1,2)');
create table vk(id varchar(10) primary key);
create table vc(id int primary key, e text references vk on delete cascade);
insert into vk values('v');
insert into vc values(1,'v');
select relation,action,row_count from proapp.deletion_plan('vk','v');
select relation,action,row_count from proapp.delete_safely('vk','v');
create table hk(id char(5) primary key);
create table hc(id int primary key, e char(8) references hk on delete cascade);
insert into hk values('v');
insert into hc values(1,'v');
select relation,action,row_count from proapp.deletion_plan('hk','v');
select relation,action,row_count from proapp.delete_safely('hk','v   ');
create table ik(id int primary key);
create table ic(id int primary key, e bigint references ik on delete cascade, s smallint references ik on delete cascade);
insert into ik values(1);
insert into ic values(1,1,null),(2,null,1);
select relation,action,row_count from proapp.deletion_plan('ik','1');
select relation,action,row_count from proapp.delete_safely('ik',' 1 ');
create type comp as (a int,b text);
create table xk(id comp primary key);
create table xc(id int primary key, e comp references xk on delete cascade);
insert into xk values('(1,a)');
insert into xc values(1,'(1,a)');
select relation,action,row_count from proapp.deletion_plan('xk','(1,a)');
select relation,action,row_count from proapp.delete_safely('xk','(1,a)');

-- collation
create collation ci (provider=icu, locale='und-u-ks-level2', deterministic=false);
create table lk(id text collate ci primary key);
create table lc(id int primary key, e text collate ci references lk on delete cascade, f text references lk on delete cascade);
insert into lk values('Abc');
insert into lc values(1,'aBC',null),(2,null,'ABC');
select relation,action,row_count from proapp.deletion_plan('lk','abC');
select relation,action,row_count from proapp.delete_safely('lk','ABC');

-- odd names
create table "A ""b' $1"("I d;--" int primary key, "c.d" int references "A ""b' $1" on delete cascade);
insert into "A ""b' $1" values(1,null),(2,1);
select relation,via,action,row_count from proapp.deletion_plan('"A ""b'' $1"','1');
select relation,action,row_count from proapp.delete_safely('"A ""b'' $1"','{"I d;--":1}'::jsonb);
select * from proapp.deletion_plan('ik','77');
select * from proapp.delete_safely('ik','77');
select * from proapp.delete_safely('ik',null);
select * from proapp.delete_safely('ik','abc');

-- request key
insert into ik values(1),(2);
select deletion as d1 from proapp.delete_safely('ik','1',null,'rq') \gset
select deletion=:'d1' as same, action, row_count from proapp.delete_safely('ik','{"id":1}'::jsonb,'other','rq');
select * from proapp.delete_safely('ik','2',null,'rq');

-- read only
begin read only;
select action,row_count from proapp.deletion_plan('ik','2');
select * from proapp.delete_safely('ik','2');
rollback;
set proapp.plan_row_limit=3;
create table bg(id int primary key);
create table bgc(id int primary key, b int references bg on delete cascade);
insert into bg values(1);
insert into bgc select g,1 from generate_series(1,10) g; 
select relation,action,row_count,detail from proapp.deletion_plan('bg','1');
reset proapp.plan_row_limit;

\c contrib_regression
drop database proapp_deletion_plan;
