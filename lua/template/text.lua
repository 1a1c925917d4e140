-- text: the texts of templates, read and rendered.
--
--     <%= name %>             the answer to a parameter; <%= name | quoted %> as a text in double quotes, for Lua, YAML
--                             and JSON alike; <%= name | identifier %> with _ for all that a name cannot have
--     <% if CONDITION %>      a line of its own, as are <% elseif CONDITION %>, <% else %> and <% end %>: they leave
--                             nothing behind (template/condition.lua)
--     <%# a remark %>         a line of its own that leaves nothing behind
--     <%%                     <%
--
-- A text that was read is a list of pieces: strings, { get } for a placeholder, and { branches } for an if, a list of
-- { when, pieces } of which the first that is true counts.

local condition = require "rille.template.condition"
local errors = require "rille.base.errors"
local json = require "rille.json"
local suggest = require "rille.base.suggest"

local text = {}

-- Values -------------------------------------------------------------------------------------

-- A value as it stands in a text.
---@param v string|number|boolean
---@return string
function text.of(v)
  return math.type(v) == "float" and errors.describe(v) or tostring(v)
end

local function identifier(v)
  local name = text.of(v):lower():gsub("[^%w_]+", "_"):gsub("^_+", ""):gsub("_+$", "")
  return name:find "^[%a]" and name or "_" .. name
end

local FILTERS <const> = {
  quoted = function(v) return type(v) == "string" and json.encode(v) or text.of(v) end,
  identifier = identifier,
}
text.identifier = identifier

-- Reading ------------------------------------------------------------------------------------

local function names_of(scope)
  local names = {}
  for name in next, scope do names[#names + 1] = name end
  return names
end

-- What stands in <%= %>, as a function of the values.
local function placeholder(inner, scope, fail)
  local name, filter = inner:match "^%s*([%w_]+)%s*$", nil
  if not name then name, filter = inner:match "^%s*([%w_]+)%s*|%s*([%w_]+)%s*$" end
  if not name then fail("<%%=%s%%>: expected the name of a parameter, as in <%%= name %%>", inner) end
  if not scope[name] then
    fail("<%%= %s %%>: there is no parameter %s%s", name, name, suggest.hint(name, names_of(scope)))
  end
  if scope[name].later then fail("<%%= %s %%>: it is asked later; only earlier answers can be used here", name) end
  if not filter then return function(values) return text.of(values[name]) end end
  local f = FILTERS[filter]
  if not f then fail('<%%=%s%%>: unknown form "%s"%s', inner, filter, suggest.hint(filter, names_of(FILTERS))) end
  return function(values) return f(values[name]) end
end

local WORD <const> = { ["if"] = true, ["elseif"] = true, ["else"] = true, ["end"] = true }

-- Adds the pieces of a line that has no tag of its own.
local function add_line(pieces, line, scope, fail)
  local from = 1
  while true do
    local at = line:find("<%", from, true)
    if not at then break end
    pieces[#pieces + 1] = line:sub(from, at - 1)
    if line:sub(at + 2, at + 2) == "%" then
      pieces[#pieces + 1], from = "<%", at + 3
    else
      local last = line:find("%>", at + 2, true)
      if not last then fail("<%% has no %%> in its line") end
      local inner = line:sub(at + 2, last - 1)
      if inner:sub(1, 1) ~= "=" then
        local word = inner:match "^%s*(%a*)"
        if WORD[word] or inner:sub(1, 1) == "#" then
          fail("<%%%s%%> has to stand alone in its line", inner)
        end
        fail("<%%%s%%> is not understood; there are <%%= name %%>, if, elseif, else, end and <%%# remarks %%>", inner)
      end
      pieces[#pieces + 1], from = { get = placeholder(inner:sub(2), scope, fail) }, last + 2
    end
  end
  pieces[#pieces + 1] = line:sub(from)
end

-- What each tag does to the stack of open ifs; top is the innermost, { line, branches, pieces, has_else }.
local TAGS <const> = {}

TAGS["if"] = function(reader, rest)
  local branches = {}
  local pieces = reader.stack[#reader.stack].pieces
  pieces[#pieces + 1] = { branches = branches }
  reader.stack[#reader.stack + 1] = { line = reader.line, branches = branches }
  reader:branch(rest)
end

TAGS["elseif"] = function(reader, rest)
  reader:open_if "elseif"
  reader:branch(rest)
end

TAGS["else"] = function(reader, rest)
  local top = reader:open_if "else"
  if rest:find "%S" then reader.fail("<%% else %%> has no condition") end
  top.has_else = true
  reader:branch(nil)
end

TAGS["end"] = function(reader, rest)
  if rest:find "%S" then reader.fail("<%% end %%> has nothing else in it") end
  if not reader.stack[2] then reader.fail("<%% end %%> without an <%% if %%>") end
  reader.stack[#reader.stack] = nil
end

local Reader = {}
Reader.__index = Reader

-- The innermost if, which has no else yet.
function Reader:open_if(word)
  local top = self.stack[#self.stack]
  if not top.branches then self.fail("<%% %s %%> without an <%% if %%>", word) end
  if top.has_else then self.fail("<%% %s %%> after the else of the if in line %d", word, top.line) end
  return top
end

-- Begins a branch of the innermost if; without a condition that of else.
function Reader:branch(condition_text)
  local top = self.stack[#self.stack]
  local when = condition_text and condition.parse(condition_text, self.scope, self.fail) or nil
  top.pieces = {}
  top.branches[#top.branches + 1] = { when = when, pieces = top.pieces }
end

function Reader:add(line)
  local word, rest = line:match "^%s*<%%%s*(%a+)(.-)%%>%s*$"
  if word and TAGS[word] and not rest:find("<%", 1, true) then return TAGS[word](self, rest) end
  if line:find "^%s*<%%#.-%%>%s*$" then return end
  add_line(self.stack[#self.stack].pieces, line, self.scope, self.fail)
end

---@alias rille.template.pieces table[] a text that was read

-- Reads a text; raises "NAME:LINE: what" at a mistake in it.
---@param source string
---@param name string of its file, for messages
---@param scope rille.template.scope
---@param before integer? lines of the file before the text
---@return rille.template.pieces
function text.parse(source, name, scope, before)
  local pieces = {}
  local reader = setmetatable({ stack = { { pieces = pieces } }, scope = scope, line = before or 0 }, Reader)
  function reader.fail(fmt, ...) errors.at(nil, "%s:%d: %s", name, reader.line, string.format(fmt, ...)) end
  for line in source:gmatch "[^\n]*\n?" do
    if line == "" then break end
    reader.line = reader.line + 1
    reader:add(line)
  end
  local open = reader.stack[#reader.stack]
  if open.branches then errors.at(nil, "%s:%d: <%% if %%> has no <%% end %%>", name, open.line) end
  return pieces
end

-- Rendering ----------------------------------------------------------------------------------

local function put(pieces, values, parts)
  for _, piece in ipairs(pieces) do
    if type(piece) == "string" then parts[#parts + 1] = piece
    elseif piece.get then parts[#parts + 1] = piece.get(values)
    else
      for _, branch in ipairs(piece.branches) do
        if not branch.when or branch.when(values) then
          put(branch.pieces, values, parts)
          break
        end
      end
    end
  end
end

-- The text with these answers.
---@param pieces rille.template.pieces
---@param values table<string, any>
---@return string
function text.render(pieces, values)
  local parts = {}
  put(pieces, values, parts)
  return table.concat(parts)
end

return text
