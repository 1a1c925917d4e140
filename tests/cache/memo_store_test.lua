-- What a run does besides its steps, and what happens to a store between runs: with memos as without
-- (lib/memo_oracle.lua).

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local memo_oracle = require "memo_oracle"

local HEAD <const> = [[
local rille = require "rille"
local t = rille.types
TOP
local work = rille.step "work" { FIELDS params = { v = t.any { default = 1 } }, outputs = { t.any "x" OUTPUT },
  run = function(p, ctx) RUN return p.v end }
local after = rille.step "after" { inputs = { t.any "x" }, outputs = { t.any "y" }, run = function(x) return { x, CONSTANT } end }
MIDDLE
local p = rille.pipeline "p" { PIPELINE params = { k = 1 }, define = function(p) DEFINE end }
TAIL
return p
]]

local function fill(text, parts) return (text:gsub("%f[%w]%u%u%u+%f[%W]", parts)) end

local function program(parts)
  local given = { TOP = "", FIELDS = "", OUTPUT = "", RUN = "", MIDDLE = "", PIPELINE = "", TAIL = "", CONSTANT = "1",
    DEFINE = "after(work { v = p.k })" }
  for k, v in pairs(parts or {}) do given[k] = v end
  return fill(HEAD, given)
end

-- Other scripts: a pipeline with the same steps, one with another step of the same name of artifact.
local OTHER <const> = (program():gsub('pipeline "p"', 'pipeline "q"'))

-- A history: play(h) does all; main.lua is program(parts).
local function history(name, parts, play, setup)
  check.test("the same with and without memos: " .. name, function()
    local h <close> = memo_oracle.history()
    h:write("main.lua", type(parts) == "string" and parts or program(parts))
    if setup then setup(h) end
    play(h)
    h:live()
  end)
end

-- Three runs, something, three runs, judged.
local function around(name, parts, play, setup)
  history(name, parts, function(h)
    h:runs(3)
    h:judge()
    play(h)
    h:runs(3)
    h:judge()
  end, setup)
end

local LONG <const> = { RUN = "do return ('x'):rep(100000) .. p.v end", CONSTANT = "('y'):rep(100000)" }

-- runs in turn --------------------------------------------------------------------

around("nothing between", {}, function() end)
around("another value of a parameter, and back", {}, function(h)
  for _, k in ipairs { 2, 2, 1, 2, 3, 1 } do h:run { args = "-j 1 --set k=" .. k } h:judge() end
end)
around("a parameter as its default, and left out", {}, function(h) h:run { args = "-j 1 --set k=1" } h:run {} h:run {
  args = "-j 1 --set k=null" } end)
around("a parameter of a step", {}, function(h) h:run { args = "-j 1 --set work.v=4" } h:run {} h:run { args =
  "-j 1 --set work.v=1" } end)
around("without the cache", {}, function(h) h:run { args = "-j 1 --no-cache" } h:run {} h:run { args =
  "-j 1 --no-cache" } end)
around("without the memo", {}, function(h) h:run { args = "-j 1 --no-memo", any_code = true } end)
around("unlisted", {}, function(h) h:runs(3, { args = "-j 1 --unlisted" }) h:rille "runs --unlisted" end)
history("first unlisted, then listed", {}, function(h)
  h:runs(3, { args = "-j 1 --unlisted" })
  h:rille "artifact list"
  h:runs(2)
  h:rille "artifact list"
  h:runs(2, { args = "-j 1 --unlisted" })
  h:runs(2)
end)
around("names and tags", {}, function(h)
  h:run { args = "-j 1 --name own --tag a --tag b" }
  h:run { args = "-j 1 --name own", code = 4 }
  h:run { args = "-j 1 --name 'x-{n}-{pipeline}'" }
  h:run { args = "-j 1 --tag a" }
  h:rille "runs --tag a"
  h:rille "show own"
end)
around("jobs", {}, function(h) h:run { args = "-j 4" } h:run { args = "" } h:run { args = "-j 1 -k" } h:run { args =
  "-j 1 --fail-fast" } end)
