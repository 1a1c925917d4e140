-- key_parts: what the key of a step is made of, then and now, and what differs.
--
-- The parts are { params, inputs = { port = { digests } }, leaves, command, ports, version, save, keys,
-- sources(path) -> text }; key_parts.compare(before, now) gives a list of { what = text, lines = changed lines or
-- nil }, the most important first.  keys is the format of the keys, nil where an older program recorded none: digests
-- of one format cannot be compared with those of another.

local diff = require "rille.base.diff"
local graph = require "rille.graph"
local hash = require "rille.host.hash"
local json = require "rille.json"
local key = require "rille.cache.key"
local observe = require "rille.host.observe"
local entry_lists = require "rille.query.entry_lists"
local format = require "rille.base.format"
local program = require "rille.project.program"
local project = require "rille.project"
local text_width = require "rille.base.text_width"
local value_text = require "rille.base.value_text"
local types = require "rille.script.types"

local key_parts = {}

local function short(v)
  if v == nil then return "(none)" end
  if type(v) == "string" then
    local _, bad = utf8.len(v)
    if bad then return format.plural(#v, "byte") end
    return string.format("%q", text_width.shorten(v, 40))
  end
  if math.type(v) == "float" then
    local text = value_text.number(v, "%.14g")
    return text:find "[.einf]" and text or text .. ".0"
  end
  if type(v) == "table" then
    local ok, text = pcall(json.pack, v)
    return ok and #text <= 40 and value_text.packed(text) or "a table"
  end
  return tostring(v)
end

-- What stands for a secret in a record (project/secrets.lua).
local function is_mark(v) return type(v) == "string" and v:find "^%*%*%* %x+$" ~= nil end

local function same(a, b)
  local ok_a, x = pcall(json.pack, a)
  local ok_b, y = pcall(json.pack, b)
  return ok_a and ok_b and x == y
end

local function sorted_keys(...)
  local seen, list = {}, {}
  for _, t in ipairs { ... } do
    for k in next, t do
      if not seen[k] then
        seen[k] = true
        list[#list + 1] = k
      end
    end
  end
  table.sort(list)
  return list
end

local function compare_params(out, before, now)
  for _, name in ipairs(sorted_keys(before, now)) do
    if is_mark(before[name]) and is_mark(now[name]) then
      if before[name] ~= now[name] then
        out[#out + 1] = { what = string.format("parameter %s changed (a secret)", name) }
      end
    elseif not same(before[name], now[name]) then
      out[#out + 1] = { what = string.format("parameter %s %s -> %s", name, short(before[name]), short(now[name])) }
    end
  end
end

local function place(leaf)
  if not leaf.source then return "" end
  return string.format(" (%s:%d)", leaf.source:gsub("^[@=]", ""), leaf.line or 0)
end

-- The text of a function of the parts, or nil when its source is not kept.
local function body(of, leaf)
  if not leaf.source or not leaf.line or not leaf.last then return nil end
  local text = of.sources(leaf.source:gsub("^[@=]", ""))
  if not text then return nil end
  if leaf.line == 0 then return text end        -- of a file's main chunk
  local lines = diff.lines_of(text)
  return table.concat(lines, "\n", math.min(leaf.line, #lines), math.min(leaf.last, #lines))
end

key_parts.body = body

local function changed_lines(before, now, a, b)
  local x, y = body(before, a), body(now, b)
  if not x or not y then return nil end
  local lines = diff.lines(x, y)
  return #lines > 0 and lines or nil
end

-- Is the path that of something inside of one of these values?
local function is_within(places, path)
  for outer in next, places do
    if path:sub(1, #outer) == outer and path:find("^[%.%[]", #outer + 1) then return true end
  end
  return false
end

-- Adds the paths whose value was the same as that of another path, and is no longer, or the other way round: the values
-- themselves may be unchanged.  Returns the set of these paths.
local function compare_aliases(out, before, now)
  local changed, was, is = {}, {}, {}
  for _, leaf in ipairs(before.leaves) do if leaf.kind == "alias" then was[leaf.path] = leaf.text end end
  for _, leaf in ipairs(now.leaves) do if leaf.kind == "alias" then is[leaf.path] = leaf.text end end
  for _, path in ipairs(sorted_keys(was, is)) do
    if was[path] ~= is[path] then
      changed[path] = true
      out[#out + 1] = { what = is[path] and string.format("captured %s is %s", path, is[path])
        or string.format("captured %s is no longer %s", path, was[path]) }
    end
  end
  return changed
end

local function kind_word(leaf, first)
  if leaf.path == first then return "its code" end
  return (leaf.kind == "function" and "captured function " or "captured ") .. leaf.path
end

-- Adds the leaves whose own content changed.  A function of which only captured values changed is not one: those are
-- leaves of their own.
local function compare_leaves(out, before, now)
  local old = {}
  local aliases = compare_aliases(out, before, now)
  for _, leaf in ipairs(before.leaves) do if leaf.kind ~= "alias" then old[leaf.path] = leaf end end
  -- the step's own function comes first, by a name that has the step's
  local own, first = before.leaves[1], now.leaves[1] and now.leaves[1].path
  if own and first and own.kind ~= "alias" then
    old[own.path] = nil
    old[first] = own
  end
  local seen = {}
  for _, leaf in ipairs(now.leaves) do
    local was = old[leaf.path]
    seen[leaf.path] = true
    if leaf.kind == "alias" or not was and (aliases[leaf.path] or is_within(aliases, leaf.path)) then
      -- compare_aliases has added it
    elseif not was then
      out[#out + 1] = { what = string.format("%s%s is new", kind_word(leaf, first), place(leaf)) }
    elseif was.digest ~= leaf.digest then
      if leaf.text and was.text and leaf.text ~= was.text then
        out[#out + 1] = { what = string.format("captured %s %s -> %s", leaf.path, was.text, leaf.text) }
      else
        out[#out + 1] = { what = kind_word(leaf, first) .. place(leaf) .. " changed",
          lines = changed_lines(before, now, was, leaf) }
      end
    end
  end
  for _, leaf in ipairs(before.leaves) do
    if leaf.kind ~= "alias" and leaf ~= own and not seen[leaf.path] and not is_within(aliases, leaf.path) then
      out[#out + 1] = { what = string.format("captured %s is gone", leaf.path) }
    end
  end
end

-- A command is compared as the lines of text that describe it.
local function compare_command(out, before, now)
  if before.command == now.command then return end
  if not before.command or not now.command then
    out[#out + 1] = { what = now.command and "it is now a command" or "it is now a function" }
    return
  end
  local lines = diff.lines(before.command, now.command)
  local one = #lines == 2 and lines[1][1] == "-" and #lines[1][2] + #lines[2][2] <= 90
  out[#out + 1] = { what = "command changed" .. (one and ": " .. lines[1][2] .. " -> " .. lines[2][2] or ""),
    lines = not one and lines or nil }
end

-- The files that the commands of two step runs read, where both were kept.
local function compare_files(out, before, now)
  if not (before.command and now.command and before.row and now.row) then return end
  local old = {}
  for _, one in ipairs(before.row.reads and observe.describe(before.row.reads) or {}) do
    if one.kind == "file" then old[one.name] = one.digest end
  end
  for _, one in ipairs(now.row.reads and observe.describe(now.row.reads) or {}) do
    if one.kind == "file" and old[one.name] and old[one.name] ~= one.digest then
      local x, y = before.sources(one.name), now.sources(one.name)
      local lines = x and y and diff.lines(x, y)
      out[#out + 1] = { what = one.name .. " changed", lines = lines and #lines > 0 and lines or nil }
    end
  end
end

-- The metadata that steps logged of their outputs, for inputs of type artifact, whose key contains it.
local function compare_noted(out, before, now)
  for _, port in ipairs(sorted_keys(before.noted, now.noted)) do
    local a, b = before.inputs[port] or {}, now.inputs[port] or {}
    if table.concat(a) == table.concat(b) and not same(before.noted[port], now.noted[port]) then
      out[#out + 1] = { what = string.format("the metadata of input %s changed", port), port = port }
    end
  end
end

local function compare_inputs(out, before, now)
  for _, port in ipairs(sorted_keys(before, now)) do
    local a, b = before[port] or {}, now[port] or {}
    local changed = 0
    for i = 1, math.max(#a, #b) do if a[i] ~= b[i] then changed = changed + 1 end end
    if changed > 0 then
      local detail = ""
      if #a ~= #b then detail = string.format(" (%s -> %d)", format.plural(#a, "artifact"), #b)
      elseif #b > 1 then detail = string.format(" (%d of %d artifacts)", changed, #b) end
      out[#out + 1] = { what = string.format("input %s changed%s", port, detail), port = port }
    end
  end
end

---@param before table parts of a key
---@param now table parts of a key
function key_parts.compare(before, now)
  local out = {}
  if before.keys ~= now.keys then out[1] = { what = key.EARLIER } end
  compare_params(out, before.params, now.params)
  if before.keys == now.keys then compare_leaves(out, before, now) end
  compare_command(out, before, now)
  compare_files(out, before, now)
  if before.version ~= now.version then
    out[#out + 1] = { what = string.format("version %s -> %s", short(before.version), short(now.version)) }
  end
  if before.ports ~= now.ports then out[#out + 1] = { what = "the names or types of its ports changed" } end
  if before.keys == now.keys and before.save ~= now.save then
    out[#out + 1] = { what = "a materializer of its ports changed" }
  end
  compare_inputs(out, before.inputs, now.inputs)
  compare_noted(out, before, now)
  return out
end

-- Snapshots ------------------------------------------------------------------

-- The name of a file without the commit that it is of: code that is equal is recorded once, from the disk or a commit.
local function without_commit(path) return (path:gsub("@%x+$", "")) end

local function sources_of(run)
  local by_path
  return function(path)
    if not by_path then
      by_path = {}
      for _, one in ipairs(json.decode(run.sources or "[]")) do
        by_path[one.path] = one.digest
        local plain = without_commit(one.path)
        by_path[plain] = by_path[plain] or one.digest
      end
    end
    local entries = path:find "^In%[%d+%]$" and by_path[entry_lists.NAME]
    if entries then return entry_lists.find(hash.unhex(entries), path) end
    local digest = by_path[path] or by_path[without_commit(path)]
    if not digest then
      for stored, d in next, by_path do
        if stored:sub(-#path) == path or path:sub(-#stored) == stored then digest = d end
      end
    end
    return digest and project.meta:source(hash.unhex(digest))
  end
end

-- Of a step run that is recorded.
function key_parts.of_row(id)
  local row = project.meta:step_row(id)
  if not row then return nil end
  local code = row.code and row.code.leaves and json.unpack(row.code.leaves) or {}
  local inputs = {}
  for _, input in ipairs(row.inputs or {}) do
    inputs[input.name] = inputs[input.name] or {}
    table.insert(inputs[input.name], input.digest)
  end
  return {
    params = row.params and json.unpack(row.params) or {}, inputs = inputs, leaves = code.leaves or {},
    command = code.command, ports = code.ports, version = code.version,
    noted = row.notes and json.unpack(row.notes).inputs or {}, save = code.save,
    keys = row.run and project.meta:key_format(row.run.row), row = row,
    sources = sources_of(row.run and project.meta:run(row.run.id) or {}),
  }
end

-- Of a node in a plan whose inputs are known.
function key_parts.of_node(plan, spec, position)
  local node = plan.graph.nodes[position]
  local step = node[graph.STEP]
  local inputs, noted = {}, {}
  for k, input in ipairs(node[graph.INPUTS]) do
    local digests, given = {}, plan:given(input)
    if given and types.takes_artifact(step.inputs[k].type) then
      local texts = {}
      for n, one in ipairs(given) do texts[n] = plan.world.noted(one) end
      noted[step.inputs[k].name] = texts
    end
    for n, one in ipairs(given or { { "" } }) do digests[n] = one[1] end
    -- as it is recorded: a list of nothing leaves no trace
    if digests[1] then inputs[step.inputs[k].name] = digests end
  end
  local code = json.unpack(spec(node).code.leaves)
  local texts = {}
  for _, one in ipairs(observe.sources()) do texts[one.path] = one.text end
  return {
    params = node[graph.PARAMS], inputs = inputs, noted = noted, leaves = code.leaves, command = code.command,
    ports = code.ports, version = code.version, save = code.save, keys = key.FORMAT,
    sources = function(path)
      local known = texts[path] or program.text(path)
      if known then return known end
      for stored, text in next, texts do
        if path:sub(-#stored) == stored or stored:sub(-#path) == path then return text end
      end
    end,
  }
end

return key_parts
