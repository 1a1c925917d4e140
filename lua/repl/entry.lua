-- entry: what is typed at the prompt, as a function whose locals outlive it.
--
-- An entry becomes the body of a function inside a chunk that declares the locals of earlier entries:
--
--     local _capture, _pass, a, b <const> = ... return function(...) ENTRY
--     _capture(function() return c, a end) end
--
-- The variables of that function are joined to the cells of the earlier ones (debug.upvaluejoin), so that an entry and
-- the functions of earlier entries share one variable.  The closure at the end holds the cells of the locals that the
-- entry declares.  A local that is declared again is the same variable with a new value: a pipeline of an earlier entry
-- then sees the step that took the place of another.  (A constant that is a literal is none: the compiler has put it
-- into the code.)
--
-- Cells are { holder = function, index = of its upvalue, const = boolean }, by name.

local observe = require "rille.host.observe"
local tokens = require "rille.repl.tokens"

local entry = {}

local CAPTURE <const>, PASS <const> = "_capture", "_pass"

-- Would more lines make it a chunk?  A text in quotes goes on in the next line only behind a backslash.
local function is_incomplete(message, text)
  if not message:find "near <eof>$" then return false end
  if message:find ": syntax error near <eof>$" then      -- y = 5 z: a name is no statement, but in an open block
    local balance = { depth = 0 }
    for line in (text .. "\n"):gmatch "(.-)\n" do tokens.weigh(balance, line) end
    return tokens.is_open(balance)
  end
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

local AGAIN <const> = "_again_"         -- before the name of a local that holds the new value of another

-- Is the name one that is there, and that gets a new value?  What the compiler puts in the place of a constant is
-- no variable.  Names that one text declares twice are two variables, as in a script that runs by itself.
local function is_again(declaration, one, cells)
  local cell = cells[one.name]
  if not cell or one.is_twice or one.attribute and one.attribute ~= "const" then return false end
  return not (one.attribute or cell.const) or not declaration.is_literal
end

-- Are all of its names there, without an attribute?  Then `local` is left out.
local function is_assignment(declaration, cells)
  if not declaration.is_function and not declaration.has_values then return false end
  for _, one in ipairs(declaration.names) do
    if one.attribute or not is_again(declaration, one, cells) then return false end
  end
  return true
end

