-- store_damage_test.lua -- files of a store that are gone, older or damaged, rows that
-- somebody forged, and what dead processes left: noticed, never mixed, never outside.
--
-- RILLE_FLIPS: how many bits are flipped in each file (16; a long run takes 200).
-- RILLE_SEED draws them.
package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local hash = require "rille.host.hash"
local json = require "rille.json"
local scratch = require "scratch"

local FLIPS <const> = math.tointeger(tonumber(os.getenv "RILLE_FLIPS" or 16))
local seed = math.tointeger(tonumber(os.getenv "RILLE_SEED" or 20261122))

local function draw(n)
  seed = seed * 6364136223846793005 + 1442695040888963407
  return (seed >> 33) % n
end

local SCRIPT <const> = [[
local rille = require "rille"
local t = rille.types
local one = rille.step "one" { params = { n = 1 }, outputs = { t.string "x", t.table "big" },
  run = function(p)
    local list = {}
    for i = 1, 4000 do list[i] = i * p.n end
    return "value " .. p.n, list
  end }
return rille.pipeline "p" { params = { n = t.integer { default = 1 } }, define = function(p) one { n = p.n } end }
]]

-- Runs twice and is killed: the log has both.
local KILLED <const> = [[
local rille = require "rille"
local t = rille.types
local one = rille.step "one" { params = { n = 1 }, outputs = { t.string "x" }, run = function(p) return "killed " .. p.n end }
local p = rille.pipeline "k" { params = { n = t.integer { default = 1 } }, define = function(q) one { n = q.n } end }
local from = tonumber(arg[1])
p:run { params = { n = from }, run_name = "k" .. from }
p:run { params = { n = from + 1 }, run_name = "k" .. from + 1 }
io.open("go", "w"):close()
while true do end
]]

local function kill(p, from)
  p:sh(string.format([[rm -f go; "$RILLE" killed.lua %d -q >/dev/null 2>&1 & pid=$!
n=0; until [ -e go ] || [ $n -ge 600 ]; do sleep 0.05; n=$((n + 1)); done; kill -9 $pid; wait $pid]], from))
  check.ok(p:read "go", "the script came to its end")
end

local function run(p, n) return p:rille(string.format("run main.lua -q --set n=%d --name r%d", n, n)) end

