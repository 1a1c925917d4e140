-- entry: what is typed at the prompt, as a function whose locals outlive it.
--
-- An entry becomes the body of a function inside a chunk that declares the locals of earlier entries:
--
--     local _capture, a, b <const> = ... return function(...) ENTRY
--     _capture(function() return c, a end) end
--
-- The variables of that function are joined to the cells of the earlier ones (debug.upvaluejoin), so that an entry and
-- the functions of earlier entries share one variable.  The closure at the end holds the cells of the locals that the
-- entry declares.  A local that is declared again is the same variable with a new value: a pipeline of an earlier entry
-- then sees the step that took the place of another.  An entry that ends with return has no such closure: its new
-- locals end with it.
--
-- Cells are { holder = function, index = of its upvalue, const = boolean }, by name.

local observe = require "rille.host.observe"
local tokens = require "rille.repl.tokens"

local entry = {}

local CAPTURE <const> = "_capture"

-- Would more lines make it a chunk?  A text in quotes goes on in the next line only behind a backslash.
local function is_incomplete(message, text)
  if not message:find "near <eof>$" then return false end
  if not message:find "unfinished string" then return true end
  return #text:match "\\*$" % 2 == 1 or text:find "\\z%s*$" ~= nil
end

-- Is the first word what is wrong: a number or a brace, which begin expressions alone?
local function begins_no_statement(text, message)
  local first = tokens.of(text)[1]
  local near = message:match "near '(.*)'$"
  return first ~= nil and first.kind ~= "keyword" and near == first.text
end

-- What the text is: an expression where it is one.
---@param text string
---@param name string of the chunk, "=In[3]"
---@return "expression"|"statements"|nil kind
---@return string? message of what is wrong; "incomplete" where more lines can complete it
function entry.kind(text, name)
  local expression, no_expression = load("return " .. text, name, "t", {})
  if expression then return "expression" end
  local chunk, message = load(text, name, "t", {})
  if chunk then return "statements" end
  if is_incomplete(message, text) or is_incomplete(no_expression, text) then return nil, "incomplete" end
  return nil, begins_no_statement(text, message) and no_expression or message
end

-- Declarations -------------------------------------------------------------------------------

-- Does it declare nothing but plain locals that are there?
local function is_again(declaration, cells)
  if not declaration.is_function and not declaration.has_values then return false end
  for _, one in ipairs(declaration.names) do
    local cell = cells[one.name]
    if not cell or cell.const or one.attribute then return false end
  end
  return true
end

-- The text with `local` blanked out where it declares again what is there, and the names that are new.
local function as_assignments(text, declarations, cells)
  local new, seen = {}, {}
  for _, declaration in ipairs(declarations) do
    if is_again(declaration, cells) then
      text = text:sub(1, declaration.first - 1) .. "     " .. text:sub(declaration.first + 5)
    else
      for _, one in ipairs(declaration.names) do
        if not seen[one.name] then seen[one.name], new[#new + 1] = true, one end
      end
    end
  end
  return text, new
end

-- The text with what is around it; names are the new locals.
local function wrapped(kind, text, new, cells)
  local known, used = {}, tokens.names(text)
  for name, cell in next, cells do
    if used[name] then known[#known + 1] = name .. (cell.const and " <const>" or "") end
  end
  table.sort(known)
  local head = "local " .. table.concat({ CAPTURE, table.unpack(known) }, ", ") .. " = ... return function(...) "
  if kind == "expression" then return head .. "return " .. text .. "\nend" end
  local names = {}
  for i, one in ipairs(new) do names[i] = one.name end
  local tail = names[1] and string.format("%s(function() return %s end) ", CAPTURE, table.concat(names, ", ")) or ""
  return head .. text .. "\n" .. tail .. "end", head .. text .. "\nend"
end

-- Cells --------------------------------------------------------------------------------------

local function each_upvalue(f)
  local i = 0
  return function()
    i = i + 1
    local name, value = debug.getupvalue(f, i)
    return name and i, name, value
  end
end

local function join(f, cells)
  for i, name in each_upvalue(f) do
    local cell = cells[name]
    if cell then debug.upvaluejoin(f, i, cell.holder, cell.index) end
  end
end

local function cell_of(value)
  return { holder = function() return value end, index = 1, const = false }
end

-- The cell of a local with that value.
---@param value any
---@return table
function entry.cell(value) return cell_of(value) end

-- The cell of a local whose value is loaded when an entry names it.
---@param load fun(): any
---@return table
function entry.lazy(load)
  local cell = cell_of(nil)
  cell.load = load
  return cell
end

-- Loads what the text reads and nobody has loaded yet, nor set.  Call it before the function of the entry.
---@param text string
---@param cells table<string, table>
function entry.settle(text, cells)
  for name in next, tokens.reads(text) do
    local cell = cells[name]
    if cell and cell.load then
      local _, set = debug.getupvalue(cell.holder, cell.index)
      if set == nil then debug.setupvalue(cell.holder, cell.index, cell.load()) end
      cell.load = nil
    end
  end
end

-- Remembers the new locals: a closure holds them, but for constants that the compiler replaced by their values.
local function keep(new, cells, holder)
  local values, index = table.pack(holder()), {}
  for i, name in each_upvalue(holder) do index[name] = i end
  for i, one in ipairs(new) do
    cells[one.name] = index[one.name] and { holder = holder, index = index[one.name] } or cell_of(values[i])
    cells[one.name].const = one.attribute == "const"
  end
end

-- Compiles an entry.
---@param text string
---@param name string of the chunk, "=In[3]"
---@param cells table<string, table> of earlier entries; those of this one are put there when it has run
---@return function? f nil: message says why, "incomplete" where more lines can complete it
---@return string? message
function entry.compile(text, name, cells)
  local kind, message = entry.kind(text, name)
  if not kind then return nil, message end
  local declarations = tokens.declarations(text)
  local code, new = as_assignments(text, declarations, cells)
  for _, one in ipairs(new) do
    if one.attribute == "close" then
      return nil, string.format("%s: %s <close> would be closed when the entry ends; put it into do ... end",
        name:sub(2), one.name)
    end
  end
  local whole, bare = wrapped(kind, code, new, cells)
  local chunk, why = observe.load_script(nil, text, name, load(whole, name, "t", {}) and whole or bare or whole)
  if not chunk then return nil, why end
  local f = chunk(function(holder) keep(new, cells, holder) end)
  join(f, cells)
  return f
end

-- Keeps the locals of an entry that is ending in an error; called by the message handler.
---@param f function of compile
---@param cells table<string, table>
function entry.keep_at_error(f, cells)
  for level = 2, 250 do
    local info = debug.getinfo(level, "f")
    if not info then return end
    if info.func == f then
      local i, name, value = 1, debug.getlocal(level, 1)
      while name do
        if name:find "^[%a_][%w_]*$" then cells[name] = cell_of(value) end
        i = i + 1
        name, value = debug.getlocal(level, i)
      end
      return
    end
  end
end

return entry
