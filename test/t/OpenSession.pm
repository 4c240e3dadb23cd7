# A psql that stays open beside others, for tests in which sessions meet.
package OpenSession;
use strict;
use warnings;

use IPC::Run ();
use PostgreSQL::Test::Utils;
use Time::HiRes qw(usleep);

# kill -9 of a backend takes the server down; comes back when it is up again. For a node with restart_after_crash.
sub crash
{
	my ($node, $pid) = @_;
	my $crashes = sub { return scalar(() = slurp_file($node->logfile) =~ /reinitializing/g) };
	my ($before, $started) = ($crashes->(), time);
	kill 'KILL', $pid;
	usleep(100_000) until $crashes->() > $before && system('pg_isready', '-q', '-h', $node->host, '-p', $node->port) == 0 || time > $started + 60;
	return;
}

sub new
{
	my ($class, $node, $database) = @_;
	my %self = (node => $node, database => $database, in => '', out => '', sent => 0);
	$self{run} = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr($database) ], '<', \$self{in}, '>', \$self{out}, '2>&1', IPC::Run::timer(60));
	return bless \%self, $class;
}

# Sends a statement, and leaves it to run.
sub send_only
{
	my ($self, $sql) = @_;
	$self->{out} = '';
	$self->{sent}++;
	$self->{in} .= "$sql\n\\echo done $self->{sent}\n";
	$self->{run}->pump_nb;
	return;
}

# What came of it, when it is over.
sub answer
{
	my ($self) = @_;
	$self->{run}->pump until $self->{out} =~ /^done $self->{sent}$/m;
	$self->{out} =~ s/^done \d+\n//mg;
	return $self->{out};
}

sub ask { my ($self, $sql) = @_; $self->send_only($sql); return $self->answer; }

# True as soon as somebody waits for a lock in a statement that has this text.
sub somebody_waits
{
	my ($self, $what) = @_;
	return $self->{node}->poll_query_until($self->{database},
		"select exists (select from pg_stat_activity where wait_event_type = 'Lock' and query like '%$what%' and pid <> pg_backend_pid())");
}

sub quit
{
	my ($self) = @_;
	$self->{in} .= "\\q\n";
	$self->{run}->finish;
	return;
}

1;
