-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_humanglue UPDATE TO '1.1.0'" to load this file. \quit

select proapp.migrate_up('humanglue', '1.1.0', $up$
create type public.course_status as enum ('draft', 'published', 'archived');
create type public.course_difficulty as enum ('beginner', 'intermediate', 'advanced');
create type public.lesson_type as enum ('video', 'article', 'quiz', 'assignment', 'live_session');
create type public.workshop_type as enum ('online', 'in_person', 'hybrid');
create type public.activity_type as enum ('enrolled', 'lesson_started', 'lesson_completed', 'quiz_passed', 'quiz_failed', 'assignment_submitted', 'course_completed', 'workshop_registered', 'workshop_attended', 'certificate_earned', 'comment_posted', 'question_asked');
create type public.transaction_type as enum ('course_enrollment', 'workshop_registration', 'consultation', 'refund');
create type public.payout_schedule as enum ('weekly', 'biweekly', 'monthly');

alter table public.courses
  add column instructor_id uuid references public.users (id) on delete set null,
  add column organization_id uuid references public.organizations (id) on delete cascade,
  add column status public.course_status not null default 'draft',
  add column category text,
  add column tags text[] default '{}',
  add column what_you_will_learn text[],
  add column target_audience text[],
  add column language text not null default 'en',
  add column enrolled_count integer not null default 0,
  add column completed_count integer not null default 0,
  add column average_rating numeric(3,2) check (average_rating >= 0 and average_rating <= 5),
  add column review_count integer not null default 0,
  add column total_revenue numeric(12,2) not null default 0 check (total_revenue >= 0),
  add column certificate_enabled boolean not null default true,
  add column certificate_template_url text,
  add column allow_comments boolean not null default true,
  add column allow_qa boolean not null default true,
  add column drip_content boolean not null default false,
  add column drip_schedule jsonb default '{}';
create index idx_courses_category on public.courses (category);
create index idx_courses_enrolled on public.courses (enrolled_count);
create index idx_courses_instructor on public.courses (instructor_id);
create index idx_courses_instructor_published on public.courses (instructor_id) where status = 'published';
create index idx_courses_organization on public.courses (organization_id);
create index idx_courses_rating on public.courses (average_rating) where average_rating is not null;
create index idx_courses_status on public.courses (status);
create index idx_courses_tags on public.courses using gin (tags);

alter table public.workshops
  add column organization_id uuid references public.organizations (id) on delete cascade,
  add column type public.workshop_type not null default 'online',
  add column tags text[] default '{}',
  add column prerequisites text[],
  add column what_you_will_learn text[],
  add column enrolled_count integer not null default 0,
  add column attended_count integer not null default 0,
  add column average_satisfaction numeric(3,2) check (average_satisfaction >= 0 and average_satisfaction <= 5),
  add column feedback_count integer not null default 0,
  add column total_revenue numeric(12,2) not null default 0 check (total_revenue >= 0),
  add column certificate_enabled boolean not null default true,
  add column certificate_template_url text;
create index idx_workshops_organization on public.workshops (organization_id);
create index idx_workshops_satisfaction on public.workshops (average_satisfaction) where average_satisfaction is not null;
create index idx_workshops_tags on public.workshops using gin (tags);
create index idx_workshops_type on public.workshops (type);

create table public.instructor_profiles (
  id                    uuid               primary key default gen_random_uuid(),
  user_id               uuid               not null unique references public.users (id) on delete cascade,
  bio                   text               not null check (char_length(bio) >= 50 and char_length(bio) <= 2000),
  professional_title    text               not null,
  tagline               text               check (char_length(tagline) <= 200),
  cover_photo_url       text,
  video_intro_url       text,
  expertise_tags        text[]             default '{}',
  pillars               public.ai_pillar[] default '{}',
  education             jsonb              default '[]',
  certifications        jsonb              default '[]',
  work_experience       jsonb              default '[]',
  social_links          jsonb              default '{}',
  total_students        integer            not null default 0,
  total_courses         integer            not null default 0,
  total_workshops       integer            not null default 0,
  average_rating        numeric(3,2)       check (average_rating >= 0 and average_rating <= 5),
  total_reviews         integer            not null default 0,
  is_verified           boolean            not null default false,
  is_featured           boolean            not null default false,
  is_accepting_students boolean            not null default true,
  metadata              jsonb              default '{}',
  created_at            timestamptz        not null default now(),
  updated_at            timestamptz        not null default now()
);
comment on table public.instructor_profiles is 'Who teaches, and what came of it.';
create index idx_instructor_profiles_accepting on public.instructor_profiles (is_accepting_students) where is_accepting_students = true;
create index idx_instructor_profiles_expertise on public.instructor_profiles using gin (expertise_tags);
create index idx_instructor_profiles_featured on public.instructor_profiles (is_featured) where is_featured = true;
create index idx_instructor_profiles_pillars on public.instructor_profiles using gin (pillars);
create index idx_instructor_profiles_rating on public.instructor_profiles (average_rating) where average_rating is not null;
create index idx_instructor_profiles_user on public.instructor_profiles (user_id);
create index idx_instructor_profiles_verified on public.instructor_profiles (is_verified) where is_verified = true;

create table public.instructor_settings (
  id                          uuid                   primary key default gen_random_uuid(),
  user_id                     uuid                   not null unique references public.users (id) on delete cascade,
  email_notifications         jsonb                  default '{"new_question": true, "course_review": true, "new_enrollment": true, "weekly_summary": true, "payment_received": true, "assignment_submitted": true, "workshop_registration": true}',
  push_notifications          jsonb                  default '{"new_question": true, "course_review": true, "new_enrollment": true, "payment_received": true, "assignment_submitted": false, "workshop_registration": true}',
  auto_approve_enrollments    boolean                not null default true,
  allow_student_questions     boolean                not null default true,
  allow_course_reviews        boolean                not null default true,
  require_enrollment_approval boolean                not null default false,
  show_email_to_students      boolean                not null default false,
  show_phone_to_students      boolean                not null default false,
  show_student_count          boolean                not null default true,
  show_revenue_stats          boolean                not null default false,
  payment_method              text,
  payment_details             jsonb                  default '{}',
  payout_schedule             public.payout_schedule default 'monthly',
  minimum_payout_amount       numeric(10,2)          default 100.00,
  currency                    text                   not null default 'USD',
  calendar_sync_enabled       boolean                not null default false,
  calendar_provider           text,
  calendar_sync_token         text,
  metadata                    jsonb                  default '{}',
  created_at                  timestamptz            not null default now(),
  updated_at                  timestamptz            not null default now()
);
comment on table public.instructor_settings is 'What an instructor wants to be told, and how they are paid. For them, and admins of the platform.';
create index idx_instructor_settings_user on public.instructor_settings (user_id);

create table public.student_progress (
  id                       uuid         primary key default gen_random_uuid(),
  enrollment_id            uuid         not null unique references public.course_enrollments (id) on delete cascade,
  user_id                  uuid         not null references public.users (id) on delete cascade,
  course_id                uuid         not null references public.courses (id) on delete cascade,
  total_lessons            integer      not null default 0,
  completed_lessons        integer      not null default 0,
  progress_percentage      integer      not null default 0 check (progress_percentage >= 0 and progress_percentage <= 100),
  total_watch_time_seconds integer      not null default 0,
  last_activity_at         timestamptz,
  total_quizzes            integer      not null default 0,
  passed_quizzes           integer      not null default 0,
  average_quiz_score       numeric(5,2),
  total_assignments        integer      not null default 0,
  submitted_assignments    integer      not null default 0,
  average_assignment_score numeric(5,2),
  comments_count           integer      not null default 0,
  questions_count          integer      not null default 0,
  engagement_score         numeric(5,2),
  is_completed             boolean      not null default false,
  completed_at             timestamptz,
  certificate_issued_at    timestamptz,
  certificate_url          text,
  metadata                 jsonb        default '{}',
  created_at               timestamptz  not null default now(),
  updated_at               timestamptz  not null default now(),
  unique (user_id, course_id)
);
comment on table public.student_progress is 'How far a student is in a course: numbers that triggers keep.';
create index idx_student_progress_activity on public.student_progress (last_activity_at);
create index idx_student_progress_completed on public.student_progress (is_completed);
create index idx_student_progress_course on public.student_progress (course_id);
create index idx_student_progress_course_activity on public.student_progress (course_id, last_activity_at desc);
create index idx_student_progress_enrollment on public.student_progress (enrollment_id);
create index idx_student_progress_percentage on public.student_progress (progress_percentage);
create index idx_student_progress_user on public.student_progress (user_id);
create index idx_student_progress_user_course on public.student_progress (user_id, course_id);

create table public.student_activity (
  id                   uuid                 primary key default gen_random_uuid(),
  instructor_id        uuid                 not null references public.users (id) on delete cascade,
  student_id           uuid                 not null references public.users (id) on delete cascade,
  activity_type        public.activity_type not null,
  activity_title       text                 not null,
  activity_description text,
  course_id            uuid                 references public.courses (id) on delete cascade,
  workshop_id          uuid                 references public.workshops (id) on delete cascade,
  lesson_id            uuid                 references public.course_lessons (id) on delete cascade,
  metadata             jsonb                default '{}',
  occurred_at          timestamptz          not null default now(),
  created_at           timestamptz          not null default now()
);
comment on table public.student_activity is 'What students do, for their instructors. Written by triggers and the service role.';
create index idx_student_activity_course on public.student_activity (course_id) where course_id is not null;
create index idx_student_activity_instructor on public.student_activity (instructor_id, occurred_at desc);
create index idx_student_activity_instructor_occurred on public.student_activity (instructor_id, occurred_at desc);
create index idx_student_activity_occurred on public.student_activity (occurred_at desc);
create index idx_student_activity_student on public.student_activity (student_id, occurred_at desc);
create index idx_student_activity_type on public.student_activity (activity_type);
create index idx_student_activity_workshop on public.student_activity (workshop_id) where workshop_id is not null;

create table public.revenue_transactions (
  id                              uuid                    primary key default gen_random_uuid(),
  instructor_id                   uuid                    not null references public.users (id) on delete cascade,
  student_id                      uuid                    not null references public.users (id) on delete cascade,
  transaction_type                public.transaction_type not null,
  amount                          numeric(10,2)           not null check (amount >= 0),
  currency                        text                    not null default 'USD',
  platform_fee_percentage         numeric(5,2)            not null default 20.00,
  platform_fee_amount             numeric(10,2)           not null check (platform_fee_amount >= 0),
  instructor_earnings             numeric(10,2)           not null check (instructor_earnings >= 0),
  course_id                       uuid                    references public.courses (id) on delete set null,
  workshop_id                     uuid                    references public.workshops (id) on delete set null,
  enrollment_id                   uuid                    references public.course_enrollments (id) on delete set null,
  workshop_registration_id        uuid                    references public.workshop_registrations (id) on delete set null,
  payment_provider                text,
  payment_provider_transaction_id text,
  payment_status                  public.payment_status   not null default 'pending',
  payout_id                       uuid,
  payout_status                   text,
  payout_date                     timestamptz,
  transaction_date                timestamptz             not null default now(),
  created_at                      timestamptz             not null default now(),
  updated_at                      timestamptz             not null default now()
);
comment on table public.revenue_transactions is 'What was charged and refunded, with the platform''s fee.';
create index idx_revenue_instructor_date on public.revenue_transactions (instructor_id, transaction_date desc);
create index idx_revenue_transactions_course on public.revenue_transactions (course_id) where course_id is not null;
create index idx_revenue_transactions_date on public.revenue_transactions (transaction_date desc);
create index idx_revenue_transactions_instructor on public.revenue_transactions (instructor_id, transaction_date desc);
create index idx_revenue_transactions_payout on public.revenue_transactions (payout_status, payout_date);
create index idx_revenue_transactions_status on public.revenue_transactions (payment_status);
create index idx_revenue_transactions_student on public.revenue_transactions (student_id);
create index idx_revenue_transactions_type on public.revenue_transactions (transaction_type);
create index idx_revenue_transactions_workshop on public.revenue_transactions (workshop_id) where workshop_id is not null;

create table public.course_reviews (
  id                      uuid        primary key default gen_random_uuid(),
  course_id               uuid        not null references public.courses (id) on delete cascade,
  user_id                 uuid        not null references public.users (id) on delete cascade,
  enrollment_id           uuid        not null references public.course_enrollments (id) on delete cascade,
  rating                  integer     not null check (rating >= 1 and rating <= 5),
  title                   text,
  review_text             text        check (char_length(review_text) <= 5000),
  content_quality_rating  integer     check (content_quality_rating >= 1 and content_quality_rating <= 5),
  instructor_rating       integer     check (instructor_rating >= 1 and instructor_rating <= 5),
  value_rating            integer     check (value_rating >= 1 and value_rating <= 5),
  is_published            boolean     not null default true,
  is_verified_purchase    boolean     not null default true,
  instructor_response     text,
  instructor_responded_at timestamptz,
  helpful_count           integer     not null default 0,
  metadata                jsonb       default '{}',
  created_at              timestamptz not null default now(),
  updated_at              timestamptz not null default now(),
  unique (course_id, user_id)
);
comment on table public.course_reviews is 'What students say of a course.';
create index idx_course_reviews_course on public.course_reviews (course_id, created_at desc);
create index idx_course_reviews_published on public.course_reviews (is_published) where is_published = true;
create index idx_course_reviews_rating on public.course_reviews (rating);
create index idx_course_reviews_user on public.course_reviews (user_id);

create table public.workshop_feedback (
  id                   uuid        primary key default gen_random_uuid(),
  workshop_id          uuid        not null references public.workshops (id) on delete cascade,
  user_id              uuid        not null references public.users (id) on delete cascade,
  registration_id      uuid        not null references public.workshop_registrations (id) on delete cascade,
  overall_satisfaction integer     not null check (overall_satisfaction >= 1 and overall_satisfaction <= 5),
  content_rating       integer     check (content_rating >= 1 and content_rating <= 5),
  delivery_rating      integer     check (delivery_rating >= 1 and delivery_rating <= 5),
  interaction_rating   integer     check (interaction_rating >= 1 and interaction_rating <= 5),
  what_went_well       text,
  what_could_improve   text,
  would_recommend      boolean,
  nps_score            integer     check (nps_score >= 0 and nps_score <= 10),
  metadata             jsonb       default '{}',
  submitted_at         timestamptz not null default now(),
  created_at           timestamptz not null default now(),
  unique (workshop_id, user_id)
);
comment on table public.workshop_feedback is 'What participants say of a workshop.';
create index idx_workshop_feedback_nps on public.workshop_feedback (nps_score);
create index idx_workshop_feedback_satisfaction on public.workshop_feedback (overall_satisfaction);
create index idx_workshop_feedback_user on public.workshop_feedback (user_id);
create index idx_workshop_feedback_workshop on public.workshop_feedback (workshop_id, submitted_at desc);

create table public.course_instructors (
  course_id     uuid        not null references public.courses (id) on delete cascade,
  instructor_id uuid        not null references public.users (id) on delete cascade,
  role          text        not null default 'co-instructor' check (role in ('primary', 'co-instructor', 'assistant')),
  permissions   jsonb       default '{"edit_content": false, "manage_reviews": false, "view_analytics": true, "manage_students": true}',
  added_at      timestamptz not null default now(),
  primary key (course_id, instructor_id)
);
comment on table public.course_instructors is 'Who else teaches a course, and what they may do.';
create index idx_course_instructors_instructor on public.course_instructors (instructor_id);
create index idx_course_instructors_role on public.course_instructors (role);

create table public.workshop_facilitators (
  workshop_id    uuid        not null references public.workshops (id) on delete cascade,
  facilitator_id uuid        not null references public.users (id) on delete cascade,
  role           text        not null default 'co-facilitator' check (role in ('primary', 'co-facilitator', 'assistant')),
  added_at       timestamptz not null default now(),
  primary key (workshop_id, facilitator_id)
);
comment on table public.workshop_facilitators is 'Who else holds a workshop.';
create index idx_workshop_facilitators_facilitator on public.workshop_facilitators (facilitator_id);

-- Keys without an index of the contract's: a deletion would read the whole table for each row.
create index idx_student_activity_lesson on public.student_activity (lesson_id) where lesson_id is not null;
create index idx_revenue_transactions_enrollment on public.revenue_transactions (enrollment_id) where enrollment_id is not null;
create index idx_revenue_transactions_registration on public.revenue_transactions (workshop_registration_id) where workshop_registration_id is not null;
create index idx_course_reviews_enrollment on public.course_reviews (enrollment_id);
create index idx_workshop_feedback_registration on public.workshop_feedback (registration_id);

-- Rights
alter table public.instructor_profiles enable row level security;
alter table public.instructor_settings enable row level security;
alter table public.student_progress enable row level security;
alter table public.student_activity enable row level security;
alter table public.revenue_transactions enable row level security;
alter table public.course_reviews enable row level security;
alter table public.workshop_feedback enable row level security;
alter table public.course_instructors enable row level security;
alter table public.workshop_facilitators enable row level security;
revoke all on
  public.instructor_profiles, public.instructor_settings, public.student_progress, public.student_activity, public.revenue_transactions, public.course_reviews, public.workshop_feedback,
  public.course_instructors, public.workshop_facilitators
  from public, anon, authenticated, service_role;
grant select, insert, update, delete on
  public.instructor_profiles, public.instructor_settings, public.student_progress, public.student_activity, public.revenue_transactions, public.course_reviews, public.workshop_feedback,
  public.course_instructors, public.workshop_facilitators
  to service_role;
grant select on public.instructor_profiles, public.course_reviews, public.course_instructors, public.workshop_facilitators to anon;
grant select on
  public.instructor_profiles, public.instructor_settings, public.student_progress, public.student_activity, public.revenue_transactions, public.course_reviews, public.workshop_feedback,
  public.course_instructors, public.workshop_facilitators
  to authenticated;
grant insert (instructor_id, organization_id, status, category, tags, what_you_will_learn, target_audience, language, certificate_enabled, certificate_template_url, allow_comments, allow_qa, drip_content, drip_schedule),
  update (instructor_id, organization_id, status, category, tags, what_you_will_learn, target_audience, language, certificate_enabled, certificate_template_url, allow_comments, allow_qa, drip_content, drip_schedule)
  on public.courses to authenticated;
grant insert (organization_id, type, tags, prerequisites, what_you_will_learn, certificate_enabled, certificate_template_url),
  update (organization_id, type, tags, prerequisites, what_you_will_learn, certificate_enabled, certificate_template_url) on public.workshops to authenticated;
grant insert (id, user_id, bio, professional_title, tagline, cover_photo_url, video_intro_url, expertise_tags, pillars, education, certifications, work_experience, social_links, is_accepting_students, metadata), delete,
  update (bio, professional_title, tagline, cover_photo_url, video_intro_url, expertise_tags, pillars, education, certifications, work_experience, social_links, is_verified, is_featured, is_accepting_students, metadata, updated_at)
  on public.instructor_profiles to authenticated;
grant insert, update, delete on public.instructor_settings to authenticated;
grant insert, update, delete on public.revenue_transactions to authenticated;
grant insert (id, course_id, user_id, enrollment_id, rating, title, review_text, content_quality_rating, instructor_rating, value_rating, metadata),
  update (rating, title, review_text, content_quality_rating, instructor_rating, value_rating, instructor_response, instructor_responded_at, metadata, updated_at) on public.course_reviews to authenticated;
grant insert on public.workshop_feedback to authenticated;
grant insert, delete, update (role, permissions) on public.course_instructors to authenticated;
grant insert, delete, update (role) on public.workshop_facilitators to authenticated;

-- Co-teaching. Of whom a course is, and who is primary in course_instructors, may do everything; others what their row states. Policies ask once a statement: an array uses indexes.
create function public.humanglue_taught_courses(variadic p_permissions text[] default '{}') returns uuid[]
  language sql stable parallel safe security definer set search_path = pg_catalog, pg_temp
  as $$
    select array(
      select c.id from public.courses c where c.instructor_id = proapp.current_user_id('humanglue')
      union
      select i.course_id from public.course_instructors i
       where i.instructor_id = proapp.current_user_id('humanglue')
         and (i.role = 'primary' or p_permissions = '{}' or exists (select from unnest(p_permissions) p where i.permissions ->> p = 'true')))
  $$;
comment on function public.humanglue_taught_courses(text[]) is 'Courses that the caller teaches with one of these permissions; without any, all that the caller teaches.';

create function public.humanglue_held_workshops(p_least text) returns uuid[]
  language sql stable parallel safe security definer set search_path = pg_catalog, pg_temp
  as $$
    select array(
      select w.id from public.workshops w where w.instructor_id = proapp.current_user_id('humanglue')
      union
      select f.workshop_id from public.workshop_facilitators f
       where f.facilitator_id = proapp.current_user_id('humanglue')
         and array_position('{assistant,co-facilitator,primary}', f.role) >= array_position('{assistant,co-facilitator,primary}', p_least))
  $$;
comment on function public.humanglue_held_workshops(text) is 'Workshops that the caller holds, in this role or a higher one: assistant sees, co-facilitator changes, primary appoints.';

create function public.humanglue_studied_courses() returns uuid[]
  language sql stable parallel safe security definer set search_path = pg_catalog, pg_temp
  as $$
    select array(
      select e.course_id from public.course_enrollments e
       where e.user_id = proapp.current_user_id('humanglue') and e.status <> 'dropped' and (e.expires_at is null or e.expires_at > now())
         and coalesce((select t.payment_status = 'completed' from public.revenue_transactions t
                        where t.enrollment_id = e.id and t.transaction_type = 'course_enrollment' order by t.created_at desc, t.id limit 1), true))
  $$;
comment on function public.humanglue_studied_courses() is 'Courses whose content the caller may read: enrolled, not expired, and paid where there is something to pay.';

-- What follows every update.
create trigger update_instructor_profiles_updated_at before update on public.instructor_profiles for each row execute function public.update_updated_at_column();
create trigger update_instructor_settings_updated_at before update on public.instructor_settings for each row execute function public.update_updated_at_column();
create trigger update_student_progress_updated_at before update on public.student_progress for each row execute function public.update_updated_at_column();
create trigger update_revenue_transactions_updated_at before update on public.revenue_transactions for each row execute function public.update_updated_at_column();
create trigger update_course_reviews_updated_at before update on public.course_reviews for each row execute function public.update_updated_at_column();

-- Guards: whose a course is, and who is verified, admins say; a review is its author's, and only the answer is the instructor's.
create trigger humanglue_guard_owner before update of instructor_id, organization_id on public.courses
  for each row execute function public.humanglue_guard_columns('instructor_id', 'organization_id');
create trigger humanglue_guard_organization before update of organization_id on public.workshops
  for each row execute function public.humanglue_guard_columns('organization_id');
create trigger humanglue_guard_verified before update of is_verified, is_featured on public.instructor_profiles
  for each row execute function public.humanglue_guard_columns('is_verified', 'is_featured');

create function public.humanglue_guard_review() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  if not public.humanglue_by_user() then
    return new;
  end if;
  if new.user_id is distinct from proapp.current_user_id('humanglue') then
    if (new.rating, new.title, new.review_text, new.content_quality_rating, new.instructor_rating, new.value_rating)
       is distinct from (old.rating, old.title, old.review_text, old.content_quality_rating, old.instructor_rating, old.value_rating) then
      raise exception 'a review is changed by its author only' using errcode = 'insufficient_privilege', detail = 'Instructors respond to it.';
    end if;
  elsif (new.instructor_response, new.instructor_responded_at) is distinct from (old.instructor_response, old.instructor_responded_at) then
    raise exception 'the response to a review is the instructor''s' using errcode = 'insufficient_privilege';
  end if;
  return new;
end
$$;
comment on function public.humanglue_guard_review() is 'Trigger: authors change their review, instructors their response.';
create trigger humanglue_guard_review before update on public.course_reviews
  for each row execute function public.humanglue_guard_review();

-- Published is said twice, and both say the same.
create function public.humanglue_course_published() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
begin
  if tg_op = 'INSERT' and new.is_published and new.status = 'draft' then
    new.status := 'published';
  elsif tg_op = 'UPDATE' and new.status = old.status and new.is_published <> old.is_published then
    new.status := case when new.is_published then 'published' else 'draft' end;
  end if;
  new.is_published := new.status = 'published';
  if new.is_published and new.published_at is null then
    new.published_at := now();
  end if;
  return new;
end
$$;
comment on function public.humanglue_course_published() is 'Trigger: status and is_published say the same.';
create trigger humanglue_course_published before insert or update of status, is_published on public.courses
  for each row execute function public.humanglue_course_published();

-- An instructor in numbers. Recounted, as a student of two courses is one student; whoever comes second waits for the profile, and counts in a statement of its own what the first has written.
create function public.humanglue_recount_students(p_instructor_ids uuid[]) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  perform from public.instructor_profiles p where p.user_id = any (p_instructor_ids) order by p.user_id for no key update;
  update public.instructor_profiles p set total_students =
      (select count(distinct e.user_id) from public.courses c join public.course_enrollments e on e.course_id = c.id where c.instructor_id = p.user_id and e.status <> 'dropped')
    where p.user_id = any (p_instructor_ids);
end
$$;
comment on function public.humanglue_recount_students(uuid[]) is 'Students of instructors, each counted once.';

create function public.humanglue_recount_ratings(p_instructor_ids uuid[]) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  perform from public.instructor_profiles p where p.user_id = any (p_instructor_ids) order by p.user_id for no key update;
  update public.instructor_profiles p set average_rating = n.rating, total_reviews = n.reviews
    from unnest(p_instructor_ids) i,
      lateral (select round(avg(r.rating), 2) as rating, count(r.id) as reviews from public.courses c join public.course_reviews r on r.course_id = c.id where c.instructor_id = i and r.is_published) n
    where p.user_id = i;
end
$$;
comment on function public.humanglue_recount_ratings(uuid[]) is 'Ratings of instructors: of all published reviews of their courses.';

create function public.humanglue_recount_instructors(p_instructor_ids uuid[]) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  -- A profile and a course that are made at once do not see each other. The user is what both write, so that the second waits, or fails where it looks at the past.
  update public.users u set updated_at = now() from (select id from public.users where id = any (p_instructor_ids) order by id for no key update) locked where u.id = locked.id;
  perform from public.instructor_profiles p where p.user_id = any (p_instructor_ids) order by p.user_id for no key update;
  update public.instructor_profiles p set
      total_courses = (select count(*) from public.courses c where c.instructor_id = p.user_id),
      total_workshops = (select count(*) from public.workshops w where w.instructor_id = p.user_id)
    where p.user_id = any (p_instructor_ids);
  perform public.humanglue_recount_students(p_instructor_ids), public.humanglue_recount_ratings(p_instructor_ids);
end
$$;
comment on function public.humanglue_recount_instructors(uuid[]) is 'Courses, workshops, students and ratings of instructors.';

create function public.update_instructor_stats() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  instructors uuid[];
begin
  if tg_table_name = 'course_enrollments' then
    if tg_op <> 'UPDATE' or (new.course_id, new.user_id, new.status = 'dropped') is distinct from (old.course_id, old.user_id, old.status = 'dropped') then
      select array_agg(distinct c.instructor_id) into instructors from public.courses c where c.id in (old.course_id, new.course_id) and c.instructor_id is not null;
      if instructors is not null then
        perform public.humanglue_recount_students(instructors);
      end if;
    end if;
  elsif tg_op <> 'UPDATE' or new.instructor_id is distinct from old.instructor_id then
    instructors := array_remove(array[old.instructor_id, new.instructor_id], null);
    if instructors <> '{}' then
      perform public.humanglue_recount_instructors(instructors);
    end if;
  end if;
  return null;
end
$$;
comment on function public.update_instructor_stats() is 'Trigger: courses, workshops and enrolments count for their instructor.';
create trigger update_instructor_stats_from_courses_trigger after insert or delete or update on public.courses
  for each row execute function public.update_instructor_stats();
create trigger update_instructor_stats_from_workshops_trigger after insert or delete or update on public.workshops
  for each row execute function public.update_instructor_stats();
create trigger update_instructor_stats_from_enrollments_trigger after insert or delete on public.course_enrollments
  for each row execute function public.update_instructor_stats();
create trigger update_instructor_stats_from_enrollments_on_update after update of status, user_id, course_id on public.course_enrollments
  for each row execute function public.update_instructor_stats();

-- A profile may come after the courses. They are written, so that who enrols at the same time waits, or fails where they look at the past.
create function public.humanglue_new_profile() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  update public.users set updated_at = now() where id = new.user_id;
  update public.courses c set updated_at = now() from (select id from public.courses where instructor_id = new.user_id order by id for no key update) locked where c.id = locked.id;
  perform public.humanglue_recount_instructors(array[new.user_id]);
  return null;
end
$$;
comment on function public.humanglue_new_profile() is 'Trigger: a new profile begins with what its instructor has.';
create trigger humanglue_new_profile after insert or update of user_id on public.instructor_profiles
  for each row execute function public.humanglue_new_profile();

-- How many take a course, and have finished it. Who has dropped out does neither.
create function public.update_course_enrollment_stats() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  taken integer := 0;  -- from the course of before
  added integer := 0;  -- to the course of now
  taken_done integer := 0;
  added_done integer := 0;
begin
  if tg_op <> 'INSERT' then
    taken := (old.status <> 'dropped')::integer;
    taken_done := (old.status = 'completed')::integer;
  end if;
  if tg_op <> 'DELETE' then
    added := (new.status <> 'dropped')::integer;
    added_done := (new.status = 'completed')::integer;
  end if;
  if tg_op = 'UPDATE' and new.course_id = old.course_id and (taken, taken_done) = (added, added_done) then
    return null;
  end if;
  perform from public.courses c where c.id in (old.course_id, new.course_id) order by c.id for no key update;
  update public.courses c set
      enrolled_count = c.enrolled_count - case when c.id = old.course_id then taken else 0 end + case when c.id = new.course_id then added else 0 end,
      completed_count = c.completed_count - case when c.id = old.course_id then taken_done else 0 end + case when c.id = new.course_id then added_done else 0 end
    where c.id in (old.course_id, new.course_id);
  return null;
end
$$;
comment on function public.update_course_enrollment_stats() is 'Trigger: enrolled_count and completed_count of courses.';
create trigger update_course_enrollment_stats_trigger after insert or delete or update on public.course_enrollments
  for each row execute function public.update_course_enrollment_stats();

-- Student progress: recounted from the lessons, in a statement after the lock on what others may be writing.
create function public.humanglue_recount_progress(p_enrollment_ids uuid[]) returns bigint
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  changed bigint;
begin
  perform from public.student_progress s where s.enrollment_id = any (p_enrollment_ids) order by s.enrollment_id for no key update;
  update public.student_progress s set
      user_id = n.user_id, course_id = n.course_id, total_lessons = n.total_lessons, completed_lessons = n.completed_lessons, progress_percentage = n.progress_percentage,
      total_watch_time_seconds = n.seconds, last_activity_at = n.last_activity_at, total_quizzes = n.total_quizzes, passed_quizzes = n.passed_quizzes, average_quiz_score = n.average_quiz_score,
      total_assignments = n.total_assignments, submitted_assignments = n.submitted_assignments, average_assignment_score = n.average_assignment_score, comments_count = n.comments,
      questions_count = n.questions, engagement_score = n.engagement_score, is_completed = n.is_completed, completed_at = n.completed_at, certificate_url = n.certificate_url,
      certificate_issued_at = case when n.certificate_url is not null then coalesce(s.certificate_issued_at, now()) end
    from (
      select e.id, e.user_id, e.course_id, l.total_lessons, l.completed_lessons, coalesce(floor(100.0 * l.completed_lessons / nullif(l.total_lessons, 0))::integer, 0) as progress_percentage,
             l.seconds, greatest(e.last_accessed_at, l.last_accessed_at) as last_activity_at, l.total_quizzes, l.passed_quizzes, l.average_quiz_score,
             l.total_assignments, l.submitted_assignments, l.average_assignment_score, a.comments, a.questions,
             -- Lessons count for seven tenths, quizzes for two, comments and questions (up to ten) for one.
             round(70.0 * coalesce(l.completed_lessons::numeric / nullif(l.total_lessons, 0), 0)
                 + 20.0 * coalesce(l.passed_quizzes::numeric / nullif(l.total_quizzes, 0), l.completed_lessons::numeric / nullif(l.total_lessons, 0), 0) + least(a.comments + a.questions, 10), 2) as engagement_score,
             e.status = 'completed' as is_completed, case when e.status = 'completed' then e.completed_at end as completed_at, e.certificate_url
        from public.course_enrollments e,
             lateral (select count(*)::integer as total_lessons, (count(*) filter (where p.is_completed))::integer as completed_lessons, coalesce(sum(p.time_spent_seconds), 0)::integer as seconds,
                             max(p.last_accessed_at) as last_accessed_at,
                             (count(*) filter (where l.content_type = 'quiz'))::integer as total_quizzes,
                             (count(*) filter (where l.content_type = 'quiz' and p.quiz_score >= coalesce(l.quiz_passing_score, 0)))::integer as passed_quizzes,
                             round(avg(p.quiz_score) filter (where l.content_type = 'quiz'), 2) as average_quiz_score,
                             (count(*) filter (where l.content_type = 'assignment'))::integer as total_assignments,
                             (count(*) filter (where l.content_type = 'assignment' and p.is_completed))::integer as submitted_assignments,
                             round(avg(p.quiz_score) filter (where l.content_type = 'assignment'), 2) as average_assignment_score
                        from public.course_modules m join public.course_lessons l on l.module_id = m.id left join public.lesson_progress p on p.lesson_id = l.id and p.enrollment_id = e.id
                       where m.course_id = e.course_id) l,
             lateral (select (count(*) filter (where v.activity_type = 'comment_posted'))::integer as comments, (count(*) filter (where v.activity_type = 'question_asked'))::integer as questions
                        from public.student_activity v where v.student_id = e.user_id and v.course_id = e.course_id) a
       where e.id = any (p_enrollment_ids)) n
    where s.enrollment_id = n.id
      and (s.user_id, s.course_id, s.total_lessons, s.completed_lessons, s.progress_percentage, s.total_watch_time_seconds, s.last_activity_at, s.total_quizzes, s.passed_quizzes, s.average_quiz_score,
           s.total_assignments, s.submitted_assignments, s.average_assignment_score, s.comments_count, s.questions_count, s.engagement_score, s.is_completed, s.completed_at, s.certificate_url)
          is distinct from
          (n.user_id, n.course_id, n.total_lessons, n.completed_lessons, n.progress_percentage, n.seconds, n.last_activity_at, n.total_quizzes, n.passed_quizzes, n.average_quiz_score,
           n.total_assignments, n.submitted_assignments, n.average_assignment_score, n.comments, n.questions, n.engagement_score, n.is_completed, n.completed_at, n.certificate_url);
  get diagnostics changed = row_count;
  return changed;
end
$$;
comment on function public.humanglue_recount_progress(uuid[]) is 'Brings student_progress of enrolments into line with lessons, activity and the enrolment; answers how many rows were not.';

create function public.create_student_progress() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  -- Lessons that are just being added write the course: they are seen here, or see this enrolment.
  perform from public.courses c where c.id = new.course_id for no key update;
  insert into public.student_progress (enrollment_id, user_id, course_id) values (new.id, new.user_id, new.course_id) on conflict (enrollment_id) do nothing;
  perform public.humanglue_recount_progress(array[new.id]);
  return null;
end
$$;
comment on function public.create_student_progress() is 'Trigger: who enrols has a row in student_progress.';
create trigger create_student_progress_trigger after insert on public.course_enrollments
  for each row execute function public.create_student_progress();

create function public.humanglue_progress_follows() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  if tg_table_name = 'course_enrollments' then
    perform public.humanglue_recount_progress(array[new.id]);
  else
    perform public.humanglue_recount_progress(array_agg(e.id order by e.id)) from public.course_enrollments e
      where (e.user_id, e.course_id) in ((old.student_id, old.course_id), (new.student_id, new.course_id));
  end if;
  return null;
end
$$;
comment on function public.humanglue_progress_follows() is 'Trigger: student_progress follows the enrolment, and what was commented and asked.';
create trigger humanglue_progress_follows after update on public.course_enrollments
  for each row execute function public.humanglue_progress_follows();
create trigger humanglue_comments_come after insert on public.student_activity
  for each row when (new.activity_type in ('comment_posted', 'question_asked')) execute function public.humanglue_progress_follows();
create trigger humanglue_comments_change after update on public.student_activity
  for each row when (new.activity_type in ('comment_posted', 'question_asked') or old.activity_type in ('comment_posted', 'question_asked')) execute function public.humanglue_progress_follows();
create trigger humanglue_comments_go after delete on public.student_activity
  for each row when (old.activity_type in ('comment_posted', 'question_asked')) execute function public.humanglue_progress_follows();

-- Activities. Without an instructor there is nobody to tell.
create function public.humanglue_log(p_student_id uuid, p_activity public.activity_type, p_course_id uuid default null, p_workshop_id uuid default null, p_lesson_id uuid default null, p_metadata jsonb default '{}') returns void
  language sql security definer set search_path = pg_catalog, pg_temp
  as $$
    insert into public.student_activity (instructor_id, student_id, activity_type, activity_title, course_id, workshop_id, lesson_id, metadata)
      select t.instructor_id, p_student_id, p_activity, coalesce((select l.title from public.course_lessons l where l.id = p_lesson_id), t.title), p_course_id, p_workshop_id, p_lesson_id, p_metadata
        from (select c.instructor_id, c.title from public.courses c where c.id = p_course_id
              union all select w.instructor_id, w.title from public.workshops w where w.id = p_workshop_id) t
       where t.instructor_id is not null
  $$;
comment on function public.humanglue_log(uuid, public.activity_type, uuid, uuid, uuid, jsonb) is 'Tells the instructor of a course or workshop what a student does.';

create function public.log_student_activity() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  if new.status <> 'dropped' and (tg_op = 'INSERT' or old.status = 'dropped') then
    perform public.humanglue_log(new.user_id, 'enrolled', new.course_id);
  end if;
  if new.status = 'completed' and (tg_op = 'INSERT' or old.status <> 'completed') then
    perform public.humanglue_log(new.user_id, 'course_completed', new.course_id);
  end if;
  if new.certificate_url is not null and (tg_op = 'INSERT' or old.certificate_url is null) then
    perform public.humanglue_log(new.user_id, 'certificate_earned', new.course_id);
  end if;
  return null;
end
$$;
comment on function public.log_student_activity() is 'Trigger: who enrols, completes a course or earns a certificate is in student_activity.';
create trigger log_enrollment_activity_trigger after insert or update on public.course_enrollments
  for each row execute function public.log_student_activity();

create function public.update_student_progress_from_lesson() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  enrollment public.course_enrollments;
  lesson     public.course_lessons;
begin
  -- In this order: the enrolment has been moved before, by update_enrollment_progress().
  perform public.humanglue_recount_progress(array_remove(array[old.enrollment_id, new.enrollment_id], null));
  if tg_op = 'DELETE' then
    return null;
  end if;
  select * into enrollment from public.course_enrollments e where e.id = new.enrollment_id;
  select * into lesson from public.course_lessons l where l.id = new.lesson_id;
  if tg_op = 'INSERT' then
    perform public.humanglue_log(enrollment.user_id, 'lesson_started', enrollment.course_id, null, new.lesson_id);
  end if;
  if new.is_completed and (tg_op = 'INSERT' or not old.is_completed) then
    perform public.humanglue_log(enrollment.user_id, case lesson.content_type when 'assignment' then 'assignment_submitted' else 'lesson_completed' end::public.activity_type, enrollment.course_id, null, new.lesson_id);
  end if;
  if lesson.content_type = 'quiz' and new.quiz_score is not null
     and (tg_op = 'INSERT' or (new.quiz_score, new.quiz_attempts) is distinct from (old.quiz_score, old.quiz_attempts)) then
    perform public.humanglue_log(enrollment.user_id, case when new.quiz_score >= coalesce(lesson.quiz_passing_score, 0) then 'quiz_passed' else 'quiz_failed' end::public.activity_type, enrollment.course_id, null,
                                 new.lesson_id, jsonb_build_object('score', new.quiz_score));
  end if;
  return null;
end
$$;
comment on function public.update_student_progress_from_lesson() is 'Trigger: lessons move student_progress, and are in student_activity.';
create trigger update_student_progress_from_lesson_trigger after insert or update on public.lesson_progress
  for each row execute function public.update_student_progress_from_lesson();
create trigger update_student_progress_from_lesson_on_delete after delete on public.lesson_progress
  for each row execute function public.update_student_progress_from_lesson();

-- Reviews and feedback: averages are recounted, the second of two waits for the course and counts the first.
create function public.update_course_rating() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  instructors uuid[];
begin
  if tg_op = 'UPDATE' and (new.course_id, new.rating, new.is_published) is not distinct from (old.course_id, old.rating, old.is_published) then
    return null;
  end if;
  perform from public.courses c where c.id in (old.course_id, new.course_id) order by c.id for no key update;
  update public.courses c set average_rating = n.rating, review_count = n.reviews
    from (select i.id, round(avg(r.rating), 2) as rating, count(r.id) as reviews
            from (select distinct id from unnest(array[old.course_id, new.course_id]) id where id is not null) i left join public.course_reviews r on r.course_id = i.id and r.is_published group by i.id) n
    where c.id = n.id;
  select array_agg(distinct c.instructor_id) into instructors from public.courses c where c.id in (old.course_id, new.course_id) and c.instructor_id is not null;
  if instructors is not null then
    perform public.humanglue_recount_ratings(instructors);
  end if;
  return null;
end
$$;
comment on function public.update_course_rating() is 'Trigger: published reviews make the rating of a course and of its instructor.';
create trigger update_course_rating_trigger after insert or delete or update on public.course_reviews
  for each row execute function public.update_course_rating();

create function public.update_workshop_satisfaction() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  perform from public.workshops w where w.id in (old.workshop_id, new.workshop_id) order by w.id for no key update;
  update public.workshops w set average_satisfaction = n.satisfaction, feedback_count = n.feedback
    from (select i.id, round(avg(f.overall_satisfaction), 2) as satisfaction, count(f.id) as feedback
            from (select distinct id from unnest(array[old.workshop_id, new.workshop_id]) id where id is not null) i left join public.workshop_feedback f on f.workshop_id = i.id group by i.id) n
    where w.id = n.id;
  return null;
end
$$;
comment on function public.update_workshop_satisfaction() is 'Trigger: feedback makes the satisfaction of a workshop.';
create trigger update_workshop_satisfaction_trigger after insert or delete or update on public.workshop_feedback
  for each row execute function public.update_workshop_satisfaction();

-- Who comes to a workshop, and came. Seats that are left are update_workshop_capacity()'s.
create function public.update_workshop_registration_stats() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  taken integer := 0;
  added integer := 0;
  taken_there integer := 0;
  added_there integer := 0;
begin
  if tg_op <> 'INSERT' then
    taken := public.humanglue_takes_seat(old.status)::integer;
    taken_there := (old.status = 'attended')::integer;
  end if;
  if tg_op <> 'DELETE' then
    added := public.humanglue_takes_seat(new.status)::integer;
    added_there := (new.status = 'attended')::integer;
  end if;
  if tg_op = 'UPDATE' and new.workshop_id = old.workshop_id and (taken, taken_there) = (added, added_there) then
    return null;
  end if;
  perform from public.workshops w where w.id in (old.workshop_id, new.workshop_id) order by w.id for no key update;
  update public.workshops w set
      enrolled_count = w.enrolled_count - case when w.id = old.workshop_id then taken else 0 end + case when w.id = new.workshop_id then added else 0 end,
      attended_count = w.attended_count - case when w.id = old.workshop_id then taken_there else 0 end + case when w.id = new.workshop_id then added_there else 0 end
    where w.id in (old.workshop_id, new.workshop_id);
  if added > taken then
    perform public.humanglue_log(new.user_id, 'workshop_registered', null, new.workshop_id);
  end if;
  if added_there > taken_there then
    perform public.humanglue_log(new.user_id, 'workshop_attended', null, new.workshop_id);
  end if;
  return null;
end
$$;
comment on function public.update_workshop_registration_stats() is 'Trigger: enrolled_count and attended_count of workshops, and student_activity.';
create trigger update_workshop_registration_stats_trigger after insert or delete or update on public.workshop_registrations
  for each row execute function public.update_workshop_registration_stats();

-- Revenue. A charge is pending until the payment is confirmed; one that is refunded stays, and a refund beside it takes the sum back.
create function public.humanglue_revenue_of(public.transaction_type, public.payment_status, numeric) returns numeric
  language sql immutable parallel safe set search_path = pg_catalog, pg_temp
  as $$ select case when $1 = 'refund' then case when $2 = 'completed' then -$3 else 0 end when $2 in ('completed', 'refunded') then $3 else 0 end $$;
comment on function public.humanglue_revenue_of(public.transaction_type, public.payment_status, numeric) is 'What a transaction adds to the revenue: what was paid, less what was refunded.';

create function public.humanglue_transaction() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
begin
  if tg_op = 'UPDATE' and old.payment_status = 'refunded' and (new.payment_status, new.amount, new.transaction_type) is distinct from (old.payment_status, old.amount, old.transaction_type) then
    raise exception 'a refunded transaction is closed' using errcode = 'restrict_violation', detail = format('Transaction %s was refunded.', old.id), hint = 'Charge again in a transaction of its own.';
  end if;
  if new.transaction_type = 'refund' and new.payment_status = 'refunded' then
    raise exception 'a refund cannot be refunded' using errcode = 'check_violation';
  end if;
  new.platform_fee_amount := round(new.amount * new.platform_fee_percentage / 100, 2);
  new.instructor_earnings := new.amount - new.platform_fee_amount;
  return new;
end
$$;
comment on function public.humanglue_transaction() is 'Trigger: the platform''s fee is its percentage of the amount, the rest is earned; what was refunded is closed.';
create trigger humanglue_transaction before insert or update on public.revenue_transactions
  for each row execute function public.humanglue_transaction();

create function public.humanglue_revenue_changed() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  sums     jsonb;  -- by course or workshop, of the whole statement: a charge and its refund may go together
  refunded uuid[];
begin
  if tg_op = 'INSERT' then
    select jsonb_object_agg(s.id, s.revenue) into sums
      from (select coalesce(course_id, workshop_id) as id, sum(public.humanglue_revenue_of(transaction_type, payment_status, amount)) as revenue from come group by 1) s where s.id is not null;
    select array_agg(id order by id) into refunded from come where payment_status = 'refunded';
  elsif tg_op = 'DELETE' then
    select jsonb_object_agg(s.id, s.revenue) into sums
      from (select coalesce(course_id, workshop_id) as id, -sum(public.humanglue_revenue_of(transaction_type, payment_status, amount)) as revenue from gone group by 1) s where s.id is not null;
  else
    select jsonb_object_agg(s.id, s.revenue) into sums
      from (select id, sum(revenue) as revenue
              from (select coalesce(course_id, workshop_id) as id, public.humanglue_revenue_of(transaction_type, payment_status, amount) as revenue from come
                    union all select coalesce(course_id, workshop_id), -public.humanglue_revenue_of(transaction_type, payment_status, amount) from gone) r group by id) s where s.id is not null;
    select array_agg(c.id order by c.id) into refunded from come c join gone g on g.id = c.id where c.payment_status = 'refunded' and g.payment_status <> 'refunded';
  end if;
  perform from public.courses c where c.id in (select k::uuid from jsonb_object_keys(sums) k) order by c.id for no key update;
  update public.courses c set total_revenue = c.total_revenue + s.value::numeric from jsonb_each_text(sums) s where c.id = s.key::uuid and s.value::numeric <> 0;
  perform from public.workshops w where w.id in (select k::uuid from jsonb_object_keys(sums) k) order by w.id for no key update;
  update public.workshops w set total_revenue = w.total_revenue + s.value::numeric from jsonb_each_text(sums) s where w.id = s.key::uuid and s.value::numeric <> 0;
  if refunded is not null then
    insert into public.revenue_transactions (instructor_id, student_id, transaction_type, amount, currency, platform_fee_percentage, course_id, workshop_id, enrollment_id, workshop_registration_id, payment_provider, payment_status)
      select t.instructor_id, t.student_id, 'refund', t.amount, t.currency, t.platform_fee_percentage, t.course_id, t.workshop_id, t.enrollment_id, t.workshop_registration_id, t.payment_provider, 'completed'
        from unnest(refunded) with ordinality r (id, n) join public.revenue_transactions t on t.id = r.id order by r.n;
  end if;
  return null;
end
$$;
comment on function public.humanglue_revenue_changed() is 'Trigger: total_revenue of courses and workshops; a charge that is refunded has a refund beside it.';
create trigger humanglue_revenue_comes after insert on public.revenue_transactions referencing new table as come for each statement execute function public.humanglue_revenue_changed();
create trigger humanglue_revenue_changes after update on public.revenue_transactions referencing old table as gone new table as come for each statement execute function public.humanglue_revenue_changed();
create trigger humanglue_revenue_goes after delete on public.revenue_transactions referencing old table as gone for each statement execute function public.humanglue_revenue_changed();

create function public.create_revenue_transaction_from_enrollment() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  if new.status <> 'dropped' and (tg_op = 'INSERT' or old.status = 'dropped') then
    -- Who comes back without a refund has paid.
    insert into public.revenue_transactions (instructor_id, student_id, transaction_type, amount, currency, course_id, enrollment_id)
      select c.instructor_id, new.user_id, 'course_enrollment', c.price_amount, c.currency, c.id, new.id from public.courses c
       where c.id = new.course_id and c.instructor_id is not null and c.price_amount > 0
         and not exists (select from public.revenue_transactions t where t.enrollment_id = new.id and t.transaction_type = 'course_enrollment' and t.payment_status in ('pending', 'completed'));
  elsif tg_op = 'UPDATE' and new.status = 'dropped' and old.status <> 'dropped' then
    update public.revenue_transactions t set payment_status = 'failed' where t.enrollment_id = new.id and t.transaction_type = 'course_enrollment' and t.payment_status = 'pending';
  end if;
  return null;
end
$$;
comment on function public.create_revenue_transaction_from_enrollment() is 'Trigger: enrolling in a course with a price is a charge; dropping out before it is paid ends it.';
create trigger create_revenue_transaction_from_enrollment_trigger after insert or update on public.course_enrollments
  for each row execute function public.create_revenue_transaction_from_enrollment();

create function public.create_revenue_transaction_from_workshop() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  wanted constant boolean := public.humanglue_takes_seat(new.status) or new.payment_status = 'completed';
  charge public.revenue_transactions;
begin
  select * into charge from public.revenue_transactions t
    where t.workshop_registration_id = new.id and t.transaction_type = 'workshop_registration' and t.payment_status in ('pending', 'completed') order by t.created_at desc, t.id limit 1;
  if not found then
    if wanted and coalesce(new.payment_status, 'pending') in ('pending', 'completed') then
      insert into public.revenue_transactions (instructor_id, student_id, transaction_type, amount, currency, workshop_id, workshop_registration_id, payment_status)
        select w.instructor_id, new.user_id, 'workshop_registration', p.price, w.currency, w.id, new.id, coalesce(new.payment_status, 'pending')
          from public.workshops w, lateral (select coalesce(new.amount_paid, case when w.early_bird_deadline >= new.registered_at then w.price_early_bird end, w.price_amount) as price) p
         where w.id = new.workshop_id and w.instructor_id is not null and p.price > 0;
    end if;
  elsif tg_op = 'UPDATE' and (new.payment_status, new.amount_paid) is distinct from (old.payment_status, old.amount_paid) then
    update public.revenue_transactions t set payment_status = coalesce(new.payment_status, 'pending'), amount = coalesce(new.amount_paid, t.amount) where t.id = charge.id;
  elsif charge.payment_status = 'pending' and not wanted then
    update public.revenue_transactions t set payment_status = 'failed' where t.id = charge.id;
  end if;
  return null;
end
$$;
comment on function public.create_revenue_transaction_from_workshop() is 'Trigger: a seat with a price is a charge, which follows what the registration says of its payment.';
create trigger create_revenue_transaction_from_workshop_trigger after insert or update on public.workshop_registrations
  for each row execute function public.create_revenue_transaction_from_workshop();

-- All numbers from scratch. Nobody needs it but a database that was one version back in between, and went on.
create function public.humanglue_recount() returns table(relation text, corrected bigint)
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
declare
  number bigint;
begin
  insert into public.student_progress (enrollment_id, user_id, course_id)
    select e.id, e.user_id, e.course_id from public.course_enrollments e where not exists (select from public.student_progress s where s.enrollment_id = e.id);
  update public.course_enrollments e set progress_percentage = public.humanglue_progress_of(e.id) where e.progress_percentage <> public.humanglue_progress_of(e.id);
  get diagnostics number = row_count;
  return query values ('course_enrollments', number);
  return query select 'student_progress', coalesce(public.humanglue_recount_progress(array_agg(e.id)), 0) from public.course_enrollments e;
  update public.courses c set enrolled_count = n.enrolled, completed_count = n.completed, average_rating = n.rating, review_count = n.reviews, total_revenue = n.revenue
    from (select i.id, (select count(*) from public.course_enrollments e where e.course_id = i.id and e.status <> 'dropped') as enrolled,
                 (select count(*) from public.course_enrollments e where e.course_id = i.id and e.status = 'completed') as completed, r.rating, r.reviews,
                 (select coalesce(sum(public.humanglue_revenue_of(t.transaction_type, t.payment_status, t.amount)), 0) from public.revenue_transactions t where t.course_id = i.id) as revenue
            from public.courses i, lateral (select round(avg(v.rating), 2) as rating, count(*) as reviews from public.course_reviews v where v.course_id = i.id and v.is_published) r) n
    where n.id = c.id and (c.enrolled_count, c.completed_count, c.average_rating, c.review_count, c.total_revenue) is distinct from (n.enrolled, n.completed, n.rating, n.reviews, n.revenue);
  get diagnostics number = row_count;
  return query values ('courses', number);
  update public.workshops w set capacity_remaining = w.capacity_total - n.enrolled, enrolled_count = n.enrolled, attended_count = n.attended, average_satisfaction = n.satisfaction, feedback_count = n.feedback, total_revenue = n.revenue
    from (select i.id, (select count(*) from public.workshop_registrations r where r.workshop_id = i.id and public.humanglue_takes_seat(r.status)) as enrolled,
                 (select count(*) from public.workshop_registrations r where r.workshop_id = i.id and r.status = 'attended') as attended, f.satisfaction, f.feedback,
                 (select coalesce(sum(public.humanglue_revenue_of(t.transaction_type, t.payment_status, t.amount)), 0) from public.revenue_transactions t where t.course_id is null and t.workshop_id = i.id) as revenue
            from public.workshops i, lateral (select round(avg(v.overall_satisfaction), 2) as satisfaction, count(*) as feedback from public.workshop_feedback v where v.workshop_id = i.id) f) n
    where n.id = w.id and (w.capacity_remaining, w.enrolled_count, w.attended_count, w.average_satisfaction, w.feedback_count, w.total_revenue)
                          is distinct from (w.capacity_total - n.enrolled, n.enrolled, n.attended, n.satisfaction, n.feedback, n.revenue);
  get diagnostics number = row_count;
  return query values ('workshops', number);
  update public.instructor_profiles p set total_students = n.students, total_courses = n.courses, total_workshops = n.workshops, average_rating = n.rating, total_reviews = n.reviews
    from (select i.user_id, (select count(distinct e.user_id) from public.courses c join public.course_enrollments e on e.course_id = c.id where c.instructor_id = i.user_id and e.status <> 'dropped') as students,
                 (select count(*) from public.courses c where c.instructor_id = i.user_id) as courses, (select count(*) from public.workshops w where w.instructor_id = i.user_id) as workshops, r.rating, r.reviews
            from public.instructor_profiles i,
                 lateral (select round(avg(v.rating), 2) as rating, count(v.id) as reviews from public.courses c join public.course_reviews v on v.course_id = c.id where c.instructor_id = i.user_id and v.is_published) r) n
    where n.user_id = p.user_id and (p.total_students, p.total_courses, p.total_workshops, p.average_rating, p.total_reviews) is distinct from (n.students, n.courses, n.workshops, n.rating, n.reviews);
  get diagnostics number = row_count;
  return query values ('instructor_profiles', number);
end
$$;
comment on function public.humanglue_recount() is
  'Counts everything from scratch and answers how many rows were wrong, of each table: none, unless the database was one version back in between and went on there. For who may write the tables, past policies.';

-- What was there before is counted; updated_at stays as it was.
alter table public.courses disable trigger user;
alter table public.workshops disable trigger user;
update public.courses set status = 'published' where is_published;
insert into public.revenue_transactions (instructor_id, student_id, transaction_type, amount, currency, workshop_id, workshop_registration_id, payment_status, transaction_date)
  select w.instructor_id, r.user_id, 'workshop_registration', r.amount_paid, w.currency, w.id, r.id, r.payment_status, r.registered_at
    from public.workshop_registrations r join public.workshops w on w.id = r.workshop_id where w.instructor_id is not null and r.amount_paid > 0 and r.payment_status is not null;
select * from public.humanglue_recount();
alter table public.courses enable trigger user;
alter table public.workshops enable trigger user;

-- The dashboard's answers, for the instructor and for admins of the platform.
create function public.humanglue_check_instructor(p_instructor_id uuid) returns void
  language plpgsql stable set search_path = pg_catalog, pg_temp
  as $$
begin
  if p_instructor_id is distinct from proapp.current_user_id('humanglue') and not public.humanglue_is_admin() or p_instructor_id is null then
    raise exception 'an instructor''s dashboard is for that instructor and admins of the platform' using errcode = 'insufficient_privilege',
      detail = case when proapp.current_user_id('humanglue') is null then 'Nobody is signed in.' else format('Signed in is %s.', proapp.current_user_id('humanglue')) end;
  end if;
end
$$;
comment on function public.humanglue_check_instructor(uuid) is 'An error for everybody but that instructor and admins of the platform.';

create function public.get_instructor_dashboard_stats(p_instructor_id uuid)
  returns table(total_students integer, total_courses integer, total_workshops integer, total_revenue numeric, pending_revenue numeric, average_rating numeric, total_reviews integer, active_enrollments integer, upcoming_workshops integer)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  perform public.humanglue_check_instructor(p_instructor_id);
  return query select e.students, (select count(*)::integer from public.courses c where c.instructor_id = p_instructor_id), w.workshops, t.earned, t.pending, r.rating, r.reviews, e.active, w.upcoming
    from (select count(distinct n.user_id) filter (where n.status <> 'dropped')::integer as students, count(*) filter (where n.status in ('enrolled', 'in_progress'))::integer as active
            from public.courses c join public.course_enrollments n on n.course_id = c.id where c.instructor_id = p_instructor_id) e,
         (select count(*)::integer as workshops, count(*) filter (where k.status = 'published' and k.start_time > now())::integer as upcoming from public.workshops k where k.instructor_id = p_instructor_id) w,
         (select coalesce(sum(public.humanglue_revenue_of(v.transaction_type, v.payment_status, v.instructor_earnings)), 0) as earned,
                 coalesce(sum(v.instructor_earnings) filter (where v.payment_status = 'pending' and v.transaction_type <> 'refund'), 0) as pending
            from public.revenue_transactions v where v.instructor_id = p_instructor_id) t,
         (select round(avg(v.rating), 2) as rating, count(v.id)::integer as reviews from public.courses c join public.course_reviews v on v.course_id = c.id where c.instructor_id = p_instructor_id and v.is_published) r;
end
$$;
comment on function public.get_instructor_dashboard_stats(uuid) is 'An instructor in numbers; revenue is what the instructor earns. For that instructor and admins of the platform.';

create function public.get_instructor_recent_activity(p_instructor_id uuid, p_limit integer default 50)
  returns table(id uuid, student_id uuid, student_name text, student_avatar text, activity_type public.activity_type, activity_title text, activity_description text, course_title text, workshop_title text, occurred_at timestamptz)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  perform public.humanglue_check_instructor(p_instructor_id);
  return query select a.id, a.student_id, u.full_name, u.avatar_url, a.activity_type, a.activity_title, a.activity_description, c.title, w.title, a.occurred_at
    from (select * from public.student_activity s where s.instructor_id = p_instructor_id order by s.occurred_at desc limit p_limit) a
    join public.users u on u.id = a.student_id left join public.courses c on c.id = a.course_id left join public.workshops w on w.id = a.workshop_id
    order by a.occurred_at desc, a.id;
end
$$;
comment on function public.get_instructor_recent_activity(uuid, integer) is 'What an instructor''s students did last. For that instructor and admins of the platform.';

create function public.get_instructor_student_progress(p_instructor_id uuid, p_course_id uuid default null)
  returns table(student_id uuid, student_name text, student_email text, student_avatar text, course_id uuid, course_title text, progress_percentage integer, last_activity_at timestamptz, enrollment_date timestamptz, status public.enrollment_status)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  perform public.humanglue_check_instructor(p_instructor_id);
  return query select u.id, u.full_name, u.email, u.avatar_url, c.id, c.title, e.progress_percentage, s.last_activity_at, e.enrolled_at, e.status
    from public.courses c join public.course_enrollments e on e.course_id = c.id join public.users u on u.id = e.user_id left join public.student_progress s on s.enrollment_id = e.id
    where c.instructor_id = p_instructor_id and (p_course_id is null or c.id = p_course_id)
    order by s.last_activity_at desc nulls last, u.full_name, e.id;
end
$$;
comment on function public.get_instructor_student_progress(uuid, uuid) is 'How far an instructor''s students are, in one course or in all. For that instructor and admins of the platform.';

create function public.get_instructor_revenue_breakdown(p_instructor_id uuid, p_start_date timestamptz default null, p_end_date timestamptz default null)
  returns table(transaction_type public.transaction_type, transaction_count integer, total_amount numeric, total_fees numeric, total_earnings numeric)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  perform public.humanglue_check_instructor(p_instructor_id);
  return query select t.transaction_type, count(*)::integer, sum(t.amount), sum(t.platform_fee_amount), sum(t.instructor_earnings)
    from public.revenue_transactions t
    where t.instructor_id = p_instructor_id and t.payment_status in ('completed', 'refunded')
      and t.transaction_date >= coalesce(p_start_date, '-infinity') and t.transaction_date <= coalesce(p_end_date, 'infinity')
    group by t.transaction_type order by t.transaction_type;
end
$$;
comment on function public.get_instructor_revenue_breakdown(uuid, timestamptz, timestamptz) is
  'What was paid to an instructor, and refunded, by kind; what was refunded is in both. For that instructor and admins of the platform.';

-- Views see what their reader sees.
create view public.instructor_course_performance with (security_invoker = true) as
  select c.id as course_id, c.instructor_id, c.title as course_title, c.status, c.enrolled_count, c.completed_count, c.average_rating, c.review_count, c.total_revenue,
    round(100.0 * c.completed_count / nullif(c.enrolled_count, 0), 2) as completion_rate,
    (select count(*) from public.student_progress s where s.course_id = c.id and s.last_activity_at > now() - interval '7 days') as active_students_last_7_days,
    c.created_at, c.published_at
  from public.courses c;
comment on view public.instructor_course_performance is 'Courses in numbers, of what the reader may see.';

create view public.instructor_workshop_performance with (security_invoker = true) as
  select w.id as workshop_id, w.instructor_id, w.title as workshop_title, w.status, w.start_time, w.end_time, w.enrolled_count, w.attended_count, w.capacity_total, w.average_satisfaction, w.feedback_count, w.total_revenue,
    round(100.0 * w.attended_count / nullif(w.enrolled_count, 0), 2) as attendance_rate,
    round(100.0 * (w.capacity_total - w.capacity_remaining) / w.capacity_total, 2) as capacity_filled_percentage,
    w.created_at
  from public.workshops w;
comment on view public.instructor_workshop_performance is 'Workshops in numbers, of what the reader may see.';

create view public.student_engagement_summary with (security_invoker = true) as
  select s.user_id, u.full_name, u.email, u.avatar_url, count(*) as total_courses, avg(s.progress_percentage) as avg_progress, sum(s.total_watch_time_seconds) as total_watch_time,
    max(s.last_activity_at) as last_activity, sum(s.completed_lessons) as total_lessons_completed, sum(s.comments_count) as total_comments, sum(s.questions_count) as total_questions,
    avg(s.engagement_score) as avg_engagement_score
  from public.student_progress s left join public.users u on u.id = s.user_id
  group by s.user_id, u.id;
comment on view public.student_engagement_summary is 'Students in numbers, of what the reader may see; names are null where the reader may not see the user.';

-- For the whole platform, where nobody's policies say anything: not for requests of users.
create materialized view public.platform_engagement_stats as
  select m.date, count(*) as active_users, sum(m.sessions_count) as sessions, sum(m.total_time_seconds) as time_seconds, sum(m.page_views) as page_views, sum(m.assessments_completed) as assessments_completed,
    sum(m.lessons_completed) as lessons_completed, sum(m.workshops_attended) as workshops_attended, sum(m.consultations_booked) as consultations_booked
  from public.user_engagement_metrics m group by m.date;
comment on materialized view public.platform_engagement_stats is 'A day of the platform in numbers, as of the last humanglue_refresh_statistics().';
create unique index platform_engagement_stats_date on public.platform_engagement_stats (date);

create materialized view public.platform_course_stats as
  select c.id as course_id, c.title, c.pillar, c.level, c.status, c.instructor_id, c.enrolled_count, c.completed_count, c.average_rating, c.review_count, c.total_revenue,
    s.average_progress, s.average_engagement, s.watch_time_seconds, s.last_activity_at
  from public.courses c
  left join (select p.course_id, round(avg(p.progress_percentage), 2) as average_progress, round(avg(p.engagement_score), 2) as average_engagement, sum(p.total_watch_time_seconds) as watch_time_seconds,
                    max(p.last_activity_at) as last_activity_at from public.student_progress p group by p.course_id) s on s.course_id = c.id;
comment on materialized view public.platform_course_stats is 'Courses of the platform in numbers, as of the last humanglue_refresh_statistics().';
create unique index platform_course_stats_course on public.platform_course_stats (course_id);

create function public.humanglue_refresh_statistics() returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  one record;
begin
  for one in select c.oid::regclass as view, c.relispopulated from pg_class c where c.oid in ('public.platform_engagement_stats'::regclass, 'public.platform_course_stats'::regclass) order by 1 loop
    -- CONCURRENTLY never keeps readers waiting. Only what was restored without rows cannot be refreshed so, and cannot be read either.
    execute format('refresh materialized view %s %s', case when one.relispopulated then 'concurrently' else '' end, one.view);
  end loop;
end
$$;
comment on function public.humanglue_refresh_statistics() is 'Refreshes the materialized views without keeping readers waiting.';

revoke execute on function public.humanglue_taught_courses(text[]), public.humanglue_held_workshops(text), public.humanglue_studied_courses(), public.humanglue_guard_review(), public.humanglue_course_published(),
  public.humanglue_recount_students(uuid[]), public.humanglue_recount_ratings(uuid[]), public.humanglue_recount_instructors(uuid[]), public.update_instructor_stats(), public.humanglue_new_profile(),
  public.update_course_enrollment_stats(), public.humanglue_recount_progress(uuid[]), public.create_student_progress(), public.humanglue_progress_follows(),
  public.humanglue_log(uuid, public.activity_type, uuid, uuid, uuid, jsonb), public.log_student_activity(), public.update_student_progress_from_lesson(), public.update_course_rating(),
  public.update_workshop_satisfaction(), public.update_workshop_registration_stats(), public.humanglue_revenue_of(public.transaction_type, public.payment_status, numeric),
  public.humanglue_transaction(), public.humanglue_revenue_changed(), public.create_revenue_transaction_from_enrollment(), public.create_revenue_transaction_from_workshop(), public.humanglue_recount(),
  public.humanglue_check_instructor(uuid), public.get_instructor_dashboard_stats(uuid), public.get_instructor_recent_activity(uuid, integer), public.get_instructor_student_progress(uuid, uuid),
  public.get_instructor_revenue_breakdown(uuid, timestamptz, timestamptz), public.humanglue_refresh_statistics()
  from public, anon, authenticated, service_role;
grant execute on function public.humanglue_taught_courses(text[]), public.humanglue_held_workshops(text), public.humanglue_studied_courses(), public.get_instructor_dashboard_stats(uuid),
  public.get_instructor_recent_activity(uuid, integer), public.get_instructor_student_progress(uuid, uuid), public.get_instructor_revenue_breakdown(uuid, timestamptz, timestamptz) to authenticated;
grant execute on function public.humanglue_refresh_statistics() to service_role;
revoke all on public.instructor_course_performance, public.instructor_workshop_performance, public.student_engagement_summary, public.platform_engagement_stats, public.platform_course_stats from public, anon, authenticated, service_role;
grant select on public.instructor_course_performance, public.instructor_workshop_performance, public.student_engagement_summary to authenticated, service_role;
grant select on public.platform_engagement_stats, public.platform_course_stats to service_role;

-- Policies
create policy "Instructors can create courses" on public.courses for insert to authenticated
  with check (instructor_id = proapp.current_user_id('humanglue') and (organization_id is null or organization_id = any (proapp.current_organizations('humanglue'))));
create policy "Instructors can delete their own courses" on public.courses for delete to authenticated
  using (instructor_id = proapp.current_user_id('humanglue'));
create policy "Instructors can view their own courses" on public.courses for select to authenticated
  using (instructor_id = proapp.current_user_id('humanglue') or id = any ((select public.humanglue_taught_courses())::uuid[]));
create policy "Org admins can view org courses" on public.courses for select to authenticated
  using (organization_id = any (proapp.current_organizations('humanglue', 'org_admin')));
create policy "Instructors can update their own courses" on public.courses for update to authenticated
  using (instructor_id = proapp.current_user_id('humanglue') or id = any ((select public.humanglue_taught_courses('edit_content'))::uuid[]))
  with check (instructor_id = proapp.current_user_id('humanglue') or id = any ((select public.humanglue_taught_courses('edit_content'))::uuid[]));

create policy "Instructors can manage modules of their courses" on public.course_modules for all to authenticated
  using (course_id = any ((select public.humanglue_taught_courses('edit_content'))::uuid[])) with check (course_id = any ((select public.humanglue_taught_courses('edit_content'))::uuid[]));

create policy "Instructors can manage lessons of their courses" on public.course_lessons for all to authenticated
  using (exists (select from public.course_modules m where m.id = module_id and m.course_id = any ((select public.humanglue_taught_courses('edit_content'))::uuid[])))
  with check (exists (select from public.course_modules m where m.id = module_id and m.course_id = any ((select public.humanglue_taught_courses('edit_content'))::uuid[])));

create policy "Instructors can view enrollments for their courses" on public.course_enrollments for select to authenticated
  using (course_id = any ((select public.humanglue_taught_courses('view_analytics', 'manage_students'))::uuid[]));
create policy "Instructors can update enrollments for their courses" on public.course_enrollments for update to authenticated
  using (course_id = any ((select public.humanglue_taught_courses('manage_students'))::uuid[])) with check (course_id = any ((select public.humanglue_taught_courses('manage_students'))::uuid[]));

create policy "Instructors can create workshops" on public.workshops for insert to authenticated
  with check (instructor_id = proapp.current_user_id('humanglue') and (organization_id is null or organization_id = any (proapp.current_organizations('humanglue'))));
create policy "Instructors can delete their own workshops" on public.workshops for delete to authenticated
  using (instructor_id = proapp.current_user_id('humanglue'));
create policy "Instructors can view their own workshops" on public.workshops for select to authenticated
  using (id = any ((select public.humanglue_held_workshops('assistant'))::uuid[]));
create policy "Org admins can view org workshops" on public.workshops for select to authenticated
  using (organization_id = any (proapp.current_organizations('humanglue', 'org_admin')));
create policy "Instructors can update their own workshops" on public.workshops for update to authenticated
  using (instructor_id = proapp.current_user_id('humanglue') or id = any ((select public.humanglue_held_workshops('co-facilitator'))::uuid[]))
  with check (instructor_id = proapp.current_user_id('humanglue') or id = any ((select public.humanglue_held_workshops('co-facilitator'))::uuid[]));

create policy "Instructors can view registrations for their workshops" on public.workshop_registrations for select to authenticated
  using (workshop_id = any ((select public.humanglue_held_workshops('assistant'))::uuid[]));

create policy "Platform admins can manage all profiles" on public.instructor_profiles for all to authenticated
  using ((select public.humanglue_is_admin())) with check ((select public.humanglue_is_admin()));
create policy "Instructors can insert their own profile" on public.instructor_profiles for insert to authenticated
  with check (user_id = proapp.current_user_id('humanglue'));
create policy "Anyone can view verified instructor profiles" on public.instructor_profiles for select to anon, authenticated
  using (is_verified);
create policy "Instructors can view their own profile" on public.instructor_profiles for select to authenticated
  using (user_id = proapp.current_user_id('humanglue'));
create policy "Instructors can update their own profile" on public.instructor_profiles for update to authenticated
  using (user_id = proapp.current_user_id('humanglue')) with check (user_id = proapp.current_user_id('humanglue'));

create policy "Instructors can manage their own settings" on public.instructor_settings for all to authenticated
  using (user_id = proapp.current_user_id('humanglue')) with check (user_id = proapp.current_user_id('humanglue'));
create policy "Instructors can view their own settings" on public.instructor_settings for select to authenticated
  using (user_id = proapp.current_user_id('humanglue'));
create policy "Platform admins can view all settings" on public.instructor_settings for select to authenticated
  using ((select public.humanglue_is_admin()));

create policy "Instructors can view progress for their students" on public.student_progress for select to authenticated
  using (course_id = any ((select public.humanglue_taught_courses('view_analytics', 'manage_students'))::uuid[]));
create policy "Platform admins can view all progress" on public.student_progress for select to authenticated
  using ((select public.humanglue_is_admin()));
create policy "Students can view their own progress" on public.student_progress for select to authenticated
  using (user_id = proapp.current_user_id('humanglue'));

create policy "Instructors can view their students' activity" on public.student_activity for select to authenticated
  using (instructor_id = proapp.current_user_id('humanglue') or course_id = any ((select public.humanglue_taught_courses('view_analytics'))::uuid[]));
create policy "Platform admins can view all activity" on public.student_activity for select to authenticated
  using ((select public.humanglue_is_admin()));
create policy "Students can view their own activity" on public.student_activity for select to authenticated
  using (student_id = proapp.current_user_id('humanglue'));

create policy "Platform admins can manage transactions" on public.revenue_transactions for all to authenticated
  using ((select public.humanglue_is_admin())) with check ((select public.humanglue_is_admin()));
create policy "Instructors can view their own transactions" on public.revenue_transactions for select to authenticated
  using (instructor_id = proapp.current_user_id('humanglue'));
create policy "Platform admins can view all transactions" on public.revenue_transactions for select to authenticated
  using ((select public.humanglue_is_admin()));

create policy "Students can create reviews for enrolled courses" on public.course_reviews for insert to authenticated
  with check (user_id = proapp.current_user_id('humanglue')
    and exists (select from public.course_enrollments e where e.id = enrollment_id and e.user_id = proapp.current_user_id('humanglue') and e.course_id = course_reviews.course_id and e.status <> 'dropped'));
create policy "Anyone can view published reviews" on public.course_reviews for select to anon, authenticated
  using (is_published);
create policy "Instructors can view reviews for their courses" on public.course_reviews for select to authenticated
  using (course_id = any ((select public.humanglue_taught_courses())::uuid[]));
create policy "Instructors can respond to reviews" on public.course_reviews for update to authenticated
  using (course_id = any ((select public.humanglue_taught_courses('manage_reviews'))::uuid[])) with check (course_id = any ((select public.humanglue_taught_courses('manage_reviews'))::uuid[]));
create policy "Students can update their own reviews" on public.course_reviews for update to authenticated
  using (user_id = proapp.current_user_id('humanglue')) with check (user_id = proapp.current_user_id('humanglue'));
create policy "Platform admins can view all reviews" on public.course_reviews for select to authenticated
  using ((select public.humanglue_is_admin()));

create policy "Students can create feedback for attended workshops" on public.workshop_feedback for insert to authenticated
  with check (user_id = proapp.current_user_id('humanglue')
    and exists (select from public.workshop_registrations r where r.id = registration_id and r.user_id = proapp.current_user_id('humanglue') and r.workshop_id = workshop_feedback.workshop_id and r.status = 'attended'));
create policy "Instructors can view feedback for their workshops" on public.workshop_feedback for select to authenticated
  using (workshop_id = any ((select public.humanglue_held_workshops('assistant'))::uuid[]));
create policy "Students can view their own feedback" on public.workshop_feedback for select to authenticated
  using (user_id = proapp.current_user_id('humanglue'));
create policy "Platform admins can view all feedback" on public.workshop_feedback for select to authenticated
  using ((select public.humanglue_is_admin()));

create policy "Primary instructors can manage co-instructors" on public.course_instructors for all to authenticated
  using (course_id = any ((select public.humanglue_taught_courses('primary'))::uuid[])) with check (course_id = any ((select public.humanglue_taught_courses('primary'))::uuid[]));
create policy "Anyone can view course instructors for published courses" on public.course_instructors for select to anon, authenticated
  using (exists (select from public.courses c where c.id = course_id and c.is_published));
create policy "Platform admins can view all course instructors" on public.course_instructors for select to authenticated
  using ((select public.humanglue_is_admin()));

create policy "Primary instructors can manage facilitators" on public.workshop_facilitators for all to authenticated
  using (workshop_id = any ((select public.humanglue_held_workshops('primary'))::uuid[])) with check (workshop_id = any ((select public.humanglue_held_workshops('primary'))::uuid[]));
create policy "Anyone can view facilitators for published workshops" on public.workshop_facilitators for select to anon, authenticated
  using (exists (select from public.workshops w where w.id = workshop_id and w.status in ('published', 'in_progress', 'completed')));
create policy "Platform admins can view all facilitators" on public.workshop_facilitators for select to authenticated
  using ((select public.humanglue_is_admin()));

-- Files. The first folder says whose they are: a user, an organization, a course or a resource.
insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types) values
  ('avatars', 'avatars', true, 5 * 1024 * 1024, '{image/png,image/jpeg,image/webp,image/gif}'),
  ('organization-logos', 'organization-logos', true, 5 * 1024 * 1024, '{image/png,image/jpeg,image/webp,image/svg+xml}'),
  ('course-content', 'course-content', false, 500 * 1024 * 1024, null),
  ('assessment-audio', 'assessment-audio', false, 50 * 1024 * 1024, '{audio/mpeg,audio/mp4,audio/wav,audio/webm,audio/ogg}'),
  ('resources', 'resources', false, 100 * 1024 * 1024, null),
  ('certificates', 'certificates', false, 10 * 1024 * 1024, '{application/pdf,image/png}')
  on conflict (id) do nothing;

