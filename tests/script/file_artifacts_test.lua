-- Files and folders as artifacts: names, executable bits, links, what cannot be kept;
-- and artifacts whose bytes in the store were damaged behind a hit.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"
local json = require "rille.json"

local function statuses(p)
  local parts = {}
  for _, one in ipairs(json.decode((p:ok("show p@-1 --json"))).steps) do
    parts[#parts + 1] = one.id .. "=" .. one.status
  end
  return table.concat(parts, " ")
end

check.test("a program that one step makes can be started by the next, from the cache too", function()
  local p <close> = scratch.script [[
    local build = step "build" { outputs = { t.dir "d", t.file "f" },
      command = "mkdir {outputs.d}; printf '#!/bin/sh\necho hi\n' > {outputs.d}/tool; chmod +x {outputs.d}/tool; cp -p {outputs.d}/tool {outputs.f}; touch {outputs.d}/plain" }
    local run = step "run" { inputs = { t.dir "d", t.file "f" }, outputs = { t.string "o" }, params = { n = 1 },
      command = "{inputs.d}/tool > {outputs.o}; {inputs.f} >> {outputs.o}; test -x {inputs.d}/plain || echo plain >> {outputs.o}" }
    return pipeline "p" { params = { n = 1 }, define = function(p) local b = build() run { d = b.d, f = b.f, n = p.n } end }]]
  p:ok("-q run main.lua")
  check.eq(p:ok("artifact get p::run::o"), "hi\nhi\nplain\n")
  p:ok("-q run main.lua --set n=2")
  check.eq(statuses(p), "build=cached run=completed")
  p:ok("artifact get p::build::d -o out")
  p:ok("artifact get p::build::f -o tool")
  check.eq(p:sh("out/files/tool && ./tool && test ! -x out/files/plain").out, "hi\nhi\n")
end)

check.test("an executable bit is part of an artifact: without it the step behind runs again", function()
  local p <close> = scratch.script [[
    local use = step "use" { inputs = { t.dir "d", t.file "f" }, outputs = { t.integer "n" }, cache = true, run = function(d, f) return #d:files() end }
    return pipeline "p" { define = function() use { d = rille.dir "d", f = rille.file "f" } end }]]
  p:sh "mkdir d && echo x >d/tool && echo x >f && chmod +x d/tool f"
  p:ok("-q run main.lua")
  p:ok("-q run main.lua")
  check.eq(statuses(p), "use=cached")
  p:sh "chmod -x d/tool"
  p:ok("-q run main.lua")
  check.eq(statuses(p), "use=completed")
  p:sh "chmod -x f"
  p:ok("-q run main.lua")
  check.eq(statuses(p), "use=completed")
end)

check.test("every name that Linux allows is kept and comes back", function()
  local p <close> = scratch.script [[
    local NAMES = { "a\\b", "a\tb", "a\nb", "a\x7fb", "a b", "50%25", "latin \xe9", "\xff", "ünï", ("n"):rep(255), "-o", "'" }
    local mk = step "mk" { outputs = { t.dir "d" }, run = function(_, ctx)
      for _, name in ipairs(NAMES) do local f = assert(io.open(ctx:output_uri() .. "/" .. name, "w")) f:write(name) f:close() end end }
    local use = step "use" { inputs = { t.dir "d" }, outputs = { t.integer "n" }, run = function(d)
      local n = 0
      for _, name in ipairs(d:files()) do local f <close> = assert(io.open(d.path .. "/" .. name)) if f:read "a" == name then n = n + 1 end end
      return n end }
    return pipeline "p" { define = function() use { d = mk() } end }]]
  p:ok("-q run main.lua")
  check.eq(p:ok("artifact get p::use::n"), "12")
  p:ok("artifact get p::mk::d -o out")
  check.eq(p:sh("cd out && sha256sum --quiet -c SHA256SUMS").code, 0)
  check.eq(p:sh("find out/files -type f | tr -cd '\\000' | wc -c; find out/files -type f -printf x | wc -c").out,
    "0\n12\n")
end)

check.test("a file of a name of 255 bytes is an input", function()
  local p <close> = scratch.script [[
    local s = step "s" { inputs = { t.file "f" }, outputs = { t.string "c" }, run = function(f) return f:read() end }
    return pipeline "p" { define = function() s { f = rille.file(("x"):rep(255)) } end }]]
  p:sh "printf hi >$(printf 'x%.0s' $(seq 255))"
  p:ok("-q run main.lua")
  check.eq(p:ok("artifact get p::s::c"), "hi")
  p:ok("artifact get p::s::c -o $(printf 'y%.0s' $(seq 255))")
end)

check.test("links in a folder stay links, a dangling one too; one that leads out is taken as what it leads to",
  function()
  local p <close> = scratch.script [[
    local mk = step "mk" { outputs = { t.dir "d" }, command =
      "mkdir {outputs.d}; cd {outputs.d}; echo 1 > a; ln -s a inside; ln -s . here; ln -s /nonexistent/x gone; ln -s {inputs.f} out", inputs = { t.file "f" } }
    local see = step "see" { inputs = { t.dir "d" }, outputs = { t.string "o" }, params = { n = 1 },
      command = "cd {inputs.d}; readlink inside here gone > {outputs.o}; test -L out || cat out >> {outputs.o}" }
    return pipeline "p" { define = function() see { d = mk { f = rille.file "f.txt" } } end }]]
  p:write("f.txt", "from outside\n")
  p:ok("-q run main.lua")
  check.eq(p:ok("artifact get p::see::o"), "a\n.\n/nonexistent/x\nfrom outside\n")
  p:ok("-q run main.lua")
  check.eq(statuses(p), "mk=cached see=cached")
end)

check.test("a dangling link whose target appears is a miss", function()
  local p <close> = scratch.script [[
    local mk = step "mk" { outputs = { t.dir "d" }, params = { to = "" }, command = "mkdir {outputs.d}; ln -s {params.to} {outputs.d}/link" }
    local see = step "see" { inputs = { t.dir "d" }, outputs = { t.string "o" }, command = "cat {inputs.d}/link > {outputs.o} || echo nothing > {outputs.o}" }
    return pipeline "p" { define = function() see { d = mk { to = os.getenv "PWD" .. "/target" } } end }]]
  p:ok("-q run main.lua")
  check.eq(p:ok("artifact get p::see::o"), "nothing\n")
  p:write("target", "now")
  p:ok("-q run main.lua")
  check.eq(p:ok("artifact get p::see::o"), "now")
end)

check.test("a pipe in an input folder is refused by name before any step runs", function()
  local p <close> = scratch.script [[
    local first = step "first" { outputs = { t.integer "n" }, run = function() io.open("ran", "w"):close() return 1 end }
    local use = step "use" { inputs = { t.dir "d", t.integer "n" }, outputs = { t.integer "m" }, run = function(d, n) return n end }
    return pipeline "p" { define = function() use { d = rille.dir "d", n = first() } end }]]
  p:sh "mkdir d && echo 1 >d/a && mkfifo d/pipe"
  local _, err = p:ok("-q run main.lua", 3)
  check.has(err, "d/pipe is a pipe, socket or device")
  check.eq(p:read "ran", nil)
  p:sh "rm d/pipe"
  p:ok("-q run main.lua")
end)

check.test("a pipe that a step leaves in its folder is left out, and the run says so", function()
  local p <close> = scratch.script [[
    local mk = step "mk" { outputs = { t.dir "d" }, command = "mkdir {outputs.d}; echo 1 > {outputs.d}/a; mkfifo {outputs.d}/pipe" }
    local n = step "n" { inputs = { t.dir "d" }, outputs = { t.string "o" }, run = function(d) return table.concat(d:files(), " ") end }
    return pipeline "p" { define = function() n { d = mk() } end }]]
  local _, err = p:ok("run main.lua")
  check.has(err, "pipe is a pipe, socket or device, which cannot be kept: it is left out of the artifact")
  check.eq(p:ok("artifact get p::n::o"), "a")
end)

check.test("rille.dir of the project leaves the store out", function()
  local p <close> = scratch.script [[
    local n = step "n" { inputs = { t.dir "d" }, outputs = { t.string "o" }, run = function(d) return table.concat(d:files(), " ") end }
    return pipeline "p" { define = function() n { d = rille.dir "." } end }]]
  p:ok("-q run main.lua")
  check.eq(p:ok("artifact get p::n::o"), "main.lua")
  p:ok("-q run main.lua")
  check.eq(statuses(p), "n=cached")
end)

if os.execute "command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null" then
  check.test("copies of an input's files are not synced to the disk, one by one", function()
    local p <close> = scratch.script [[
      local n = step "n" { inputs = { t.dir "d" }, outputs = { t.integer "n" }, run = function(d) return #d:files() end }
      return pipeline "p" { define = function() n { d = rille.dir "d" } end }]]
    p:sh "mkdir d; for i in $(seq 200); do echo $i >d/f$i; done"
    local r = p:sh('ASAN_OPTIONS=detect_leaks=0 strace -f -o trace -e trace=fsync,fdatasync,syncfs "$RILLE" -q '
      .. 'run main.lua; grep -c sync trace')
    check.ok(tonumber(r.out) and tonumber(r.out) < 20, r.out .. r.err)
  end)
else
  check.skip("copies of an input's files are not synced to the disk, one by one", "there is no strace here")
end

-- Bytes in the store ------------------------------------------------------------------

local LEAF = [[
  local big = step "big" { outputs = { t.string "o" }, params = { n = 20000 }, run = function(p) return ("abcdefgh"):rep(p.n) end }
  local raw = step "raw" { outputs = { t.array "a" }, run = function() return require("rille.array").arange(20000) end }
  return pipeline "p" { define = function() big() raw() end }]]

local function object_of(p, what)
  local a = json.decode((p:ok("show " .. what .. " --json")))
  return (a.uri:gsub("^file://", ""))
end

for _, what in ipairs { "p::big::o", "p::raw::a" } do
  for name, damage in pairs {
    ["gone"] = "rm -f %s", ["cut short"] = "chmod u+w %s; truncate -s 100 %s", ["empty"] = "chmod u+w %s; : > %s",
    ["a flipped byte"] = "chmod u+w %s; printf X | dd of=%s bs=1 seek=50 conv=notrunc status=none",
    ["a folder in its place"] = "rm -f %s; mkdir %s",
    ["a folder with files in its place"] = "rm -f %s; mkdir %s; touch %s/x",
    ["a link to nowhere"] = "ln -sf /nonexistent %s", ["a pipe"] = "rm -f %s; mkfifo %s" } do
    check.test(what .. ": an object behind a hit that is " .. name .. " is noticed and made again", function()
      local p <close> = scratch.script(LEAF)
      p:ok("-q run main.lua")
      local path = object_of(p, what)
      p:sh((damage:gsub("%%s", scratch.quoted(path))))
      p:ok("-q run main.lua")
      check.has(statuses(p), what:match "::(%a+)::" .. "=completed")
      p:ok("artifact verify")
      p:ok("-q run main.lua")
      check.eq(statuses(p), "big=cached raw=cached")
    end)
  end
end

check.test("a file in the place of a folder of objects is told, and goes when the step makes them again", function()
  local p <close> = scratch.script(LEAF)
  p:ok("-q run main.lua")
  p:sh "for d in .rille/objects/??; do rm -rf $d; echo x > $d; done"
  for _, command in ipairs { "fsck", "artifact verify", "artifact get p::big::o -o out" } do
    local r = p:rille(command)
    check.eq(r.code, 5, command .. ": " .. r.out .. r.err)
    check.has(r.out .. r.err, "a file is where its folder should be")
  end
  p:ok("-q run main.lua")
  check.eq(statuses(p), "big=completed raw=completed")
  p:ok("fsck")
  p:ok("-q run main.lua")
  check.eq(statuses(p), "big=cached raw=cached")
end)

check.test("an object that is touched, not changed, is a hit", function()
  local p <close> = scratch.script(LEAF)
  p:ok("-q run main.lua")
  p:sh("touch " .. scratch.quoted(object_of(p, "p::big::o")))
  p:ok("-q run main.lua")
  check.eq(statuses(p), "big=cached raw=cached")
end)

check.test("artifact get makes empty folders, too, also of a folder that is empty itself", function()
  local p <close> = scratch.script [[
  local mk = step "mk" { cache = "always", outputs = { t.dir "d", t.dir "e" }, run = function(_, ctx)
    os.execute("cd '" .. ctx:output_uri "d" .. "' && mkdir -p a/b 'odd\\name' && echo x > f && ln -s a l")
    ctx:output_uri "e"
  end }
  return pipeline "p" { define = function() mk() end }]]
  p:ok("-q run main.lua")
  p:ok("artifact get p::mk::d -o out")
  check.eq(p:sh("cd out/files && find . | sort").out, ".\n./a\n./a/b\n./f\n./l\n./odd\\name\n")
  check.eq(p:sh("cd out && sha256sum -c --quiet SHA256SUMS").code, 0)
  p:ok("artifact get p::mk::e -o none")
  check.eq(p:sh("cd none && ls").out, "SHA256SUMS\nfolder.json\n")
end)

check.done()
