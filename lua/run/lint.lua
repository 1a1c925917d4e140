-- lint: finds what will keep steps from being cached, or from running, without running any.
--
-- Most of it is what the fingerprint reports of the code; what depends on a parameter of run (ctx.pipeline, p.gamma) is
-- looked for in the text.

---@class rille.lint.finding
---@field step string
---@field at string? "file:line"
---@field level "error"|"warning" an error stops the first run that comes to it
---@field what string
---@field hint string?

local c_modules = require "rille.cache.c_modules"
local fingerprint = require "rille.host.fingerprint"
local graph = require "rille.graph"
local hash = require "rille.host.hash"
local json = require "rille.json"
local key = require "rille.cache.key"
local origin = require "rille.host.origin"
local project = require "rille.project"
local function_source = require "rille.run.function_source"
local sys = require "rille.host.sys"
local value = require "rille.host.value"

local lint = {}

-- Defaults of parameters that were meant as types.
local TYPE_NAMES <const> = { number = "number", float = "number", integer = "integer", int = "integer",
  string = "string", str = "string", boolean = "boolean", bool = "boolean" }

local ID <const>, STEP <const>, INPUTS <const>, PARAMS <const> = graph.ID, graph.STEP, graph.INPUTS, graph.PARAMS

local INSIST <const> = 'set cache = false or "always"'

-- Impure each time they are called; with a pattern, only where the line has it.
local IMPURE = {
  ["os.time"] = "os%.time%s*%(%s*%)", ["os.clock"] = true, ["os.date"] = true, ["os.tmpname"] = true,
  ["os.setlocale"] = true, ["os.execute"] = true,
  ["io.popen"] = true, ["io.stdin"] = true, ["io.read"] = true, ["io.lines"] = "lines%s*%(%s*%)",
  ["string.dump"] = true,
  ["math.randomseed"] = "randomseed%s*%(%s*%)", ["collectgarbage"] = "[\"'][cgis][eonst][uncret]",
  ["rille.main"] = true, ["rille.steps"] = true,
}
local HISTORY = { ["rille.artifact"] = true, ["rille.pipelines"] = true, ["rille.models"] = true }
-- Calls that fail where the file is not there.
local READERS = { "io%.lines", "dofile", "loadfile", "csv%.read", "rille%.file" }

-- One step -------------------------------------------------------------------------

local Findings = { __name = "findings" }
Findings.__index = Findings

