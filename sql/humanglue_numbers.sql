-- HumanGlue's numbers: 1,000 random operations, always the same ones, against a recount that shares nothing with the triggers
create database proapp_humanglue_numbers;
\c proapp_humanglue_numbers
set client_min_messages = warning;
\getenv abs_srcdir PG_ABS_SRCDIR
\set data :abs_srcdir '/test/fixtures/humanglue_data.sql'
\set dashboard :abs_srcdir '/test/fixtures/humanglue_dashboard_data.sql'
\set ECHO none
\o /dev/null
create extension proapp_dev_env cascade;
create extension proapp_humanglue version '1.0.0';
\i :data
alter extension proapp_humanglue update to '1.1.0';
\i :dashboard
\o
\set ECHO all

-- What the numbers should be, each by itself, and which are not.
create function pg_temp.wrong() returns table(what text, id uuid, kept text, counted text) language sql as $$
  select * from (
    select 'course', c.id, format('%s %s %s %s %s', c.enrolled_count, c.completed_count, c.average_rating, c.review_count, c.total_revenue),
           format('%s %s %s %s %s', (select count(*) from public.course_enrollments e where e.course_id = c.id and e.status in ('enrolled', 'in_progress', 'completed')),
             (select count(*) from public.course_enrollments e where e.course_id = c.id and e.status = 'completed'),
             (select avg(rating)::numeric(3,2) from public.course_reviews r where r.course_id = c.id and r.is_published), (select count(*) from public.course_reviews r where r.course_id = c.id and r.is_published),
             ((select coalesce(sum(amount), 0) from public.revenue_transactions t where t.course_id = c.id and t.transaction_type <> 'refund' and t.payment_status in ('completed', 'refunded'))
              - (select coalesce(sum(amount), 0) from public.revenue_transactions t where t.course_id = c.id and t.transaction_type = 'refund' and t.payment_status = 'completed'))::numeric(12,2))
      from public.courses c
    union all
    select 'workshop', w.id, format('%s %s %s %s %s %s', w.capacity_remaining, w.enrolled_count, w.attended_count, w.average_satisfaction, w.feedback_count, w.total_revenue),
           format('%s %s %s %s %s %s', w.capacity_total - (select count(*) from public.workshop_registrations r where r.workshop_id = w.id and r.status not in ('waitlisted', 'cancelled')),
             (select count(*) from public.workshop_registrations r where r.workshop_id = w.id and r.status not in ('waitlisted', 'cancelled')),
             (select count(*) from public.workshop_registrations r where r.workshop_id = w.id and r.attended),
             (select avg(overall_satisfaction)::numeric(3,2) from public.workshop_feedback f where f.workshop_id = w.id), (select count(*) from public.workshop_feedback f where f.workshop_id = w.id),
             ((select coalesce(sum(amount), 0) from public.revenue_transactions t where t.workshop_id = w.id and t.transaction_type <> 'refund' and t.payment_status in ('completed', 'refunded'))
              - (select coalesce(sum(amount), 0) from public.revenue_transactions t where t.workshop_id = w.id and t.transaction_type = 'refund' and t.payment_status = 'completed'))::numeric(12,2))
      from public.workshops w
    union all
    select 'instructor', p.user_id, format('%s %s %s %s %s', p.total_students, p.total_courses, p.total_workshops, p.average_rating, p.total_reviews),
           format('%s %s %s %s %s', (select count(distinct e.user_id) from public.course_enrollments e where e.status <> 'dropped' and e.course_id in (select c.id from public.courses c where c.instructor_id = p.user_id)),
             (select count(*) from public.courses c where c.instructor_id = p.user_id), (select count(*) from public.workshops w where w.instructor_id = p.user_id),
             (select avg(rating)::numeric(3,2) from public.course_reviews r where r.is_published and r.course_id in (select c.id from public.courses c where c.instructor_id = p.user_id)),
             (select count(*) from public.course_reviews r where r.is_published and r.course_id in (select c.id from public.courses c where c.instructor_id = p.user_id)))
      from public.instructor_profiles p
    union all
    select 'enrolment', e.id, e.progress_percentage::text, coalesce(floor(100.0 * done / nullif(lessons, 0)), 0)::text
      from public.course_enrollments e,
           lateral (select count(*) as lessons, count(*) filter (where exists (select from public.lesson_progress p where p.lesson_id = l.id and p.enrollment_id = e.id and p.is_completed)) as done
                      from public.course_lessons l where l.module_id in (select m.id from public.course_modules m where m.course_id = e.course_id)) n
    union all
    select 'student', e.id, format('%s %s %s %s %s %s %s %s %s %s %s %s %s %s', s.user_id, s.course_id, s.total_lessons, s.completed_lessons, s.progress_percentage, s.total_watch_time_seconds, s.total_quizzes, s.passed_quizzes, s.average_quiz_score,
             s.total_assignments, s.submitted_assignments, s.comments_count, s.questions_count, s.is_completed),
           format('%s %s %s %s %s %s %s %s %s %s %s %s %s %s', e.user_id, e.course_id, n.lessons, n.done, e.progress_percentage, n.seconds, n.quizzes, n.passed, n.quiz_score, n.assignments, n.submitted,
             (select count(*) from public.student_activity a where a.student_id = e.user_id and a.course_id = e.course_id and a.activity_type = 'comment_posted'),
             (select count(*) from public.student_activity a where a.student_id = e.user_id and a.course_id = e.course_id and a.activity_type = 'question_asked'), e.status = 'completed')
      from public.course_enrollments e left join public.student_progress s on s.enrollment_id = e.id,
           lateral (select count(*) as lessons, count(*) filter (where p.is_completed) as done, coalesce(sum(p.time_spent_seconds), 0) as seconds, count(*) filter (where l.content_type = 'quiz') as quizzes,
                           count(*) filter (where l.content_type = 'quiz' and p.quiz_score >= coalesce(l.quiz_passing_score, 0)) as passed, (avg(p.quiz_score) filter (where l.content_type = 'quiz'))::numeric(5,2) as quiz_score,
                           count(*) filter (where l.content_type = 'assignment') as assignments, count(*) filter (where l.content_type = 'assignment' and p.is_completed) as submitted
                      from public.course_lessons l left join public.lesson_progress p on p.lesson_id = l.id and p.enrollment_id = e.id where l.module_id in (select m.id from public.course_modules m where m.course_id = e.course_id)) n
    union all
    select 'transaction', t.id, format('%s %s', t.platform_fee_amount, t.instructor_earnings), format('%s %s', (t.amount * 0.2)::numeric(10,2), (t.amount - (t.amount * 0.2)::numeric(10,2))::numeric(10,2)) from public.revenue_transactions t
    union all
    select 'expert', x.id, format('%s %s', x.total_sessions, x.average_rating),
           format('%s %s', (select count(*) from public.consultations c where c.expert_id = x.id and c.status = 'completed'), (select avg(user_rating)::numeric(3,2) from public.consultations c where c.expert_id = x.id)) from public.experts x
    union all
    select 'resource', r.id, format('%s %s', r.view_count, r.download_count),
           format('%s %s', (select count(*) from public.resource_access a where a.resource_id = r.id and a.access_type = 'view'), (select count(*) from public.resource_access a where a.resource_id = r.id and a.access_type = 'download')) from public.resources r
  ) n (what, id, kept, counted) where kept is distinct from counted
