-- value_parser: parses values that people type on the command line and in YAML.
--
-- They are YAML's scalars and flow collections, read by the declared type.  Where a string
-- is declared the text is the string; but null means the default, and the string null is
-- written "null", with its quotes.

local json = require "rille.json"
local errors = require "rille.base.errors"

local value_parser = {}

local QUOTED_NULL <const> = { ['"null"'] = true, ["'null'"] = true }

-- Where only numbers and times are parsed, as of a listing, nothing needs the types.
local function admit(typ, v) return require("rille.script.types").admit(typ, v) end
local function is_refused(v) return v == require("rille.script.types").REFUSED end

-- Numbers as they are shown; YAML spells them .inf and .nan.
local NUMBERS <const> = { inf = math.huge, ["+inf"] = math.huge, ["-inf"] = -math.huge, nan = 0 / 0 }

-- The number inf or nan, which YAML takes for text, where the type wants a number.
local function number_of(typ, text)
  local n = text and NUMBERS[text:lower()]
  if n and is_refused(admit(typ, text)) and not is_refused(admit(typ, n)) then return n end
end

-- A decoded value as the type takes it: where a string is declared the text is the string,
-- in lists too.  text_of(path) is the text of a scalar that may be taken so, or nothing.
---@param typ table? a type; nil: any
---@param v any as yaml.decode gives it
---@param text_of fun(path: string): string?
---@param path string of the value in the document
function value_parser.guide(typ, v, text_of, path)
  if type(v) == "table" then
    local copy = {}
    for k, x in next, v do
      if x == json.null and type(k) == "string" then goto absent end
      local below = type(k) == "string" and value_parser.path(path, k) or path .. "[" .. k .. "]"
      copy[k] = value_parser.guide(typ and typ.element, x, text_of, below)
      ::absent::
    end
    return copy
  end
  if v == json.null then return v end
  local text = typ and typ.name ~= "any" and text_of(path)
  if text and not is_refused(admit(typ, text)) then return text end
  return number_of(typ, text) or v
end

-- The path of the value with this key in the map at path, as yaml.decode spells
-- it: a.b["no name"]
function value_parser.path(path, key)
  if not key:find "^[%a_][%w_]*$" then return path .. "[" .. require("rille.json").encode(key) .. "]" end
  return path == "" and key or path .. "." .. key
end

-- What stands for the secret that the text is.
local function text_of_secret(typ, text, what)
  local mark = admit(typ, text)
  if not is_refused(mark) then return mark end
  errors.at(nil, "%s: %s is what stands for a secret in records; give the secret itself", what, text)
end

-- The value of a text where the type is declared; rille.null for null.
---@param typ table a type
---@param text string
---@param what string for the message: 'parameter "gamma"'
function value_parser.parse(typ, text, what)
  local is_text = not is_refused(admit(typ, text)) and typ.name ~= "any"
  if text == "null" and not (is_text and typ.values) then return json.null end
  if typ.name == "secret" and text ~= "null" then return text_of_secret(typ, text, what) end
  if is_text then return QUOTED_NULL[text] and "null" or text end
  if not text:find "%S" then
    errors.at(nil, '%s: expected %s, found nothing; null means the default%s', what,
      select(2, admit(typ, nil)) or "a value",
      typ.name == "any" and ', "" in quotes the empty string' or "")
  end
  local ok, v, where = pcall(require("rille.yaml").decode, text, "value")
  if not ok then errors.at(nil, "%s: %s", what, v:gsub("^value:%d+:%d+: ", "")) end
  if v == json.null then return v end
  v = value_parser.guide(typ, v, function(path) return where[path].plain and where[path].text end, "")
  local value, expected = admit(typ, v)
  if is_refused(value) then errors.at(nil, "%s: expected %s, found %s", what, expected, text) end
  return value
end

-- { "NAME=VALUE", ... } -> { NAME = VALUE text }; raises for what is no setting.
function value_parser.split(list)
  local map = {}
  for _, one in ipairs(list) do
    local name, text = one:match "^([^=]+)=(.*)$"
    if not name or name:find "^%." or name:find "%.$" then
      error({ usage = string.format("--set %s: expected NAME=VALUE or STEP.NAME=VALUE", one) }, 0)
    end
    if map[name] and map[name] ~= text then
      error({ usage = string.format("--set: %s is set twice, to different values; set it once", name) }, 0)
    end
    map[name] = text
  end
  return map
end

-- The number from 1, to most where that is given, that a flag gives, or the default without the flag.
---@param flag string "--limit"
---@param text string?
---@param default integer?
---@param most integer?
function value_parser.count(flag, text, default, most)
  if not text then return default end
  local n = math.tointeger(tonumber(text))
  if not n or n < 1 or most and n > most then
    error({ usage = flag .. " " .. text .. ": expected a number from 1" .. (most and " to " .. most or "") }, 0)
  end
  return n
end

-- The time of a text: 2026-11-01, 2026-11-01 10:30[:00] (or with a T), in local time, or
-- an age: 90m, 12h, 2d, 3w; nil for another text.
---@type fun(text: string): number? seconds since 1970
value_parser.time = require("rille.host.filter").time

-- The time that a flag gives, or nil without the flag.
---@param flag string "--since"
---@param text string?
function value_parser.since(flag, text)
  if not text then return nil end
  local time = value_parser.time(text)
  if time then return time end
  error({ usage = string.format("%s %s: expected a date such as 2026-11-01, or an age such as 90m, 12h, 2d, 3w", flag,
    text) }, 0)
end

local NAME_FIELDS <const> = { n = true, date = true, time = true, pipeline = true }

-- What is wrong with the name of a run, or nil.  RUN/STEP and PIPELINE@N are how
-- commands name things.
---@param name string
---@return string?
function value_parser.name_flaw(name)
  if name == "" then return "a name cannot be empty" end
  if name:find "[%c/@]" then
    return "a name cannot contain /, @ or control characters, found " .. errors.describe(name)
  end
  if #name > 400 then return "a name can have at most 400 bytes, found " .. #name end   -- a pipeline's name, and more
  for field in name:gmatch "{(%a+)}" do
    if not NAME_FIELDS[field] then
      return string.format('unknown field "{%s}"; available: {n}, {date}, {time}, {pipeline}', field)
    end
  end
end

return value_parser
