-- saved: a session as a script that runs by itself and gives the same values.
--
-- What differs between entries and a script:
--
--     a local that is declared again is the same variable     `local` is left out
--     an expression is shown                                   print(EXPRESSION)
--     _, __ and ___ are results                                the function result keeps them, where that matters
--     an entry may return early, or have a label               it becomes a function that is called
--     a function has at most 200 locals                        what follows stands in a function inside
--
-- Entries that failed and commands are left out.  What a script declared that the session ran stands in its place.

local entry = require "rille.repl.entry"
local tokens = require "rille.repl.tokens"

local saved = {}

local PRINT <const> = "print" .. "("     -- of the script that is written

-- How the text of a script begins that the session ran.
saved.FROM = "^%-%- from [^\n]*\n"

local MOST <const> = 150                -- locals of a function, after which another begins inside

local RESULT <const> = [[
local function result(...)
  if select("#", ...) > 0 then ___, __, _ = __, _, (...) end
  return ...
end
]]

-- Does an entry name the results of earlier ones?
local function names_results(texts)
  for _, text in ipairs(texts) do
    local read = tokens.reads(text)
    if read._ or read.__ or read.___ then return true end
  end
  return false
end

local function uses(texts, name)
  for _, text in ipairs(texts) do if tokens.names(text)[name] then return true end end
  return false
end

-- The constants that are assigned later.
local function find_changed(texts)
  local known, changed = {}, {}
  for _, text in ipairs(texts) do
    local _, new, again = entry.as_script(text, known, {})
    for _, one in ipairs(new) do known[one.name] = { const = one.attribute == "const" } end
    for name in next, again do
      if known[name].const then changed[name] = true end
    end
  end
  return changed
end

local function is_expression(text) return load("return " .. text, "=entry", "t", {}) ~= nil end

-- An expression as a statement; calls are one already.
local function expression(text, keeps, silent)
  local is_call = load(text, "=entry", "t", {}) ~= nil
  if text:find("--", 1, true) then text = text .. "\n" end
  if keeps then text, is_call = "result(" .. text .. ")", is_call or silent end
  if is_call then return text end
  return silent and "do local _ = " .. text .. " end" or PRINT .. text .. ")"
end

-- Names of new locals, in the places where they are declared before what gives them values.
local function declaration(new)
  local names = {}
  for i, one in ipairs(new) do names[i] = one.name end
  return names[1] and "local " .. table.concat(names, ", ") .. "\n" or ""
end

-- Statements of the session as those of a script; shown: what they return is printed.
local function statements(text, known, changed, shown, keeps)
  local code, new = entry.as_script(text, known, changed)
  local _, returns = tokens.declarations(code)
  if tokens.leaves_early(text) then
    code = entry.as_script(text, setmetatable({}, { __index = function() return {} end }), changed)
    local call = "(function()\n" .. code .. "\nend)()"
    return declaration(new) .. (keeps and shown and "result(" .. call .. ")" or ";" .. call), new
  end
  if returns then
    local value = code:sub(returns + #"return")
    if value:gsub("%-%-[^\n]*", ""):find "[^%s;]" then
      value = value:gsub(";%s*$", "")
      local opens, closes = shown and PRINT or "do local _ = ", shown and "\n)" or "\nend"
      if shown and keeps then opens, closes = PRINT .. "result(", "\n))" end
      code = code:sub(1, returns - 1) .. opens .. value .. closes
    else
      code = code:sub(1, returns - 1)
    end
  end
  local holds = select(2, code:gsub("_again_", "")) // 2
  if holds > 0 and #new == 0 then return "do " .. code .. "\nend", new, 0 end
  return code, new, holds
end

-- The body of the script; all_global: no local is declared.
local function body_of(texts, keeps, all_global)
  local known, changed, lines, depth, count = {}, find_changed(texts), {}, 0, keeps and 2 or 1
  if all_global then known = setmetatable({}, { __index = function() return {} end }) end
  for _, text in ipairs(texts) do
    local bare = text:match "^(.-);?$"
    local code, new, holds
    if is_expression(bare) then code, new = expression(bare, keeps, bare ~= text), {}
    else code, new, holds = statements(text, known, changed, not text:find(saved.FROM), keeps) end
    local more = #new + (holds or 0)
    count = count + more
    if count > MOST and more < count then
      lines[#lines + 1], depth, count = "return (function(...)", depth + 1, more
    end
    for _, one in ipairs(new) do
      if not all_global then known[one.name] = { const = one.attribute == "const" and not changed[one.name] } end
    end
    lines[#lines + 1] = (code:find "^%s*%(" and ";" or "") .. code
  end
  for _ = 1, depth do lines[#lines + 1] = "end)(...)" end
  return table.concat(lines, "\n") .. "\n"
end

-- The script of these texts, which were entered one after the other.
---@param texts string[]
---@return string
function saved.script(texts)
  local keeps = names_results(texts)
  local head = (uses(texts, "rille") and ("local rille = require %q\n"):format "rille" or "")
    .. (keeps and RESULT or "")
  local script = head .. body_of(texts, keeps, false)
  if load(script, "=script", "t", {}) then return script end
  -- more variables than functions can share
  return head:gsub("^local rille", "rille") .. body_of(texts, keeps, true)
end

return saved
