-- complain if this file is sourced in psql rather than by CREATE EXTENSION
\echo Use "CREATE EXTENSION proapp_humanglue" to load this file. \quit

select proapp.migrate_up('humanglue', '1.0.0', $up$
-- Never without the environment that it is written for.
do $$
begin
  if to_regclass('auth.users') is null or to_regclass('storage.buckets') is null
     or to_regrole('anon') is null or to_regrole('authenticated') is null or to_regrole('service_role') is null then
    raise exception 'HumanGlue needs the environment of a Supabase project'
      using errcode = 'object_not_in_prerequisite_state',
            detail = 'It lacks auth.users, storage.buckets or a role of the API.',
            hint = 'On a plain PostgreSQL server: CREATE EXTENSION proapp_dev_env.';
  end if;
end
$$;

create type public.user_role as enum ('admin', 'org_admin', 'team_lead', 'member');
create type public.assessment_status as enum ('not_started', 'in_progress', 'completed', 'archived');
create type public.enrollment_status as enum ('enrolled', 'in_progress', 'completed', 'dropped');
create type public.workshop_status as enum ('draft', 'published', 'in_progress', 'completed', 'cancelled');
create type public.registration_status as enum ('registered', 'waitlisted', 'attended', 'cancelled', 'no_show');
create type public.consultation_status as enum ('requested', 'scheduled', 'completed', 'cancelled');
create type public.payment_status as enum ('pending', 'completed', 'failed', 'refunded');
create type public.content_type as enum ('video', 'article', 'quiz', 'assignment', 'resource');
create type public.ai_pillar as enum ('adaptability', 'coaching', 'marketplace');

create table public.organizations (
  id                      uuid        primary key default gen_random_uuid(),
  name                    text        not null,
  slug                    text        not null unique,
  logo_url                text,
  website                 text,
  industry                text,
  size_range              text        check (size_range in ('1-10', '11-50', '51-200', '201-500', '501-1000', '1000+')),
  subscription_tier       text        not null default 'free' check (subscription_tier in ('free', 'starter', 'professional', 'enterprise')),
  subscription_expires_at timestamptz,
  max_users               integer     not null default 5,
  max_teams               integer     not null default 1,
  settings                jsonb       default '{}',
  metadata                jsonb       default '{}',
  is_active               boolean     not null default true,
  created_at              timestamptz not null default now(),
  updated_at              timestamptz not null default now()
);
comment on table public.organizations is 'Tenants. Made by the service role.';
create index idx_organizations_active on public.organizations (is_active) where is_active = true;
create index idx_organizations_slug on public.organizations (slug);
create index idx_organizations_subscription on public.organizations (subscription_tier, subscription_expires_at);

create table public.teams (
  id              uuid        primary key default gen_random_uuid(),
  organization_id uuid        not null references public.organizations (id) on delete cascade,
  name            text        not null,
  description     text,
  parent_team_id  uuid        references public.teams (id) on delete set null,
  settings        jsonb       default '{}',
  metadata        jsonb       default '{}',
  is_active       boolean     not null default true,
  created_at      timestamptz not null default now(),
  updated_at      timestamptz not null default now(),
  unique (organization_id, name)
);
comment on table public.teams is 'Parts of an organization.';
create index idx_teams_active on public.teams (is_active) where is_active = true;
create index idx_teams_organization on public.teams (organization_id);
create index idx_teams_parent on public.teams (parent_team_id);

create table public.users (
  id              uuid             primary key references auth.users (id) on delete cascade,
  organization_id uuid             references public.organizations (id) on delete cascade,
  email           text             not null unique,
  full_name       text             not null,
  avatar_url      text,
  job_title       text,
  department      text,
  phone           text,
  timezone        text             default 'UTC',
  language        text             default 'en',
  role            public.user_role not null default 'member',
  preferences     jsonb            default '{}',
  metadata        jsonb            default '{}',
  is_active       boolean          not null default true,
  last_login_at   timestamptz,
  created_at      timestamptz      not null default now(),
  updated_at      timestamptz      not null default now()
);
comment on table public.users is 'One row a user: id is auth.users.id. Role admin is the platform''s; without an organization it is an instructor on their own, or such an admin.';
create index idx_users_active on public.users (is_active) where is_active = true;
create index idx_users_email on public.users (email);
create index idx_users_organization on public.users (organization_id);
create index idx_users_role on public.users (role);

create table public.team_members (
  team_id   uuid             not null references public.teams (id) on delete cascade,
  user_id   uuid             not null references public.users (id) on delete cascade,
  role      public.user_role not null default 'member',
  joined_at timestamptz      not null default now(),
  primary key (team_id, user_id)
);
comment on table public.team_members is 'Who is in which team, and who leads it.';
create index idx_team_members_role on public.team_members (role);
create index idx_team_members_user on public.team_members (user_id);

create table public.assessment_templates (
  id               uuid             primary key default gen_random_uuid(),
  name             text             not null,
  description      text,
  pillar           public.ai_pillar not null,
  version          integer          not null default 1,
  questions        jsonb            not null,
  scoring_config   jsonb            not null,
  duration_minutes integer,
  is_active        boolean          not null default true,
  created_at       timestamptz      not null default now(),
  updated_at       timestamptz      not null default now()
);
comment on table public.assessment_templates is 'Questions and how they are scored.';
create index idx_assessment_templates_active on public.assessment_templates (is_active) where is_active = true;
create index idx_assessment_templates_pillar on public.assessment_templates (pillar);

create table public.assessments (
  id               uuid                     primary key default gen_random_uuid(),
  organization_id  uuid                     not null references public.organizations (id) on delete cascade,
  user_id          uuid                     not null references public.users (id) on delete cascade,
  template_id      uuid                     not null references public.assessment_templates (id) on delete restrict,
  status           public.assessment_status not null default 'not_started',
  overall_score    integer                  check (overall_score >= 0 and overall_score <= 100),
  individual_score integer                  check (individual_score >= 0 and individual_score <= 100),
  leadership_score integer                  check (leadership_score >= 0 and leadership_score <= 100),
  cultural_score   integer                  check (cultural_score >= 0 and cultural_score <= 100),
  embedding_score  integer                  check (embedding_score >= 0 and embedding_score <= 100),
  velocity_score   integer                  check (velocity_score >= 0 and velocity_score <= 100),
  ai_insights      jsonb                    default '{}',
  recommendations  jsonb                    default '{}',
  started_at       timestamptz,
  completed_at     timestamptz,
  metadata         jsonb                    default '{}',
  created_at       timestamptz              not null default now(),
  updated_at       timestamptz              not null default now(),
  check (status = 'completed' and completed_at is not null and overall_score is not null or status <> 'completed')
);
comment on table public.assessments is 'One user''s answers to a template, and the scores.';
create index idx_assessments_completed on public.assessments (completed_at) where completed_at is not null;
create index idx_assessments_organization on public.assessments (organization_id);
create index idx_assessments_scores on public.assessments (overall_score) where overall_score is not null;
create index idx_assessments_status on public.assessments (status);
create index idx_assessments_template on public.assessments (template_id);
create index idx_assessments_user on public.assessments (user_id);

create table public.assessment_responses (
  id                        uuid         primary key default gen_random_uuid(),
  assessment_id             uuid         not null references public.assessments (id) on delete cascade,
  question_id               text         not null,
  question_number           integer      not null,
  response_text             text,
  response_audio_url        text,
  response_duration_seconds integer,
  ai_transcription          text,
  ai_sentiment_score        numeric(3,2),
  ai_confidence_score       numeric(3,2),
  ai_analysis               jsonb        default '{}',
  answered_at               timestamptz  not null default now(),
  metadata                  jsonb        default '{}',
  created_at                timestamptz  not null default now()
);
comment on table public.assessment_responses is 'An answer to a question. Only its user and the platform read it.';
create index idx_assessment_responses_answered on public.assessment_responses (answered_at);
create index idx_assessment_responses_assessment on public.assessment_responses (assessment_id);
create index idx_assessment_responses_question on public.assessment_responses (assessment_id, question_number);

create table public.assessment_history (
  id               uuid        primary key default gen_random_uuid(),
  user_id          uuid        not null references public.users (id) on delete cascade,
  organization_id  uuid        not null references public.organizations (id) on delete cascade,
  assessment_id    uuid        not null references public.assessments (id) on delete cascade,
  overall_score    integer     not null,
  individual_score integer,
  leadership_score integer,
  cultural_score   integer,
  embedding_score  integer,
  velocity_score   integer,
  snapshot_date    timestamptz not null default now(),
  created_at       timestamptz not null default now()
);
comment on table public.assessment_history is 'What the scores were each time an assessment was completed.';
create index idx_assessment_history_org on public.assessment_history (organization_id, snapshot_date);
create index idx_assessment_history_user on public.assessment_history (user_id, snapshot_date);

create table public.courses (
  id                uuid             primary key default gen_random_uuid(),
  title             text             not null,
  slug              text             not null unique,
  description       text,
  pillar            public.ai_pillar not null,
  level             text             not null check (level in ('beginner', 'intermediate', 'advanced')),
  thumbnail_url     text,
  trailer_url       text,
  duration_hours    numeric(5,2),
  estimated_effort  text,
  prerequisites     text[],
  learning_outcomes text[],
  price_amount      numeric(10,2)    not null default 0 check (price_amount >= 0),
  currency          text             not null default 'USD',
  is_published      boolean          not null default false,
  published_at      timestamptz,
  sort_order        integer          not null default 0,
  metadata          jsonb            default '{}',
  created_at        timestamptz      not null default now(),
  updated_at        timestamptz      not null default now()
);
comment on table public.courses is 'Courses.';
create index idx_courses_level on public.courses (level);
create index idx_courses_pillar on public.courses (pillar);
create index idx_courses_published on public.courses (is_published) where is_published = true;
create index idx_courses_slug on public.courses (slug);
create index idx_courses_sort on public.courses (sort_order);

create table public.course_modules (
  id               uuid        primary key default gen_random_uuid(),
  course_id        uuid        not null references public.courses (id) on delete cascade,
  title            text        not null,
  description      text,
  sort_order       integer     not null default 0,
  duration_minutes integer,
  metadata         jsonb       default '{}',
  created_at       timestamptz not null default now(),
  updated_at       timestamptz not null default now()
);
comment on table public.course_modules is 'Chapters of a course.';
create index idx_course_modules_course on public.course_modules (course_id, sort_order);

create table public.course_lessons (
  id                     uuid                primary key default gen_random_uuid(),
  module_id              uuid                not null references public.course_modules (id) on delete cascade,
  title                  text                not null,
  description            text,
  content_type           public.content_type not null,
  video_url              text,
  video_duration_seconds integer,
  article_content        text,
  resource_url           text,
  quiz_questions         jsonb,
  quiz_passing_score     integer,
  sort_order             integer             not null default 0,
  is_preview             boolean             not null default false,
  metadata               jsonb               default '{}',
  created_at             timestamptz         not null default now(),
  updated_at             timestamptz         not null default now()
);
comment on table public.course_lessons is 'Lessons of a chapter.';
create index idx_course_lessons_module on public.course_lessons (module_id, sort_order);
create index idx_course_lessons_preview on public.course_lessons (is_preview) where is_preview = true;
create index idx_course_lessons_type on public.course_lessons (content_type);

create table public.course_enrollments (
  id                      uuid                     primary key default gen_random_uuid(),
  organization_id         uuid                     not null references public.organizations (id) on delete cascade,
  user_id                 uuid                     not null references public.users (id) on delete cascade,
  course_id               uuid                     not null references public.courses (id) on delete cascade,
  status                  public.enrollment_status not null default 'enrolled',
  progress_percentage     integer                  not null default 0 check (progress_percentage >= 0 and progress_percentage <= 100),
  last_accessed_lesson_id uuid                     references public.course_lessons (id) on delete set null,
  last_accessed_at        timestamptz,
  completed_at            timestamptz,
  certificate_url         text,
  enrolled_at             timestamptz              not null default now(),
  expires_at              timestamptz,
  metadata                jsonb                    default '{}',
  created_at              timestamptz              not null default now(),
  updated_at              timestamptz              not null default now(),
  unique (user_id, course_id)
);
comment on table public.course_enrollments is 'Who takes which course, and how far they are.';
create index idx_course_enrollments_course on public.course_enrollments (course_id);
create index idx_course_enrollments_organization on public.course_enrollments (organization_id);
create index idx_course_enrollments_progress on public.course_enrollments (progress_percentage);
create index idx_course_enrollments_status on public.course_enrollments (status);
create index idx_course_enrollments_user on public.course_enrollments (user_id);
create index idx_enrollments_active on public.course_enrollments (course_id, user_id) where status in ('enrolled', 'in_progress');

create table public.lesson_progress (
  id                    uuid        primary key default gen_random_uuid(),
  enrollment_id         uuid        not null references public.course_enrollments (id) on delete cascade,
  lesson_id             uuid        not null references public.course_lessons (id) on delete cascade,
  is_completed          boolean     not null default false,
  completion_percentage integer     not null default 0 check (completion_percentage >= 0 and completion_percentage <= 100),
  time_spent_seconds    integer     not null default 0,
  quiz_score            integer,
  quiz_attempts         integer     default 0,
  last_accessed_at      timestamptz,
  completed_at          timestamptz,
  metadata              jsonb       default '{}',
  created_at            timestamptz not null default now(),
  updated_at            timestamptz not null default now(),
  unique (enrollment_id, lesson_id)
);
comment on table public.lesson_progress is 'How far an enrolled user is in a lesson.';
create index idx_lesson_progress_completed on public.lesson_progress (is_completed);
create index idx_lesson_progress_enrollment on public.lesson_progress (enrollment_id);
create index idx_lesson_progress_lesson on public.lesson_progress (lesson_id);

create table public.workshops (
  id                  uuid                   primary key default gen_random_uuid(),
  title               text                   not null,
  slug                text                   not null unique,
  description         text,
  pillar              public.ai_pillar       not null,
  level               text                   not null check (level in ('beginner', 'intermediate', 'advanced')),
  instructor_id       uuid                   references public.users (id) on delete set null,
  format              text                   not null check (format in ('online', 'in-person', 'hybrid')),
  location            text,
  meeting_url         text,
  duration_hours      numeric(5,2)           not null,
  capacity_total      integer                not null check (capacity_total > 0),
  capacity_remaining  integer                not null check (capacity_remaining >= 0),
  waitlist_enabled    boolean                not null default false,
  price_amount        numeric(10,2)          not null default 0 check (price_amount >= 0),
  price_early_bird    numeric(10,2),
  early_bird_deadline timestamptz,
  currency            text                   not null default 'USD',
  start_time          timestamptz            not null,
  end_time            timestamptz            not null,
  timezone            text                   not null default 'UTC',
  status              public.workshop_status not null default 'draft',
  thumbnail_url       text,
  materials_url       text,
  recording_url       text,
  metadata            jsonb                  default '{}',
  created_at          timestamptz            not null default now(),
  updated_at          timestamptz            not null default now(),
  check (capacity_remaining <= capacity_total),
  check (end_time > start_time),
  check (price_early_bird is null or price_early_bird < price_amount)
);
comment on table public.workshops is 'Workshops, with their seats.';
create index idx_workshops_available on public.workshops (id) where (capacity_remaining > 0) and (status = 'published');
create index idx_workshops_instructor on public.workshops (instructor_id);
create index idx_workshops_pillar on public.workshops (pillar);
create index idx_workshops_slug on public.workshops (slug);
create index idx_workshops_start_time on public.workshops (start_time);
create index idx_workshops_status on public.workshops (status);

create table public.workshop_registrations (
  id                          uuid                  primary key default gen_random_uuid(),
  organization_id             uuid                  not null references public.organizations (id) on delete cascade,
  workshop_id                 uuid                  not null references public.workshops (id) on delete cascade,
  user_id                     uuid                  not null references public.users (id) on delete cascade,
  status                      public.registration_status not null default 'registered',
  payment_id                  uuid,
  amount_paid                 numeric(10,2),
  payment_status              public.payment_status,
  attended                    boolean               default false,
  attendance_duration_minutes integer,
  rating                      integer               check (rating >= 1 and rating <= 5),
  feedback                    text,
  feedback_submitted_at       timestamptz,
  registered_at               timestamptz           not null default now(),
  metadata                    jsonb                 default '{}',
  created_at                  timestamptz           not null default now(),
  updated_at                  timestamptz           not null default now(),
  unique (workshop_id, user_id)
);
comment on table public.workshop_registrations is 'Who comes to which workshop.';
create index idx_workshop_registrations_organization on public.workshop_registrations (organization_id);
create index idx_workshop_registrations_payment on public.workshop_registrations (payment_status);
create index idx_workshop_registrations_status on public.workshop_registrations (status);
create index idx_workshop_registrations_user on public.workshop_registrations (user_id);
create index idx_workshop_registrations_workshop on public.workshop_registrations (workshop_id);

create table public.experts (
  id                       uuid               primary key default gen_random_uuid(),
  user_id                  uuid               unique references public.users (id) on delete set null,
  name                     text               not null,
  title                    text               not null,
  bio                      text               not null,
  avatar_url               text,
  specialties              text[]             not null,
  pillars                  public.ai_pillar[] not null,
  years_experience         integer,
  is_available             boolean            not null default true,
  hourly_rate              numeric(10,2)      not null check (hourly_rate >= 0),
  currency                 text               not null default 'USD',
  timezone                 text               not null default 'UTC',
  session_duration_minutes integer            not null default 60,
  buffer_minutes           integer            not null default 15,
  booking_advance_days     integer            not null default 1,
  average_rating           numeric(3,2)       check (average_rating >= 0 and average_rating <= 5),
  total_sessions           integer            not null default 0,
  metadata                 jsonb              default '{}',
  created_at               timestamptz        not null default now(),
  updated_at               timestamptz        not null default now()
);
comment on table public.experts is 'Whom one can consult.';
create index idx_experts_available on public.experts (is_available) where is_available = true;
create index idx_experts_pillars on public.experts using gin (pillars);
create index idx_experts_rating on public.experts (average_rating) where average_rating is not null;
create index idx_experts_specialties on public.experts using gin (specialties);
create index idx_experts_user on public.experts (user_id);

create table public.expert_availability (
  id          uuid        primary key default gen_random_uuid(),
  expert_id   uuid        not null references public.experts (id) on delete cascade,
  day_of_week integer     not null check (day_of_week >= 0 and day_of_week <= 6),
  start_time  time        not null,
  end_time    time        not null,
  is_active   boolean     not null default true,
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now(),
  unique (expert_id, day_of_week, start_time),
  check (end_time > start_time)
);
comment on table public.expert_availability is 'When in the week an expert can be booked.';
create index idx_expert_availability_active on public.expert_availability (is_active) where is_active = true;
create index idx_expert_availability_expert on public.expert_availability (expert_id);

create table public.consultations (
  id               uuid                  primary key default gen_random_uuid(),
  organization_id  uuid                  not null references public.organizations (id) on delete cascade,
  expert_id        uuid                  not null references public.experts (id) on delete restrict,
  user_id          uuid                  not null references public.users (id) on delete cascade,
  status           public.consultation_status not null default 'requested',
  scheduled_start  timestamptz           not null,
  scheduled_end    timestamptz           not null,
  actual_start     timestamptz,
  actual_end       timestamptz,
  duration_minutes integer,
  meeting_url      text,
  meeting_notes    text,
  topics           text[]                not null,
  pillar           public.ai_pillar      not null,
  description      text,
  payment_id       uuid,
  amount           numeric(10,2)         not null,
  payment_status   public.payment_status,
  user_rating      integer               check (user_rating >= 1 and user_rating <= 5),
  user_feedback    text,
  expert_notes     text,
  metadata         jsonb                 default '{}',
  created_at       timestamptz           not null default now(),
  updated_at       timestamptz           not null default now(),
  check (scheduled_end > scheduled_start)
);
comment on table public.consultations is 'Hours with an expert.';
create index idx_consultations_expert on public.consultations (expert_id);
create index idx_consultations_organization on public.consultations (organization_id);
create index idx_consultations_payment on public.consultations (payment_status);
create index idx_consultations_scheduled on public.consultations (scheduled_start);
create index idx_consultations_status on public.consultations (status);
create index idx_consultations_user on public.consultations (user_id);

create table public.resources (
  id                         uuid             primary key default gen_random_uuid(),
  title                      text             not null,
  slug                       text             not null unique,
  description                text,
  resource_type              text             not null check (resource_type in ('document', 'template', 'guide', 'tool', 'video', 'article')),
  pillar                     public.ai_pillar,
  tags                       text[],
  content_url                text,
  thumbnail_url              text,
  file_size_bytes            bigint,
  file_type                  text,
  is_public                  boolean          not null default false,
  required_subscription_tier text,
  download_count             integer          not null default 0,
  view_count                 integer          not null default 0,
  metadata                   jsonb            default '{}',
  created_at                 timestamptz      not null default now(),
  updated_at                 timestamptz      not null default now()
);
comment on table public.resources is 'Documents and the like, for everybody or from a subscription tier on.';
create index idx_resources_pillar on public.resources (pillar);
create index idx_resources_public on public.resources (is_public) where is_public = true;
create index idx_resources_slug on public.resources (slug);
create index idx_resources_tags on public.resources using gin (tags);
create index idx_resources_tier on public.resources (required_subscription_tier);
create index idx_resources_type on public.resources (resource_type);

create table public.resource_access (
  id              uuid        primary key default gen_random_uuid(),
  resource_id     uuid        not null references public.resources (id) on delete cascade,
  user_id         uuid        not null references public.users (id) on delete cascade,
  organization_id uuid        not null references public.organizations (id) on delete cascade,
  access_type     text        not null check (access_type in ('view', 'download')),
  accessed_at     timestamptz not null default now()
);
comment on table public.resource_access is 'Who looked at or downloaded which resource.';
create index idx_resource_access_date on public.resource_access (accessed_at);
create index idx_resource_access_organization on public.resource_access (organization_id);
create index idx_resource_access_resource on public.resource_access (resource_id);
create index idx_resource_access_user on public.resource_access (user_id);

create table public.analytics_events (
  id              uuid        primary key default gen_random_uuid(),
  organization_id uuid        references public.organizations (id) on delete cascade,
  user_id         uuid        references public.users (id) on delete cascade,
  event_type      text        not null,
  event_name      text        not null,
  properties      jsonb       default '{}',
  session_id      uuid,
  user_agent      text,
  ip_address      inet,
  device_type     text,
  browser         text,
  os              text,
  country         text,
  region          text,
  city            text,
  timestamp       timestamptz not null default now()
);
comment on table public.analytics_events is 'What users do in the application.';
create index idx_analytics_events_organization on public.analytics_events (organization_id, "timestamp");
create index idx_analytics_events_properties on public.analytics_events using gin (properties);
create index idx_analytics_events_session on public.analytics_events (session_id);
create index idx_analytics_events_timestamp on public.analytics_events ("timestamp");
create index idx_analytics_events_type on public.analytics_events (event_type, event_name);
create index idx_analytics_events_user on public.analytics_events (user_id, "timestamp");

create table public.user_engagement_metrics (
  id                    uuid        primary key default gen_random_uuid(),
  user_id               uuid        not null references public.users (id) on delete cascade,
  organization_id       uuid        not null references public.organizations (id) on delete cascade,
  date                  date        not null,
  sessions_count        integer     not null default 0,
  total_time_seconds    integer     not null default 0,
  page_views            integer     not null default 0,
  assessments_started   integer     not null default 0,
  assessments_completed integer     not null default 0,
  lessons_viewed        integer     not null default 0,
  lessons_completed     integer     not null default 0,
  workshops_attended    integer     not null default 0,
  consultations_booked  integer     not null default 0,
  created_at            timestamptz not null default now(),
  updated_at            timestamptz not null default now(),
  unique (user_id, date)
);
comment on table public.user_engagement_metrics is 'A user''s day in numbers, written by the service role.';
create index idx_user_engagement_date on public.user_engagement_metrics (date);
create index idx_user_engagement_organization on public.user_engagement_metrics (organization_id, date);
create index idx_user_engagement_user on public.user_engagement_metrics (user_id, date);

-- Keys without an index of the contract's: a deletion would read the whole table for each row.
create index idx_assessment_history_assessment on public.assessment_history (assessment_id);
create index idx_course_enrollments_last_lesson on public.course_enrollments (last_accessed_lesson_id) where last_accessed_lesson_id is not null;

-- Rights. Default privileges may have given everything to everybody; row level security does not hold for TRUNCATE, nor for what a trigger or a foreign key of theirs would do.
alter table public.organizations enable row level security;
alter table public.teams enable row level security;
alter table public.users enable row level security;
alter table public.team_members enable row level security;
alter table public.assessment_templates enable row level security;
alter table public.assessments enable row level security;
alter table public.assessment_responses enable row level security;
alter table public.assessment_history enable row level security;
alter table public.courses enable row level security;
alter table public.course_modules enable row level security;
alter table public.course_lessons enable row level security;
alter table public.course_enrollments enable row level security;
alter table public.lesson_progress enable row level security;
alter table public.workshops enable row level security;
alter table public.workshop_registrations enable row level security;
alter table public.experts enable row level security;
alter table public.expert_availability enable row level security;
alter table public.consultations enable row level security;
alter table public.resources enable row level security;
alter table public.resource_access enable row level security;
alter table public.analytics_events enable row level security;
alter table public.user_engagement_metrics enable row level security;
revoke all on
  public.organizations, public.teams, public.users, public.team_members, public.assessment_templates, public.assessments, public.assessment_responses, public.assessment_history, public.courses,
  public.course_modules, public.course_lessons, public.course_enrollments, public.lesson_progress, public.workshops, public.workshop_registrations, public.experts, public.expert_availability,
  public.consultations, public.resources, public.resource_access, public.analytics_events, public.user_engagement_metrics
  from public, anon, authenticated, service_role;
grant select, insert, update, delete on
  public.organizations, public.teams, public.users, public.team_members, public.assessment_templates, public.assessments, public.assessment_responses, public.assessment_history, public.courses,
  public.course_modules, public.course_lessons, public.course_enrollments, public.lesson_progress, public.workshops, public.workshop_registrations, public.experts, public.expert_availability,
  public.consultations, public.resources, public.resource_access, public.analytics_events, public.user_engagement_metrics
  to service_role;
grant select on public.assessment_templates, public.courses, public.course_modules, public.course_lessons, public.workshops, public.experts, public.expert_availability, public.resources to anon;
grant select on
  public.organizations, public.teams, public.users, public.team_members, public.assessment_templates, public.assessments, public.assessment_responses, public.assessment_history, public.courses,
  public.course_modules, public.course_lessons, public.course_enrollments, public.lesson_progress, public.workshops, public.workshop_registrations, public.experts, public.expert_availability,
  public.consultations, public.resources, public.resource_access, public.analytics_events, public.user_engagement_metrics
  to authenticated;
-- Columns: policies say which rows, these say what of them. Numbers that triggers keep, prices that were agreed, tiers and whose row it is are written by no user.
grant update (name, logo_url, website, industry, size_range, settings, metadata, updated_at) on public.organizations to authenticated;
grant insert, delete, update (name, description, parent_team_id, settings, metadata, is_active, updated_at) on public.teams to authenticated;
grant insert (id, organization_id, email, full_name, avatar_url, job_title, department, phone, timezone, language, role, preferences, metadata, is_active), delete,
  update (full_name, avatar_url, job_title, department, phone, timezone, language, role, preferences, metadata, is_active, last_login_at, updated_at) on public.users to authenticated;
grant insert, delete, update (role) on public.team_members to authenticated;
grant insert, update, delete on public.assessment_templates to authenticated;
grant insert, update (status, overall_score, individual_score, leadership_score, cultural_score, embedding_score, velocity_score, ai_insights, recommendations, started_at, completed_at, metadata, updated_at)
  on public.assessments to authenticated;
grant insert on public.assessment_responses to authenticated;
grant insert (id, title, slug, description, pillar, level, thumbnail_url, trailer_url, duration_hours, estimated_effort, prerequisites, learning_outcomes, price_amount, currency, is_published, published_at, sort_order, metadata), delete,
  update (title, slug, description, pillar, level, thumbnail_url, trailer_url, duration_hours, estimated_effort, prerequisites, learning_outcomes, price_amount, currency, is_published, published_at, sort_order, metadata, updated_at)
  on public.courses to authenticated;
grant insert, delete, update (title, description, sort_order, duration_minutes, metadata, updated_at) on public.course_modules to authenticated;
grant insert, delete, update (title, description, content_type, video_url, video_duration_seconds, article_content, resource_url, quiz_questions, quiz_passing_score, sort_order, is_preview, metadata, updated_at)
  on public.course_lessons to authenticated;
grant insert (id, organization_id, user_id, course_id, status, metadata),
  update (status, last_accessed_lesson_id, last_accessed_at, completed_at, certificate_url, expires_at, metadata, updated_at) on public.course_enrollments to authenticated;
grant insert, delete, update (is_completed, completion_percentage, time_spent_seconds, quiz_score, quiz_attempts, last_accessed_at, completed_at, metadata, updated_at) on public.lesson_progress to authenticated;
grant insert (id, title, slug, description, pillar, level, instructor_id, format, location, meeting_url, duration_hours, capacity_total, waitlist_enabled, price_amount, price_early_bird, early_bird_deadline, currency,
    start_time, end_time, timezone, status, thumbnail_url, materials_url, recording_url, metadata), delete,
  update (title, slug, description, pillar, level, instructor_id, format, location, meeting_url, duration_hours, capacity_total, waitlist_enabled, price_amount, price_early_bird, early_bird_deadline, currency,
    start_time, end_time, timezone, status, thumbnail_url, materials_url, recording_url, metadata, updated_at) on public.workshops to authenticated;
grant insert (id, organization_id, workshop_id, user_id, status, metadata), update (status, rating, feedback, feedback_submitted_at, metadata, updated_at) on public.workshop_registrations to authenticated;
grant insert (id, user_id, name, title, bio, avatar_url, specialties, pillars, years_experience, is_available, hourly_rate, currency, timezone, session_duration_minutes, buffer_minutes, booking_advance_days, metadata), delete,
  update (name, title, bio, avatar_url, specialties, pillars, years_experience, is_available, hourly_rate, currency, timezone, session_duration_minutes, buffer_minutes, booking_advance_days, metadata, updated_at)
  on public.experts to authenticated;
grant insert, delete, update (day_of_week, start_time, end_time, is_active, updated_at) on public.expert_availability to authenticated;
grant insert (id, organization_id, expert_id, user_id, status, scheduled_start, scheduled_end, duration_minutes, topics, pillar, description, amount, metadata),
  update (status, scheduled_start, scheduled_end, actual_start, actual_end, duration_minutes, meeting_url, meeting_notes, topics, description, user_rating, user_feedback, expert_notes, metadata, updated_at)
  on public.consultations to authenticated;
grant insert (id, title, slug, description, resource_type, pillar, tags, content_url, thumbnail_url, file_size_bytes, file_type, is_public, required_subscription_tier, metadata), delete,
  update (title, slug, description, resource_type, pillar, tags, content_url, thumbnail_url, file_size_bytes, file_type, is_public, required_subscription_tier, metadata, updated_at) on public.resources to authenticated;
grant insert on public.resource_access to authenticated;
grant insert on public.analytics_events to authenticated;

-- Who is signed in, and for which organization. The original's policies on users read users and never ended; these look past policies.
select proapp.map_users('humanglue', 'public.users', 'id');
select proapp.map_members('humanglue', 'public.users', 'id', 'organization_id', 'role', mapping => 'humanglue', active_condition => 'is_active');

-- Two roles that are not somebody's in an organization. Both are asked once a statement, and as their owner, whom policies do not hold.
create function public.humanglue_is_admin() returns boolean
  language sql stable parallel safe security definer set search_path = pg_catalog, pg_temp
  as $$ select exists (select from public.users u where u.id = proapp.current_user_id('humanglue') and u.role = 'admin' and u.is_active) $$;
comment on function public.humanglue_is_admin() is 'True where an admin of the platform is signed in.';

create function public.humanglue_led_teams() returns uuid[]
  language sql stable parallel safe security definer set search_path = pg_catalog, pg_temp
  as $$ select array(select m.team_id from public.team_members m where m.user_id = proapp.current_user_id('humanglue') and m.role = 'team_lead') $$;
comment on function public.humanglue_led_teams() is 'Teams that the caller leads.';

-- Signed-in users are held to this; the service role, scripts, and what other triggers write are not.
create function public.humanglue_by_user() returns boolean
  language sql stable set search_path = pg_catalog, pg_temp
  as $$ select proapp.auth_id() is not null and pg_trigger_depth() <= 1 $$;
comment on function public.humanglue_by_user() is 'True in a trigger on what a signed-in user writes, and not another trigger.';

-- What follows every update.
create function public.update_updated_at_column() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
begin
  new.updated_at := now();
  return new;
end
$$;
comment on function public.update_updated_at_column() is 'Trigger: updated_at is when the row was last written.';
create trigger update_organizations_updated_at before update on public.organizations for each row execute function public.update_updated_at_column();
create trigger update_teams_updated_at before update on public.teams for each row execute function public.update_updated_at_column();
create trigger update_users_updated_at before update on public.users for each row execute function public.update_updated_at_column();
create trigger update_assessment_templates_updated_at before update on public.assessment_templates for each row execute function public.update_updated_at_column();
create trigger update_assessments_updated_at before update on public.assessments for each row execute function public.update_updated_at_column();
create trigger update_courses_updated_at before update on public.courses for each row execute function public.update_updated_at_column();
create trigger update_course_modules_updated_at before update on public.course_modules for each row execute function public.update_updated_at_column();
create trigger update_course_lessons_updated_at before update on public.course_lessons for each row execute function public.update_updated_at_column();
create trigger update_course_enrollments_updated_at before update on public.course_enrollments for each row execute function public.update_updated_at_column();
create trigger update_lesson_progress_updated_at before update on public.lesson_progress for each row execute function public.update_updated_at_column();
create trigger update_workshops_updated_at before update on public.workshops for each row execute function public.update_updated_at_column();
create trigger update_workshop_registrations_updated_at before update on public.workshop_registrations for each row execute function public.update_updated_at_column();
create trigger update_experts_updated_at before update on public.experts for each row execute function public.update_updated_at_column();
create trigger update_expert_availability_updated_at before update on public.expert_availability for each row execute function public.update_updated_at_column();
create trigger update_consultations_updated_at before update on public.consultations for each row execute function public.update_updated_at_column();
create trigger update_resources_updated_at before update on public.resources for each row execute function public.update_updated_at_column();
create trigger update_user_engagement_metrics_updated_at before update on public.user_engagement_metrics for each row execute function public.update_updated_at_column();

-- Roles. Without a signed-in user it is the service role or an administrator.
create function public.humanglue_guard_roles() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  actor constant uuid := proapp.current_user_id('humanglue');
begin
  if not public.humanglue_by_user() then
    return coalesce(new, old);
  end if;
  if tg_op <> 'INSERT' and old.role = 'admin' and old.id is distinct from actor or tg_op <> 'DELETE' and new.role = 'admin' and (tg_op = 'INSERT' or old.role <> 'admin') then
    raise exception 'admins of the platform are made and unmade by the service role' using errcode = 'insufficient_privilege';
  end if;
  if tg_op = 'UPDATE' and new.id = actor and (new.role, new.is_active) is distinct from (old.role, old.is_active) then
    raise exception 'nobody can change their own role' using errcode = 'insufficient_privilege';
  end if;
  return coalesce(new, old);
end
$$;
comment on function public.humanglue_guard_roles() is 'Trigger: signed-in users never change their own role, and make and unmake no admins of the platform.';
create trigger humanglue_guard_roles before insert or update of role, is_active or delete on public.users
  for each row execute function public.humanglue_guard_roles();

create function public.humanglue_guard_columns() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  changed text;
begin
  if not public.humanglue_by_user() or public.humanglue_is_admin() then
    return new;
  end if;
  select c into changed from unnest(tg_argv) c where to_jsonb(new) -> c is distinct from to_jsonb(old) -> c limit 1;
  if changed is not null then
    raise exception 'column "%" of table "%" is written by admins of the platform only', changed, tg_table_name using errcode = 'insufficient_privilege';
  end if;
  return new;
end
$$;
comment on function public.humanglue_guard_columns() is 'Trigger: of signed-in users only admins of the platform change these columns.';
create trigger humanglue_guard_owner before update of instructor_id on public.workshops
  for each row execute function public.humanglue_guard_columns('instructor_id');

-- A team's parent and lead are of its organization: a foreign key asks no policy.
create function public.humanglue_guard_teams() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  if new.parent_team_id is not null and not exists (select from public.teams t where t.id = new.parent_team_id and t.organization_id = new.organization_id) then
    raise exception 'the parent of a team must be of the same organization' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
comment on function public.humanglue_guard_teams() is 'Trigger: a team''s parent is of the same organization.';
create trigger humanglue_guard_teams before insert or update of parent_team_id, organization_id on public.teams
  for each row execute function public.humanglue_guard_teams();

-- Assessments.
create function public.create_assessment_snapshot() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  -- Only what is new: a completed assessment that is written again with the same scores leaves nothing.
  if tg_op = 'UPDATE' and old.status = 'completed'
     and (old.overall_score, old.individual_score, old.leadership_score, old.cultural_score, old.embedding_score, old.velocity_score)
         is not distinct from (new.overall_score, new.individual_score, new.leadership_score, new.cultural_score, new.embedding_score, new.velocity_score) then
    return null;
  end if;
  insert into public.assessment_history (user_id, organization_id, assessment_id, overall_score, individual_score, leadership_score, cultural_score, embedding_score, velocity_score)
    values (new.user_id, new.organization_id, new.id, new.overall_score, new.individual_score, new.leadership_score, new.cultural_score, new.embedding_score, new.velocity_score);
  return null;
end
$$;
comment on function public.create_assessment_snapshot() is 'Trigger: a completed assessment leaves its scores in assessment_history.';
create trigger create_assessment_snapshot_trigger after update on public.assessments
  for each row when (new.status = 'completed') execute function public.create_assessment_snapshot();
create trigger create_assessment_snapshot_on_insert after insert on public.assessments
  for each row when (new.status = 'completed') execute function public.create_assessment_snapshot();

-- How far an enrolment is: the share of the course's lessons that are completed, rounded down so that 100 is all of them.
create function public.humanglue_progress_of(p_enrollment_id uuid) returns integer
  language sql stable security definer set search_path = pg_catalog, pg_temp
  as $$
    select coalesce(floor(100.0 * count(*) filter (where p.is_completed) / nullif(count(*), 0))::integer, 0)
      from public.course_enrollments e
      join public.course_modules m on m.course_id = e.course_id
      join public.course_lessons l on l.module_id = m.id
      left join public.lesson_progress p on p.lesson_id = l.id and p.enrollment_id = e.id
     where e.id = p_enrollment_id
  $$;
comment on function public.humanglue_progress_of(uuid) is 'Per cent of the lessons of an enrolment''s course that are completed.';

create function public.update_enrollment_progress() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  undone   constant boolean := tg_op <> 'INSERT' and old.is_completed and (tg_op = 'DELETE' or not new.is_completed or new.enrollment_id <> old.enrollment_id);
  one      uuid;
  progress integer;
begin
  for one in select distinct i from unnest(array[old.enrollment_id, new.enrollment_id]) i where i is not null order by i loop
    -- Two lessons at once: the second waits here, and counts in a statement of its own what the first has written. At higher isolation it fails, as the row is always written.
    perform from public.course_enrollments e where e.id = one for no key update;
    if not found then
      continue;  -- the enrolment goes, too
    end if;
    progress := public.humanglue_progress_of(one);
    update public.course_enrollments e set
        progress_percentage = progress,
        status = case when e.status = 'dropped' then e.status
                      when progress = 100 then 'completed'
                      when e.status = 'completed' and undone then 'in_progress'
                      when e.status = 'enrolled' and tg_op <> 'DELETE' then 'in_progress'
                      else e.status end,
        completed_at = case when e.status = 'dropped' then e.completed_at
                            when progress = 100 then coalesce(e.completed_at, now())
                            when e.status = 'completed' and undone then null
                            else e.completed_at end,
        -- Where several lessons are deleted, the last one's key may still be on its way to null, and would be asked for.
        last_accessed_lesson_id = (select l.id from public.course_lessons l where l.id = case when new.enrollment_id = one then new.lesson_id else e.last_accessed_lesson_id end),
        last_accessed_at = case when new.enrollment_id = one then greatest(e.last_accessed_at, new.last_accessed_at, now()) else e.last_accessed_at end
      where e.id = one;
  end loop;
  return null;
end
$$;
comment on function public.update_enrollment_progress() is 'Trigger: finishing a lesson, or taking that back, moves the enrolment.';
create trigger update_enrollment_progress_trigger after insert or update on public.lesson_progress
  for each row execute function public.update_enrollment_progress();
create trigger update_enrollment_progress_on_delete after delete on public.lesson_progress
  for each row execute function public.update_enrollment_progress();

-- Lessons come and go, and with them what 100 per cent is.
create function public.humanglue_recount_courses(p_course_ids uuid[]) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  -- Enrolments before their course, as where a lesson is finished; after that nobody enrols without seeing these lessons.
  perform from public.course_enrollments e where e.course_id = any (p_course_ids) order by e.id for no key update;
  update public.courses c set updated_at = now() from (select id from public.courses where id = any (p_course_ids) order by id for no key update) locked where c.id = locked.id;
  update public.course_enrollments e set
      progress_percentage = n.progress,
      last_accessed_lesson_id = (select l.id from public.course_lessons l where l.id = e.last_accessed_lesson_id),
      status = case when n.progress = 100 and e.status in ('enrolled', 'in_progress') then 'completed' else e.status end,
      completed_at = case when n.progress = 100 and e.status in ('enrolled', 'in_progress') then coalesce(e.completed_at, now()) else e.completed_at end
    from (select id, public.humanglue_progress_of(id) as progress from public.course_enrollments where course_id = any (p_course_ids)) n
    where e.id = n.id;
end
$$;
comment on function public.humanglue_recount_courses(uuid[]) is 'Brings the enrolments of courses into line with their lessons.';

create function public.humanglue_content_changed() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  changed uuid[];
begin
  -- A module that is gone has told its course itself.
  if tg_table_name = 'course_modules' then
    if tg_op = 'DELETE' then
      select array_agg(distinct course_id) into changed from gone;
    else
      select array_agg(distinct c) into changed from gone g join come n on n.id = g.id and n.course_id <> g.course_id, unnest(array[g.course_id, n.course_id]) c;
    end if;
  elsif tg_op = 'INSERT' then
    select array_agg(distinct m.course_id) into changed from public.course_modules m where m.id in (select module_id from come);
  elsif tg_op = 'DELETE' then
    select array_agg(distinct m.course_id) into changed from public.course_modules m where m.id in (select module_id from gone);
  else
    select array_agg(distinct m.course_id) into changed
      from gone g join come n on n.id = g.id and (n.module_id, n.content_type, n.quiz_passing_score) is distinct from (g.module_id, g.content_type, g.quiz_passing_score), public.course_modules m
     where m.id in (g.module_id, n.module_id);
  end if;
  if changed is not null then
    perform public.humanglue_recount_courses(changed);
  end if;
  return null;
end
$$;
comment on function public.humanglue_content_changed() is 'Trigger: lessons that come, go or move change how far everybody in their course is.';
create trigger humanglue_lessons_come after insert on public.course_lessons referencing new table as come for each statement execute function public.humanglue_content_changed();
create trigger humanglue_lessons_change after update on public.course_lessons referencing old table as gone new table as come for each statement execute function public.humanglue_content_changed();
create trigger humanglue_lessons_go after delete on public.course_lessons referencing old table as gone for each statement execute function public.humanglue_content_changed();
create trigger humanglue_modules_change after update on public.course_modules referencing old table as gone new table as come for each statement execute function public.humanglue_content_changed();
create trigger humanglue_modules_go after delete on public.course_modules referencing old table as gone for each statement execute function public.humanglue_content_changed();

create function public.humanglue_guard_enrollment() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  if public.humanglue_by_user() and new.user_id = proapp.current_user_id('humanglue') and not public.humanglue_is_admin()
     and (new.status is distinct from old.status and (new.status = 'completed' or old.status = 'completed')
       or (new.completed_at, new.certificate_url, new.expires_at) is distinct from (old.completed_at, old.certificate_url, old.expires_at)) then
    raise exception 'nobody completes a course but by its lessons' using errcode = 'insufficient_privilege', detail = 'Certificates and the end of an enrolment are not the student''s to write either.';
  end if;
  return new;
end
$$;
comment on function public.humanglue_guard_enrollment() is 'Trigger: students go on and drop out, and certify nothing themselves.';
create trigger humanglue_guard_enrollment before update on public.course_enrollments
  for each row execute function public.humanglue_guard_enrollment();

-- Seats. Whoever is registered, came or stayed away has taken one; who waits or has cancelled has none.
create function public.humanglue_takes_seat(public.registration_status) returns boolean
  language sql immutable parallel safe set search_path = pg_catalog, pg_temp
  as $$ select $1 in ('registered', 'attended', 'no_show') $$;
comment on function public.humanglue_takes_seat(public.registration_status) is 'True for a registration that takes a seat.';

create function public.update_workshop_capacity() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  before   constant boolean := tg_op <> 'INSERT' and public.humanglue_takes_seat(old.status);
  after    constant boolean := tg_op <> 'DELETE' and public.humanglue_takes_seat(new.status);
  waitlist boolean;
begin
  if tg_op = 'UPDATE' and new.workshop_id = old.workshop_id and before = after then
    return null;
  end if;
  perform from public.workshops w where w.id in (old.workshop_id, new.workshop_id) order by w.id for no key update;
  if before then
    update public.workshops set capacity_remaining = capacity_remaining + 1 where id = old.workshop_id;
  end if;
  if after then
    update public.workshops set capacity_remaining = capacity_remaining - 1 where id = new.workshop_id and capacity_remaining > 0;
    if not found then
      select w.waitlist_enabled into waitlist from public.workshops w where w.id = new.workshop_id;
      raise exception 'the workshop is full' using errcode = 'check_violation', detail = format('Workshop %s has no seat left.', new.workshop_id),
        hint = case when waitlist then 'Register with status waitlisted.' else 'Choose another date.' end;
    end if;
  end if;
  return null;
end
$$;
comment on function public.update_workshop_capacity() is 'Trigger: registrations take and give back seats; the last one goes to one of those who want it.';
create trigger update_workshop_capacity_trigger after insert or update on public.workshop_registrations
  for each row execute function public.update_workshop_capacity();
create trigger update_workshop_capacity_on_delete after delete on public.workshop_registrations
  for each row execute function public.update_workshop_capacity();

create function public.humanglue_workshop_capacity() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
begin
  if tg_op = 'INSERT' then
    new.capacity_remaining := new.capacity_total;
  elsif new.capacity_total <> old.capacity_total then
    new.capacity_remaining := old.capacity_remaining + new.capacity_total - old.capacity_total;
    if new.capacity_remaining < 0 then
      raise exception 'a workshop cannot have fewer seats than are taken' using errcode = 'check_violation', detail = format('%s seats are taken.', old.capacity_total - old.capacity_remaining);
    end if;
  end if;
  return new;
end
$$;
comment on function public.humanglue_workshop_capacity() is 'Trigger: all seats of a new workshop are free, and more or fewer seats are more or fewer free ones.';
create trigger humanglue_workshop_capacity before insert or update of capacity_total on public.workshops
  for each row execute function public.humanglue_workshop_capacity();

create function public.humanglue_registration() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  -- Being there is said twice, and both say the same.
  if tg_op = 'INSERT' then
    if new.attended and new.status = 'registered' then
      new.status := 'attended';
    end if;
  elsif new.status = old.status and new.attended is distinct from old.attended then
    if new.attended and new.status in ('registered', 'no_show') then
      new.status := 'attended';
    elsif not new.attended and new.status = 'attended' then
      new.status := 'registered';
    end if;
  end if;
  new.attended := new.status = 'attended';
  -- Somebody who comes back after a refund pays again.
  if tg_op = 'UPDATE' and not public.humanglue_takes_seat(old.status) and public.humanglue_takes_seat(new.status)
     and new.payment_status = old.payment_status and new.payment_status in ('failed', 'refunded') then
    new.payment_status := 'pending';
  end if;
  if tg_op = 'UPDATE' and public.humanglue_by_user() and new.user_id = proapp.current_user_id('humanglue') and new.status <> old.status
     and (new.status in ('attended', 'no_show') or old.status in ('attended', 'no_show')) then
    raise exception 'nobody attends by saying so' using errcode = 'insufficient_privilege', detail = 'Who was there is written by the service role.';
  end if;
  return new;
end
$$;
comment on function public.humanglue_registration() is 'Trigger: status and attended say the same; participants register, wait and cancel, and do not mark themselves present.';
create trigger humanglue_registration before insert or update on public.workshop_registrations
  for each row execute function public.humanglue_registration();

-- Consultations: what an hour costs is the expert's to say, and each side writes its own words.
create function public.humanglue_consultation() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  expert constant boolean := exists (select from public.experts e where e.id = new.expert_id and e.user_id = proapp.current_user_id('humanglue'));
begin
  if not public.humanglue_by_user() then
    return new;
  end if;
  if tg_op = 'INSERT' then
    new.amount := (select round(e.hourly_rate * extract(epoch from new.scheduled_end - new.scheduled_start)::numeric / 3600, 2) from public.experts e where e.id = new.expert_id);
    return new;
  end if;
  if new.user_id is distinct from proapp.current_user_id('humanglue') and (new.user_rating, new.user_feedback) is distinct from (old.user_rating, old.user_feedback) then
    raise exception 'the client rates the consultation' using errcode = 'insufficient_privilege';
  end if;
  if not expert and ((new.expert_notes, new.meeting_notes, new.meeting_url, new.actual_start, new.actual_end) is distinct from (old.expert_notes, old.meeting_notes, old.meeting_url, old.actual_start, old.actual_end)
                     or new.status <> old.status and new.status in ('scheduled', 'completed')) then
    raise exception 'the expert schedules, holds and describes the consultation' using errcode = 'insufficient_privilege', detail = 'Clients request, move, cancel and rate it.';
  end if;
  return new;
end
$$;
comment on function public.humanglue_consultation() is 'Trigger: the price is the expert''s hourly rate; the client rates, the expert schedules and completes.';
create trigger humanglue_consultation before insert or update on public.consultations
  for each row execute function public.humanglue_consultation();

create function public.humanglue_expert_stats() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  one uuid;
begin
  if tg_op = 'UPDATE' and (new.expert_id, new.status, new.user_rating) is not distinct from (old.expert_id, old.status, old.user_rating) then
    return null;
  end if;
  for one in select distinct i from unnest(array[old.expert_id, new.expert_id]) i where i is not null order by i loop
    perform from public.experts e where e.id = one for no key update;
    update public.experts e set total_sessions = n.sessions, average_rating = n.rating
      from (select count(*) filter (where c.status = 'completed') as sessions, round(avg(c.user_rating), 2) as rating from public.consultations c where c.expert_id = one) n
      where e.id = one;
  end loop;
  return null;
end
$$;
comment on function public.humanglue_expert_stats() is 'Trigger: an expert''s sessions are the completed consultations, the rating is their clients''.';
create trigger humanglue_expert_stats after insert or update or delete on public.consultations
  for each row execute function public.humanglue_expert_stats();

create function public.humanglue_resource_counts() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  perform from public.resources r where r.id in (old.resource_id, new.resource_id) order by r.id for no key update;
  if tg_op <> 'INSERT' then
    update public.resources set view_count = view_count - (old.access_type = 'view')::integer, download_count = download_count - (old.access_type = 'download')::integer where id = old.resource_id;
  end if;
  if tg_op <> 'DELETE' then
    update public.resources set view_count = view_count + (new.access_type = 'view')::integer, download_count = download_count + (new.access_type = 'download')::integer where id = new.resource_id;
  end if;
  return null;
end
$$;
comment on function public.humanglue_resource_counts() is 'Trigger: a resource''s views and downloads are those in resource_access.';
create trigger humanglue_resource_counts after insert or update or delete on public.resource_access
  for each row execute function public.humanglue_resource_counts();

-- Answers for callers who may know.
create function public.get_organization_metrics(p_organization_id uuid)
  returns table(total_users integer, total_teams integer, assessments_completed integer, average_adaptability_score numeric, active_enrollments integer, workshops_attended integer)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  if not coalesce(proapp.is_member('humanglue', p_organization_id), false) and not public.humanglue_is_admin() then
    raise exception 'metrics of an organization are for its members and admins of the platform' using errcode = 'insufficient_privilege';
  end if;
  return query select
    (select count(*)::integer from public.users u where u.organization_id = p_organization_id),
    (select count(*)::integer from public.teams t where t.organization_id = p_organization_id),
    (select count(*)::integer from public.assessments a where a.organization_id = p_organization_id and a.status = 'completed'),
    (select round(avg(a.overall_score), 2) from public.assessments a where a.organization_id = p_organization_id and a.status = 'completed'),
    (select count(*)::integer from public.course_enrollments e where e.organization_id = p_organization_id and e.status in ('enrolled', 'in_progress')),
    (select count(*)::integer from public.workshop_registrations r where r.organization_id = p_organization_id and r.status = 'attended');
end
$$;
comment on function public.get_organization_metrics(uuid) is 'An organization in numbers, for its members and admins of the platform.';

create function public.get_user_adaptability_score(p_user_id uuid)
  returns table(overall_score integer, individual_score integer, leadership_score integer, cultural_score integer, embedding_score integer, velocity_score integer, completed_at timestamptz)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  if p_user_id is distinct from proapp.current_user_id('humanglue') and not public.humanglue_is_admin()
     and not exists (select from public.users u where u.id = p_user_id and u.organization_id = any (proapp.current_organizations('humanglue', 'org_admin', 'team_lead'))) then
    raise exception 'scores are for their user, who leads their organization, and admins of the platform' using errcode = 'insufficient_privilege';
  end if;
  return query select a.overall_score, a.individual_score, a.leadership_score, a.cultural_score, a.embedding_score, a.velocity_score, a.completed_at
    from public.assessments a where a.user_id = p_user_id and a.status = 'completed' order by a.completed_at desc, a.id limit 1;
end
$$;
comment on function public.get_user_adaptability_score(uuid) is 'Scores of a user''s last completed assessment.';

revoke execute on function public.humanglue_is_admin(), public.humanglue_led_teams(), public.humanglue_by_user(), public.update_updated_at_column(), public.humanglue_guard_roles(), public.humanglue_guard_columns(), public.humanglue_guard_teams(),
  public.create_assessment_snapshot(), public.humanglue_progress_of(uuid), public.update_enrollment_progress(), public.humanglue_recount_courses(uuid[]), public.humanglue_content_changed(), public.humanglue_guard_enrollment(),
  public.humanglue_takes_seat(public.registration_status), public.update_workshop_capacity(), public.humanglue_workshop_capacity(), public.humanglue_registration(), public.humanglue_consultation(), public.humanglue_expert_stats(),
  public.humanglue_resource_counts(), public.get_organization_metrics(uuid), public.get_user_adaptability_score(uuid) from public, anon, authenticated, service_role;
grant execute on function public.humanglue_is_admin(), public.humanglue_led_teams(), public.get_organization_metrics(uuid), public.get_user_adaptability_score(uuid) to authenticated;

-- Views see what their reader sees.
create view public.organization_overview with (security_invoker = true) as
  select o.*,
    (select count(*) from public.users u where u.organization_id = o.id) as total_users,
    (select count(*) from public.teams t where t.organization_id = o.id) as total_teams,
    (select count(*) from public.assessments a where a.organization_id = o.id and a.status = 'completed') as completed_assessments,
    (select avg(a.overall_score) from public.assessments a where a.organization_id = o.id and a.status = 'completed') as avg_adaptability_score,
    (select count(*) from public.course_enrollments e where e.organization_id = o.id and e.status in ('enrolled', 'in_progress')) as active_enrollments,
    (select count(*) from public.workshop_registrations r where r.organization_id = o.id and r.status = 'attended') as workshops_attended
  from public.organizations o;
comment on view public.organization_overview is 'Organizations in numbers, of what the reader may see.';

create view public.user_learning_progress with (security_invoker = true) as
  select u.id as user_id, u.full_name, u.organization_id, e.total_enrollments, e.completed_courses, e.avg_progress,
    (select count(*) from public.workshop_registrations r where r.user_id = u.id and r.status = 'attended') as workshops_attended,
    (select count(*) from public.consultations c where c.user_id = u.id and c.status = 'completed') as consultations_completed,
    (select a.overall_score from public.assessments a where a.user_id = u.id and a.status = 'completed' order by a.completed_at desc, a.id limit 1) as latest_adaptability_score
  from public.users u
  left join lateral (select count(*) as total_enrollments, count(*) filter (where n.status = 'completed') as completed_courses, avg(n.progress_percentage) as avg_progress
                       from public.course_enrollments n where n.user_id = u.id) e on true;
comment on view public.user_learning_progress is 'What users have learned, of what the reader may see.';
revoke all on public.organization_overview, public.user_learning_progress from public, anon, authenticated, service_role;
grant select on public.organization_overview, public.user_learning_progress to authenticated, service_role;

-- Policies. They ask for ids and memberships, never their own table, and each names the roles it is for.
create policy "Platform admins can view all organizations" on public.organizations for select to authenticated
  using ((select public.humanglue_is_admin()));
create policy "Users can view their own organization" on public.organizations for select to authenticated
  using (id = any (proapp.current_organizations('humanglue')));
create policy "Org admins can update their organization" on public.organizations for update to authenticated
  using (id = any (proapp.current_organizations('humanglue', 'org_admin'))) with check (id = any (proapp.current_organizations('humanglue', 'org_admin')));

create policy "Org admins can manage teams" on public.teams for all to authenticated
  using (organization_id = any (proapp.current_organizations('humanglue', 'org_admin'))) with check (organization_id = any (proapp.current_organizations('humanglue', 'org_admin')));
create policy "Platform admins can view all teams" on public.teams for select to authenticated
  using ((select public.humanglue_is_admin()));
create policy "Users can view teams in their organization" on public.teams for select to authenticated
  using (organization_id = any (proapp.current_organizations('humanglue')));

create policy "Org admins can manage users in their org" on public.users for all to authenticated
  using (organization_id = any (proapp.current_organizations('humanglue', 'org_admin'))) with check (organization_id = any (proapp.current_organizations('humanglue', 'org_admin')));
create policy "Platform admins can view all users" on public.users for select to authenticated
  using ((select public.humanglue_is_admin()));
create policy "Users can view their own profile" on public.users for select to authenticated
  using (id = proapp.current_user_id('humanglue'));
create policy "Users can view users in their organization" on public.users for select to authenticated
  using (organization_id = any (proapp.current_organizations('humanglue')));
create policy "Users can update their own profile" on public.users for update to authenticated
  using (id = proapp.current_user_id('humanglue')) with check (id = proapp.current_user_id('humanglue'));

create policy "Team leads can manage their team members" on public.team_members for all to authenticated
  using ((team_id = any ((select public.humanglue_led_teams())::uuid[]) or exists (select from public.teams o where o.id = team_id and o.organization_id = any (proapp.current_organizations('humanglue', 'org_admin')))) and role in ('team_lead', 'member')
    and exists (select from public.users u join public.teams t on t.organization_id = u.organization_id where u.id = user_id and t.id = team_id))
  with check ((team_id = any ((select public.humanglue_led_teams())::uuid[]) or exists (select from public.teams o where o.id = team_id and o.organization_id = any (proapp.current_organizations('humanglue', 'org_admin')))) and role in ('team_lead', 'member')
    and exists (select from public.users u join public.teams t on t.organization_id = u.organization_id where u.id = user_id and t.id = team_id));
create policy "Users can view team members in their organization" on public.team_members for select to authenticated
  using (exists (select from public.teams t where t.id = team_id and t.organization_id = any (proapp.current_organizations('humanglue'))));
create policy "Platform admins can view all team members" on public.team_members for select to authenticated
  using ((select public.humanglue_is_admin()));

create policy "Platform admins can manage assessment templates" on public.assessment_templates for all to authenticated
  using ((select public.humanglue_is_admin())) with check ((select public.humanglue_is_admin()));
create policy "Anyone can view active assessment templates" on public.assessment_templates for select to anon, authenticated
  using (is_active);

create policy "Users can create their own assessments" on public.assessments for insert to authenticated
  with check (user_id = proapp.current_user_id('humanglue') and organization_id = any (proapp.current_organizations('humanglue')));
create policy "Org admins can view org assessments" on public.assessments for select to authenticated
  using (organization_id = any (proapp.current_organizations('humanglue', 'org_admin')));
create policy "Platform admins can view all assessments" on public.assessments for select to authenticated
  using ((select public.humanglue_is_admin()));
create policy "Team leads can view their team's assessments" on public.assessments for select to authenticated
  using (exists (select from public.team_members m where m.user_id = assessments.user_id and m.team_id = any ((select public.humanglue_led_teams())::uuid[])));
create policy "Users can view assessments in their organization" on public.assessments for select to authenticated
  using (organization_id = any (proapp.current_organizations('humanglue')));
create policy "Users can view their own assessments" on public.assessments for select to authenticated
  using (user_id = proapp.current_user_id('humanglue'));
create policy "Users can update their own in-progress assessments" on public.assessments for update to authenticated
  using (user_id = proapp.current_user_id('humanglue') and status in ('not_started', 'in_progress'))
  with check (user_id = proapp.current_user_id('humanglue') and organization_id = any (proapp.current_organizations('humanglue')));

create policy "Users can create responses for their assessments" on public.assessment_responses for insert to authenticated
  with check (exists (select from public.assessments a where a.id = assessment_id and a.user_id = proapp.current_user_id('humanglue') and a.status in ('not_started', 'in_progress')));
create policy "Platform admins can view all responses" on public.assessment_responses for select to authenticated
  using ((select public.humanglue_is_admin()));
create policy "Users can view their own assessment responses" on public.assessment_responses for select to authenticated
  using (exists (select from public.assessments a where a.id = assessment_id and a.user_id = proapp.current_user_id('humanglue')));

create policy "Org admins can view org assessment history" on public.assessment_history for select to authenticated
  using (organization_id = any (proapp.current_organizations('humanglue', 'org_admin')));
create policy "Users can view their own assessment history" on public.assessment_history for select to authenticated
  using (user_id = proapp.current_user_id('humanglue'));
create policy "Platform admins can view all assessment history" on public.assessment_history for select to authenticated
  using ((select public.humanglue_is_admin()));

create policy "Platform admins can manage courses" on public.courses for all to authenticated
  using ((select public.humanglue_is_admin())) with check ((select public.humanglue_is_admin()));
create policy "Anyone can view published courses" on public.courses for select to anon, authenticated
  using (is_published);

create policy "Platform admins can manage modules" on public.course_modules for all to authenticated
  using ((select public.humanglue_is_admin())) with check ((select public.humanglue_is_admin()));
create policy "Anyone can view modules of published courses" on public.course_modules for select to anon, authenticated
  using (exists (select from public.courses c where c.id = course_id and c.is_published));

create policy "Platform admins can manage lessons" on public.course_lessons for all to authenticated
  using ((select public.humanglue_is_admin())) with check ((select public.humanglue_is_admin()));
create policy "Anyone can view lessons of published courses" on public.course_lessons for select to anon, authenticated
  using (exists (select from public.course_modules m join public.courses c on c.id = m.course_id where m.id = module_id and c.is_published));

create policy "Users can create their own enrollments" on public.course_enrollments for insert to authenticated
  with check (user_id = proapp.current_user_id('humanglue') and organization_id = any (proapp.current_organizations('humanglue')) and status = 'enrolled'
    and exists (select from public.courses c where c.id = course_id and c.is_published));
create policy "Org admins can view org enrollments" on public.course_enrollments for select to authenticated
  using (organization_id = any (proapp.current_organizations('humanglue', 'org_admin')));
create policy "Users can view their own enrollments" on public.course_enrollments for select to authenticated
  using (user_id = proapp.current_user_id('humanglue'));
create policy "Users can update their own enrollments" on public.course_enrollments for update to authenticated
  using (user_id = proapp.current_user_id('humanglue')) with check (user_id = proapp.current_user_id('humanglue'));
create policy "Platform admins can view all enrollments" on public.course_enrollments for select to authenticated
  using ((select public.humanglue_is_admin()));

create policy "Users can manage their own lesson progress" on public.lesson_progress for all to authenticated
  using (exists (select from public.course_enrollments e where e.id = enrollment_id and e.user_id = proapp.current_user_id('humanglue')))
  with check (exists (select from public.course_enrollments e join public.course_modules m on m.course_id = e.course_id join public.course_lessons l on l.module_id = m.id
    where e.id = enrollment_id and e.user_id = proapp.current_user_id('humanglue') and e.status <> 'dropped' and l.id = lesson_id));
create policy "Users can view their own lesson progress" on public.lesson_progress for select to authenticated
  using (exists (select from public.course_enrollments e where e.id = enrollment_id and e.user_id = proapp.current_user_id('humanglue')));
create policy "Platform admins can view all lesson progress" on public.lesson_progress for select to authenticated
  using ((select public.humanglue_is_admin()));

create policy "Platform admins can manage workshops" on public.workshops for all to authenticated
  using ((select public.humanglue_is_admin())) with check ((select public.humanglue_is_admin()));
create policy "Anyone can view published workshops" on public.workshops for select to anon, authenticated
  using (status in ('published', 'in_progress', 'completed'));
create policy "Instructors can view their workshops" on public.workshops for select to authenticated
  using (instructor_id = proapp.current_user_id('humanglue'));

create policy "Users can create their own registrations" on public.workshop_registrations for insert to authenticated
  with check (user_id = proapp.current_user_id('humanglue') and organization_id = any (proapp.current_organizations('humanglue')) and status in ('registered', 'waitlisted')
    and exists (select from public.workshops w where w.id = workshop_id and w.status = 'published' and (workshop_registrations.status = 'registered' or w.waitlist_enabled)));
create policy "Org admins can view org registrations" on public.workshop_registrations for select to authenticated
  using (organization_id = any (proapp.current_organizations('humanglue', 'org_admin')));
create policy "Users can view their own registrations" on public.workshop_registrations for select to authenticated
  using (user_id = proapp.current_user_id('humanglue'));
create policy "Workshop instructors can view registrations" on public.workshop_registrations for select to authenticated
  using (exists (select from public.workshops w where w.id = workshop_id and w.instructor_id = proapp.current_user_id('humanglue')));
create policy "Users can update their own registrations" on public.workshop_registrations for update to authenticated
  using (user_id = proapp.current_user_id('humanglue')) with check (user_id = proapp.current_user_id('humanglue') and organization_id = any (proapp.current_organizations('humanglue')));
create policy "Platform admins can view all registrations" on public.workshop_registrations for select to authenticated
  using ((select public.humanglue_is_admin()));

create policy "Platform admins can manage experts" on public.experts for all to authenticated
  using ((select public.humanglue_is_admin())) with check ((select public.humanglue_is_admin()));
create policy "Anyone can view available experts" on public.experts for select to anon, authenticated
  using (is_available);
create policy "Experts can view their own profile" on public.experts for select to authenticated
  using (user_id = proapp.current_user_id('humanglue'));
create policy "Experts can update their own profile" on public.experts for update to authenticated
  using (user_id = proapp.current_user_id('humanglue')) with check (user_id = proapp.current_user_id('humanglue'));

create policy "Experts can manage their availability" on public.expert_availability for all to authenticated
  using (exists (select from public.experts e where e.id = expert_id and e.user_id = proapp.current_user_id('humanglue')))
  with check (exists (select from public.experts e where e.id = expert_id and e.user_id = proapp.current_user_id('humanglue')));
create policy "Anyone can view expert availability" on public.expert_availability for select to anon, authenticated
  using (exists (select from public.experts e where e.id = expert_id and e.is_available));
create policy "Platform admins can view all expert availability" on public.expert_availability for select to authenticated
  using ((select public.humanglue_is_admin()));

create policy "Users can create consultations" on public.consultations for insert to authenticated
  with check (user_id = proapp.current_user_id('humanglue') and organization_id = any (proapp.current_organizations('humanglue')) and status = 'requested' and exists (select from public.experts e where e.id = expert_id and e.is_available));
create policy "Experts can view their consultations" on public.consultations for select to authenticated
  using (exists (select from public.experts e where e.id = expert_id and e.user_id = proapp.current_user_id('humanglue')));
create policy "Org admins can view org consultations" on public.consultations for select to authenticated
  using (organization_id = any (proapp.current_organizations('humanglue', 'org_admin')));
create policy "Users can view their own consultations" on public.consultations for select to authenticated
  using (user_id = proapp.current_user_id('humanglue'));
create policy "Experts can update their consultations" on public.consultations for update to authenticated
  using (exists (select from public.experts e where e.id = expert_id and e.user_id = proapp.current_user_id('humanglue')))
  with check (exists (select from public.experts e where e.id = expert_id and e.user_id = proapp.current_user_id('humanglue')));
create policy "Users can update their own consultations" on public.consultations for update to authenticated
  using (user_id = proapp.current_user_id('humanglue')) with check (user_id = proapp.current_user_id('humanglue') and organization_id = any (proapp.current_organizations('humanglue')));
create policy "Platform admins can view all consultations" on public.consultations for select to authenticated
  using ((select public.humanglue_is_admin()));

create policy "Platform admins can manage resources" on public.resources for all to authenticated
  using ((select public.humanglue_is_admin())) with check ((select public.humanglue_is_admin()));
create policy "Anyone can view public resources" on public.resources for select to anon, authenticated
  using (is_public);
create policy "Users can view resources matching their subscription tier" on public.resources for select to authenticated
  using (exists (select from public.organizations o where o.id = any (proapp.current_organizations('humanglue')) and (o.subscription_expires_at is null or o.subscription_expires_at > now())
    and array_position('{free,starter,professional,enterprise}', o.subscription_tier) >= array_position('{free,starter,professional,enterprise}', coalesce(required_subscription_tier, 'free'))));

create policy "Users can create resource access records" on public.resource_access for insert to authenticated
  with check (user_id = proapp.current_user_id('humanglue') and organization_id = any (proapp.current_organizations('humanglue')) and exists (select from public.resources r where r.id = resource_id));
create policy "Org admins can view org resource access" on public.resource_access for select to authenticated
  using (organization_id = any (proapp.current_organizations('humanglue', 'org_admin')));
create policy "Users can view their own resource access" on public.resource_access for select to authenticated
  using (user_id = proapp.current_user_id('humanglue'));
create policy "Platform admins can view all resource access" on public.resource_access for select to authenticated
  using ((select public.humanglue_is_admin()));

create policy "Users can create their own analytics events" on public.analytics_events for insert to authenticated
  with check (user_id = proapp.current_user_id('humanglue') and (organization_id is null or organization_id = any (proapp.current_organizations('humanglue'))));
create policy "Org admins can view org analytics" on public.analytics_events for select to authenticated
  using (organization_id = any (proapp.current_organizations('humanglue', 'org_admin')));
create policy "Platform admins can view all analytics" on public.analytics_events for select to authenticated
  using ((select public.humanglue_is_admin()));
create policy "Users can view their own analytics events" on public.analytics_events for select to authenticated
  using (user_id = proapp.current_user_id('humanglue'));

create policy "Org admins can view org engagement metrics" on public.user_engagement_metrics for select to authenticated
  using (organization_id = any (proapp.current_organizations('humanglue', 'org_admin')));
create policy "Platform admins can view all engagement metrics" on public.user_engagement_metrics for select to authenticated
  using ((select public.humanglue_is_admin()));
create policy "Users can view their own engagement metrics" on public.user_engagement_metrics for select to authenticated
  using (user_id = proapp.current_user_id('humanglue'));

select proapp.expect(category, item, expected::jsonb) from (values
  ('enum', 'public.user_role', '{"values": ["admin", "org_admin", "team_lead", "member"]}'),
  ('enum', 'public.assessment_status', '{"values": ["not_started", "in_progress", "completed", "archived"]}'),
  ('enum', 'public.enrollment_status', '{"values": ["enrolled", "in_progress", "completed", "dropped"]}'),
  ('enum', 'public.workshop_status', '{"values": ["draft", "published", "in_progress", "completed", "cancelled"]}'),
  ('enum', 'public.registration_status', '{"values": ["registered", "waitlisted", "attended", "cancelled", "no_show"]}'),
  ('enum', 'public.consultation_status', '{"values": ["requested", "scheduled", "completed", "cancelled"]}'),
  ('enum', 'public.payment_status', '{"values": ["pending", "completed", "failed", "refunded"]}'),
  ('enum', 'public.content_type', '{"values": ["video", "article", "quiz", "assignment", "resource"]}'),
  ('enum', 'public.ai_pillar', '{"values": ["adaptability", "coaching", "marketplace"]}'),
  ('table', 'public.organizations', '{"rls": true}'),
  ('table', 'public.teams', '{"rls": true}'),
  ('table', 'public.users', '{"rls": true}'),
  ('table', 'public.team_members', '{"rls": true}'),
  ('table', 'public.assessment_templates', '{"rls": true}'),
  ('table', 'public.assessments', '{"rls": true}'),
  ('table', 'public.assessment_responses', '{"rls": true}'),
  ('table', 'public.assessment_history', '{"rls": true}'),
  ('table', 'public.courses', '{"rls": true}'),
  ('table', 'public.course_modules', '{"rls": true}'),
  ('table', 'public.course_lessons', '{"rls": true}'),
  ('table', 'public.course_enrollments', '{"rls": true}'),
  ('table', 'public.lesson_progress', '{"rls": true}'),
  ('table', 'public.workshops', '{"rls": true}'),
  ('table', 'public.workshop_registrations', '{"rls": true}'),
  ('table', 'public.experts', '{"rls": true}'),
  ('table', 'public.expert_availability', '{"rls": true}'),
  ('table', 'public.consultations', '{"rls": true}'),
  ('table', 'public.resources', '{"rls": true}'),
  ('table', 'public.resource_access', '{"rls": true}'),
  ('table', 'public.analytics_events', '{"rls": true}'),
  ('table', 'public.user_engagement_metrics', '{"rls": true}'),
  ('constraint', 'public.organizations(slug)', '{"type": "unique"}'),
  ('foreign key', 'public.teams.organization_id', '{"references": "public.organizations", "on_delete": "cascade"}'),
  ('foreign key', 'public.teams.parent_team_id', '{"references": "public.teams", "on_delete": "set null"}'),
  ('constraint', 'public.teams(organization_id, name)', '{"type": "unique"}'),
  ('foreign key', 'public.users.id', '{"references": "auth.users", "on_delete": "cascade"}'),
  ('foreign key', 'public.users.organization_id', '{"references": "public.organizations", "on_delete": "cascade"}'),
  ('constraint', 'public.users(email)', '{"type": "unique"}'),
  ('foreign key', 'public.team_members.team_id', '{"references": "public.teams", "on_delete": "cascade"}'),
  ('foreign key', 'public.team_members.user_id', '{"references": "public.users", "on_delete": "cascade"}'),
  ('foreign key', 'public.assessments.organization_id', '{"references": "public.organizations", "on_delete": "cascade"}'),
  ('foreign key', 'public.assessments.user_id', '{"references": "public.users", "on_delete": "cascade"}'),
  ('foreign key', 'public.assessments.template_id', '{"references": "public.assessment_templates", "on_delete": "restrict"}'),
  ('foreign key', 'public.assessment_responses.assessment_id', '{"references": "public.assessments", "on_delete": "cascade"}'),
  ('foreign key', 'public.assessment_history.user_id', '{"references": "public.users", "on_delete": "cascade"}'),
  ('foreign key', 'public.assessment_history.organization_id', '{"references": "public.organizations", "on_delete": "cascade"}'),
  ('foreign key', 'public.assessment_history.assessment_id', '{"references": "public.assessments", "on_delete": "cascade"}'),
  ('constraint', 'public.courses(slug)', '{"type": "unique"}'),
  ('foreign key', 'public.course_modules.course_id', '{"references": "public.courses", "on_delete": "cascade"}'),
  ('foreign key', 'public.course_lessons.module_id', '{"references": "public.course_modules", "on_delete": "cascade"}'),
  ('foreign key', 'public.course_enrollments.organization_id', '{"references": "public.organizations", "on_delete": "cascade"}'),
  ('foreign key', 'public.course_enrollments.user_id', '{"references": "public.users", "on_delete": "cascade"}'),
  ('foreign key', 'public.course_enrollments.course_id', '{"references": "public.courses", "on_delete": "cascade"}'),
  ('foreign key', 'public.course_enrollments.last_accessed_lesson_id', '{"references": "public.course_lessons", "on_delete": "set null"}'),
  ('constraint', 'public.course_enrollments(user_id, course_id)', '{"type": "unique"}'),
  ('foreign key', 'public.lesson_progress.enrollment_id', '{"references": "public.course_enrollments", "on_delete": "cascade"}'),
  ('foreign key', 'public.lesson_progress.lesson_id', '{"references": "public.course_lessons", "on_delete": "cascade"}'),
  ('constraint', 'public.lesson_progress(enrollment_id, lesson_id)', '{"type": "unique"}'),
  ('constraint', 'public.workshops(slug)', '{"type": "unique"}'),
  ('foreign key', 'public.workshops.instructor_id', '{"references": "public.users", "on_delete": "set null"}'),
  ('foreign key', 'public.workshop_registrations.organization_id', '{"references": "public.organizations", "on_delete": "cascade"}'),
  ('foreign key', 'public.workshop_registrations.workshop_id', '{"references": "public.workshops", "on_delete": "cascade"}'),
  ('foreign key', 'public.workshop_registrations.user_id', '{"references": "public.users", "on_delete": "cascade"}'),
  ('constraint', 'public.workshop_registrations(workshop_id, user_id)', '{"type": "unique"}'),
  ('foreign key', 'public.experts.user_id', '{"references": "public.users", "on_delete": "set null"}'),
  ('constraint', 'public.experts(user_id)', '{"type": "unique"}'),
  ('foreign key', 'public.expert_availability.expert_id', '{"references": "public.experts", "on_delete": "cascade"}'),
  ('constraint', 'public.expert_availability(expert_id, day_of_week, start_time)', '{"type": "unique"}'),
  ('foreign key', 'public.consultations.organization_id', '{"references": "public.organizations", "on_delete": "cascade"}'),
  ('foreign key', 'public.consultations.expert_id', '{"references": "public.experts", "on_delete": "restrict"}'),
  ('foreign key', 'public.consultations.user_id', '{"references": "public.users", "on_delete": "cascade"}'),
  ('constraint', 'public.resources(slug)', '{"type": "unique"}'),
  ('foreign key', 'public.resource_access.resource_id', '{"references": "public.resources", "on_delete": "cascade"}'),
  ('foreign key', 'public.resource_access.user_id', '{"references": "public.users", "on_delete": "cascade"}'),
  ('foreign key', 'public.resource_access.organization_id', '{"references": "public.organizations", "on_delete": "cascade"}'),
  ('foreign key', 'public.analytics_events.organization_id', '{"references": "public.organizations", "on_delete": "cascade"}'),
  ('foreign key', 'public.analytics_events.user_id', '{"references": "public.users", "on_delete": "cascade"}'),
  ('foreign key', 'public.user_engagement_metrics.user_id', '{"references": "public.users", "on_delete": "cascade"}'),
  ('foreign key', 'public.user_engagement_metrics.organization_id', '{"references": "public.organizations", "on_delete": "cascade"}'),
  ('constraint', 'public.user_engagement_metrics(user_id, date)', '{"type": "unique"}'),
  ('index', 'public.idx_organizations_active', '{}'),
  ('index', 'public.idx_organizations_slug', '{}'),
  ('index', 'public.idx_organizations_subscription', '{}'),
  ('index', 'public.idx_teams_active', '{}'),
  ('index', 'public.idx_teams_organization', '{}'),
  ('index', 'public.idx_teams_parent', '{}'),
  ('index', 'public.idx_users_active', '{}'),
  ('index', 'public.idx_users_email', '{}'),
  ('index', 'public.idx_users_organization', '{}'),
  ('index', 'public.idx_users_role', '{}'),
  ('index', 'public.idx_team_members_role', '{}'),
  ('index', 'public.idx_team_members_user', '{}'),
  ('index', 'public.idx_assessment_templates_active', '{}'),
  ('index', 'public.idx_assessment_templates_pillar', '{}'),
  ('index', 'public.idx_assessments_completed', '{}'),
  ('index', 'public.idx_assessments_organization', '{}'),
  ('index', 'public.idx_assessments_scores', '{}'),
  ('index', 'public.idx_assessments_status', '{}'),
  ('index', 'public.idx_assessments_template', '{}'),
  ('index', 'public.idx_assessments_user', '{}'),
  ('index', 'public.idx_assessment_responses_answered', '{}'),
  ('index', 'public.idx_assessment_responses_assessment', '{}'),
  ('index', 'public.idx_assessment_responses_question', '{}'),
  ('index', 'public.idx_assessment_history_org', '{}'),
  ('index', 'public.idx_assessment_history_user', '{}'),
  ('index', 'public.idx_courses_level', '{}'),
  ('index', 'public.idx_courses_pillar', '{}'),
  ('index', 'public.idx_courses_published', '{}'),
  ('index', 'public.idx_courses_slug', '{}'),
  ('index', 'public.idx_courses_sort', '{}'),
  ('index', 'public.idx_course_modules_course', '{}'),
  ('index', 'public.idx_course_lessons_module', '{}'),
  ('index', 'public.idx_course_lessons_preview', '{}'),
  ('index', 'public.idx_course_lessons_type', '{}'),
  ('index', 'public.idx_course_enrollments_course', '{}'),
  ('index', 'public.idx_course_enrollments_organization', '{}'),
  ('index', 'public.idx_course_enrollments_progress', '{}'),
  ('index', 'public.idx_course_enrollments_status', '{}'),
  ('index', 'public.idx_course_enrollments_user', '{}'),
  ('index', 'public.idx_enrollments_active', '{}'),
  ('index', 'public.idx_lesson_progress_completed', '{}'),
  ('index', 'public.idx_lesson_progress_enrollment', '{}'),
  ('index', 'public.idx_lesson_progress_lesson', '{}'),
  ('index', 'public.idx_workshops_available', '{}'),
  ('index', 'public.idx_workshops_instructor', '{}'),
  ('index', 'public.idx_workshops_pillar', '{}'),
  ('index', 'public.idx_workshops_slug', '{}'),
  ('index', 'public.idx_workshops_start_time', '{}'),
  ('index', 'public.idx_workshops_status', '{}'),
  ('index', 'public.idx_workshop_registrations_organization', '{}'),
  ('index', 'public.idx_workshop_registrations_payment', '{}'),
  ('index', 'public.idx_workshop_registrations_status', '{}'),
  ('index', 'public.idx_workshop_registrations_user', '{}'),
  ('index', 'public.idx_workshop_registrations_workshop', '{}'),
  ('index', 'public.idx_experts_available', '{}'),
  ('index', 'public.idx_experts_pillars', '{}'),
  ('index', 'public.idx_experts_rating', '{}'),
  ('index', 'public.idx_experts_specialties', '{}'),
  ('index', 'public.idx_experts_user', '{}'),
  ('index', 'public.idx_expert_availability_active', '{}'),
  ('index', 'public.idx_expert_availability_expert', '{}'),
  ('index', 'public.idx_consultations_expert', '{}'),
  ('index', 'public.idx_consultations_organization', '{}'),
  ('index', 'public.idx_consultations_payment', '{}'),
  ('index', 'public.idx_consultations_scheduled', '{}'),
  ('index', 'public.idx_consultations_status', '{}'),
  ('index', 'public.idx_consultations_user', '{}'),
  ('index', 'public.idx_resources_pillar', '{}'),
  ('index', 'public.idx_resources_public', '{}'),
  ('index', 'public.idx_resources_slug', '{}'),
  ('index', 'public.idx_resources_tags', '{}'),
  ('index', 'public.idx_resources_tier', '{}'),
  ('index', 'public.idx_resources_type', '{}'),
  ('index', 'public.idx_resource_access_date', '{}'),
  ('index', 'public.idx_resource_access_organization', '{}'),
  ('index', 'public.idx_resource_access_resource', '{}'),
  ('index', 'public.idx_resource_access_user', '{}'),
  ('index', 'public.idx_analytics_events_organization', '{}'),
  ('index', 'public.idx_analytics_events_properties', '{}'),
  ('index', 'public.idx_analytics_events_session', '{}'),
  ('index', 'public.idx_analytics_events_timestamp', '{}'),
  ('index', 'public.idx_analytics_events_type', '{}'),
  ('index', 'public.idx_analytics_events_user', '{}'),
  ('index', 'public.idx_user_engagement_date', '{}'),
  ('index', 'public.idx_user_engagement_organization', '{}'),
  ('index', 'public.idx_user_engagement_user', '{}'),
  ('index', 'public.idx_assessment_history_assessment', '{}'),
  ('index', 'public.idx_course_enrollments_last_lesson', '{}'),
  ('trigger', 'update_organizations_updated_at on public.organizations', '{}'),
  ('trigger', 'update_teams_updated_at on public.teams', '{}'),
  ('trigger', 'update_users_updated_at on public.users', '{}'),
  ('trigger', 'update_assessment_templates_updated_at on public.assessment_templates', '{}'),
  ('trigger', 'update_assessments_updated_at on public.assessments', '{}'),
  ('trigger', 'update_courses_updated_at on public.courses', '{}'),
  ('trigger', 'update_course_modules_updated_at on public.course_modules', '{}'),
  ('trigger', 'update_course_lessons_updated_at on public.course_lessons', '{}'),
  ('trigger', 'update_course_enrollments_updated_at on public.course_enrollments', '{}'),
  ('trigger', 'update_lesson_progress_updated_at on public.lesson_progress', '{}'),
  ('trigger', 'update_workshops_updated_at on public.workshops', '{}'),
  ('trigger', 'update_workshop_registrations_updated_at on public.workshop_registrations', '{}'),
  ('trigger', 'update_experts_updated_at on public.experts', '{}'),
  ('trigger', 'update_expert_availability_updated_at on public.expert_availability', '{}'),
  ('trigger', 'update_consultations_updated_at on public.consultations', '{}'),
  ('trigger', 'update_resources_updated_at on public.resources', '{}'),
  ('trigger', 'update_user_engagement_metrics_updated_at on public.user_engagement_metrics', '{}'),
  ('trigger', 'humanglue_guard_roles on public.users', '{}'),
  ('trigger', 'humanglue_guard_owner on public.workshops', '{}'),
  ('trigger', 'humanglue_guard_teams on public.teams', '{}'),
  ('trigger', 'create_assessment_snapshot_trigger on public.assessments', '{}'),
  ('trigger', 'create_assessment_snapshot_on_insert on public.assessments', '{}'),
  ('trigger', 'update_enrollment_progress_trigger on public.lesson_progress', '{}'),
  ('trigger', 'update_enrollment_progress_on_delete on public.lesson_progress', '{}'),
  ('trigger', 'humanglue_lessons_come on public.course_lessons', '{}'),
  ('trigger', 'humanglue_lessons_change on public.course_lessons', '{}'),
  ('trigger', 'humanglue_lessons_go on public.course_lessons', '{}'),
  ('trigger', 'humanglue_modules_change on public.course_modules', '{}'),
  ('trigger', 'humanglue_modules_go on public.course_modules', '{}'),
  ('trigger', 'humanglue_guard_enrollment on public.course_enrollments', '{}'),
  ('trigger', 'update_workshop_capacity_trigger on public.workshop_registrations', '{}'),
  ('trigger', 'update_workshop_capacity_on_delete on public.workshop_registrations', '{}'),
  ('trigger', 'humanglue_workshop_capacity on public.workshops', '{}'),
  ('trigger', 'humanglue_registration on public.workshop_registrations', '{}'),
  ('trigger', 'humanglue_consultation on public.consultations', '{}'),
  ('trigger', 'humanglue_expert_stats on public.consultations', '{}'),
  ('trigger', 'humanglue_resource_counts on public.resource_access', '{}'),
  ('view', 'public.organization_overview', '{"security": "invoker"}'),
  ('view', 'public.user_learning_progress', '{"security": "invoker"}'),
  ('function', 'public.humanglue_is_admin()', '{"security": "definer"}'),
  ('function', 'public.humanglue_led_teams()', '{"security": "definer"}'),
  ('function', 'public.humanglue_by_user()', '{"security": "invoker"}'),
  ('function', 'public.update_updated_at_column()', '{"security": "invoker"}'),
  ('function', 'public.humanglue_guard_roles()', '{"security": "definer"}'),
  ('function', 'public.humanglue_guard_columns()', '{"security": "definer"}'),
  ('function', 'public.humanglue_guard_teams()', '{"security": "definer"}'),
  ('function', 'public.create_assessment_snapshot()', '{"security": "definer"}'),
  ('function', 'public.humanglue_progress_of(uuid)', '{"security": "definer"}'),
  ('function', 'public.update_enrollment_progress()', '{"security": "definer"}'),
  ('function', 'public.humanglue_recount_courses(uuid[])', '{"security": "definer"}'),
  ('function', 'public.humanglue_content_changed()', '{"security": "definer"}'),
  ('function', 'public.humanglue_guard_enrollment()', '{"security": "definer"}'),
  ('function', 'public.humanglue_takes_seat(public.registration_status)', '{"security": "invoker"}'),
  ('function', 'public.update_workshop_capacity()', '{"security": "definer"}'),
  ('function', 'public.humanglue_workshop_capacity()', '{"security": "invoker"}'),
  ('function', 'public.humanglue_registration()', '{"security": "definer"}'),
  ('function', 'public.humanglue_consultation()', '{"security": "definer"}'),
  ('function', 'public.humanglue_expert_stats()', '{"security": "definer"}'),
  ('function', 'public.humanglue_resource_counts()', '{"security": "definer"}'),
  ('function', 'public.get_organization_metrics(uuid)', '{"security": "definer"}'),
  ('function', 'public.get_user_adaptability_score(uuid)', '{"security": "definer"}'),
  ('policy', 'Platform admins can view all organizations on public.organizations', '{"command": "select"}'),
  ('policy', 'Users can view their own organization on public.organizations', '{"command": "select"}'),
  ('policy', 'Org admins can update their organization on public.organizations', '{"command": "update"}'),
  ('policy', 'Org admins can manage teams on public.teams', '{"command": "all"}'),
  ('policy', 'Platform admins can view all teams on public.teams', '{"command": "select"}'),
  ('policy', 'Users can view teams in their organization on public.teams', '{"command": "select"}'),
  ('policy', 'Org admins can manage users in their org on public.users', '{"command": "all"}'),
  ('policy', 'Platform admins can view all users on public.users', '{"command": "select"}'),
  ('policy', 'Users can view their own profile on public.users', '{"command": "select"}'),
  ('policy', 'Users can view users in their organization on public.users', '{"command": "select"}'),
  ('policy', 'Users can update their own profile on public.users', '{"command": "update"}'),
  ('policy', 'Team leads can manage their team members on public.team_members', '{"command": "all"}'),
  ('policy', 'Users can view team members in their organization on public.team_members', '{"command": "select"}'),
  ('policy', 'Platform admins can view all team members on public.team_members', '{"command": "select"}'),
  ('policy', 'Platform admins can manage assessment templates on public.assessment_templates', '{"command": "all"}'),
  ('policy', 'Anyone can view active assessment templates on public.assessment_templates', '{"command": "select"}'),
  ('policy', 'Users can create their own assessments on public.assessments', '{"command": "insert"}'),
  ('policy', 'Org admins can view org assessments on public.assessments', '{"command": "select"}'),
  ('policy', 'Platform admins can view all assessments on public.assessments', '{"command": "select"}'),
  ('policy', 'Team leads can view their team''s assessments on public.assessments', '{"command": "select"}'),
  ('policy', 'Users can view assessments in their organization on public.assessments', '{"command": "select"}'),
  ('policy', 'Users can view their own assessments on public.assessments', '{"command": "select"}'),
  ('policy', 'Users can update their own in-progress assessments on public.assessments', '{"command": "update"}'),
  ('policy', 'Users can create responses for their assessments on public.assessment_responses', '{"command": "insert"}'),
  ('policy', 'Platform admins can view all responses on public.assessment_responses', '{"command": "select"}'),
  ('policy', 'Users can view their own assessment responses on public.assessment_responses', '{"command": "select"}'),
  ('policy', 'Org admins can view org assessment history on public.assessment_history', '{"command": "select"}'),
  ('policy', 'Users can view their own assessment history on public.assessment_history', '{"command": "select"}'),
  ('policy', 'Platform admins can view all assessment history on public.assessment_history', '{"command": "select"}'),
  ('policy', 'Platform admins can manage courses on public.courses', '{"command": "all"}'),
  ('policy', 'Anyone can view published courses on public.courses', '{"command": "select"}'),
  ('policy', 'Platform admins can manage modules on public.course_modules', '{"command": "all"}'),
  ('policy', 'Anyone can view modules of published courses on public.course_modules', '{"command": "select"}'),
  ('policy', 'Platform admins can manage lessons on public.course_lessons', '{"command": "all"}'),
  ('policy', 'Anyone can view lessons of published courses on public.course_lessons', '{"command": "select"}'),
  ('policy', 'Users can create their own enrollments on public.course_enrollments', '{"command": "insert"}'),
  ('policy', 'Org admins can view org enrollments on public.course_enrollments', '{"command": "select"}'),
  ('policy', 'Users can view their own enrollments on public.course_enrollments', '{"command": "select"}'),
  ('policy', 'Users can update their own enrollments on public.course_enrollments', '{"command": "update"}'),
  ('policy', 'Platform admins can view all enrollments on public.course_enrollments', '{"command": "select"}'),
  ('policy', 'Users can manage their own lesson progress on public.lesson_progress', '{"command": "all"}'),
  ('policy', 'Users can view their own lesson progress on public.lesson_progress', '{"command": "select"}'),
  ('policy', 'Platform admins can view all lesson progress on public.lesson_progress', '{"command": "select"}'),
  ('policy', 'Platform admins can manage workshops on public.workshops', '{"command": "all"}'),
  ('policy', 'Anyone can view published workshops on public.workshops', '{"command": "select"}'),
  ('policy', 'Instructors can view their workshops on public.workshops', '{"command": "select"}'),
  ('policy', 'Users can create their own registrations on public.workshop_registrations', '{"command": "insert"}'),
  ('policy', 'Org admins can view org registrations on public.workshop_registrations', '{"command": "select"}'),
  ('policy', 'Users can view their own registrations on public.workshop_registrations', '{"command": "select"}'),
  ('policy', 'Workshop instructors can view registrations on public.workshop_registrations', '{"command": "select"}'),
  ('policy', 'Users can update their own registrations on public.workshop_registrations', '{"command": "update"}'),
  ('policy', 'Platform admins can view all registrations on public.workshop_registrations', '{"command": "select"}'),
  ('policy', 'Platform admins can manage experts on public.experts', '{"command": "all"}'),
  ('policy', 'Anyone can view available experts on public.experts', '{"command": "select"}'),
  ('policy', 'Experts can view their own profile on public.experts', '{"command": "select"}'),
  ('policy', 'Experts can update their own profile on public.experts', '{"command": "update"}'),
  ('policy', 'Experts can manage their availability on public.expert_availability', '{"command": "all"}'),
  ('policy', 'Anyone can view expert availability on public.expert_availability', '{"command": "select"}'),
  ('policy', 'Platform admins can view all expert availability on public.expert_availability', '{"command": "select"}'),
  ('policy', 'Users can create consultations on public.consultations', '{"command": "insert"}'),
  ('policy', 'Experts can view their consultations on public.consultations', '{"command": "select"}'),
  ('policy', 'Org admins can view org consultations on public.consultations', '{"command": "select"}'),
  ('policy', 'Users can view their own consultations on public.consultations', '{"command": "select"}'),
  ('policy', 'Experts can update their consultations on public.consultations', '{"command": "update"}'),
  ('policy', 'Users can update their own consultations on public.consultations', '{"command": "update"}'),
  ('policy', 'Platform admins can view all consultations on public.consultations', '{"command": "select"}'),
  ('policy', 'Platform admins can manage resources on public.resources', '{"command": "all"}'),
  ('policy', 'Anyone can view public resources on public.resources', '{"command": "select"}'),
  ('policy', 'Users can view resources matching their subscription tier on public.resources', '{"command": "select"}'),
  ('policy', 'Users can create resource access records on public.resource_access', '{"command": "insert"}'),
  ('policy', 'Org admins can view org resource access on public.resource_access', '{"command": "select"}'),
  ('policy', 'Users can view their own resource access on public.resource_access', '{"command": "select"}'),
  ('policy', 'Platform admins can view all resource access on public.resource_access', '{"command": "select"}'),
  ('policy', 'Users can create their own analytics events on public.analytics_events', '{"command": "insert"}'),
  ('policy', 'Org admins can view org analytics on public.analytics_events', '{"command": "select"}'),
  ('policy', 'Platform admins can view all analytics on public.analytics_events', '{"command": "select"}'),
  ('policy', 'Users can view their own analytics events on public.analytics_events', '{"command": "select"}'),
  ('policy', 'Org admins can view org engagement metrics on public.user_engagement_metrics', '{"command": "select"}'),
  ('policy', 'Platform admins can view all engagement metrics on public.user_engagement_metrics', '{"command": "select"}'),
  ('policy', 'Users can view their own engagement metrics on public.user_engagement_metrics', '{"command": "select"}')) e (category, item, expected);
$up$);
