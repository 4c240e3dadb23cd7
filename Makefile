# The build that installs (PGXS). CMakeLists.txt builds core with its unit tests and fuzzers, and the module for editors; both read src/sources.txt.
#   make && sudo make install      (script/test does that and runs everything)
# apps/template is for script/new-app.
EXTENSION = proapp_schema $(basename $(filter-out apps/template/%,$(wildcard apps/*/*.control)))
EXTENSION_VERSION = $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" proapp_schema.control)
MODULE_big = proapp_schema

SOURCES = $(filter %.cpp,$(shell cat src/sources.txt))
SQL_PARTS = $(filter %.sql,$(shell cat src/sources.txt))
OBJS = $(SOURCES:.cpp=.o)
DATA_built = proapp_schema--$(EXTENSION_VERSION).sql
DATA = $(filter-out apps/template/%,$(wildcard migrations/*.sql apps/*/proapp_*--*.sql))
PROBES = $(patsubst %.cpp,%.o,$(wildcard test/boundary/*.cpp))
EXTRA_CLEAN = $(OBJS:.o=.d) proapp_schema--*.sql test/boundary/boundary_probe.so $(PROBES) $(PROBES:.o=.d)

# -fvisibility=hidden does not bind the templates of the C++ library.
SHLIB_LINK = -lstdc++ -lcrypto -Wl,--version-script=src/exports.map
override with_llvm = no

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

WARNINGS = -Wall -Wextra -Werror
# Boost throws the standard's exceptions, so that the boundary knows them.
CXX_COMMON = -std=c++20 -O2 -g -fPIC -fvisibility=hidden -fno-plt $(WARNINGS) -MMD -MP -Isrc -DBOOST_CONTAINER_USE_STD_EXCEPTIONS
# -Wno-register: the headers of PostgreSQL 15 still say it
PG_FLAGS = -isystem $(shell $(PG_CONFIG) --includedir-server) -D_GNU_SOURCE -Wno-register

# core never sees PostgreSQL's headers
src/core/%.o: src/core/%.cpp
	$(CXX) $(CXX_COMMON) $(PROAPP_CXXFLAGS) -c -o $@ $<
%.o: %.cpp
	$(CXX) $(CXX_COMMON) $(PG_FLAGS) $(PROAPP_CXXFLAGS) -c -o $@ $<

# The install script is the rooms' declarations, in the order of src/sources.txt.
$(DATA_built): $(SQL_PARTS) src/sources.txt
	cat $(SQL_PARTS) > $@

# Probes of the boundary rule and of the claims scanner: the same seam in a library of its own that only tests load.
test/boundary/boundary_probe.so: $(PROBES) $(filter src/pg/%.o src/core/%.o,$(OBJS))
	$(CXX) $(LDFLAGS) -shared -o $@ $^ -lstdc++ -lcrypto

-include $(OBJS:.o=.d) $(PROBES:.o=.d)
