-- answer: the answer to a question of a template, from what was typed.

local errors = require "rille.base.errors"
local suggest = require "rille.base.suggest"

local answer = {}

local YES <const> = { y = true, yes = true, ["true"] = true }
local NO <const> = { n = true, no = true, ["false"] = true }

local PARSE = {}

function PARSE.text(parameter, typed)
  local length = utf8.len(typed)
  if not length then return nil, "expected a text in UTF-8" end
  if typed:find "[%c\127]" then return nil, "a text has no control characters" end
  if parameter.pattern and not typed:find(parameter.pattern) then
    return nil, string.format("expected %s, got %s", parameter.expects, errors.describe(typed))
  end
  if parameter.min and length < parameter.min then
    return nil, string.format("expected at least %s characters, got %d", parameter.min, length)
  end
  if parameter.max and length > parameter.max then
    return nil, string.format("expected at most %s characters, got %d", parameter.max, length)
  end
  return typed
end

function PARSE.boolean(_, typed)
  local word = typed:lower()
  if YES[word] then return true end
  if NO[word] then return false end
  return nil, string.format("expected yes or no, got %s", errors.describe(typed))
end

function PARSE.choice(parameter, typed)
  for _, one in ipairs(parameter.choices) do if one:lower() == typed:lower() then return one end end
  return nil, string.format("%s is not a choice%s", errors.describe(typed),
    suggest.hint(typed, parameter.choices, true))
end

local function limited(parameter, n)
  if parameter.min and n < parameter.min then
    return nil, string.format("must be at least %s, got %s", parameter.min, n)
  end
  if parameter.max and n > parameter.max then
    return nil, string.format("must be at most %s, got %s", parameter.max, n)
  end
  return n
end

function PARSE.integer(parameter, typed)
  local n = math.tointeger(tonumber(typed))
  if not n then return nil, string.format("expected an integer, got %s", errors.describe(typed)) end
  return limited(parameter, n)
end

function PARSE.number(parameter, typed)
  local n = tonumber(typed)
  if not n or n ~= n or n == math.huge or n == -math.huge then
    return nil, string.format("expected a number, got %s", errors.describe(typed))
  end
  return limited(parameter, n + 0.0)
end

-- The answer that a text is.
---@param parameter table of template/definition.lua
---@param typed string
---@return any value nil: it is none
---@return string? reason why it is none
function answer.parse(parameter, typed) return PARSE[parameter.type](parameter, typed) end

-- An answer as it is typed.
---@param v any
---@return string
function answer.text(v)
  if type(v) == "boolean" then return v and "yes" or "no" end
  return math.type(v) == "float" and errors.describe(v) or tostring(v)
end

return answer
