-- rerun_causes: what may explain that a step which ran again gave something else than the record has.

local c_modules = require "rille.cache.c_modules"
local observe = require "rille.host.observe"

local rerun_causes = {}

local function facts_of(reads)
  local map = {}
  for _, one in ipairs(reads and observe.describe(reads) or {}) do map[one.kind .. " " .. one.name] = one end
  return map
end

local FORMS = { env = "the environment variable %s", file = "the file %s", absent = "the file %s",
  folder = "the folder %s", module = "the module %s",
  search = "%s", write = "what it writes to %s", value = "%s" }

-- What was read and is another, or is read by one of both alone.
local function changed_reads(out, row, answer)
  local before, now = facts_of(row.reads), facts_of(answer.reads)
  local names = {}
  for name, one in next, now do
    local was = before[name]
    if not was or was.digest ~= one.digest then
      names[#names + 1] = string.format(FORMS[one.kind], one.name) .. (was and " changed" or " was not read then")
    end
  end
  for name, one in next, before do
    if not now[name] then names[#names + 1] = string.format(FORMS[one.kind], one.name) .. " was read then" end
  end
  table.sort(names)
  for i = 1, math.min(#names, 5) do out[#out + 1] = names[i] end
end

-- Texts that show where a value comes from.
local PATTERNS = {
  { "0x%x%x%x%x%x%x", "the value contains an address" },
  { "%d%d:%d%d:%d%d", "the value contains a time of day" },
}

local function texts_of(d, out)
  if type(d) == "string" then out[#out + 1] = d
  elseif type(d) == "table" then
    for k, v in next, d do if k ~= "a" or type(v) ~= "table" then texts_of(v, out) end end
  end
  return out
end

local TINY <const> = 1e-6

-- Adds what the differing values look like.
local function add_patterns(out, outputs)
  for _, one in ipairs(outputs) do
    local d = one.difference or {}
    for _, text in ipairs(texts_of(d, {})) do
      for _, pattern in ipairs(PATTERNS) do
        if text:find(pattern[1]) then out[#out + 1] = pattern[2] end
      end
    end
    local size = math.max(math.abs(tonumber(d.a) or 0), math.abs(tonumber(d.b) or 0))
    local delta = d.kind == "array" and d.max or d.kind == "value" and d.delta
    if delta and delta ~= 0 and math.abs(delta) <= TINY * size then
      out[#out + 1] = "only the last digits differ: summed in a different order (threads, BLAS)"
    end
  end
end

local function unique(list)
  local seen, out = {}, {}
  for _, text in ipairs(list) do
    if not seen[text] then out[#out + 1], seen[text] = text, true end
  end
  return out
end

---@param step table
---@param spec table of its key
---@param row table of the step run
---@param answer table
---@param outputs rille.rerun.difference[]? nil: the step failed
---@return string[]
function rerun_causes.of(step, spec, row, answer, outputs)
  local list = {}
  for _, one in ipairs(answer.impure or {}) do
    list[#list + 1] = "it uses " .. one.what .. ((one.where or "") ~= "" and " at " .. one.where or "")
  end
  for _, one in ipairs(spec.info.escapes) do
    list[#list + 1] = string.format("it uses %s%s, which can read anything", one.what,
      one.where and " at " .. one.where or "")
  end
  for _, name in ipairs(spec.info.reaches) do
    if name:find "^foreign C: " then list[#list + 1] = c_modules.why_not(name):match "^[^,;]*" end
  end
  if answer.altered then list[#list + 1] = "it changed " .. answer.altered .. ", which it captures" end
  changed_reads(list, row, answer)
  add_patterns(list, outputs or {})
  if step.command then list[#list + 1] = "rille does not observe what its program reads beyond its arguments" end
  if #list == 0 then list[1] = "nothing that rille observes explains it" end
  return unique(list)
end

return rerun_causes
