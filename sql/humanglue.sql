-- HumanGlue's sheet, point by point, on its companion and the data of test/fixtures; its numbers and its plans have files of their own
create database proapp_humanglue;
\c proapp_humanglue
set client_min_messages = warning;
\set SHOW_CONTEXT never
create extension proapp_dev_env cascade;

-- 1. The foundation, the instructor dashboard, and back; what was written stays
create extension proapp_humanglue version '1.0.0';
\getenv abs_srcdir PG_ABS_SRCDIR
\set data :abs_srcdir '/test/fixtures/humanglue_data.sql'
\set dashboard :abs_srcdir '/test/fixtures/humanglue_dashboard_data.sql'
\set ECHO none
\o /dev/null
\i :data
\o
\set ECHO all
select (select count(*) from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace) as tables, (select count(*) from pg_policy where polrelid <> 'storage.objects'::regclass) as policies,
       (select count(*) from proapp.health_check() where status = 'OK') as healthy, (select count(*) from proapp.health_check() where status <> 'OK') as not_healthy;
alter extension proapp_humanglue update to '1.1.0';
select (select count(*) from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace) as tables, (select count(*) from pg_policy where polrelid <> 'storage.objects'::regclass) as policies,
       (select count(*) from pg_policy where polrelid = 'storage.objects'::regclass) as of_storage;
-- what was there is counted
select * from public.humanglue_recount();
select title, status, enrolled_count, completed_count, review_count from public.courses order by slug limit 3;
select transaction_type, payment_status, count(*), sum(amount) as amount from public.revenue_transactions group by 1, 2;
\set ECHO none
\o /dev/null
\i :dashboard
\o
\set ECHO all
select (select count(*) from public.student_progress) as progress, (select count(*) from public.course_reviews) as reviews, (select sum(total_revenue) from public.courses) as revenue, (select count(*) from storage.objects) as files;
alter extension proapp_humanglue update to '1.0.0';
select to_regclass('public.student_progress') as progress, (select count(*) from storage.objects) as files, (select count(*) from storage.buckets) as buckets, (select count(*) from public.course_enrollments) as enrolments;
select count(*) filter (where kind = 'table') as tables, count(*) filter (where kind = 'column') as columns from proapp.archived;
-- life goes on meanwhile, and is counted when all is back
insert into public.course_enrollments (organization_id, user_id, course_id)
  select organization_id, id, 'c0000000-0000-4000-8000-000000000006' from public.users where id in ('a1000000-0000-4000-8000-000000000001', 'a1000000-0000-4000-8000-000000000002');
alter extension proapp_humanglue update to '1.1.0';
select (select count(*) from public.student_progress) as progress, (select count(*) from public.course_reviews) as reviews, (select sum(total_revenue) from public.courses) as revenue, (select count(*) from storage.objects) as files;
select * from public.humanglue_recount();
select sum(corrected) as corrected_again from public.humanglue_recount();
select version from proapp.migrations where app = 'humanglue' order by 1;

-- 2. Three kinds of tenant: the platform's admin, organizations, instructors on their own. User 1 leads organization 1, user 2 a team of it, 3 to 8 are members; 9 leads organization 2
create function pg_temp.as_user(number int) returns void language sql as $$
  select set_config('request.jwt.claims', json_build_object('sub', format('a1000000-0000-4000-8000-%s', lpad(number::text, 12, '0')), 'role', 'authenticated')::text, true) $$;
-- What a user sees of each table with rows of organizations
create function pg_temp.seen(number int) returns table(organizations bigint, users bigint, teams bigint, members bigint, assessments bigint, responses bigint, history bigint, enrolments bigint, registrations bigint, consultations bigint, events bigint) language plpgsql as $$
begin
  perform pg_temp.as_user(number);
  set local role authenticated;
  return query select (select count(*) from public.organizations), (select count(*) from public.users), (select count(*) from public.teams), (select count(*) from public.team_members), (select count(*) from public.assessments),
    (select count(*) from public.assessment_responses), (select count(*) from public.assessment_history), (select count(*) from public.course_enrollments), (select count(*) from public.workshop_registrations),
    (select count(*) from public.consultations), (select count(*) from public.analytics_events);
  reset role;