around("resources", {}, function(h) h:run { args = "-j 1 --resources gpu=1,memory=1GiB" } end)
around("resources that a step requests", { FIELDS = "resources = { gpu = 2 }," }, function(h)
  for _, r in ipairs { "gpu=1", "gpu=2", "gpu=1", "cpu=1" } do
    h:run { args = "-j 1 --resources " .. r, any_code = true }
  end
end, function(h)
  local run = h.run
  h.run = function(self, o) return run(self, o or { args = "-j 1 --resources gpu=4" }) end
end)
around("mistakes of the command line", {}, function(h)
  for _, r in ipairs { "--tag ''", "--tag 'a b'", "--name a/b", "--name ''", "--set zork=1", "--set k=", "-j 0",
    "--only zork",
    "--resources gpu=x", "--stack zork", "--config zork.yaml", "--input x=y" } do
    h:run { args = r, any_code = true }
    h:run { args = "-j 1 " .. r, any_code = true }
  end
end)
around("only and from", {}, function(h)
  h:run { args = "-j 1 --only work" } h:run {} h:run { args = "-j 1 --only after" } h:run { args = "-j 1 --from after"
    } h:run {}
  h:run { args = "-j 1 --from work" } h:run { args = "-j 1 --from work" }
end)
history("only, before anything else", {}, function(h) h:run { args = "-j 1 --only work" } h:runs(3) h:judge() end)
around("audit", {}, function(h) h:run { args = "-j 1 --audit" } h:run {} h:run { args = "--audit -j 1" } end)
around("quiet, more, as JSON", {}, function(h)
  for _ = 1, 2 do for _, o in ipairs { "-q", "-v", "--json", "-q --json", "-q -v" } do h:run { args = "-j 1 " .. o }
    end end
end)
around("the commands that only look", {}, function(h)
  for _ = 1, 2 do
    for _, c in ipairs { "plan main.lua", "plan main.lua --json", "plan main.lua --set k=2", "lint main.lua",
      "graph main.lua", "config main.lua",
      "show p@-1", "show p@-1 --json", "show p@-1/after", "why after", "why after --json", "why work p@-1",
        "lineage p::after::y", "lineage p::after::y --json",
      "diff p@-1 p@-2", "diff p@-1 p@-2 --json", "artifact list", "artifact list --json", "artifact list --versions",
        "artifact show p::after::y",
      "artifact get p::after::y", "pipeline list", "pipeline show p", "pipeline show p --json", "runs", "runs --json",
        "log p@-1", "verify p@-1", "fsck",
      "fsck --json", "graph p@-1", "runs --where 'params.k = 1'", "artifact verify" } do h:rille(c) end
    h:run {}
  end
end)
around("rerun causes", {}, function(h) h:edit("x, 1 }", "x, 2 }") h:run {} h:rille "why after" h:edit("x, 2 }",
  "x, 1 }") h:run {}
  h:rille "why after" end)
around("another pipeline that takes the same keys", {}, function(h)
  h:runs(2, { script = "q.lua" }) h:run {} h:edit("q.lua", "x, 1 }", "x, 2 }") h:run { script = "q.lua" } h:run {
    script = "q.lua", args = "-j 1 --no-cache" }
end, function(h) h:write("q.lua", OTHER) end)
around("another script with a pipeline of the same name", {}, function(h)
  h:runs(2, { script = "q.lua" }) h:run {} h:run { script = "q.lua" } h:runs(2) h:run { script = "q.lua", args =
    "-j 1 --set k=2" }
end, function(h) h:write("q.lua", program { CONSTANT = "2" }) end)
around("another script with the same pipeline", {}, function(h)
  h:runs(2, { script = "q.lua" }) h:run {} h:run { script = "sub/r.lua" } h:run {}
end, function(h) h:write("q.lua", program {}) h:write("sub/r.lua", program {}) end)
around("two pipelines in one script", { TAIL = "rille.pipeline 'q' { define = function() work { v = 9 } end }" },
  function(h)
  h:runs(2, { args = "q -j 1" }) h:run { args = "p -j 1" } h:run { args = "q -j 1" }
end)
history("two pipelines that give one name in turn", { OUTPUT = "{ name = 'shared' }" }, function(h)
  for _ = 1, 3 do h:runs(2) h:runs(2, { script = "q.lua" }) h:rille "artifact list --versions" h:rille
    "artifact get shared" end
  h:run { script = "q.lua" } h:run { args = "-j 1 --set k=2" } h:run {} h:run { script = "q.lua" } h:run {} h:rille
    "artifact list --versions"
end, function(h)
  h:write("q.lua", (program { OUTPUT = "{ name = 'shared' }", DEFINE = "after(work { v = 7 })" }:gsub('pipeline "p"',
    'pipeline "q"')))
end)
history("a name that moves between two steps", { OUTPUT = "{ name = 'shared' }", DEFINE =
  "work { v = p.k } work:with { id = 'two' } { v = 2 }" },
  function(h) h:runs(3) h:rille "artifact list --versions" h:run { args = "-j 1 --set k=2" } h:runs(2) h:rille
    "artifact list --versions" end)
history("an output that is set back and forth", {}, function(h)
  for _ = 1, 2 do h:runs(2) h:edit("x, 1 }", "x, 2 }") h:runs(2) h:rille "artifact list --versions" h:edit("x, 2 }",
    "x, 1 }") end
  h:runs(2) h:rille "artifact list --versions" h:judge()
end)

-- steps
--
-- steps ---------------------------------------------------------------------------

around("a step that is never cached", { FIELDS = "cache = false," }, function(h) h:edit("cache = false",
  "cache = true") h:runs(2) end)
around("a step that becomes never cached", { FIELDS = "cache = true," }, function(h) h:edit("cache = true",
  "cache = false") h:runs(2) end)
around("a pipeline that is never cached", { PIPELINE = "cache = true," }, function(h) h:edit('{ cache = true',
  '{ cache = false') h:runs(2) end)
