# Two users take turns, ten thousand times, on one backend behind a real pgbouncer in transaction mode, in every way that claims are set there; each gets the own id, never the other's.
use strict;
use warnings;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('server');
$node->init;
$node->start;
$node->safe_psql('postgres', q(
	create extension proapp_schema;
	create role identity_authenticated;
	create table users (id uuid primary key, auth_user_id uuid unique);
	insert into users select ('10000000-0000-0000-0000-00000000000' || i)::uuid, ('00000000-0000-0000-0000-00000000000' || i)::uuid from generate_series(1, 2) i;
	create table notes (owner uuid not null);
	insert into notes select id from users, generate_series(1, 3);
	alter table notes enable row level security;
	create policy own on notes using (owner = proapp.current_user_id('app'));
	create table seen (backend int, who int, id text, way text);
	grant select on notes to identity_authenticated;
	grant insert on seen to identity_authenticated;
	select * from proapp.map_users('app', 'users', 'auth_user_id');
));

# pgbouncer listens on a socket in a folder of its own; the number only names the socket.
my $folder = PostgreSQL::Test::Utils::tempdir_short();
my $number = $node->port;
append_to_file("$folder/pgbouncer.ini", <<"INI");
[databases]
app = host=@{[ $node->host ]} port=@{[ $node->port ]} dbname=postgres user=@{[ scalar getpwuid($<) ]} pool_size=1
[pgbouncer]
listen_addr =
listen_port = $number
unix_socket_dir = $folder
auth_type = any
pool_mode = transaction
INI
my ($in, $out, $err) = ('', '', '');
my $pgbouncer = IPC::Run::start([ 'pgbouncer', "$folder/pgbouncer.ini" ], \$in, \$out, \$err);
END { $pgbouncer->kill_kill if defined $pgbouncer }

my $address = "host=$folder port=$number dbname=app";
my $attempts = 10 * $PostgreSQL::Test::Utils::timeout_default;
while ($attempts-- > 0 && system_log('psql', '-X', '-c', 'select 1', $address) != 0)
{
	$pgbouncer->pumpable or die "pgbouncer ended: $err";
	select(undef, undef, undef, 0.1);
}

# Each script is a transaction or several of a random user, and notes whom the database took it for; 0 is nobody.
my $claims = q({"sub": "00000000-0000-0000-0000-00000000000:who"});
my $note = q(insert into seen select pg_backend_pid(), :who, proapp.current_user_key('app'));
my %ways = (
	'set local' => "begin; set local request.jwt.claims = '$claims'; $note, 'set local'; commit;",
	'legacy' => "begin; set local request.jwt.claim.sub = '00000000-0000-0000-0000-00000000000:who'; $note, 'legacy'; commit;",
	'set and reset' => "begin; set request.jwt.claims = '$claims'; $note, 'set and reset'; reset request.jwt.claims; commit;",
	'savepoint' => "begin; set local request.jwt.claims = '$claims'; savepoint a; set local request.jwt.claims = '[]'; rollback to a; $note, 'savepoint'; commit;",
	'one statement' => "$note, 'one statement' from set_config('request.jwt.claims', '$claims', true) c where c is not null;",
	'policy' => "begin; set local request.jwt.claims = '$claims'; set local role identity_authenticated;"
	  . " insert into seen select pg_backend_pid(), :who, string_agg(distinct owner::text, ' '), 'policy' from notes; commit;",
	'rolled back' => "begin; set request.jwt.claims = '$claims'; select proapp.current_user_key('app'); rollback;\n\\set who 0\n$note, 'rolled back';",
	'nobody' => "\\set who 0\n$note, 'nobody';");
my @scripts;
for my $way (sort keys %ways)
{
	my $file = "$folder/" . ($way =~ s/ /_/gr) . '.sql';
	(my $script = $ways{$way}) =~ s/; /;\n/g;
	append_to_file($file, "\\set who random(1, 2)\n$script\n");
	push @scripts, '-f', $file;
}
my $rounds = 2500;
command_ok([ 'pgbench', '-n', '-c', '4', '-t', $rounds, @scripts, $address ], 'four clients, two users, one backend');

my $seen = sub { return $node->safe_psql('postgres', shift) };
is($seen->('select count(*) from seen'), 4 * $rounds, 'each round left its note');
is($seen->('select count(distinct backend) from seen'), 1, 'all of them on one backend');
is($seen->('select count(*) from (select way from seen where who > 0 group by way having count(distinct who) = 2) both_users'), 6, 'both users in all ways');
is( $seen->(q(select way, who, id, count(*) from seen where id is distinct from case when who > 0 then '10000000-0000-0000-0000-00000000000' || who end group by 1, 2, 3)),
	'', 'nobody was taken for another');

$pgbouncer->kill_kill;
undef $pgbouncer;
$node->stop;
done_testing();