create policy "Anyone can view avatars" on storage.objects for select to anon, authenticated
  using (bucket_id = 'avatars');
create policy "Users can manage their own avatar" on storage.objects for all to authenticated
  using (bucket_id = 'avatars' and (storage.foldername(name))[1] = proapp.current_user_key('humanglue'))
  with check (bucket_id = 'avatars' and (storage.foldername(name))[1] = proapp.current_user_key('humanglue'));
create policy "Anyone can view organization logos" on storage.objects for select to anon, authenticated
  using (bucket_id = 'organization-logos');
create policy "Org admins can manage the logo of their organization" on storage.objects for all to authenticated
  using (bucket_id = 'organization-logos' and (storage.foldername(name))[1] = any (proapp.current_organizations('humanglue', 'org_admin')::text[]))
  with check (bucket_id = 'organization-logos' and (storage.foldername(name))[1] = any (proapp.current_organizations('humanglue', 'org_admin')::text[]));
create policy "Students can read the content of their courses" on storage.objects for select to authenticated
  using (bucket_id = 'course-content' and (storage.foldername(name))[1] = any ((select public.humanglue_studied_courses())::text[]));
create policy "Instructors can manage the content of their courses" on storage.objects for all to authenticated
  using (bucket_id = 'course-content' and (storage.foldername(name))[1] = any ((select public.humanglue_taught_courses('edit_content'))::text[]))
  with check (bucket_id = 'course-content' and (storage.foldername(name))[1] = any ((select public.humanglue_taught_courses('edit_content'))::text[]));
