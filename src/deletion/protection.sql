-- protection: which tables are deleted from safely, what forbids a deletion, what references without a foreign key, and which rows are held

create function proapp.protect(relation regclass, allowed text default null) returns table(item text, next text)
  language c volatile parallel unsafe as 'MODULE_PATHNAME', 'proapp_protect';
comment on function proapp.protect(regclass, text) is
  'Registers that rows of a table are deleted by proapp.delete_safely(), by callers for whom allowed holds. Answers who can still delete directly, each with the REVOKE that ends it (nothing is revoked by itself), '
  'which tables take its rows along, and what guards its blockers and references; a guard that is missing is put back. Where the table has row-level security and a primary key, restrictive policy proapp_hides_deleted is made, '
  'which hides rows that are being deleted in batches. Called again with the same arguments it changes nothing; another allowed replaces. '
  'allowed: a boolean expression over the table''s columns; null: whoever may DELETE. '
  'Errors: 42809 for what is no permanent plain or partitioned table or has inheritance children; 42501 for a table that is not yours or the system''s; 42601, 42804, 42703 and the like for an expression that is none; '
  '22023 for one with volatile functions; 22004 for null; 55000 while the database is being restored.';

create function proapp.unprotect(relation text) returns table(item text, next text)
  language c volatile parallel unsafe as 'MODULE_PATHNAME', 'proapp_unprotect';
comment on function proapp.unprotect(text) is
  'Forgets that a table is protected, also one that is gone: then its former name, as proapp.protected_relations shows it. Blockers, references and held rows stay: the rows say which, and what forgets them. '
  'Errors: 42704 where it is not protected, 42501 for a table that is not yours, 22004 for null, 55000 while the database is being restored.';

create function proapp.protected_relations() returns table(relation text, allowed text, problem text)
  language c stable as 'MODULE_PATHNAME', 'proapp_protected_relations';
comment on function proapp.protected_relations() is 'The rows of view proapp.protected_relations.';

create view proapp.protected_relations as select * from proapp.protected_relations();
comment on view proapp.protected_relations is
  'What proapp.protect() registered: allowed is over the table as r. problem says why deletions are refused, such as a table that is gone; null where all is well.';

create function proapp.add_blocker(relation regclass, blocking regclass, match text[], condition text, message text) returns void
  language c volatile parallel unsafe as 'MODULE_PATHNAME', 'proapp_add_blocker';
comment on function proapp.add_blocker(regclass, regclass, text[], text, text) is
  'Registers what forbids a deletion: rows of blocking that match a row of relation and satisfy condition, with the application''s own message (null: none). Called again with the same arguments it changes nothing; another message replaces. '
  'match: a column of both tables, or ''blocking column=relation column'', as often as needed; a blocking column that is an array matches what it contains. condition: a boolean expression over blocking''s columns, sub-selects allowed; null: every matching row. '
  'Where no foreign key over these columns makes a new blocking row wait for a deletion, a trigger of blocking does: proapp.guard_deletion(). '
  'Errors: 42809, 42501, 42601 and the like as proapp.protect(); 42703 for a column that is not there; 42804 for columns that cannot be compared; 22023 for an empty match; 22004 for null; 55000 while the database is being restored.';

create function proapp.remove_blocker(relation text, blocking text, condition text default null) returns void
  language c volatile parallel unsafe as 'MODULE_PATHNAME', 'proapp_remove_blocker';
comment on function proapp.remove_blocker(text, text, text) is
  'Forgets the blockers between two tables, or those with this condition, and drops their guards. Tables that are gone are named as they were. '
  'Errors: 42704 where there is none, 42501 for a table that is not yours, 22004 for null, 55000 while the database is being restored.';

create function proapp.blockers() returns table(relation text, blocking text, match text[], condition text, message text, guard text, problem text)
  language c stable as 'MODULE_PATHNAME', 'proapp_blockers';
comment on function proapp.blockers() is 'The rows of view proapp.blockers.';

create view proapp.blockers as select * from proapp.blockers();
comment on view proapp.blockers is
  'What proapp.add_blocker() registered: match as blocking column=relation column, condition over blocking as b, and the foreign key or trigger that guards it. '
  'problem says why deletions are refused or what is not guarded; null where all is well.';

create function proapp.add_reference(relation regclass, referencing regclass, referencing_column name, kind text) returns void
  language c volatile parallel unsafe as 'MODULE_PATHNAME', 'proapp_add_reference';
