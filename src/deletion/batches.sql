-- big trees: a deletion in batches

create function proapp.start_deletion(relation regclass, key text, reason text default null) returns uuid
  language c volatile as 'MODULE_PATHNAME', 'proapp_start_deletion';
comment on function proapp.start_deletion(regclass, text, text) is
  'Begins a deletion in batches, for trees that are too big for one transaction: plans it as proapp.delete_safely() would do it, with all that forbids it, and registers it; CALL proapp.run_deletion() with the answer deletes. '
  'Nothing is deleted yet, but rows of tables that are protected and have row-level security are hidden from now on; a NOTICE names the others, whose rows stay visible until their batch. Null where there is no such row; one that is begun already is answered again. Errors: as for proapp.delete_safely().';

create function proapp.start_deletion(relation regclass, key jsonb, reason text default null) returns uuid
  language c volatile as 'MODULE_PATHNAME', 'proapp_start_deletion';
comment on function proapp.start_deletion(regclass, jsonb, text) is 'proapp.start_deletion() for a key of any number of columns: {"column": value, …}.';

create procedure proapp.run_deletion(deletion uuid, batch_size integer default 10000)
  language c as 'MODULE_PATHNAME', 'proapp_run_deletion';
comment on procedure proapp.run_deletion(uuid, integer) is
  'Deletes what proapp.start_deletion() began, in batches that are committed one by one, the row itself last. Each is locked, looked at, archived and deleted as proapp.delete_safely() does, as the caller; a row goes with all that references it, so that nobody sees an orphan. '
  'A batch has at most batch_size rows, but for cycles and single rows whose references cannot go before them. Proceeds from the row after an error, a crash or a cancel: call it again. Progress: proapp.deletions_running. '
  'Errors: 2D000 where it cannot commit, 55006 while another session runs it, 42704 for what was not started, 55000 for what is over or was cancelled; else as for proapp.delete_safely(): what was deleted before stays deleted.';

create function proapp.cancel_deletion(deletion uuid) returns void
  language c volatile as 'MODULE_PATHNAME', 'proapp_cancel_deletion';
comment on function proapp.cancel_deletion(uuid) is
  'Ends a deletion in batches after the batch that is being done, for which it waits. What is not deleted stays; what was deleted is in the archive. Errors: 42704 for what is none, 55000 for one that is over.';

create function proapp.deletions_running()
  returns table(deletion uuid, relation text, key jsonb, reason text, started_at timestamptz, rows_done bigint, rows_estimated bigint, batches integer, last_batch_at timestamptz,
    rows_per_second double precision, remaining interval, note text)
  language c stable as 'MODULE_PATHNAME', 'proapp_deletions_running';
comment on function proapp.deletions_running() is 'The rows of view proapp.deletions_running.';

create view proapp.deletions_running as select * from proapp.deletions_running();
comment on view proapp.deletions_running is
  'Deletions in batches that are not over: rows done, rows there were at proapp.start_deletion(), batches, and for the last CALL of proapp.run_deletion() its rate and the time that the rest takes at it. note: what is visible, and the next call.';

create function proapp.plan_is_being_deleted(internal) returns internal
  language c stable strict parallel safe as 'MODULE_PATHNAME', 'proapp_plan_is_being_deleted';
comment on function proapp.plan_is_being_deleted(internal) is 'The planner support function of proapp.is_being_deleted(): hardly any row is.';

create function proapp.is_being_deleted(relation regclass, variadic key "any") returns boolean
  language c stable parallel safe support proapp.plan_is_being_deleted as 'MODULE_PATHNAME', 'proapp_is_being_deleted';
comment on function proapp.is_being_deleted(regclass, "any") is
  'Is the row with this primary key, all of its columns in the key''s order and with their own types, hidden because proapp.start_deletion() began to delete it? What the restrictive policies ask that proapp.protect() makes. False for null. Never an error.';
