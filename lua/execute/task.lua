-- task: carries out one request of a plan (lua/execute/runner.lua): loads the inputs, calls the
-- step, saves the outputs.  It sees the store, never the metadata.

local context = require "rille.execute.context"
local errors = require "rille.base.errors"
local fingerprint = require "rille.host.fingerprint"
local graph = require "rille.graph"
local internal_error = require "rille.base.internal_error"
local interrupt = require "rille.host.interrupt"
local key = require "rille.cache.key"
local libm = require "rille.host.libm"
local local_paths = require "rille.artifact.local_paths"
local materialize = require "rille.artifact.materialize"
local materializer_code = require "rille.artifact.materializer_code"
local observe = require "rille.host.observe"
local origin = require "rille.host.origin"
local output_files = require "rille.artifact.output_files"
local plain_hint = require "rille.script.plain_hint"
local project = require "rille.project"
local registry = require "rille.artifact.registry"
local running = require "rille.project.running"
local small_artifact = require "rille.artifact.small_artifact"
local worker_shutdown = require "rille.execute.worker_shutdown"
local sys = require "rille.host.sys"
local types = require "rille.script.types"

local task = {}

---@class TaskEnv
---@field store table
---@field store_id string?  of an artifact store that is not the default one (cache/lookup.lua)
---@field root string  folder for temporary folders
---@field node fun(id: string): Node
---@field spec fun(node: Node): table  see lua/cache/key.lua
---@field hand fun(artifact: table, input: integer, place: integer, notes: string, folder: fun(): string): any
---    what a port of type artifact is given
---@field history fun(): table  of the pipeline
---@field within fun(method: string, position: integer, ...): any  asks the running run (lua/record/own_run_view.lua)
---@field progress fun(fraction: number, text: string?)?
---@field position integer?  of the step that runs, in this process
---@field echo boolean|"log"  where what it prints goes
---@field epoch integer  steps that ran in this process
---@field isolated boolean?  there are other processes to run a step that is refused here
---@field pause integer?  of the collector, in a worker
---@field around fun(step: table, ...): any  calls the body in an audit

-- env.loading is the artifact that is being loaded.
local function load(artifact, env, port)
  env.loading = artifact
  local v = materialize.load(artifact, env, materializer_code.is_in_key(port))
  env.loading = nil
  return v
end

-- The artifacts themselves, for an input that takes them; notes: what their steps logged about them, packed.
local function hand_over(port, k, given, env, notes)
  local function one(artifact, i)
    return env.hand(small_artifact.with_names(artifact), k, i, notes[i], env.folder)
  end
  local takes_list, is_list = port.type.element, given and given.list
  if not takes_list and given and not is_list then return one(given, 1) end
  if not takes_list or not is_list then
    local found = is_list and "a list of artifacts; declare the port as t.list(t.artifact)"
      or "one artifact that holds a list; declare the port as t.artifact"
    local expected = takes_list and "a list of artifacts" or "an artifact"
    error(string.format('input "%s": expected %s, found %s', port.name, expected, found), 0)
  end
  local list = {}
  for i, artifact in ipairs(given.list) do list[i] = one(artifact, i) end
  return list
end

local function load_input(port, given, env)
  local v
  if given and given.list then
    v = {}
    for i, artifact in ipairs(given.list) do v[i] = load(artifact, env, port) end
  elseif given then
    v = load(given, env, port)
  end
  local admitted, expected = types.admit(port.type, v)
  if admitted == types.REFUSED then
    error(string.format('input "%s": expected %s, found %s', port.name, expected, errors.describe(v)), 0)
  end
  return admitted
end

local function call(spec, request, env, ctx)
  local skip = spec.receiver and 1 or 0
  local args, n = { spec.receiver or nil }, skip + #spec.inputs
  for i, port in ipairs(spec.inputs) do
    local given = request.inputs[i]
    if types.takes_artifact(port.type) then args[skip + i] = hand_over(port, i, given, env, request.artifact_notes[i])
    else args[skip + i] = load_input(port, given, env) end
  end
  args[n + 1], args[n + 2] = ctx.params, ctx
  if env.around then return table.pack(errors.from(nil, env.around, spec, table.unpack(args, 1, n + 2))) end
  return table.pack(errors.from(nil, spec.run, table.unpack(args, 1, n + 2)))
