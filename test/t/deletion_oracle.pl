# The plan of a deletion, and delete_safely(), against PostgreSQL's own DELETE: on fixtures, and on schemas and rows made at random, always the same ones.
#
# test/fixtures/deletion_oracle.sql says what is compared. PostgreSQL itself asks as it goes, breadth first, in the order in which foreign keys were made:
# RESTRICT may be asked when a cascade has taken the referencing row already, and NO ACTION, where it is not deferred, and NOT NULL of a column that is set
# to null may be asked before one takes it. Those notes are counted. Foreign keys here share no columns: SET NULL of a shared one would cut a cascade,
# or not, by the same order.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $schemas = $ENV{PROAPP_ORACLE_SCHEMAS} // 200;
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nmax_locks_per_transaction = 512");
$node->start;
$node->safe_psql('postgres', 'create extension proapp_schema');
$node->safe_psql('postgres', slurp_file("$FindBin::RealBin/../fixtures/deletion_oracle.sql"));

# A number below n; chance(p): p of 100.
srand(7);
sub below { return int(rand($_[0])); }
sub chance { return below(100) < $_[0]; }
sub pick { return $_[ below(scalar @_) ]; }

my $tag = 0;

# One table: kind single (key id), composite (key a, b), loose (unique, no primary key).
sub random_table
{
	my ($schema, $number) = @_;
	my %t = (name => "$schema.t$number", rows => 2 + below(9), partitioned => chance(20), kind => pick('single', 'single', 'single', 'composite', 'loose'), fks => [], columns => []);
	$t{type} = pick('int', 'bigint', 'smallint');
	return \%t;
}

