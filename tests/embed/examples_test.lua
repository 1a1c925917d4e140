-- examples_test: the programs of examples/embed/ are built and run by the commands of their head comments, against an
-- installed rille.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local json = require "rille.json"
local paths = require "paths"
local scratch = require "scratch"

local quoted = scratch.quoted

-- The command of a head comment that begins with a word; its lines end with \ but for the last.
local function command(file, word)
  local text = scratch.read(paths.root .. "/examples/embed/" .. file):gsub("\n ?[*%-]*", "\n")
  local found = assert(text:match("\n +(" .. word .. " .-[^\\])\n"), file .. " has no " .. word)
  return (found:gsub("\\\n", " "))
end

-- Where rille is installed and the programs are built, once.
local installed = scratch.new()          -- removed at the end
local ENVIRONMENT <const> = string.format("P=%s/usr; export PATH=$P/bin:$PATH PKG_CONFIG_PATH=$P/lib/pkgconfig "
  .. 'LD_LIBRARY_PATH=$P/lib LUA_CPATH="$P/lib/lua/5.4/?.so;;"; cd examples/embed && ', quoted(installed.dir))
local SANITIZED <const> = (os.getenv "B" or ""):find "asan"
  and "export ASAN_OPTIONS=detect_leaks=0 LD_PRELOAD=$(cc -print-file-name=libasan.so); " or ""

local function install()
  if installed.ready then return end
  local r = installed:sh(string.format("make -s -C %s B=%s PREFIX=$PWD/usr install && cp -r %s/examples .",
    quoted(paths.root), quoted(paths.build), quoted(paths.root)))
  check.eq(r.code, 0, r.err)
  installed.ready = true
end

-- Builds the program of examples/embed/FILE: no warning, no output.
local function build(file, word)
  install()
  if installed[file] then return end
  local r = installed:sh(ENVIRONMENT .. command(file, word))
  check.eq({ r.code, r.out, r.err }, { 0, "", "" })
  installed[file] = true
end

-- A project with examples/, the programs included, and no store.
local function copy()
  install()
  local project = scratch.new()
  project:sh(string.format("cp -r %s/examples . && rm -rf examples/.rille examples/embed/.rille",
    quoted(installed.dir)))
  return project
end

-- Runs a command of the shell in the folder examples/embed/ of the copy, with what is installed.
local function in_copy(project, line) return project:sh(ENVIRONMENT .. SANITIZED .. "{ " .. line .. "\n}") end

local function succeeds(project, line)
  local r = in_copy(project, line)
  check.eq(r.code, 0, line .. "\n" .. r.err .. r.out)
  return r.out, r.err
end

local function has(program) return os.execute("command -v " .. program .. " >/dev/null 2>&1") == true end

local function needs(...)
  for _, program in ipairs { ... } do
    if not has(program) then check.cannot(program .. " is not installed") end
  end
end

-- The program in C++ -------------------------------------------------------------------

check.test("a program in C++ registers a type and two steps, which a script uses and the cache knows", function()
  needs("c++", "pkg-config")
  build("native_step.cc", "c%+%+")
  local project <close> = copy()
  local run = command("native_step.cc", "./native_step")
  local out = succeeds(project, run)
  check.eq(out, "load_digits ran\nlearn ran\nclassify ran\naccuracy ran\n96.7 % of the digits are right\n")
  check.eq(succeeds(project, run), (out:gsub(" ran\n", " is cached\n")))
  local other = succeeds(project, (run:gsub("3$", "1")))
  check.has(other, "load_digits is cached\nlearn is cached\nclassify ran\naccuracy ran\n")
  check.has(succeeds(project, "rille show digits::learn::model"), "neighbours")
  check.has(succeeds(project, "rille fsck"), ", 0 problems")
end)

