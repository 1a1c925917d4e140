-- calls: which programs a command starts and which files its words name, through
-- shells, wrappers and variables, without running any.
--
-- calls.of_words(fields, options), calls.of_text(text, options) -> account
--   { programs = { { name, PATH or false }... },
--     words = { { text, glob = true or nil, plain = no option }... }    what may be
--                                                       files, in order
--     writes = { { text, adds = it is added to }... }   files that > and >> make
--     dirs = { folder... }          where they are looked for, "" for the step's own
--     unseen = { text... }          what is read, or run, that no word names
--     folder = it may tell where it runs }
-- A field is what lua/words.lua makes of a word.  options: env, the variables that
-- the program has by name (false: one whose text is not known); folder, where it
-- runs; path, its PATH or nil; exists(path) and text_of(path), how to look at files.

local words = require "rille.words"
local programs = require "rille.programs"
local shell = require "rille.shell"

local calls = {}

local DEEPEST <const> = 16              -- programs within programs
local FOLDERS <const> = 32
-- Given to a shell, they make it read more, or understand words otherwise.
local HOOKS <const> = { "BASH_ENV", "ENV", "BASHOPTS", "SHELLOPTS", "GLOBIGNORE", "LD_PRELOAD" }

local Account = {}
Account.__index = Account

