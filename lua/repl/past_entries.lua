-- past_entries: what was entered at the prompt of a past run, as far as a step of that run needs it.
--
-- Entries that the step does not need are not done again: they may have written files, or never have ended.  Needed are
-- those with code of the step or of its pipeline, and those that set variables which these read, and so on.

local entry = require "rille.repl.entry"
local internal_error = require "rille.base.internal_error"
local interrupt = require "rille.host.interrupt"
local json = require "rille.json"
local tokens = require "rille.repl.tokens"

local past_entries = {}

---@class PastEntry
---@field [1] string name, "In[3]"
---@field [2] string text

-- Choosing -----------------------------------------------------------------------------------

local function is_quoted(text, name)
  return text:find('"' .. name .. '"', 1, true) ~= nil or text:find("'" .. name .. "'", 1, true) ~= nil
end

-- The names of the entries that have code of the step run.
local function with_code(row)
  local names = {}
  for _, leaf in ipairs(row.code and row.code.leaves and json.unpack(row.code.leaves).leaves or {}) do
    local name = leaf.source and leaf.source:match "^=(In%[%d+%])$"
    if name then names[name] = true end
  end
  return names
end

-- The entries that are needed, in order.
---@param entries PastEntry[]
---@param row table of the step run
---@param pipeline string
---@return PastEntry[]
function past_entries.needed(entries, row, pipeline)
  local first, sets, chosen, queue = with_code(row), {}, {}, {}
  local function choose(i)
    if not chosen[i] then chosen[i], queue[#queue + 1] = true, i end
  end
  for i, one in ipairs(entries) do
    for name in next, tokens.sets(one[2]) do
      sets[name] = sets[name] or {}
      table.insert(sets[name], i)
    end
    if first[one[1]] or is_quoted(one[2], row.step or row.node) or is_quoted(one[2], pipeline) then choose(i) end
  end
  while queue[1] do
    for name in next, tokens.reads(entries[table.remove(queue)][2]) do
      for _, i in ipairs(sets[name] or {}) do choose(i) end
    end
  end
  local list = {}
  for i, one in ipairs(entries) do if chosen[i] then list[#list + 1] = one end end
  return list
end

-- Doing them again ---------------------------------------------------------------------------

-- Functions of the standard library that change something outside; io.open where it writes.
local ACTS <const> = { os = { "execute", "remove", "rename" }, io = { "popen", "output", "open" } }

local function writes(name, _, mode) return name ~= "open" or type(mode) == "string" and mode:find "[wa+]" ~= nil end

-- From here on these functions refuse; stop() ends that.
local function refuse()
  local is_replaying, before = true, {}
  for lib, names in next, ACTS do
    local functions = package.loaded[lib]
    for _, name in ipairs(names) do
      local own = functions[name]
      before[#before + 1] = { functions, name, own }
      functions[name] = function(...)
        if is_replaying and writes(name, ...) then
          error(string.format("%s.%s is not done again", lib, name), 2)
        end
        return own(...)
      end
    end
  end
  return function()
    is_replaying = false
    for _, one in ipairs(before) do one[1][one[2]] = one[3] end
  end
end

-- Does entries again, each as far as it goes.
---@param entries PastEntry[]
function past_entries.replay(entries)
  local cells, stop = {}, refuse()
  local done <close> = setmetatable({}, { __close = stop })
  assert(done)
  for _, one in ipairs(entries) do
    local f = entry.compile(one[2], "=" .. one[1], cells)
    if f then internal_error.call(f) end
    if interrupt.reason() then error({ usage = "interrupted" }, 0) end
  end
end

return past_entries
