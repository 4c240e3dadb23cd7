// The one door to PostgreSQL's headers; every other file of ours includes this one before anything else.
#pragma once
extern "C" {
#include <postgres.h>

#include <access/genam.h>
#include <access/htup_details.h>
#include <access/table.h>
#include <fmgr.h>
#include <miscadmin.h>
#include <utils/builtins.h>
#include <utils/lsyscache.h>
#include <utils/memutils.h>
#include <utils/rel.h>
#include <utils/snapmgr.h>
}
// PostgreSQL's replacements for these bite C++ headers that declare them.
#undef snprintf
#undef vsnprintf
#undef printf
#undef fprintf
#undef strerror
#undef bind
#undef gettext