sub random_references
{
	my (@tables) = @_;
	foreach my $number (0 .. $#tables)
	{
		my $t = $tables[$number];
		my $count = $number == 0 ? below(2) : 1 + below(3);
		foreach my $f (1 .. $count)
		{
			# Mostly to tables before, so that there are trees; sometimes to any, so that there are cycles.
			my $to = chance(75) && $number > 0 ? $tables[ below($number) ] : pick(@tables);
			my $action = pick(('cascade') x 9, ('set null') x 3, ('set default') x 2, ('restrict') x 2, ('no action') x 4);
			my @columns = map { "r${f}_$_" } $to->{kind} eq 'composite' ? (1, 2) : (1);
			my $part = @columns == 2 && $action eq 'set null' && chance(50) ? " ($columns[1])" : '';
			push @{ $t->{fks} }, { to => $to, action => "$action$part", columns => \@columns, full => !$part && @columns == 2 && chance(30), not_null => chance(20),
				type => chance(70) ? $to->{type} : pick('int', 'bigint'), index => chance(50), late => chance(25), default => chance(60) ? 1 + below($to->{rows} + 1) : undef };
		}
	}
	return;
}

sub keys_of { my ($t) = @_; return $t->{kind} eq 'composite' ? ('a', 'b') : ('id'); }
sub key_values { my ($t, $row) = @_; return $t->{kind} eq 'composite' ? (1 + $row % 2, $row) : ($row); }

sub create_table
{
	my ($t) = @_;
	my @keys = keys_of($t);
	my @columns = map { "$_ $t->{type} not null" } @keys;
	foreach my $fk (@{ $t->{fks} })
	{
		my $default = defined $fk->{default} ? [ key_values($fk->{to}, $fk->{default}) ] : undef;
		foreach my $i (0 .. $#{ $fk->{columns} })
		{
			push @columns, "$fk->{columns}[$i] $fk->{type}" . ($default ? " default $default->[$i]" : '') . ($fk->{not_null} ? ' not null' : '');
		}
	}
	@columns = sort { $a cmp $b } @columns if chance(30);
	my $keys = join ', ', @keys;
	my $unique = $t->{kind} eq 'loose' ? "unique ($keys)" : "primary key ($keys)";
	my $sql = "create table $t->{name} (" . join(', ', @columns, 'tag int not null', $unique) . ")" . ($t->{partitioned} ? " partition by hash ($keys[-1])" : '') . ";\n";
	if ($t->{partitioned})
	{
		# The second partition numbers its columns in another way.
		$sql .= "create table $t->{name}_a partition of $t->{name} for values with (modulus 2, remainder 0);\n";
		$sql .= "create table $t->{name}_b (gone int, " . join(', ', reverse(@columns), 'tag int not null') . ");\nalter table $t->{name}_b drop column gone;\n";
		$sql .= "alter table $t->{name} attach partition $t->{name}_b for values with (modulus 2, remainder 1);\n";
	}
	return $sql;
}

sub fill_table
{
	my ($t) = @_;
	my @columns = (keys_of($t), map { @{ $_->{columns} } } @{ $t->{fks} });
	my @rows;
	foreach my $row (1 .. $t->{rows})
	{
		my @values = key_values($t, $row);
		foreach my $fk (@{ $t->{fks} })
		{
			my @reference = key_values($fk->{to}, 1 + below($fk->{to}{rows}));
			if (!$fk->{not_null} && chance(30)) { @reference = ('null') x @reference; }
			elsif (!$fk->{not_null} && !$fk->{full} && @reference == 2 && chance(20)) { $reference[ below(2) ] = 'null'; }
			push @values, @reference;
		}
		push @rows, '(' . join(', ', @values, ++$tag) . ')';
	}
	return "insert into $t->{name} (" . join(', ', @columns, 'tag') . ") values " . join(', ', @rows) . ";\n";
}

sub add_references
{
	my ($t) = @_;
	my $sql = '';
	my $number = 0;
	foreach my $fk (@{ $t->{fks} })
	{
		my ($from, $to) = (join(', ', @{ $fk->{columns} }), join(', ', keys_of($fk->{to})));
		++$number;
		my $rest = ($fk->{full} ? ' match full' : '') . " on delete $fk->{action}" . ($fk->{late} ? ' deferrable' . (chance(50) ? ' initially deferred' : '') : '');
		# A partition may have a foreign key of its own.
		my $table = $t->{name} . ($t->{partitioned} && chance(25) ? '_b' : '');
		$sql .= "alter table $table add constraint \"F$number\" foreign key ($from) references $fk->{to}{name} ($to)$rest;\n";
		$sql .= "create index on $t->{name} ($from);\n" if $fk->{index};
	}
	return $sql;
}

sub random_schema
{
	my ($schema) = @_;
	my @tables = map { random_table($schema, $_) } 0 .. 2 + below(6);
	random_references(@tables);
	my $sql = "begin;\ncreate schema $schema;\n" . join('', map { create_table($_) } @tables) . join('', map { fill_table($_) } @tables) . join('', map { add_references($_) } @tables);
	foreach my $root ($tables[0], pick(@tables))
	{
		my @names = keys_of($root);
		my @values = key_values($root, 1 + below($root->{rows}));
		my $key = '{' . join(', ', map { "\"$names[$_]\": $values[$_]" } 0 .. $#names) . '}';
		$sql .= "select '$schema $root->{name} $key: ' || c from oracle.check('$root->{name}', '$key') c;\n";
	}
	return $sql . "rollback;\n";
}

my @differences;
my %notes;
foreach my $batch (0 .. ($schemas - 1) / 20)
{
	my $sql = join '', map { random_schema("s$_") } $batch * 20 + 1 .. $batch * 20 + 20;
	my ($code, $out, $err) = $node->psql('postgres', "set client_min_messages = warning;\n$sql", on_error_stop => 0);
	push @differences, "$err" if $err ne '';
	foreach my $line (split /\n/, $out)
	{
		if ($line =~ /: note: (RESTRICT|erase early|early default|early)/) { $notes{$1}++; }
		else { push @differences, $line; }
	}
}
is(join("\n", @differences), '', "$schemas random schemas: the plan, delete_safely() and DELETE agree");
note("$_: $notes{$_} times") foreach sort keys %notes;

$node->stop;
done_testing();
