# rille.  The two commands: make demo, make test.  Each first installs what is
# missing, where it may (make deps alone does just that, make leaves it out).
#
#   make            build/rille, build/librille.{a,so.0.1.0}, build/rille.so and the
#                   batteries with a C part: build/{svm,linear,tree,neighbors,http,pca,xgboost}.so
#   make test       the whole suite; the last line is "N passed, N failed"
#   make check      the same with what is installed here
#   make asan       the same under AddressSanitizer and UBSan, in build/asan
#   make tsan       a host with threads under ThreadSanitizer, in build/tsan
#   make fuzz       libFuzzer over every reader of outside bytes; needs clang
#   make bench      rille beside make, ninja, doit, joblib and Snakemake, on the same work; make benchdeps installs them
#   make counts     what rille costs in instructions, by callgrind
#   make strings    the texts that people read, in build/strings.txt
#   make deb        Debian packages in build/deb; make deb-check installs and tries them in a fresh Debian
#   make rock-check builds rille as a rock for luarocks, and tries it in a stock Lua
#   make man        build/rille.1, from the texts of rille help
#   make install    to PREFIX (/usr/local), below DESTDIR; make uninstall takes it away.  LIBDIR (lib), a folder
#                   below PREFIX, gets the libraries and rille.pc
#
# host/ROOM/*.c, modules.c, lua_module.c and the batteries in LINKED are the library; host/kernel/ and the files beside
# the rooms (main.c, program_signals.c ...) are the program, tool_*.c tools of the build.  lua/,
# stdlib/ and materializers/ are baked verbatim into build/scripts.c, with all files of
# stdlib/templates/.  Any other stdlib/NAME/*.c is a battery's C part, build/NAME.so, loaded on
# demand (learn is what the models among them share).
CC      ?= cc
OBJCOPY ?= objcopy
PREFIX  ?= /usr/local
LIBDIR  ?= lib
B       ?= build
OPT     ?= -O2 -g
WARN    := -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wmissing-prototypes \
           -Wstrict-prototypes -Wwrite-strings -Wvla
LUAINC  ?= -I/usr/include/lua5.4
STATIC  := -Wl,-Bstatic -llua5.4 -lsqlite3 -llz4 -lyaml -lnettle -lz -lzstd -Wl,-Bdynamic
SHARED  := -lsqlite3 -llz4 -lyaml -lnettle -lz -lzstd
# the same for pkg-config
LUAPC   ?= lua5.4
REQUIRES = $(LUAPC) sqlite3 liblz4 yaml-0.1 nettle zlib libzstd
SYS     := -lm -ldl -lpthread
ALLFLAGS = $(WARN) $(OPT) $(SAN) -D_GNU_SOURCE -Ihost -Istdlib $(LUAINC) -fPIC -fvisibility=hidden -MMD -MP $(CFLAGS)
ASAN    := B=build/asan OPT="-O1 -g" SAN="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer"
TSAN    := B=$(B)/tsan OPT="-O1 -g" SAN="-fsanitize=thread"
FUZZ    := CC=clang B=build/fuzz OPT="-O1 -g" SAN="-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=undefined"

DEBS    := gcc libc6-dev libedit-dev liblua5.4-dev libsqlite3-dev liblz4-dev libyaml-dev nettle-dev zlib1g-dev libzstd-dev libsvm-dev liblinear-dev liblapack-dev libmicrohttpd-dev
TESTDEBS := lua5.4 lz4 sqlite3 lua-penlight lua-dkjson lua-cjson lua-lpeg lua-argparse lua-filesystem lua-busted lua-ldoc lua-socket python3-minimal strace zsh fish groff-base dpkg-dev fakeroot pkg-config
TESTDEBS += liblua5.3-dev lua-check git protobuf-compiler libcurl4 python3-jsonschema chromium-driver curl g++ python3-numpy lua-bitop lua-zlib lua-yaml lua-rex-posix lua-rex-tre lua-rex-pcre2
TESTDEBS += libxgboost0 libzmq5 python3-jupyter-kernel-test jupyter-client jupyter-nbconvert
BENCHDEBS := ninja-build python3-doit python3-joblib snakemake valgrind strace sqlite3 python3-numpy python3-pandas

