-- space: the candidates among which a search chooses.
--
-- A space is data: { NAME = values, ... }, where values are
--     { v, ... }                                one of these
--     { uniform = { low, high } }               a number between them
--     { log_uniform = { low, high } }           the same, its logarithm uniform
--     { integer = { low, high } }               a whole number, both ends included
--     { range = { start =, end =, step = } }    start, start + step, ... below end
--     v                                         a number, string or boolean: always this
-- or a list of such tables, each a space of its own.  A candidate is { NAME = value, ... }.
-- Candidates of a grid go through the names in alphabetical order, the last one fastest.
-- Numbers that are drawn are rounded to 6 significant digits, so that what is printed is
-- what was tried.

local errors = require "rille.base.errors"
local random = require "rille.learn.random"
local suggest = require "rille.base.suggest"

local space = {}

local KINDS <const> = { "choice", "integer", "log_uniform", "range", "uniform" }
local SHUFFLED <const> = 65536              -- candidates of a grid of at most this size are shuffled as a list
local LARGEST <const> = 1 << 52             -- values of a parameter that are counted
local MOST <const> = 1000000                -- candidates of a search

local SCALAR <const> = { number = true, string = true, boolean = true }

local function is_finite(v) return type(v) == "number" and v == v and math.abs(v) ~= math.huge end

-- ---- what a script says ----

-- { low, high } as given.
local function ends(who, name, kind, v)
  if type(v) ~= "table" or #v ~= 2 or not is_finite(v[1]) or not is_finite(v[2]) then
    errors.raise("%s: %s: %s is %s, expected { low, high }", who, name, kind, errors.describe(v))
  elseif v[1] >= v[2] then
    errors.raise("%s: %s: %s from %s to %s: low must be less than high", who, name, kind, v[1], v[2])
  end
  return v[1], v[2]
end

local function rounded(v) return tonumber(string.format("%.6g", v)) + 0.0 end

local read = {}

function read.uniform(who, name, v)
  local low, high = ends(who, name, "uniform", v)
  return { draw = function(next_bits)
    local part = random.fraction(next_bits)
    local at = high - low < math.huge and low + (high - low) * part or low * (1 - part) + high * part
    return math.max(low, math.min(high, rounded(at))) + 0.0
  end }
end

function read.log_uniform(who, name, v)
  local low, high = ends(who, name, "log_uniform", v)
  if low <= 0 then errors.raise("%s: %s: log_uniform from %s: low must be greater than 0", who, name, low) end
  local from, to = math.log(low), math.log(high)
  return { draw = function(next_bits)
    return math.max(low, math.min(high, rounded(math.exp(from + (to - from) * random.fraction(next_bits))))) + 0.0
  end }
end

function read.integer(who, name, v)
  local low, high = ends(who, name, "integer", v)
  low, high = math.tointeger(low), math.tointeger(high)
  if not low or not high then
    errors.raise("%s: %s: integer is { %s, %s }, expected whole numbers", who, name, v[1], v[2])
  end
  if (high - 0.0) - low >= LARGEST then
    errors.raise("%s: %s: integer from %d to %d: at most 2^52 values are drawn from", who, name, low, high)
  end
  return { n = high - low + 1, at = function(i) return low + i - 1 end }
end

local RANGE <const> = { start = true, ["end"] = true, step = true }

function read.range(who, name, v)
  if type(v) ~= "table" then
    errors.raise("%s: %s: range is %s, expected { start =, end =, step = }", who, name, errors.describe(v))
  end
  errors.check_fields(string.format("%s: %s: range", who, name), v, RANGE)
  local first, last, step = v.start, v["end"], v.step == nil and 1 or v.step
  for field, x in next, { start = first or false, ["end"] = last or false, step = step } do
    if not is_finite(x) then
      errors.raise("%s: %s: range: %s is %s, expected a number", who, name, field, errors.describe(x or nil))
    end
  end
  local n = step ~= 0 and math.ceil((last - first) / step - 1e-9) or 0
  if n > LARGEST then
    errors.raise("%s: %s: range from %s to %s by %s has more than 2^52 values", who, name, first, last, step)
  end
  if n < 1 then
    errors.raise("%s: %s: range from %s to %s by %s has no values; the end is not included", who, name, first, last,
      step)
  end
  return { n = n, at = function(i) return first + (i - 1) * step end }
end

