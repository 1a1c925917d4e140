-- tracked_project: a project whose steps log metrics, parameters and metadata, with a stack of trackers.

local scratch = require "scratch"

local SCRIPT <const> = [[
local svm = require "rille.svm"
local array = require "rille.array"
local train = step "train" { params = { depth = 3, note = "a b" }, outputs = { t.number "x" },
  run = function(p, ctx)
    for e = 1, 3 do ctx:log_metric({ ["loss"] = 1 / e, ["odd:name[1]"] = e }, { step = 10 * e }) end
    ctx:log_metric { accuracy = 0.5, ["loss/val"] = 0.25 }
    ctx:log_params { seed = 7, depth = 4 }
    ctx:log_metadata { source = "lab 3" }
    return p.depth
  end }
local fit = step "fit" { inputs = { t.number "x" }, outputs = { t.svm "model" { kind = "model" }, t.table "report" },
  run = function(x)
    return svm.SVC.fit(array.from { { 0 }, { 1 }, { 2 }, { 3 } }, array.from { 0, 0, 1, 1 }, { C = x }), { rows = 4 }
  end }
local last = step "last" { inputs = { t.svm "model" }, outputs = { t.integer "n" }, run = function(m) return FAIL end }
return pipeline "main" { params = { depth = 3 }, define = function(p)
  local m = fit { x = train { depth = p.depth } }
  last { model = m.model }
end }
]]

-- A project whose active stack has the component "tracker" with this flavor and these options (YAML); fail: the last
-- step fails.
return function(flavor, options, fail)
  local p = scratch.script((SCRIPT:gsub("FAIL", fail and 'error "broken"' or "m.n_support")))
  assert(os.execute("mkdir " .. p:path ".rille"))
  p:write(".rille/config.yaml", string.format([[
format: 1
active: watched
components:
  experiment_tracker:
    tracker: { flavor: %s, options: { %s } }
stacks:
  watched: { experiment_tracker: tracker }
]], flavor, options or ""))
  return p
end