create policy "Users can manage their own assessment audio" on storage.objects for all to authenticated
  using (bucket_id = 'assessment-audio' and (storage.foldername(name))[1] = proapp.current_user_key('humanglue'))
  with check (bucket_id = 'assessment-audio' and (storage.foldername(name))[1] = proapp.current_user_key('humanglue'));
create policy "Users can read files of the resources that they see" on storage.objects for select to authenticated
  using (bucket_id = 'resources' and exists (select from public.resources r where r.id::text = (storage.foldername(objects.name))[1]));
create policy "Platform admins can manage files of resources" on storage.objects for all to authenticated
  using (bucket_id = 'resources' and (select public.humanglue_is_admin()))
  with check (bucket_id = 'resources' and (select public.humanglue_is_admin()));
create policy "Users can read their own certificates" on storage.objects for select to authenticated
  using (bucket_id = 'certificates' and (storage.foldername(name))[1] = proapp.current_user_key('humanglue'));
create policy "Org admins can read certificates of their users" on storage.objects for select to authenticated
  using (bucket_id = 'certificates' and exists (select from public.users u where u.id::text = (storage.foldername(objects.name))[1] and u.organization_id = any (proapp.current_organizations('humanglue', 'org_admin'))));
-- Avatars and logos are public, also as a list: that is what the product shows.
select proapp.accept_finding('public_bucket_lists', 'policy "Anyone can view avatars" on storage.objects', 'HumanGlue: anyone sees avatars');
select proapp.accept_finding('public_bucket_lists', 'policy "Anyone can view organization logos" on storage.objects', 'HumanGlue: anyone sees logos');
-- The contract has transactions go with their instructor and student, who can ask for that; delete_safely() keeps an archive.
select proapp.accept_finding('cascade_into_records', 'constraint revenue_transactions_instructor_id_fkey on public.revenue_transactions', 'HumanGlue: transactions go with their instructor');
select proapp.accept_finding('cascade_into_records', 'constraint revenue_transactions_student_id_fkey on public.revenue_transactions', 'HumanGlue: transactions go with their student');
-- The index of the contract's leaves rows without a course out, which no comparison finds.
select proapp.accept_finding('policy_column_unindexed', 'public.student_activity.course_id', 'HumanGlue: idx_student_activity_course has every row that has a course');

