# What a dashboard of the audit suite reads: its own organization's rows, however many others there are. By default 1,000 organizations with 20,000 audits;
# AUDITSUITE_ORGANIZATIONS=10000 AUDITSUITE_AUDITS=100 for a million audits, which takes some minutes to load.
use strict;
use warnings;

use FindBin;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $organizations = $ENV{AUDITSUITE_ORGANIZATIONS} // 1000;
my $audits = $ENV{AUDITSUITE_AUDITS} // 20;
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off");
$node->start;
sub sql { return $node->safe_psql('app', $_[0]) }
$node->safe_psql('postgres', 'create database app');
sql('create extension proapp_dev_env cascade; create extension proapp_auditsuite');
command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-v', "organizations=$organizations", '-v', "audits=$audits", '-f', "$FindBin::RealBin/../fixtures/auditsuite_data.sql", $node->connstr('app') ], 'loaded');
sql('vacuum analyze');
sql('select maintenance.refresh_analytics()');
sql('analyze');
is(sql('select count(*) from audit.audits'), $organizations * $audits, 'there are so many audits');

# The number in the middle is of no account; its audits are.
my $mine = int($organizations / 2);
my $id = sprintf '0e000000-0000-4000-8000-%012d', $mine;
# Per query: most pages it may read, for the catalogs' caches are warm and an audit has a page of its own at most; and the number of rows.
my %queries = (
	'numbers' => [ 'select * from analytics.organization_metrics', 30, 1 ],
	'top performers' => [ 'select * from analytics.top_performers', 30, 15 ],
	'the latest audits' => [ 'select id, name, status from audit.audits order by created_at desc limit 10', 40 + $audits, 10 ],
	'audits by status' => [ 'select status, count(*) from audit.audits group by 1', 40 + $audits, undef ],
	'files' => [ 'select count(*) from audit.files', 40 + 4 * $audits, 1 ],
	'recommendations' => [ q{select * from analytics.recommendations where status = 'pending'}, 60, undef ],
	'the funnel' => [ "select * from analytics.get_audit_funnel('$id', '2025-01-01', '2025-12-31')", 100 + 12 * $audits, 5 ],
	'storage usage' => [ "select * from tenant.calculate_storage_usage('$id')", 60 + 4 * $audits, 1 ],
	'search' => [ q{select * from audit.search_audits('summer')}, 60 + 2 * $audits, undef ]);
my $sign_in = qq[set request.jwt.claims = '{"sub": "user_2o${mine}m1"}'; set role authenticated;];

# Nodes of a plan, from the top.
sub nodes { my ($plan) = @_; return ($plan, map { nodes($_) } @{ $plan->{Plans} // [] }) }

foreach my $name (sort keys %queries)
{
	my ($query, $most, $rows) = @{ $queries{$name} };
	my $out = sql("$sign_in set client_min_messages = error; select set_config('x.y', '', false) from ($query) q; explain (analyze, buffers, format json) $query");
	my $plan = decode_json(($out =~ /(\[\s*\{.*)/s)[0])->[0]{Plan};
	my $pages = $plan->{'Shared Hit Blocks'} + $plan->{'Shared Read Blocks'};
	cmp_ok($pages, '<=', $most, "$name: $pages pages");
	is($plan->{'Actual Rows'}, $rows, "$name: rows") if defined $rows;
	my @others = grep { ($_->{'Rows Removed by Filter'} // 0) > $audits * 2 || $_->{'Node Type'} eq 'Seq Scan' && $_->{'Actual Rows'} > 0 } nodes($plan);
	is(scalar(@others), 0, "$name: nobody else's rows are looked at");
}

# What is written looks at the organization's own rows, too.
my $insert = sql("$sign_in insert into audit.audits (organization_id, name) values ('$id', 'The first compiles its triggers'); explain (analyze, buffers, format json) insert into audit.audits (organization_id, name) values ('$id', 'One more')");
my $written = decode_json($insert)->[0];
cmp_ok($written->{Plan}{'Shared Hit Blocks'} + $written->{Plan}{'Shared Read Blocks'}, '<=', 200, 'an audit is created without looking at all');

$node->stop;
done_testing();