$$;

-- The same random numbers in every run: ids are counted, and what is picked depends on nothing else.
create sequence ids;
select format('alter table %s alter column id set default lpad(nextval(''public.ids'')::text, 32, ''f'')::uuid', attrelid::regclass) from pg_attribute a join pg_class c on c.oid = attrelid
 where attname = 'id' and atthasdef and relnamespace = 'public'::regnamespace and relkind = 'r' and atttypid = 'uuid'::regtype order by 1 \gexec
update public.revenue_transactions set id = md5(id_of.n::text)::uuid from (select id, row_number() over (order by workshop_registration_id, enrollment_id, transaction_type) as n from public.revenue_transactions) id_of where id_of.id = revenue_transactions.id;
update public.student_activity set id = md5(id_of.n::text)::uuid from (select id, row_number() over (order by student_id, course_id, workshop_id, activity_type) as n from public.student_activity) id_of where id_of.id = student_activity.id;
create function pg_temp.dice(n int, what text, sides int) returns int language sql immutable return (('x' || left(md5(n || what), 7))::bit(28)::int % sides);
create function pg_temp.pick(n int, relation regclass, condition text default 'true') returns uuid language plpgsql as $$
declare
  found uuid;
begin
  execute format('select id from %s where %s order by md5(id::text || $1) limit 1', relation, condition) into found using n;
  return found;
end
$$;

