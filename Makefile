# rille -- make, make test, make demo; make help lists the rest.
#
#   host/*.c                 the library (all but main.c and embed.c) and main.c
#   lua/ stdlib/ materializers/   Lua, baked verbatim into build/scripts.c
#   stdlib/NAME/NAME.c       a battery's C part: build/NAME.so, loaded on demand
#   build/                   everything made: rille, librille.{a,so.0}, rille.so
#   build/asan/              the same under ASan + UBSan (make asan)
CC      ?= cc
PREFIX  ?= /usr/local
B       ?= build
OPT     ?= -O2 -g
WARN    := -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wmissing-prototypes \
           -Wstrict-prototypes -Wwrite-strings -Wvla
PKGS    := lua5.4 sqlite3 liblz4 yaml-0.1 nettle
PKGINC  := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
STATIC  := -Wl,-Bstatic -llua5.4 -lsqlite3 -llz4 -lyaml -lnettle -Wl,-Bdynamic
SHARED  := -lsqlite3 -llz4 -lyaml -lnettle
SYS     := -lm -ldl -lpthread
ALLFLAGS = $(WARN) $(OPT) $(SAN) -D_GNU_SOURCE -Ihost $(PKGINC) -fPIC -fvisibility=hidden -MMD -MP $(CFLAGS)

SRC     := $(filter-out host/main.c host/embed.c,$(wildcard host/*.c))
OBJ     := $(SRC:host/%.c=$(B)/host/%.o) $(B)/scripts.o
SCRIPTS := $(sort $(shell find lua stdlib materializers -name '*.lua') $(wildcard host/schema.sql))
MODULES := $(foreach d,$(wildcard stdlib/*/),$(B)/$(notdir $(d:/=)).so)
UNITS   := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/*_test.c))

all: $(B)/rille $(MODULES)

$(B)/rille: $(B)/host/main.o $(B)/librille.a
	$(CC) $(SAN) -rdynamic -o $@ $(B)/host/main.o -Wl,--whole-archive $(B)/librille.a -Wl,--no-whole-archive $(STATIC) $(SYS)

$(B)/librille.a: $(OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/host/%.o: host/%.c | $(B)/host
	$(CC) $(ALLFLAGS) -c -o $@ $<

# loops over numbers: -O2 of gcc leaves most of them unvectorised
$(patsubst %,$(B)/host/%.o,arrayread arrayop arrayreduce arraydot): OPT += -O3

$(B)/scripts.o: $(B)/scripts.c
	$(CC) -std=c11 -Ihost $(PKGINC) -fPIC -c -o $@ $<

$(B)/scripts.c: $(B)/embed $(SCRIPTS) $(B)/scripts.list
	$(B)/embed $(SCRIPTS) > $@.tmp && mv $@.tmp $@

# changes when the set of scripts does, so that a removed file is noticed
$(B)/scripts.list: FORCE | $(B)/host
	@echo '$(SCRIPTS)' | cmp -s - $@ || echo '$(SCRIPTS)' > $@

$(B)/embed: host/embed.c | $(B)/host
	$(CC) $(WARN) -O1 -o $@ $<

# a module has what it needs of the base compiled in, for it cannot see the host's
define module
$(B)/$(1).so: $$(wildcard stdlib/$(1)/*.[ch]) host/err.c host/err.h host/array.h | $(B)/host
	$$(CC) $$(filter-out -MMD -MP,$$(ALLFLAGS)) -fvisibility=default -shared -o $$@ $$(filter %.c,$$^) -l$(or $(2),$(1)) -lm
endef
$(foreach d,$(wildcard stdlib/*/),$(eval $(call module,$(notdir $(d:/=)))))

$(B)/unit/%: tests/unit/%.c $(B)/librille.a | $(B)/host
	$(CC) $(ALLFLAGS) -Itests/unit -o $@ $< $(B)/librille.a $(STATIC) $(SYS)

$(B)/host:
	@mkdir -p $(B)/host $(B)/unit

units: $(UNITS)

test: all units
	@tests/run

clean:
	rm -rf build

FORCE:
.PHONY: all units test clean FORCE
-include $(wildcard $(B)/host/*.d $(B)/unit/*.d)
