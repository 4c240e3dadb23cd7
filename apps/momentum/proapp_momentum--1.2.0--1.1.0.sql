-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_momentum UPDATE TO '1.1.0'" to load this file. \quit

select proapp.migrate_down('momentum', '1.2.0', $down$
select proapp.drop_baseline(baseline) from proapp.baselines where baseline = 'momentum';
drop function public.momentum_self_test();

select proapp.unexpect(category, item) from (values
  ('policy', 'Anyone can view logos on storage.objects'),
  ('policy', 'Users can upload logos on storage.objects'),
  ('policy', 'Users can read own private files on storage.objects'),
  ('policy', 'Users can write own private files on storage.objects'),
  ('policy', 'Users can change own private files on storage.objects'),
  ('policy', 'Users can delete own private files on storage.objects')) e (category, item);

drop policy "Users can delete own private files" on storage.objects;
drop policy "Users can change own private files" on storage.objects;
drop policy "Users can write own private files" on storage.objects;
drop policy "Users can read own private files" on storage.objects;
drop policy "Users can upload logos" on storage.objects;
drop policy "Anyone can view logos" on storage.objects;

-- What is in the buckets goes with them, into the archive.
select proapp.set_aside('storage.objects', $$bucket_id in ('logos', 'private')$$);
select proapp.set_aside('storage.buckets', $$id in ('logos', 'private')$$);
$down$);