end

local function check_count(spec, results, staged)
  local want, got = #spec.outputs, results.n
  if got == want or (want == 0 and got == 1 and results[1] == nil) then return end
  if got < want then
    -- a trailing nil may be left off where nil is a value
    for i = got + 1, want do
      local name = spec.outputs[i].type.name
      if name ~= "nil" and name ~= "any" and not (staged and staged[i]) then goto wrong end
    end
    return
  end
  ::wrong::
  local names = {}
  for i, port in ipairs(spec.outputs) do names[i] = port.name end
  local all, hint = table.concat(names, ", "), ""
  if got == 1 and want > 1 and type(results[1]) == "table" then hint = "; return them one by one: return " .. all
  elseif want == 0 then hint = "; declare them: outputs = { t.TYPE \"NAME\" }" end
  error(string.format("run returned %d value%s, but the step has %d output%s%s%s", got, got == 1 and "" or "s", want,
    want == 1 and "" or "s", want > 0 and " (" .. all .. ")" or "", hint), 0)
end

-- Saves one output; folder is where the step staged files for it, or nil.
local function save(port, v, folder, env, chosen)
  local beside
  v, beside = output_files.value(port, v, folder)
  local admitted, expected = types.admit(port.type, v)
  if admitted == types.REFUSED then
    local hint = plain_hint.of(port.type, v)
    error(string.format("expected %s, found %s%s", expected, errors.describe(v), hint ~= "" and "; " .. hint or ""), 0)
  end
  local artifact = materialize.save(admitted, port.type, env, chosen)
  if artifact.metadata then env.watch:see(artifact.metadata) end
  env.watch:returned(port.name, admitted)
  return beside and output_files.add(artifact, folder, env) or artifact
end

local function save_outputs(spec, results, env, staged)
  local outputs, digests = {}, {}
  local chosen = registry.chosen(spec)
  for i, port in ipairs(spec.outputs) do
    local ok, artifact = internal_error.call(save, port, results[i], staged and staged[i], env, chosen[i])
    if internal_error.is(artifact) then error(artifact, 0) end
    if not ok then error(string.format('output "%s": %s', port.name, tostring(artifact)), 0) end
    outputs[i], digests[i] = artifact, artifact.digest
  end
  return outputs, #digests == 1 and digests[1] or table.concat(digests)
end

