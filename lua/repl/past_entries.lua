-- past_entries: what was entered at the prompt of a past run, as far as a step of that run needs it.
--
-- Entries that the step does not need are not done again: they may have written files, or never have ended.  Needed are
-- those with code of the step or of its pipeline, and those that set variables which these read, and so on.

local entry = require "rille.repl.entry"
local internal_error = require "rille.base.internal_error"
local interrupt = require "rille.host.interrupt"
local json = require "rille.json"
local tokens = require "rille.repl.tokens"

local past_entries = {}

-- Choosing -----------------------------------------------------------------------------------

local function is_quoted(text, name)
  return text:find('"' .. name .. '"', 1, true) ~= nil or text:find("'" .. name .. "'", 1, true) ~= nil
end

local function is_entry(name) return name:find "^In%[%d+%]$" ~= nil end

-- The names of the pieces that have code of the step run: entries, and the file that its own function is in.
local function with_code(row)
  local names = {}
  local leaves = row.code and row.code.leaves and json.unpack(row.code.leaves).leaves or {}
  for i, leaf in ipairs(leaves) do
    local name = leaf.source and leaf.source:match "^[=@](.*)$"
    if name and (i == 1 or is_entry(name)) then names[name] = true end
  end
  return names
end

-- Is the piece one to begin with?
local function is_wanted(name, text, first, row, pipeline)
  if first[name] then return true end
  if next(first) == nil and is_quoted(text, row.step or row.node) then return true end
  return is_entry(name) and is_quoted(text, pipeline)
end

-- The pieces that are needed, in order.
---@param pieces { [1]: string, [2]: string }[]
---@param row table of the step run
---@param pipeline string
---@return { [1]: string, [2]: string }[]
function past_entries.needed(pieces, row, pipeline)
  local first, sets, chosen, queue = with_code(row), {}, {}, {}
  local function choose(i)
    if not chosen[i] then chosen[i], queue[#queue + 1] = true, i end
  end
  for i, one in ipairs(pieces) do
    for name in next, is_entry(one[1]) and tokens.sets(one[2]) or {} do
      sets[name] = sets[name] or {}
      table.insert(sets[name], i)
    end
    if is_wanted(one[1], one[2], first, row, pipeline) then choose(i) end
  end
  while queue[1] do
    for name in next, tokens.reads(pieces[table.remove(queue)][2]) do
      for _, i in ipairs(sets[name] or {}) do choose(i) end
    end
  end
  local list = {}
  for i, one in ipairs(pieces) do if chosen[i] then list[#list + 1] = one end end
  return list
end

-- May the text run for ever?  Ctrl-C may have ended it that day.
local function may_loop(text)
  for _, token in ipairs(tokens.of(text)) do
    if token.kind == "keyword" and (token.text == "while" or token.text == "repeat" or token.text == "goto") then
      return true
    end
  end
  return false
end

-- All entries that end, and those with code of the step: a call may have changed what the step captures.
---@param pieces { [1]: string, [2]: string }[]
---@param row table of the step run
---@return { [1]: string, [2]: string }[]
function past_entries.all(pieces, row)
  local first, list = with_code(row), {}
  for _, one in ipairs(pieces) do
    if first[one[1]] or is_entry(one[1]) and not may_loop(one[2]) then list[#list + 1] = one end
  end
  return list
end

-- Doing them again ---------------------------------------------------------------------------

-- Functions of the standard library that change something outside; io.open where it writes.
local ACTS <const> = { os = { "execute", "remove", "rename" }, io = { "popen", "output", "open" } }

local function writes(name, _, mode) return name ~= "open" or type(mode) == "string" and mode:find "[wa+]" ~= nil end

local LOADERS <const> = { "require", "loadfile", "dofile" }

-- The functions that stand in while entries are done again, { table, name, function }; is_on() tells of that.
local function stand_ins(load, is_on)
  local list, globals = {}, package.loaded._G
  local function add(t, name, f)
    local own = t[name]
    list[#list + 1] = { t, name, own, function(...)
      if is_on() then return f(own, ...) end
      return own(...)
    end }
  end
  for lib, names in next, ACTS do
    for _, name in ipairs(names) do
      add(package.loaded[lib], name, function(own, ...)
        if not writes(name, ...) then return own(...) end
        error(string.format("%s.%s is not done again", lib, name), 2)
      end)
    end
  end
  for _, name in ipairs(LOADERS) do
    add(globals, name, function(own, ...)
      local found = table.pack(load(name, ...))
      if found[1] then return table.unpack(found, 2, found.n) end
      return own(...)
    end)
  end
  add(globals, "print", function() end)
  return list
end

-- Until the result is closed, functions that act refuse, and code is loaded as of that day.
local function stood_in(load)
  local on = true
  local list = stand_ins(load, function() return on end)
  for _, one in ipairs(list) do one[1][one[2]] = one[4] end
  return setmetatable({}, { __close = function()
    on = false
    for _, one in ipairs(list) do one[1][one[2]] = one[3] end
  end })
end

-- Does pieces again, each as far as it goes, until the step has the code that the record has: what was entered later
-- may have changed what it captures.
---@param past rille.travel.past_session
---@param pieces { [1]: string, [2]: string }[]
---@param is_there fun(): boolean
---@return integer done, integer all entries
function past_entries.replay(past, pieces, is_there)
  local cells = {}
  local done <close> = stood_in(past.load)
  assert(done)
  local n, all = 0, 0
  for _, one in ipairs(past.pieces) do all = all + (is_entry(one[1]) and 1 or 0) end
  for _, one in ipairs(pieces) do
    n = n + (is_entry(one[1]) and 1 or 0)
    local f = is_entry(one[1]) and entry.compile(one[2], "=" .. one[1], cells)
    if f then internal_error.call(f)
    elseif not is_entry(one[1]) then internal_error.call(past.run_file, one[1]) end
    if interrupt.reason() then error({ usage = "interrupted" }, 0) end
    if is_there() then break end
  end
  return n, all
end

return past_entries