create function pg_temp.operation(n int) returns text language plpgsql as $$
declare
  kind constant text := (array['enrol', 'enrol', 'enrol twice', 'drop', 'come back', 'status', 'enrolment goes', 'enrolment moves', 'enrolment of another', 'lesson', 'lesson', 'lesson', 'lesson undone', 'lesson forgotten', 'all lessons',
    'lessons added', 'lesson deleted', 'lesson moves', 'lesson changes', 'module moves', 'module deleted', 'review', 'review', 'review changes', 'review hidden', 'review deleted', 'review moves', 'register', 'register', 'register', 'registration changes',
    'registration changes', 'registration deleted', 'registration moves', 'attended', 'paid', 'paid', 'refund of a registration', 'seats', 'feedback', 'feedback changes', 'feedback deleted', 'confirmed', 'confirmed', 'refund', 'refund', 'refund in part', 'transaction deleted',
    'all of a student refunded', 'course changes hands', 'workshop changes hands', 'profile comes or goes', 'user deleted', 'course deleted', 'workshop deleted', 'course added', 'workshop added', 'comment', 'comment changes', 'comment deleted', 'consultation', 'consultation deleted', 'resource',
    'resource changes', 'resource forgotten', 'all dropped', 'published'])[pg_temp.dice(n, 'kind', 67) + 1];
  student constant uuid := pg_temp.pick(n, 'public.users', 'organization_id is not null');
  tenant constant uuid := (select organization_id from public.users where id = student);
  teacher constant uuid := pg_temp.pick(n, 'public.users', 'organization_id is null and role <> $r$admin$r$');
  course constant uuid := pg_temp.pick(n, 'public.courses');
  workshop constant uuid := pg_temp.pick(n, 'public.workshops');
  enrollment constant uuid := pg_temp.pick(n, 'public.course_enrollments');
  registration constant uuid := pg_temp.pick(n, 'public.workshop_registrations');
  rows bigint;