-- The frames of a traceback that are the user's.
local function user_trace()
  local lines = {}
  for level = 2, 60 do
    local info = debug.getinfo(level, "Sln")
    if not info then break end
    if info.what ~= "C" and not origin.is_ours(info.source) then
      lines[#lines + 1] = string.format("%s:%d: in %s", info.short_src, info.currentline, info.name or "run")
    end
  end
  return table.concat(lines, "\n")
end

-- What a variable that is closed is given.
local Raised = { __tostring = function(self) return self.message end }

-- Not called when memory ends: then the message comes as it is.
local function handler(message)
  local found, in_doubt = internal_error.at(message, task.run)
  if not internal_error.is(found) then
    local text = require("rille.base.synonyms").missing_global(errors.text_of(found, "the step"))
    local refused = debug.getmetatable(message) == project.Failure
    return setmetatable({ message = text, trace = user_trace(), refused = refused }, Raised)
  end
  if not in_doubt then return found end
  return { message = errors.text_of(message, "the step"), trace = found.text:gsub("^[^\n]*\n", "") }
end

-- Names what is different now from what info was made of.
local function changed_name(spec, info)
  local now = fingerprint.walk(spec.run, { name = spec.name .. ".run", self = info.self })
  local before = {}
  for _, leaf in ipairs(info.leaves) do before[leaf.path] = leaf.digest end
  for _, leaf in ipairs(now and now.leaves or {}) do
    if before[leaf.path] ~= leaf.digest then return leaf.path end
  end
  return "something it captures"
end

local function check_state(env, node, spec)
  if spec.checked == env.epoch then return nil end
  if fingerprint.check(node[graph.STEP].run, spec.info) then return nil end
  return changed_name(node[graph.STEP], spec.info)
end

-- What a step logged about itself.
local LOGGED <const> = { "metadata", "logged", "noted" }

-- Inputs, body, outputs: what may raise.
local function carry_out(request, step, inner, ctx, answer)
  if answer.missing_secret then error(answer.missing_secret, 0) end
  local body <close> = worker_shutdown.hold "body"
  local results = call(step, request, inner, ctx)
  context.plain_params(ctx)
  local staged = context.staged(ctx)
  check_count(step, results, staged)
  inner.watch = local_paths.watch(inner.root, function() return context.made(ctx) end, step.command and true or false)
  local outputs, output_digests = save_outputs(step, results, inner, staged)
  for _, field in ipairs(LOGGED) do
    local what = field == "noted" and "the metadata of an output" or "its metadata"
    if answer[field] then inner.watch:look(what, answer[field]) end
  end
  return outputs, output_digests
end

-- What loading and saving use of the environment.
local function inner_environment(env, ctx, answer)
  local function note(text)
    answer.notes = answer.notes or {}
    table.insert(answer.notes, text)
  end
  -- a folder for each input: two files may have one name
  local function folder() return context.new_folder(ctx, "in") end
  return { note = note, store = env.store, around = env.around, root = env.root, hand = env.hand, folder = folder }
end

-- Notes what the step did to the state that it captures.
local function note_state(env, step, spec, answer)
  env.epoch = env.epoch + 1
  -- no other step of this run follows, and the next run looks at all anew
  if interrupt.noticed() then return end
  if spec.looks then fingerprint.look() end
  if fingerprint.check(step.run, spec.info) then spec.checked = env.epoch
  elseif not answer.stale then answer.altered = changed_name(step, spec.info) end
end

-- Takes what xpcall gave of a step that failed.
local function set_error(answer, step, err)
  if internal_error.is(err) then internal_error.put(answer, err)
  elseif type(err) == "table" then
    answer.error, answer.no_room = err.message, err.refused
    -- a program, and a result that is not what an output takes, have the line of their step
    answer.trace = err.trace == "" and step.at and string.format("%s: in step %s", step.at, step.name) or err.trace
  else
    answer.error = tostring(err)
  end
end

---@param request Request
---@param env TaskEnv
---@return Answer
function task.run(request, env)
  local node = env.node(request.id)
  local step, spec = node[graph.STEP], env.spec(node)
  -- nil: room for fields that most answers have
  local answer = { position = request.position, started = sys.now(), ok = false, seconds = 0.0,
    outputs = nil, output_digests = nil, log = nil, reads = nil }
  if request.known_error then
    answer.error, answer.trace = request.known_error, ""
    return answer
  end
  local held = interrupt.hold(false)
  local looked, stale = internal_error.call(check_state, env, node, spec)
  interrupt.hold(held)
  if not looked then
    if not interrupt.noticed() then error(stale, 0) end
    answer.error = "the run was told to end"
    return answer
  end
  answer.stale = stale
  if answer.stale and env.isolated and env.epoch > 0 then
    answer.refused = true
    return answer
  end
  local t0 = sys.mono()
  local ctx = context.new(request, step, answer, env)
  local secrets = env.echo == true and package.loaded["rille.project.secrets"]
  local echo, show = env.echo, nil
  if secrets then echo, show = secrets.echo(echo) end
  observe.begin { seed = key.seed(request.key), tmpdir = env.root, echo = echo }
  if spec.libm then observe.fact("value", "libm", libm.name()) end
  if env.store_id then observe.fact("value", require("rille.cache.lookup").STORE, env.store_id) end
  running.enter(ctx)
  local inner = inner_environment(env, ctx, answer)
  interrupt.hold(false)
  local ok, outputs, output_digests = xpcall(carry_out, handler, request, step, inner, ctx, answer)
  interrupt.hold(held)
  running.leave()
  local facts = observe.finish()
  if show then show(facts.log) end
  answer.seconds = sys.mono() - t0
  context.release(ctx)
  note_state(env, step, spec, answer)
  facts.ended = facts.ended[1] and require("rille.execute.ignored_failures").texts(facts.ended)
  for k, v in next, facts do answer[k] = v end
  answer.ok = ok
  if ok then answer.outputs, answer.output_digests = outputs, output_digests else set_error(answer, step, outputs) end
  if inner.loading and inner.lost then answer.lost = inner.loading.digest end
  return answer
end

return task
