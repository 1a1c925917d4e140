-- examples_test.lua -- every script of examples/ runs twice as a process, in a copy of
-- the folder: the first run completes, in the second all is cached, and what is
-- printed is what is stated here.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local json = require "rille.json"

local function quote(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

local function shell(command)
  local p = assert(io.popen(command))
  local text = p:read "a"
  local ok, _, code = p:close()
  return text, ok and 0 or code
end

local RILLE <const> = paths.rille

-- The PATH under which python3 has scikit-learn, or nil: another one may come first.
local function python_path()
  for _, path in ipairs { os.getenv "PATH" or "/usr/bin:/bin", "/usr/bin:/bin" } do
    if os.execute("PATH=" .. quote(path) .. " python3 -c 'import sklearn, numpy' >/dev/null 2>&1") then return path end
  end
end

-- What a script is expected to do.  again: the steps that run in a second run too;
-- steps: how many, or how many by pipeline; needs: what else it takes, NAME and the PATH that has it, or none.
local EXPECTED = {
  alerts = { steps = 3, again = { notify = true }, prints = "^completed, largest sale %d+%.%d%d\n$" },
  boosting = { steps = 4, prints = "^benign, malignant\tmalignant, malignant, malignant\n$", needs = "libxgboost0",
    path = require("rille.host.sys").library "libxgboost.so.0" and (os.getenv "PATH" or "/usr/bin:/bin") or nil },
  classes = { steps = { fit = 2, predict = 1 }, runs = 2,
    prints = "^y = 2%.5 x %+ 0%.25, from 4 points\n25%.25\t50%.25\n$" },
  configuration = { steps = 2, prints = "^pi%-%d\t5000 throws\tpi quick\tstatistics\t12\t4712\n"
    .. "the best estimate so far: 3%.1480\n$" },
  deploy = { steps = { training = 3, inference = 1 }, runs = 2,
    prints = "^kinds 2 1 1 2 1 1 2 0, by deployment\n$", needs = "libmicrohttpd",
    path = pcall(require, "rille.http") and (os.getenv "PATH" or "/usr/bin:/bin") or nil },
  digits = { steps = 3, again = { evaluator = true },
    prints = "^digits%-%d+%-%d+%-%d\tcompleted\t0%.95833333333333\n$" },
  drift = { steps = 4, prints = "^monday   passed\ntuesday  2 findings\n"
    .. "  mean_texture: 20 %% of the values are missing, none in the reference\n"
    .. "  mean_radius: drifted: PSI 8%.28, KS 0%.99, p < 1e%-15; the mean went from 14%.14 to 5%.413\n$" },
  folds = { steps = 7, prints = "^accuracy 0%.98%d+ in 5 folds, 30 columns in, 32 out\n"
    .. "the first row again, without its radius:\t0\n$" },
  gammas = { steps = 8, prints = "^best accuracy 0%.958333 with gamma 0%.001\n$" },
  hello = { steps = 1, prints = "^Hello, world!\n$" },
  history = { steps = 1, runs = 3, prints = "^    terms      pi        error\n       10  3%.041840  1%.0e%-01\n" ..
    "     1000  3%.140593  1%.0e%-03\n   100000  3%.141583  1%.0e%-05\n$" },
  serving = { steps = 3,
    prints = "^accuracy 0%.972, version 1 is in production; serve it with: rille serve cancer\n$" },
  shards = { steps = 12, skipped = { inspect = true },
    prints = "^part 1  4%.885\n.*part 6  4%.897\n6 parts that are alike\n$" },
  models = { steps = 1, prints = "^version 1  accuracy 0%.298  archived\nversion 2  accuracy 0%.967  production\n"
    .. "version 3  accuracy 0%.929  none\n.*predicted\t3 7 3 3 4 6 6 6 4 9\n$" },
  sales = { steps = 2,
    prints = "^month       shop      amount  sales\n2026%-01%-01  north    1297%.59     29\n.*415 sales, "
      .. "20888%.92 in all\n$" },
  search = { steps = 14, prints = "^rank     score  criterion  max_depth  min_samples_leaf\n"
    .. "   1  0%.940572  gini               6                 1\n.*\naccuracy on the rows for testing 0%.938596\n$" },
  sklearn = { steps = 4, prints = "^accuracy 0%.9%d+\n$", needs = "scikit-learn", path = python_path() },
  stacks = { steps = 1, prints = "^the lowest point is at 3%.000 %(stack default%)\n$" },
  tracking = { steps = 5,
    prints = "^fit_slow   loss 0%.%d+ after 10 epochs, 0%.%d+ at the end\nfit_usual .*\nfit_fast .*\n$" },
  words = { steps = 2, prints = "^word   n\na      3\n.*\nroses  1\nthe longest word that occurs twice: rose\n$" },
  two_steps = { steps = 2, prints = "^35 letters, 3%.89 a word\n$" },
}

local function names()
  local list = {}
  for name in shell("cd " .. quote(paths.root .. "/examples") .. " && ls *.lua"):gmatch "([%w_]+)%.lua" do
    if not name:find "_test$" then list[#list + 1] = name end
  end
  return list
end

-- A copy of examples/ without anybody's store, removed when it is closed.
local Copy = { __name = "copy of examples" }
Copy.__index = Copy
function Copy:__close() os.execute("rm -rf " .. quote(self.dir)) end

local function copy()
  local dir = shell("mktemp -d"):gsub("\n", "")
  assert(os.execute(string.format("cd %s && cp -r *.lua *.py *.sh data golden configuration %s",
    quote(paths.root .. "/examples"), quote(dir))))
  return setmetatable({ dir = dir }, Copy)
end

-- Runs rille there: standard output, exit code, standard error.
function Copy:rille(args)
  local command = string.format("cd %s && unset RILLE_STORE && %s%s %s 2>stderr </dev/null", quote(self.dir), self.path
    and "PATH=" .. quote(self.path) .. " " or "",
    quote(RILLE), args)
  local text, code = shell(command)
  local f = assert(io.open(self.dir .. "/stderr"))
  local err = f:read "a"
  f:close()
  return text, code, err
end

function Copy:json(args)
  local text, code, err = self:rille(args .. " --json")
  check.eq(code, 0, args .. ": " .. err)
  return json.decode(text)
end

-- Every step of the newest runs has the status that is expected of it.
function Copy:look(name, one, second)
  local runs = self:json("runs --limit " .. (one.runs or 1)).items
  check.eq(#runs, one.runs or 1)
  for _, head in ipairs(runs) do
    local run = self:json("show " .. head.name)
    check.eq(run.status, "completed")
    check.eq(#run.steps, type(one.steps) == "table" and one.steps[run.pipeline] or one.steps)
    for _, step in ipairs(run.steps) do
      local again = one.again and one.again[step.id]
      -- a `when` is as what it stands for
      local expected = one.skipped and one.skipped[step.id] and "skipped" or second and not again and "cached"
        or "completed"
      check.eq(step.status, expected, name .. "/" .. step.id)
    end
  end
end

check.test("every example is stated here", function()
  local found = names()
  for _, name in ipairs(found) do check.ok(EXPECTED[name], "nothing is stated of examples/" .. name .. ".lua") end
  local stated = 0
  for _ in pairs(EXPECTED) do stated = stated + 1 end
  check.eq(#found, stated)
end)

for _, name in ipairs(names()) do
  local one = EXPECTED[name] or {}
  local function twice()
    local c <close> = copy()
    c.path = one.path
    for second = 0, 1 do
      local text, code, err = c:rille(name .. ".lua")
      check.eq(code, 0, err)
      check.ok(text:match(one.prints), string.format("printed %q", text))
      c:look(name, one, second == 1)
      check.eq(err:find("store .rille created", 1, true) ~= nil, second == 0, "the store is created once, and told")
      if second == 1 and not one.again then check.ok(not err:find("  ran ", 1, true), err) end
    end
    local text, code = c:rille "fsck"
    check.eq(code, 0, text)
  end
  local sentence = name .. ": the first run completes, the second takes all from the cache that may be"
  if one.needs
    and not one.path then check.skip(sentence, one.needs .. " is not installed") else check.test(sentence, twice) end
end

check.test("digits: the model has 695 support vectors, kept in the script's own format", function()
  local c <close> = copy()
  check.eq(select(2, c:rille "-q digits.lua"), 0)
  local model = c:json "show digits::svc_trainer::model"
  check.eq(model.type, "svc")
  check.eq(model.members[1].name, "model.svm")
  check.eq(model.metadata.support_vectors, 695)
  check.has(c:rille "show digits::svc_trainer::model", "svc with 695 support vectors")
  check.eq(c:json("show digits@-1/evaluator").metrics.accuracy, 345 / 360)
end)

check.test("models: the most accurate version is in production, also when all is cached; --back returns the one before",
  function()
    local c <close> = copy()
    check.eq(select(2, c:rille "-q models.lua"), 0)
    check.eq(select(2, c:rille "-q models.lua"), 0)
    local function production()
      for _, one in ipairs(c:json("model version list digits").items) do
        if one.stage == "production" then return one.number end
      end
    end
    check.eq(production(), 2)
    check.eq(#c:json("model version list digits").items, 6)
    check.eq(select(2, c:rille "model promote digits --back"), 0)
    check.eq(production(), 1)
    check.eq(select(2, c:rille "-q run models.lua inference"), 0)
    check.eq(c:json("show inference@-1").steps[1].status, "completed")
    check.has(c:rille "lineage inference::predict::digits", "model digits 1 (production)")
    check.eq(select(2, c:rille "model promote digits@2 production --metric evaluate.accuracy"), 0)
    check.eq(select(2, c:rille "model promote digits@4 production --metric evaluate.accuracy"), 1)
  end)

local TRAINS <const> = "sklearn: a Python script trains on .npy files and its model goes on, through the cache"
if not EXPECTED.sklearn.path then check.skip(TRAINS, "scikit-learn is not installed")
else check.test(TRAINS, function()
  local c <close> = copy()
  c.path = EXPECTED.sklearn.path
  check.eq(select(2, c:rille "-q sklearn.lua"), 0)
  check.has(c:rille "log sklearn@-1/train", "695 support vectors\n")
  check.eq(c:json("show sklearn::train::model").type, "file")
  assert(os.execute("sed -i 's/support vectors/vectors/' " .. quote(c.dir .. "/sklearn_train.py")))
  check.eq(select(2, c:rille "-q sklearn.lua"), 0)
  local status = {}
  for _, step in ipairs(c:json("show sklearn@-1").steps) do status[step.id] = step.status end
  check.eq(status, { load_digits = "cached", train = "completed", predict = "cached", evaluate = "cached" })
  check.has(c:rille "why train", "  sklearn_train.py changed\n")
end) end

check.test("digits: another gamma trains and evaluates again, and does not load again", function()
  local c <close> = copy()
  check.eq(select(2, c:rille "-q digits.lua"), 0)
  check.eq(select(2, c:rille "-q run digits.lua --set gamma=0.0001"), 0)
  local status = {}
  for _, step in ipairs(c:json("show digits@-1").steps) do status[step.id] = step.status end
  check.eq(status, { load_digits = "cached", svc_trainer = "completed", evaluator = "completed" })
  check.eq(c:rille("artifact get digits::evaluator::current_acc"), "0.9222222222222223")
  check.eq(c:rille("artifact get digits::evaluator::best_acc"), "0.9583333333333334")
end)

check.test("classes: a table from the command line is the input of a pipeline, lineage leads to the other", function()
  local c <close> = copy()
  check.eq(select(2, c:rille "-q classes.lua"), 0)
  check.eq(select(2, c:rille "-q run classes.lua predict --input X=data/points.csv"), 0)
  check.ok(c:rille "lineage predict::apply::y":find "fit_line +%x+  [^\n]* fit%-")
  check.eq(c:json("show fit::fit_line::line").metadata, { points = 4 })
end)

check.test("digits: another trainer in its place runs, and what follows it; the digits are not loaded again", function()
  local c <close> = copy()
  check.eq(select(2, c:rille "-q digits.lua"), 0)
  local function status_with(trainer)
    check.eq(select(2, c:rille("-q run digits.lua --set trainer=" .. trainer)), 0)
    local status = {}
    for _, step in ipairs(c:json("show digits@-1").steps) do status[step.id] = step.status end
    return status, tonumber((c:rille("artifact get digits::evaluator::current_acc")))
  end
  local status, accuracy = status_with "tree"
  check.eq(status, { load_digits = "cached", tree_trainer = "completed", evaluator = "completed" })
  check.ok(accuracy >= 0.78 and accuracy <= 0.81, accuracy)
  check.eq(c:json("show digits::tree_trainer::model").type, "tree")
  status, accuracy = status_with "logistic"
  check.eq(status, { load_digits = "cached", logistic_trainer = "completed", evaluator = "completed" })
  check.eq(accuracy, 326 / 360)
  check.eq(c:rille("artifact get digits::evaluator::best_acc"), "0.9583333333333334")      -- across all trainers
  check.eq(status_with "svc", { load_digits = "cached", svc_trainer = "cached", evaluator = "completed" })
  check.eq(status_with "tree", { load_digits = "cached", tree_trainer = "cached", evaluator = "completed" })
end)

check.test("the examples' own tests pass, and leave nothing behind", function()
  local c <close> = copy()
  local text, code, err = c:rille "test"
  check.eq(code, 0, text .. err)
  check.has(text, "4 passed, 0 failed in ")
  check.eq(shell("ls -A " .. quote(c.dir) .. " | grep -c '^.rille'"), "0\n")
  check.eq(select(2, c:rille "-q digits_test.lua"), 0)          -- as a program too
end)

check.test("gammas: the accuracies of the three candidates, through the history", function()
  local c <close> = copy()
  check.eq(select(2, c:rille "-q gammas.lua"), 0)
  local ask = [[
    local run = require("rille").pipelines.gammas.runs[-1]
    for _, gamma in ipairs { "0.0001", "0.001", "0.01" } do
      print(gamma, string.format("%.0f", run.steps["score_" .. gamma].output:load() * 360), run.steps["train_" .. gamma].output:load().gamma)
    end]]
  check.eq(c:rille("-e " .. quote(ask)), "0.0001\t332\t0.0001\n0.001\t345\t0.001\n0.01\t257\t0.01\n")
end)

check.test("gammas: one more candidate trains that one alone", function()
  local c <close> = copy()
  check.eq(select(2, c:rille "-q gammas.lua"), 0)
  assert(os.execute("sed -i 's/0.0001, 0.001, 0.01/0.0001, 0.001, 0.01, 0.005/' " .. quote(c.dir .. "/gammas.lua")))
  check.eq(select(2, c:rille "-q gammas.lua"), 0)
  local ran = {}
  for _, step in ipairs(c:json("show gammas@-1").steps) do
    if step.status == "completed" then ran[#ran + 1] = step.id end
  end
  check.eq(table.concat(ran, " "), "train_0.005 score_0.005 select_best")
end)

check.test("two_steps: other words of the same lengths run one step, the other is cut off", function()
  local c <close> = copy()
  check.eq(select(2, c:rille "-q two_steps.lua"), 0)
  assert(os.execute("sed -i 's/quick brown/brown quick/' " .. quote(c.dir .. "/two_steps.lua")))
  local text, code, err = c:rille "two_steps.lua"
  check.eq(code, 0)
  check.eq(text, "35 letters, 3.89 a word\n")
  check.has(err, "1 ran, 1 unchanged (early cutoff)")
end)

check.test("the demo runs digits twice and prints where the result is from", function()
  local c <close> = copy()
  local text, code = shell(string.format("cd / && unset RILLE_STORE && sh %s/demo.sh %s 2>&1 </dev/null", quote(c.dir),
    quote(RILLE)))
  check.eq(code, 0, text)
  local first, second, lineage = text:match "^(.-completed\t0%.95833333333333\n)(.-completed\t0%.95833333333333\n)(.*)$"
  check.ok(lineage, text)
  check.has(first, "3 ran")
  check.has(second, "1 ran, 2 cached")
  check.ok(lineage:find "● evaluator::best_acc +%x+  .* digits%-", lineage)
  check.has(lineage, "svc with 695 support vectors")
  check.ok(lineage:find "[●◌]+ load_digits.* digits%-", lineage)
end)

check.done()