-- In a list whose keys are also what is in it.
local function add_once(list, key, value)
  if list[key] then return end
  list[key] = true
  list[#list + 1] = value
end

function Account:not_seen(what) add_once(self.unseen, what, what) end

-- A variable that a program is given.
function Account:hook(name)
  for _, hook in ipairs(HOOKS) do if hook == name then self:not_seen("the variable " .. name .. ", which has a program read more") end end
end

function Account:program(name, path)
  add_once(self.programs, name .. "\0" .. (path or ""), { name, path or false })
end

-- The words that a field may be, as what may be files; plain: behind --, where none
-- is an option.
function Account:note(field, plain)
  for _, one in ipairs(field.choices) do
    if not one.ours and one.text ~= "" then
      local glob = one.glob and true or nil
      add_once(self.words, one.text .. (glob and "\0" or "") .. (plain and "\1" or ""), { one.text, glob = glob, plain = plain })
    end
  end
end

function Account:note_all(fields, from, context)
  local plain
  for i = from, #fields do
    self:note(fields[i], plain)
    plain = plain or words.literal(fields[i]) == "--" or nil
    if fields[i].unknown then self:not_seen(string.format("%s in a word of %s, which only the shell knows", fields[i].unknown, context)) end
  end
end

-- Folders ----------------------------------------------------------------------------

-- The path of `name` seen from the folder, without "." and "..".
local function joined(folder, name)
  if name:sub(1, 1) == "/" then folder = "" elseif folder ~= "" then name = folder .. "/" .. name end
  local parts, absolute = {}, name:sub(1, 1) == "/"
  for part in name:gmatch "[^/]+" do
    if part == ".." and #parts > 0 and parts[#parts] ~= ".." then parts[#parts] = nil
    elseif part == ".." and absolute then parts[#parts] = nil
    elseif part ~= "." then parts[#parts + 1] = part end
  end
  return (absolute and "/" or "") .. table.concat(parts, "/")
end

-- The program may change to the folder.
function Account:enter(field, repeated)
  if field.unknown then return self:not_seen("a change to the folder " .. field.unknown .. ", which only the shell knows") end
  for _, one in ipairs(field.choices) do
    local absolute = one.text:sub(1, 1) == "/"
    if one.ours or one.text == "-" or one.text == "." or one.text == "" then
      -- a folder that is known already
    elseif one.glob then self:not_seen("a change to the folder " .. one.text .. ", which is a pattern")
    elseif repeated and not absolute then self:not_seen("a change to the folder " .. one.text .. " that may be repeated")
    else
      for i = 1, #self.dirs do
        local dir = joined(self.dirs[i], one.text)
        add_once(self.dirs, dir, dir)
      end
    end
  end
  if #self.dirs > FOLDERS then self:not_seen "changes of the folder" end
end

function Account:is_there(name)
  for _, dir in ipairs(self.dirs) do if self.exists(joined(dir, name)) then return true end end
  return false
end

-- Options ----------------------------------------------------------------------------

-- The first field from i on that is no option; a second value is why it cannot be
-- told.  A value that follows an option is noted.
function Account:after_options(fields, i, spec)
  local short, long = spec.short or "", spec.long or {}
  while fields[i] do
    local text = words.literal(fields[i])
    if not text then
      if fields[i].unknown or words.is_loose(fields[i]) or (fields[i].choices[1] or {}).glob then return i, fields[i].unknown or "a word" end
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

local function is_assignment(field)
  local text = words.literal(field)
  return text and text:find "^[%a_][%w_]*=" ~= nil
end

-- Kinds ------------------------------------------------------------------------------

local function base_of(name) return name:match "[^/]*$" end

local function rest_of(fields, from) return table.move(fields, from, #fields, 1, {}) end

local handlers = {}

-- env -S "a program and its words"
local function split_string(self, fields, context)
  local text = words.literal(fields[1])
  if not text or text:find "[\\'\"$#]" then return self:not_seen "env -S, whose words cannot be told apart" end
  local list = {}
  for word in text:gmatch "%S+" do list[#list + 1] = words.field(word) end
  table.move(fields, 2, #fields, #list + 1, list)
  self:call(list, context)
end

function handlers.env(self, fields, context)
  local i = 2
  context = setmetatable({ sets = setmetatable({}, { __index = context.sets }) }, { __index = context })
  while fields[i] do
    local text = words.literal(fields[i]) or ""
    local glued = text:match "^%-%-split%-string=(.*)$" or text:match "^%-%w-S(.+)$"
    if glued then return split_string(self, { words.field(glued), table.unpack(fields, i + 1) }, context) end
    if text:find "^%-%w*S$" or text == "--split-string" then return split_string(self, rest_of(fields, i + 1), context) end
    local dir = text:match "^%-%-chdir=(.*)$" or text:match "^%-C(.+)$"
    if dir then self:enter(words.field(dir)) elseif (text == "-C" or text == "--chdir") and fields[i + 1] then self:enter(fields[i + 1]) end
    if text == "-" or text:find "^%-%w*[iu]" or text:find "^%-%-ignore" or text:find "^%-%-unset" then context.unsets = true end
    local name, value = (fields[i].choices[1] or { text = "" }).text:match "^([%a_][%w_]*)=(.*)$"
    if name then
      if name == "PATH" then context.path = value end
      self:hook(name)
      self:note(fields[i])
      context.sets[name] = (#fields[i].choices > 1 or fields[i].unknown) and false or { text = value, ours = fields[i].choices[1].ours }
    end
    if text == "-u" or text == "-C" or text == "--unset" or text == "--chdir" then i = i + 2
    elseif name or text:find "^%-" then i = i + 1
    else break end
  end
  if fields[i] then self:call(rest_of(fields, i), context) end
end

local function wrapper(self, fields, context, spec)
  local i, unclear = self:after_options(fields, 2, spec)
  for _ = 1, spec.skip or 0 do
    if fields[i] then self:note(fields[i]) end
    if fields[i] and (words.is_loose(fields[i]) or fields[i].unknown) then unclear = fields[i].unknown or "a word" end
    i = i + 1
  end
  if unclear and not (fields[i] and fields[i].unknown and not fields[i].fuzzy) then
    self:not_seen(string.format("%s, a word of %s, which only the shell knows", unclear, words.literal(fields[1]) or "a program"))
  end
  if fields[i] then self:call(rest_of(fields, i), context) end
end

-- exec and command of the shell; command -v asks where a program is.
function handlers.command(self, fields, context)
  local i = 2
  while words.literal(fields[i] or {}) and words.literal(fields[i]):find "^%-[pvV]+$" do
    if words.literal(fields[i]):find "[vV]" then return handlers.which(self, fields, context) end
    i = i + 1
  end
  if fields[i] then self:call(rest_of(fields, i), context) end
end

function handlers.which(self, fields, context)
  for i = 2, #fields do
    for _, one in ipairs(fields[i].choices) do
      if not one.ours and not one.text:find "^%-" and one.text ~= "" then self:lookup(one.text, context) end
    end
    if fields[i].unknown then self:not_seen("where the program " .. fields[i].unknown .. " is") end
  end
end
handlers.type, handlers.hash = handlers.which, handlers.which

-- sh [options] -c TEXT [name argument...] | FILE argument...
function handlers.shell(self, fields, context, name)
  local i, has_text = 2, false
  while fields[i] do
    local text = words.literal(fields[i])
    if not text or not text:find "^[-+]" then break end
    if text == "--" or text == "-" then
      i = i + 1
      break
    end
    if text == "--rcfile" or text == "--init-file" then self:not_seen(name .. " " .. text) end
    if text == "--login" or text:find "^%-%a*[li]" then self:not_seen(name .. " " .. text .. ", which reads the files of a user") end
    local letters = text:match "^[-+](%a+)$" or ""
    if letters:find "c" and text:sub(1, 1) == "-" then has_text = true end
    i = i + ((letters:find "[oO]" or text == "--rcfile" or text == "--init-file") and 2 or 1)
  end
  local field = fields[i]
  if has_text then
    if not field then return end
    if field.unknown or words.is_loose(field) then return self:not_seen(string.format("the text that %s -c is given", name)) end
    local args = rest_of(fields, i + 1)
    if not args[1] then args[1] = words.field(name) end
    for _, one in ipairs(field.choices) do
      if one.glob or one.ours and not one.text:find "\1" then self:not_seen(string.format("the text that %s -c is given", name))
      else
        self:text(one.text, { args = args, above = context.scope, env = setmetatable({}, { __index = function(_, key)
          local given = context.sets and context.sets[key]
          if given ~= nil or context.scope then return given end
          return context.env and context.env[key]
        end }), unsets = context.unsets, path = context.path, level = context.level + 1 })
      end
    end
    return
  end
  if field then return self:note_all(fields, i, name) end
  if context.scope then self:not_seen("what " .. name .. " reads as commands from its standard input") end
end

local function interpret(self, fields, context, name, kind)
  local i = 2
  while fields[i] do
    local field = fields[i]
    local text = words.literal(field)
    if not text then break end
    if kind.code and text:find(kind.code) or kind.long and text:find(kind.long) then
      return self:not_seen(string.format("code in the words of %s (%s), which may read anything", name, #text > 12 and text:sub(1, 12) .. "..." or text))
    end
    if text == "-" then
      i = #fields + 1
      break
    end
    if not text:find "^[-+]" and self:is_there(text) then break end
    i = i + 1
  end
  if fields[i] and fields[i].unknown then self:not_seen("the program that " .. name .. " is given") end
  -- no file that is there was among them: an option's value, or the script to come
  local any
  for at = 2, #fields do any = any or not (words.literal(fields[at]) or "x"):find "^%-" end
  if not any and (context.scope or fields[2] and words.literal(fields[#fields]) == "-") and not (words.literal(fields[2] or {}) or ""):find "^%-%-?[vVh]" then
    self:not_seen("what " .. name .. " reads as code from its standard input")
  end
  self:note_all(fields, 2, name)
end

-- awk and sed: a text that is no name of a file, unless -f gives one.
local function with_script(self, fields, context, name, reaches, options)
  local scripts, i, given = {}, 2, false
  while fields[i] do
    local text = words.literal(fields[i])
    local option = text and text:match "^%-(%a)"
    if text == "--" then
      i = i + 1
      break
    end
    if not text or not text:find "^%-." then break end
    if name == "sed" and text:find "^%-%a*e$" or text == "--expression" then
      scripts[#scripts + 1], given, i = fields[i + 1], true, i + 1
    elseif name == "sed" and text:find "^%-%a*e" or text:find "^%-%-expression=" then
      scripts[#scripts + 1], given = words.field(text:match "^%-%-expression=(.*)$" or text:match "e(.*)$"), true
    elseif text:find "^%-%a*f" or text:find "^%-%-file" then
      given = true
      if text == "-f" or text == "--file" then i = i + 1 end
      self:note(fields[i] or words.field "")
      if fields[i] and fields[i].unknown then self:not_seen("the script of " .. name) end
    elseif name ~= "sed" and (text:find "^%-[lie]$" or text:find "^%-%-[lise]") then
      self:not_seen(name .. " " .. text)
    elseif option and options:find(option, 1, true) and #text == 2 then i = i + 1 end
    i = i + 1
  end
  if not given and fields[i] then scripts[1], i = fields[i], i + 1 end
  for _, one in ipairs(scripts) do
    for _, choice in ipairs(one.choices) do
      if reaches(choice.text) then self:not_seen(string.format("the code of %s, which reads or runs more than its words name", name)) end
    end
    if one.unknown or words.is_loose(one) then self:not_seen("the code of " .. name) end
  end
  self:note_all(fields, i, name)
end

function handlers.awk(self, fields, context) with_script(self, fields, context, "awk", programs.awk_reaches, "Fv") end
function handlers.sed(self, fields, context) with_script(self, fields, context, "sed", programs.sed_reaches, "lE") end

local STARTS = { ["-exec"] = true, ["-execdir"] = true, ["-ok"] = true, ["-okdir"] = true }

-- find [folder...] expression; {} stands for what is below the folders.
function handlers.find(self, fields, context)
  local i, folders = 2, 0
  while fields[i] do
    local text = words.literal(fields[i])
    if text and text:find "^[-(!]" and not text:find "^%-[HLPDO]" then break end
    if not (text and text:find "^%-") then folders = folders + 1 end
    i = i + 1
  end
  if folders == 0 then self:note(words.field ".") end
  self:note_all(fields, 2, "find")
  while fields[i] do
    local text = words.literal(fields[i]) or ""
    if text:find "^%-[acm]time" or text:find "^%-[acm]min" or text:find "^%-newer" or text:find "^%-anewer" or text:find "^%-cnewer" or text == "-used" then
      self:not_seen("find " .. text .. ", which asks for the times of files")
    elseif text == "-files0-from" then self:not_seen "find -files0-from"
    elseif STARTS[text] then
      local inner = {}
      i = i + 1
      while fields[i] do
        local word = words.literal(fields[i])
        if word == ";" or word == "+" and #inner > 0 and inner[#inner].found then break end
        inner[#inner + 1] = word and word:find("{}", 1, true) and { choices = { { text = word, ours = true } }, found = true } or fields[i]
        i = i + 1
      end
      if text:find "dir$" then self:not_seen("find " .. text .. ", which runs a program in every folder") end
      if inner[1] then self:call(inner, context) end
    end
    i = i + 1
  end
end

function handlers.xargs(self, fields, context)
  local spec = { short = "adEeIiLlnPs", long = { ["arg-file"] = true, delimiter = true, replace = true, ["max-lines"] = true, ["max-args"] = true, ["max-procs"] = true } }
  local i = self:after_options(fields, 2, spec)
  self:not_seen "xargs, which gives a program names while it runs"
  self:note_all(fields, 2, "xargs")
  if fields[i] then self:call(rest_of(fields, i), context) end
end

-- A program that looks at its own folder when no word names one.
local function list(self, fields, context, name, spec)
  local operands, recurses = 0, not spec.recursive
  local i, pattern = 2, spec.pattern
  while fields[i] do
    local text = words.literal(fields[i])
    if text and text:find "^%-." then
      if spec.recursive and (text:find(spec.recursive) or text:find "^%-%-%a*recursive") then recurses = true end
      if text:find "^%-%a*[ef]" or text:find "^%-%-regexp" or text:find "^%-%-file" then pattern = spec.pattern and false end
      if #text == 2 and (spec.short or ""):find(text:sub(2, 2), 1, true) then i = i + 1 end
    else
      operands = operands + 1
    end
    i = i + 1
  end
  if recurses and operands <= (pattern and 1 or 0) then self:note(words.field ".") end
  self:note_all(fields, 2, name)
end

-- `[ -f word`: a word that only the shell knows counts where it is a file's name.
local function test(self, fields)
  for i = 2, #fields do
    local before, text = fields[i - 1], words.literal(fields[i])
    self:note(fields[i])
    local asks = i > 2 and (before.unknown or (words.literal(before) or ""):find "^%-[bcdefghkLNOpGrsSuwx]$" or (words.literal(before) or ""):find "^%-[noe][tf]$")
    if fields[i].unknown and (fields[i].fuzzy or asks) then self:not_seen("a test of " .. fields[i].unknown .. ", which only the shell knows") end
    if text == "-nt" or text == "-ot" then self:not_seen("a test of the times of files (" .. text .. ")") end
  end
end
handlers.test, handlers["["], handlers["[["] = test, test, test

-- . FILE: read with the text around it (gathered before); here its file.
function handlers.source(self, fields, context)
  local field = fields[2]
  if not field then return end
  if field.unknown or words.is_loose(field) then return self:not_seen("the file that . reads (" .. (field.unknown or "a word") .. ")") end
  self:note_all(fields, 2, ".")
  for _, one in ipairs(field.choices) do
    if one.glob then self:not_seen("the file that . reads (" .. one.text .. ")") end
    if not one.ours and not one.text:find("/", 1, true) then
      for folder in ((context.path or "") .. ":"):gmatch "([^:]*):" do if folder ~= "" then self:note(words.field(folder .. "/" .. one.text)) end end
    end
  end
end

function handlers.alias(self) self:not_seen "alias, after which words mean others" end
function handlers.compgen(self) self:not_seen "compgen" end
function handlers.shopt(self, fields)
  for i = 2, #fields do
    local text = words.literal(fields[i])
    if not text or text:find "glob" then self:not_seen("shopt " .. (text or "") .. ", which changes what patterns stand for") end
  end
end
function handlers.eval(self, fields)
  for i = 2, #fields do if not words.literal(fields[i]) then return self:not_seen "what eval is given, which only the shell knows" end end
end

-- Builtins of the shell that are no programs.
local BUILTINS <const> = { cd = true, pushd = true, popd = true, [":"] = true, ["."] = true, source = true, eval = true, exec = true, command = true, builtin = true, export = true, readonly = true,
  ["local"] = true, declare = true, typeset = true, unset = true, shift = true, set = true, shopt = true, read = true, mapfile = true, readarray = true, getopts = true, let = true, alias = true,
  ["return"] = true, exit = true, ["break"] = true, continue = true, trap = true, wait = true, type = true, hash = true, ulimit = true, umask = true, ["[["] = true, compgen = true }
local SHELL_ONLY <const> = { type = true, hash = true, ["[["] = true, ["."] = true, source = true, eval = true, alias = true, compgen = true, shopt = true, command = true, exec = true, builtin = true }

-- Calls ------------------------------------------------------------------------------

-- Notes the program by all the PATHs that it may be looked for in.
function Account:lookup(name, context)
  if name:find("/", 1, true) then
    for _, dir in ipairs(self.dirs) do self:program(dir == "" and name or joined(dir, name), nil) end
    return
  end
  self:program(name, context.path)
  local scope = context.scope
  if not scope or not (scope.assigned.PATH or scope.above and scope.above.assigned.PATH) then return end
  local values, unknown = scope:values "PATH"
  if unknown then self:not_seen("a program of a PATH that only the shell knows (" .. unknown .. ")") end
  for _, one in ipairs(values) do if one.text ~= "" then self:program(name, one.text) end end
end

-- What one program of these fields reads.
function Account:call_of(name, fields, context)
  local base = base_of(name)
  local scope = context.scope
  if scope and (name == "cd" or name == "pushd" or name == "popd") then return end
  if not (scope and BUILTINS[name]) then self:lookup(name, context) end
  if scope and name == "pwd" or programs.telling[base] then self.folder = true end
  local real = scope and BUILTINS[name] and base or self.alias_of(name)
  for _, known in ipairs { base, real ~= base and real ~= "busybox" and real ~= "toybox" and real or nil } do
    if programs.awks[known] then known = "awk" end
    if known == "." then known = "source" end
    local kind = programs.interpreter(known)
    if programs.shells[known] then return handlers.shell(self, fields, context, base)
    elseif handlers[known] and (scope or not SHELL_ONLY[known]) then return handlers[known](self, fields, context)
    elseif programs.wrappers[known] and (scope or not SHELL_ONLY[known]) then
      return wrapper(self, fields, context, programs.wrappers[known])
    elseif kind then return interpret(self, fields, context, base, kind)
    elseif programs.opaque[known] then
      self:not_seen(known .. ", " .. programs.opaque[known])
      return self:note_all(fields, 2, known)
    elseif programs.listers[known] then return list(self, fields, context, known, programs.listers[known])
    elseif programs.silent[known] then
      for i = 2, #fields do self:note(fields[i]) end
      return
    end
  end
  self:note_all(fields, 2, base)
end

function Account:call(fields, context)
  local head = fields[1]
  if not head then return end
  if context.level > DEEPEST then return self:not_seen "programs that start programs" end
  context = setmetatable({ level = context.level + 1 }, { __index = context })
  if head.unknown or head.fuzzy then self:not_seen("a program whose name only the shell knows (" .. (head.unknown or "a word") .. ")") end
  if head.maybe then self:call(rest_of(fields, 2), context) end
  for _, one in ipairs(head.choices) do
    if one.ours then self:note_all(fields, 2, "a program that is an input")
    elseif one.glob then
      self:note { choices = { one } }
      self:note_all(fields, 2, one.text)
    elseif one.text ~= "" then self:call_of(one.text, fields, context) end
  end
end

-- Texts ------------------------------------------------------------------------------

-- Adds the commands of a text, and of those that it reads as its own (eval, source),
-- to the scope; more is asked for until nothing is new.
local Gathering = {}
Gathering.__index = Gathering

local SETTERS = { export = true, readonly = true, ["local"] = true, declare = true, typeset = true }
local UNKNOWN_SETTERS = { read = true, mapfile = true, readarray = true, getopts = true, let = true, printf = true, select = true }

local function literal_head(scope, command) return command.words and command.words[1] and words.literal(scope:fields { command.words[1] }[1] or {}) end

function Gathering:add(text, later)
  if self.seen[text] then return end
  self.seen[text] = true
  local commands, why = shell.parse(text)
  if not commands then return self.account:not_seen("a text of the shell that cannot be read: " .. why) end
  for _, command in ipairs(commands) do
    -- where in the order it is carried out is not known
    command.repeated = command.repeated or later
    self.commands[#self.commands + 1] = command
    for _, one in ipairs(command.assigns) do self.scope:assign(one[1], one[2] and { word = one[2], once = not command.repeated } or { unknown = "$" .. one[1] }) end
    if command.loop then self:loop(command) end
    if command.defines then
      self.functions[command.defines] = true
      self.scope.loose = true
    end
  end
end

function Gathering:loop(command)
  if not command.words then command.words = { { { "var", "@", true, false, false } } } end
  for _, word in ipairs(command.words) do self.scope:assign(command.loop, { word = word, each = true }) end
end

-- What builtins give values to.
function Gathering:builtin(command, head)
  local scope = self.scope
  if head == "shift" then scope.loose = true end
  if self.functions[head] or head == "set" then
    scope.loose = true
    for i = 2, #command.words do scope.calls[#scope.calls + 1] = command.words[i] end
  end
  if SETTERS[head] then
    for i = 2, #command.words do
      local name, left, adds = shell.assignment(command.words[i])
      if name then scope:assign(name, adds and { unknown = "$" .. name } or { word = left, once = not command.repeated }) end
    end
  elseif UNKNOWN_SETTERS[head] then
    local names = head ~= "printf"
    for i = 2, #command.words do
      local text = words.literal(scope:fields { command.words[i] }[1] or {})
      if head == "printf" then
        if text == "-v" and command.words[i + 1] then names = true elseif i > 3 then names = false end
      end
      local name = names and text and text:match "^[%a_][%w_]*"
      if name then scope:assign(name, { unknown = "$" .. name }) end
    end
  end
end

-- The texts that a command reads as part of this one.
function Gathering:texts(command, head)
  local fields = self.scope:fields(command.words)
  local list = {}
  if head == "eval" then
    for i = 2, #fields do list[i - 1] = words.literal(fields[i]) or "" end
    return { table.concat(list, " ") }
  elseif head == "trap" then
    for _, one in ipairs(fields[2] and fields[2].choices or {}) do list[#list + 1] = one.text end
    if fields[2] and fields[2].unknown then self.account:not_seen "what trap is given" end
  elseif head == "." or head == "source" then
    for _, one in ipairs(fields[2] and fields[2].choices or {}) do
      if not one.ours and not one.glob then
        for _, dir in ipairs(self.account.dirs) do list[#list + 1] = self.account.text_of(joined(dir, one.text)) end
        for folder in ((self.path or "") .. ":"):gmatch "([^:]*):" do
          if folder ~= "" and not one.text:find("/", 1, true) then list[#list + 1] = self.account.text_of(joined(folder, one.text)) end
        end
      end
    end
  end
  return list
end

function Gathering:all()
  local n, account, scope = -1, self.account, self.scope
  local done, dirs = {}, account.dirs
  while n ~= #self.commands do
    n = #self.commands
    account.dirs = {}
    for _, dir in ipairs(dirs) do add_once(account.dirs, dir, dir) end
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
        while fields[at] and (words.literal(fields[at]) or ""):find "^%-[LPen]" do at = at + 1 end
        if not fields[at] then
          if head == "cd" then account:enter(scope:fields { { { "text", "~", false } } }[1] or { choices = {}, unknown = "$HOME" }, false) end
        else account:enter(fields[at], command.repeated) end
        if scope.env.CDPATH or scope.assigned.CDPATH then account:not_seen "CDPATH, which has cd look elsewhere" end
      elseif head then
        for _, text in ipairs(self:texts(command, head)) do self:add(text, true) end
      end
    end
    if #self.commands > 20000 then return account:not_seen "a text that grows" end
  end
  scope:forget()
end

local function read_redirects(self, command, scope)
  for _, one in ipairs(command.redirects) do
    local field = scope:fields { one[2] }[1]
    local operator = one[1]
    local text = field and words.literal(field)
    if not field or operator:find "&$" and text and text:find "^%d*%-?$" then
      -- a number: no file
    else
      if text and text ~= "" and operator:find ">" and operator ~= "<>" and #self.dirs == 1 then
        add_once(self.writes, text, { text, adds = operator:find ">>" ~= nil })
      else
        self:note(field)
      end
      if field.unknown and operator:find "<" then self:not_seen("the file behind < (" .. field.unknown .. "), which only the shell knows") end
      if text and text:find "^/dev/[tu][cd]p/" then self:not_seen(text) end
    end
  end
end

-- A text for a shell that is given these options: args, above (a scope), env, path.
function Account:text(text, options)
  if options.level > DEEPEST then return self:not_seen "shells within shells" end
  local scope = words.scope { env = options.env, args = options.args, above = options.above, unsets = options.unsets, folder = self.base }
  for _, field in ipairs(options.args or {}) do
    if field.unknown or words.is_loose(field) or (field.choices[1] or {}).glob then scope.loose = true end
  end
  local gathering = setmetatable({ account = self, scope = scope, commands = {}, functions = {}, seen = {}, path = options.path }, Gathering)
  gathering:add(text)
  gathering:all()
  local context = { scope = scope, path = options.path, level = options.level }
  for _, command in ipairs(gathering.commands) do
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
  local self = setmetatable({ programs = {}, words = {}, writes = {}, dirs = { "" }, unseen = {}, folder = false }, Account)
  self.dirs[""] = true
  self.base = options.folder
  self.exists = options.exists or function() return false end
  self.text_of = options.text_of or function() return nil end
  self.alias_of = options.alias_of or base_of
  for _, hook in ipairs(HOOKS) do if options.env and options.env[hook] then self:hook(hook) end end
  return self
end

---@param text string with \1 for a path that rille gives
---@param options table
---@return table account
function calls.of_text(text, options)
  local self = new(options)
  self:text(text, { args = { words.field "/bin/sh" }, env = options.env, path = options.path, level = 0 })
  return self
end

---@param fields table[]
---@param options table
---@return table account
function calls.of_words(fields, options)
  local self = new(options)
  self:call(fields, { env = options.env, path = options.path, level = 0 })
  return self
end

return calls