around("a step always cached, run anew by another pipeline", { FIELDS = "cache = 'always',",
  RUN = "do local f <close> = io.popen 'cat k.txt' return f:read 'a' end" }, function(h)
  h:write("k.txt", "two") h:runs(2) h:run { script = "q.lua", args = "-j 1 --no-cache" } h:runs(2) h:write("k.txt",
    "one")
  h:run { args = "-j 1 --no-cache" } h:runs(2) h:write("k.txt", "three") h:run { script = "q.lua", args =
    "-j 1 --from work" } h:runs(2)
  h:rille "artifact get p::work::x" h:write("k.txt", "three") h:run { args = "-j 1 --no-cache --unlisted" } h:runs(2)
end, function(h)
  h:write("k.txt", "one")
  h:write("q.lua", (program { FIELDS = "cache = 'always',", RUN =
    "do local f <close> = io.popen 'cat k.txt' return f:read 'a' end",
    DEFINE = "work { v = p.k }" }:gsub('pipeline "p"', 'pipeline "q"')))
end)
around("a step that reads a file", { RUN = "do return io.open 'k.txt':read 'a' end" }, function(h)
  h:write("k.txt", "two") h:runs(2) h:judge() h:sh "touch k.txt" h:runs(2) h:sh "rm k.txt" h:run { code = 1 }
    h:write("k.txt", "one") h:runs(2) h:judge()
  h:sh "cp k.txt l.txt; mv l.txt k.txt" h:runs(2) h:sh "rm k.txt; ln -s z.txt k.txt; echo two >z.txt" h:runs(2) h:sh
    "rm k.txt; echo one >k.txt"
end, function(h) h:write("k.txt", "one") end)
around("a step that reads a file that is not there", { RUN = "do return io.open 'k.txt' and 2 or 1 end" }, function(h)
  h:write("k.txt", "two") h:runs(2) h:judge() h:sh "rm k.txt" h:runs(2) h:judge() h:sh "mkdir k.txt" h:runs(2) h:sh
    "rmdir k.txt"
end)
around("a step that reads a variable", { RUN = "do return os.getenv 'MODE' end" }, function(h)
  h:runs(2, { env = { MODE = "a" } }) h:judge() h:runs(2, { env = { MODE = "b" } }) h:judge() h:runs(2, { env = { MODE
    = "a" } }) h:judge()
end)
around("a step that requires a module", { RUN = "do return require('m').v end" }, function(h)
  h:write("m.lua", "-- more\nreturn { v = 1 }") h:runs(2) h:write("m.lua", "return { v = 2 }") h:runs(2) h:judge()
end, function(h) h:write("m.lua", "return { v = 1 }") end)
around("a step that writes a file", { RUN = "do local f <close> = io.open('made.txt', 'w') f:write(p.v) return 1 end"
  }, function(h)
  h:sh "cat made.txt; rm made.txt" h:runs(2) h:sh "cat made.txt; echo 5 >made.txt" h:runs(2) h:sh "cat made.txt; ls"
  h:run { args = "-j 1 --set k=2" } h:runs(2) h:sh "cat made.txt"
end)
history("a step that lists a folder", { RUN = "do local f <close> = io.popen 'ls sub' return f:read 'a' end", FIELDS =
  "cache = 'always'," },
  function(h) h:runs(3) h:sh "touch sub/b" h:runs(2) end, function(h) h:write("sub/a", "a") end)
for _, where in ipairs { "TOP", "DEFINE" } do
  around("a file as an input, named in " .. where, { TOP = where == "TOP" and "local f = rille.file 'k.txt'" or "",
    MIDDLE = "local size = rille.step 'size' { inputs = { t.file 'f' }, outputs = { t.any 'n' }, "
      .. "run = function(f) return io.open(tostring(f.path or f)):read 'a' end }",
    DEFINE = (where == "DEFINE" and "local f = rille.file 'k.txt' " or "") .. "after(size { f = f })" }, function(h)
    h:write("k.txt", "two") h:runs(2) h:judge() h:sh "touch k.txt" h:runs(2) h:sh "chmod +x k.txt" h:runs(2)
    h:sh "rm k.txt" h:run { any_code = true } h:sh "mkdir k.txt" h:run { any_code = true } h:sh
      "rmdir k.txt; ln -s z.txt k.txt"
    h:write("z.txt", "three") h:runs(2) h:judge() h:sh "rm k.txt" h:write("k.txt", "one") h:runs(2) h:judge() h:run {
      cwd = "/" }
  end, function(h) h:write("k.txt", "one") end)
  around("a folder as an input, named in " .. where, { TOP = where == "TOP" and "local f = rille.dir 'sub'" or "",
    MIDDLE = "local size = rille.step 'size' { inputs = { t.dir 'f' }, outputs = { t.any 'n' }, run = function(f) "
      .. "return 1 end }",
    DEFINE = (where == "DEFINE" and "local f = rille.dir 'sub' " or "") .. "after(size { f = f })" }, function(h)
    for _, command in ipairs { "echo x >sub/b", "touch sub/b", "echo y >sub/.hidden", "chmod +x sub/b",
      "mkdir sub/deep",
      "rm sub/b", "echo z >sub/deep/c", "rm -rf sub/deep sub/.hidden", "ln -s a sub/l", "rm sub/l" } do
      h:sh(command)
      h:run { any_code = true }
      h:run { any_code = true }
      h:judge()
    end
  end, function(h) h:write("sub/a", "a") end)