check.test("what fails in it is told with the step, and the program ends with 1", function()
  needs("c++", "pkg-config")
  build("native_step.cc", "c%+%+")
  local project <close> = copy()
  local r = in_copy(project, "./native_step neighbours.lua .rille 0")
  check.eq({ r.code, r.err:match "^native_step: step classify: k must be from 1 to the number of examples\n" },
    { 1, r.err })
end)

-- The program in Lua -------------------------------------------------------------------

check.test("a stock lua5.4 runs a pipeline by rille.so, and rille knows the run", function()
  needs "lua5.4"
  local project <close> = copy()
  local run = command("stock.lua", "lua5.4"):match "^lua5.4 stock.lua"
  local shops = "harbour   128 sales    6659.81\nnorth     147 sales    7424.96\nsouth     140 sales    6804.15\n"
  check.eq(succeeds(project, run), shops .. "totals: completed\n")
  check.eq(succeeds(project, run), shops .. "totals: cached\n")
  check.has(succeeds(project, "rille runs"), "shops-")
end)

-- The service --------------------------------------------------------------------------

local BAROLO <const> = '{"alcohol": 13.2, "flavanoids": 2.76, "color_intensity": 4.38, "proline": 1050}'
local OTHER <const> = '{"alcohol": 12.3, "flavanoids": 1.2, "color_intensity": 2.1, "proline": 450}'

local Service = {}
Service.__index = Service

-- Starts the service and waits until it listens.
local function start(project, script)
  local self = setmetatable({ project = project }, Service)
  local r = in_copy(project, string.format(
    "rm -f code log pid; { ./service %s .rille 0 2>log & echo $! >pid; wait $!; echo $? >code.new; mv code.new code; } "
      .. ">/dev/null 2>&1 &", script or "barolo.lua"))
  check.eq(r.code, 0, r.err)
  return self
end

-- The file in the folder of the program when it matches.
function Service:wait(file, pattern)
  for _ = 1, 1200 do
    local text = self.project:read("examples/embed/" .. file)
    local found = text and text:match(pattern)
    if found then return found end
    os.execute "sleep 0.05"
  end
  error(file .. ": " .. tostring(self.project:read("examples/embed/" .. file)))
end

local function listening(project)
  local self = start(project)
  self.port = self:wait("log", "listening on port (%d+)\n")
  return self
end

function Service:signal(name)
  succeeds(self.project, "kill -" .. name .. " $(cat pid)")
  return math.tointeger(self:wait("code", "^(%d+)\n"))
end

function Service:__close()
  self.project:sh "kill -9 $(cat examples/embed/pid) 2>/dev/null; true"
  self:wait("code", "^%d+\n")
end

-- What curl gets: the status, and the answer decoded.
function Service:post(path, body, options)
  self.project:write("body", body)
  local r = self.project:sh(string.format("env -u LD_PRELOAD curl -sS -w '\\n%%{http_code}' %s http://127.0.0.1:%s%s",
    options or "--data-binary @body", self.port, path))
  check.eq(r.code, 0, r.err)
  local text, code = r.out:match "^(.*)\n(%d+)$"
  return math.tointeger(code), json.decode(text)
end

function Service:version()
  local code, answer = self:post("/predict", BAROLO)
  check.eq(code, 200)
  return answer.version
end

local function service()
  needs("pkg-config", "curl")
  if not os.execute "pkg-config --exists libmicrohttpd" then check.cannot "libmicrohttpd-dev is not installed" end
  build("service.c", "cc")
  return copy()
end

