-- command_analysis: finds the programs that a command starts and the files that its words
-- name, through shells, wrappers and variables, without running any.
--
-- of_words(fields, options), of_text(text, options) -> account
--   { programs = { { name, PATH or false }... },
--     words = { { text, glob = true or nil, plain = no option }... }    what may be
--                                                       files, in order
--     writes = { { text, adds = it is added to }... }   files that > and >> make
--     dirs = { folder... }          where they are looked for, "" for the step's own
--     unseen = { text... }          what is read, or run, that no word names
--     folder = it may tell where it runs }
-- A field is what lua/shell/expansion.lua makes of a word.  Options:
--     env       the variables of the program by name, false for one whose text is not known
--     folder    where it runs
--     shell     "bash" or "sh": which one a text is for
--     path      its PATH, or nil
--     exists(path), text_of(path), alias_of(name)    how to look at files

local nested_commands = require "rille.shell.nested_commands"
local program_arguments = require "rille.shell.program_arguments"
local program_kinds = require "rille.shell.program_kinds"
local expansion = require "rille.shell.expansion"

local command_analysis = {}

local MAX_DEPTH <const> = 16            -- programs within programs
local MAX_FOLDERS <const> = 32
-- Variables that make a shell read more, or understand words otherwise.
local HOOKS <const> = { "BASH_ENV", "ENV", "BASHOPTS", "SHELLOPTS", "GLOBIGNORE", "LD_PRELOAD", "EXECIGNORE",
  "BASH_COMPAT", "POSIXLY_CORRECT", "BASH_LOADABLES_PATH", "GLOBSORT", "PS4" }

local Account = {}
Account.__index = Account