comment on function proapp.add_reference(regclass, regclass, name, text) is
  'Registers that a column holds keys of relation without a foreign key: a row that it names is not deleted from under it, and a trigger, proapp.guard_deletion(), refuses new values that name no row (23503). '
  'What the column holds already is not checked. kind: ''array'' for an array of keys, ''polymorphic:<type column>=<value>'' for a key, of its own type or as text, in rows whose type column has that value. '
  'Called again with the same arguments it changes nothing. '
  'Errors: 42809, 42501 as proapp.protect(); 42703 for a column that is not there; 42804 for one of another type than the key; 42P10 for a relation without a key of one column; 22023 for another kind; '
  'what the type column''s type has against a value; 22004 for null; 55000 while the database is being restored.';

create function proapp.remove_reference(relation text, referencing text, referencing_column name) returns void
  language c volatile parallel unsafe as 'MODULE_PATHNAME', 'proapp_remove_reference';
comment on function proapp.remove_reference(text, text, name) is
  'Forgets what proapp.add_reference() registered of this column and relation, and drops its guards. Tables that are gone are named as they were. '
  'Errors: 42704 where there is none, 42501 for a table that is not yours, 22004 for null, 55000 while the database is being restored.';

create function proapp.registered_references() returns table(relation text, referencing text, referencing_column text, kind text, guard text, problem text)
  language c stable as 'MODULE_PATHNAME', 'proapp_registered_references';
comment on function proapp.registered_references() is 'The rows of view proapp.registered_references.';

create view proapp.registered_references as select * from proapp.registered_references();
comment on view proapp.registered_references is
  'What proapp.add_reference() registered, and the trigger that guards it. problem says why deletions are refused or what is not guarded; null where all is well.';

create function proapp.guard_deletion() returns trigger
  language c volatile parallel unsafe as 'MODULE_PATHNAME', 'proapp_guard_deletion';
comment on function proapp.guard_deletion() is
  'Trigger function of the guards that proapp.add_blocker() and proapp.add_reference() make: a new row waits for whoever is deleting what it names, as with a foreign key. '
  'Errors: 23503 for a reference to a row that is not there; 40001 where it was deleted meanwhile and the transaction keeps its snapshot; 55000 where the registration names what is gone; '
  '42501 where the table''s owner lacks REFERENCES on the other table; 39P01 for another call.';

create function proapp.hold(relation regclass, key text, reason text, until timestamptz default null) returns void
  language c volatile parallel unsafe as 'MODULE_PATHNAME', 'proapp_hold';
comment on function proapp.hold(regclass, text, text, timestamptz) is
  'Holds a row, such as for a court or an audit: nothing of proapp_schema deletes it until then, or until proapp.release_hold(). Called again with the same arguments it changes nothing; others replace. '
  'key: the value of a key of one column, or ''{"column": value}''. '
  'Errors: P0002 where there is no such row; 42P10 for a table without a key; 22023 for a key of another form; what the columns'' types have against a value (22P02 and the like); 42809, 42501 as proapp.protect(); '
  '22004 for null; 55000 while the database is being restored.';

create function proapp.hold(relation regclass, key jsonb, reason text, until timestamptz default null) returns void
  language c volatile parallel unsafe as 'MODULE_PATHNAME', 'proapp_hold_jsonb';
comment on function proapp.hold(regclass, jsonb, text, timestamptz) is 'As proapp.hold(regclass, text, text, timestamptz), with the key as an object.';

create function proapp.release_hold(relation text, key text) returns void
  language c volatile parallel unsafe as 'MODULE_PATHNAME', 'proapp_release_hold';
comment on function proapp.release_hold(text, text) is
  'Lets a held row go. key as in proapp.hold(); where the table or its key is gone, the jsonb that proapp.holds shows. Errors: 42704 where it is not held, 42501 for a table that is not yours, those of proapp.hold() for a key.';

create function proapp.release_hold(relation text, key jsonb) returns void
  language c volatile parallel unsafe as 'MODULE_PATHNAME', 'proapp_release_hold_jsonb';
comment on function proapp.release_hold(text, jsonb) is 'As proapp.release_hold(text, text), with the key as an object.';

create function proapp.holds() returns table(relation text, key jsonb, reason text, until timestamptz, held_by text, held_at timestamptz, expired boolean)
  language c stable as 'MODULE_PATHNAME', 'proapp_holds';
comment on function proapp.holds() is 'The rows of view proapp.holds.';

create view proapp.holds as select * from proapp.holds();
comment on view proapp.holds is 'What proapp.hold() keeps: each row by its key, why, until when (null: until it is released), and whether that is over.';
