-- The claims scanner against PostgreSQL's own jsonb on made-up documents: the same verdict and the same text on each of them.
-- CLAIMS_INPUTS=10000000 script/test regress identity_fuzz tries as many; CLAIMS_SEED makes others.
create database proapp_identity_fuzz encoding 'UTF8' locale 'C' template template0;
\c proapp_identity_fuzz
set client_encoding = utf8;
\getenv source PG_ABS_SRCDIR
\set library :source '/test/boundary/boundary_probe'
create function compare(seed bigint, inputs bigint) returns table(outcome text, inputs_or_number bigint, example text) language c as :'library', 'boundary_claims';
\set inputs 500000
\set seed 1
\getenv inputs CLAIMS_INPUTS
\getenv seed CLAIMS_SEED
create table outcomes as select * from compare(:seed, :inputs);
select * from outcomes where outcome = 'disagreement' order by inputs_or_number;
select inputs_or_number as disagreements from outcomes where outcome = 'disagreements';
-- Nothing is proven by documents that are all bad, or all good.
select outcome, inputs_or_number > :inputs / 200 as enough from outcomes where outcome in ('found', 'container', 'missing', 'not an object', 'malformed') order by 1;
select sum(inputs_or_number) = :inputs as all_tried from outcomes where outcome not like 'disagreement%';
\c contrib_regression
drop database proapp_identity_fuzz;