end
around("a materializer of the script's", { TOP = "Box = {} rille.materializer 'box' { class = Box, version = 1, "
  ..("save = function(b, art) art:write('v', 'one' .. b.v) end, load = function(art) return setmetatable({ v = 1 "
    .. "}, Box) end }"),
  RUN = "do return setmetatable({ v = p.v }, Box) end", CONSTANT = "type(x)" }, function(h)
  h:edit("'one'", "'two'") h:runs(2) h:judge() h:edit("version = 1", "version = 2") h:runs(2) h:judge()
  h:edit("v = 1 }, Box", "v = 7 }, Box") h:runs(2)
end)
around("hooks of steps that print", { FIELDS = "on_success = function() print 'success' end," }, function(h)
  h:edit("'success'", "'more success'") h:runs(2) h:run { args = "-j 1 --no-cache" }
end)
around("a hook of the pipeline that changes", { PIPELINE = "on_success = function() print 'good' end," }, function(h)
  h:edit("'good'", "'better'") h:runs(2) h:run { args = "-j 1 --no-cache" } h:run { args = "-j 1 --set k=2" }
end)
around("a command step", { DEFINE = "after(c {})", MIDDLE = "local c = rille.step 'c' { command = 'cat k.txt', "
  .. "outputs = { t.string 'out' }, stdout = 'out' }" },
  function(h) h:write("k.txt", "two") h:runs(2) h:judge() end, function(h) h:write("k.txt", "one") end)
around("a step that prints", { RUN = "print('working', p.v)" }, function(h) h:rille "log p@-1" h:rille "log p@-2" end)
around("a step that fails", { RUN = "if io.open 'bad' then error 'bad' end" }, function(h)
  h:sh "touch bad" h:run { code = 1 } h:run { code = 1 } h:judge() h:sh "rm bad" h:runs(2) h:sh "touch bad" h:run {
    code = 1, args = "-j 1 -k" } h:sh "rm bad"
end)
history("a step that fails at first", { RUN = "if not io.open 'good' then error 'bad' end" }, function(h)
  h:runs(2, { code = 1 }) h:sh "touch good" h:runs(3) h:judge()
end)
around("a step that fails beside", { DEFINE = "after(work { v = p.k }) bad()",
  MIDDLE = "local bad = rille.step 'bad' { outputs = { t.any 'o' }, run = function() if io.open 'bad' then error "
    .. "'bad' end return 1 end }" }, function(h)
  h:sh "touch bad" h:run { code = 1 } h:run { code = 1, args = "-j 1 -k" } h:sh "rm bad"
end)
around("retries, a timeout, hooks of steps", { FIELDS = "retries = 2, timeout = 10, on_success = function(ctx) "
  .. "print 'success' end, "
  .. "on_failure = function(m) print 'failure' end," }, function(h) h:edit("timeout = 10", "timeout = 20") h:runs(2)
    end)
around("steps that count themselves: one key under several ids", { DEFINE = "for i = 1, 4 do after:with { id = 'a' "
  .. ".. i } (work:with { id = 'w' .. i } "
  .. "{ v = 1 }) end" }, function(h) h:edit("1, 4", "1, 5") h:runs(2) h:edit("1, 5", "1, 3") h:runs(2) end)
around("random steps under several ids", { RUN = "do return math.random(1000000) end", DEFINE =
  "for i = 1, 3 do work:with { id = 'w' .. i } {} end" },
  function(h) h:edit("1, 3", "1, 4") h:runs(2) end)
around("metrics", { RUN = "ctx:log_metric { acc = p.v, loss = 1 / p.v } for i = 1, 3 do ctx:log_metric({ l = i }, { "
  .. "step = i }) end" }, function(h)
  for _ = 1, 2 do
    h:rille "runs --where 'metric.acc = 1'" h:rille "runs --where 'metric.work.loss < 2'" h:rille "show p@-1" h:rille
      "show p@-1 --json"
    h:run { args = "-j 1 --set k=4" } h:rille "runs --where 'metric.acc > 2' --sort metric.acc" h:runs(2)
  end
  h:rille "artifact list --where 'metric.acc = 1'"
end)
around("metadata", { RUN = "ctx:log_metadata { a = p.v } ctx:log_artifact_metadata { b = p.v }" }, function(h) h:rille
  "show p@-1 --json"
  h:rille "artifact show p::work::x" end)
