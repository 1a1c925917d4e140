-- make install and make uninstall, below a DESTDIR.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local scratch = require "scratch"

local quoted = scratch.quoted

-- Runs make in the source tree; what was built is taken as it is.
local function make(project, target, where)
  return project:sh(string.format("make -s -o all -C %s B=%s %s %s", quoted(paths.root), quoted(paths.build),
    where or "DESTDIR=" .. quoted(project:path "to") .. " PREFIX=/opt", target))
end

local function installed(project) return project:sh("cd to && find . ! -type d | LC_ALL=C sort").out end

check.test("what make install put there, make uninstall takes away, and nothing else", function()
  local project <close> = scratch.new()
  project:sh "mkdir -p to/opt/bin to/opt/lib/rille && touch to/opt/bin/other to/opt/lib/rille/mine.so"
  local r = make(project, "install")
  check.eq({ r.code, r.err }, { 0, "" })
  local files = installed(project)
  for _, name in ipairs { "bin/rille", "include/rille.h", "include/rille_lua.h", "lib/librille.a",
    "lib/librille.so.0.1.0", "lib/librille.so.0", "lib/librille.so", "lib/rille/svm.so",
    "lib/lua/5.4/rille.so", "lib/pkgconfig/rille.pc",
    "share/bash-completion/completions/rille", "share/zsh/site-functions/_rille",
    "share/fish/vendor_completions.d/rille.fish", "share/man/man1/rille.1",
    "share/rille/library/rille.lua", "share/rille/library/rille/csv.lua" } do
    check.has(files, "./opt/" .. name .. "\n")
  end
  r = make(project, "uninstall")
  check.eq({ r.code, r.err }, { 0, "" })
  check.eq(installed(project), "./opt/bin/other\n./opt/lib/rille/mine.so\n")
  project:sh "rm to/opt/lib/rille/mine.so"
  make(project, "install")
  make(project, "uninstall")
  check.eq(project:sh("ls to/opt/lib").out:match "rille%f[%s]", nil, "rille's own folder is gone")
end)

check.test("the installed program runs a script that uses a battery in C", function()
  local project <close> = scratch.new()
  make(project, "install")
  project:write("a.lua", 'local array, svm = require "rille.array", require "rille.svm"\n'
    .. "print(svm.SVC.fit(array.from { { 0, 0 }, { 9, 9 } }, array.from { 1, 2 }):predict(array.from { { 8, 8 } })[1])")
  local r = project:sh "to/opt/bin/rille a.lua"
  check.eq({ r.code, r.out }, { 0, "2\n" }, r.err)
  project:sh "to/opt/bin/rille init"
  check.has(project:read ".luarc.json", '"' .. project.dir .. '/to/opt/share/rille/library"')
  check.eq(project:sh("to/opt/bin/rille --version").out:match "^rille %d", "rille 0")
end)

-- A host that is told which flags it needs by pkg-config alone.
local HOST <const> = [[
#include <rille_lua.h>
#include <stdio.h>
#include <string.h>
int
main(void)
{
    rille_engine *e;
    const char *text = "local rille = require 'rille' assert(rille.step)";
    int rc = rille_open(&e, "store", NULL);

    rc = rc ? rc : rille_load_string(e, NULL, text, strlen(text));
    printf("%s %d%s\n", rille_version(), rc, rille_errmsg(e));
    rille_close(e);
    return rc != 0 || LUA_VERSION_NUM != 504;
}
]]

-- An installed library, and what the host prints that is built with it by the command.
local function hosted(command, before)
  if not os.execute "command -v pkg-config >/dev/null" then check.cannot "pkg-config is not installed" end
  if paths.build:find "asan" then check.cannot "a library with sanitizers needs more than its own flags" end
  local project <close> = scratch.new()
  make(project, "install", "PREFIX=" .. quoted(project:path "to"))
  project:write("host.c", HOST)
  local r = project:sh("export PKG_CONFIG_PATH=$PWD/to/lib/pkgconfig LD_LIBRARY_PATH=$PWD/to/lib\n"
    .. (before or "") .. command .. " && ./host && ldd ./host")
  check.eq(r.code, 0, r.err)
  return r.out
end

check.test("pkg-config has the version, and the flags of a host with the shared library", function()
  local out = hosted "pkg-config --modversion rille && cc -o host host.c $(pkg-config --cflags --libs rille)"
  check.eq(out:match "^[^\n]*\n[^\n]*\n", "0.1.0\n0.1.0 0\n")
  check.has(out, "librille.so.0")
end)

check.test("pkg-config --static has those of a host with the archive", function()
  local out = hosted("cc -o host host.c $(pkg-config --static --cflags --libs rille)", "rm to/lib/librille.so*\n")
  check.eq(out:match "^[^\n]*\n", "0.1.0 0\n")
  check.eq(out:find "librille", nil)
  check.has(out, "liblua5.4.so")
end)

check.test("the archive is linked by its name, too, where the shared library is installed", function()
  local out = hosted("cc -o host -Wl,--as-needed host.c $(pkg-config --variable=archive rille) "
    .. "$(pkg-config --static --cflags --libs rille)")
  check.eq(out:match "^[^\n]*\n", "0.1.0 0\n")
  check.eq(out:find "librille", nil)
end)

check.done()