LINKED  := array csv frame sqlite
SRC     := host/modules.c host/lua_module.c $(filter-out host/kernel/%,$(wildcard host/*/*.c)) $(wildcard $(LINKED:%=stdlib/%/*.c))
OBJ     := $(SRC:%.c=$(B)/%.o) $(B)/scripts.o $(B)/empty_db.o
TEMPLATES := $(shell find stdlib/templates -type f 2>/dev/null)
SCRIPTS := $(sort $(TEMPLATES) $(wildcard lua/*.lua lua/*/*.lua lua/*/*/*.lua lua/*/*/*/*.lua lua/show/draw/*.css lua/show/draw/*.js lua/show/draw/*.html stdlib/*.lua stdlib/*/*.lua materializers/*.lua host/meta/schema.sql))
comma   := ,
BATTERY := $(filter-out learn $(LINKED),$(sort $(notdir $(patsubst %/,%,$(dir $(wildcard stdlib/*/*.c))))))
MODULES := $(BATTERY:%=$(B)/%.so)

# the library: its version, its real file, its soname
VERSION := $(shell sed -n 's/^.define RILLE_VERSION "\(.*\)"/\1/p' host/rille.h)
REAL    := librille.so.$(VERSION)
SONAME  := librille.so.0

# a bare make uses all processors; a number that was given counts, for a make within a make too
ifeq ($(MAKECMDGOALS),)
MAKEFLAGS += -j$(shell nproc)
endif
PARALLEL = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

all: $(B)/rille $(B)/librille.a $(B)/$(REAL) $(B)/librille.so $(B)/rille.so $(B)/rille.1 $(MODULES)