select proapp.expect(category, item, expected::jsonb) from (values
  ('enum', 'public.course_status', '{"values": ["draft", "published", "archived"]}'),
  ('enum', 'public.course_difficulty', '{"values": ["beginner", "intermediate", "advanced"]}'),
  ('enum', 'public.lesson_type', '{"values": ["video", "article", "quiz", "assignment", "live_session"]}'),
  ('enum', 'public.workshop_type', '{"values": ["online", "in_person", "hybrid"]}'),
  ('enum', 'public.activity_type', '{"values": ["enrolled", "lesson_started", "lesson_completed", "quiz_passed", "quiz_failed", "assignment_submitted", "course_completed", "workshop_registered", "workshop_attended", "certificate_earned", "comment_posted", "question_asked"]}'),
  ('enum', 'public.transaction_type', '{"values": ["course_enrollment", "workshop_registration", "consultation", "refund"]}'),
  ('enum', 'public.payout_schedule', '{"values": ["weekly", "biweekly", "monthly"]}'),
  ('table', 'public.instructor_profiles', '{"rls": true}'),
  ('table', 'public.instructor_settings', '{"rls": true}'),
  ('table', 'public.student_progress', '{"rls": true}'),
  ('table', 'public.student_activity', '{"rls": true}'),
  ('table', 'public.revenue_transactions', '{"rls": true}'),
  ('table', 'public.course_reviews', '{"rls": true}'),
  ('table', 'public.workshop_feedback', '{"rls": true}'),
  ('table', 'public.course_instructors', '{"rls": true}'),
  ('table', 'public.workshop_facilitators', '{"rls": true}'),
  ('column', 'public.courses.instructor_id', '{"type": "uuid", "not_null": false}'),
  ('column', 'public.courses.organization_id', '{"type": "uuid", "not_null": false}'),
  ('column', 'public.courses.status', '{"type": "public.course_status", "not_null": true}'),
  ('column', 'public.courses.category', '{"type": "text", "not_null": false}'),
  ('column', 'public.courses.tags', '{"type": "text[]", "not_null": false}'),
  ('column', 'public.courses.what_you_will_learn', '{"type": "text[]", "not_null": false}'),
  ('column', 'public.courses.target_audience', '{"type": "text[]", "not_null": false}'),
  ('column', 'public.courses.language', '{"type": "text", "not_null": true}'),
  ('column', 'public.courses.enrolled_count', '{"type": "integer", "not_null": true}'),
  ('column', 'public.courses.completed_count', '{"type": "integer", "not_null": true}'),
  ('column', 'public.courses.average_rating', '{"type": "numeric(3,2)", "not_null": false}'),
  ('column', 'public.courses.review_count', '{"type": "integer", "not_null": true}'),
  ('column', 'public.courses.total_revenue', '{"type": "numeric(12,2)", "not_null": true}'),
  ('column', 'public.courses.certificate_enabled', '{"type": "boolean", "not_null": true}'),
  ('column', 'public.courses.certificate_template_url', '{"type": "text", "not_null": false}'),
  ('column', 'public.courses.allow_comments', '{"type": "boolean", "not_null": true}'),
  ('column', 'public.courses.allow_qa', '{"type": "boolean", "not_null": true}'),
  ('column', 'public.courses.drip_content', '{"type": "boolean", "not_null": true}'),
  ('column', 'public.courses.drip_schedule', '{"type": "jsonb", "not_null": false}'),
  ('column', 'public.workshops.organization_id', '{"type": "uuid", "not_null": false}'),
  ('column', 'public.workshops.type', '{"type": "public.workshop_type", "not_null": true}'),
  ('column', 'public.workshops.tags', '{"type": "text[]", "not_null": false}'),
  ('column', 'public.workshops.prerequisites', '{"type": "text[]", "not_null": false}'),
  ('column', 'public.workshops.what_you_will_learn', '{"type": "text[]", "not_null": false}'),
  ('column', 'public.workshops.enrolled_count', '{"type": "integer", "not_null": true}'),
  ('column', 'public.workshops.attended_count', '{"type": "integer", "not_null": true}'),
  ('column', 'public.workshops.average_satisfaction', '{"type": "numeric(3,2)", "not_null": false}'),
  ('column', 'public.workshops.feedback_count', '{"type": "integer", "not_null": true}'),
  ('column', 'public.workshops.total_revenue', '{"type": "numeric(12,2)", "not_null": true}'),
  ('column', 'public.workshops.certificate_enabled', '{"type": "boolean", "not_null": true}'),
  ('column', 'public.workshops.certificate_template_url', '{"type": "text", "not_null": false}'),
  ('foreign key', 'public.instructor_profiles.user_id', '{"references": "public.users", "on_delete": "cascade"}'),
  ('constraint', 'public.instructor_profiles(user_id)', '{"type": "unique"}'),
  ('foreign key', 'public.instructor_settings.user_id', '{"references": "public.users", "on_delete": "cascade"}'),
  ('constraint', 'public.instructor_settings(user_id)', '{"type": "unique"}'),
  ('foreign key', 'public.student_progress.enrollment_id', '{"references": "public.course_enrollments", "on_delete": "cascade"}'),
  ('constraint', 'public.student_progress(enrollment_id)', '{"type": "unique"}'),
  ('foreign key', 'public.student_progress.user_id', '{"references": "public.users", "on_delete": "cascade"}'),
  ('foreign key', 'public.student_progress.course_id', '{"references": "public.courses", "on_delete": "cascade"}'),
  ('constraint', 'public.student_progress(user_id, course_id)', '{"type": "unique"}'),
  ('foreign key', 'public.student_activity.instructor_id', '{"references": "public.users", "on_delete": "cascade"}'),
  ('foreign key', 'public.student_activity.student_id', '{"references": "public.users", "on_delete": "cascade"}'),
  ('foreign key', 'public.student_activity.course_id', '{"references": "public.courses", "on_delete": "cascade"}'),
  ('foreign key', 'public.student_activity.workshop_id', '{"references": "public.workshops", "on_delete": "cascade"}'),
  ('foreign key', 'public.student_activity.lesson_id', '{"references": "public.course_lessons", "on_delete": "cascade"}'),
  ('foreign key', 'public.revenue_transactions.instructor_id', '{"references": "public.users", "on_delete": "cascade"}'),
  ('foreign key', 'public.revenue_transactions.student_id', '{"references": "public.users", "on_delete": "cascade"}'),
  ('foreign key', 'public.revenue_transactions.course_id', '{"references": "public.courses", "on_delete": "set null"}'),
  ('foreign key', 'public.revenue_transactions.workshop_id', '{"references": "public.workshops", "on_delete": "set null"}'),
  ('foreign key', 'public.revenue_transactions.enrollment_id', '{"references": "public.course_enrollments", "on_delete": "set null"}'),
  ('foreign key', 'public.revenue_transactions.workshop_registration_id', '{"references": "public.workshop_registrations", "on_delete": "set null"}'),
  ('foreign key', 'public.course_reviews.course_id', '{"references": "public.courses", "on_delete": "cascade"}'),
  ('foreign key', 'public.course_reviews.user_id', '{"references": "public.users", "on_delete": "cascade"}'),
  ('foreign key', 'public.course_reviews.enrollment_id', '{"references": "public.course_enrollments", "on_delete": "cascade"}'),
  ('constraint', 'public.course_reviews(course_id, user_id)', '{"type": "unique"}'),
  ('foreign key', 'public.workshop_feedback.workshop_id', '{"references": "public.workshops", "on_delete": "cascade"}'),
  ('foreign key', 'public.workshop_feedback.user_id', '{"references": "public.users", "on_delete": "cascade"}'),
  ('foreign key', 'public.workshop_feedback.registration_id', '{"references": "public.workshop_registrations", "on_delete": "cascade"}'),
  ('constraint', 'public.workshop_feedback(workshop_id, user_id)', '{"type": "unique"}'),
  ('foreign key', 'public.course_instructors.course_id', '{"references": "public.courses", "on_delete": "cascade"}'),
  ('foreign key', 'public.course_instructors.instructor_id', '{"references": "public.users", "on_delete": "cascade"}'),
  ('foreign key', 'public.workshop_facilitators.workshop_id', '{"references": "public.workshops", "on_delete": "cascade"}'),
  ('foreign key', 'public.workshop_facilitators.facilitator_id', '{"references": "public.users", "on_delete": "cascade"}'),
  ('foreign key', 'public.courses.instructor_id', '{"references": "public.users", "on_delete": "set null"}'),
  ('foreign key', 'public.courses.organization_id', '{"references": "public.organizations", "on_delete": "cascade"}'),
  ('foreign key', 'public.workshops.organization_id', '{"references": "public.organizations", "on_delete": "cascade"}'),
  ('index', 'public.idx_courses_category', '{}'),
  ('index', 'public.idx_courses_enrolled', '{}'),
  ('index', 'public.idx_courses_instructor', '{}'),
  ('index', 'public.idx_courses_instructor_published', '{}'),
  ('index', 'public.idx_courses_organization', '{}'),
  ('index', 'public.idx_courses_rating', '{}'),
  ('index', 'public.idx_courses_status', '{}'),
  ('index', 'public.idx_courses_tags', '{}'),
  ('index', 'public.idx_workshops_organization', '{}'),
  ('index', 'public.idx_workshops_satisfaction', '{}'),
  ('index', 'public.idx_workshops_tags', '{}'),
  ('index', 'public.idx_workshops_type', '{}'),
  ('index', 'public.idx_instructor_profiles_accepting', '{}'),
  ('index', 'public.idx_instructor_profiles_expertise', '{}'),
  ('index', 'public.idx_instructor_profiles_featured', '{}'),
  ('index', 'public.idx_instructor_profiles_pillars', '{}'),
  ('index', 'public.idx_instructor_profiles_rating', '{}'),
  ('index', 'public.idx_instructor_profiles_user', '{}'),
  ('index', 'public.idx_instructor_profiles_verified', '{}'),
  ('index', 'public.idx_instructor_settings_user', '{}'),
  ('index', 'public.idx_student_progress_activity', '{}'),
  ('index', 'public.idx_student_progress_completed', '{}'),
  ('index', 'public.idx_student_progress_course', '{}'),
  ('index', 'public.idx_student_progress_course_activity', '{}'),
  ('index', 'public.idx_student_progress_enrollment', '{}'),
  ('index', 'public.idx_student_progress_percentage', '{}'),
  ('index', 'public.idx_student_progress_user', '{}'),
  ('index', 'public.idx_student_progress_user_course', '{}'),
  ('index', 'public.idx_student_activity_course', '{}'),
  ('index', 'public.idx_student_activity_instructor', '{}'),
  ('index', 'public.idx_student_activity_instructor_occurred', '{}'),
  ('index', 'public.idx_student_activity_occurred', '{}'),
  ('index', 'public.idx_student_activity_student', '{}'),
  ('index', 'public.idx_student_activity_type', '{}'),
  ('index', 'public.idx_student_activity_workshop', '{}'),
  ('index', 'public.idx_revenue_instructor_date', '{}'),
  ('index', 'public.idx_revenue_transactions_course', '{}'),
  ('index', 'public.idx_revenue_transactions_date', '{}'),
  ('index', 'public.idx_revenue_transactions_instructor', '{}'),
  ('index', 'public.idx_revenue_transactions_payout', '{}'),
  ('index', 'public.idx_revenue_transactions_status', '{}'),
  ('index', 'public.idx_revenue_transactions_student', '{}'),
  ('index', 'public.idx_revenue_transactions_type', '{}'),
  ('index', 'public.idx_revenue_transactions_workshop', '{}'),
  ('index', 'public.idx_course_reviews_course', '{}'),
  ('index', 'public.idx_course_reviews_published', '{}'),
  ('index', 'public.idx_course_reviews_rating', '{}'),
  ('index', 'public.idx_course_reviews_user', '{}'),
  ('index', 'public.idx_workshop_feedback_nps', '{}'),
  ('index', 'public.idx_workshop_feedback_satisfaction', '{}'),
  ('index', 'public.idx_workshop_feedback_user', '{}'),
  ('index', 'public.idx_workshop_feedback_workshop', '{}'),
  ('index', 'public.idx_course_instructors_instructor', '{}'),
  ('index', 'public.idx_course_instructors_role', '{}'),
  ('index', 'public.idx_workshop_facilitators_facilitator', '{}'),
  ('index', 'public.idx_student_activity_lesson', '{}'),
  ('index', 'public.idx_revenue_transactions_enrollment', '{}'),
  ('index', 'public.idx_revenue_transactions_registration', '{}'),
  ('index', 'public.idx_course_reviews_enrollment', '{}'),
  ('index', 'public.idx_workshop_feedback_registration', '{}'),
  ('index', 'public.platform_engagement_stats_date', '{}'),
  ('index', 'public.platform_course_stats_course', '{}'),
  ('trigger', 'update_instructor_profiles_updated_at on public.instructor_profiles', '{}'),
  ('trigger', 'update_instructor_settings_updated_at on public.instructor_settings', '{}'),
  ('trigger', 'update_student_progress_updated_at on public.student_progress', '{}'),
  ('trigger', 'update_revenue_transactions_updated_at on public.revenue_transactions', '{}'),
  ('trigger', 'update_course_reviews_updated_at on public.course_reviews', '{}'),
  ('trigger', 'humanglue_guard_owner on public.courses', '{}'),
  ('trigger', 'humanglue_guard_organization on public.workshops', '{}'),
  ('trigger', 'humanglue_guard_verified on public.instructor_profiles', '{}'),
  ('trigger', 'humanglue_guard_review on public.course_reviews', '{}'),
  ('trigger', 'humanglue_course_published on public.courses', '{}'),
  ('trigger', 'update_instructor_stats_from_courses_trigger on public.courses', '{}'),
  ('trigger', 'update_instructor_stats_from_workshops_trigger on public.workshops', '{}'),
  ('trigger', 'update_instructor_stats_from_enrollments_trigger on public.course_enrollments', '{}'),
  ('trigger', 'update_instructor_stats_from_enrollments_on_update on public.course_enrollments', '{}'),
  ('trigger', 'humanglue_new_profile on public.instructor_profiles', '{}'),
  ('trigger', 'update_course_enrollment_stats_trigger on public.course_enrollments', '{}'),
  ('trigger', 'create_student_progress_trigger on public.course_enrollments', '{}'),
  ('trigger', 'humanglue_progress_follows on public.course_enrollments', '{}'),
  ('trigger', 'humanglue_comments_come on public.student_activity', '{}'),
  ('trigger', 'humanglue_comments_change on public.student_activity', '{}'),
  ('trigger', 'humanglue_comments_go on public.student_activity', '{}'),
  ('trigger', 'log_enrollment_activity_trigger on public.course_enrollments', '{}'),
  ('trigger', 'update_student_progress_from_lesson_trigger on public.lesson_progress', '{}'),
  ('trigger', 'update_student_progress_from_lesson_on_delete on public.lesson_progress', '{}'),
  ('trigger', 'update_course_rating_trigger on public.course_reviews', '{}'),
  ('trigger', 'update_workshop_satisfaction_trigger on public.workshop_feedback', '{}'),
  ('trigger', 'update_workshop_registration_stats_trigger on public.workshop_registrations', '{}'),
  ('trigger', 'humanglue_transaction on public.revenue_transactions', '{}'),
  ('trigger', 'humanglue_revenue_comes on public.revenue_transactions', '{}'),
  ('trigger', 'humanglue_revenue_changes on public.revenue_transactions', '{}'),
  ('trigger', 'humanglue_revenue_goes on public.revenue_transactions', '{}'),
  ('trigger', 'create_revenue_transaction_from_enrollment_trigger on public.course_enrollments', '{}'),
  ('trigger', 'create_revenue_transaction_from_workshop_trigger on public.workshop_registrations', '{}'),
  ('view', 'public.instructor_course_performance', '{"security": "invoker"}'),
  ('view', 'public.instructor_workshop_performance', '{"security": "invoker"}'),
  ('view', 'public.student_engagement_summary', '{"security": "invoker"}'),
  ('view', 'public.platform_engagement_stats', '{"materialized": true}'),
  ('view', 'public.platform_course_stats', '{"materialized": true}'),
  ('policy', 'Instructors can create courses on public.courses', '{"command": "insert"}'),
  ('policy', 'Instructors can delete their own courses on public.courses', '{"command": "delete"}'),
  ('policy', 'Instructors can view their own courses on public.courses', '{"command": "select"}'),
  ('policy', 'Org admins can view org courses on public.courses', '{"command": "select"}'),
  ('policy', 'Instructors can update their own courses on public.courses', '{"command": "update"}'),
  ('policy', 'Instructors can manage modules of their courses on public.course_modules', '{"command": "all"}'),
  ('policy', 'Instructors can manage lessons of their courses on public.course_lessons', '{"command": "all"}'),
  ('policy', 'Instructors can view enrollments for their courses on public.course_enrollments', '{"command": "select"}'),
  ('policy', 'Instructors can update enrollments for their courses on public.course_enrollments', '{"command": "update"}'),
  ('policy', 'Instructors can create workshops on public.workshops', '{"command": "insert"}'),
  ('policy', 'Instructors can delete their own workshops on public.workshops', '{"command": "delete"}'),
  ('policy', 'Instructors can view their own workshops on public.workshops', '{"command": "select"}'),
  ('policy', 'Org admins can view org workshops on public.workshops', '{"command": "select"}'),
  ('policy', 'Instructors can update their own workshops on public.workshops', '{"command": "update"}'),
  ('policy', 'Instructors can view registrations for their workshops on public.workshop_registrations', '{"command": "select"}'),
  ('policy', 'Platform admins can manage all profiles on public.instructor_profiles', '{"command": "all"}'),
  ('policy', 'Instructors can insert their own profile on public.instructor_profiles', '{"command": "insert"}'),
  ('policy', 'Anyone can view verified instructor profiles on public.instructor_profiles', '{"command": "select"}'),
  ('policy', 'Instructors can view their own profile on public.instructor_profiles', '{"command": "select"}'),
  ('policy', 'Instructors can update their own profile on public.instructor_profiles', '{"command": "update"}'),
  ('policy', 'Instructors can manage their own settings on public.instructor_settings', '{"command": "all"}'),
  ('policy', 'Instructors can view their own settings on public.instructor_settings', '{"command": "select"}'),
  ('policy', 'Platform admins can view all settings on public.instructor_settings', '{"command": "select"}'),
  ('policy', 'Instructors can view progress for their students on public.student_progress', '{"command": "select"}'),
  ('policy', 'Platform admins can view all progress on public.student_progress', '{"command": "select"}'),
  ('policy', 'Students can view their own progress on public.student_progress', '{"command": "select"}'),
  ('policy', 'Instructors can view their students'' activity on public.student_activity', '{"command": "select"}'),
  ('policy', 'Platform admins can view all activity on public.student_activity', '{"command": "select"}'),
  ('policy', 'Students can view their own activity on public.student_activity', '{"command": "select"}'),
  ('policy', 'Platform admins can manage transactions on public.revenue_transactions', '{"command": "all"}'),
  ('policy', 'Instructors can view their own transactions on public.revenue_transactions', '{"command": "select"}'),
  ('policy', 'Platform admins can view all transactions on public.revenue_transactions', '{"command": "select"}'),
  ('policy', 'Students can create reviews for enrolled courses on public.course_reviews', '{"command": "insert"}'),
  ('policy', 'Anyone can view published reviews on public.course_reviews', '{"command": "select"}'),
  ('policy', 'Instructors can view reviews for their courses on public.course_reviews', '{"command": "select"}'),
  ('policy', 'Instructors can respond to reviews on public.course_reviews', '{"command": "update"}'),
  ('policy', 'Students can update their own reviews on public.course_reviews', '{"command": "update"}'),
  ('policy', 'Platform admins can view all reviews on public.course_reviews', '{"command": "select"}'),
  ('policy', 'Students can create feedback for attended workshops on public.workshop_feedback', '{"command": "insert"}'),
  ('policy', 'Instructors can view feedback for their workshops on public.workshop_feedback', '{"command": "select"}'),
  ('policy', 'Students can view their own feedback on public.workshop_feedback', '{"command": "select"}'),
  ('policy', 'Platform admins can view all feedback on public.workshop_feedback', '{"command": "select"}'),
  ('policy', 'Primary instructors can manage co-instructors on public.course_instructors', '{"command": "all"}'),
  ('policy', 'Anyone can view course instructors for published courses on public.course_instructors', '{"command": "select"}'),
  ('policy', 'Platform admins can view all course instructors on public.course_instructors', '{"command": "select"}'),
  ('policy', 'Primary instructors can manage facilitators on public.workshop_facilitators', '{"command": "all"}'),
  ('policy', 'Anyone can view facilitators for published workshops on public.workshop_facilitators', '{"command": "select"}'),
  ('policy', 'Platform admins can view all facilitators on public.workshop_facilitators', '{"command": "select"}'),
  ('policy', 'Anyone can view avatars on storage.objects', '{"command": "select"}'),
  ('policy', 'Users can manage their own avatar on storage.objects', '{"command": "all"}'),
  ('policy', 'Anyone can view organization logos on storage.objects', '{"command": "select"}'),
  ('policy', 'Org admins can manage the logo of their organization on storage.objects', '{"command": "all"}'),
  ('policy', 'Students can read the content of their courses on storage.objects', '{"command": "select"}'),
  ('policy', 'Instructors can manage the content of their courses on storage.objects', '{"command": "all"}'),
  ('policy', 'Users can manage their own assessment audio on storage.objects', '{"command": "all"}'),
  ('policy', 'Users can read files of the resources that they see on storage.objects', '{"command": "select"}'),
  ('policy', 'Platform admins can manage files of resources on storage.objects', '{"command": "all"}'),
  ('policy', 'Users can read their own certificates on storage.objects', '{"command": "select"}'),
  ('policy', 'Org admins can read certificates of their users on storage.objects', '{"command": "select"}'),
  ('function', 'public.humanglue_taught_courses(text[])', '{"security": "definer"}'),
  ('function', 'public.humanglue_held_workshops(text)', '{"security": "definer"}'),
  ('function', 'public.humanglue_studied_courses()', '{"security": "definer"}'),
  ('function', 'public.humanglue_guard_review()', '{"security": "definer"}'),
  ('function', 'public.humanglue_course_published()', '{"security": "invoker"}'),
  ('function', 'public.humanglue_recount_students(uuid[])', '{"security": "definer"}'),
  ('function', 'public.humanglue_recount_ratings(uuid[])', '{"security": "definer"}'),
  ('function', 'public.humanglue_recount_instructors(uuid[])', '{"security": "definer"}'),
  ('function', 'public.update_instructor_stats()', '{"security": "definer"}'),
  ('function', 'public.humanglue_new_profile()', '{"security": "definer"}'),
  ('function', 'public.update_course_enrollment_stats()', '{"security": "definer"}'),
  ('function', 'public.humanglue_recount_progress(uuid[])', '{"security": "definer"}'),
  ('function', 'public.create_student_progress()', '{"security": "definer"}'),
  ('function', 'public.humanglue_progress_follows()', '{"security": "definer"}'),
  ('function', 'public.humanglue_log(uuid, public.activity_type, uuid, uuid, uuid, jsonb)', '{"security": "definer"}'),
  ('function', 'public.log_student_activity()', '{"security": "definer"}'),
  ('function', 'public.update_student_progress_from_lesson()', '{"security": "definer"}'),
  ('function', 'public.update_course_rating()', '{"security": "definer"}'),
  ('function', 'public.update_workshop_satisfaction()', '{"security": "definer"}'),
  ('function', 'public.update_workshop_registration_stats()', '{"security": "definer"}'),
  ('function', 'public.humanglue_revenue_of(public.transaction_type, public.payment_status, numeric)', '{"security": "invoker"}'),
  ('function', 'public.humanglue_transaction()', '{"security": "invoker"}'),
  ('function', 'public.humanglue_revenue_changed()', '{"security": "definer"}'),
  ('function', 'public.create_revenue_transaction_from_enrollment()', '{"security": "definer"}'),
  ('function', 'public.create_revenue_transaction_from_workshop()', '{"security": "definer"}'),
  ('function', 'public.humanglue_recount()', '{"security": "invoker"}'),
  ('function', 'public.humanglue_check_instructor(uuid)', '{"security": "invoker"}'),
  ('function', 'public.get_instructor_dashboard_stats(uuid)', '{"security": "definer"}'),
  ('function', 'public.get_instructor_recent_activity(uuid, integer)', '{"security": "definer"}'),
  ('function', 'public.get_instructor_student_progress(uuid, uuid)', '{"security": "definer"}'),
  ('function', 'public.get_instructor_revenue_breakdown(uuid, timestamptz, timestamptz)', '{"security": "definer"}'),
  ('function', 'public.humanglue_refresh_statistics()', '{"security": "definer"}')) e (category, item, expected);