end
$$;
select who, s.* from (values ('admin', 999999), ('org_admin', 1), ('team_lead', 2), ('member', 3), ('of another', 9), ('instructor', 900003), ('nobody known', 5000)) u (who, number), pg_temp.seen(number) s;
begin;
select pg_temp.as_user(3);
set local role authenticated;
explain (costs off) select * from public.users;
rollback;
-- the original's policy recurses, and is found
begin;
create policy original on public.users for select to authenticated using (organization_id in (select u.organization_id from public.users u where u.id = auth.uid()));
select severity, check_id, object from proapp.verify('public.users') where check_id ~ 'recursion';
rollback;
-- roles
begin;
select pg_temp.as_user(1);
set local role authenticated;
update public.users set role = 'team_lead', job_title = 'Lead' where id = 'a1000000-0000-4000-8000-000000000003' returning role;
update public.organizations set name = 'Ours' returning name;
insert into public.teams (organization_id, name) values ('0e000000-0000-4000-8000-000000000001', 'New') returning name;
savepoint s;
update public.users set role = 'admin' where id = 'a1000000-0000-4000-8000-000000000003';
rollback to s;
update public.users set role = 'member' where id = 'a1000000-0000-4000-8000-000000000001';
rollback to s;
update public.organizations set subscription_tier = 'enterprise';
rollback to s;
insert into public.teams (organization_id, name) values ('0e000000-0000-4000-8000-000000000002', 'Theirs');
rollback to s;
insert into public.teams (organization_id, name, parent_team_id) values ('0e000000-0000-4000-8000-000000000001', 'Below theirs', '7e000000-0000-4000-8000-000000000021');
rollback to s;
update public.users set organization_id = '0e000000-0000-4000-8000-000000000002' where id = 'a1000000-0000-4000-8000-000000000003';
rollback;
-- a deactivated user is in no organization, a deactivated admin runs no platform
begin;
update public.users set is_active = false where id in ('a1000000-0000-4000-8000-000000000001', 'a1000000-0000-4000-8000-000000999999');
select who, s.users, s.teams from (values ('admin', 999999), ('org_admin', 1)) u (who, number), pg_temp.seen(number) s;
rollback;
-- team leads manage members of their team, from their organization
begin;
select pg_temp.as_user(2);
set local role authenticated;
insert into public.team_members (team_id, user_id) values ('7e000000-0000-4000-8000-000000000011', 'a1000000-0000-4000-8000-000000000004') returning role;
savepoint s;
insert into public.team_members (team_id, user_id) values ('7e000000-0000-4000-8000-000000000011', 'a1000000-0000-4000-8000-000000000010');
rollback to s;
insert into public.team_members (team_id, user_id) values ('7e000000-0000-4000-8000-000000000012', 'a1000000-0000-4000-8000-000000000002');
rollback;

-- 4. Dashboard functions answer the instructor and the platform's admin
begin;
select pg_temp.as_user(900002);
set local role authenticated;
select * from public.get_instructor_dashboard_stats('a1000000-0000-4000-8000-000000900002');
select activity_type, course_title, count(*), count(distinct student_name) as students from public.get_instructor_recent_activity('a1000000-0000-4000-8000-000000900002') group by 1, 2 order by 1, 2;
select count(*) from public.get_instructor_recent_activity('a1000000-0000-4000-8000-000000900002', 3);
select count(*), count(distinct course_id), min(progress_percentage), max(progress_percentage) from public.get_instructor_student_progress('a1000000-0000-4000-8000-000000900002');
select count(*), count(distinct course_title) from public.get_instructor_student_progress('a1000000-0000-4000-8000-000000900002', 'c0000000-0000-4000-8000-000000000002');
select * from public.get_instructor_revenue_breakdown('a1000000-0000-4000-8000-000000900002');
select * from public.get_instructor_revenue_breakdown('a1000000-0000-4000-8000-000000900002', 'infinity');
savepoint s;
select * from public.get_instructor_dashboard_stats('a1000000-0000-4000-8000-000000900001');
rollback to s;
select * from public.get_instructor_dashboard_stats(null);
rollback;
begin;
select pg_temp.as_user(999999);
set local role authenticated;
select total_students, total_courses from public.get_instructor_dashboard_stats('a1000000-0000-4000-8000-000000900001');
select total_users, total_teams, active_enrollments from public.get_organization_metrics('0e000000-0000-4000-8000-000000000002');
rollback;
begin;
select pg_temp.as_user(1);
set local role authenticated;
select total_users, total_teams, assessments_completed, average_adaptability_score, active_enrollments, workshops_attended from public.get_organization_metrics('0e000000-0000-4000-8000-000000000001');
select overall_score, completed_at at time zone 'UTC' as completed_at from public.get_user_adaptability_score('a1000000-0000-4000-8000-000000000004');
savepoint s;
select * from public.get_organization_metrics('0e000000-0000-4000-8000-000000000002');
rollback to s;
select * from public.get_user_adaptability_score('a1000000-0000-4000-8000-000000000010');
rollback to s;
select * from public.get_instructor_revenue_breakdown('a1000000-0000-4000-8000-000000900001');
rollback;
select * from public.get_instructor_recent_activity('a1000000-0000-4000-8000-000000900001');
begin;
set local role anon;
select * from public.get_instructor_student_progress('a1000000-0000-4000-8000-000000900001');
rollback;

