-- deletion: bring it back, what is kept for that, and for how long

create function proapp.undelete(deletion uuid)
  returns table(relation text, action text, row_count bigint)
  language c volatile as 'MODULE_PATHNAME', 'proapp_undelete';
comment on function proapp.undelete(uuid) is
  'Brings back what a deletion took, byte for byte, or nothing: parents first (insert), then the references that rows lost (update); rows whose reference was changed since, or that are gone, stay as they are (kept). '
  'As the caller, whose privileges and policies hold. Foreign keys are proven for all rows at once; BEFORE triggers do not fire, AFTER triggers do, and what they change in rows that came back is put back to what was archived. '
  'Columns that came since get their defaults, generated columns are computed, identity columns keep their values. No row where the deletion is undone already. '
  'Errors: 55000 with all that is in the way in DETAIL (a table or column that is gone, another type, a key that is in use again, a parent that is gone), for what was erased or purged and for a deletion that has not ended; 42704 for an unknown one; '
  '42501 for rows that the caller may not write; 27000 where a trigger takes rows away again; 23514 and the like for what constraints of today refuse; 40001 and 40P01 for what is worth another try.';

create function proapp.purge_archive(older_than interval)
  returns bigint
  language c volatile as 'MODULE_PATHNAME', 'proapp_purge_archive';
comment on function proapp.purge_archive(interval) is
  'Removes the rows that deletions kept which ended longer ago than that, and answers how many rows these were. The deletions themselves stay in proapp.deletions, as purged; they cannot be undone any more. '
  'Deletions that have not ended keep everything. As a job of pg_cron: select cron.schedule(''purge archive'', ''0 3 * * *'', $$select proapp.purge_archive(''90 days'')$$). '
  'Errors: 22004 for null, 22023 for a negative interval, 55000 while the database is being restored.';

create function proapp.read_deletions()
  returns table(deletion uuid, relation text, key jsonb, state text, erase boolean, reason text, request_key text, claims text, acting_role text, login_role text, started_at timestamptz, ended_at timestamptz)
  language c stable as 'MODULE_PATHNAME', 'proapp_deletions';
comment on function proapp.read_deletions() is 'The rows of the view proapp.deletions.';

create view proapp.deletions as select * from proapp.read_deletions();
comment on view proapp.deletions is
  'Every deletion, the latest first: which row it began with, its state (deleting, deleted, cancelled, undeleted or purged), whether a tenant was erased, and who asked for it, why and when: the claims, which anybody who may run SQL can set, the role that acted and the one that logged in.';
comment on column proapp.deletions.deletion is 'What proapp.undelete() takes.';
comment on column proapp.deletions.relation is 'The table whose row was to be deleted.';
comment on column proapp.deletions.key is 'That row''s key: {"column": "value"}.';
comment on column proapp.deletions.state is 'deleting, deleted, cancelled, undeleted (all is back), or purged (it can no longer be undone).';
comment on column proapp.deletions.erase is 'Rows behind RESTRICT and NO ACTION went too.';
comment on column proapp.deletions.reason is 'Why, as the caller said.';
comment on column proapp.deletions.request_key is 'The same key for the same row is the same deletion.';
comment on column proapp.deletions.claims is 'request.jwt.claims as they were.';
comment on column proapp.deletions.acting_role is 'current_user.';
comment on column proapp.deletions.login_role is 'session_user.';
comment on column proapp.deletions.started_at is 'When it began.';
comment on column proapp.deletions.ended_at is 'When it ended, or was undone.';

create function proapp.read_deletion_archive()
  returns table(deletion uuid, step integer, relation text, action text, before text, after text)
  language c stable as 'MODULE_PATHNAME', 'proapp_deletion_archive';
comment on function proapp.read_deletion_archive() is 'The rows of the view proapp.deletion_archive.';

create view proapp.deletion_archive as select * from proapp.read_deletion_archive();
comment on view proapp.deletion_archive is 'Every row that deletions took or changed, as PostgreSQL prints a row, in the order in which it happened.';
comment on column proapp.deletion_archive.deletion is 'As in proapp.deletions.';
comment on column proapp.deletion_archive.step is 'The number of the step, from 1: updates first, then deletions, children first.';
comment on column proapp.deletion_archive.relation is 'The table.';
comment on column proapp.deletion_archive.action is 'delete or update.';
comment on column proapp.deletion_archive.before is 'The row as it was.';
comment on column proapp.deletion_archive.after is 'Of an update: the row as it was left.';