around("tags of outputs", { OUTPUT = "{ tags = { 'good' } }" }, function(h)
  h:rille "artifact list --tag good" h:rille "artifact untag p::work::x good" h:runs(2) h:rille
    "artifact list --tag good --versions"
  h:edit("'good'", "'better'") h:runs(2) h:rille "artifact list --tag better"
end)
around("tags that users give", {}, function(h) h:rille "artifact tag p::work::x mine" h:runs(2) h:rille
  "tag p@-1 best" h:runs(2) h:rille "untag p@-3 best"
  h:rille "artifact list --tag mine" end)
around("tags of the pipeline's runs in YAML", {}, function(h) h:runs(2, { args = "-j 1 --config c.yaml" }) h:runs(2)
  h:runs(2, { args = "-j 1 --config d.yaml" }) end,
  function(h)
    h:write("c.yaml", "tags: [nightly]\nextra: { owner: data }\nparameters: { k: 3 }\n")
    h:write("d.yaml", "run_name: 'own-{n}'\nsettings: { jobs: 1 }\nsteps: { work: { parameters: { v: 8 }, "
      .. "enable_cache: false } }\n")
  end)
around("a secret", { DEFINE = "after(work { v = p.k }) hidden { token = p.token }", MIDDLE =
  "local hidden = rille.step 'hidden' { params = { token = t.secret }, "
  .. "outputs = { t.any 'o' }, run = function(p) return #p.token end }" }, function(h)
  h.loose_rows = true     -- keys are of a key of the store
  h:runs(2) h:run { env = { RILLE_SECRET_TOKEN = "another" } } h:runs(2)
end, function(h)
  h:edit("params = { k = 1 }, define", "params = { k = 1, token = t.secret }, define")
  local run = h.run
  h.run = function(self, o)
    o = o or {}
    o.env = o.env or { RILLE_SECRET_TOKEN = "secret" }
    return run(self, o)
  end
end)
around("inputs", { PIPELINE = "inputs = { t.string 'text' }," }, function(h) h:runs(2) h:write("in.txt", "two")
  h:runs(2) end, function(h)
  h:edit("define = function(p) after", "define = function(p, inputs) after:with { id = 'i' } { x = inputs.text } after")
  h:write("in.txt", "one")
  local run = h.run
  h.run = function(self, o) return run(self, { args = "-j 1 --input text=in.txt", code = o and o.code }) end
end)

-- what hears of runs --------------------------------------------------------------

around("a hook at the end", { PIPELINE = "on_end = function(run, ctx) print('ended', run.status, run.number, "
  .. "#run.steps, ctx.params.k) end," },
  function(h) h:run { args = "-j 1 --set k=2" } h:runs(2) h:rille "show p@-1" h:rille "show p@-1 --json" end)
around("a hook at the end that fails", { PIPELINE = "on_end = function(run, ctx) error 'broken' end," }, function(h)
  h:rille "show p@-1" end)
around("a hook at the end that writes", { PIPELINE = "on_end = function(run, ctx) local f <close> = "
  .. "io.open('made.txt', 'a') f:write(run.number, '\\n') end," },
  function(h) h:sh "cat made.txt" end, function(h) h.effects = true end)
around("hooks of the pipeline", { PIPELINE = "on_success = function() print 'good' end, on_failure = function() "
  .. "print 'bad' end," }, function() end)
around("an alerter", { PIPELINE = "on_end = function(run, ctx) ctx.alerter:alert('ended ' .. run.status) end," },
  function(h)
  h:sh "sed 's/\"time\":[^,}]*//' alerts.jsonl | grep -o '\"text\":\"[^\"]*\"'"
end, function(h)
  h:sh "mkdir -p .rille"
  h:write(".rille/config.yaml", "format: 1\nactive: told\ncomponents:\n  alerter:\n    tell: { flavor: file, "
    .. "options: { path: alerts.jsonl } }\n"
    .. "stacks:\n  told: { alerter: tell }\n")
  h.effects = true
end)
around("a step that alerts", { RUN = "ctx.alerter:alert 'hello'" }, function(h) h:edit("'hello'", "'hallo'") end)
around("a tracker", { RUN = "ctx:log_metric { acc = 1 }" }, function(h)
  h:sh "find mlruns -name acc | wc -l; find mlruns -name 'meta.yaml' | wc -l"
end, function(h)
  h:sh "mkdir -p .rille"
  h:write(".rille/config.yaml", "format: 1\nactive: watched\ncomponents:\n  experiment_tracker:\n    tracker: { "
    .. "flavor: mlflow, options: { path: mlruns } }\n"
    .. "stacks:\n  watched: { experiment_tracker: tracker }\n")
  h.effects, h.loose_files = true, true
end)
around("OpenLineage", {}, function(h)
  local words = "-j 1 --openlineage events.jsonl"
  h:runs(3, { args = words })
  h:sh "grep -c START events.jsonl; grep -c COMPLETE events.jsonl; grep -o '\"cached\":[a-z]*' events.jsonl"
  h:rille "main.lua" h:runs(2) h:run { args = words } h:sh "grep -c START events.jsonl"
end)
local MODEL <const> = "local m = rille.model 'm' { description = 'about' }"
around("a model", { TOP = MODEL, PIPELINE = "model = m," }, function(h)
  h:rille "model version show m --json" h:run { args = "-j 1 --set k=2" } h:runs(2) h:rille "model show m" h:rille
    "model version list m"
  h:rille "model promote m 1 production" h:runs(2) h:rille "model history m" h:edit("'about'", "'more about'")
    h:runs(2) h:rille "model show m"
end)
around("a model that makes a version each time", { TOP = "local m = rille.model 'm' { new_version = true }", PIPELINE
  = "model = m," },
  function(h) h:rille "model version list m" end)
