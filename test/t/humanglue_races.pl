# HumanGlue's numbers, beside other sessions: whoever comes first, at any isolation level, they are true afterwards; the second waits, and counts the first or fails.
use strict;
use warnings;

use FindBin;
use OpenSession;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "client_min_messages = warning\ndeadlock_timeout = 100ms");
$node->start;
$node->safe_psql('postgres', 'create database humanglue');
my $fixtures = "$FindBin::RealBin/../fixtures/humanglue";
$node->safe_psql('humanglue', "create extension proapp_dev_env cascade; create extension proapp_humanglue version '1.0.0';"
	. slurp_file("${fixtures}_data.sql") . "alter extension proapp_humanglue update to '1.1.0';" . slurp_file("${fixtures}_dashboard_data.sql"));

my @session = map { OpenSession->new($node, 'humanglue') } 0, 1;
sub id { my ($kind, $number) = @_; return sprintf "'%s000000-0000-4000-8000-%012d'", $kind, $number; }

# Users are in organization (u - 1) / 8 + 1, and in courses u % 6 + 1 and the next; courses 2 and 6 are instructor 2's. Workshop 1 has four seats, and these are taken.
my %organization = map { $_ => id('0e', int(($_ - 1) / 8) + 1) } 1 .. 32;
sub enrol { my ($user, $course) = @_; return "insert into public.course_enrollments (organization_id, user_id, course_id) values ($organization{$user}, ${\id('a1', $user)}, ${\id('c0', $course)})"; }
sub register { my ($user, $workshop) = @_; return "insert into public.workshop_registrations (organization_id, workshop_id, user_id) values ($organization{$user}, ${\id('b0', $workshop)}, ${\id('a1', $user)})"; }
sub review { my ($user, $course) = @_; return "insert into public.course_reviews (course_id, user_id, enrollment_id, rating) select course_id, user_id, id, 1 + ($user % 5) from public.course_enrollments where user_id = ${\id('a1', $user)} and course_id = ${\id('c0', $course)}"; }
sub finish { my ($user, $course, $lesson) = @_; return "insert into public.lesson_progress (enrollment_id, lesson_id, is_completed) select id, ${\id('c2', $course * 100 + $lesson)}, true from public.course_enrollments where user_id = ${\id('a1', $user)} and course_id = ${\id('c0', $course)} on conflict (enrollment_id, lesson_id) do update set is_completed = not lesson_progress.is_completed"; }
my $charge = "(select id from public.revenue_transactions where transaction_type = 'course_enrollment' and payment_status = 'completed' and course_id = ${\id('c0', 2)} order by id limit 1)";
my $refund = "update public.revenue_transactions set payment_status = 'refunded' where id = $charge";
# A charge that is there in both transactions.
my $same_charge = $node->safe_psql('humanglue', "select quote_literal(id) from public.revenue_transactions where transaction_type = 'workshop_registration' order by id limit 1");

