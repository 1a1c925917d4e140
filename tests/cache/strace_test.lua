-- What strace sees of the processes of a step, against the facts that are recorded of
-- it: each file that one of them opens, asks about, lists or starts is a fact, or
-- stands on the list below with the reason why it need not be.
--
-- Each of 50 scripts has one step and is run by workers, so that the first process is
-- the program, which plans, and all others are the step's.  What strace shows is what
-- the kernel was asked for, whatever the observer sees.  RILLE_SEED makes other scripts,
-- RILLE_KEEP=1 prints every access that is not a fact, with the reason it is let pass.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"
local json = require "rille.json"

local SCRIPTS <const> = 50

-- Doors ------------------------------------------------------------------------------
--
-- Small pieces of a step's function, each a way to reach the world; `s` gathers what
-- they found.  d is a folder with a, b.txt, sub/c and a link; all files are made by
-- SETUP.  Of k.txt, code.lua, t.csv and the files that are not there each door has one of
-- its own (k7.txt), so that no other door's fact stands for its own.

local DOORS = {
  { "io.open", [[local f = io.open "k.txt" s = s .. f:read "a" f:close()]] },
  { "io.open of what is not there", [[s = s .. tostring(io.open "none.txt")]] },
  { "io.open in a folder that is not there", [[s = s .. tostring(io.open "none/x.txt")]] },
  { "io.open through a link", [[local f = io.open "link.txt" s = s .. f:read "a" f:close()]] },
  { "io.open of a path in full", [[local f = io.open(BASE .. "/k.txt") s = s .. f:read "a" f:close()]] },
  { "io.lines", [[for l in io.lines "k.txt" do s = s .. l end]] },
  { "io.lines of what is not there", [[s = s .. tostring(pcall(io.lines, "none.txt"))]] },
  { "io.input", [[io.input "k.txt" s = s .. io.read "a"]] },
  { "lines of a file", [[local f = io.open "k.txt" for l in f:lines() do s = s .. l end f:close()]] },
  { "a file written and read",
    [[local f = io.open("out.txt", "w") f:write "1" f:close() f = io.open "out.txt" s = s .. f:read "a" f:close()]] },
  { "io.output", [[local old = io.output() io.output "out2.txt" io.write "1" io.close() io.output(old)]] },
  { "a file in ctx.tmpdir",
    [[local f = io.open(ctx.tmpdir .. "/x", "w") f:write "1" f:close() for l in io.lines(ctx.tmpdir .. "/x") do ]]
      .. [[s = s .. l end]] },
  { "os.remove", [[local f = io.open("gone.txt", "w") f:close() os.remove "gone.txt"]] },
  { "os.getenv", [[s = s .. tostring(os.getenv "RILLE_CASE")]] },
  { "require", [[s = s .. require("mod").x]] },
  { "require of what requires", [[s = s .. require("outer").y]] },
  { "require of a folder's init", [[s = s .. require("pack").z]] },
  { "require of what is not there", [[s = s .. tostring(pcall(function() return require "nomod" end))]] },
  { "dofile", [[s = s .. tostring(dofile "code.lua")]] },
  { "loadfile", [[s = s .. tostring(loadfile("code.lua")())]] },
  { "loadfile of what is not there", [[s = s .. tostring(loadfile "none.lua")]] },
  { "rille.file", [[s = s .. rille.file("k.txt"):read()]] },
  { "rille.dir", [[s = s .. table.concat(rille.dir("d"):files(), " ")]] },
  { "rille.file of what is not there", [[s = s .. tostring(pcall(rille.file, "none.txt"))]] },
  { "csv.read", [[s = s .. require("rille.csv").read("t.csv").n_rows]] },
  { "csv.chunks", [[for f in require("rille.csv").chunks("t.csv", { rows = 1 }) do s = s .. f.n_rows end]] },
  { "csv.write", [[require("rille.csv").write(require("rille.csv").decode "a\n1\n", "made.csv")]] },
  { "array.load", [[s = s .. require("rille.array").load("x.npy"):sum()]] },
  { "array.save", [[require("rille.array").save(require("rille.array").from { 1, 2 }, "made.npy")]] },
  { "a battery",
    [[s = s .. tostring(require("rille.svm").SVC ~= nil) .. tostring(require("rille.tree") ~= nil) .. ]]
      .. [[tostring(require("rille.linear") ~= nil)]] },
  { "JSON and YAML",
    [[local f = io.open "c.json" s = s .. require("rille.json").decode(f:read "a").a f:close() f = io.open ]]
      .. [["c.yaml" s = s .. require("rille.yaml").decode(f:read "a").a f:close()]] },
  { "dates and metrics",
    [[s = s .. tostring(require("rille.frame").new { { "d", { "2024-01-01" } } }.n_rows) .. tostring(require ]]
      .. [["rille.metrics" ~= nil) .. tostring(require "rille.split" ~= nil)]] },
  { "a command in a step", [[s = s .. CAT()]] },
  { "random numbers", [[s = s .. math.random(1, 9)]] },
}

