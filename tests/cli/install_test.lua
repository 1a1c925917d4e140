-- make install and make uninstall, below a DESTDIR.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local scratch = require "scratch"

local quoted = scratch.quoted

-- Runs make in the source tree; what was built is taken as it is.
local function make(project, target)
  return project:sh(string.format("make -s -o all -C %s B=%s DESTDIR=%s PREFIX=/opt %s", quoted(paths.root),
    quoted(paths.build), quoted(project:path "to"), target))
end

local function installed(project) return project:sh("cd to && find . ! -type d | LC_ALL=C sort").out end

check.test("what make install put there, make uninstall takes away, and nothing else", function()
  local project <close> = scratch.new()
  project:sh "mkdir -p to/opt/bin to/opt/lib/rille && touch to/opt/bin/other to/opt/lib/rille/mine.so"
  local r = make(project, "install")
  check.eq({ r.code, r.err }, { 0, "" })
  local files = installed(project)
  for _, name in ipairs { "bin/rille", "include/rille.h", "lib/librille.so.0", "lib/librille.so", "lib/rille/svm.so",
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

check.done()
