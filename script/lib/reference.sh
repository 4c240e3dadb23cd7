# What docs/reference.md should say. Sourced after cluster.sh; needs a started cluster and the staged tree.
make_reference_database() {
  query -d postgres -c 'create database proapp_reference'
  query -d proapp_reference -c 'create extension proapp_schema'
}
reference_text() { query -d proapp_reference -f "$work/tree/script/lib/reference.sql"; }