-- Commands: words or a text, and what reads beyond a file for each.
local COMMANDS = {
  [[{ "cat", "k.txt" }]], [[{ "sh", "-c", "cat k.txt" }]], [[{ "env", "A=1", "timeout", "5", "cat", "k.txt" }]],
  [[{ "./tool" }]], [[{ "./envtool" }]], [[{ "cat", "link.txt" }]],
  [[{ "find", "d" }]], [[{ "ls", "d" }]], [[{ "grep", "-r", "a", "d" }]], [["cat k.txt | sort | uniq -c"]],
  [["for f in d/*; do [ -f $f ] && cat \"$f\"; done; true"]],
  [["cd d && cat a"]], [[". ./lib.sh"]], [["cat none.txt d/*.none || true"]], [["command -v mine || echo none"]],
  [["F=k; cat < $F.txt"]], [["./tool; sh work.sh"]],
  [[{ "awk", "{ print $1 }", "k.txt" }]], [[{ "sed", "s/x/y/", "k.txt" }]], [["find d -type f -exec cat {} +"]],
  [["cat <<EOF\n$(cat k.txt)\nEOF"]], [["echo 1 > made.txt; cat made.txt"]],
  [["cat {inputs.text} k.txt"]], [["cat .hidden* d/.h/x"]], [["test -x tool && test -d d && echo yes"]],
  [[{ "bash", "-c", "f() { cat \"$1\" \"${2%x}\"; }; f k.txt link.txtx; for i in d/*.txt; do cat \"$i\"; done" }]],
}

local SETUP <const> = [[
echo k > k.txt; echo k > .hidden; echo 1 > made.txt; echo c > d.csv; ln -s k.txt link.txt; mkdir -p d/sub d/.h pack lib
echo a > d/a; echo b > d/b.txt; echo c > d/sub/c; echo h > d/.h/x; ln -s a d/link; ln -s none d/dangling
echo 'return { x = 1 }' > mod.lua; echo 'return { x = 2 }' > inner.lua; echo 'local m = require "inner" for l in io.lines "k.txt" do m.l = l end return { y = m.x }' > outer.lua
echo 'return { z = 1 }' > pack/init.lua; for i in $(seq DOORS); do echo k > k$i.txt; echo "return $i" > code$i.lua; printf 'a,b\n1,2\n3,4\n' > t$i.csv; done; echo '{"a":1}' > c.json; echo 'a: 1' > c.yaml
printf '#!/bin/sh\necho t\n' > tool; printf '#!/usr/bin/env -S sh\necho e\n' > envtool; chmod +x tool envtool; echo 'cat k.txt' > lib.sh; echo 'echo w' > work.sh
"$RILLE" -e 'require("rille.array").save(require("rille.array").from { 1.0, 2.0 }, "x.npy")']]

local HEAD <const> = [[
local rille = require "rille"
local t = rille.types
local cat = rille.step "cat" { outputs = { t.string "o" }, command = { "cat", "k.txt" }, stdout = "o" }
]]

local function own_files(door)
  for i, one in ipairs(DOORS) do
    if one == door then
      return (door[2]:gsub("%f[%w]([kt])%.(%a+)", "%1" .. i .. ".%2"):gsub("none%.", "none" .. i
        .. "."):gsub("code%.lua", "code" .. i .. ".lua"))
    end
  end
