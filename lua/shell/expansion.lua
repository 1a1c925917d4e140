-- expansion: what the words of a text for the shell may become, whichever way the shell
-- takes through it.
--
-- A scope knows every value that the text gives to a variable, in whatever order:
--   { env = { [NAME] = text, or { text, ours = true }, or false for an unknown one },
--     unsets = some of env may be taken away, above = the scope of the shell around it, or nil,
--     assigned = { [NAME] = { { word, each = of a loop, once = it
--     happens at most once } or { unknown = what }... } },
--     args = { field... } of $0 and on, loose = $1 and the others may have changed,
--     outside = set of what its words tell of the machine or the moment }
-- A word becomes fields:
--   { choices = { { text, glob =, ours = }... }, unknown = what only the shell can
--     tell, or nil, fuzzy = it may be several fields, maybe = it may be none }
-- Choices are values of lua/shell/alternatives.lua.  There may be more of them than the
-- shell makes, never fewer.

local alternatives = require "rille.shell.alternatives"
local braces = require "rille.shell.braces"
local shell = require "rille.shell"

local expansion = {}

local MAX_CHOICES <const> = 128         -- of one word

local function set(names)
  local t = {}
  for name in names:gmatch "%S+" do t[name] = true end
  return t
end

-- Variables that the shell sets itself, and that follow from the text alone.
local FROM_TEXT <const> = set [[
  _ BASH_ALIASES BASH_ARGC BASH_ARGV BASH_ARGV0 BASH_CMDS BASH_COMMAND BASH_EXECUTION_STRING BASH_LINENO BASH_REMATCH
  BASH_SOURCE BASH_SUBSHELL COLUMNS COPROC DIRSTACK FUNCNAME HISTCMD IFS LINENO LINES MAPFILE OLDPWD OPTARG OPTERR
  OPTIND PIPESTATUS PS4 REPLY SHLVL TERM
]]
-- Those that are different each time or on each machine.
local VARYING <const> = set [[
  BASH BASHOPTS BASHPID BASH_LOADABLES_PATH BASH_MONOSECONDS BASH_TRAPSIG BASH_VERSINFO BASH_VERSION EPOCHREALTIME
  EPOCHSECONDS EUID GROUPS HOSTNAME HOSTTYPE MACHTYPE OSTYPE PPID RANDOM READLINE_LINE SECONDS SHELL SHELLOPTS SRANDOM
  UID
]]
-- The same each time, of no use as a path.
local NUMBERS = { ["#"] = true, ["?"] = true, ["-"] = true }

local Scope = {}
Scope.__index = Scope

---@param fields table { env, args, above, folder }
function expansion.scope(fields)
  return setmetatable({ env = fields.env or {}, args = fields.args, above = fields.above, unsets = fields.unsets,
    folder = fields.folder, assigned = {}, memo = {}, loose = false, calls = {}, outside = {} }, Scope)
end

function Scope:assign(name, source)
  self.assigned[name] = self.assigned[name] or {}
  table.insert(self.assigned[name], source)
end

-- Forgets what was worked out: the text has grown.
function Scope:forget() self.memo = {} end

-- Fields --------------------------------------------------------------------------

local function field_of(text) return { choices = { { text = text } } } end
expansion.field = field_of

-- Whether the fields behind it may stand elsewhere.
function expansion.is_loose(field) return field.fuzzy or field.maybe or false end

-- The text of a field that can be only that, or nil.
function expansion.literal(field)
  local one = field and field.choices and field.choices[1]
  if one and #field.choices == 1 and not field.unknown and not expansion.is_loose(field) and not one.glob
    and not one.ours then
    return one.text
  end
end

-- Values of variables: lists of { text, glob, ours }, and what is unknown. ------------

-- Adds what a source may give.
function Scope:take(source, list)
  if source.unknown then return source.unknown end
  local ways, unknown = self:alternatives_of(source.word, source.each)
  for _, fields in ipairs(ways) do
    if source.each then
      for _, one in ipairs(fields) do
        alternatives.add(list, { text = one.text, glob = one.glob and "names", ours = one.ours })
      end
    else
      local value = alternatives.joined(fields)
      if value.glob ~= "names" then value.glob = nil end        -- a pattern is one where it is used
      alternatives.add(list, value)
    end
  end
  return unknown
end

