# Momentum from version to version: what holds for every companion.
use strict;
use warnings;

use Companion;

companion(
	'momentum',
	versions => [qw(1.0.0 1.1.0 1.2.0)],
	rows => data_of('momentum'),
	later_rows => {
		'1.1.0' => q{
			insert into public.zoom_credentials (id, user_id, access_token, refresh_token, expires_at)
				select id, id, 'access ' || email, 'refresh ' || email, '2026-01-01 00:00+00' from public.profiles order by email limit 7 on conflict do nothing},
		'1.2.0' => q{
			insert into storage.objects (id, bucket_id, name, metadata)
				select id, case when email like '%1@%' then 'logos' else 'private' end, id || '/file', '{"size": 1}' from public.profiles on conflict do nothing}
	});