-- 5. Co-teaching. Course 1 is instructor 1's: instructor 2 edits its content and sees its numbers; course 5 too: instructor 3 manages its reviews and nothing else
create function pg_temp.may(number int, course int) returns table(sees boolean, edits bigint, lessons bigint, students bigint, progress bigint, manages bigint, answers bigint, appoints bigint) language plpgsql as $$
declare
  c constant uuid := format('c0000000-0000-4000-8000-%s', lpad(course::text, 12, '0'));
begin
  perform pg_temp.as_user(number);
  set local role authenticated;
  sees := exists (select from public.courses where id = c and instructor_id is not null);
  update public.courses set description = 'Changed' where id = c; get diagnostics edits = row_count;
  update public.course_lessons l set description = 'Changed' from public.course_modules m where m.id = l.module_id and m.course_id = c; get diagnostics lessons = row_count;
  students := (select count(*) from public.course_enrollments where course_id = c);
  progress := (select count(*) from public.student_progress where course_id = c);
  update public.course_enrollments set expires_at = '2030-01-01' where course_id = c; get diagnostics manages = row_count;
  update public.course_reviews set instructor_response = 'Thanks' where course_id = c; get diagnostics answers = row_count;
  update public.course_instructors set role = role where course_id = c; get diagnostics appoints = row_count;
  reset role;
  return next;
end
$$;
begin;
select who, course, m.* from (values ('instructor 1', 900001, 1), ('instructor 2', 900002, 1), ('instructor 3', 900003, 1), ('instructor 1', 900001, 5), ('instructor 2', 900002, 5), ('instructor 3', 900003, 5)) u (who, number, course), pg_temp.may(number, course) m;
-- what a row states is what counts
update public.course_instructors set permissions = '{"manage_students": true}' where instructor_id = 'a1000000-0000-4000-8000-000000900003';
update public.course_instructors set role = 'primary' where instructor_id = 'a1000000-0000-4000-8000-000000900002';
select who, course, m.* from (values ('instructor 2', 900002, 1), ('instructor 3', 900003, 5)) u (who, number, course), pg_temp.may(number, course) m;
-- nobody takes a course over, nor changes what students say
select pg_temp.as_user(900002);
set local role authenticated;
savepoint s;
update public.courses set instructor_id = 'a1000000-0000-4000-8000-000000900002' where id = 'c0000000-0000-4000-8000-000000000001';
rollback to s;
update public.course_reviews set rating = 5 where course_id = 'c0000000-0000-4000-8000-000000000001';
rollback to s;
update public.courses set total_revenue = 1000000;
rollback to s;
reset role;
select pg_temp.as_user(900003);
set local role authenticated;
insert into public.course_instructors (course_id, instructor_id, role) values ('c0000000-0000-4000-8000-000000000001', 'a1000000-0000-4000-8000-000000900003', 'primary');
rollback;
-- workshops: instructor 1 changes workshop 1 of instructor 2, and assists with workshop 2 of instructor 3
begin;
select pg_temp.as_user(900001);
set local role authenticated;
select w.title, (select count(*) from public.workshop_registrations r where r.workshop_id = w.id) as registrations, (select count(*) from public.workshop_feedback f where f.workshop_id = w.id) as feedback from public.workshops w order by 1;
update public.workshops set description = 'Changed' returning title;
rollback;

