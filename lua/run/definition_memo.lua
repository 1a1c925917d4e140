-- definition_memo: a run that would find what an earlier one left takes over its trace, and neither defines nor plans.
--
--   key  ->  row of memo (host/meta/memo.h)  ->  facts, objects, git as they were  ->  the row of the run
--
-- A run that ends with all its results in the cache leaves such a row.  What is not known to be the same is worked out
-- as always: whatever a run does beside its steps denies the memo.  RILLE_MEMO says whether it is used: off; node (the
-- memo of nodes alone); check (what it would give is compared with what defining and planning give).  With
-- RILLE_MEMO_SAYS=FILE a line is appended there for each decision.

local cached_plan = require "rille.plan.cached_plan"
local definition_key = require "rille.run.definition_key"
local global_options = require "rille.project.global_options"
local graph = require "rille.graph"
local internal_error = require "rille.base.internal_error"
local json = require "rille.json"
local observe = require "rille.host.observe"
local paths = require "rille.project.paths"
local pipeline_graph = require "rille.script.pipeline_graph"
local program = require "rille.project.program"
local project = require "rille.project"
local registry = require "rille.artifact.registry"
local run_row = require "rille.record.run_row"
local sys = require "rille.host.sys"

local definition_memo = {}

local STEP <const>, INPUTS <const> = graph.STEP, graph.INPUTS

---@class rille.definition_memo of one run
---@field pipeline Pipeline
---@field options table of the run
---@field params table in full
---@field key string
---@field checks boolean what is found is compared, not taken
---@field found table? of meta:find_memo
---@field why string? the run leaves no row
---@field reads string[] what was read while the graph was built, packed by observe
local Memo = { __name = "definition memo" }
Memo.__index = Memo

-- Says what was decided, for tests.
local function say(...)
  local path = os.getenv "RILLE_MEMO_SAYS"
  if not path then return end
  local f <close> = assert(io.open(path, "a"))
  f:write(string.format(...), "\n")
end

-- Conditions ---------------------------------------------------------------------------------

-- Options of a run that change nothing of what it finds, or that the key has; all others deny the memo.
local OPTIONS <const> = { params = true, run_name = true, tags = true, emit = true, jobs = true, resources = true,
  execution_mode = true, raise = true, memo = true, cache = true, unlisted = true }

local function is_empty(v) return v == nil or type(v) == "table" and next(v) == nil end

-- Modules whose loading shows that the script has what they are for: also a pipeline's own model.
local MODULES <const> = { ["rille.script.model"] = "a model", ["rille.script.secret"] = "a secret" }

local function denied_by_options(options)
  if options.cache == false then return "the cache is off" end
  if options.unlisted then return "the run is unlisted" end
  for name, v in next, options do if not OPTIONS[name] and not is_empty(v) then return "the option " .. name end end
end

local function denied_by_pipeline(pipeline)
  if rawget(pipeline, "members") then return "a pipeline in class style" end
  if #pipeline.inputs > 0 then return "inputs" end
  if pipeline.cache == false then return "the cache is off" end
  -- on_failure and on_success are called for steps that run
  if pipeline.on_end then return "on_end" end
end

-- Why no memo is used for the run, or nil.
local function denied(pipeline, options, stack)
  if stack then return "a stack" end
  if not options.memo then return "the caller" end
  if global_options.json or global_options.verbose then return "a listener" end
  if not program.observed or program.hosted or type(debug.gethook()) == "function" then return "the Lua state" end
  for name, what in next, MODULES do if package.loaded[name] then return what end end
  if program.code_version and program.code_version.is_past then return "code of a commit" end
  return denied_by_options(options) or denied_by_pipeline(pipeline)
end

-- The memo of a run; nil where none is used.
---@param pipeline Pipeline
---@param options table
---@param stack rille.stack?
---@return rille.definition_memo?
function definition_memo.of(pipeline, options, stack)
  local mode = os.getenv "RILLE_MEMO"
  if mode == "off" or mode == "node" or options.memo == false then return nil end
  local why, params = denied(pipeline, options, stack), nil
  if not why then
    local ok, given = internal_error.call(pipeline_graph.fill_params, pipeline, options.params or {})
    if ok then params = given else why = "a mistake" end        -- which building the graph raises
  end
  local key
  if not why then key, why = definition_key.of(pipeline, params) end
  if not key then
    say("none: denied: %s", why)
    return nil
  end
  return setmetatable({ pipeline = pipeline, options = options, params = params, key = key,
    checks = mode == "check", reads = {} }, Memo)