around("a step that promotes", { TOP = MODEL, PIPELINE = "model = m,", RUN =
  "ctx:log_metric { acc = p.v } ctx:promote(ctx.model, 'production', "
  .. "{ metric = 'work.acc' }) ctx.model:log_metadata { a = p.v }" }, function(h)
  h:run { args = "-j 1 --set k=2" } h:runs(2) h:rille "model history m" h:rille "model version show m --json"
end)
around("a step with a model of its own", { TOP = MODEL, FIELDS = "model = m," }, function(h) h:run { args =
  "-j 1 --set k=2" } h:runs(2)
  h:rille "model version list m" end)
around("a step that reads its model", { TOP = MODEL, PIPELINE = "model = m,", RUN =
  "do return tostring(ctx.model.new) .. tostring(ctx.model.stage) end" },
  function(h) h:rille "model version list m" end)
around("a model declared and not used", { TOP = MODEL }, function(h) h:rille "model list" end)
around("a model that is deleted", { TOP = MODEL, PIPELINE = "model = m," }, function(h) h:rille "model delete m --yes"
  h:runs(2) h:rille "model list" end)
history("an artifact of a model's version", { TOP = MODEL, DEFINE = "after { x = rille.external { model_artifact = "
  .. "'x', model = 'm', version = 'latest' } }" },
  function(h) h:runs(3) h:run { script = "q.lua", args = "-j 1 --set k=5" } h:runs(2) h:rille
    "model promote m 1 production" h:runs(2) end, function(h)
  h:write("q.lua", (program { TOP = MODEL, PIPELINE = "model = m,", OUTPUT = "{ name = 'x' }", DEFINE =
    "work { v = p.k }" }
    :gsub('pipeline "p"', 'pipeline "q"')))
  h:run { script = "q.lua" }
end)

-- stores
--
-- stores --------------------------------------------------------------------------

around("a pipeline that is deleted", {}, function(h) h:rille "pipeline delete p --yes" h:runs(2) h:rille
  "pipeline show p" h:rille "pipeline delete p --yes"
  h:rille "pipeline list" end)
around("another pipeline that is deleted", {}, function(h) h:run { script = "q.lua" } h:rille
  "pipeline delete q --yes" h:runs(2) end,
  function(h) h:write("q.lua", OTHER) end)
around("an object that is gone", LONG, function(h)
  h:sh "find .rille/objects -type f | sort | head -n 1 | xargs rm" h:runs(2) h:judge() h:sh
    "find .rille/objects -type f | xargs rm" h:runs(2) h:rille "fsck"
end)
around("the last object that is gone", LONG, function(h)
  h:sh "find .rille/objects -type f | sort | tail -n 1 | xargs rm" h:runs(2) h:judge() h:rille "fsck"
end)
around("an object that is damaged", LONG, function(h)
  h:sh("for f in $(find .rille/objects -type f | sort | head -n 1); do chmod u+w $f; printf zork | dd of=$f bs=1 "
    .. "seek=9 conv=notrunc 2>/dev/null; done")
  h:runs(2) h:rille "fsck" h:rille "artifact get p::after::y | wc -c" h:runs(2) h:run { args = "-j 1 --no-cache" }
    h:rille "fsck"
end)
around("objects that are cut", LONG, function(h)
  h:sh "for f in $(find .rille/objects -type f | sort); do chmod u+w $f; : >$f; done" h:runs(2) h:judge() h:rille "fsck"
end)
-- The memo of a definition is a record of its own: that a row beside it is damaged is not seen while it serves.
for _, damage in ipairs {
  "update record set sum = sum + 1", "update record set outs = zeroblob(32)", "delete from record",
  "delete from record where step_run = 1", "delete from artifact_version",
    "update pipeline_spec set hash = zeroblob(32)",
  "delete from step_run where id = 2" } do
  check.test("a store with damage has the right outputs: " .. damage, function()
    local h <close> = memo_oracle.history { "on", "node" }
    h.loose_rows = true
    h:write("main.lua", program())
    h:runs(3)
    h:sh("sqlite3 .rille/meta.db \"" .. damage .. '"')
    for _ = 1, 2 do h:run { any_code = true }.loose = true end
    h:run { any_code = true, args = "-j 1 --set k=2" }.loose = true
    if not damage:find "step_run where id" then h:judge() end
    h:live()
  end)
