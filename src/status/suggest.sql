create function proapp.suggest() returns table(call text, reason text, confidence text)
  language c stable as 'MODULE_PATHNAME', 'proapp_suggest';
comment on function proapp.suggest() is
  'What to register in a database that is there already, best first: complete calls of proapp.map_users(), proapp.map_members(), proapp.protect(), proapp.add_reference() and proapp.save_baseline() to paste, each with its reason and confidence (high, medium, low). '
  'Proposed is what you may register and what is not registered yet; nothing is changed. Call as the owner of your tables. Raises no errors of its own.';