-- 6. Views show what their reader may see; two materialized ones are the platform's
begin;
select pg_temp.as_user(3);
set local role authenticated;
select name, total_users, total_teams, completed_assessments, round(avg_adaptability_score, 2) as score, active_enrollments, workshops_attended from public.organization_overview;
select full_name, total_enrollments, round(avg_progress, 1) as avg_progress, latest_adaptability_score from public.user_learning_progress order by full_name;
reset role;
select pg_temp.as_user(900002);
set local role authenticated;
select course_title, status, enrolled_count, completed_count, completion_rate, average_rating, review_count, total_revenue, active_students_last_7_days from public.instructor_course_performance where instructor_id = proapp.current_user_id('humanglue') order by 1;
select workshop_title, enrolled_count, attended_count, attendance_rate, capacity_filled_percentage, average_satisfaction from public.instructor_workshop_performance where instructor_id = proapp.current_user_id('humanglue');
select count(*) as students, count(full_name) as names, sum(total_courses) as courses, round(avg(avg_progress), 1) as avg_progress, sum(total_lessons_completed) as lessons from public.student_engagement_summary;
reset role;
select pg_temp.as_user(3);
set local role authenticated;
select full_name, total_courses, total_lessons_completed, avg_engagement_score from public.student_engagement_summary;
savepoint s;
select * from public.platform_course_stats;
rollback to s;
select public.humanglue_refresh_statistics();
rollback;
begin;
set local role service_role;
select public.humanglue_refresh_statistics();
select title, enrolled_count, average_progress, average_engagement from public.platform_course_stats order by 1;
select * from public.platform_engagement_stats order by 1;
rollback;

-- 7. Six buckets
select id, public, file_size_limit from storage.buckets order by id;
create function pg_temp.files(number int) returns text language plpgsql as $$
declare
  files text;
begin
  if number is not null then
    perform pg_temp.as_user(number);
    set local role authenticated;
  else
    perform set_config('request.jwt.claims', '', true);
    set local role anon;
  end if;
  files := (select string_agg(bucket_id, ', ' order by bucket_id) from storage.objects);
  reset role;
  return files;
end
$$;
-- user 3's avatar, recording and certificate; organization 1's logo; content of course 1, and a file of resource 1, for tier starter
select who, pg_temp.files(number) from (values ('anon', null), ('admin', 999999), ('org_admin', 1), ('user 3', 3), ('user 6, of course 1', 6), ('user 4, of the organization', 4), ('of another', 9), ('instructor 1', 900001), ('instructor 2, who edits', 900002), ('instructor 3', 900003)) u (who, number);
create function pg_temp.uploads(number int, bucket text, folder text) returns boolean language plpgsql as $$
begin
  perform pg_temp.as_user(number);
  set local role authenticated;
  insert into storage.objects (bucket_id, name) values (bucket, folder || '/' || gen_random_uuid());
  reset role;
  return true;
exception when insufficient_privilege then
  return false;
end
$$;
select who, bucket, pg_temp.uploads(number, bucket, folder) as uploads from (values
  ('user 3', 3, 'avatars', 'a1000000-0000-4000-8000-000000000003'), ('user 3, for user 4', 3, 'avatars', 'a1000000-0000-4000-8000-000000000004'),
  ('org_admin', 1, 'organization-logos', '0e000000-0000-4000-8000-000000000001'), ('org_admin of another', 9, 'organization-logos', '0e000000-0000-4000-8000-000000000001'), ('user 3', 3, 'organization-logos', '0e000000-0000-4000-8000-000000000001'),
  ('instructor 1', 900001, 'course-content', 'c0000000-0000-4000-8000-000000000001'), ('instructor 2, who edits', 900002, 'course-content', 'c0000000-0000-4000-8000-000000000001'),
  ('instructor 3', 900003, 'course-content', 'c0000000-0000-4000-8000-000000000001'), ('user 6, of the course', 6, 'course-content', 'c0000000-0000-4000-8000-000000000001'),
  ('user 3', 3, 'assessment-audio', 'a1000000-0000-4000-8000-000000000003'), ('user 3', 3, 'certificates', 'a1000000-0000-4000-8000-000000000003'), ('admin', 999999, 'resources', '5e000000-0000-4000-8000-000000000001'),
  ('org_admin', 1, 'resources', '5e000000-0000-4000-8000-000000000001')) u (who, number, bucket, folder);

-- Who writes what: prices are the expert's, ratings the client's, presence is not the participant's, and numbers are nobody's
begin;
select pg_temp.as_user(3);
set local role authenticated;
insert into public.consultations (organization_id, expert_id, user_id, scheduled_start, scheduled_end, topics, pillar, amount)
  values ('0e000000-0000-4000-8000-000000000001', 'e1000000-0000-4000-8000-000000000001', 'a1000000-0000-4000-8000-000000000003', '2025-09-01 09:00+00', '2025-09-01 10:30+00', '{change}', 'coaching', 0.01) returning amount;
