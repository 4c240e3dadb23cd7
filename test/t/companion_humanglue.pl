# HumanGlue from version to version: what holds for every companion.
use strict;
use warnings;

use Companion;

companion(
	'humanglue',
	versions => [qw(1.0.0 1.1.0)],
	rows => data_of('humanglue'),
	later_rows => {
		# Without triggers: what they would write into the tables of before is no row of this version.
		'1.1.0' => q{
			set session_replication_role = replica;
			insert into public.instructor_profiles (id, user_id, bio, professional_title, total_courses)
				select id, id, repeat('Teaches. ', 10), 'Coach', 1 from public.users where organization_id is null and role <> 'admin' on conflict do nothing;
			insert into public.instructor_settings (id, user_id) select id, user_id from public.instructor_profiles on conflict do nothing;
			update public.courses set instructor_id = 'a1000000-0000-4000-8000-000000900001', tags = '{one,two}', status = 'published' where sort_order < 4;
			update public.workshops set type = 'hybrid', tags = '{one}' where slug like 'workshop-%';
			insert into public.revenue_transactions (id, instructor_id, student_id, transaction_type, amount, platform_fee_amount, instructor_earnings, course_id, enrollment_id)
				select id, 'a1000000-0000-4000-8000-000000900001', user_id, 'course_enrollment', 100, 20, 80, course_id, id from public.course_enrollments on conflict do nothing;
			insert into public.course_reviews (id, course_id, user_id, enrollment_id, rating) select id, course_id, user_id, id, 4 from public.course_enrollments on conflict do nothing;
			insert into public.workshop_feedback (id, workshop_id, user_id, registration_id, overall_satisfaction) select id, workshop_id, user_id, id, 5 from public.workshop_registrations on conflict do nothing;
			insert into public.student_activity (id, instructor_id, student_id, activity_type, activity_title, course_id)
				select id, 'a1000000-0000-4000-8000-000000900001', user_id, 'enrolled', 'Course', course_id from public.course_enrollments on conflict do nothing;
			insert into public.course_instructors (course_id, instructor_id) select id, 'a1000000-0000-4000-8000-000000900002' from public.courses on conflict do nothing;
			insert into public.workshop_facilitators (workshop_id, facilitator_id) select id, 'a1000000-0000-4000-8000-000000900003' from public.workshops on conflict do nothing;
			insert into storage.objects (id, bucket_id, name) select id, 'certificates', id || '/file' from public.users on conflict do nothing;
			select * from public.humanglue_recount();
			reset session_replication_role}
	});
