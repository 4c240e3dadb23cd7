-- HumanGlue's point 8: an instructor's dashboard answers from indexes. 10,400 enrolments and more, 400 courses of 200 instructors
create database proapp_humanglue_plans;
\c proapp_humanglue_plans
set client_min_messages = warning;
\getenv abs_srcdir PG_ABS_SRCDIR
\set data :abs_srcdir '/test/fixtures/humanglue_data.sql'
\set organizations 52
\set users 100
\set courses 400
\set workshops 200
\set ECHO none
\o /dev/null
create extension proapp_dev_env cascade;
create extension proapp_humanglue version '1.0.0';
-- Triggers would count row by row; the next version counts at once.
set session_replication_role = replica;
\i :data
reset session_replication_role;
analyze;
alter extension proapp_humanglue update to '1.1.0';
set session_replication_role = replica;
update public.courses c set instructor_id = pg_temp.id('a1', n % 200 + 1) from generate_series(1, :courses) n where c.id = pg_temp.id('c0', n);
update public.workshops w set instructor_id = pg_temp.id('a1', n % 200 + 1) from generate_series(1, :workshops) n where w.id = pg_temp.id('b0', n);
insert into public.instructor_profiles (user_id, bio, professional_title) select pg_temp.id('a1', i), repeat('Teaches. ', 10), 'Coach' from generate_series(1, 200) i;
insert into public.revenue_transactions (instructor_id, student_id, transaction_type, amount, platform_fee_amount, instructor_earnings, course_id, enrollment_id, payment_status, transaction_date)
  select c.instructor_id, e.user_id, 'course_enrollment', 100, 20, 80, c.id, e.id, 'completed', e.enrolled_at from public.course_enrollments e join public.courses c on c.id = e.course_id;
insert into public.student_activity (instructor_id, student_id, activity_type, activity_title, course_id, occurred_at)
  select c.instructor_id, e.user_id, a, c.title, c.id, e.enrolled_at from public.course_enrollments e join public.courses c on c.id = e.course_id, unnest('{enrolled,lesson_started}'::public.activity_type[]) a;
insert into public.course_reviews (course_id, user_id, enrollment_id, rating) select course_id, user_id, id, 4 from public.course_enrollments;
reset session_replication_role;
analyze;
\o
\set ECHO all
-- Tables of over 10,000 rows
select relname, reltuples > 10000 as big from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and reltuples > 10000 order by 1;
-- What each question reads of them: sequentially, nothing
create function pg_temp.asked(question text) returns table(rows bigint, read_sequentially text) language plpgsql as $$
declare
  before jsonb;
begin
  before := (select jsonb_object_agg(relname, seq_scan) from pg_stat_xact_user_tables where schemaname = 'public');
  perform set_config('request.jwt.claims', '{"sub": "a1000000-0000-4000-8000-000000000007", "role": "authenticated"}', true);
  set local role authenticated;
  execute format('select count(*) from (%s) q', question) into rows;
  reset role;
  read_sequentially := (select string_agg(s.relname, ', ' order by s.relname) from pg_stat_xact_user_tables s join pg_class c on c.oid = s.relid where s.schemaname = 'public' and c.reltuples > 10000 and s.seq_scan > coalesce((before ->> s.relname)::bigint, 0));
  return next;
end
$$;
select question, a.rows > 0 as answered, a.read_sequentially from (values
  ($$select * from public.get_instructor_dashboard_stats('a1000000-0000-4000-8000-000000000007')$$),
  ($$select * from public.get_instructor_recent_activity('a1000000-0000-4000-8000-000000000007')$$),
  ($$select * from public.get_instructor_student_progress('a1000000-0000-4000-8000-000000000007')$$),
  ($$select * from public.get_instructor_student_progress('a1000000-0000-4000-8000-000000000007', 'c0000000-0000-4000-8000-000000000006')$$),
  ($$select * from public.get_instructor_revenue_breakdown('a1000000-0000-4000-8000-000000000007')$$),
  ($$select * from public.get_instructor_revenue_breakdown('a1000000-0000-4000-8000-000000000007', '2025-01-01', '2025-12-31')$$),
  ($$select * from public.instructor_course_performance where instructor_id = 'a1000000-0000-4000-8000-000000000007'$$),
  ($$select * from public.instructor_workshop_performance where instructor_id = 'a1000000-0000-4000-8000-000000000007'$$),
  ($$select * from public.student_progress where course_id = 'c0000000-0000-4000-8000-000000000006' order by last_activity_at desc$$),
  ($$select * from public.student_activity where instructor_id = 'a1000000-0000-4000-8000-000000000007' order by occurred_at desc limit 20$$),
  ($$select * from public.revenue_transactions where instructor_id = 'a1000000-0000-4000-8000-000000000007' order by transaction_date desc limit 20$$),
  ($$select * from public.course_reviews where course_id = 'c0000000-0000-4000-8000-000000000006' order by created_at desc limit 20$$),
  ($$select * from public.course_enrollments where course_id = 'c0000000-0000-4000-8000-000000000006' and status in ('enrolled', 'in_progress')$$),
  -- as a control, one that has no index
  ($$select * from public.course_enrollments where metadata = '{}'$$)) q (question), pg_temp.asked(question) a;
-- Nothing is wrong at that size, either
select severity, check_id, object from proapp.verify('public.*', 'storage.*') where severity <> 'low';
\c contrib_regression
drop database proapp_humanglue_plans;