end

-- Taking -------------------------------------------------------------------------------------

-- The text of the code's version for the row; false where another one may be due.
local function git_text(found)
  local version = program.code_version
  if not version then return nil end
  local basis = version:basis()
  if not version.state then return version:at_begin() end
  local kept = found.git and json.unpack(found.git)
  return kept and basis and kept.basis == basis and kept.text or false
end

-- The row of memo, where all that it depends on is as it was; else nil and why.
local function find(self)
  if not project.meta then return nil, "no store" end
  local found = project.meta:find_memo(self.pipeline.name, self.key)
  if not found then return nil, "no row" end
  observe.new_plan()
  if found.facts ~= "" then
    local same, why = require("rille.cache.lookup").holds(found.facts)
    if not same then return nil, why end
  end
  local whole = found.artifacts == "" or require("rille.cache.lookup").outputs_exist(found.artifacts)
  if not whole then return nil, "an object is missing" end
  found.git_text = git_text(found)
  if found.git_text == false then return nil, "git" end
  return found
end

-- What the listeners read of the run is read from the record.
local function plan_of(found, info)
  local meta = project.meta
  local wiring = require "rille.host.wiring"
  return cached_plan.new(json.unpack(found.counts).cached, {
    wiring = function() return wiring.read(meta:spec(found.spec)) end,
    finals = function() return wiring.finals(meta:spec(found.spec)) end,
    traced = function(position) return meta:traced(info.row, position) end,
  })
end

-- What stands for the view of a run in which no step runs, and for its recorder.
local view = { begin = function() end, uncommitted = function() end }
local function give_up() end

-- The job of a run that has ended, its trace being that of an earlier one; nil where the run has to define and plan.
---@return rille.run.job?
function Memo:take()
  local began = sys.mono()
  local found, why = find(self)
  if not found or self.checks then
    self.found = found
    say(found and "hit" or "none: %s", why)
    return nil
  end
  local pipeline, options = self.pipeline, self.options
  local name = options.run_name and run_row.fill_name(options.run_name, pipeline)
  project.need "write"
  local fields = run_row.asked(pipeline, self.params, options, name)
  fields.git = found.git_text
  local info = project.answer(project.meta:take_memo(self.key, found.run, sys.mono() - began, fields))
  if not info then
    say "none: not current"
    return nil
  end
  say "hit"
  return { pipeline = pipeline, options = options, emit = options.emit, began = began, params = self.params,
    plan = plan_of(found, info), view = view, recorder = { run = info, give_up = give_up }, fields = fields,
    cache = true }
end

-- Keeping ------------------------------------------------------------------------------------