-- The names of all runs, oldest first, or nil and what the command said.
local function names(p)
  local r = p:rille "runs --json --limit 200"
  if r.code ~= 0 then return nil, r end
  local list = {}
  for i, one in ipairs(json.decode(r.out).items) do list[#list + 1] = one.name .. " " .. one.status end
  table.sort(list)
  return table.concat(list, "\n")
end

-- Nothing that a user sees is an error of rille's own.
local function decent(r)
  check.ok(r.code ~= 70 and r.code ~= 3 and r.code < 128, r.code .. ": " .. r.err)
  check.ok(not r.err:find "attempt to" and not r.err:find "stack traceback", r.err)
  return r
end

local function project()
  local p = scratch.new()
  p:write("main.lua", SCRIPT)
  p:write("killed.lua", KILLED)
  return p
end

-- ---- a file is gone, empty or older; then what the message advises ----

-- Carries out what the message of a refused command says.
local function advised(p, message)
  if message:find("move meta.db-wal away", 1, true) then p:sh "mv .rille/meta.db-wal moved-wal"
  elseif message:find("move it away", 1, true) then p:sh "mv .rille/meta.db moved"
  elseif message:find("put a backup of it there", 1, true) then p:sh "cp old/meta.db .rille/meta.db"
  else error("no advice: " .. message) end
end

local CHANGES <const> = {
  removed = function(file) return "rm -f .rille/" .. file end,
  emptied = function(file) return ": > .rille/" .. file end,
  older = function(file) return "cp old/" .. file .. " .rille/" .. file end,
}

for _, file in ipairs { "meta.db", "meta.db-wal", "meta.db-shm" } do
  for _, how in ipairs { "removed", "emptied", "older" } do
    for _, died in ipairs { false, true } do
      check.test(string.format("%s %s, after %s", file, how, died and "kill -9" or "orderly ends"), function()
        local p <close> = project()
        check.eq(run(p, 1).code, 0)
        kill(p, 1)
        p:sh "cp -r .rille old"                     -- with a log of k1 and k2
        local old = names(p)
        check.eq(run(p, 2).code, 0)
        check.eq(run(p, 3).code, 0)
        if died then kill(p, 3) end
        p:sh "cp -r .rille new"
        local all = names(p)
        p:sh "rm -rf .rille && mv new .rille"
        p:sh(CHANGES[how](file))

        local found = decent(p:rille "fsck")
        local refused = decent(p:rille "runs")
        local answer = refused
        for _ = 1, 3 do
          if answer.code == 0 then break end
          advised(p, answer.err)
          answer = decent(p:rille "runs")
        end
        check.eq(answer.code, 0, answer.err)
        local left = names(p) or ""
        local known = left == all or left == old or left == ""
          or left == (all:gsub("\nk3[^\n]*", ""):gsub("\nk4[^\n]*", ""):gsub("^k3[^\n]*\nk4[^\n]*\n", ""))
          or left == (old:gsub("k[12] completed\n", ""))
        check.ok(known, "a history that there never was:\n" .. left)
        if left ~= all then
          check.ok(found.code ~= 0 or refused.code ~= 0, "runs are gone and nothing says so")
        end
        local again = decent(run(p, 9))
        check.eq(again.code, 0, again.err)
        if left ~= all and refused.code == 0 then check.has(again.err, "lacks the last") end
        check.has(names(p), "r9 completed")
        local last = decent(p:rille "fsck")
        check.eq(last.code, 0, last.out)
        check.eq(p:rille("artifact get p::one::x").out, "value 9")
      end)
    end
  end
end

check.test("a store without its meta.db is not told to be none, and a run says that a history begins", function()
  local p <close> = project()
  check.eq(run(p, 1).code, 0)
  p:sh "mv .rille/meta.db backup; rm -f .rille/meta.db-*"
  local r = p:rille "runs"
  check.eq(r.code, 4)
  check.has(r.err,
    ".rille has no meta.db, or an empty one: put a backup of it there, or run a pipeline to begin a new history")
  r = p:rille "run main.lua --name anew"
  check.eq(r.code, 0, r.err)
  check.has(r.err,
    "rille: .rille had no meta.db, or an empty one: a new history begins; a backup of meta.db put there gives "
      .. "the old one back\n")
  check.ok(not r.err:find "created", r.err)
  p:sh "cp backup .rille/meta.db"
  check.eq(names(p), "r1 completed")
end)

-- ---- flipped bits ----

-- What is known of all runs that ended well: rows, steps, values.
local function history(p)
  local list = p:rille "runs --json --limit 200"
  if list.code ~= 0 then return nil end
  local parts = { list.out }
  for _, one in ipairs(json.decode(list.out).items) do
    local r = p:rille("show " .. one.id .. " --json")
    if r.code ~= 0 then return nil end
    parts[#parts + 1] = r.out
  end
  return table.concat(parts)
end

local function flips(file, died)
  check.test(string.format("%d flipped bits in %s%s (seed %d): each is noticed, or changes nothing", FLIPS, file, died
    and " after kill -9" or "", seed),
    function()
    local p <close> = project()
    check.eq(run(p, 1).code, 0)
    check.eq(run(p, 2).code, 0)
    if died then kill(p, 1) end
    p:sh "cp -r .rille good"
    local want = history(p)
    check.ok(want)
    local bytes = scratch.read(p:path("good/" .. file))
    check.ok(#bytes > 0, "an empty file has no bits")
    for _ = 1, FLIPS do
      local at, bit = draw(#bytes) + 1, 1 << draw(8)
      p:sh "rm -rf .rille && cp -r good .rille"
      p:write(".rille/" .. file, bytes:sub(1, at - 1) .. string.char(bytes:byte(at) ~ bit) .. bytes:sub(at + 1))
      local r = decent(p:rille "fsck")
      local seen = history(p)
      check.ok(r.code ~= 0 or seen == want, string.format("bit %d of byte %d was not noticed", bit, at - 1))
    end
  end)
end

flips("meta.db", false)
flips("meta.db", true)
flips("meta.db-wal", true)
flips("meta.db-shm", false)
flips("meta.db-shm", true)

check.test("a copy of meta.db alone has every run that ended", function()
  local p <close> = project()
  check.eq(run(p, 1).code, 0)
  check.eq(run(p, 2).code, 0)
  local all = names(p)
  p:sh "mkdir other && cp .rille/meta.db other && mv .rille first && mv other .rille"
  check.eq(names(p), all)
  check.eq(p:sh("rm -rf .rille && mkdir .rille && cp first/meta.db .rille && cp -r first/objects .rille && "
    .. "$RILLE fsck").code,
    0)
end)

-- ---- forged rows ----

local function varint(n)
  local bytes = {}
  while n >= 128 or n < 0 do
    bytes[#bytes + 1] = string.char(n & 127 | 128)
    n = n >> 7
  end
  bytes[#bytes + 1] = string.char(n)
  return table.concat(bytes)
end

local GOLDEN <const> = 0x9e3779b97f4a7c15

-- host/base/checksum.c
local function sum_of(fields)
  local h = 0x72696c6c65
  local function mix(word)
    h = (h ~ word) * GOLDEN
    h = h ~ h >> 29
  end
  for _, v in ipairs(fields) do
    if math.type(v) then mix(v)
    elseif v == false then mix(0)
    else
      mix(#v + 1)
      for at = 1, #v, 8 do mix((string.unpack("<i8", (v:sub(at, at + 7) .. ("\0"):rep(8)):sub(1, 8)))) end
    end
  end
  mix(0)
  return h
end

local function packed(members)
  local parts, inline = { varint(#members) }, {}
  for i, m in ipairs(members) do
    parts[#parts + 1] = varint(m.length or #m.name) .. m.name .. (m.digest or hash.sha256(m.bytes))
      .. varint(m.size or #m.bytes) .. string.char(m.kind or 1)
    inline[i] = m.bytes
  end
  return table.concat(parts), table.concat(inline)
end

local function digest_of(members, materializer, version)
  local fields = { "F", "rille-artifact/1", "T", materializer, "V", tostring(version) }
  for _, m in ipairs(members) do
    table.move({ "n", m.name, "s", tostring(m.size or #m.bytes), "d", m.digest or hash.sha256(m.bytes) }, 1, 6,
      #fields + 1, fields)
  end
  return hash.fields(table.unpack(fields))
end

local function hex(s) return "x'" .. s:gsub(".", function(c) return string.format("%02x", c:byte()) end) .. "'" end

-- A dir's artifact whose members are these: fields that are given are not made to fit.
local function forge(p, members, given)
  local m, inline = packed(members)
  local size = 0
  for _, one in ipairs(members) do size = size + (one.size or #one.bytes) end
  local row = { type = "dir", version = 2, size = size, objects = 0, members = m, inline = inline,
    digest = digest_of(members, "dir", 2) }
  for k, v in next, given or {} do row[k] = v end
  local sum = sum_of { row.digest, row.type, row.type, row.version, row.size, row.objects, row.members, row.inline,
    false, false }
  p:write("forge.sql", string.format(
    "update artifact set digest = %s, type = '%s', materializer = '%s', version = %d, size = %d, objects = %d, "
      .. "sum = %d, members = %s, inline = %s, metadata = null, preview = null where id = (select artifact "
      .. "from artifact_version where name = 'p::one::x');\n",
    hex(row.digest), row.type, row.type, row.version, row.size, row.objects, sum, hex(row.members), hex(row.inline)))
  check.eq(p:sh("sqlite3 .rille/meta.db < forge.sql").err, "")
end

local function member(name, bytes, more)
  local m = { name = name, bytes = bytes or "evil" }
  for k, v in next, more or {} do m[k] = v end
  return m
end

local INDEX <const> = member("folder.json", '{"executable":[],"folders":[],"links":[]}')

local FORGED <const> = {}
local function add(what, members, given) FORGED[#FORGED + 1] = { what, members, given } end

for _, name in ipairs { "../evil", "..", ".", "a/../../evil", "/tmp/rille-evil", "//evil", "a//b", "a/", "./a", "a/.",
  "a/..", "files/../../evil", "files/../../../evil",
  "files/./x", "files//x", "", "a\0b", "\0", "a\nb", "a\rb", "a\27[31mb", "a\127b", "a\tb", "files/\1",
  ("x"):rep(20000), ("../"):rep(40) .. "evil",
  "files/" .. ("d/"):rep(7000) .. "x", "../../../../../../tmp/evil" } do
  add("a name " .. string.format("%q", name:sub(1, 20)), { INDEX, member(name) })
  add("the only member is " .. string.format("%q", name:sub(1, 20)), { member(name) })
end
add("a name twice", { INDEX, member "files/a", member("files/a", "other") })
add("all names the same", { member "x", member "x", member "x" })
add("no members", {})
add("a digest that does not fit", { INDEX, member "files/a" }, { digest = hash.sha256 "something" })
add("bytes that do not fit their digest", { INDEX, member("files/a", "evil", { digest = hash.sha256 "good" }) })
add("a version that does not fit", { INDEX, member "files/a" }, { version = 1 })
add("a size that is too large", { INDEX, member "files/a" }, { size = 1 << 40 })
add("a negative size", { INDEX, member "files/a" }, { size = -1 })
add("a member larger than what is kept", { INDEX, member("files/a", "evil", { size = 4096 }) })
add("a member of a negative size", { INDEX, member("files/a", "evil", { size = -4 }) })
add("sizes that overflow",
  { member("a", "x", { size = math.maxinteger, kind = 0 }), member("b", "y", { size = math.maxinteger, kind = 0 }) },
  { objects = 2 })
add("bytes that no member has", { INDEX, member "files/a" }, { inline = INDEX.bytes .. "evil and more" })
add("bytes that are missing", { INDEX, member "files/a" }, { inline = INDEX.bytes })
add("a kind that there is not", { INDEX, member("files/a", "evil", { kind = 7 }) })
add("objects that are not there", { INDEX, member "files/a" }, { objects = 5 })
add("a name longer than the list", { INDEX, member("files/a", "evil", { length = 9999999 }) })
add("more members than the list has", { INDEX }, { members = "\127" .. packed { INDEX } })
add("bytes after the list", { INDEX }, { members = packed { INDEX } .. "evil" })

-- Folders that are well formed and whose index leads out.
local LEADING_OUT <const> = {
  { "a folder", '{"executable":[],"folders":["../evil"],"links":[]}' },
  { "an absolute folder", '{"executable":[],"folders":["/tmp/rille-evil"],"links":[]}' },
  { "a link's name", '{"executable":[],"folders":[],"links":[["../evil","x"]]}' },
  { "a link in a link", '{"executable":[],"folders":[],"links":[["a","../../.."],["a/evil","x"]]}' },
  { "a link in a link of its own", '{"executable":[],"folders":[],"links":[["l","OUTSIDE"],["l/evil","x"]]}' },
}

local LOAD <const> = [[
local rille = require "rille"
local value = rille.artifact("p::one::x"):load()
print("loaded")
]]

local function outside_of(p)
  return p:sh("ls -a .. | grep -c evil; ls -d /tmp/rille-evil 2>/dev/null; find . -name '*evil*' -not -path "
    .. "'./get/*' -not -path './.rille/*'; ls out").out
end

local function refused(p, get_too)
  local before = outside_of(p)
  local fsck, get = decent(p:rille "fsck"), p:rille "artifact get p::one::x -o get/to"
  check.ok(get.code ~= 70 and get.code < 128 and (get.code ~= 0 or not get_too), "get took it: " .. get.out .. get.err)
  local load = p:rille "load.lua"
  check.ok(load.code ~= 0 and load.code ~= 70 and not load.out:find "loaded", "load took it: " .. load.err)
  if get_too then check.eq(fsck.code, 5, fsck.out) end
  check.eq(outside_of(p), before, "something was written outside")
end

local has_sqlite = os.execute "command -v sqlite3 >/dev/null 2>&1"

local function with_forgery(what, body)
  if not has_sqlite then return check.skip(what, "there is no sqlite3") end
  check.test(what, function()
    local p <close> = project()
    p:write("load.lua", LOAD)
    p:sh "mkdir out get"
    check.eq(run(p, 1).code, 0)
    body(p)
  end)
end

with_forgery("a forged row that fits in all is taken, so the others are refused for what they say", function(p)
  forge(p, { INDEX, member("files/a", "fine") })
  check.eq(p:rille("artifact get p::one::x -o get").code, 0)
  check.eq(p:read "get/files/a", "fine")
  check.eq(p:rille("load.lua").out, "loaded\n")
end)

with_forgery(#FORGED .. " forged rows with the right sum are refused by fsck, get and load", function(p)
  p:sh "cp -r .rille good"
  for _, one in ipairs(FORGED) do
    p:sh "rm -rf .rille && cp -r good .rille"
    forge(p, one[2], one[3])
    local ok, message = pcall(refused, p, true)
    if not ok then error(one[1] .. ": " .. tostring(message), 0) end
  end
end)

with_forgery("a folder whose index leads out is refused, also the second time", function(p)
  p:sh "cp -r .rille good"
  for _, one in ipairs(LEADING_OUT) do
    p:sh "rm -rf .rille get && mkdir get && cp -r good .rille"
    forge(p, { member("folder.json", (one[2]:gsub("OUTSIDE", p:path "out"))), member("files/a", "x") })
    local ok, message = pcall(refused, p)
    if not ok then error(one[1] .. ": " .. tostring(message), 0) end
  end
  -- a link of the first extraction leads nothing of the second one out
  p:sh "rm -rf .rille get && mkdir get && cp -r good .rille"
  forge(p,
    { member("folder.json", '{"executable":[],"folders":[],"links":[["l","' .. p:path "out" .. '"]]}'),
      member("files/a", "x") })
  check.eq(p:rille("artifact get p::one::x -o get").code, 0)
  forge(p, { INDEX, member("files/l/evil", "x") })
  local r = p:rille "artifact get p::one::x -o get"
  check.ok(r.code ~= 0)
  check.has(r.err, "is a link or a file")
  check.eq(p:sh("ls out").out, "")
end)

with_forgery("an id of a run that is a path is none", function(p)
  p:write("out/x.live", "private\n")
  p:sh [[sqlite3 .rille/meta.db "update run set id = '../../out/x', status = 'running'"]]
  for _, arguments in ipairs { "runs", "log r1", "show r1", "fsck", "stop r1" } do
    local r = p:rille(arguments)
    check.ok(r.code ~= 70 and r.code < 128, arguments .. ": " .. r.err)
  end
  check.eq(p:read "out/x.live", "private\n")
end)

-- ---- what is no file ----

check.test("something else in place of a file of the store is named, and moving it away helps", function()
  for _, name in ipairs { "meta.db", "meta.db-wal", "meta.db-shm", "lock" } do
    for kind, make in pairs { ["a folder"] = "mkdir %s", ["a link"] = "ln -s nowhere %s",
      ["a named pipe"] = "mkfifo %s" } do
      local p <close> = project()
      check.eq(run(p, 1).code, 0)
      p:sh(("cd .rille; rm -f %s; " .. make):format(name, name))
      local r = run(p, 2)
      check.eq(r.code, 4, name .. " as " .. kind)
      check.has(r.err, name .. ": it is " .. kind .. ", not a file; move it away")
      if not (name == "meta.db" and kind == "a link") then
        r = p:rille "fsck"
        check.eq(r.code, 4)
        check.has(r.err, name .. ": it is " .. kind)
      end
      p:sh("cd .rille; mv " .. name .. " away")
      check.eq(decent(run(p, 2)).code, 0, name .. " as " .. kind)
    end
  end
end)

check.test("a store that is no folder, or has no folder of objects, is told as that", function()
  local p <close> = project()
  p:sh "ln -s nowhere .rille"
  local r = run(p, 1)
  check.eq(r.code, 4, r.err)
  check.has(r.err, "No such file")
  p:sh "rm .rille; mkfifo .rille"
  r = run(p, 1)
  check.eq({ r.code, r.err }, { 4, "rille: .rille: it is a pipe or device, not the folder of a store\n" })
  p:sh "rm .rille"
  check.eq(run(p, 1).code, 0)
  p:sh "rm -r .rille/objects; : > .rille/objects"
  r = decent(p:rille "fsck")
  check.eq(r.code, 5, r.err)
  check.has(r.out, "/objects")
end)

check.test("a config.yaml of any size is refused without being read", function()
  local p <close> = project()
  check.eq(run(p, 1).code, 0)
  p:sh ": > .rille/config.yaml; truncate -s 100G .rille/config.yaml"
  for _, arguments in ipairs { "runs", "fsck", "run main.lua" } do
    local r = p:rille(arguments)
    check.eq(r.code, 4, r.err)
    check.has(r.err, "config.yaml: 107374182400 bytes, too large for this file; move it away")
  end
  p:sh "mv .rille/config.yaml away"
  check.eq(decent(run(p, 2)).code, 0)
end)

check.test("a project below a folder whose name is no UTF-8 runs and hits", function()
  local p <close> = project()
  p:sh "d=$(printf 'x\\377y'); mkdir $d; cp main.lua $d"
  local r = p:sh("cd $(printf 'x\\377y'); \"$RILLE\" run main.lua -q && \"$RILLE\" run main.lua; \"$RILLE\" "
    .. "verify p@-1 --rerun 100%")
  check.eq(r.code, 0, r.err)
  check.has(r.err, "1 step, cached")
end)

check.test("a command that has too little memory says so", function()
  local p <close> = project()
  for n = 1, 3 do check.eq(run(p, n).code, 0) end
  for _, arguments in ipairs { "plan main.lua", "fsck", "runs", "run main.lua -q --set n=3" } do
    for kib = 800, 2400, 40 do
      local r = p:sh(string.format('ulimit -d %d; "$RILLE" %s', kib, arguments))
      check.ok(not (r.err .. r.out):find "attempt to %l+ a" and not r.err:find "bad argument",
        string.format("%s with %d KiB: %s", arguments, kib, r.err))
    end
  end
end)

-- ---- what dead processes left ----

check.test("what dead processes left in tmp/ and runs/ goes at any command, what lives stays", function()
  local p <close> = project()
  check.eq(run(p, 1).code, 0)
  local id = json.decode(p:rille("show r1 --json").out).id
  local function litter()
    p:sh("cd .rille && mkdir -p tmp/run-aaaaaa/in-b tmp/work-0123456789abcdef-1 && head -c 300000 /dev/zero > "
      .. "tmp/put-0123456789abcdef; "
      .. "touch tmp/run-aaaaaa/in-b/x runs/" .. id .. ".live runs/" .. id .. ".lock; "
      -- of a process that died before its run had a row
      .. "touch runs/" .. ("0"):rep(32) .. ".lock runs/" .. ("0"):rep(32) .. ".live")
  end
  for _, arguments in ipairs { "runs", "show r1", "fsck", "plan main.lua", "run main.lua -q", "artifact list" } do
    litter()
    local r = p:rille(arguments)
    check.eq(r.code, 0, r.err)
    check.eq(p:sh("ls .rille/tmp .rille/runs").out, ".rille/runs:\nflight\n\n.rille/tmp:\n", arguments)
  end
  p:write("slow.lua",
    SCRIPT:gsub("local list = {}",
      'local list = {} io.open("go", "w"):close() for _ = 1, 600 do if io.open "stop" then break end os.execute '
        .. '"sleep 0.05" end'))
  local r = p:sh [["$RILLE" run slow.lua -q -j 1 --set n=7 & pid=$!
n=0; until [ -e go ] && ls .rille/runs/*.live >/dev/null 2>&1 || [ $n -ge 600 ]; do sleep 0.05; n=$((n + 1)); done
"$RILLE" runs >/dev/null; "$RILLE" run main.lua -q; ls .rille/tmp | sed 's/run-.*/run/'; ls .rille/runs | sed 's/.*\.lock/lock/; s/.*\.live/live/'
touch stop; wait $pid; echo $?; ls .rille/tmp]]
  check.eq(r.out, "run\nlive\nlock\nflight\n0\n", r.err)
end)

check.test("a step that verify --rerun was at leaves nothing when all are killed", function()
  local p <close> = project()
  p:write("slow.lua",
    SCRIPT:gsub("local list = {}",
      'local list = {} if io.open "again" then io.open("go", "w"):close() while true do end end'))
  check.eq(p:rille("run slow.lua -q --name s").code, 0)
  p:sh [[: > again; "$RILLE" verify s --rerun 1 --script slow.lua >/dev/null 2>&1 & pid=$!
n=0; until [ -e go ] || [ $n -ge 600 ]; do sleep 0.05; n=$((n + 1)); done; kill -9 $pid; wait $pid
for again in 1 2; do for d in /proc/[0-9]*; do
  tr '\0' ' ' <$d/cmdline 2>/dev/null | grep -q -e "--store $PWD/.rille " && kill -9 ${d#/proc/}
done; done; sleep 0.2]]
  check.ok(p:sh("ls .rille/tmp").out ~= "", "there was something")
  check.eq(p:rille("runs").code, 0)
  check.eq(p:sh("ls .rille/tmp").out, "")
end)

-- Rows that SQLite takes and that no rille wrote.
local WRONG <const> = { "update run set trace = x'00'", "update run set naming = '5'",
  [[update run set expansion = '{"whens":5}']],
  [=[update run set expansion = '{"whens":[[1,"one","x"]]}']=],
  "update run set started = 1e300",
  "update step_run set params = '5'", "update step_run set notes = '7'", "update step_run set seconds = 'abc'",
  "update step_run set run = 77",
  "update pipeline_spec set hash = x'01'", "update artifact_version set artifact = 99", "update edge set artifact = 99",
  "delete from run" }
for _, sql in ipairs(WRONG) do
  local what = "no command takes damaged rows for an error of the script or of rille: " .. sql
  if not has_sqlite then
    check.skip(what, "there is no sqlite3")
  else
    check.test(what, function()
      local p <close> = scratch.new()
      p:write("main.lua", SCRIPT)
      check.eq(p:rille("run main.lua -q").code, 0)
      p:write("wrong.sql", sql .. ";")
      check.eq(p:sh("sqlite3 .rille/meta.db < wrong.sql").err, "")
      local told = 0
      for _, command in ipairs { "show p@-1", "show p@-1/one --json", "artifact show p::one::x", "lineage p::one::x",
        "lineage p::one::x --down", "graph p@-1",
        "why one", "diff p@-1 p@-1", "runs", "verify p@-1", "pipeline show p", "plan main.lua" } do
        local r = p:rille(command)
        check.ok(r.code >= 0 and r.code <= 5 and not r.err:find "attempt to" and not r.err:find "internal error",
          command .. ": exit " .. r.code .. "\n" .. r.err)
        if r.code >= 3 then told = told + 1 end
      end
      check.ok(told > 0, "no command told")
      check.eq(p:rille("fsck").code, 5)
    end)
  end
end

check.done()
