-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_humanglue UPDATE TO '1.0.0'" to load this file. \quit

select proapp.migrate_down('humanglue', '1.1.0', $down$
select proapp.drop_baseline(baseline) from proapp.baselines where baseline = 'humanglue';
drop function public.humanglue_self_test();

select proapp.unexpect(category, item) from (values
  ('enum', 'public.course_status'),
  ('enum', 'public.course_difficulty'),
  ('enum', 'public.lesson_type'),
  ('enum', 'public.workshop_type'),
  ('enum', 'public.activity_type'),
  ('enum', 'public.transaction_type'),
  ('enum', 'public.payout_schedule'),
  ('table', 'public.instructor_profiles'),
  ('table', 'public.instructor_settings'),
  ('table', 'public.student_progress'),
  ('table', 'public.student_activity'),
  ('table', 'public.revenue_transactions'),
  ('table', 'public.course_reviews'),
  ('table', 'public.workshop_feedback'),
  ('table', 'public.course_instructors'),
  ('table', 'public.workshop_facilitators'),
  ('column', 'public.courses.instructor_id'),
  ('column', 'public.courses.organization_id'),
  ('column', 'public.courses.status'),
  ('column', 'public.courses.category'),
  ('column', 'public.courses.tags'),
  ('column', 'public.courses.what_you_will_learn'),
  ('column', 'public.courses.target_audience'),
  ('column', 'public.courses.language'),
  ('column', 'public.courses.enrolled_count'),
  ('column', 'public.courses.completed_count'),
  ('column', 'public.courses.average_rating'),
  ('column', 'public.courses.review_count'),
  ('column', 'public.courses.total_revenue'),
  ('column', 'public.courses.certificate_enabled'),
  ('column', 'public.courses.certificate_template_url'),
  ('column', 'public.courses.allow_comments'),
  ('column', 'public.courses.allow_qa'),
  ('column', 'public.courses.drip_content'),
  ('column', 'public.courses.drip_schedule'),
  ('column', 'public.workshops.organization_id'),
  ('column', 'public.workshops.type'),
  ('column', 'public.workshops.tags'),
  ('column', 'public.workshops.prerequisites'),
  ('column', 'public.workshops.what_you_will_learn'),
  ('column', 'public.workshops.enrolled_count'),
  ('column', 'public.workshops.attended_count'),
  ('column', 'public.workshops.average_satisfaction'),
  ('column', 'public.workshops.feedback_count'),
  ('column', 'public.workshops.total_revenue'),
  ('column', 'public.workshops.certificate_enabled'),
  ('column', 'public.workshops.certificate_template_url'),
  ('foreign key', 'public.instructor_profiles.user_id'),
  ('constraint', 'public.instructor_profiles(user_id)'),
  ('foreign key', 'public.instructor_settings.user_id'),
  ('constraint', 'public.instructor_settings(user_id)'),
  ('foreign key', 'public.student_progress.enrollment_id'),
  ('constraint', 'public.student_progress(enrollment_id)'),
  ('foreign key', 'public.student_progress.user_id'),
  ('foreign key', 'public.student_progress.course_id'),
  ('constraint', 'public.student_progress(user_id, course_id)'),
  ('foreign key', 'public.student_activity.instructor_id'),
  ('foreign key', 'public.student_activity.student_id'),
  ('foreign key', 'public.student_activity.course_id'),
  ('foreign key', 'public.student_activity.workshop_id'),
  ('foreign key', 'public.student_activity.lesson_id'),
  ('foreign key', 'public.revenue_transactions.instructor_id'),
  ('foreign key', 'public.revenue_transactions.student_id'),
  ('foreign key', 'public.revenue_transactions.course_id'),
  ('foreign key', 'public.revenue_transactions.workshop_id'),
  ('foreign key', 'public.revenue_transactions.enrollment_id'),
  ('foreign key', 'public.revenue_transactions.workshop_registration_id'),
  ('foreign key', 'public.course_reviews.course_id'),
  ('foreign key', 'public.course_reviews.user_id'),
  ('foreign key', 'public.course_reviews.enrollment_id'),
  ('constraint', 'public.course_reviews(course_id, user_id)'),
  ('foreign key', 'public.workshop_feedback.workshop_id'),
  ('foreign key', 'public.workshop_feedback.user_id'),
  ('foreign key', 'public.workshop_feedback.registration_id'),
  ('constraint', 'public.workshop_feedback(workshop_id, user_id)'),
  ('foreign key', 'public.course_instructors.course_id'),
  ('foreign key', 'public.course_instructors.instructor_id'),
  ('foreign key', 'public.workshop_facilitators.workshop_id'),
  ('foreign key', 'public.workshop_facilitators.facilitator_id'),
  ('foreign key', 'public.courses.instructor_id'),
  ('foreign key', 'public.courses.organization_id'),
  ('foreign key', 'public.workshops.organization_id'),
  ('index', 'public.idx_courses_category'),
  ('index', 'public.idx_courses_enrolled'),
  ('index', 'public.idx_courses_instructor'),
  ('index', 'public.idx_courses_instructor_published'),
  ('index', 'public.idx_courses_organization'),
  ('index', 'public.idx_courses_rating'),
  ('index', 'public.idx_courses_status'),
  ('index', 'public.idx_courses_tags'),
  ('index', 'public.idx_workshops_organization'),
  ('index', 'public.idx_workshops_satisfaction'),
  ('index', 'public.idx_workshops_tags'),
  ('index', 'public.idx_workshops_type'),
  ('index', 'public.idx_instructor_profiles_accepting'),
  ('index', 'public.idx_instructor_profiles_expertise'),
  ('index', 'public.idx_instructor_profiles_featured'),
  ('index', 'public.idx_instructor_profiles_pillars'),
  ('index', 'public.idx_instructor_profiles_rating'),
  ('index', 'public.idx_instructor_profiles_user'),
  ('index', 'public.idx_instructor_profiles_verified'),
  ('index', 'public.idx_instructor_settings_user'),
  ('index', 'public.idx_student_progress_activity'),
  ('index', 'public.idx_student_progress_completed'),
  ('index', 'public.idx_student_progress_course'),
  ('index', 'public.idx_student_progress_course_activity'),
  ('index', 'public.idx_student_progress_enrollment'),
  ('index', 'public.idx_student_progress_percentage'),
  ('index', 'public.idx_student_progress_user'),
  ('index', 'public.idx_student_progress_user_course'),
  ('index', 'public.idx_student_activity_course'),
  ('index', 'public.idx_student_activity_instructor'),
  ('index', 'public.idx_student_activity_instructor_occurred'),
  ('index', 'public.idx_student_activity_occurred'),
  ('index', 'public.idx_student_activity_student'),
  ('index', 'public.idx_student_activity_type'),
  ('index', 'public.idx_student_activity_workshop'),
  ('index', 'public.idx_revenue_instructor_date'),
  ('index', 'public.idx_revenue_transactions_course'),
  ('index', 'public.idx_revenue_transactions_date'),
  ('index', 'public.idx_revenue_transactions_instructor'),
  ('index', 'public.idx_revenue_transactions_payout'),
  ('index', 'public.idx_revenue_transactions_status'),
  ('index', 'public.idx_revenue_transactions_student'),
  ('index', 'public.idx_revenue_transactions_type'),
  ('index', 'public.idx_revenue_transactions_workshop'),
  ('index', 'public.idx_course_reviews_course'),
  ('index', 'public.idx_course_reviews_published'),
  ('index', 'public.idx_course_reviews_rating'),
  ('index', 'public.idx_course_reviews_user'),
  ('index', 'public.idx_workshop_feedback_nps'),
  ('index', 'public.idx_workshop_feedback_satisfaction'),
  ('index', 'public.idx_workshop_feedback_user'),
  ('index', 'public.idx_workshop_feedback_workshop'),
  ('index', 'public.idx_course_instructors_instructor'),
  ('index', 'public.idx_course_instructors_role'),
  ('index', 'public.idx_workshop_facilitators_facilitator'),
  ('index', 'public.idx_student_activity_lesson'),
  ('index', 'public.idx_revenue_transactions_enrollment'),
  ('index', 'public.idx_revenue_transactions_registration'),
  ('index', 'public.idx_course_reviews_enrollment'),
  ('index', 'public.idx_workshop_feedback_registration'),
  ('index', 'public.platform_engagement_stats_date'),
  ('index', 'public.platform_course_stats_course'),
  ('trigger', 'update_instructor_profiles_updated_at on public.instructor_profiles'),
  ('trigger', 'update_instructor_settings_updated_at on public.instructor_settings'),
  ('trigger', 'update_student_progress_updated_at on public.student_progress'),
  ('trigger', 'update_revenue_transactions_updated_at on public.revenue_transactions'),
  ('trigger', 'update_course_reviews_updated_at on public.course_reviews'),
  ('trigger', 'humanglue_guard_owner on public.courses'),
  ('trigger', 'humanglue_guard_organization on public.workshops'),
  ('trigger', 'humanglue_guard_verified on public.instructor_profiles'),
  ('trigger', 'humanglue_guard_review on public.course_reviews'),
  ('trigger', 'humanglue_course_published on public.courses'),
  ('trigger', 'update_instructor_stats_from_courses_trigger on public.courses'),
  ('trigger', 'update_instructor_stats_from_workshops_trigger on public.workshops'),
  ('trigger', 'update_instructor_stats_from_enrollments_trigger on public.course_enrollments'),
  ('trigger', 'update_instructor_stats_from_enrollments_on_update on public.course_enrollments'),
  ('trigger', 'humanglue_new_profile on public.instructor_profiles'),
  ('trigger', 'update_course_enrollment_stats_trigger on public.course_enrollments'),
  ('trigger', 'create_student_progress_trigger on public.course_enrollments'),
  ('trigger', 'humanglue_progress_follows on public.course_enrollments'),
  ('trigger', 'humanglue_comments_come on public.student_activity'),
  ('trigger', 'humanglue_comments_change on public.student_activity'),
  ('trigger', 'humanglue_comments_go on public.student_activity'),
  ('trigger', 'log_enrollment_activity_trigger on public.course_enrollments'),
  ('trigger', 'update_student_progress_from_lesson_trigger on public.lesson_progress'),
  ('trigger', 'update_student_progress_from_lesson_on_delete on public.lesson_progress'),
  ('trigger', 'update_course_rating_trigger on public.course_reviews'),
  ('trigger', 'update_workshop_satisfaction_trigger on public.workshop_feedback'),
  ('trigger', 'update_workshop_registration_stats_trigger on public.workshop_registrations'),
  ('trigger', 'humanglue_transaction on public.revenue_transactions'),
  ('trigger', 'humanglue_revenue_comes on public.revenue_transactions'),
  ('trigger', 'humanglue_revenue_changes on public.revenue_transactions'),
  ('trigger', 'humanglue_revenue_goes on public.revenue_transactions'),
  ('trigger', 'create_revenue_transaction_from_enrollment_trigger on public.course_enrollments'),
  ('trigger', 'create_revenue_transaction_from_workshop_trigger on public.workshop_registrations'),
  ('view', 'public.instructor_course_performance'),
  ('view', 'public.instructor_workshop_performance'),
  ('view', 'public.student_engagement_summary'),
  ('view', 'public.platform_engagement_stats'),
  ('view', 'public.platform_course_stats'),
  ('policy', 'Instructors can create courses on public.courses'),
  ('policy', 'Instructors can delete their own courses on public.courses'),
  ('policy', 'Instructors can view their own courses on public.courses'),
  ('policy', 'Org admins can view org courses on public.courses'),
  ('policy', 'Instructors can update their own courses on public.courses'),
  ('policy', 'Instructors can manage modules of their courses on public.course_modules'),
  ('policy', 'Instructors can manage lessons of their courses on public.course_lessons'),
  ('policy', 'Instructors can view enrollments for their courses on public.course_enrollments'),
  ('policy', 'Instructors can update enrollments for their courses on public.course_enrollments'),
  ('policy', 'Instructors can create workshops on public.workshops'),
  ('policy', 'Instructors can delete their own workshops on public.workshops'),
  ('policy', 'Instructors can view their own workshops on public.workshops'),
  ('policy', 'Org admins can view org workshops on public.workshops'),
  ('policy', 'Instructors can update their own workshops on public.workshops'),
  ('policy', 'Instructors can view registrations for their workshops on public.workshop_registrations'),
  ('policy', 'Platform admins can manage all profiles on public.instructor_profiles'),
  ('policy', 'Instructors can insert their own profile on public.instructor_profiles'),
  ('policy', 'Anyone can view verified instructor profiles on public.instructor_profiles'),
  ('policy', 'Instructors can view their own profile on public.instructor_profiles'),
  ('policy', 'Instructors can update their own profile on public.instructor_profiles'),
  ('policy', 'Instructors can manage their own settings on public.instructor_settings'),
  ('policy', 'Instructors can view their own settings on public.instructor_settings'),
  ('policy', 'Platform admins can view all settings on public.instructor_settings'),
  ('policy', 'Instructors can view progress for their students on public.student_progress'),
  ('policy', 'Platform admins can view all progress on public.student_progress'),
  ('policy', 'Students can view their own progress on public.student_progress'),
  ('policy', 'Instructors can view their students'' activity on public.student_activity'),
  ('policy', 'Platform admins can view all activity on public.student_activity'),
  ('policy', 'Students can view their own activity on public.student_activity'),
  ('policy', 'Platform admins can manage transactions on public.revenue_transactions'),
  ('policy', 'Instructors can view their own transactions on public.revenue_transactions'),
  ('policy', 'Platform admins can view all transactions on public.revenue_transactions'),
  ('policy', 'Students can create reviews for enrolled courses on public.course_reviews'),
  ('policy', 'Anyone can view published reviews on public.course_reviews'),
  ('policy', 'Instructors can view reviews for their courses on public.course_reviews'),
  ('policy', 'Instructors can respond to reviews on public.course_reviews'),
  ('policy', 'Students can update their own reviews on public.course_reviews'),
  ('policy', 'Platform admins can view all reviews on public.course_reviews'),
  ('policy', 'Students can create feedback for attended workshops on public.workshop_feedback'),
  ('policy', 'Instructors can view feedback for their workshops on public.workshop_feedback'),
  ('policy', 'Students can view their own feedback on public.workshop_feedback'),
  ('policy', 'Platform admins can view all feedback on public.workshop_feedback'),
  ('policy', 'Primary instructors can manage co-instructors on public.course_instructors'),
  ('policy', 'Anyone can view course instructors for published courses on public.course_instructors'),
  ('policy', 'Platform admins can view all course instructors on public.course_instructors'),
  ('policy', 'Primary instructors can manage facilitators on public.workshop_facilitators'),
  ('policy', 'Anyone can view facilitators for published workshops on public.workshop_facilitators'),
  ('policy', 'Platform admins can view all facilitators on public.workshop_facilitators'),
  ('policy', 'Anyone can view avatars on storage.objects'),
  ('policy', 'Users can manage their own avatar on storage.objects'),
  ('policy', 'Anyone can view organization logos on storage.objects'),
  ('policy', 'Org admins can manage the logo of their organization on storage.objects'),
  ('policy', 'Students can read the content of their courses on storage.objects'),
  ('policy', 'Instructors can manage the content of their courses on storage.objects'),
  ('policy', 'Users can manage their own assessment audio on storage.objects'),
  ('policy', 'Users can read files of the resources that they see on storage.objects'),
  ('policy', 'Platform admins can manage files of resources on storage.objects'),
  ('policy', 'Users can read their own certificates on storage.objects'),
  ('policy', 'Org admins can read certificates of their users on storage.objects'),
  ('function', 'public.humanglue_taught_courses(text[])'),
  ('function', 'public.humanglue_held_workshops(text)'),
  ('function', 'public.humanglue_studied_courses()'),
  ('function', 'public.humanglue_guard_review()'),
  ('function', 'public.humanglue_course_published()'),
  ('function', 'public.humanglue_recount_students(uuid[])'),
  ('function', 'public.humanglue_recount_ratings(uuid[])'),
  ('function', 'public.humanglue_recount_instructors(uuid[])'),
  ('function', 'public.update_instructor_stats()'),
  ('function', 'public.humanglue_new_profile()'),
  ('function', 'public.update_course_enrollment_stats()'),
  ('function', 'public.humanglue_recount_progress(uuid[])'),
  ('function', 'public.create_student_progress()'),
  ('function', 'public.humanglue_progress_follows()'),
  ('function', 'public.humanglue_log(uuid, public.activity_type, uuid, uuid, uuid, jsonb)'),
  ('function', 'public.log_student_activity()'),
  ('function', 'public.update_student_progress_from_lesson()'),
  ('function', 'public.update_course_rating()'),
  ('function', 'public.update_workshop_satisfaction()'),
  ('function', 'public.update_workshop_registration_stats()'),
  ('function', 'public.humanglue_revenue_of(public.transaction_type, public.payment_status, numeric)'),
  ('function', 'public.humanglue_transaction()'),
  ('function', 'public.humanglue_revenue_changed()'),
  ('function', 'public.create_revenue_transaction_from_enrollment()'),
  ('function', 'public.create_revenue_transaction_from_workshop()'),
  ('function', 'public.humanglue_recount()'),
  ('function', 'public.humanglue_check_instructor(uuid)'),
  ('function', 'public.get_instructor_dashboard_stats(uuid)'),
  ('function', 'public.get_instructor_recent_activity(uuid, integer)'),
  ('function', 'public.get_instructor_student_progress(uuid, uuid)'),
  ('function', 'public.get_instructor_revenue_breakdown(uuid, timestamptz, timestamptz)'),
  ('function', 'public.humanglue_refresh_statistics()')) e (category, item);

drop policy "Org admins can read certificates of their users" on storage.objects;
drop policy "Users can read their own certificates" on storage.objects;
drop policy "Platform admins can manage files of resources" on storage.objects;
drop policy "Users can read files of the resources that they see" on storage.objects;
drop policy "Users can manage their own assessment audio" on storage.objects;
drop policy "Instructors can manage the content of their courses" on storage.objects;
drop policy "Students can read the content of their courses" on storage.objects;
drop policy "Org admins can manage the logo of their organization" on storage.objects;
drop policy "Anyone can view organization logos" on storage.objects;
drop policy "Users can manage their own avatar" on storage.objects;
drop policy "Anyone can view avatars" on storage.objects;
-- What is in the buckets goes with them, into the archive.
select proapp.set_aside('storage.objects', $$bucket_id in ('avatars', 'organization-logos', 'course-content', 'assessment-audio', 'resources', 'certificates')$$);
select proapp.set_aside('storage.buckets', $$id in ('avatars', 'organization-logos', 'course-content', 'assessment-audio', 'resources', 'certificates')$$);

drop materialized view public.platform_course_stats;
drop materialized view public.platform_engagement_stats;
drop view public.student_engagement_summary;
drop view public.instructor_workshop_performance;
drop view public.instructor_course_performance;

drop policy "Instructors can view registrations for their workshops" on public.workshop_registrations;
drop policy "Instructors can update their own workshops" on public.workshops;
drop policy "Org admins can view org workshops" on public.workshops;
drop policy "Instructors can view their own workshops" on public.workshops;
drop policy "Instructors can delete their own workshops" on public.workshops;
drop policy "Instructors can create workshops" on public.workshops;
drop policy "Instructors can update enrollments for their courses" on public.course_enrollments;
drop policy "Instructors can view enrollments for their courses" on public.course_enrollments;
drop policy "Instructors can manage lessons of their courses" on public.course_lessons;
drop policy "Instructors can manage modules of their courses" on public.course_modules;
drop policy "Instructors can update their own courses" on public.courses;
drop policy "Org admins can view org courses" on public.courses;
drop policy "Instructors can view their own courses" on public.courses;
drop policy "Instructors can delete their own courses" on public.courses;
drop policy "Instructors can create courses" on public.courses;

drop trigger create_revenue_transaction_from_workshop_trigger on public.workshop_registrations;
drop trigger create_revenue_transaction_from_enrollment_trigger on public.course_enrollments;
drop trigger update_workshop_registration_stats_trigger on public.workshop_registrations;
drop trigger update_student_progress_from_lesson_on_delete on public.lesson_progress;
drop trigger update_student_progress_from_lesson_trigger on public.lesson_progress;
drop trigger log_enrollment_activity_trigger on public.course_enrollments;
drop trigger humanglue_progress_follows on public.course_enrollments;
drop trigger create_student_progress_trigger on public.course_enrollments;
drop trigger update_course_enrollment_stats_trigger on public.course_enrollments;
drop trigger update_instructor_stats_from_enrollments_on_update on public.course_enrollments;
drop trigger update_instructor_stats_from_enrollments_trigger on public.course_enrollments;
drop trigger update_instructor_stats_from_workshops_trigger on public.workshops;
drop trigger update_instructor_stats_from_courses_trigger on public.courses;
drop trigger humanglue_course_published on public.courses;
drop trigger humanglue_guard_organization on public.workshops;
drop trigger humanglue_guard_owner on public.courses;

-- With their policies and triggers: what is dropped before its table would count as dropped by hand.
drop table public.workshop_facilitators;
drop table public.course_instructors;
drop table public.workshop_feedback;
drop table public.course_reviews;
drop table public.revenue_transactions;
drop table public.student_activity;
drop table public.student_progress;
drop table public.instructor_settings;
drop table public.instructor_profiles;

drop function public.humanglue_refresh_statistics();
drop function public.get_instructor_revenue_breakdown(uuid, timestamptz, timestamptz);
drop function public.get_instructor_student_progress(uuid, uuid);
drop function public.get_instructor_recent_activity(uuid, integer);
drop function public.get_instructor_dashboard_stats(uuid);
drop function public.humanglue_check_instructor(uuid);
drop function public.humanglue_recount();
drop function public.create_revenue_transaction_from_workshop();
drop function public.create_revenue_transaction_from_enrollment();
drop function public.humanglue_revenue_changed();
drop function public.humanglue_transaction();
drop function public.humanglue_revenue_of(public.transaction_type, public.payment_status, numeric);
drop function public.update_workshop_registration_stats();
drop function public.update_workshop_satisfaction();
drop function public.update_course_rating();
drop function public.update_student_progress_from_lesson();
drop function public.log_student_activity();
drop function public.humanglue_log(uuid, public.activity_type, uuid, uuid, uuid, jsonb);
drop function public.humanglue_progress_follows();
drop function public.create_student_progress();
drop function public.humanglue_recount_progress(uuid[]);
drop function public.update_course_enrollment_stats();
drop function public.humanglue_new_profile();
drop function public.update_instructor_stats();
drop function public.humanglue_recount_instructors(uuid[]);
drop function public.humanglue_recount_ratings(uuid[]);
drop function public.humanglue_recount_students(uuid[]);
drop function public.humanglue_course_published();
drop function public.humanglue_guard_review();
drop function public.humanglue_studied_courses();
drop function public.humanglue_held_workshops(text);
drop function public.humanglue_taught_courses(text[]);

alter table public.workshops
  drop column certificate_template_url,
  drop column certificate_enabled,
  drop column total_revenue,
  drop column feedback_count,
  drop column average_satisfaction,
  drop column attended_count,
  drop column enrolled_count,
  drop column what_you_will_learn,
  drop column prerequisites,
  drop column tags,
  drop column type,
  drop column organization_id;
alter table public.courses
  drop column drip_schedule,
  drop column drip_content,
  drop column allow_qa,
  drop column allow_comments,
  drop column certificate_template_url,
  drop column certificate_enabled,
  drop column total_revenue,
  drop column review_count,
  drop column average_rating,
  drop column completed_count,
  drop column enrolled_count,
  drop column language,
  drop column target_audience,
  drop column what_you_will_learn,
  drop column tags,
  drop column category,
  drop column status,
  drop column organization_id,
  drop column instructor_id;

drop type public.payout_schedule;
drop type public.transaction_type;
drop type public.activity_type;
drop type public.workshop_type;
drop type public.lesson_type;
drop type public.course_difficulty;
drop type public.course_status;
$down$);