create function public.humanglue_self_test() returns table(test text, result text, detail text)
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
declare
  leader   constant uuid := '7e570000-0000-4000-8000-0000000000c1';  -- of the organization
  ann      constant uuid := '7e570000-0000-4000-8000-0000000000c2';  -- members
  ben      constant uuid := '7e570000-0000-4000-8000-0000000000c3';
  teacher  constant uuid := '7e570000-0000-4000-8000-0000000000c4';  -- on their own
  helper   constant uuid := '7e570000-0000-4000-8000-0000000000c5';  -- a co-instructor
  stranger constant uuid := '7e570000-0000-4000-8000-0000000000c6';
  platform constant uuid := '7e570000-0000-4000-8000-0000000000c7';  -- its admin
  done     jsonb;
begin
  begin
    insert into auth.users (id, email) select id, name || '@self-test.invalid' from
      (values (leader, 'leader'), (ann, 'ann'), (ben, 'ben'), (teacher, 'teacher'), (helper, 'helper'), (stranger, 'stranger'), (platform, 'platform')) u (id, name);
    insert into public.organizations (id, name, slug) values ('7e570000-0000-4000-8000-0000000000e1', 'Self test', 'humanglue-self-test'), ('7e570000-0000-4000-8000-0000000000e2', 'Another', 'humanglue-self-test-2');
    insert into public.users (id, organization_id, email, full_name, role)
      select u.id, case when u.id in (leader, ann, ben) then '7e570000-0000-4000-8000-0000000000e1' when u.id = stranger then '7e570000-0000-4000-8000-0000000000e2' end::uuid, u.email, split_part(u.email, '@', 1),
             case u.id when leader then 'org_admin' when platform then 'admin' else 'member' end::public.user_role from auth.users u where u.email like '%@self-test.invalid';
    insert into public.assessment_templates (id, name, pillar, questions, scoring_config) values ('7e570000-0000-4000-8000-0000000000a1', 'Self test', 'coaching', '[]', '{}');
    insert into public.assessments (id, organization_id, user_id, template_id) values ('7e570000-0000-4000-8000-0000000000a2', '7e570000-0000-4000-8000-0000000000e1', ann, '7e570000-0000-4000-8000-0000000000a1');
    insert into public.instructor_profiles (user_id, bio, professional_title) values (teacher, repeat('Teaches. ', 10), 'Coach');
    insert into public.courses (id, title, slug, pillar, level, price_amount, status, instructor_id) values ('7e570000-0000-4000-8000-0000000000b1', 'Self test', 'humanglue-self-test', 'coaching', 'beginner', 100, 'published', teacher);
    insert into public.course_instructors (course_id, instructor_id) values ('7e570000-0000-4000-8000-0000000000b1', helper);
    insert into public.course_modules (id, course_id, title) values ('7e570000-0000-4000-8000-0000000000b2', '7e570000-0000-4000-8000-0000000000b1', 'Module');
    insert into public.course_lessons (id, module_id, title, content_type) values ('7e570000-0000-4000-8000-0000000000b3', '7e570000-0000-4000-8000-0000000000b2', 'One', 'video'), ('7e570000-0000-4000-8000-0000000000b4', '7e570000-0000-4000-8000-0000000000b2', 'Two', 'video');
    insert into public.workshops (id, title, slug, pillar, level, instructor_id, format, duration_hours, capacity_total, start_time, end_time, status)
      values ('7e570000-0000-4000-8000-0000000000b5', 'Self test', 'humanglue-self-test', 'coaching', 'beginner', teacher, 'online', 1, 1, now() + interval '1 day', now() + interval '2 days', 'published');
    insert into storage.objects (bucket_id, name) values ('certificates', ann || '/certificate.pdf'), ('course-content', '7e570000-0000-4000-8000-0000000000b1/film.mp4');
    -- Who does what, and what comes of it: a value or an SQLSTATE. Without an actor it is the caller.
    select jsonb_agg(proapp.try_as(t.test, t.actor::text, t.role::name, t.statement, t.expected)) into done from (values
      ('tenants: members see their colleagues', ann, 'authenticated', $q$select string_agg(full_name, ' ' order by full_name) from public.users$q$, 'ann ben leader'),
      ('tenants: and their organization', ann, 'authenticated', 'select string_agg(name, '','') from public.organizations', 'Self test'),
      ('tenants: somebody on their own sees themselves', teacher, 'authenticated', 'select string_agg(full_name, '','') from public.users', 'teacher'),
      ('tenants: admins of the platform see all', platform, 'authenticated', $q$select count(*) from public.users where email like '%@self-test.invalid'$q$, '7'),
      ('tenants: nobody makes oneself an admin', leader, 'authenticated', $q$update public.users set role = 'admin' where id = '7e570000-0000-4000-8000-0000000000c1' returning role$q$, '42501'),
      ('tenants: nor anybody else', leader, 'authenticated', $q$update public.users set role = 'admin' where id = '7e570000-0000-4000-8000-0000000000c2' returning role$q$, '42501'),
      ('tenants: org admins give roles', leader, 'authenticated', $q$update public.users set role = 'team_lead' where id = '7e570000-0000-4000-8000-0000000000c3' returning role$q$, 'team_lead'),
      ('tenants: in no other organization', leader, 'authenticated', $q$with c as (update public.users set full_name = 'x' where id = '7e570000-0000-4000-8000-0000000000c6' returning 1) select count(*) from c$q$, '0'),
      ('assessments: completed', ann, 'authenticated', $q$update public.assessments set status = 'completed', overall_score = 70, completed_at = now() returning overall_score$q$, '70'),
      ('assessments: a snapshot', ann, 'authenticated', 'select count(*) from public.assessment_history', '1'),
      ('assessments: the last scores', leader, 'authenticated', $q$select overall_score from public.get_user_adaptability_score('7e570000-0000-4000-8000-0000000000c2')$q$, '70'),
      ('assessments: not for strangers', stranger, 'authenticated', $q$select overall_score from public.get_user_adaptability_score('7e570000-0000-4000-8000-0000000000c2')$q$, '42501'),
      ('enrolment: in one''s own name', ann, 'authenticated', $q$insert into public.course_enrollments (id, organization_id, user_id, course_id) values ('7e570000-0000-4000-8000-0000000000d1', '7e570000-0000-4000-8000-0000000000e1',
        '7e570000-0000-4000-8000-0000000000c2', '7e570000-0000-4000-8000-0000000000b1') returning status$q$, 'enrolled'),
      ('enrolment: not in another''s', ann, 'authenticated', $q$insert into public.course_enrollments (organization_id, user_id, course_id) values ('7e570000-0000-4000-8000-0000000000e1',
        '7e570000-0000-4000-8000-0000000000c3', '7e570000-0000-4000-8000-0000000000b1') returning status$q$, '42501'),
      ('enrolment: counted', null, null, $q$select enrolled_count || ' ' || total_students from public.courses c join public.instructor_profiles p on p.user_id = c.instructor_id where c.slug = 'humanglue-self-test'$q$, '1 1'),
      ('enrolment: a charge with the platform''s fee', teacher, 'authenticated', $q$select amount || ' ' || platform_fee_amount || ' ' || instructor_earnings || ' ' || payment_status from public.revenue_transactions$q$, '100.00 20.00 80.00 pending'),
      ('storage: no content before it is paid', ann, 'authenticated', $q$select count(*) from storage.objects where bucket_id = 'course-content'$q$, '0'),
      ('revenue: students confirm nothing', ann, 'authenticated', $q$with c as (update public.revenue_transactions set payment_status = 'completed' returning 1) select count(*) from c$q$, '0'),
      ('revenue: paid', platform, 'authenticated', $q$update public.revenue_transactions set payment_status = 'completed' where enrollment_id = '7e570000-0000-4000-8000-0000000000d1' returning payment_status$q$, 'completed'),
      ('storage: content of courses that are taken', ann, 'authenticated', $q$select count(*) from storage.objects where bucket_id = 'course-content'$q$, '1'),
      ('progress: one lesson of two', ann, 'authenticated', $q$insert into public.lesson_progress (enrollment_id, lesson_id, is_completed) values ('7e570000-0000-4000-8000-0000000000d1', '7e570000-0000-4000-8000-0000000000b3', true) returning is_completed$q$, 'true'),
      ('progress: moves the enrolment', ann, 'authenticated', $q$select e.status || ' ' || e.progress_percentage || ' ' || s.completed_lessons from public.course_enrollments e join public.student_progress s on s.enrollment_id = e.id$q$, 'in_progress 50 1'),
      ('progress: nobody completes by saying so', ann, 'authenticated', $q$update public.course_enrollments set status = 'completed' returning status$q$, '42501'),
      ('progress: instructors see it', teacher, 'authenticated', 'select string_agg(progress_percentage::text, '','') from public.student_progress', '50'),
      ('progress: strangers do not', stranger, 'authenticated', 'select count(*) from public.student_progress', '0'),
      ('reviews: by students', ann, 'authenticated', $q$insert into public.course_reviews (course_id, user_id, enrollment_id, rating) values ('7e570000-0000-4000-8000-0000000000b1', '7e570000-0000-4000-8000-0000000000c2',
        '7e570000-0000-4000-8000-0000000000d1', 4) returning rating$q$, '4'),
      ('reviews: not by others', ben, 'authenticated', $q$insert into public.course_reviews (course_id, user_id, enrollment_id, rating) values ('7e570000-0000-4000-8000-0000000000b1', '7e570000-0000-4000-8000-0000000000c3',
        '7e570000-0000-4000-8000-0000000000d1', 1) returning rating$q$, '42501'),
      ('reviews: make the rating', null, null, $q$select c.average_rating || ' ' || p.total_reviews from public.courses c join public.instructor_profiles p on p.user_id = c.instructor_id where c.slug = 'humanglue-self-test'$q$, '4.00 1'),
      ('reviews: are not changed by instructors', teacher, 'authenticated', 'update public.course_reviews set rating = 5 returning rating', '42501'),
      ('reviews: are answered by them', teacher, 'authenticated', $q$update public.course_reviews set instructor_response = 'Thanks' where course_id = '7e570000-0000-4000-8000-0000000000b1' returning instructor_response$q$, 'Thanks'),
      ('co-teaching: sees students', helper, 'authenticated', 'select count(*) from public.student_progress', '1'),
      ('co-teaching: edits nothing without the permission', helper, 'authenticated', $q$with c as (update public.courses set title = 'Mine' where slug = 'humanglue-self-test' returning 1) select count(*) from c$q$, '0'),
      ('dashboard: one''s own', teacher, 'authenticated', $q$select total_students || ' ' || total_courses || ' ' || total_revenue || ' ' || average_rating from public.get_instructor_dashboard_stats('7e570000-0000-4000-8000-0000000000c4')$q$, '1 1 80.00 4.00'),
      ('dashboard: for admins of the platform', platform, 'authenticated', $q$select total_students from public.get_instructor_dashboard_stats('7e570000-0000-4000-8000-0000000000c4')$q$, '1'),
      ('dashboard: for nobody else', helper, 'authenticated', $q$select total_students from public.get_instructor_dashboard_stats('7e570000-0000-4000-8000-0000000000c4')$q$, '42501'),
      ('workshops: the last seat', ann, 'authenticated', $q$insert into public.workshop_registrations (organization_id, workshop_id, user_id) values ('7e570000-0000-4000-8000-0000000000e1', '7e570000-0000-4000-8000-0000000000b5',
        '7e570000-0000-4000-8000-0000000000c2') returning status$q$, 'registered'),
      ('workshops: is taken once', ben, 'authenticated', $q$insert into public.workshop_registrations (organization_id, workshop_id, user_id) values ('7e570000-0000-4000-8000-0000000000e1', '7e570000-0000-4000-8000-0000000000b5',
        '7e570000-0000-4000-8000-0000000000c3') returning status$q$, '23514'),
      ('workshops: and given back', ann, 'authenticated', $q$update public.workshop_registrations set status = 'cancelled' returning status$q$, 'cancelled'),
      ('workshops: free again', null, null, $q$select capacity_remaining || ' ' || enrolled_count from public.workshops where slug = 'humanglue-self-test'$q$, '1 0'),
      ('revenue: a refund', platform, 'authenticated', $q$update public.revenue_transactions set payment_status = 'refunded' where enrollment_id = '7e570000-0000-4000-8000-0000000000d1' returning payment_status$q$, 'refunded'),
      ('revenue: is a transaction, and takes the sum back', null, null, $q$select c.total_revenue || ' ' || t.amount from public.courses c join public.revenue_transactions t on t.course_id = c.id and t.transaction_type = 'refund' where c.slug = 'humanglue-self-test'$q$, '0.00 100.00'),
      ('activity: told to the instructor', teacher, 'authenticated', $q$select string_agg(distinct activity_type::text, ' ') from public.student_activity$q$, 'enrolled lesson_completed lesson_started workshop_registered'),
      ('storage: buckets', null, null, $q$select string_agg(id, ' ' order by id) filter (where public) || ', ' || string_agg(id, ' ' order by id) filter (where not public) from storage.buckets
        where id in ('avatars', 'organization-logos', 'course-content', 'assessment-audio', 'resources', 'certificates')$q$, 'avatars organization-logos, assessment-audio certificates course-content resources'),
      ('storage: certificates for their owner', ann, 'authenticated', $q$select count(*) from storage.objects where bucket_id = 'certificates'$q$, '1'),
      ('storage: and who leads the organization', leader, 'authenticated', $q$select count(*) from storage.objects where bucket_id = 'certificates'$q$, '1'),
      ('storage: for nobody else', ben, 'authenticated', $q$select count(*) from storage.objects where bucket_id = 'certificates'$q$, '0'),
      ('statistics: not for users', ann, 'authenticated', 'select count(*) from public.platform_course_stats', '42501'),
      ('numbers: as counted from scratch', null, null, 'select sum(corrected) from public.humanglue_recount()', '0'),
      ('users: deleted with their data', null, null, $q$delete from auth.users where id = '7e570000-0000-4000-8000-0000000000c2' returning id$q$, '7e570000-0000-4000-8000-0000000000c2'),
      ('users: and out of the numbers', null, null, $q$select enrolled_count || ' ' || total_students || ' ' || review_count from public.courses c join public.instructor_profiles p on p.user_id = c.instructor_id where c.slug = 'humanglue-self-test'$q$, '0 0 0')
    ) t (test, actor, role, statement, expected);
    raise exception using errcode = 'PS7E5', message = 'the rows of the self test go';
  exception when sqlstate 'PS7E5' then
    null;
  end;
  return query select d.test, d.result, d.detail from jsonb_to_recordset(done) d (test text, result text, detail text);