-- Adds a value to a list that has its keys as fields too, once per key.
local function add_once(list, key, value)
  if list[key] then return end
  list[key] = true
  list[#list + 1] = value
end

function Account:not_seen(what) add_once(self.unseen, what, what) end

-- A variable that a program is given.
function Account:hook(name)
  for _, hook in ipairs(HOOKS) do
    if hook == name then self:not_seen("the variable " .. name .. ", which makes a program read more") end
  end
  if name:find "^BASH_FUNC_" then self:not_seen("the variable " .. name .. ", which defines a function for bash") end
end

function Account:program(name, path)
  add_once(self.programs, name .. "\0" .. (path or ""), { name, path or false })
end

-- Notes the texts that a field may be, which may be files; plain: it stands behind --, where
-- no word is an option.
function Account:note(field, plain)
  for _, one in ipairs(field.choices) do
    if not one.ours and one.text ~= "" then
      local glob = one.glob and true or nil
      add_once(self.words, one.text .. (glob and "\0" or "") .. (plain and "\1" or ""),
        { one.text, glob = glob, plain = plain })
    end
  end
end

function Account:note_all(fields, from, context)
  local plain
  for i = from, #fields do
    self:note(fields[i], plain)
    plain = plain or expansion.literal(fields[i]) == "--" or nil
    if fields[i].unknown then
      self:not_seen(string.format("%s in a word of %s, known only to the shell", fields[i].unknown, context))
    end
  end
end

-- Folders ----------------------------------------------------------------------------

-- The path of `name` seen from the folder, without "." and "..".
local function joined(folder, name)
  if name:sub(1, 1) ~= "/" and folder ~= "" then name = folder .. "/" .. name end
  local parts, absolute = {}, name:sub(1, 1) == "/"
  for part in name:gmatch "[^/]+" do
    if part == ".." and #parts > 0 and parts[#parts] ~= ".." then parts[#parts] = nil
    elseif part == ".." and absolute then parts[#parts] = nil
    elseif part ~= "." then parts[#parts + 1] = part end
  end
  return (absolute and "/" or "") .. table.concat(parts, "/")
end

Account.joined = joined

function Account:add_folder(dir) add_once(self.dirs, dir, dir) end

-- The program may change to the folder.
function Account:enter(field, repeated)
  if field.unknown then
    return self:not_seen("a change to the folder " .. field.unknown .. ", known only to the shell")
  end
  for _, one in ipairs(field.choices) do
    local absolute = one.text:sub(1, 1) == "/"
    if one.ours or one.text == "-" or one.text == "." or one.text == "" then
      -- a folder that is known already
    elseif one.glob then self:not_seen("a change to the folder " .. one.text .. ", which is a pattern")
    elseif repeated and not absolute then self:not_seen("a change to the folder " .. one.text
      .. " that may be repeated")
    else
      for i = 1, #self.dirs do
        self:add_folder(joined(self.dirs[i], one.text))
      end
    end
  end
  if #self.dirs > MAX_FOLDERS then self:not_seen "changes of the folder" end
end

function Account:is_there(name)
  for _, dir in ipairs(self.dirs) do if self.exists(joined(dir, name)) then return true end end
  return false
end

-- Options ----------------------------------------------------------------------------

-- The first field from i on that is no option, and why that is not certain, or nil.
-- Values of options are noted.
function Account:after_options(fields, i, spec)
  local short, long = spec.short or "", spec.long or {}
  while fields[i] do
    local text = expansion.literal(fields[i])
    if not text then
      if fields[i].unknown or expansion.is_loose(fields[i]) or (fields[i].choices[1] or {}).glob then
        return i, fields[i].unknown or "a word"
      end
      return i
    end
    if text == "--" then return i + 1 end
    local name, value = text:match "^%-%-([^=]+)(=?)"
    local takes_next
    if name then takes_next = value == "" and long[name]
    elseif text:find "^%-." then
      for at = 2, #text do
        if short:find(text:sub(at, at), 1, true) then
          takes_next = at == #text
          break
        end
      end
    else return i end
    if takes_next and fields[i + 1] then self:note(fields[i + 1]) elseif text:find "=" then self:note(fields[i]) end
    i = i + (takes_next and 2 or 1)
  end
  return i
end

local function base_of(name) return name:match "[^/]*$" end

-- Builtins of the shell that are no programs.
local BUILTINS <const> = { cd = true, pushd = true, popd = true, [":"] = true, ["."] = true, source = true, eval = true,
  exec = true, command = true, builtin = true, export = true, readonly = true,
  ["local"] = true, declare = true, typeset = true, unset = true, shift = true, set = true, shopt = true, read = true,
  mapfile = true, readarray = true, getopts = true, let = true, alias = true,
  ["return"] = true, exit = true, ["break"] = true, continue = true, trap = true, wait = true, type = true, hash = true,
  ulimit = true, umask = true, ["[["] = true, compgen = true, enable = true }
local SHELL_ONLY <const> = { type = true, hash = true, ["[["] = true, ["."] = true, source = true, eval = true,
  alias = true, compgen = true, shopt = true, command = true, exec = true, builtin = true, enable = true, set = true,
  mapfile = true, readarray = true }

-- Builtins that change what later commands read, or read more themselves.
local CHANGES_SHELL <const> = { cd = true, pushd = true, popd = true, ["."] = true, source = true, eval = true,
  trap = true, builtin = true, command = true, export = true, readonly = true,
  ["local"] = true, declare = true, typeset = true, unset = true, shift = true, set = true, shopt = true, read = true,
  mapfile = true, readarray = true, getopts = true, let = true,
  alias = true, printf = true, enable = true, hash = true }

-- Calls ------------------------------------------------------------------------------

-- Notes the program, for each PATH that it may be looked for in.
function Account:lookup(name, context)
  if name:find("/", 1, true) then
    for _, dir in ipairs(self.dirs) do self:program(dir == "" and name or joined(dir, name), nil) end
    return
  end
  self:program(name, context.path)
  local scope = context.scope
  if not scope or not (scope.assigned.PATH or scope.above and scope.above.assigned.PATH) then return end
  local values, unknown = scope:values "PATH"
  if unknown then self:not_seen("a program in a PATH known only to the shell (" .. unknown .. ")") end
  for _, one in ipairs(values) do if one.text ~= "" then self:program(name, one.text) end end
end

local function words_of(fields)
  local list = {}
  for i = 2, #fields do
    for _, one in ipairs(fields[i].choices) do if not one.ours then list[#list + 1] = one.text end end
  end
  return list
end

-- Notes what the program of that name reads, the first of these fields.
function Account:call_of(name, fields, context)
  local base = base_of(name)
  local scope = context.scope
  if scope and (name == "cd" or name == "pushd" or name == "popd") then return end
  if not (scope and BUILTINS[name]) then self:lookup(name, context) end
  if scope and name == "pwd" or program_kinds.show_folder[base] then self.folder = true end
  local real = scope and BUILTINS[name] and base or self.alias_of(name)
  local more = program_kinds.more(base, words_of(fields))
  if more then self:not_seen(base .. ", " .. more) end
  for _, known in ipairs { base, real ~= base and real ~= "busybox" and real ~= "toybox" and real or nil } do
    if program_kinds.awks[known] then known = "awk" end
    if known == "." then known = "source" end
    local kind = program_kinds.interpreter(known)
    if program_kinds.shells[known] then return program_arguments.by_program.shell(self, fields, context, base)
    elseif program_arguments.by_program[known]
      and (scope or not SHELL_ONLY[known]) then return program_arguments.by_program[known](self, fields, context)
    elseif program_kinds.wrappers[known] and (scope or not SHELL_ONLY[known]) then
      return program_arguments.wrapper(self, fields, context, program_kinds.wrappers[known])
    elseif kind then return program_arguments.interpret(self, fields, context, base, kind)
    elseif program_kinds.opaque[known] then
      self:not_seen(known .. ", " .. program_kinds.opaque[known])
      return self:note_all(fields, 2, known)
    elseif program_kinds.listers[known] then return program_arguments.list(self, fields, context, known,
      program_kinds.listers[known])
    elseif program_kinds.silent[known] then
      for i = 2, #fields do self:note(fields[i]) end
      return
    end
  end
  self:note_all(fields, 2, base)
end

function Account:call(fields, context)
  local head = fields[1]
  if not head then return end
  if context.level > MAX_DEPTH then return self:not_seen "programs that start programs" end
  context = setmetatable({ level = context.level + 1 }, { __index = context })
  for _, one in ipairs(context.scope and not expansion.literal(head) and head.choices or {}) do
    if CHANGES_SHELL[one.text] then self:not_seen(one.text .. ", where other commands may take its place") end
  end
  if head.unknown or head.fuzzy then
    self:not_seen("a program whose name is known only to the shell (" .. (head.unknown or "a word") .. ")")
  end
  if head.maybe then self:call(table.move(fields, 2, #fields, 1, {}), context) end
  for _, one in ipairs(head.choices) do
    if one.ours then self:note_all(fields, 2, "a program that is an input")
    elseif one.glob then
      self:note { choices = { one } }
      self:note_all(fields, 2, one.text)
    elseif one.text ~= "" then self:call_of(one.text, fields, context) end
  end
end

-- Texts ------------------------------------------------------------------------------

local function read_redirects(self, command, scope)
  for _, one in ipairs(command.redirects) do
    local field = scope:fields { one[2] }[1]
    local operator = one[1]
    local text = field and expansion.literal(field)
    if not field or operator:find "&$" and text and text:find "^%d*%-?$" then
      -- a number: no file
    else
      if text and text ~= "" and operator:find ">" and operator ~= "<>" and #self.dirs == 1 then
        add_once(self.writes, text, { text, adds = operator:find ">>" ~= nil })
      else
        self:note(field)
      end
      if field.unknown and operator:find "<" then
        self:not_seen("the file after < (" .. field.unknown .. "), known only to the shell")
      end
      if text and text:find "^/dev/[tu][cd]p/" then self:not_seen(text) end
    end
  end
end

-- Arithmetic reads variables by their bare names, also through others (x=RANDOM;
-- $((x))), so these count wherever they stand in a text.
local CHANGING <const> = { RANDOM = true, SRANDOM = true, SECONDS = true, EPOCHSECONDS = true, EPOCHREALTIME = true,
  BASHPID = true, PPID = true }

-- Notes what a text for a shell reads.  options: args, above (the scope around it), env,
-- unsets, path, level.
function Account:text(text, options)
  if options.level > MAX_DEPTH then return self:not_seen "shells within shells" end
  for name in text:gmatch "%f[%w_][%u]+%f[^%w_]" do
    if CHANGING[name] then self:not_seen("$" .. name .. ", which differs each time") end
  end
  if text:find "printf" and text:find "%%[-%d]*%(" then self:not_seen "the time (printf %(...)T)" end
  local pointer = text:match "%${(![%w_]+)[^%w_%[]"
  if pointer then self:not_seen("the variable that ${" .. pointer .. "} names") end
  local scope = expansion.scope { env = options.env, args = options.args, above = options.above,
    unsets = options.unsets, folder = self.base }
  for _, field in ipairs(options.args or {}) do
    if field.unknown or expansion.is_loose(field) or (field.choices[1] or {}).glob then scope.loose = true end
  end
  local commands = nested_commands.commands(self, scope, text, options.path)
  local context = { scope = scope, path = options.path, level = options.level }
  for _, command in ipairs(commands) do
    local fields = scope:fields(command.words)
    if command.loop then
      -- what is not known of them counts where the variable is used
      for _, field in ipairs(fields) do self:note(field) end
    else
      for _, one in ipairs(command.assigns) do
        if one[2] then for _, field in ipairs(scope:fields { one[2] }) do self:note(field) end end
        self:hook(one[1])
      end
      if fields[1] then self:call(fields, context) end
    end
    read_redirects(self, command, scope)
  end
  if scope.sees_folder then self.folder = true end
  local outside = {}
  for what in next, scope.outside do outside[#outside + 1] = what end
  table.sort(outside)
  for _, what in ipairs(outside) do self:not_seen(what) end
end

local function new(options)
  local self = setmetatable({ programs = {}, words = {}, writes = {}, dirs = { "" }, unseen = {}, folder = false },
    Account)
  self.dirs[""] = true
  self.base = options.folder
  self.exists = options.exists or function() return false end
  self.text_of = options.text_of or function() return nil end
  self.alias_of = options.alias_of or base_of
  for _, hook in ipairs(HOOKS) do if options.env and options.env[hook] then self:hook(hook) end end
  for name in next, options.env or {} do if name:find "^BASH_FUNC_" then self:hook(name) end end
  return self
end

---@param text string with \1 for a path that rille gives
---@param options table
---@return table account
function command_analysis.of_text(text, options)
  local self = new(options)
  self:text(text, { args = { expansion.field(options.shell == "bash" and "bash" or "/bin/sh") }, env = options.env,
    path = options.path, level = 0 })
  return self
end

---@param fields table[]
---@param options table
---@return table account
function command_analysis.of_words(fields, options)
  local self = new(options)
  self:call(fields, { env = options.env, path = options.path, level = 0 })
  return self
end

return command_analysis
