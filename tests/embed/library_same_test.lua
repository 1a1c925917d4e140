-- library_same_test: a script run by the library (build/as_program) and by `rille run` gives the same keys and
-- digests, and what one leaves in a store is a hit for the other.
--
-- Here: all examples, and what a host changes about a process.  The cases of tests/cache run through both by
-- RILLE_THROUGH=library, first or second (tests/lib/oracle.lua).

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local json = require "rille.json"
local paths = require "paths"

local function quote(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

local function shell(command)
  local p = assert(io.popen(command))
  local text = p:read "a"
  local ok, _, code = p:close()
  return text, ok and 0 or code
end

local WAYS <const> = {
  ["-j1"] = quote(paths.rille) .. " run FILE NAME -j 1 -q", ["-j2"] = quote(paths.rille) .. " run FILE NAME -j 2 -q",
  library = quote(paths.build .. "/as_program") .. " run FILE NAME --json",
  ["library -j2"] = quote(paths.build .. "/as_program") .. " run FILE NAME --json -j 2",
}

-- A folder with a copy of the examples.
local Copy = { __name = "copy" }
Copy.__index = Copy
function Copy:__close() os.execute("rm -rf " .. quote(self.dir)) end

local function copy()
  local dir = shell("mktemp -d"):gsub("\n", "")
  assert(os.execute(string.format("cd %s && cp -r *.lua *.py data golden configuration %s",
    quote(paths.root .. "/examples"), quote(dir))))
  return setmetatable({ dir = dir, n = 0 }, Copy)
end

function Copy:write(name, text)
  local f = assert(io.open(self.dir .. "/" .. name, "w"))
  f:write(text)
  f:close()
end

-- Runs a pipeline one way: { STEP = { key, outputs, status } }, and what the run printed.
function Copy:run(way, file, pipeline, store, words)
  self.n = self.n + 1
  local name, at = "r" .. self.n, self.dir .. "/" .. store
  local command = WAYS[way]:gsub("FILE", file):gsub("NAME", pipeline)
  local out, code = shell(string.format("cd %s && unset RILLE_STORE && %s %s --store %s --name %s 2>&1 </dev/null",
    quote(self.dir), words or "", command, quote(at), name))
  check.eq(code, 0, way .. ": " .. out)
  local steps, shown = {}, json.decode((shell(string.format("%s show %s --json --store %s", quote(paths.rille), name,
    quote(at)))))
  for _, step in ipairs(shown.steps) do
    local outputs = {}
    for output, artifact in pairs(step.outputs) do outputs[#outputs + 1] = output .. "=" .. artifact.digest end
    table.sort(outputs)
    steps[step.id] = { key = step.key or "", outputs = table.concat(outputs, " "), status = step.status }
  end
  return steps, out
end

local function same(got, want, what)
  for id, step in pairs(want) do
    check.eq(got[id] and got[id].key, step.key, what .. ": key of " .. id)
    check.eq(got[id].outputs, step.outputs, what .. ": outputs of " .. id)
  end
  for id in pairs(got) do check.ok(want[id], what .. ": step " .. id) end
end

local function statuses(steps)
  local list = {}
  for id, step in pairs(steps) do list[#list + 1] = id .. " " .. step.status end
  table.sort(list)
  return table.concat(list, ", ")
end

-- All ways on stores of their own, then each on the store of the other.
local function try(dir, file, pipeline, words)
  local program = dir:run("-j1", file, pipeline, "one-" .. pipeline, words)
  local two = dir:run("-j2", file, pipeline, "two-" .. pipeline, words)
  local library = dir:run("library", file, pipeline, "three-" .. pipeline, words)
  same(two, program, "-j2")
  same(library, program, "library")
  same(dir:run("library -j2", file, pipeline, "four-" .. pipeline, words), program, "library -j2")
  check.eq(statuses(library), statuses(program))
  local again = dir:run("-j1", file, pipeline, "two-" .. pipeline, words)
  local after_program = dir:run("library", file, pipeline, "one-" .. pipeline, words)
  local after_library = dir:run("-j1", file, pipeline, "three-" .. pipeline, words)
  same(after_program, program, "library after the program")
  same(after_library, program, "program after the library")
  check.eq(statuses(after_program), statuses(again), "library after the program")
  check.eq(statuses(after_library), statuses(again), "program after the library")
end

local EXAMPLES <const> = { "alerts sales_watch", "configuration pi", "digits digits", "gammas gammas",
  "hello hello", "history pi", "models training", "sales sales", "search tuning", "shards shards", "stacks slope",
  "tracking fits", "two_steps two_steps", "words words" }

for _, example in ipairs(EXAMPLES) do
  local file, pipeline = example:match "^(%S+) (%S+)$"
  check.test("examples/" .. file .. ".lua gives the same by the library and by the program", function()
    local dir <close> = copy()
    try(dir, file .. ".lua", pipeline)
  end)
end

-- What a process has that a host changes -----------------------------------------------------

local function case(sentence, text, words, files)
  check.test(sentence, function()
    local dir <close> = copy()
    dir:write("case.lua", "local rille = require 'rille' local t = rille.types\n" .. text)
    for name, content in pairs(files or {}) do dir:write(name, content) end
    try(dir, "case.lua", "p", words)
  end)
end

-- A pipeline of one step whose output is what the body gives.
local function body(text, top)
  return (top or "") .. "\nlocal s = rille.step 's' { outputs = { t.string 'o' }, run = function(_, ctx)\n" .. text
    .. "\nend }\nreturn rille.pipeline 'p' { define = function() s {} end }"
end

case("a program's output is in neither value", body "os.execute 'echo out; echo err >&2' return 'x'")
case("what a program writes into a pipe is read",
  body "local f = io.popen 'printf %s-%s a b' local x = f:read 'a' f:close() return x")
case("a program's standard input is empty", body "local f = io.popen 'cat; echo end' return f:read 'a'")
case("a program is given the same environment",
  body "local f = io.popen [[env | grep -Ev '^(_|SHLVL|PWD|OLDPWD)=' | sort]] return f:read 'a'")
case("a program has the working folder of the script",
  body "local f = io.popen 'pwd | sed s,.*/,,' return f:read 'a'")
case("an exit code of a program is the same", body "return tostring(select(3, os.execute 'exit 3'))")
case("standard input is empty", body "return tostring(io.read 'l') .. tostring(io.stdin:read 'a')")
case("random numbers are those of the key", body "return math.random(1000000) .. ' ' .. math.random()")
case("numbers are written in the locale C, whatever the host has",
  body "return string.format('%.3f', 1234.5) .. tostring(1.5) .. tostring(os.setlocale(nil))", "LC_ALL=de_DE.UTF-8")
case("texts are ordered by bytes", body "local l = { 'b', 'A', 'a', 'B', 'ä' } table.sort(l) return table.concat(l)",
  "LC_ALL=de_DE.UTF-8")
case("variables are read", body "return os.getenv 'RILLE_CASE' .. tostring(os.getenv 'RILLE_NONE')", "RILLE_CASE=x")
case("the script is in no arg and is no main",
  body("return tostring(MAIN) .. tostring(rawget(_G, 'arg'))", "MAIN = rille.main()"))
case("modules beside the script are found", body "local v = require 'golden.case_module' return v", nil,
  { ["golden/case_module.lua"] = "return 'from here'" })
case("LUA_PATH counts", body "return tostring(pcall(require, 'of_path'))", "LUA_PATH='./data/?.lua;;'")
case("a file is read and written relative to the script",
  body "local f = assert(io.open('data/sales.csv')) local x = f:read 'l' f:close() return x")
case("the mode of a file is that of the umask",
  body "local f = io.popen 'umask' return f:read 'a'", "umask 027;")
case("messages name the script alike",
  body "return select(2, pcall(error, 'why')) .. debug.traceback('at', 1):match '^[^\\n]*'")
case("the source of a function is the same", body "return debug.getinfo(1, 'S').short_src")
case("collecting garbage shows nothing", body "collectgarbage() return tostring(math.type(collectgarbage 'count'))")
case("tables have the same order", body [[
  local t, l = { b = 1, a = 2, c = 3, [10] = 4 }, {}
  for k in pairs(t) do l[#l + 1] = tostring(k) end
  return table.concat(l)]])
case("the path of packages is the same", body "return package.path .. package.cpath .. package.config")

check.done()