end
$$;
comment on function public.humanglue_self_test() is
  'Tries what HumanGlue promises, on rows of its own that are rolled back: one row a test, result PASS or FAIL, detail what came instead. For who may write its tables and become the API''s roles.';
revoke execute on function public.humanglue_self_test() from public, anon, authenticated, service_role;

-- What is there now is what should be there. A baseline of that name may be somebody's.
select proapp.save_baseline('humanglue',
  'public.organizations', 'public.teams', 'public.users', 'public.team_members', 'public.assessment_templates', 'public.assessments', 'public.assessment_responses',
  'public.assessment_history', 'public.courses', 'public.course_modules', 'public.course_lessons', 'public.course_enrollments', 'public.lesson_progress', 'public.workshops',
  'public.workshop_registrations', 'public.experts', 'public.expert_availability', 'public.consultations', 'public.resources', 'public.resource_access', 'public.analytics_events',
  'public.user_engagement_metrics', 'public.instructor_profiles', 'public.instructor_settings', 'public.student_progress', 'public.student_activity', 'public.revenue_transactions',
  'public.course_reviews', 'public.workshop_feedback', 'public.course_instructors', 'public.workshop_facilitators', 'public.organization_overview', 'public.user_learning_progress',
  'public.instructor_course_performance', 'public.instructor_workshop_performance', 'public.student_engagement_summary', 'public.platform_engagement_stats', 'public.platform_course_stats',
  'function:public.humanglue_*', 'function:public.update_updated_at_column', 'function:public.create_assessment_snapshot', 'function:public.update_enrollment_progress',
  'function:public.update_workshop_capacity', 'function:public.get_organization_metrics', 'function:public.get_user_adaptability_score', 'function:public.update_instructor_stats',
  'function:public.update_course_enrollment_stats', 'function:public.create_student_progress', 'function:public.log_student_activity', 'function:public.update_student_progress_from_lesson',
  'function:public.update_course_rating', 'function:public.update_workshop_satisfaction', 'function:public.update_workshop_registration_stats',
  'function:public.create_revenue_transaction_from_enrollment', 'function:public.create_revenue_transaction_from_workshop', 'function:public.get_instructor_dashboard_stats',
  'function:public.get_instructor_recent_activity', 'function:public.get_instructor_student_progress', 'function:public.get_instructor_revenue_breakdown', 'enum:public.user_role',
  'enum:public.assessment_status', 'enum:public.enrollment_status', 'enum:public.workshop_status', 'enum:public.registration_status', 'enum:public.consultation_status',
  'enum:public.payment_status', 'enum:public.content_type', 'enum:public.ai_pillar', 'enum:public.course_status', 'enum:public.course_difficulty', 'enum:public.lesson_type',
  'enum:public.workshop_type', 'enum:public.activity_type', 'enum:public.transaction_type', 'enum:public.payout_schedule', 'storage.objects')
  where not exists (select from proapp.baselines where baseline = 'humanglue');
$up$);