end

local function function_script(base, doors)
  local lines = { HEAD,
    "local work = rille.step 'work' { inputs = { t.any 'x' }, outputs = { t.string 'out' }, run = function(x, _, ctx)",
    "  local s = ''" }
  for _, door in ipairs(doors) do
    lines[#lines + 1] = "  do " .. own_files(door):gsub("BASE", string.format("%q", base)):gsub("CAT", "cat") .. " end"
  end
  lines[#lines + 1] = "  return s\nend }\nreturn rille.pipeline 'p' { define = function() work { x = 1 } end }\n"
  return table.concat(lines, "\n")
end

local function command_script(command)
  local input = command:find("inputs.text", 1, true)
  return HEAD .. "local work = rille.step 'work' { " .. (input and "inputs = { t.string 'text' }, " or "")
    .. "outputs = { t.string 'out' }, stdout = 'out', command = " .. command
    .. " }\nreturn rille.pipeline 'p' { define = function() work { " .. (input and "text = 'given'" or "")
      .. " } end }\n"
end

-- Every door alone is in some script; the rest are four doors drawn together.
local function scripts(base)
  local list = {}
  for _, command in ipairs(COMMANDS) do list[#list + 1] = { name = command, text = command_script(command) } end
  local state = tonumber(os.getenv "RILLE_SEED") or 1
  local function draw(n)
    state = (state * 1103515245 + 12345) % 2147483648
    return state // 65536 % n + 1
  end
  local left = SCRIPTS - #list
  local each = math.ceil(#DOORS / left)
  for i = 1, left do
    local doors, names = {}, {}
    for k = 1, each do doors[#doors + 1] = DOORS[(i - 1) * each + k] end
    while #doors < 3 do doors[#doors + 1] = DOORS[draw(#DOORS)] end
    for k, door in ipairs(doors) do names[k] = door[1] end
    list[#list + 1] = { name = table.concat(names, ", "), text = function_script(base, doors) }
  end
  return list
end

-- What strace says ---------------------------------------------------------------------

local CALLS <const> = "%file,read,pread64,readv,getdents64,getdents,execve"
local NO_READS = { unlink = true, unlinkat = true, rename = true, renameat = true, renameat2 = true, mkdir = true,
  mkdirat = true, rmdir = true, symlink = true, symlinkat = true,
  link = true, linkat = true, chmod = true, fchmodat = true, utimensat = true, chdir = true, truncate = true,
  chown = true, fchownat = true }

local function unquoted(text)
  return (text:gsub("\\(%d%d?%d?)", function(octal) return string.char(tonumber(octal, 8)) end):gsub("\\(.)",
    { n = "\n", t = "\t", ['"'] = '"', ["\\"] = "\\" }))
end

local function normal(path)
  local parts = {}
  for part in path:gmatch "[^/]+" do
    if part == ".." then parts[#parts] = nil elseif part ~= "." then parts[#parts + 1] = part end
  end
  return "/" .. table.concat(parts, "/")
end

-- { call =, path = absolute } of one line, or nil.
local function access_of(line)
  local call, rest = line:match "^(%w+)%((.*)$"
  if not call or NO_READS[call] then return nil end
  local folder, path = rest:match '^[%w_]+<([^>]*)>[^,]*, "(.-[^\\])"'
  if not folder then folder, path = rest:match '^[%w_]+<([^>]*)>[^,]*, (")"' end
  if folder and path == '"' then path = "" end
  if not folder then path = rest:match '^"(.-[^\\])"' end
  if call == "read" or call == "pread64" or call == "readv" or call:find "^getdents" then
    folder, path = rest:match "^%d+<([^>]*)>", ""
  end
  if not path or path ~= "" and path:sub(1, 1) ~= "/" and not folder then
    -- the working folder stands only where a call has one as an argument
    return path and { call = call, path = path, relative = true } or nil
  end
  path = unquoted(path)
  if path == "" then path = folder elseif path:sub(1, 1) ~= "/" then path = folder .. "/" .. path end
  if not path or not path:find "^/" then return nil end       -- a pipe, a socket, memory
  return { call = call, path = normal((path:gsub("%(deleted%)$", ""))) }
end

-- Every access of the step's processes: all but the first one, which is the program.
local function accesses(project)
  local root, others = nil, {}
  for name in project:sh('ls "$PWD.trace"/*').out:gmatch "%S+" do
    local text = scratch.read(name)
    if text:find '^execve%("[^"]*rille"' and not root then root = name else others[#others + 1] = { name, text } end
  end
  project:sh 'rm -rf "$PWD.trace"'
  assert(root, "strace wrote nothing of the program")
  local list = {}
  for _, one in ipairs(others) do
    local cwd = project.real
    for line in one[2]:gmatch "[^\n]+" do
      local to = line:match '^chdir%("(.-)"%)%s+= 0'
      if to then cwd = to:sub(1, 1) == "/" and to or cwd .. "/" .. to end
      local access = access_of(line)
      if access then
        if access.relative then access.path = normal(cwd .. "/" .. unquoted(access.path)) end
        access.line = line
        list[#list + 1] = access
      end
    end
  end
  return list
end

-- What need not be a fact ----------------------------------------------------------------

-- { pattern of the path, reason }; {base} and {rille} are folders.
local ALLOWED = {
  { "^{base}/%.rille", "the store: artifacts are named by their content, and inputs are in the key" },
  { "^{base}/?$", "the working folder itself, that a shell or find makes sure of; a listing of it is checked apart" },
  { "^{tmp}/rille%-command%-", "the folder that rille makes for the files of a command's ports" },
  { "^/proc/%d+/", "the process itself, that libc's handler of a full stack asks about" },
  { "^/proc/self/", "the process itself" },
  { "/%.%x+%.tmp$", "a new file under a drawn name, which is renamed to the one that is a write" },
  { "^/proc/filesystems$", "coreutils ask whether there is SELinux" },
  { "^/selinux$", "the same" },
  { "^/proc/sys/kernel/", "limits that libc asks the kernel for; nothing of the project" },
  { "^/dev/null$", "always empty" },
  { "^/etc/ld%.so%.", "the dynamic linker's list: where libraries of the system are" },
  { "^/lib[%w/_.-]*%.so",
    "a library that the dynamic linker loads for a program: as the program's own code, documented as not seen" },
  { "^/usr/lib[%w/_.-]*%.so", "the same" },
  { "^/usr/lib/[%w_-]+/glibc%-hwcaps", "where the dynamic linker looks for libraries" },
  { "^/usr/lib/[%w_-]+/tls", "the same" },
  { "^/usr/lib/[%w_-]+/x86_64", "the same" },
  { "^/usr/lib/locale", "libc's locale: a command's locale is what env says, the files belong to libc" },
  { "^/usr/share/locale", "libc's messages" },
  { "^/etc/locale%.alias", "libc's locale" },
  { "^/dev/tty$", "bash asks at its start whether there is a terminal; a command has none" },
  { "^/$", "the start of a path" },
  { "^{tmp}/?$", "bash makes sure of each folder on the way when it changes to one" },
  { "^/etc/nsswitch%.conf$", "bash asks at its start who its user is; a text that shows it (~me, $UID) is not cached" },
  { "^/etc/passwd$", "the same" },
  { "^/usr/lib/[%w_-]*/?gconv", "libc's character sets" },
  { "^/usr/share/zoneinfo", "libc's time zones" },
  { "^{rille}/[%w_]+%.so$", "a battery's own library: part of rille, whose builtins' version is in the key" },
  { "^/etc/selinux", "coreutils ask whether there is SELinux" },
  { "^/sys/fs/selinux", "the same" },
}

-- Calls that rille makes for itself in a step's process, of paths that are no fact.
local function is_own_question(access, ways)
  -- realpath asks each folder on the way to a fact whether it is a link; whoever opens
  -- the path goes the same way, unseen, and what it leads to is the fact
  if (access.call:find "^readlink" or access.line:find("AT_SYMLINK_NOFOLLOW", 1, true))
    and ways[access.path] then return "on the way to a fact" end
  -- whether a word that looks like an option is a file: one that is not there now, and
  -- that a program would read, stands behind --, where each word is noted
  if access.call == "newfstatat"
    and access.line:find "AT_SYMLINK_NOFOLLOW%) = %-1 ENOENT" then return "a word that is no file" end
end

-- The folders above the project and the paths that are facts, and above what leads
-- to them.
local function ways_of(project, paths, access_names, list)
  local ways, real = {}, {}
  local function add(path)
    while path and path ~= "" do
      ways[path] = true
      path = path:match "^(.*)/[^/]*$"
    end
  end
  for path, name in pairs(paths) do
    real[name] = true
    add(path)
    add(name)
  end
  add(project.real)
  for i, access in ipairs(list) do if real[access_names[i]] then add(access.path) end end
  return ways
end

local function quoted(path) return (path:gsub("%p", "%%%0")) end

-- Facts ------------------------------------------------------------------------------------

local function glob(pattern)
  return "^" .. pattern:gsub("[%^%$%(%)%%%.%[%]%+%-]", "%%%0"):gsub("%*", "[^/]*"):gsub("%?", "[^/]")
end

-- Does the fact cover the access?
local function covers(base, fact, access)
  local path = access.path
  local function full(name) return normal(name:sub(1, 1) == "/" and name or base .. "/" .. name) end
  local function at_or_below(name) return path == name or path:sub(1, #name + 1) == name .. "/" or name == "/" end
  if (fact.kind == "file" or fact.kind == "absent" or fact.kind == "folder" or fact.kind == "write")
    and full(fact.name) == path then return true end
  -- the kinds of a folder's entries, and where links among them lead, are in its digest
  if fact.kind == "folder" and path:match "^(.*)/[^/]*$" == full(fact.name)
    and (access.call:find "^readlink" or access.line:find("AT_SYMLINK_NOFOLLOW", 1, true)) then return true end
  if fact.kind == "module" and fact.path then return full(fact.path) == path end
  if fact.kind ~= "value" then return false end
  local word = fact.name:match "^path (.*)$"
  if word then return at_or_below(full(word)) end
  local pattern = fact.name:match "^files (.*)$"
  -- the folders that it lists, and all that it stands for
  if fact.name:find "^entry " then return full(fact.name:sub(7)) == path end
  if pattern then
    local whole = glob(full(pattern))
    local folder = full(pattern:match "^([^*?]*)/" or ".")
    return path == folder or path:find(whole .. "$") ~= nil or path:find(whole .. "/") ~= nil
  end
  local program, search = fact.name:match "^program (.-) in (.*)$"
  program = program or fact.name:match "^program (.*)$"
  if program then
    if program:find "/" then return full(program) == path end
    for dir in (search or os.getenv "PATH"):gmatch "[^:]+" do
      if full(dir .. "/" .. program) == path then return true end
    end
  end
  return false
end

-- Where a path leads, for a fact is of the path as the script gave it.
local function real_names(project, list)
  local names, text = {}, {}
  for _, one in ipairs(list) do text[#text + 1] = scratch.quoted(one.path) end
  for line in project:sh("for f in " .. table.concat(text, " ")
    .. "; do readlink -f -- \"$f\" || echo; done").out:gmatch "([^\n]*)\n" do names[#names + 1] = line end
  return names
end

local verbose = os.getenv "RILLE_KEEP" ~= nil

-- The accesses that are neither facts nor allowed, and how many were facts.
local function judge(project, list, facts, build)
  local strange, n_facts, seen = {}, 0, {}
  local links = {}
  local paths, names = {}, real_names(project, facts.files)
  for i, fact in ipairs(facts.files) do links[names[i]], paths[fact.path] = fact.path, names[i] end
  local ways = ways_of(project, paths, real_names(project, list), list)
  for _, access in ipairs(list) do
    local key = access.call .. access.path
    if not seen[key] then
      seen[key] = true
      local known = links[access.path] ~= nil
      for _, fact in ipairs(facts) do known = known or covers(project.real, fact, access) end
      local reason
      for _, one in ipairs(ALLOWED) do
        local pattern = one[1]:gsub("{(%w+)}",
          { base = quoted(project.real), rille = quoted(build), tmp = quoted(os.getenv "TMPDIR" or "/tmp") })
        -- listing the folder itself would be a read of it
        if access.path:find(pattern)
          and not (access.call:find "getdents" and pattern:find("/?$", 1, true)) then reason = reason or one[2] end
      end
      reason = reason or is_own_question(access, ways)
      if known then n_facts = n_facts + 1
      elseif not reason then strange[#strange + 1] = access.line
      elseif verbose then print(access.call, access.path, reason) end
    end
  end
  return strange, n_facts
end

-- The facts of the step, which a second run must have taken from the cache.
local function facts_of(project)
  local again = project:sh 'RILLE_CASE=1 "$RILLE" run main.lua -q -j 2'
  check.eq(again.code, 0, again.err)
  local why = json.decode(project:sh('"$RILLE" why work --json').out)
  check.eq(why.status, "cached", "the second run: " .. tostring(why.reason))
  local facts = why.hit.reads
  facts.files = {}
  for _, fact in ipairs(facts) do
    local name = (fact.kind == "file" or fact.kind == "folder") and fact.name or fact.kind == "module" and fact.path
      or fact.kind == "value"
        and (fact.name:match "^program ([^ ]*/[^ ]*)$" or fact.name:match "^path (.*)$"
          or fact.name:match "^entry (.*)$")
    if name then
      facts.files[#facts.files + 1] = { path = name:sub(1, 1) == "/" and name or project.real .. "/" .. name }
    end
  end
  return facts
end

-- Runs ---------------------------------------------------------------------------------------

local function can_trace(project)
  local r = project:sh("command -v strace >/dev/null || { echo strace is not installed; exit 0; }; strace -f -o "
    .. "trace.try -e trace=execve true >/dev/null 2>&1 || echo ptrace is not permitted here")
  project:sh "rm -f trace.try"
  return r.out == "", r.out:gsub("\n", "")
end

local function traced(text)
  local project = scratch.new()
  project.real = project:sh("pwd -P").out:gsub("\n", "")
  project:sh((SETUP:gsub("DOORS", #DOORS)))
  project:write("main.lua", type(text) == "function" and text(project.real) or text)
  -- beside the project: a step that reads its folder would read what it has strace write;
  -- looking for leaks needs ptrace itself
  local r = project:sh('mkdir "$PWD.trace" && ASAN_OPTIONS=detect_leaks=0 RILLE_CASE=1 strace -f -ff -y -s 4096 '
    .. '-o "$PWD.trace/t" -e trace='
    .. CALLS .. ' "$RILLE" run main.lua -q -j 2')
  check.eq(r.code, 0, r.err)
  return project
end

local build
do
  local project <close> = scratch.new()
  build = project:sh('dirname "$(realpath "$RILLE")"').out:gsub("\n", "")
end

local able, reason
do
  local probe <close> = scratch.new()
  able, reason = can_trace(probe)
end
local function test(name, fn)
  if able then check.test(name, fn) else check.skip(name, reason) end
end

local total = 0
for i = 1, SCRIPTS do
  local name = scripts("/")[i].name
  test("strace sees no more than facts tell: " .. name, function()
    local project <close> = traced(function(base) return scripts(base)[i].text end)
    local list = accesses(project)
    check.ok(#list > 0, "strace saw the step")
    local strange, n = judge(project, list, facts_of(project), build)
    total = total + n
    check.eq(table.concat(strange, "\n"), "")
  end)
end

test("the scripts touched files that are facts", function() check.ok(total > 3 * SCRIPTS, total) end)

-- The test itself: a read that nothing records is found.
test("a file that is no fact is found", function()
  local project <close> = traced(function(base) return function_script(base, { DOORS[1] }) end)
  local list = accesses(project)
  local facts = facts_of(project)
  check.eq(#judge(project, list, facts, build), 0)
  for i = #facts, 1, -1 do if facts[i].name == "k1.txt" then table.remove(facts, i) end end
  facts.files = {}
  local strange = judge(project, list, facts, build)
  check.ok(#strange > 0, "an access of k1.txt that is no fact")
  check.has(strange[1], "k1.txt")
end)

check.done()