-- Calls f(...) and notes in `reads` what it reads, in `why` what else it does beside wiring steps.
local function watched(self, f, ...)
  if not observe.watch() then
    self.why = "something else is watched"
    return f(...)
  end
  local results
  do
    local watching <close> = setmetatable({}, { __close = function()
      local reads, deed = observe.watched()
      self.reads[#self.reads + 1] = reads ~= "" and reads or nil
      self.why = self.why or deed
    end })
    assert(watching)
    results = table.pack(f(...))
  end
  return table.unpack(results, 1, results.n)
end

-- Calls build(...), and notes what it reads and does beside wiring steps.
---@param build function
function Memo:watching(build, ...) return watched(self, build, ...) end

local SCALAR <const> = { boolean = true, number = true, string = true }

-- Is the file or folder what it was when the plan was made?  Notes what is read to find out.
local function is_same_path(literal, port)
  local saved = require("rille.artifact.materialize").save(literal[1], port.type,
    { store = require "rille.artifact.null_store" })
  return literal[2] and saved.digest == literal[2].digest
end

-- Why a value in the script is not known by what the key has, or nil.
local function denied_by_literal(self, literal, port)
  if next(registry.own) ~= nil then return "a value in the script, and a materializer" end
  if literal.type or literal.label or literal.from then return "a value from outside" end
  local v = literal[1]
  if SCALAR[type(v)] then return nil end
  if not paths.is_file(v) and not paths.is_dir(v) then return "a value in the script" end
  if port.type.element or not watched(self, is_same_path, literal, port) then return tostring(v) .. " changed" end
  return self.why
end

-- Why an input is not known by what the key has, or nil.
local function denied_by_input(self, input, port)
  local meta = getmetatable(input)
  if meta == graph.Node or meta == graph.Wire then return nil end
  if meta == graph.Literal then return denied_by_literal(self, input, port) end
  if meta ~= graph.FanIn then return "an unknown input" end
  for k = 1, #input do
    local why = denied_by_input(self, input[k], port)
    if why then return why end
  end
end

local function denied_by_node(self, node)
  local step, inputs = node[STEP], node[INPUTS]
  if step.options.cache ~= nil then return "the option cache" end
  for k = 1, #inputs do
    local why = denied_by_input(self, inputs[k], step.inputs[k])
    if why then return why end
  end
end

-- Why the graph is not known by the key and what is read, or nil.
local function denied_by_graph(self, g)
  if g.dynamic then return "the graph depends on data" end
  if g.externals[1] then return "an artifact from outside" end
  local nodes = g.nodes
  -- the inputs of a row are nodes and scalars
  local rows = next(registry.own) == nil and g.rows or nil
  for _, step in ipairs(rows and rows:steps() or {}) do
    if step.options.cache ~= nil then return "the option cache" end
  end
  local others = rows and rows:unknown(#nodes)
  for n = 1, others and #others or #nodes do
    local why = denied_by_node(self, nodes[others and others[n] or n])
    if why then return why end
  end
end

-- What the steps read outside, as one; nil and why it is not the same for all.
local function facts_of(list)
  if not list[1] then return "" end
  local facts = observe.merged(list)
  if not facts then return nil, "facts that contradict each other" end
  local shared, what = require("rille.cache.lookup").are_shared(facts)
  if not shared then return nil, what end
  return facts
end

local function git_of(text)
  local version = program.code_version
  local basis = version and version:basis()
  return basis and text and json.pack { basis = basis, text = text } or nil
end

-- The counts of a run in which all is cached.
local function counts_of(n)
  local counts = {}
  for _, name in ipairs(require("rille.record.outcome").NAMES) do counts[name] = 0 end
  counts.cached = n
  return json.pack(counts)
end

local MANY <const> = 1000       -- steps

-- Why nothing was kept, or nil.
local function keep(self, job)
  local plan = job.plan
  if job.result.status ~= "completed" then return "the run did not complete" end
  -- the next run is likely to be another of these, and finds the same nodes by node_memo
  if plan.n_hits > 0 and plan.n_hits < #plan.graph.nodes and #plan.graph.nodes > MANY then return "few of many ran" end
  local why = self.why or denied_by_graph(self, job.plan.graph) or job.recorder.place and "the order of the wiring"
  if why then return why end
  if definition_key.of(self.pipeline, self.params) ~= self.key then return "what defines changed" end
  local row
  row, why = project.meta:memo_basis(job.result.row)
  if not row then return why end
  row.facts, why = facts_of(table.move(self.reads, 1, #self.reads, #row.reads + 1, row.reads))
  if not row.facts then return why end
  row.key, row.counts, row.git = self.key, counts_of(row.n), git_of(row.git)
  project.meta:keep_memo(row)
end

-- Keeps what a run found that has ended, for later ones.
---@param job rille.run.job
function Memo:keep(job)
  if self.found then self:compare(job) end
  local why = keep(self, job)
  say(why and "not kept: %s" or "kept", why)
end

-- Raises where the run that ended differs from what the memo would have made of it.
function Memo:compare(job)
  local what = project.meta:memo_differs(self.pipeline.name, self.key, self.found.run, job.result.row)
  local git = job.fields.git
  -- another process may have put its own row in that place
  if what == "there is no row" then return end
  if not what and git ~= self.found.git_text then what = "git" end
  if what then error("the memo of the definition differs from the run: " .. what) end
end

return definition_memo