-- The parts that a declaration of old and new names gets: `local a, b = 1, 2` becomes
-- `local _again_a, b = 1, 2 a = _again_a`.
local function add_edits(edits, declaration, cells)
  local assigned = {}
  for _, one in ipairs(declaration.names) do
    if one.first and is_again(declaration, one, cells) then
      edits[#edits + 1] = { at = one.first, put = AGAIN }
      assigned[#assigned + 1] = string.format(" %s = %s%s ", one.name, AGAIN, one.name)
    end
  end
  if assigned[1] then edits[#edits + 1] = { at = declaration.past, put = table.concat(assigned) } end
end

local function edited(text, edits)
  local parts, from = {}, 1
  for _, edit in ipairs(edits) do
    parts[#parts + 1] = text:sub(from, edit.at - 1)
    parts[#parts + 1] = edit.put
    from = edit.at + (edit.over or 0)
  end
  parts[#parts + 1] = text:sub(from)
  return table.concat(parts)
end

-- What keeps the new locals.
local function tail_of(new)
  local names = {}
  for i, one in ipairs(new) do names[i] = one.name end
  return names[1] and string.format("%s(function() return %s end) ", CAPTURE, table.concat(names, ", ")) or ""
end

local function mark_twice(declarations)
  local first = {}
  for _, declaration in ipairs(declarations) do
    for _, one in ipairs(declaration.names) do
      local other = first[one.name]
      if other then other.is_twice, one.is_twice = true, true end
      first[one.name] = one
    end
  end
end

-- The edits that make declarations of what is there assignments; the names that are new; those that are assigned.
local function edits_of(declarations, cells)
  local edits, new, seen, again = {}, {}, {}, {}
  for _, declaration in ipairs(declarations) do
    if is_assignment(declaration, cells) then edits[#edits + 1] = { at = declaration.first, put = "     ", over = 5 }
    else add_edits(edits, declaration, cells) end
    for _, one in ipairs(declaration.names) do
      if is_again(declaration, one, cells) then again[one.name] = one
      elseif one.attribute ~= "close" and not seen[one.name] then seen[one.name], new[#new + 1] = true, one end
    end
  end
  table.sort(edits, function(a, b) return a.at < b.at end)
  return edits, new, again
end

-- What stands before the text: the locals of earlier entries that it names.
local function head_of(text, again, cells)
  local known, used = {}, tokens.names(text)
  for name, cell in next, cells do
    if used[name] then known[#known + 1] = name .. (cell.const and not again[name] and " <const>" or "") end
  end
  table.sort(known)
  return "local " .. table.concat({ CAPTURE, PASS, table.unpack(known) }, ", ") .. " = ... return function(...) "
end

-- The code of an entry, and where that is none the compiler's limits or a label stand in the way of what keeps its
-- locals: then the code without it.
local function code_of(text, cells)
  local declarations, returns = tokens.declarations(text)
  mark_twice(declarations)
  local edits, new, again = edits_of(declarations, cells)
  local head, bare, tail = head_of(text, again, cells), edited(text, edits), tail_of(new)
  if returns then table.insert(edits, { at = returns, put = tail }) end
  local whole = returns and edited(text, edits) or bare .. "\n" .. tail
  return head .. whole .. (returns and "\nend" or "end"), head .. bare .. "\nend", new, again
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

local pending = setmetatable({}, { __mode = "k" })      -- functions of entries -> the locals that they declare

local function refuse_close(text, name)
  for _, declaration in ipairs((tokens.declarations(text))) do
    for _, one in ipairs(declaration.names) do
      if one.attribute == "close" then
        return string.format("%s: %s <close> would be closed when the entry ends; put it into do ... end",
          name:sub(2), one.name)
      end
    end
  end
end

local function pass(...) return ... end

-- The values go through a function: a call that an entry returns would take its place on the stack, and an error in it
-- would have no line of the entry.
local function compile_expression(text, name, cells, path)
  local list = tokens.of(text)          -- what follows the last one is a comment, which would hide the bracket
  local last = list[#list]
  local bare = last and text:sub(1, last.first + #last.text - 1) or ""
  local code = string.format("%sreturn %s(%s) end", head_of(text, {}, cells), PASS, bare)
  return observe.load_script(path, text, name, code, path ~= nil)
end

-- Compiles an entry, or a script that is a file.
---@param text string
---@param name string of the chunk, "=In[3]"
---@param cells table<string, table> of earlier entries; those of this one are put there when it has run
---@param path string? of a script
---@return function? f nil: message says why, "incomplete" where more lines can complete it
---@return string? message
function entry.compile(text, name, cells, path)
  local kind, message = entry.kind(text, name)
  if not kind then return nil, message end
  local chunk, why, new, again
  if kind == "expression" then
    chunk, why = compile_expression(text, name, cells, path)
    new, again = {}, {}
  else
    local whole, bare
    whole, bare, new, again = code_of(text, cells)
    local refused = not path and refuse_close(text, name)
    if refused then return nil, refused end
    chunk, why = observe.load_script(path, text, name, load(whole, name, "t", {}) and whole or bare,
      path ~= nil)
  end
  if not chunk then return nil, why end
  for again_name, one in next, again do cells[again_name].const = one.attribute == "const" end
  local f = chunk(function(holder) keep(new, cells, holder) end, pass)
  pending[f] = new
  join(f, cells)
  return f
end

-- Keeps the locals of an entry that is ending in an error; called by the message handler.
---@param f function of compile
---@param cells table<string, table>
function entry.keep_at_error(f, cells)
  local is_new = {}
  for _, one in ipairs(pending[f] or {}) do is_new[one.name] = one end
  for level = 2, 250 do
    local info = debug.getinfo(level, "f")
    if not info then return end
    if info.func == f then
      local i, name, value = 1, debug.getlocal(level, 1)
      while name do
        if is_new[name] then
          cells[name] = cell_of(value)
          cells[name].const = is_new[name].attribute == "const"
        end
        i = i + 1
        name, value = debug.getlocal(level, i)
      end
      return
    end
  end
end

-- The text as a script has it in which locals are what the session made of them: declared once.
---@param text string
---@param known table<string, { const: boolean }> locals of the texts before it
---@param changed table<string, boolean> constants that later texts declare again
---@return string code
---@return { name: string, attribute: string? }[] new
---@return table<string, table> again those that get another value
function entry.as_script(text, known, changed)
  local declarations = tokens.declarations(text)
  local edits, new, again = edits_of(declarations, known)
  for _, declaration in ipairs(declarations) do
    for _, one in ipairs(declaration.names) do
      local attribute = one.attribute == "const" and (changed[one.name] or again[one.name])
        and text:match("^%s*<%s*const%s*>", one.first + #one.name)
      if attribute then edits[#edits + 1] = { at = one.first + #one.name, put = "", over = #attribute } end
    end
  end
  table.sort(edits, function(a, b) return a.at < b.at end)
  return edited(text, edits), new, again
end

return entry