my @races = (
	{ name => 'two enrol in one course', one => enrol(2, 2), two => enrol(3, 2) },
	{ name => 'one enrols in two courses of one instructor', one => enrol(2, 2), two => enrol(2, 6) },
	{ name => 'enrolment and refund', one => enrol(2, 2), two => $refund },
	{ name => 'refund and enrolment', one => $refund, two => enrol(2, 2) },
	{ name => 'dropping out and refund', one => "update public.course_enrollments set status = 'dropped' where course_id = ${\id('c0', 2)} and user_id = ${\id('a1', 1)}", two => $refund },
	{ name => 'two refunds of one charge', one => "update public.revenue_transactions set payment_status = 'refunded' where id = $same_charge", two => "update public.revenue_transactions set payment_status = 'refunded' where id = $same_charge", once => 1 },
	{ name => 'two reviews of one course', one => review(1, 2), two => review(7, 2) },
	{ name => 'two reviews of one instructor', one => review(1, 2), two => review(5, 6) },
	{ name => 'a review while it is hidden', one => review(1, 2), two => "update public.course_reviews set is_published = not is_published where course_id = ${\id('c0', 2)} and user_id = ${\id('a1', 6)}" },
	{ name => 'two lessons of one enrolment', one => finish(1, 2, 23), two => finish(1, 2, 22) },
	{ name => 'a lesson is added while somebody enrols', one => "insert into public.course_lessons (module_id, title, content_type) values (${\id('c1', 21)}, 'Added', 'video')", two => enrol(2, 2) },
	{ name => 'somebody enrols while a lesson is added', one => enrol(2, 2), two => "insert into public.course_lessons (module_id, title, content_type) values (${\id('c1', 21)}, 'Added', 'video')" },
	{ name => 'a lesson is added while another is finished', one => "insert into public.course_lessons (module_id, title, content_type) values (${\id('c1', 21)}, 'Added', 'quiz')", two => finish(1, 2, 21) },
	{ name => 'an instructor gets a profile while somebody enrols', before => "delete from public.instructor_profiles where user_id = ${\id('a1', 900002)}", one => enrol(2, 2),
		two => "insert into public.instructor_profiles (user_id, bio, professional_title) values (${\id('a1', 900002)}, repeat('Teaches. ', 10), 'Coach')" },
	{ name => 'somebody enrols while the instructor gets a profile', before => "delete from public.instructor_profiles where user_id = ${\id('a1', 900002)}",
		one => "insert into public.instructor_profiles (user_id, bio, professional_title) values (${\id('a1', 900002)}, repeat('Teaches. ', 10), 'Coach')", two => enrol(2, 2) },
	{ name => 'a course is made with a profile', before => "delete from public.instructor_profiles where user_id = ${\id('a1', 900002)}",
		one => "insert into public.instructor_profiles (user_id, bio, professional_title) values (${\id('a1', 900002)}, repeat('Teaches. ', 10), 'Coach')",
		two => "insert into public.courses (title, slug, pillar, level, instructor_id) values ('New', 'new', 'coaching', 'beginner', ${\id('a1', 900002)})" },
	{ name => 'a course changes hands while somebody enrols', one => "update public.courses set instructor_id = ${\id('a1', 900003)} where id = ${\id('c0', 2)}", two => enrol(2, 2) },
	{ name => 'seats go while somebody registers', one => register(5, 3), two => "update public.workshops set capacity_total = capacity_total - 1 where id = ${\id('b0', 3)}" },
	{ name => 'feedback at once', one => "update public.workshop_feedback set overall_satisfaction = 1 where user_id = ${\id('a1', 1)}", two => "update public.workshop_feedback set overall_satisfaction = 1 where user_id = ${\id('a1', 5)}" });

# Everything as it was: rows that a race has left go, numbers are counted by the triggers.
my $restore = "delete from public.course_enrollments e where not exists (select from kept k where k.id = e.id); delete from public.course_reviews r where not exists (select from kept k where k.id = r.id);
	delete from public.course_lessons where title = 'Added'; delete from public.courses where slug = 'new'; delete from public.workshop_registrations r where not exists (select from kept k where k.id = r.id);
	update public.courses set instructor_id = ${\id('a1', 900002)} where id = ${\id('c0', 2)}; update public.course_enrollments set status = 'enrolled' where user_id = ${\id('a1', 1)} and status = 'dropped';
	delete from public.revenue_transactions where transaction_type = 'refund'; update public.revenue_transactions set payment_status = 'completed' where payment_status = 'pending';
	insert into public.instructor_profiles (user_id, bio, professional_title) values (${\id('a1', 900002)}, repeat('Teaches. ', 10), 'Coach') on conflict do nothing";
$node->safe_psql('humanglue', 'create table public.kept as select id from public.course_enrollments union select id from public.course_reviews union select id from public.workshop_registrations');
# A refunded charge is closed: the tests take it back without its guard, totals included.
my $reopen = "alter table public.revenue_transactions disable trigger humanglue_transaction; delete from public.revenue_transactions where transaction_type = 'refund';
	update public.revenue_transactions set payment_status = 'completed' where payment_status in ('refunded', 'failed', 'pending'); alter table public.revenue_transactions enable trigger humanglue_transaction";
sub wrong { return $node->safe_psql('humanglue', q{select coalesce(string_agg(relation || ': ' || corrected, ', '), 'none') from public.humanglue_recount() where corrected > 0}); }
is(wrong(), 'none', 'the numbers are true at first');