check.test("the service predicts by the version in production, one wine and many", function()
  local project <close> = service()
  local s <close> = listening(project)
  local code, answer = s:post("/predict", BAROLO)
  check.eq({ code, answer.version }, { 200, 1 })
  check.ok(answer.barolo > 0.9, answer.barolo)
  code, answer = s:post("/predict", OTHER)
  check.ok(code == 200 and answer.barolo < 0.1, answer.barolo)
  local one = answer.barolo
  code, answer = s:post("/batch", "[" .. BAROLO .. "," .. OTHER .. "]")
  check.eq({ code, #answer.barolo, answer.version }, { 200, 2, 1 })
  check.ok(math.abs(answer.barolo[2] - one) < 0.001, answer.barolo[2])
  check.has(succeeds(project, "rille lineage inference::predict::barolo"), "model barolo 1 (production)")
  check.has(succeeds(project, "rille runs inference"), answer.run)
end)

check.test("a mistake of the client is 4xx, and says what is wrong", function()
  local project <close> = service()
  local s <close> = listening(project)
  local function refused(code, text, path, body, options)
    local got, answer = s:post(path, body, options)
    check.eq(got, code, answer.message)
    check.has(answer.message, text)
  end
  refused(400, "proline", "/predict", '{"alcohol": 13.2, "flavanoids": 2.76, "color_intensity": 4.38}')
  refused(400, "proline", "/predict", (BAROLO:gsub("1050", '"much"')))
  refused(400, "JSON", "/predict", "alcohol=13")
  refused(400, "", "/predict", "[1, 2]")
  refused(422, 'wine 2 has no number "flavanoids"', "/batch", "[" .. BAROLO .. ', {"alcohol": 13}]')
  refused(404, "/predict", "/other", "{}")
  refused(405, "POST", "/predict", "", "")
  refused(413, "bytes", "/predict", (" "):rep(2 << 20))
  check.eq(s:version(), 1)
end)

check.test("a version that another process promotes answers the next request", function()
  local project <close> = service()
  local s <close> = listening(project)
  check.eq(s:version(), 1)
  succeeds(project, "rille -q run barolo.lua training --set C=0.01")
  check.eq(s:version(), 2)
  succeeds(project, "rille " .. command("service.c", "rille model"):match "^rille (.-) %s+the")
  check.eq(s:version(), 1)
  succeeds(project, "rille model promote barolo@1 archived")
  local code, answer = s:post("/predict", BAROLO)
  check.eq({ code, answer.message }, { 503, "no version is in production" })
  succeeds(project, "rille model promote barolo@2 production")
  check.eq(s:version(), 2)
end)

check.test("Ctrl-C ends the service with 0, and nothing is left running or unfinished", function()
  local project <close> = service()
  local s <close> = listening(project)
  check.eq(s:version(), 1)
  local pid = s:wait("pid", "%d+")
  check.eq(s:signal "INT", 0)
  check.eq(succeeds(project, "ps -o pid= --ppid " .. pid .. " || true"), "")
  check.eq(json.decode((succeeds(project, "rille runs --status running --json"))).items, json.decode "[]")
  check.has(succeeds(project, "rille fsck"), ", 0 problems")
end)

check.test("Ctrl-C while it trains stops the run", function()
  local project <close> = service()
  project:write("examples/embed/endless.lua", [[
local rille = require "rille"
local spin = rille.step "spin" { outputs = { rille.types.number "n" }, run = function()
  print "spinning"
  local n = 0
  while true do n = n + 1 end
end }
rille.pipeline "training" { define = function() spin() end }
]])
  local s <close> = start(project, "endless.lua")
  for _ = 1, 600 do
    if in_copy(project, "rille runs --status running").out:find "training" then break end
    os.execute "sleep 0.05"
  end
  check.eq(s:signal "INT", 0)
  check.has(succeeds(project, "rille runs"), "stopped")
end)

check.test("after kill -9 the service starts again, and trains nothing anew", function()
  local project <close> = service()
  do
    local s <close> = listening(project)
    check.eq(s:version(), 1)
    check.eq(s:signal "KILL", 128 + 9)
  end
  local s <close> = listening(project)
  check.eq(s:version(), 1)
  local run = json.decode((succeeds(project, "rille show training@-1 --json")))
  check.eq(run.status, "completed")
  for _, step in ipairs(run.steps) do check.eq(step.status, "cached", step.id) end
end)

installed:__close()
check.done()
