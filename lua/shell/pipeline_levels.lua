-- pipeline_levels: where the parts of pipelines begin and end while a text is parsed.
--
-- A level is a list of commands: { kind = the word that opened it, parts = of the
-- pipeline that is read, start = of its part, or nil between two, negated }.

local pipeline_levels = {}

local function level_of(kind) return { kind = kind, parts = {} } end

local Levels = {}
Levels.__index = Levels

function Levels:top() return self[#self] end
function Levels:open(kind) self[#self + 1] = level_of(kind) end
function Levels:close() if #self > 1 then self[#self] = nil end end

-- A command, or what opens one, stands at i.
function Levels:begin(i)
  local top = self:top()
  top.start = top.start or i
end

-- The part before i has ended.
function Levels:part(i)
  local top = self:top()
  if top.start then top.parts[#top.parts + 1] = { top.start, i, negated = top.negated } end
  top.start, top.negated = nil, nil
end

-- The parts of the pipeline that ends before i.
function Levels:take(i)
  self:part(i)
  local top = self:top()
  local parts = top.parts
  top.parts = {}
  return parts
end

local OPENS <const> = { ["if"] = true, ["while"] = true, ["until"] = true, ["for"] = true, ["select"] = true,
  ["{"] = true }
local GOES_ON <const> = { ["then"] = true, ["else"] = true, ["elif"] = true }
local CLOSES <const> = { fi = true, done = true, ["}"] = true }

-- A command begins at i with a word of this text, nil where it is not a plain word.
---@param name string?
---@param i integer
function Levels:word(name, i)
  local top = self:top()
  if name == "!" then return end        -- of the pipeline
  if GOES_ON[name] then return end
  if name == "do" then
    top.kind = "do"
    return
  end
  if CLOSES[name] then return self:close() end
  -- for ((...)) { ... }
  if name == "{" and not top.start and (top.kind == "for" or top.kind == "select") then self:close() end
  self:begin(i)
  if OPENS[name] then self:open(name) end
end

-- The levels at the beginning of a list of commands.
function pipeline_levels.new() return setmetatable({ level_of() }, Levels) end

return pipeline_levels