foreach my $level ('read committed', 'repeatable read', 'serializable')
{
	foreach my $race (@races)
	{
		my $name = "$level: $race->{name}";
		$node->safe_psql('humanglue', $race->{before}) if $race->{before};
		foreach my $session (@session) { $session->ask("begin isolation level $level; select count(*) from public.courses;"); }
		unlike($session[0]->ask("$race->{one};"), qr/ERROR/, "$name: the first goes");
		$session[1]->send_only("$race->{two};");
		ok($session[1]->somebody_waits(''), "$name: the second waits");
		$session[0]->ask('commit;');
		my $answer = $session[1]->answer;
		if ($level eq 'read committed')
		{
			unlike($answer, qr/ERROR/, "$name: and goes, too");
			$session[1]->ask('commit;');
		}
		else
		{
			like($answer, qr/could not serialize access/, "$name: and fails");
			$session[1]->ask('rollback;');
			is(wrong(), 'none', "$name: the numbers are true meanwhile");
			unlike($session[1]->ask("$race->{two};"), qr/ERROR/, "$name: again, it goes");
		}
		is(wrong(), 'none', "$name: the numbers are true");
		is($node->safe_psql('humanglue', "select count(*) from public.revenue_transactions where transaction_type = 'refund'"), '1', "$name: one refund") if $race->{once};
		$node->safe_psql('humanglue', "$restore; $reopen");
	}

	# The last seat, by users. Workshop 1 has four, taken; one is given back.
	my $seat = "update public.workshop_registrations set status = 'cancelled' where id = (select id from public.workshop_registrations where workshop_id = ${\id('b0', 1)} and status = 'registered' order by id limit 1)";
	$node->safe_psql('humanglue', $seat);
	foreach my $n (0, 1)
	{
		my $user = 1 + $n;
		(my $sub = id('a1', $user)) =~ s/'//g;
		$session[$n]->ask(qq{set request.jwt.claims = '{"sub": "$sub", "role": "authenticated"}'; set role authenticated; begin isolation level $level; select count(*) from public.workshops;});
	}
	unlike($session[0]->ask(register(1, 1) . ';'), qr/ERROR/, "$level: the last seat: the first has it");
	$session[1]->send_only(register(2, 1) . ';');
	ok($session[1]->somebody_waits('workshop_registrations'), "$level: the last seat: the second waits");
	$session[0]->ask('commit;');
	like($session[1]->answer, $level eq 'read committed' ? qr/the workshop is full/ : qr/could not serialize access/, "$level: the last seat: and has none");
	$session[1]->ask('rollback;');
	like($session[1]->ask(register(2, 1) . ';'), qr/the workshop is full.*waitlisted/s, "$level: the last seat: it is full");
	$_->ask('reset role; reset request.jwt.claims;') foreach @session;
	is($node->safe_psql('humanglue', "select capacity_remaining || ' of ' || capacity_total || ', ' || enrolled_count from public.workshops where id = ${\id('b0', 1)}"), '0 of 4, 4', "$level: the last seat: taken once");
	is(wrong(), 'none', "$level: the last seat: the numbers are true");
	# The other way round: the first gives it up.
	$session[0]->ask("begin isolation level $level; update public.workshop_registrations set status = 'cancelled' where workshop_id = ${\id('b0', 1)} and user_id = ${\id('a1', 1)};");
	$session[1]->send_only(register(2, 1) . ';');
	ok($session[1]->somebody_waits('workshop_registrations'), "$level: a seat is given back: the second waits");
	$session[0]->ask('commit;');
	unlike($session[1]->answer, qr/ERROR/, "$level: a seat is given back: and has it");
	is(wrong(), 'none', "$level: a seat is given back: the numbers are true");
	$node->safe_psql('humanglue', $restore);
	$node->safe_psql('humanglue', "update public.workshop_registrations set status = 'registered' where workshop_id = ${\id('b0', 1)} and status = 'cancelled'");
}

# Statistics are refreshed while somebody reads, and read while they are refreshed.
$session[0]->ask('begin; select count(*) from public.platform_course_stats;');
is($node->safe_psql('humanglue', q{set statement_timeout = '30s'; select public.humanglue_refresh_statistics()}), '', 'a reader does not keep the refresh waiting');
$session[0]->ask('rollback; begin; select public.humanglue_refresh_statistics();');
is($node->safe_psql('humanglue', q{set statement_timeout = '5s'; select count(*) from public.platform_course_stats}), '6', 'nor the refresh a reader');
$session[0]->ask('commit;');

$_->quit foreach @session;
$node->stop;
done_testing();