end
for _, damage in ipairs {
  "update artifact set sum = sum + 1", "update artifact set inline = x'39' where id = 1",
    "delete from artifact where id = 1",
  "update step_run set reusable = 0", "update step_run set status = 'failed' where id = 1",
  "update step_run set key = zeroblob(32) where id = 1", "update run set trace = zeroblob(3) where row = 3",
  "update run set trace = zeroblob(3)", "delete from edge where step_run = 1",
  "update pipeline_spec set spec = zeroblob(9)", "update run set counts = null", "delete from run where row = 3",
  "update run set status = 'failed' where row = 3", "delete from code", "delete from source",
  "update run set last_step = 1 where row = 3", "update run set named = 1", "update artifact_version set artifact = 1",
  "delete from key_format", "delete from holding", "update memo set sum = sum + 1", "update memo set run = 1",
  "update memo set last_step = last_step + 5", "update memo set facts = x'00'", "update memo set key = zeroblob(32)",
  "update memo set trace = zeroblob(2)", "update memo set artifacts = zeroblob(64)", "delete from memo",
  "update node_memo set sum = sum + 1", "update node_memo set last_step = last_step + 5", "delete from node_memo",
  "update node_memo set nodes = zeroblob(10)", "update node_memo set results = zeroblob(10)",
  "update node_memo set steps = zeroblob(10)" } do
  history("a store with damage: " .. damage, {}, function(h)
    h:runs(3)
    h:sh("sqlite3 .rille/meta.db \"" .. damage .. '" 2>/dev/null')
    for _ = 1, 3 do h:run { any_code = true } end
    h:rille "show p@-1 --json"
    -- fsck tells of a damaged memo
    h:rille("fsck --json").loose = damage:find "memo" ~= nil
    h:run { args = "-j 1 --set k=2", any_code = true }
    h:run { any_code = true }
  end)
end
around("the metadata of before", {}, function(h)
  h:sh "cp .rille/meta.db saved.db; rm -f .rille/meta.db-*" h:edit("x, 1 }", "x, 2 }") h:runs(2) h:sh
    "rm -f .rille/meta.db*; cp saved.db .rille/meta.db"
  h:runs(2) h:edit("x, 2 }", "x, 1 }") h:runs(2)
end)
around("another store", {}, function(h)
  h:runs(2, { args = "-j 1 --store ../other" }) h:run {} h:edit("x, 1 }", "x, 2 }") h:runs(2, { args =
    "-j 1 --store ../other" }) h:run {} h:sh "rm -rf ../other"
  h:run { args = "-j 1 --store ../other" } h:run {}
end)
around("another working folder", { RUN = "do return io.open 'k.txt' and 2 or 1 end" }, function(h) h:run { cwd = "/" }
  h:run { cwd = "/tmp" } h:run {}
  h:run { cwd = "sub", args = "-j 1" } end, function(h) h:write("sub/k.txt", "x") end)
around("the project moved", {}, function(h)
  h:sh "mkdir ../moved && mv main.lua .rille ../moved" h:sh("cd ../moved && \"$RILLE\" run main.lua -j 1 && "
    .. "\"$RILLE\" run main.lua -j 1")
  h:sh "mv ../moved/main.lua ../moved/.rille ." h:runs(2)
end)
around("the project copied", {}, function(h)
  h:sh "mkdir ../copy && cp -r main.lua .rille ../copy" h:sh("cd ../copy && \"$RILLE\" run main.lua -j 1 && "
    .. "\"$RILLE\" run main.lua -j 1 && "
    .. "sed -i 's/x, 1 }/x, 3 }/' main.lua && \"$RILLE\" run main.lua -j 1; rm -rf ../copy")
  h:runs(2)
end)
around("the script under another name", {}, function(h) h:sh "mv main.lua other.lua" h:runs(2, { script = "other.lua"
  }) h:sh "mv other.lua main.lua" end)
around("the script by a link", {}, function(h) h:sh "ln -s main.lua link.lua" h:runs(2, { script = "link.lua" }) h:run
  {} end)
