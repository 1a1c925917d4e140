# rules.mk -- how the programs of the tests are built; included by the Makefile.
#
#   tests/DIR/NAME_test.c   build/tests/DIR/NAME_test, linked with every function of ours
#   tests/embed/*.c         programs with the library alone, as a host would build them
#   tests/fuzz/NAME.c       build/replay/NAME goes through tests/fuzz/corpus/NAME;
#                           build/fuzz/NAME is the fuzzer (clang)
#   build/pty               runs a command on a pseudo-terminal
FUZZERS := $(patsubst tests/fuzz/%.c,%,$(filter-out %/replay.c %/fixture.c,$(wildcard tests/fuzz/*.c)))
UNITS   := $(patsubst %.c,$(B)/%,$(wildcard tests/host/*/*_test.c tests/stdlib/*/*_test.c tests/faults/*_test.c)) \
           $(addprefix $(B)/tests/embed/,engine_shared_test engine_static_test) \
           $(patsubst %.c,$(B)/%,$(filter-out %/engine_test.c,$(wildcard tests/embed/*_test.c)))

parts: all $(B)/pty $(B)/tracer $(UNITS) $(FUZZERS:%=$(B)/replay/%)

fuzzers: $(FUZZERS:%=$(B)/fuzz/%)

$(B)/tests/%: tests/%.c $(B)/parts.a
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) -Itests/lib -o $@ $< $(EXTRA) $(B)/parts.a $(STATIC) $(SYS)

# allocation goes through the test, in the libraries too
$(B)/tests/faults/out_of_memory_test: EXTRA := tests/fuzz/fixture.c $(foreach f,malloc calloc realloc free strdup strndup slab_alloc,-Wl,--wrap=$(f))

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

# the smallest program that embeds the library
$(B)/tracer: tests/embed/tracer.c $(B)/librille.so.0
	$(CC) $(WARN) $(SAN) -Ihost -o $@ $< $(B)/librille.so.0 -Wl,-rpath,'$$ORIGIN'

HOSTED   = @mkdir -p $(@D); $(CC) $(WARN) $(SAN) -g -Ihost -Itests/lib $(LUAINC) -o $@ $<
$(B)/tests/embed/engine_shared_test: tests/embed/engine_test.c host/rille.h $(B)/librille.so.0
	$(HOSTED) $(B)/librille.so.0 -Wl,-rpath,'$$ORIGIN/../..' -lpthread

$(B)/tests/embed/%_test: tests/embed/%_test.c host/rille.h $(B)/librille.so.0
	$(HOSTED) $(B)/librille.so.0 -Wl,-rpath,'$$ORIGIN/../..' -lpthread

$(B)/tests/embed/engine_static_test: tests/embed/engine_test.c host/rille.h $(B)/librille.a
	$(HOSTED) $(B)/librille.a $(STATIC) $(SYS)

$(B)/tests/embed/clash_test: tests/embed/clash_test.c host/rille.h $(B)/librille.a
	$(HOSTED) $(B)/librille.a $(STATIC) $(SYS)

# the module for a stock Lua in a program with states of its own
$(B)/tests/embed/states_test: tests/embed/states_test.c $(B)/rille.so
	$(HOSTED) -Wl,--no-as-needed -llua5.4 -lm

.PHONY: parts fuzzers