begin
  case kind
    when 'enrol' then insert into public.course_enrollments (organization_id, user_id, course_id) values (tenant, student, course);
    when 'enrol twice' then insert into public.course_enrollments (organization_id, user_id, course_id) select tenant, student, c.id from public.courses c order by md5(c.id::text || n) limit 2;
    when 'drop' then update public.course_enrollments set status = 'dropped' where id = enrollment;
    when 'come back' then update public.course_enrollments set status = 'enrolled' where id = pg_temp.pick(n, 'public.course_enrollments', 'status = $r$dropped$r$');
    when 'status' then update public.course_enrollments set status = (enum_range(null::public.enrollment_status))[pg_temp.dice(n, 'status', 4) + 1] where id = enrollment;
    when 'enrolment goes' then delete from public.course_enrollments where id = enrollment;
    when 'enrolment moves' then update public.course_enrollments set course_id = course where id = enrollment;
    when 'enrolment of another' then update public.course_enrollments set user_id = student where id = enrollment;
    when 'lesson' then
      insert into public.lesson_progress (enrollment_id, lesson_id, is_completed, time_spent_seconds, quiz_score)
        select e.id, l.id, pg_temp.dice(n, 'done', 4) > 0, pg_temp.dice(n, 'time', 900), case when l.content_type in ('quiz', 'assignment') then pg_temp.dice(n, 'score', 101) end
          from public.course_enrollments e join public.course_modules m on m.course_id = e.course_id join public.course_lessons l on l.module_id = m.id where e.id = enrollment order by md5(l.id::text || n) limit 1
        on conflict (enrollment_id, lesson_id) do update set is_completed = true, time_spent_seconds = lesson_progress.time_spent_seconds + 60, quiz_score = excluded.quiz_score;
    when 'lesson undone' then update public.lesson_progress set is_completed = false, quiz_score = null where id = pg_temp.pick(n, 'public.lesson_progress', 'is_completed');
    when 'lesson forgotten' then delete from public.lesson_progress where id = pg_temp.pick(n, 'public.lesson_progress');
    when 'all lessons' then
      insert into public.lesson_progress (enrollment_id, lesson_id, is_completed, time_spent_seconds)
        select e.id, l.id, true, 60 from public.course_enrollments e join public.course_modules m on m.course_id = e.course_id join public.course_lessons l on l.module_id = m.id where e.id = enrollment order by l.id
        on conflict (enrollment_id, lesson_id) do update set is_completed = true;
    when 'lessons added' then
      insert into public.course_lessons (module_id, title, content_type, quiz_passing_score) select m.id, 'Added', (enum_range(null::public.content_type))[pg_temp.dice(n, 'type', 5) + 1], 50 from public.course_modules m where m.course_id = course;
    when 'lesson deleted' then delete from public.course_lessons where id = pg_temp.pick(n, 'public.course_lessons');
    when 'lesson moves' then update public.course_lessons set module_id = pg_temp.pick(n + 1, 'public.course_modules') where id = pg_temp.pick(n, 'public.course_lessons');
    when 'lesson changes' then update public.course_lessons set content_type = (enum_range(null::public.content_type))[pg_temp.dice(n, 'type', 5) + 1], quiz_passing_score = pg_temp.dice(n, 'pass', 101) where id = pg_temp.pick(n, 'public.course_lessons');
    when 'module moves' then update public.course_modules set course_id = course where id = pg_temp.pick(n, 'public.course_modules');
    when 'module deleted' then delete from public.course_modules where id = pg_temp.pick(n, 'public.course_modules', 'title = $r$Added$r$ or sort_order = 2');
    when 'review' then insert into public.course_reviews (course_id, user_id, enrollment_id, rating) select e.course_id, e.user_id, e.id, pg_temp.dice(n, 'rating', 5) + 1 from public.course_enrollments e where e.id = enrollment;
    when 'review changes' then update public.course_reviews set rating = pg_temp.dice(n, 'rating', 5) + 1 where id = pg_temp.pick(n, 'public.course_reviews');
    when 'review hidden' then update public.course_reviews set is_published = not is_published where id = pg_temp.pick(n, 'public.course_reviews');
    when 'review deleted' then delete from public.course_reviews where id = pg_temp.pick(n, 'public.course_reviews');
    when 'review moves' then update public.course_reviews set course_id = course where id = pg_temp.pick(n, 'public.course_reviews');
    when 'register' then
      insert into public.workshop_registrations (organization_id, workshop_id, user_id, status) values (tenant, workshop, student, case pg_temp.dice(n, 'wait', 5) when 0 then 'waitlisted' else 'registered' end::public.registration_status);
    when 'registration changes' then update public.workshop_registrations set status = (enum_range(null::public.registration_status))[pg_temp.dice(n, 'status', 5) + 1] where id = registration;
    when 'registration deleted' then delete from public.workshop_registrations where id = registration;
    when 'registration moves' then update public.workshop_registrations set workshop_id = workshop where id = registration;
    when 'attended' then update public.workshop_registrations set attended = not attended where id = registration;
    when 'paid' then update public.workshop_registrations set payment_status = 'completed', amount_paid = 10 * pg_temp.dice(n, 'paid', 30) where id = registration;
    when 'refund of a registration' then update public.workshop_registrations set payment_status = 'refunded' where id = pg_temp.pick(n, 'public.workshop_registrations', 'payment_status = $r$completed$r$');
    when 'seats' then update public.workshops set capacity_total = greatest(1, capacity_total + pg_temp.dice(n, 'seats', 9) - 5) where id = workshop;
    when 'feedback' then insert into public.workshop_feedback (workshop_id, user_id, registration_id, overall_satisfaction) select r.workshop_id, r.user_id, r.id, pg_temp.dice(n, 'rating', 5) + 1 from public.workshop_registrations r where r.id = registration;
    when 'feedback changes' then update public.workshop_feedback set overall_satisfaction = pg_temp.dice(n, 'rating', 5) + 1 where id = pg_temp.pick(n, 'public.workshop_feedback');
    when 'feedback deleted' then delete from public.workshop_feedback where id = pg_temp.pick(n, 'public.workshop_feedback');
    when 'confirmed' then update public.revenue_transactions set payment_status = case pg_temp.dice(n, 'fails', 6) when 0 then 'failed' else 'completed' end::public.payment_status where id = pg_temp.pick(n, 'public.revenue_transactions', 'payment_status = $r$pending$r$');
    when 'refund' then update public.revenue_transactions set payment_status = 'refunded' where id = pg_temp.pick(n, 'public.revenue_transactions', 'transaction_type <> $r$refund$r$');
    when 'refund in part' then
      insert into public.revenue_transactions (instructor_id, student_id, transaction_type, amount, course_id, workshop_id, enrollment_id, payment_status)
        select instructor_id, student_id, 'refund', round(amount / 3, 2), course_id, workshop_id, enrollment_id, 'completed' from public.revenue_transactions where id = pg_temp.pick(n, 'public.revenue_transactions', 'payment_status = $r$completed$r$');
    when 'transaction deleted' then delete from public.revenue_transactions where id = pg_temp.pick(n, 'public.revenue_transactions');
    when 'all of a student refunded' then
      update public.revenue_transactions set payment_status = 'refunded' where transaction_type <> 'refund' and payment_status = 'completed' and student_id = (select student_id from public.revenue_transactions where id = pg_temp.pick(n, 'public.revenue_transactions', 'payment_status = $r$completed$r$'));
    when 'course changes hands' then update public.courses set instructor_id = nullif(teacher, pg_temp.pick(n + 1, 'public.users', 'organization_id is null')) where id = course;
    when 'workshop changes hands' then update public.workshops set instructor_id = nullif(teacher, pg_temp.pick(n + 1, 'public.users', 'organization_id is null')) where id = workshop;
    when 'profile comes or goes' then
      delete from public.instructor_profiles where user_id = teacher;
      if not found then
        insert into public.instructor_profiles (user_id, bio, professional_title) values (teacher, repeat('Teaches. ', 10), 'Coach');
      end if;
    when 'user deleted' then delete from auth.users where pg_temp.dice(n, 'rare', 3) = 0 and id = case when pg_temp.dice(n, 'teacher', 6) = 0 then teacher else student end;
    when 'course deleted' then delete from public.courses where pg_temp.dice(n, 'rare', 3) = 0 and id = course;
    when 'workshop deleted' then delete from public.workshops where pg_temp.dice(n, 'rare', 3) = 0 and id = workshop;
    when 'course added' then
      insert into public.courses (title, slug, pillar, level, price_amount, is_published, instructor_id) values ('Added', 'added-' || n, 'coaching', 'beginner', 40, true, teacher);
      insert into public.course_modules (course_id, title) select id, 'Added' from public.courses where slug = 'added-' || n;
    when 'workshop added' then
      insert into public.workshops (title, slug, pillar, level, format, duration_hours, capacity_total, price_amount, start_time, end_time, status, instructor_id)
        values ('Added', 'added-' || n, 'coaching', 'beginner', 'online', 2, 3, 30, '2025-07-01', '2025-07-02', 'published', teacher);
    when 'comment' then
      insert into public.student_activity (instructor_id, student_id, activity_type, activity_title, course_id)
        select teacher, e.user_id, case pg_temp.dice(n, 'type', 2) when 0 then 'comment_posted' else 'question_asked' end::public.activity_type, 'A remark', e.course_id from public.course_enrollments e where e.id = enrollment;
    when 'comment changes' then update public.student_activity set activity_type = 'question_asked', course_id = course where id = pg_temp.pick(n, 'public.student_activity', 'activity_title = $r$A remark$r$');
    when 'comment deleted' then delete from public.student_activity where id = pg_temp.pick(n, 'public.student_activity');
    when 'consultation' then
      update public.consultations set status = (enum_range(null::public.consultation_status))[pg_temp.dice(n, 'status', 4) + 1], user_rating = nullif(pg_temp.dice(n, 'rating', 6), 0), expert_id = pg_temp.pick(n, 'public.experts') where id = pg_temp.pick(n, 'public.consultations');
    when 'consultation deleted' then delete from public.consultations where id = pg_temp.pick(n, 'public.consultations');
    when 'resource' then insert into public.resource_access (resource_id, user_id, organization_id, access_type) values (pg_temp.pick(n, 'public.resources'), student, tenant, (array['view', 'download'])[pg_temp.dice(n, 'type', 2) + 1]);
    when 'resource changes' then update public.resource_access set resource_id = pg_temp.pick(n, 'public.resources'), access_type = (array['view', 'download'])[pg_temp.dice(n, 'type', 2) + 1] where id = pg_temp.pick(n, 'public.resource_access');
    when 'resource forgotten' then delete from public.resource_access where id = pg_temp.pick(n, 'public.resource_access');
    when 'all dropped' then update public.course_enrollments set status = 'dropped' where user_id = student;
    when 'published' then update public.courses set is_published = not is_published where id = course;
  end case;
  get diagnostics rows = row_count;
  return kind || case when rows = 0 then ': nothing to do' else '' end;
exception when check_violation or unique_violation or restrict_violation then
  return kind || ': refused, ' || sqlerrm;
end
$$;

-- Every tenth is followed by the recount.
create table public.done (n int, what text, wrong bigint);
do $$
begin
  for i in 1..1000 loop
    insert into public.done values (i, pg_temp.operation(i), 0);
    if i % 10 = 0 then
      update public.done d set wrong = (select count(*) from pg_temp.wrong()) where d.n = i;
      commit;
    end if;
  end loop;
end
$$;
select n, what, wrong from public.done where wrong > 0 order by n limit 5;
select * from pg_temp.wrong() limit 5;
select count(*) as operations, count(*) filter (where what ~ 'refused') as refused, count(*) filter (where what ~ 'nothing') as without_a_row, count(*) filter (where wrong > 0) as wrong from public.done;
select substring(what from 'refused, (.*)') as refused, count(*) from public.done where what ~ 'refused' group by 1 order by 1;
-- The function that counts anew finds nothing to correct
select * from public.humanglue_recount();
\c contrib_regression
drop database proapp_humanglue_numbers;