savepoint s;
update public.consultations set status = 'completed' where user_id = 'a1000000-0000-4000-8000-000000000003';
rollback to s;
update public.consultations set amount = 0;
rollback to s;
update public.workshop_registrations set status = 'attended' where user_id = 'a1000000-0000-4000-8000-000000000003';
rollback to s;
update public.workshop_registrations set payment_status = 'completed';
rollback to s;
update public.course_enrollments set certificate_url = 'mine';
rollback to s;
insert into public.workshop_feedback (workshop_id, user_id, registration_id, overall_satisfaction)
  select workshop_id, user_id, id, 5 from public.workshop_registrations where user_id = 'a1000000-0000-4000-8000-000000000003';
rollback to s;
insert into public.lesson_progress (enrollment_id, lesson_id, is_completed)
  select id, 'c2000000-0000-4000-8000-000000000611', true from public.course_enrollments where user_id = 'a1000000-0000-4000-8000-000000000003' limit 1;
rollback to s;
insert into public.workshop_registrations (organization_id, workshop_id, user_id) values ('0e000000-0000-4000-8000-000000000001', 'b0000000-0000-4000-8000-000000000001', 'a1000000-0000-4000-8000-000000000003');
rollback to s;
insert into public.workshop_registrations (organization_id, workshop_id, user_id, status) values ('0e000000-0000-4000-8000-000000000001', 'b0000000-0000-4000-8000-000000000001', 'a1000000-0000-4000-8000-000000000003', 'waitlisted') returning status;
truncate public.users;
rollback;
begin;
select pg_temp.as_user(900001);
set local role authenticated;
update public.instructor_profiles set tagline = 'New', total_students = 1000;
rollback;
begin;
select pg_temp.as_user(900002);
set local role authenticated;
update public.instructor_profiles set tagline = 'New' returning tagline;
update public.instructor_profiles set is_verified = true;
rollback;
update public.workshops set capacity_total = 3 where slug = 'workshop-1';
update public.revenue_transactions set payment_status = 'refunded' where payment_status = 'completed' and transaction_type = 'course_enrollment';
\set VERBOSITY terse
update public.revenue_transactions set payment_status = 'completed' where payment_status = 'refunded';
\set VERBOSITY default
select transaction_type, payment_status, count(*), sum(amount) as amount, sum(platform_fee_amount) as fee, sum(instructor_earnings) as earnings from public.revenue_transactions group by 1, 2 order by 1, 2;

-- What it promises is tried; all is there, nothing is wrong
select result, count(*) from public.humanglue_self_test() group by result;
select status, count(*) from proapp.health_check() group by status;
select severity, check_id, object from proapp.verify('public.*', 'storage.*') where severity <> 'low';
select count(*) as differences from proapp.drift('humanglue');
-- Strangers reach what is published and what they teach together, and nothing else
select relation, command, count(*), through from (
  select relation, command, rows_reached, regexp_replace(through, '^policy ', '') as through from proapp.prove_isolation('public.*') where verdict = 'LEAK' and through !~ 'Instructors can|humanglue_taught') leak
 where through !~ '^"Anyone can view [^"]*"$' and through !~ '^view public.instructor_(course|workshop)_performance' group by relation, command, through;
begin;
delete from public.course_instructors;
delete from public.workshop_facilitators;
update public.courses set is_published = false;
update public.workshops set status = 'draft';
update public.course_reviews set is_published = false;
update public.instructor_profiles set is_verified = false;
update public.experts set is_available = false;
update public.resources set is_public = false;
select verdict, count(*) > 600 as many, sum(rows_reached) as rows_reached from proapp.prove_isolation('public.*') where verdict <> 'skipped' group by verdict;
rollback;

-- Momentum has names of its, and lives elsewhere; nothing of either without its environment
create extension proapp_momentum;
\c contrib_regression
drop database proapp_humanglue;
create database proapp_humanglue;
\c proapp_humanglue
set client_min_messages = warning;
create extension proapp_humanglue cascade;
select count(*) from pg_class where relnamespace = 'public'::regnamespace;
\c contrib_regression
drop database proapp_humanglue;