around("the script from standard input", {}, function(h)
  for _ = 1, 2 do h:rille("run - -j 1", { before = "cat main.lua | " }) end
  h:run {} h:rille("run - -j 1", { before = "sed 's/x, 1 }/x, 2 }/' main.lua | " })
end)
local GIT <const> = "git -c user.name=n -c user.email=e@x -c commit.gpgsign=false "
local AT <const> = "GIT_AUTHOR_DATE=2026-01-01T00:00:00Z GIT_COMMITTER_DATE=2026-01-01T00:00:00Z " .. GIT
around("a repository of git", {}, function(h)
  h:sh("git init -q . 2>/dev/null; echo .rille >.gitignore; git add main.lua .gitignore; " .. AT ..
    "commit -qm one; true") h:runs(2)
  h:edit("x, 1 }", "x, 2 }") h:runs(2) h:sh(AT .. "commit -qam two") h:runs(2) h:sh "echo more >more.txt" h:runs(2)
    h:rille "show p@-1 --json"
  h:edit("x, 2 }", "x, 1 }") h:runs(2) h:run { args = "-j 1 --at HEAD", any_code = true }
  h:run { args = "-j 1 --at HEAD", any_code = true }
  for _, command in ipairs { "checkout -qb other", "remote add origin https://example.com/x.git", "tag v1",
    "commit -q --allow-empty -m three", "add main.lua", "checkout -q --detach", "config user.name other",
      "reset -q --hard" } do
    h:sh(AT .. command .. " 2>/dev/null; true")
    h:runs(2)
    h:sh "sqlite3 .rille/meta.db 'select git from run order by row desc limit 1'"
  end
  h:sh "touch main.lua"
  h:runs(2)
  h:sh "rm -rf .git"
end, function(h) h.loose_files = true end)
local STACKS <const> = [[
format: 1
active: %s
components:
  artifact_store:
    here: { flavor: local, options: { path: objects-here } }
stacks:
  second: { artifact_store: here }
  third: {}
]]
around("stacks in turn", LONG, function(h)
  for _, s in ipairs { "second", "second", "third", "third", "second", "default", "third" } do h:run { args =
    "-j 1 --stack " .. s, any_code = true } end
  h:write(".rille/config.yaml", STACKS:format "second") h:runs(3) h:sh "rm -rf objects-here" h:runs(2) h:rille "fsck"
    h:rille "stack list"
  h:write(".rille/config.yaml", STACKS:format "third")
end, function(h) h:sh "mkdir -p .rille" h:write(".rille/config.yaml", STACKS:format "default") end)
around("a step that reads its stack", { RUN = "do return ctx.stack.name end" }, function(h) h:runs(2, { args =
  "-j 1 --stack second" }) h:runs(2) end,
  function(h) h:sh "mkdir -p .rille" h:write(".rille/config.yaml", STACKS:format "default") end)
around("define reads the stack", { DEFINE = "after(work { v = rille.stack.name })" }, function(h) h:runs(2, { args =
  "-j 1 --stack second" }) h:runs(2) end,
  function(h) h:sh "mkdir -p .rille" h:write(".rille/config.yaml", STACKS:format "default") end)
around("a read-only store", {}, function(h)
  h:sh "chmod -w .rille/meta.db" h:rille "show p@-1" h:sh "chmod u+w .rille/meta.db"
end)

-- processes
--
-- processes -----------------------------------------------------------------------

around("a run that is killed", { RUN = "if io.open 'slow' then local x = 0 for i = 1, 2e9 do x = x + i % 7 end end" },
  function(h)
  h:sh "touch slow" h:edit("x, 1 }", "x, 2 }")
  h:sh "{ \"$RILLE\" run main.lua -q -j 1 --set k=7 & p=$!; sleep 0.4; kill -9 $p; wait $p; } 2>/dev/null; true" h:sh
    "rm slow" h:runs(2) h:rille "runs"
end)
around("runs at once", {}, function(h)
  h:sh "for i in 1 2 3 4 5 6; do \"$RILLE\" run main.lua -q -j 1 & done; wait" h:runs(2)
end)
around("the prompt", {}, function(h)
  h:sh [[printf 'p:run {}\np:run {}\n' | "$RILLE" repl main.lua 2>&1 | grep -o 'cached' | sort | uniq -c]]
  h:sh [[printf 'p:run {}\np:run { params = { k = 2 } }\np:run {}\n' | "$RILLE" repl main.lua >/dev/null 2>&1; true]]
end)
around("a script as a program", { TAIL = "if rille.main() then p:run {} p:run { params = { k = 2 } } p:run { cache "
  .. "= false } p:run { unlisted = true } p:run {} end" },
  function(h) for _ = 1, 3 do h:rille("main.lua", { code = 0 }) end h:run {} end)
around("steps that change between runs of one process", { TOP = "K = 1", RUN = "if true then return K end",
  TAIL = "if rille.main() then for i = 1, 3 do K = i p:run {} end K = 1 p:run {} end" }, function(h) for _ = 1, 2 do
    h:rille("main.lua", { code = 0 }) end end)
around("a definition that changes between runs of one process", { TOP = "K = 1", DEFINE = "after(work { v = K })",
  TAIL = "if rille.main() then for i = 1, 3 do K = i p:run {} end K = 1 p:run {} end" }, function(h) for _ = 1, 2 do
    h:rille("main.lua", { code = 0 }) end end)
around("a definition that is replaced between runs of one process", {
  TAIL = "if rille.main() then p:run {} p.define = function() work { v = 8 } end p:run {} p:run {} end" },
  function(h) for _ = 1, 2 do h:rille("main.lua", { any_code = true }) end end)
around("a step that is run by itself", { TAIL = "if rille.main() then print(work { v = 3 }:load()) p:run {} "
  .. "print(work { v = 1 }:load()) end" },
  function(h) for _ = 1, 2 do h:rille("main.lua", { code = 0 }) end end)

print(string.format("%d histories, %d runs, %d hits, %d judged", memo_oracle.count.histories, memo_oracle.count.runs,
  memo_oracle.count.hits, memo_oracle.count.judged))
check.done()