PROGRAM := $(addprefix $(B)/host/,main.o program_signals.o line_editor.o line_input.o entry_guard.o) $(patsubst %.c,$(B)/%.o,$(wildcard host/kernel/*.c))
$(B)/rille: $(PROGRAM) $(B)/parts.a
	$(CC) $(SAN) -rdynamic -o $@ $(PROGRAM) -Wl,--whole-archive $(B)/parts.a -Wl,--no-whole-archive $(STATIC) $(SYS)

# every function of ours, for the program and the tests
$(B)/parts.a: $(OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

# one object whose names are those of rille.h: a host may call its own what it likes
$(B)/librille.a: $(OBJ)
	@rm -f $@
	$(LD) -r -o $(B)/librille.o $^
	$(OBJCOPY) --localize-hidden $(B)/librille.o
	$(AR) rcs $@ $(B)/librille.o
	@rm -f $(B)/librille.o

# the names that a host sees of a shared library, under their version
EXPORT   = printf '$(1) { global: $(2); local: *; };\n' > $@.map; \
           $(CC) $(SAN) -shared -Wl,--version-script=$@.map -Wl,-Bsymbolic $(3) -o $@ $(OBJ)
$(B)/$(REAL): $(OBJ)
	$(call EXPORT,RILLE_0,rille_*; luaopen_rille*,-Wl$(comma)-soname$(comma)$(SONAME)) -llua5.4 $(SHARED) $(SYS)

$(B)/$(SONAME): $(B)/$(REAL)
	ln -sf $(REAL) $@

$(B)/librille.so: $(B)/$(SONAME)
	ln -sf $(SONAME) $@

# no Lua of its own: that of the Lua that loads it is used
$(B)/rille.so: $(OBJ)
	$(call EXPORT,RILLE_0,luaopen_rille*) $(SHARED) $(SYS)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) -c -o $@ $<

# loops over numbers: -O2 of gcc leaves most of them unvectorised
$(patsubst %,$(B)/stdlib/array/array_%.o,copy reader op reduce pairwise axis transposed dot): OPT += -O3

$(B)/scripts.o: $(B)/scripts.c
	$(CC) -std=c11 -Ihost $(LUAINC) -fPIC -fvisibility=hidden -c -o $@ $<

$(B)/scripts.c: $(B)/embed $(SCRIPTS) $(B)/scripts.list
	$(B)/embed $(SCRIPTS) > $@.tmp && mv $@.tmp $@

# an empty database, so that no run has to make one by its statements
$(B)/empty_db.o: $(B)/empty_db.c
	$(CC) -std=c11 -Ihost -fPIC -fvisibility=hidden -c -o $@ $<

$(B)/empty_db.c: $(B)/empty_db host/meta/schema.sql
	$(B)/empty_db host/meta/schema.sql > $@.tmp && mv $@.tmp $@

$(B)/empty_db: host/tool_empty_db.c $(SRC:%.c=$(B)/%.o)
	$(CC) $(ALLFLAGS) -o $@ $^ $(STATIC) $(SYS)

# changes when the set of scripts does, so that a removed file is noticed
$(B)/scripts.list: FORCE
	@mkdir -p $(@D)
	@echo '$(SCRIPTS)' | cmp -s - $@ || echo '$(SCRIPTS)' > $@

$(B)/embed: host/tool_embed.c host/embedded/embedded.h host/embedded/module_name.c host/base/buf.c host/base/err.c
	@mkdir -p $(@D)
	$(CC) $(WARN) -D_GNU_SOURCE -O1 -Ihost $(LUAINC) -o $@ $(filter %.c,$^) -Wl,-Bstatic -llua5.4 -Wl,-Bdynamic -lm -ldl

# a module has what it needs of the base compiled in, for it cannot see the host's;
# LIBS_NAME is what it links
LIBS_svm := -lsvm
LIBS_linear := -llinear -llapack
LIBS_pca := -llapack
LIBS_http := -lmicrohttpd -lpthread
define module
$(B)/$(1).so: $$(wildcard stdlib/$(1)/*.[ch] stdlib/learn/*.[ch]) host/base/err.c host/base/err.h stdlib/array/array.h
	@mkdir -p $$(@D)
	$$(CC) $$(filter-out -MMD -MP,$$(ALLFLAGS)) -fvisibility=default -shared -o $$@ $$(filter %.c,$$^) $$(LIBS_$(1)) -lm
endef
$(foreach name,$(BATTERY),$(eval $(call module,$(name))))

include tests/rules.mk

deps:
	@sh tests/deps $(DEBS)

testdeps:
	@sh tests/deps $(DEBS) $(TESTDEBS)

benchdeps:
	@sh tests/deps $(DEBS) $(BENCHDEBS)

demo: deps
	@$(MAKE) --no-print-directory -s $(PARALLEL) all
	@sh examples/demo.sh $(B)/rille

test: testdeps check

check:
	@$(MAKE) --no-print-directory -s $(PARALLEL) parts
	@B=$(B) sh tests/run

asan: testdeps
	@$(MAKE) --no-print-directory $(ASAN) check

tsan: deps threads
	@for form in shared static; do RILLE_ROUNDS=$${RILLE_ROUNDS:-200} $(B)/tsan/tests/embed/thread_$${form}_test || exit 1; done

fuzz: deps
	@$(MAKE) --no-print-directory -s $(FUZZ) fuzzers
	@B=build/fuzz sh tests/fuzz/run $(FUZZERS)

bench: all
	@B=$(B) sh tests/bench/run

counts: all
	@B=$(B) sh tests/bench/counts

strings: all
	@B=$(B) $(B)/rille tests/source/strings.lua

man: $(B)/rille.1
$(B)/rille.1: $(B)/rille
	$(B)/rille -q -e 'io.write(require("rille.help.man").page(require "rille.commands"))' > $@.tmp && mv $@.tmp $@

# what install puts below PREFIX
INSTALLED = bin/rille include/rille.h include/rille_lua.h \
            $(addprefix $(LIBDIR)/,librille.a $(REAL) $(SONAME) librille.so pkgconfig/rille.pc) \
            lib/lua/5.4/rille.so $(patsubst $(B)/%,lib/rille/%,$(MODULES)) \
            share/bash-completion/completions/rille share/zsh/site-functions/_rille \
            share/fish/vendor_completions.d/rille.fish share/man/man1/rille.1 share/doc/rille/LICENSE \
            $(STUBS:lua/%=share/rille/%)
OWN       = lib/rille share/rille/library/rille share/rille/library share/rille share/doc/rille
STUBS    := $(wildcard lua/library/*.lua lua/library/*/*.lua)
TO        = $(DESTDIR)$(PREFIX)
# rille.pc.  What links the archive by the flags of pkg-config --static needs a folder without librille.so, or names it:
# -Wl,--as-needed host.c $(pkg-config --variable=archive rille) $(pkg-config --static --libs rille)
PC        = 'prefix=$(PREFIX)' 'libdir=$${prefix}/$(LIBDIR)' 'includedir=$${prefix}/include' \
            'archive=$${libdir}/librille.a' '' 'Name: rille' 'Description: embeddable pipeline engine' \
            'Version: $(VERSION)' 'Requires.private: $(REQUIRES)' 'Libs: -L$${libdir} -lrille' \
            'Libs.private: $(SYS)' 'Cflags: -I$${includedir}'

install: all
	install -d $(addprefix $(TO)/,$(sort $(dir $(INSTALLED))))
	install $(B)/rille $(TO)/bin
	install -m 644 host/rille.h host/rille_lua.h $(TO)/include
	install -m 644 $(B)/librille.a $(B)/$(REAL) $(TO)/$(LIBDIR)
	ln -sf $(REAL) $(TO)/$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(TO)/$(LIBDIR)/librille.so
	printf '%s\n' $(PC) > $(TO)/$(LIBDIR)/pkgconfig/rille.pc
	install -m 644 $(MODULES) $(TO)/lib/rille
	install -m 644 $(B)/rille.so $(TO)/lib/lua/5.4
	$(B)/rille completion bash > $(TO)/share/bash-completion/completions/rille
	$(B)/rille completion zsh > $(TO)/share/zsh/site-functions/_rille
	$(B)/rille completion fish > $(TO)/share/fish/vendor_completions.d/rille.fish
	install -m 644 $(wildcard lua/library/*.lua) $(TO)/share/rille/library
	install -m 644 $(wildcard lua/library/rille/*.lua) $(TO)/share/rille/library/rille
	install -m 644 $(B)/rille.1 $(TO)/share/man/man1
	install -m 644 .packaging/LICENSE $(TO)/share/doc/rille

# build/deb/*.deb
deb:
	+@DEVDEBS='$(filter %-dev,$(filter-out libc6-dev libsvm-dev liblinear-dev liblapack-dev libmicrohttpd-dev,$(DEBS)))' sh .packaging/deb

# lintian, and a fresh Debian in which the packages are installed and tried: needs root and a mirror
deb-check: deb
	@sh .packaging/deb-check

# what .packaging/rille-*.rockspec installs
rock: $(B)/rille.so $(B)/tree.so

# rille built by luarocks in a tree of its own, and tried in a stock Lua
rock-check:
	@sh .packaging/rock-check

# takes away those files and rille's own folders, and nothing else
uninstall:
	rm -f $(addprefix $(TO)/,$(INSTALLED))
	rmdir $(addprefix $(TO)/,$(OWN)) 2>/dev/null || true

clean:
	rm -rf build

FORCE:
.PHONY: all deps testdeps benchdeps demo test check asan tsan fuzz bench counts strings man deb deb-check rock rock-check install uninstall clean FORCE
-include $(wildcard $(B)/host/*.d $(B)/host/*/*.d $(B)/stdlib/*/*.d $(B)/tests/*/*.d $(B)/tests/*/*/*.d)
