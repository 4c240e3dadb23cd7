# The audit suite from version to version: what holds for every companion.
use strict;
use warnings;

use Companion;

companion(
	'auditsuite',
	versions => [qw(1.0.0 1.1.0 1.2.0 1.3.0)],
	rows => data_of('auditsuite'),
	later_rows => {
		'1.1.0' => q{
			insert into storage.objects (id, bucket_id, name, metadata)
				select id, case when slug like '%1' then 'audit-files' else 'audit-reports' end, id || '/file.csv', '{"size": 1}' from tenant.organizations on conflict do nothing},
		'1.2.0' => q{
			insert into maintenance.v1_migration (users_table, audits_table, phase, started_at, changed_at) values ('public.users', 'public.audits', 'copied', '2026-01-01', '2026-01-02') on conflict do nothing;
			insert into maintenance.v1_steps (phase, item, outcome, row_count, done_at) select 'copy', 'users', 'copied', 5, '2026-01-02' where not exists (select from maintenance.v1_steps);
			insert into maintenance.v1_organizations (key, organization_id) select 'company ' || name, id from tenant.organizations on conflict do nothing;
			insert into maintenance.v1_users (old_id, organization_id, member_id, outcome, row_hash)
				select clerk_id || organization_id, organization_id, id, 'copied', md5(email) from tenant.organization_members on conflict do nothing;
			insert into maintenance.v1_audits (old_id, organization_id, audit_id, outcome, row_hash, synchronized_at)
				select id, organization_id, id, 'copied', md5(name), '2026-01-02' from audit.audits on conflict do nothing}
	});
