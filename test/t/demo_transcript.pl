# The transcript in the README is what script/demo prints, byte by byte. script/reference writes it anew.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $source = $ENV{PG_ABS_SRCDIR} // '.';
my ($settings, $wrong) = run_command([ 'bash', '-c', q(source "$0/script/lib/demo.sh" && printf '%s\n' "${demo_settings[@]}"), $source ]);

my $node = PostgreSQL::Test::Cluster->new('demo');
$node->init;
$node->append_conf('postgresql.conf', $settings);
$node->start;
$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;

my $standard_output = '';
my $standard_error = '';
my $status = IPC::Run::run([ 'bash', '-c', 'set -euo pipefail; cd "$0"; source script/lib/demo.sh; play_demo psql', $source ], '>', \$standard_output, '2>', \$standard_error);
ok($status, 'the demo runs');
is($standard_error, '', 'and warns of nothing');

my ($transcript) = slurp_file("$source/README.md") =~ /^<!-- demo:begin -->\n```text(\n.*)```\n<!-- demo:end -->$/ms;
is($transcript, $standard_output, 'the README shows what it prints');

$node->stop;
done_testing();
