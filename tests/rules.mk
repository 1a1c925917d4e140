# rules.mk -- how the programs of the tests are built; included by the Makefile.
#
#   tests/DIR/NAME_test.c   build/tests/DIR/NAME_test, linked with every function of ours
#   tests/embed/NAME_test.c     build/tests/embed/NAME_shared_test and NAME_static_test, as a host would
#                           build them: rille.h, and librille.so or librille.a
#   tests/embed/states_test.c   knows no rille.h: a program with a stock Lua and the module rille.so
#   tests/fuzz/NAME.c       build/replay/NAME goes through tests/fuzz/corpus/NAME;
#                           build/fuzz/NAME is the fuzzer (clang)
#   build/pty               runs a command on a pseudo-terminal
#   build/http_load         many connections to a server, and what came of them
#   build/as_program        runs a project by the library (RILLE_THROUGH in tests/lib/oracle.lua)
FUZZERS := $(patsubst tests/fuzz/%.c,%,$(filter-out %/replay.c %/fixture.c,$(wildcard tests/fuzz/*.c)))
HOSTS   := $(patsubst tests/embed/%_test.c,%,$(shell grep -l '"rille.h"' tests/embed/*_test.c))
UNITS   := $(patsubst %.c,$(B)/%,$(wildcard tests/host/*/*_test.c tests/stdlib/*/*_test.c tests/faults/*_test.c)) \
           $(addprefix $(B)/tests/embed/,states_test other_lua_test local_test) $(foreach host,$(HOSTS),$(B)/tests/embed/$(host)_shared_test $(B)/tests/embed/$(host)_static_test)

# what tests in Lua run
PROGRAMS := $(addprefix $(B)/,pty http_load tracer tracer_static as_program)
PROGRAMS += $(foreach form,shared static,$(B)/embed_c99_$(form) $(if $(shell command -v $(CXX)),$(B)/embed_cpp17_$(form)))
PROGRAMS += $(if $(wildcard /usr/include/lua5.3/lua.h),$(B)/lua53_hidden $(B)/lua53_exported)

parts: all programs threads $(UNITS) $(FUZZERS:%=$(B)/replay/%)

programs: $(PROGRAMS)

# a host with threads, and all that it links but Debian's libraries, under ThreadSanitizer
threads:
	$(if $(SAN),,@$(MAKE) --no-print-directory -s $(TSAN) $(foreach form,shared static,$(B)/tsan/tests/embed/thread_$(form)_test))

fuzzers: $(FUZZERS:%=$(B)/fuzz/%)

$(B)/tests/%: tests/%.c $(B)/parts.a
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) -Itests/lib -o $@ $< $(EXTRA) $(B)/parts.a $(STATIC) $(SYS)

# allocation goes through the test, in the libraries too
WRAPPED := $(foreach f,malloc calloc realloc aligned_alloc free strdup strndup,-Wl,--wrap=$(f))
$(B)/tests/faults/out_of_memory_test: EXTRA := tests/fuzz/fixture.c $(WRAPPED) -Wl,--wrap=slab_alloc
$(B)/tests/faults/scarce_malloc_test: EXTRA := $(WRAPPED)
# the C parts of models, without Lua
$(B)/tests/faults/models_memory_test: EXTRA := $(filter-out %lib.c stdlib/linear/linear_logistic.c,$(wildcard $(patsubst %,stdlib/%/*.c,learn tree neighbors linear pca xgboost))) -llapack $(WRAPPED)

FUZZED   = $(filter-out -MMD -MP,$(ALLFLAGS)) -Itests/fuzz -o $@ $(filter %.c,$^) $(B)/parts.a $(STATIC) $(SYS)
$(B)/fuzz/%: tests/fuzz/%.c tests/fuzz/fixture.c $(B)/parts.a
	@mkdir -p $(@D)
	$(CC) -fsanitize=fuzzer $(FUZZED)

$(B)/replay/%: tests/fuzz/%.c tests/fuzz/replay.c tests/fuzz/fixture.c $(B)/parts.a
	@mkdir -p $(@D)
	$(CC) $(FUZZED)

$(B)/pty: tests/lib/pty.c
	@mkdir -p $(@D)
	$(CC) $(WARN) -D_GNU_SOURCE $(OPT) $(SAN) -o $@ $< -lutil

$(B)/http_load: tests/lib/http_load.c
	@mkdir -p $(@D)
	$(CC) $(WARN) -D_GNU_SOURCE $(OPT) $(SAN) -o $@ $< -lpthread

# the smallest program that embeds the library
$(B)/tracer: tests/embed/tracer.c $(B)/librille.so
	$(CC) $(WARN) $(SAN) -Ihost -o $@ $< $(B)/librille.so -Wl,-rpath,'$$ORIGIN'

# the same with the archive, and Lua's own library, whose functions modules in C find
$(B)/tracer_static: tests/embed/tracer.c $(B)/librille.a
	$(CC) $(WARN) $(SAN) -Ihost -o $@ $< $(B)/librille.a -llua5.4 $(SHARED) $(SYS)

# a host with the words of rille run
$(B)/as_program: tests/embed/as_program.c host/rille.h $(B)/librille.so
	$(CC) $(WARN) $(SAN) -g -Ihost -o $@ $< $(B)/librille.so -Wl,-rpath,'$$ORIGIN'

# a host in the common part of C99 and C++17
define embed
$(B)/embed_$(1)_shared: tests/embed/embed.c host/rille.h $(B)/librille.so.0
	$(2) -pedantic -Wall -Wextra -Werror $(SAN) -Ihost -o $$@ $$< -x none $(B)/librille.so.0 -Wl,-rpath,'$$$$ORIGIN'

$(B)/embed_$(1)_static: tests/embed/embed.c host/rille.h $(B)/librille.a
	$(2) -pedantic -Wall -Wextra -Werror $(SAN) -Ihost -o $$@ $$< -x none $(B)/librille.a $(STATIC) $(SYS)
endef
$(eval $(call embed,c99,$(CC) -std=c99 -x c))
$(eval $(call embed,cpp17,$(CXX) -std=c++17 -x c++))

# a host with a Lua 5.3
LUA53    = $(CC) $(WARN) $(SAN) -Ihost -I/usr/include/lua5.3 -o $@ $< $(B)/librille.so -Wl,-rpath,'$$ORIGIN' \
           -Wl,-Bstatic -llua5.3 -Wl,-Bdynamic -lm -ldl
# the linker exports what a shared library mentions, also without -rdynamic
$(B)/lua53_hidden: tests/embed/lua53.c host/rille.h $(B)/librille.so
	$(LUA53) -Wl,--exclude-libs,liblua5.3.a

$(B)/lua53_exported: tests/embed/lua53.c host/rille.h $(B)/librille.so
	$(LUA53)

HOSTED   = @mkdir -p $(@D); $(CC) $(WARN) $(SAN) -g -Ihost -Itests/lib $(LUAINC) -o $@ $<
$(B)/tests/embed/%_shared_test: tests/embed/%_test.c $(wildcard tests/embed/*.h) tests/lib/check.h host/rille.h $(B)/librille.so
	$(HOSTED) $(B)/librille.so -Wl,-rpath,'$$ORIGIN/../..' $(OF_ITS_OWN) -lpthread

$(B)/tests/embed/%_static_test: tests/embed/%_test.c $(wildcard tests/embed/*.h) tests/lib/check.h host/rille.h $(B)/librille.a
	$(HOSTED) $(OF_ITS_OWN) $(B)/librille.a $(STATIC) $(SYS)

# what the host itself uses
$(B)/tests/embed/clash_shared_test: OF_ITS_OWN := -llua5.4 -lsqlite3
$(B)/tests/embed/lua_state_shared_test: OF_ITS_OWN := -llua5.4
$(B)/tests/embed/own_lua_shared_test: OF_ITS_OWN := -rdynamic -Wl,-Bstatic -llua5.4 -Wl,-Bdynamic -lm -ldl
$(B)/tests/embed/own_lua_static_test: OF_ITS_OWN := -rdynamic

# the module for a stock Lua in a program with states of its own
$(B)/tests/embed/states_test: tests/embed/states_test.c $(B)/rille.so
	$(HOSTED) -Wl,--no-as-needed -llua5.4 -lm

# its own few functions of another Lua are exported
$(B)/tests/embed/other_lua_test: tests/embed/other_lua_test.c tests/embed/host.h host/rille_lua.h $(B)/librille.so
	$(HOSTED) -rdynamic $(B)/librille.so -Wl,-rpath,'$$ORIGIN/../..'

# opens librille.so itself
$(B)/tests/embed/local_test: tests/embed/local_test.c tests/embed/host.h $(B)/librille.so
	$(HOSTED) -ldl

.PHONY: parts programs threads fuzzers
