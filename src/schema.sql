-- complain if this file is sourced in psql rather than by CREATE EXTENSION
\echo Use "CREATE EXTENSION proapp_schema" to load this file. \quit

comment on schema proapp is 'proapp_schema guards multi-tenant schemas: who is the signed-in user, what is in the schema, what drifted.';
