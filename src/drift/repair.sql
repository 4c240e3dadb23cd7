-- repair: back to what a baseline says

create function proapp.repair(baseline text default null, dry_run boolean default true, allow text[] default '{}')
  returns table(step integer, statement text, hazard text, outcome text, reason text)
  language c volatile as 'MODULE_PATHNAME', 'proapp_repair';
comment on function proapp.repair(text, boolean, text[]) is
  'Makes the database what the baseline says, or tries it and takes everything back (dry_run, the default). One row a statement, in the order in which they went through, with what it costs (hazard); '
  'then a row for each difference that stays, with the reason; last whether it is proven that nothing differs any more. Without dry_run all of it is kept where that is proven, and nothing otherwise. '
  'Statements run in the caller''s rights and take their locks also when they are only tried. '
  'allow names what may be paid: row_loss (rows or values are lost), rewrite (a table with rows is written anew), imported (statements of a baseline that came from elsewhere). '
  'Null means the only baseline there is. Errors: 42704, 55000 and 22023 as for drift(), 22023 for another word in allow, 25006 in a read-only transaction.';

create function proapp.repair_script(baseline text default null)
  returns text
  language c volatile as 'MODULE_PATHNAME', 'proapp_repair_script';
comment on function proapp.repair_script(text) is
  'The statements of repair() as a script for psql, in one transaction, with their hazards as comments; tried and taken back, and its head says whether it was proven. Changes nothing. Errors as for repair().';
