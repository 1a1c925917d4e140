-- nested_commands: the commands of a text for the shell and of the texts that it reads as
-- its own (eval, trap, the files of `.`), and the values that they give to its variables.
--
-- nested_commands.commands(account, scope, text, path) -> a list as of lua/shell/shell.lua.
-- The account (lua/shell/command_analysis.lua) gets the folders that cd may lead to.

local shell = require "rille.shell"
local expansion = require "rille.shell.expansion"

local nested_commands = {}

-- Collects commands and assignments until no text brings new ones.
local Collector = {}
Collector.__index = Collector

local SETTERS = { export = true, readonly = true, ["local"] = true, declare = true, typeset = true }
local UNKNOWN_SETTERS = { read = true, mapfile = true, readarray = true, getopts = true, printf = true, select = true }

-- Options of declare that make the value differ from the text behind the =.
local CHANGES <const> = "^[-+]%a*[niluc]"

-- `builtin cd` and `command cd` are cd; where `command` skips a function, the
-- function counts as well.
local function without_prefix(command)
  local function text(i)
    local word = command.words[i]
    local only = word and #word == 1 and word[1]
    return only and only[1] == "text" and only[2]
  end
  while (text(1) == "builtin" or text(1) == "command") and text(2) and not text(2):find "^%-" do
    table.remove(command.words, 1)
  end
end

local function literal_head(scope, command)
  return command.words and command.words[1] and expansion.literal(scope:fields { command.words[1] }[1] or {})
end

function Collector:add(text, later)
  if self.seen[text] then return end
  self.seen[text] = true
  local commands, why = shell.parse(text)
  if not commands then return self.account:not_seen("a text for the shell that cannot be parsed: " .. why) end
  for _, command in ipairs(commands) do
    if command.words then without_prefix(command) end
    -- when it is carried out is not known
    command.repeated = command.repeated or later
    self.commands[#self.commands + 1] = command
    for _, one in ipairs(command.assigns) do
      self.scope:assign(one[1], one[2] and { word = one[2], once = not command.repeated }
        or { unknown = "$" .. one[1] })
    end
    if command.loop then self:loop(command) end
    if command.defines then
      self.functions[command.defines] = true
      self.scope.loose = true
      if command.defines == "command_not_found_handle" then
        self.account:not_seen "command_not_found_handle, which gets commands that do not exist"
      end
    end
  end
end

function Collector:loop(command)
  if not command.words then command.words = { { { "var", "@", true, false, false } } } end
  for _, word in ipairs(command.words) do self.scope:assign(command.loop, { word = word, each = true }) end
end

-- What builtins give values to.
function Collector:builtin(command, head)
  local scope = self.scope
  if head == "shift" then scope.loose = true end
  if self.functions[head] or head == "set" or (head == "." or head == "source") and #command.words > 2 then
    scope.loose = true
    for i = 2, #command.words do scope.calls[#scope.calls + 1] = command.words[i] end
  end
  if head == "let" then
    for i = 2, #command.words do
      local text = expansion.literal(scope:fields { command.words[i] }[1] or {})
      if not text then return self.account:not_seen "the arguments of let, known only to the shell" end
      for name in text:gmatch "[%a_][%w_]*" do scope:assign(name, { unknown = "$" .. name }) end
    end
  elseif SETTERS[head] then
    for i = 2, #command.words do
      local given = expansion.literal(scope:fields { command.words[i] }[1] or {}) or ""
      if head ~= "export" and head ~= "readonly" and given:find(CHANGES) then
        self.account:not_seen(head .. " " .. given .. ", which changes later values")
      end
      local name, left, adds = shell.assignment(command.words[i])
      if name then
        scope:assign(name, adds and { unknown = "$" .. name } or { word = left, once = not command.repeated })
        self.account:hook(name)
      end
    end
  elseif UNKNOWN_SETTERS[head] then
    local names = head ~= "printf"
    for i = 2, #command.words do
      local text = expansion.literal(scope:fields { command.words[i] }[1] or {})
      if head == "printf" then
        local glued = text and text:match "^%-v(.+)$"
        if glued then text = glued end
        if glued or text == "-v" and command.words[i + 1] then names = true elseif i > 3 then names = false end
      end
      local name = names and text and text:match "^[%a_][%w_]*"
      if name then scope:assign(name, { unknown = "$" .. name }) end
    end
  end
end

-- The texts that a command reads as part of this one.
function Collector:texts(command, head)
  local fields = self.scope:fields(command.words)
  local list = {}
  if head == "eval" then
    for i = 2, #fields do list[i - 1] = expansion.literal(fields[i]) or "" end
    return { table.concat(list, " ") }
  elseif head == "trap" then
    local given = fields[fields[2] and expansion.literal(fields[2]) == "--" and 3 or 2]
    for _, one in ipairs(given and given.choices or {}) do list[#list + 1] = one.text end
    if given and given.unknown then self.account:not_seen "the arguments of trap" end
  elseif head == "." or head == "source" then
    for _, one in ipairs(fields[2] and fields[2].choices or {}) do
      if not one.ours and not one.glob then
        for _, dir in ipairs(self.account.dirs) do
          list[#list + 1] = self.account.text_of(self.account.joined(dir, one.text))
        end
        for folder in ((self.path or "") .. ":"):gmatch "([^:]*):" do
          if folder ~= "" and not one.text:find("/", 1, true) then
            list[#list + 1] = self.account.text_of(self.account.joined(folder, one.text))
          end
        end
      end
    end
  end
  return list
end

function Collector:all()
  local n, account, scope = -1, self.account, self.scope
  local done, dirs = {}, account.dirs
  while n ~= #self.commands do
    n = #self.commands
    account.dirs = {}
    for _, dir in ipairs(dirs) do account:add_folder(dir) end
    for i = 1, n do
      local command = self.commands[i]
      scope:forget()
      local head = command.words and not command.loop and literal_head(scope, command)
      if head and not done[command] then
        done[command] = true
        self:builtin(command, head)
      end
      if head == "cd" or head == "pushd" then
        scope:forget()
        local fields = scope:fields(command.words)
        local at = 2
        while fields[at] and (expansion.literal(fields[at]) or ""):find "^%-[LPen]" do at = at + 1 end
        if not fields[at] then
          if head == "cd" then
            account:enter(scope:fields { { { "text", "~", false } } }[1] or { choices = {}, unknown = "$HOME" }, false)
          end
        else account:enter(fields[at], command.repeated) end
        if scope.env.CDPATH or scope.assigned.CDPATH then account:not_seen "CDPATH, which makes cd look elsewhere" end
      elseif head then
        for _, text in ipairs(self:texts(command, head)) do self:add(text, true) end
      end
    end
    if #self.commands > 20000 then return account:not_seen "a text that grows" end
  end
  scope:forget()
end

---@param account table
---@param scope table
---@param text string
---@param path string? PATH
---@return table[] commands
function nested_commands.commands(account, scope, text, path)
  local self = setmetatable({ account = account, scope = scope, commands = {}, functions = {}, seen = {}, path = path },
    Collector)
  self:add(text)
  self:all()
  return self.commands
end

return nested_commands