function Findings:add(level, at, what, hint)
  local name = tostring(at) .. what
  if self.seen[name] then return end
  self.seen[name] = true
  self[#self + 1] = { step = self.step, at = at or self.at, level = level, what = what, hint = hint }
end

-- Does the line call the function in a way that is impure?
local function is_impure(name, at)
  local pattern = IMPURE[name]
  if pattern == true or pattern == nil then return pattern ~= nil end
  local line = at and function_source.at(at)
  return not line or line:find(pattern) ~= nil
end

local function impure_calls(out, info)
  for _, name in ipairs(info.reaches) do
    local at = type(info.where[name]) == "string" and info.where[name] or nil
    if is_impure(name, at)
      and not (name == "os.date" and (function_source.at(at or "") or ""):find "date%s*%(?%s*[\"']!.-,") then
      out:add("warning", at, "uses " .. name .. ": such a result is not cached", INSIST)
    elseif name:find "^foreign C: " then
      local module = c_modules.name_of(name)
      out:add("warning", nil, module and "uses the C module " .. module .. ": it is never cached"
        or "calls an unknown C function: never cached",
        (module and string.format('if it is pure, add rille.trust { "%s" }; or ', module) or "") .. INSIST)
    end
  end
end

local function escapes(out, info)
  for _, one in ipairs(info.escapes) do
    if not key.is_seen_when_taken(one.what) then
      out:add("warning", one.where, "uses " .. one.what .. ", so it is never cached",
        "name what it needs, or " .. INSIST)
    elseif one.what ~= "computed require" then
      out:add("warning", one.where, "uses " .. one.what .. ": a result for which it is called is not cached", INSIST)
    end
  end
end

local function writes(out, info)
  for _, one in ipairs(info.writes) do
    out:add("error", one.where, "sets " .. one.what,
      "a cached step would not do it again: return the value, or set cache = false")
  end
end

local function history_at(out, at, what)
  out:add("error", at, "reads history by " .. what, "its result depends on more than its inputs: set cache = false")
end

-- The first line of the step's functions that has the pattern: "file:line".
local function place_of(info, pattern)
  for _, leaf in ipairs(info.leaves) do
    if leaf.kind == "function" and leaf.source then
      for n, line in function_source.each(leaf.source, leaf.line, leaf.last) do
        if line:find(pattern) then return function_source.show(leaf.source) .. ":" .. n end
      end
    end
  end
end

local function history(out, info)
  for _, name in ipairs(info.reaches) do
    if HISTORY[name] then history_at(out, type(info.where[name]) == "string" and info.where[name] or nil, name) end
  end
  for _, leaf in ipairs(info.leaves) do
    for name in next, HISTORY do
      if leaf.path == name or leaf.path:sub(-#name - 2) == ": " .. name then
        history_at(out, place_of(info, name:match "%.(%w+)$"), name)
      end
    end
  end
end

-- The names of the arguments of run, without the self of a class.
local function names_of(step)
  local names, info = {}, debug.getinfo(step.run, "Su")
  local skip = step.receiver and 1 or 0
  for i = 1, info.nparams - skip do names[i] = debug.getlocal(step.run, i + skip) end
  return names, info
end

-- Uses of the context that are impure or read history; a helper function calls its context ctx.
local function context_uses(out, step, info, insists)
  local own = names_of(step)[#step.inputs + 2] or "ctx"
  for _, leaf in ipairs(info.leaves) do
    if leaf.kind == "function" and leaf.source then
      local ctx = leaf == info.leaves[1] and own or "ctx"
      for n, line in function_source.each(leaf.source, leaf.line, leaf.last) do
        local at = function_source.show(leaf.source) .. ":" .. n
        if line:find("%f[%w_]" .. ctx .. "%s*%.%s*pipeline%f[^%w_]")
          or line:find "context%s*%(%s*%)%s*%.%s*pipeline%f[^%w_]" then
          history_at(out, at, ctx .. ".pipeline")
        end
        local field = line:match("%f[%w_]" .. ctx .. "%s*%.%s*run%s*%.%s*(%w+)")
        if field and not insists then
          out:add("warning", at, "uses ctx.run." .. field .. ": such a result is not cached", INSIST)
        end
      end
    end
  end
end

-- The text of run after its list of arguments.
local function body_text(info)
  local list = {}
  for _, line in function_source.each(info.source, info.linedefined, info.lastlinedefined) do list[#list + 1] = line end
  local text = table.concat(list, "\n")
  local _, last = text:find "function[^%(]*%b()"
  return last and text:sub(last + 1)
end

local function has_word(text, name) return text:find("%f[%w_]" .. name .. "%f[^%w_]") ~= nil end

local function unused_params(out, step, name, text, at)
  -- the table is passed on, or indexed with a computed name
  if (text .. " "):find("%f[%w_]" .. name .. "%f[^%w_]%s*[^%s%.]") then return end
  for _, param in ipairs(step.params) do
    if not text:find("%f[%w_]" .. name .. "%s*%.%s*" .. param.name .. "%f[^%w_]") then
      out:add("warning", at, string.format('never uses its parameter "%s"', param.name),
        "changing it reruns the step needlessly: remove it")
    end
  end
end

local function unused(out, step)
  local names, info = names_of(step)
  local text = not origin.is_ours(info.source) and body_text(info)
  if not text or info.isvararg or text:find "^%s*$" then return end
  local at = function_source.show(info.source) .. ":" .. info.linedefined
  for i, port in ipairs(step.inputs) do
    local name = names[i]
    if not name or not name:find "^_" and not has_word(text, name) then
      out:add("warning", at, string.format('never uses its input "%s"', port.name),
        "changing it reruns the step needlessly; for order alone use after = { ... }")
    end
  end
  local p = names[#step.inputs + 1]
  if not p and #step.params > 0 then
    out:add("warning", at, string.format('never uses its parameter "%s"', step.params[1].name),
      "changing it reruns the step needlessly: remove it")
  elseif p and not p:find "^_" then
    unused_params(out, step, p, text, at)
  end
end

-- Parameters that are not declared.  Reading one whose name is near to a declared one
-- ends a run (lua/execute/undeclared_params.lua).
local function undeclared(out, step)
  for _, use in ipairs(require("rille.run.param_use").undeclared(step)) do
    local what = string.format('%s the parameter "%s", which is not declared', use.write and "sets" or "reads",
      use.name)
    if use.near then
      out:add(use.write and "warning" or "error", use.at, what, string.format('did you mean "%s"?', use.near))
    else
      out:add("warning", use.at, what,
        string.format("it is always nil: declare it, params = { %s = DEFAULT }, or remove it", use.name))
    end
  end
end

-- Defaults that name a type, as in { gamma = "number" }.
local function named_types(out, step)
  for _, param in ipairs(step.params) do
    if param.type.name == "string" and TYPE_NAMES[param.default] then
      out:add("warning", step.at, string.format('has the text "%s" as the default of its parameter "%s"',
        param.default, param.name),
        string.format("a type is written without quotes: %s = t.%s", param.name, TYPE_NAMES[param.default]))
    end
  end
end

-- Files with a fixed name that cannot be read now, and that no code of the step writes.
local function missing_files(out, info)
  for _, leaf in ipairs(info.leaves) do
    if leaf.kind == "function" and leaf.source then
      for n, line in function_source.each(leaf.source, leaf.line, leaf.last) do
        for _, reader in ipairs(READERS) do
          local _, path = line:match("%f[%w_]" .. reader .. "%s*%(?%s*([\"'])(.-)%1")
          if path and path ~= "" and not sys.stat(project.resolve(path)) and not place_of(info,
            "open%s*%(?%s*[\"']" .. path:gsub("%p", "%%%0")) then
            out:add("warning", function_source.show(leaf.source) .. ":" .. n,
              "reads " .. path .. ", which is not there",
              "relative paths start at the script's folder")
          end
        end
      end
    end
  end
end

-- Programs of a command that read what the command does not name.
local function unseen(out, step)
  for _, what in ipairs(require "rille.script.command_recipe_reads".unseen(step)) do
    out:add("warning", nil, "runs " .. what .. ": such a result is not cached",
      'name what it reads: depends = { "FILE", ... }, or {} if its words name everything; '
      .. 'or set cache = false or "always"')
  end
end

-- The findings on a step.
---@param step table
---@return rille.lint.finding[]
function lint.step(step)
  local out = setmetatable({ step = step.name, at = step.at, seen = {} }, Findings)
  local info, message = fingerprint.walk(step.run, { name = step.name .. ".run", own = true, lines = true,
    self = step.receiver or nil })
  if not info then
    local what, hint = message:match "^(.-); (.*)$"
    out:add("error", step.at, "cannot be fingerprinted: " .. (what or message),
      hint or "pass it as an input, or make it inside the step")
    return out
  end
  local cache = step.options.cache
  if cache ~= false then
    writes(out, info)
    history(out, info)
    if cache ~= "always" then
      escapes(out, info)
      impure_calls(out, info)
    end
    if step.command and cache ~= "always" then unseen(out, step) end
    if not step.command then context_uses(out, step, info, cache == "always") end
  end
  named_types(out, step)
  if not step.command then
    unused(out, step)
    undeclared(out, step)
  end
  missing_files(out, info)
  return out
end

-- Pipelines ------------------------------------------------------------------------

-- A digest that stands for the result of a node before anything has run: equal where nothing distinguishes two nodes.
local function result_of(node, memo)
  if memo[node] then return memo[node] end
  local fields = { "s", memo.steps[node[STEP].run], "p", value.encode(node[PARAMS]) }
  local function add(input)
    local meta = getmetatable(input)
    if meta == graph.FanIn then
      for _, one in ipairs(input) do add(one) end
      fields[#fields + 1], fields[#fields + 2] = "f", tostring(#input)
    elseif meta == graph.Literal then
      local ok, text = pcall(json.pack, input[1])
      fields[#fields + 1], fields[#fields + 2] = "l", ok and text or tostring(input[1])
    else
      local from, k = graph.source(input)
      fields[#fields + 1], fields[#fields + 2] = "w", result_of(from, memo) .. ":" .. k
    end
  end
  for _, input in ipairs(node[INPUTS]) do add(input) end
  memo[node] = hash.fields(table.unpack(fields))
  return memo[node]
end

local function draws(step)
  local info = fingerprint.walk(step.run, { name = step.name, self = step.receiver or nil })
  for _, name in ipairs(info and info.reaches or {}) do if name == "math.random" then return true end end
end

-- Nodes that draw the same random numbers, as nothing distinguishes them.
local function equal_draws(out, g)
  local memo, groups, order = { steps = {} }, {}, {}
  for i, node in ipairs(g.nodes) do memo.steps[node[STEP].run] = memo.steps[node[STEP].run] or tostring(i) end
  for _, node in ipairs(g.nodes) do
    local ok, drawn = pcall(result_of, node, memo)
    if ok then
      if not groups[drawn] then groups[drawn] = {} order[#order + 1] = drawn end
      table.insert(groups[drawn], node)
    end
  end
  for _, drawn in ipairs(order) do
    local list = groups[drawn]
    local step = list[1][STEP]
    if #list > 1 and step.options.cache ~= false and draws(step) then
      out[#out + 1] = { step = step.name, at = step.at, level = "warning",
        what = string.format('"%s" and "%s"%s draw the same random numbers', list[1][ID], list[2][ID],
        #list > 2 and string.format(" and %d more", #list - 2) or ""),
        hint = "give each a parameter, such as its number, to seed them differently" }
    end
  end
end

-- The findings on the steps of a pipeline and on its graph.
---@param g table
---@param done table<string, true> steps that were checked before
---@return rille.lint.finding[]
function lint.graph(g, done)
  local all = {}
  for _, node in ipairs(g.nodes) do
    local step = node[STEP]
    local name = step.name .. "\0" .. tostring(step.options.cache)
    if not done[name] and not graph.dynamic_of(node, "when") then
      done[name] = true
      for _, one in ipairs(lint.step(step)) do all[#all + 1] = one end
    end
  end
  equal_draws(all, g)
  return all
end

return lint
