-- limits: the fields retries, timeout, resources, on_failure and on_success of a step, of
-- :with and of YAML.
--
-- Checked, they are retries = { times, delay, backoff }, timeout in seconds,
-- resources = { cpu =, memory = bytes, gpu = }.  false removes what the step has.

local errors = require "rille.base.errors"
local suggest = require "rille.base.suggest"

local limits = {}

local NAMES <const> = { "retries", "timeout", "resources", "on_failure", "on_success" }
limits.NAMES = NAMES

local UNITS = { [""] = 1, B = 1, kB = 10 ^ 3, MB = 10 ^ 6, GB = 10 ^ 9, TB = 10 ^ 12, KiB = 2 ^ 10, MiB = 2 ^ 20,
  GiB = 2 ^ 30, TiB = 2 ^ 40 }

-- "2GiB" or a number -> bytes; nil for what is no size.
---@param v any
---@return integer?
function limits.bytes(v)
  local number, unit = v, ""
  if type(v) == "string" then
    number, unit = v:match "^(%d+%.?%d*)%s*(%a*)$"
    number = tonumber(number)
  end
  local factor = UNITS[unit]
  if type(number) ~= "number" or not factor or not (number >= 1 and number * factor < 2 ^ 53) then return nil end
  return math.floor(number * factor)
end

-- 2147483648 -> "2 GiB"
---@param n integer
---@return string
function limits.show_bytes(n)
  for _, unit in ipairs { "TiB", "GiB", "MiB", "KiB" } do
    if n >= UNITS[unit] then return (string.format("%.1f", n / UNITS[unit]):gsub("%.0$", "")) .. " " .. unit end
  end
  return n .. " bytes"
end

local function is_count(v) return math.type(v) == "integer" and v >= 0 end
local function is_seconds(v) return type(v) == "number" and v >= 0 and v < 2 ^ 31 end

local function check_table(what, field, v, allowed)
  if type(v) ~= "table" then return end
  errors.check_fields(what .. ": " .. field, v, allowed)
end

local check = {}

function check.retries(what, v)
  if v == false then v = 0 end
  check_table(what, "retries", v, { times = true, delay = true, backoff = true })
  local given = type(v) == "table" and v or { times = v }
  local made = { times = given.times, delay = given.delay or 0, backoff = given.backoff or 1 }
  if not is_count(made.times) then
    errors.raise("%s: retries must be a number of attempts or { times =, delay =, backoff = }; found %s", what,
      errors.describe(given.times))
  end
  if not is_seconds(made.delay) then
    errors.raise("%s: retries: delay must be a number of seconds, found %s", what, errors.describe(made.delay))
  end
  if type(made.backoff) ~= "number" or not (made.backoff >= 1 and made.backoff < 1e6) then
    errors.raise("%s: retries: backoff (the factor by which the delay grows) must be at least 1; found %s", what,
      errors.describe(made.backoff))
  end
  return made
end

function check.timeout(what, v)
  if v == false then return false end
  if not is_seconds(v) or v == 0 then
    errors.raise("%s: timeout must be a number of seconds, found %s", what, errors.describe(v))
  end
  return v
end

local RESOURCES = { cpu = true, memory = true, gpu = true }

local function check_resource(what, name, v)
  if name == "memory" then
    local bytes = limits.bytes(v)
    if not bytes then
      errors.raise('%s: resources: memory must be a size such as "2GiB" or "500MB"; found %s', what, errors.describe(v))
    end
    return bytes
  end
  local n = type(v) == "number" and math.tointeger(v)
  if not n or n < 0 or n > 1 << 20 or (name == "cpu" and n == 0) then
    errors.raise("%s: resources: %s must be a whole number%s, found %s", what, name, name == "cpu" and " from 1" or "",
      errors.describe(v))
  end
  return n
end

function check.resources(what, v)
  if v == false then return {} end
  if type(v) ~= "table" then
    errors.raise("%s: resources must be a table { cpu =, memory =, gpu = }, found %s", what, errors.describe(v))
  end
  check_table(what, "resources", v, RESOURCES)
  local made = {}
  for name, amount in next, v do made[name] = check_resource(what, name, amount) end
  return made
end

local function check_hook(field)
  return function(what, v)
    if v ~= false and type(v) ~= "function" then
      errors.raise("%s: %s must be a function, found %s", what, field, errors.describe(v))
    end
    return v
  end
end

check.on_failure, check.on_success = check_hook "on_failure", check_hook "on_success"

-- Checks the fields that were given.
---@param what string 'step "train"'
---@param fields table
---@param into table gets them
---@return table into
function limits.check(what, fields, into)
  for _, name in ipairs(NAMES) do
    if fields[name] ~= nil then into[name] = check[name](what, fields[name]) end
  end
  return into
end

local MODES = { stop_on_failure = true, fail_fast = true, continue_on_failure = true }

-- Checks the execution mode: what the run does when a step fails.
---@param what string begins messages
---@param mode any
---@return string?
function limits.check_mode(what, mode)
  if mode == nil or MODES[mode] then return mode end
  errors.raise('%s: execution_mode: unknown mode %s%s', what, errors.describe(mode),
    suggest.hint(mode, { "stop_on_failure", "fail_fast", "continue_on_failure" }))
end

-- The resources of a machine: "gpu=1,memory=8GiB" of the command line, or a table.
---@param what string begins messages
---@param given string|table
---@return table resources
function limits.pool(what, given)
  if type(given) ~= "string" then return check.resources(what, given) end
  local t = {}
  for one in given:gmatch "[^,]+" do
    local name, text = one:match "^%s*(%w+)=(.-)%s*$"
    if not name then errors.at(nil, '%s %s: expected NAME=AMOUNT, as in gpu=1,memory=8GiB', what, given) end
    t[name] = name == "memory" and text or tonumber(text) or text
  end
  return check.resources(what, t)
end

return limits