function read.choice(who, name, v)
  if type(v) ~= "table" or getmetatable(v) or #v == 0 then
    errors.raise("%s: %s: choice is %s, expected a list of values", who, name, errors.describe(v))
  end
  return { n = #v, at = function(i) return v[i] end }
end

local function one_key(v)
  local key = next(v)
  return key ~= nil and next(v, key) == nil and key or nil
end

-- { n =, at = function(i) } where the values can be counted, or { draw = function(bits) }.
local function read_values(who, name, v)
  if SCALAR[type(v)] then return { n = 1, at = function() return v end } end
  if type(v) ~= "table" or getmetatable(v) then
    errors.raise("%s: %s is %s, expected a list of values or a distribution", who, name, errors.describe(v))
  end
  if #v > 0 or next(v) == nil then return read.choice(who, name, v) end
  local kind = one_key(v)
  if not kind or not read[kind] then
    local found = kind or next(v)
    errors.raise('%s: %s: unknown distribution "%s"%s', who, name, tostring(found), suggest.hint(found, KINDS))
  end
  return read[kind](who, name, v[kind])
end

local function read_one(who, given)
  local names, values = {}, {}
  for name, v in next, given do
    if type(name) ~= "string" then
      errors.raise("%s: the space has the key %s, expected names of parameters", who, errors.describe(name))
    end
    names[#names + 1] = name
    values[name] = read_values(who, name, v)
  end
  table.sort(names)
  return { names = names, values = values }
end

local function is_list_of_spaces(given)
  if #given == 0 then return false end
  for k, v in next, given do
    if math.type(k) ~= "integer" or type(v) ~= "table" or getmetatable(v) or #v > 0 then return false end
  end
  return true
end

-- The spaces that a script gives: { { names, values = { NAME = values } }, ... }.
---@param who string
---@param given table
---@return table[]
function space.read(who, given)
  if type(given) ~= "table" or getmetatable(given) then
    errors.raise("%s: the space is %s, expected { NAME = values, ... }", who, errors.describe(given))
  end
  if not is_list_of_spaces(given) then return { read_one(who, given) } end
  local list = {}
  for i, one in ipairs(given) do list[i] = read_one(who, one) end
  return list
end

-- ---- candidates ----

-- How many candidates there are, infinite past 2^52; nil where they cannot be counted, and the name of the first that
-- cannot.
local function size(one)
  local n = 1
  for _, name in ipairs(one.names) do
    if not one.values[name].n then return nil, name end
    local of_one = one.values[name].n
    n = n <= LARGEST // of_one and n * of_one or math.huge
  end
  return n
end

-- Candidate i, from 0, of a space that can be counted.
local function at(one, i)
  local candidate = {}
  for k = #one.names, 1, -1 do
    local values = one.values[one.names[k]]
    candidate[one.names[k]] = values.at(i % values.n + 1)
    i = i // values.n
  end
  return candidate
end

-- All candidates.
---@param who string
---@param spaces table[] of space.read
---@return table[]
function space.grid(who, spaces)
  local list = {}
  for _, one in ipairs(spaces) do
    local n, name = size(one)
    if not n then
      errors.raise("%s: %s has a distribution, and a grid needs a list of values; use search.random", who, name)
    elseif n > MOST - #list then
      errors.raise("%s: the grid has more than %d candidates; use search.random", who, MOST)
    end
    for i = 0, n - 1 do list[#list + 1] = at(one, i) end
  end
  return list
end

-- n different numbers below total, in random order; all of them, in order, when there are no more.
local function different(total, n, bits)
  local list, seen = {}, {}
  if total <= math.max(SHUFFLED, n) then
    for i = 1, total do list[i] = i - 1 end
    if n >= total then return list end
    return table.move(random.shuffle(list, bits), 1, n, 1, {})
  end
  while #list < n do
    local i = random.below(bits, total)
    if not seen[i] then
      seen[i] = true
      list[#list + 1] = i
    end
  end
  return list
end

-- The space and the place in it of candidate i, from 0, of all together.
local function locate(spaces, sizes, i)
  for k, one in ipairs(spaces) do
    if i < sizes[k] then return one, i end
    i = i - sizes[k]
  end
end

local function drawn(spaces, bits)
  local one = spaces[#spaces > 1 and random.below(bits, #spaces) + 1 or 1]
  local candidate = {}
  for _, name in ipairs(one.names) do
    local values = one.values[name]
    candidate[name] = values.draw and values.draw(bits) or values.at(random.below(bits, values.n) + 1)
  end
  return candidate
end

-- n candidates drawn at random: different ones where they can be counted, and then at most all of them.
---@param spaces table[] of space.read
---@param n integer
---@param seed integer
---@return table[]
function space.random(spaces, n, seed)
  local bits, sizes, total, list = random.generator(seed), {}, 0, {}
  for k, one in ipairs(spaces) do
    sizes[k] = size(one)
    total = total and sizes[k] and total + sizes[k]
    if total and total > LARGEST then total = nil end       -- each parameter is drawn by itself
  end
  if total then
    for i, place in ipairs(different(total, n, bits)) do list[i] = at(locate(spaces, sizes, place)) end
  else
    for i = 1, n do list[i] = drawn(spaces, bits) end
  end
  return list
end

return space