-- What is known of a variable before the text gives it a value.
function Scope:inherited(name, list)
  local text = self.env[name]
  if self.unsets then alternatives.add(list, { text = "" }) end
  if type(text) == "table" then return alternatives.add(list, text) end
  if text == nil and self.above then
    local values, unknown = self.above:values(name)
    for _, one in ipairs(values) do alternatives.add(list, one) end
    alternatives.add(list, { text = "" })      -- where it is not exported
    return unknown
  end
  if name == "PWD" and self.folder then
    self.sees_folder = true
    alternatives.add(list, { text = self.folder })
  elseif text then alternatives.add(list, { text = text })
  elseif text == false then return "$" .. name
  elseif VARYING[name] or FROM_TEXT[name] then
    if VARYING[name] then
      self.outside["$" .. name .. ", which differs each time or on each machine"] = true
    end
    return "$" .. name .. ", which the shell sets by itself"
  else alternatives.add(list, { text = "" }) end
end

local function names_itself(word, name)
  for _, part in ipairs(word) do
    if part[1] == "var" and (part[2] == name or part[5] and names_itself(part[5], name)) then return true end
  end
  return false
end

-- All that $name may be.
function Scope:values(name)
  local memo = self.memo[name]
  if memo == "open" then return {}, "$" .. name .. ", which grows" end
  if memo then return memo[1], memo[2] end
  self.memo[name] = "open"
  local list, own = {}, {}
  local unknown = self:inherited(name, list)
  for _, source in ipairs(self.assigned[name] or {}) do
    if source.word and names_itself(source.word, name) then
      own[#own + 1] = source
    else
      unknown = self:take(source, list) or unknown
    end
  end
  if #own > 0 then
    -- PATH=bin:$PATH, which happens once, has what was there before
    if #own == 1 and own[1].once then self.memo[name] = { { table.unpack(list) }, unknown } end
    for _, source in ipairs(own) do unknown = self:take(source, list) or unknown end
  end
  if #list > MAX_CHOICES then list, unknown = {}, "$" .. name .. ", which has many values" end
  self.memo[name] = { list, unknown }
  return list, unknown
end

-- All that $1 may be: of the call, or of any call of a function.
function Scope:argument(n)
  local list, unknown = {}, nil
  local function add(field)
    for _, one in ipairs(field.choices) do
      alternatives.add(list, { text = one.text, glob = one.glob and "names", ours = one.ours })
    end
    unknown = unknown or field.unknown
  end
  if not self.args then return {}, "$" .. n end
  if not self.loose or n == 0 then
    if self.args[n + 1] then add(self.args[n + 1]) else list[1] = { text = "" } end
    return list, unknown
  end
  for i = 2, #self.args do add(self.args[i]) end
  if self.memo.calls == "open" then return {}, "arguments that grow" end
  self.memo.calls = "open"
  for _, word in ipairs(self.calls) do
    for _, field in ipairs(self:fields { word }) do add(field) end
  end
  self.memo.calls = nil
  alternatives.add(list, { text = "" })
  return list, unknown
end

-- One part ---------------------------------------------------------------------------

local function matches(text, pattern) return text:find(pattern) ~= nil end

-- The text without the prefix or suffix that the pattern takes off.
local function trimmed(text, operator, pattern)
  local longest, front = #operator == 2, operator:sub(1, 1) == "#"
  local from, to, by = 0, #text, 1
  if longest then from, to, by = #text, 0, -1 end
  for n = from, to, by do
    if matches(front and text:sub(1, n) or text:sub(#text - n + 1), pattern) then
      return front and text:sub(n + 1) or text:sub(1, #text - n)
    end
  end
  return text
end

-- A pattern of the shell as one of Lua's, whole; nil when it is more than * and ?.
local function lua_pattern(fields)
  local text = alternatives.joined(fields).text
  if text:find "[%[%]\\]" or alternatives.joined(fields).ours then return nil end
  return "^" .. text:gsub("[%^%$%(%)%%%.%+%-]", "%%%0"):gsub("%*", ".*"):gsub("%?", ".") .. "$"
end

function Scope:with_operator(values, unknown, operator, word, what)
  local short = operator:gsub("^:", "")
  if short == "-" or short == "=" or short == "+" then
    local list = {}
    if short ~= "+" then
      for _, one in ipairs(values) do alternatives.add(list, one) end
    else
      alternatives.add(list, { text = "" })
    end
    local ways, more = self:alternatives_of(word)
    for _, fields in ipairs(ways) do alternatives.add(list, alternatives.joined(fields)) end
    return list, unknown or more
  end
  if short == "?" then return values, unknown end
  if operator:find "[#%%]" then
    local ways, more = self:alternatives_of(word)
    local pattern = not more and #ways == 1 and lua_pattern(ways[1])
    local list = {}
    for _, one in ipairs(values) do
      if not pattern or one.glob or one.ours then return {}, what end
      alternatives.add(list, { text = trimmed(one.text, operator, pattern) })
    end
    return list, unknown
  end
  return {}, what
end

-- The arguments as fields of their own, for $@ and $*.
function Scope:all_arguments()
  if not self.args then return nil, "$@" end
  if self.loose then return nil, nil end
  local list, unknown = {}, nil
  for i = 2, #self.args do
    local field = self.args[i]
    if #field.choices ~= 1 or field.unknown then unknown = field.unknown or "$@" end
    list[#list + 1] = field.choices[1]
  end
  if unknown then return nil, unknown end
  return list
end

-- What a variable's part may be: a list of values, what is unknown of it.
function Scope:variable(part)
  local name, operator, word = part[2], part[4], part[5]
  local what = "$" .. name
  local values, unknown
  if name == "$" or name == "!" then
    self.outside["$" .. name .. ", which differs each time"] = true
    return {}, "$" .. name .. ", which differs each time"
  end
  if NUMBERS[name] then return {}, what end
  if name:find "^%d" then values, unknown = self:argument(tonumber(name)) else values, unknown = self:values(name) end
  if operator then return self:with_operator(values, unknown, operator, word, what) end
  return values, unknown
end

-- Words ------------------------------------------------------------------------------

-- ~ at the front of a word.
function Scope:tilde(text)
  local user, rest = text:match "^~([^/]*)(.*)$"
  if not user then return nil end
  if user ~= "" then
    self.outside["~" .. user .. ", which depends on the list of users"] = true
    return {}, "~" .. user
  end
  local values, unknown = self:values "HOME"
  local list = {}
  for _, one in ipairs(values) do
    if one.text == "" then unknown = unknown or "~" else list[#list + 1] = { text = one.text .. rest } end
  end
  return list, unknown
end

-- The fields that one way of writing a word may become: a list of lists.
function Scope:ways(word)
  local ways, unknown = { { closed = false } }, nil
  for i, part in ipairs(word) do
    local kind = part[1]
    if kind == "ours" then ways = alternatives.multiply(ways, { { text = "", ours = part[2] or true } }, false)
    elseif kind == "unknown" then return {}, part[2]
    elseif kind == "text" then
      local values, more
      if i == 1 and not part[3] then values, more = self:tilde(part[2]) end
      unknown = unknown or more
      local glob = not part[3] and alternatives.is_pattern(part[2]) or nil
      ways = alternatives.multiply(ways, values or { { text = part[2], glob = glob } }, false)
    elseif (part[2] == "@" or part[2] == "*") and not part[4] then
      local list, more = self:all_arguments()
      if list then alternatives.append_arguments(ways, list)
      else
        local values, also = self:argument(1)
        unknown = unknown or more or also
        ways = alternatives.multiply(ways, values, false)
        ways.fuzzy = true
      end
    elseif part[2] == "@" or part[2] == "*" then return {}, "${" .. part[2] .. "...}"
    elseif not part[3] and (self.assigned.IFS or self.env.IFS) then return {}, "$" .. part[2] .. ", split at IFS"
    else
      local values, more = self:variable(part)
      unknown = unknown or more
      local fuzzy = ways.fuzzy
      ways = alternatives.multiply(ways, values, not part[3])
      ways.fuzzy = fuzzy
    end
    if #ways > MAX_CHOICES then return {}, "a word of many values" end
  end
  return ways, unknown
end

-- The same over all that its braces make of it.
function Scope:alternatives_of(word)
  if not word then return {}, "a value" end
  local list, unknown = self:ways(word)
  local texts = word.source and braces.expand(word.source, MAX_CHOICES)
  if word.source and not texts then return {}, "braces" end
  if texts and #texts > 1 then
    for _, text in ipairs(texts) do
      local more, also = self:ways(shell.word(text))
      for _, fields in ipairs(more) do
        -- a loop takes each, a program all: as fields of one way they would stand apart
        list[#list + 1], list.fuzzy = fields, true
      end
      unknown = unknown or also
    end
  end
  return list, unknown
end

-- The fields of a list of words.
---@param list table[] words
---@return table[] fields
function Scope:fields(list)
  local all = {}
  for _, word in ipairs(list) do
    local ways, unknown = self:alternatives_of(word)
    local splits = false
    for _, part in ipairs(word) do splits = splits or (part[1] ~= "text" and not part[3]) end
    if #ways == 1 and not unknown and not ways.fuzzy then
      for _, one in ipairs(ways[1]) do all[#all + 1] = { choices = { alternatives.without_open_bracket(one) } } end
    else
      local field = { choices = {}, unknown = unknown, fuzzy = ways.fuzzy or (unknown and splits) or nil }
      for _, fields in ipairs(ways) do
        if #fields > 1 then field.fuzzy = true elseif #fields == 0 then field.maybe = true end
        for _, one in ipairs(fields) do alternatives.add(field.choices, alternatives.without_open_bracket(one)) end
      end
      all[#all + 1] = field
    end
  end
  return all
end

return expansion
