-- program_arguments: what the words of a program mean, for programs whose words are more
-- than names of files.
--
-- by_program[NAME](account, fields, context) notes in an account
-- (lua/shell/command_analysis.lua) what the program of that name reads; the first field is
-- its name.  What stands behind a wrapper goes back to account:call, a text for a shell to
-- account:text.

local program_kinds = require "rille.shell.program_kinds"
local expansion = require "rille.shell.expansion"

local program_arguments = { by_program = {} }
local by_program = program_arguments.by_program

local function rest_of(fields, from) return table.move(fields, from, #fields, 1, {}) end

-- env -S "a program and its words"
local function split_string(self, fields, context)
  local text = expansion.literal(fields[1])
  if not text or text:find "[\\'\"$#]" then return self:not_seen "env -S, whose words cannot be separated" end
  local list = {}
  for word in text:gmatch "%S+" do list[#list + 1] = expansion.field(word) end
  table.move(fields, 2, #fields, #list + 1, list)
  self:call(list, context)
end

function by_program.env(self, fields, context)
  local i = 2
  context = setmetatable({ sets = setmetatable({}, { __index = context.sets }) }, { __index = context })
  while fields[i] do
    local text = expansion.literal(fields[i]) or ""
    local glued = text:match "^%-%-split%-string=(.*)$" or text:match "^%-%w-S(.+)$"
    if glued then return split_string(self, { expansion.field(glued), table.unpack(fields, i + 1) }, context) end
    if text:find "^%-%w*S$" or text == "--split-string" then
      return split_string(self, rest_of(fields, i + 1), context)
    end
    local dir = text:match "^%-%-chdir=(.*)$" or text:match "^%-C(.+)$"
    if dir then
      self:enter(expansion.field(dir))
    elseif (text == "-C" or text == "--chdir") and fields[i + 1] then
      self:enter(fields[i + 1])
    end
    if text == "-" or text:find "^%-%w*[iu]" or text:find "^%-%-ignore" or text:find "^%-%-unset" then
      context.unsets = true
    end
    local name, value = (fields[i].choices[1] or { text = "" }).text:match "^([%a_][%w_]*)=(.*)$"
    if name then
      if name == "PATH" then context.path = value end
      self:hook(name)
      self:note(fields[i])
      context.sets[name] = (#fields[i].choices > 1 or fields[i].unknown) and false
        or { text = value, ours = fields[i].choices[1].ours }
    end
    if text == "-u" or text == "-C" or text == "--unset" or text == "--chdir" then i = i + 2
    elseif name or text:find "^%-" then i = i + 1
    else break end
  end
  if fields[i] then self:call(rest_of(fields, i), context) end
end

-- A word that names what is open already: the text in it stands in no file.
local function is_stream(field)
  local text = expansion.literal(field) or ""
  return text == "/dev/stdin" or text:find "^/dev/fd/" ~= nil or text:find "^/proc/self/fd/" ~= nil
end

function program_arguments.wrapper(self, fields, context, spec)
  local i, unclear = self:after_options(fields, 2, spec)
  for _ = 1, spec.skip or 0 do
    if fields[i] then self:note(fields[i]) end
    if fields[i] and (expansion.is_loose(fields[i]) or fields[i].unknown) then
      unclear = fields[i].unknown or "a word"
    end
    i = i + 1
  end
  if unclear and not (fields[i] and fields[i].unknown and not fields[i].fuzzy) then
    self:not_seen(string.format("%s, a word of %s, known only to the shell", unclear,
      expansion.literal(fields[1]) or "a program"))
  end
  if fields[i] then self:call(rest_of(fields, i), context) end
end

-- exec and command of the shell; command -v asks where a program is.
function by_program.command(self, fields, context)
  local i = 2
  while expansion.literal(fields[i] or {}) and expansion.literal(fields[i]):find "^%-[pvV]+$" do
    if expansion.literal(fields[i]):find "[vV]" then return by_program.which(self, fields, context) end
    if expansion.literal(fields[i]):find "p" then self:not_seen "command -p, which does not use PATH" end
    i = i + 1
  end
  if fields[i] then self:call(rest_of(fields, i), context) end
end

function by_program.which(self, fields, context)
  for i = 2, #fields do
    for _, one in ipairs(fields[i].choices) do
      if not one.ours and not one.text:find "^%-" and one.text ~= "" then self:lookup(one.text, context) end
    end
    if fields[i].unknown then self:not_seen("where the program " .. fields[i].unknown .. " is") end
  end
end
by_program.type = by_program.which
function by_program.hash(self, fields, context)
  for i = 2, #fields do
    if (expansion.literal(fields[i]) or ""):find "^%-%a*p" then
      return self:not_seen "hash -p, which changes the file of a program"
    end
  end
  by_program.which(self, fields, context)
end
function by_program.enable(self) self:not_seen "enable, which changes what later words mean" end
-- mapfile -C has a command read each line
function by_program.mapfile(self, fields)
  for i = 2, #fields do
    if (expansion.literal(fields[i]) or "-C"):find "^%-%a*C" then self:not_seen "mapfile -C, which runs a command" end
  end
end
by_program.readarray = by_program.mapfile
function by_program.set(self, fields)
  for i = 2, #fields do
    local text = expansion.literal(fields[i])
    if text and (text:find "^-%a*k" or text == "keyword" or text == "posix") then
      self:not_seen("set " .. text .. ", which changes what later words mean")
    end
    self:note(fields[i])
  end
  if not fields[2] then self:not_seen "set, which prints every variable" end
end

-- sh [options] -c TEXT [name argument...] | FILE argument...
function by_program.shell(self, fields, context, name)
  local i, has_text = 2, false
  while fields[i] do
    local text = expansion.literal(fields[i])
    if not text or not text:find "^[-+]" then break end
    if text == "--" or text == "-" then
      i = i + 1
      break
    end
    if text == "--rcfile" or text == "--init-file" then self:not_seen(name .. " " .. text) end
    if text == "--login" or text:find "^%-%a*[li]" then
      self:not_seen(name .. " " .. text .. ", which reads the files of a user")
    end
    local letters = text:match "^[-+](%a+)$" or ""
    if letters:find "c" and text:sub(1, 1) == "-" then has_text = true end
    i = i + ((letters:find "[oO]" or text == "--rcfile" or text == "--init-file") and 2 or 1)
  end
  local field = fields[i]
  if has_text then
    if not field then return end
    if field.unknown or expansion.is_loose(field) then
      return self:not_seen(string.format("the text after %s -c", name))
    end
    local args = rest_of(fields, i + 1)
    if not args[1] then args[1] = expansion.field(name) end
    for _, one in ipairs(field.choices) do
      if one.glob or one.ours and not one.text:find "\1" then
        self:not_seen(string.format("the text after %s -c", name))
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
  if field and not is_stream(field) then return self:note_all(fields, i, name) end
  if context.scope then self:not_seen("what " .. name .. " reads as commands from its standard input") end
end

function program_arguments.interpret(self, fields, context, name, kind)
  local i = 2
  while fields[i] do
    local field = fields[i]
    local text = expansion.literal(field)
    if not text then break end
    if kind.code and text:find(kind.code) or kind.long and text:find(kind.long) then
      return self:not_seen(string.format("code in the words of %s (%s), which may read anything", name,
        #text > 12 and text:sub(1, 12) .. "..." or text))
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
  for at = 2, #fields do any = any or not (expansion.literal(fields[at]) or "x"):find "^%-" end
  if not any and (context.scope or fields[2] and expansion.literal(fields[#fields]) == "-")
    and not (expansion.literal(fields[2] or {}) or ""):find "^%-%-?[vVh]" then
    self:not_seen("what " .. name .. " reads as code from its standard input")
  end
  self:note_all(fields, 2, name)
end

-- awk and sed: a text that is no name of a file, unless -f gives one.
local function with_script(self, fields, _, name, reaches, options)
  local scripts, i, given = {}, 2, false
  while fields[i] do
    local text = expansion.literal(fields[i])
    local option = text and text:match "^%-(%a)"
    if text == "--" then
      i = i + 1
      break
    end
    if not text or not text:find "^%-." then break end
    if name == "sed" and text:find "^%-%a*e$" or text == "--expression" then
      scripts[#scripts + 1], given, i = fields[i + 1], true, i + 1
    elseif name == "sed" and text:find "^%-%a*e" or text:find "^%-%-expression=" then
      scripts[#scripts + 1], given = expansion.field(text:match "^%-%-expression=(.*)$" or text:match "e(.*)$"), true
    elseif text:find "^%-%a*f" or text:find "^%-%-file" then
      given = true
      if text == "-f" or text == "--file" then i = i + 1 end
      self:note(fields[i] or expansion.field "")
      if fields[i] and fields[i].unknown then self:not_seen("the script of " .. name) end
    elseif name ~= "sed" and (text:find "^%-[lie]$" or text:find "^%-%-[lise]") then
      self:not_seen(name .. " " .. text)
    elseif option and options:find(option, 1, true) and #text == 2 then i = i + 1 end
    i = i + 1
  end
  if not given and fields[i] then scripts[1], i = fields[i], i + 1 end
  for _, one in ipairs(scripts) do
    for _, choice in ipairs(one.choices) do
      if reaches(choice.text) then
        self:not_seen(string.format("the code of %s, which reads or runs more than its words name", name))
      end
    end
    if one.unknown or expansion.is_loose(one) then self:not_seen("the code of " .. name) end
  end
  self:note_all(fields, i, name)
end

function by_program.awk(self, fields, context)
  with_script(self, fields, context, "awk", program_kinds.awk_reaches, "Fv")
end
function by_program.sed(self, fields, context)
  with_script(self, fields, context, "sed", program_kinds.sed_reaches, "lE")
end

local STARTS = { ["-exec"] = true, ["-execdir"] = true, ["-ok"] = true, ["-okdir"] = true }

-- find [folder...] expression; {} stands for what is below the folders.
function by_program.find(self, fields, context)
  local i, folders = 2, 0
  while fields[i] do
    local text = expansion.literal(fields[i])
    if text and text:find "^[-(!]" and not text:find "^%-[HLPDO]" then break end
    if not (text and text:find "^%-") then folders = folders + 1 end
    i = i + 1
  end
  if folders == 0 then self:note(expansion.field ".") end
  self:note_all(fields, 2, "find")
  while fields[i] do
    local text = expansion.literal(fields[i]) or ""
    if text:find "^%-[acm]time" or text:find "^%-[acm]min" or text:find "^%-newer" or text:find "^%-anewer"
      or text:find "^%-cnewer" or text == "-used" then
      self:not_seen("find " .. text .. ", which reads the times of files")
    elseif text == "-files0-from" then self:not_seen "find -files0-from"
    elseif STARTS[text] then
      local inner = {}
      i = i + 1
      while fields[i] do
        local word = expansion.literal(fields[i])
        if word == ";" or word == "+" and #inner > 0 and inner[#inner].found then break end
        inner[#inner + 1] = word and word:find("{}", 1, true)
          and { choices = { { text = word, ours = true } }, found = true } or fields[i]
        i = i + 1
      end
      if text:find "dir$" then self:not_seen("find " .. text .. ", which runs a program in every folder") end
      if inner[1] then self:call(inner, context) end
    end
    i = i + 1
  end
end

function by_program.xargs(self, fields, context)
  local spec = { short = "adEeIiLlnPs", long = { ["arg-file"] = true, delimiter = true, replace = true,
    ["max-lines"] = true, ["max-args"] = true, ["max-procs"] = true } }
  local i = self:after_options(fields, 2, spec)
  self:not_seen "xargs, which passes names to a program at run time"
  self:note_all(fields, 2, "xargs")
  if fields[i] then self:call(rest_of(fields, i), context) end
end

-- A program that looks at its own folder when no word names one.
function program_arguments.list(self, fields, _, name, spec)
  local operands, recurses = 0, not spec.recursive
  local i, pattern = 2, spec.pattern
  while fields[i] do
    local text = expansion.literal(fields[i])
    if text and text:find "^%-." then
      if spec.recursive and (text:find(spec.recursive) or text:find "^%-%-%a*recursive") then recurses = true end
      if text:find "^%-%a*[ef]" or text:find "^%-%-regexp" or text:find "^%-%-file" then
        pattern = spec.pattern and false
      end
      if #text == 2 and (spec.short or ""):find(text:sub(2, 2), 1, true) then i = i + 1 end
    else
      operands = operands + 1
    end
    i = i + 1
  end
  if recurses and operands <= (pattern and 1 or 0) then self:note(expansion.field ".") end
  self:note_all(fields, 2, name)
end

-- `[ -f word`: a word that only the shell knows counts where it is a file's name.
local function test(self, fields)
  for i = 2, #fields do
    local before, text = fields[i - 1], expansion.literal(fields[i])
    self:note(fields[i])
    local asks = i > 2 and (before.unknown or (expansion.literal(before) or ""):find "^%-[bcdefghkLNOpGrsSuwx]$"
      or (expansion.literal(before) or ""):find "^%-[noe][tf]$")
    if fields[i].unknown and (fields[i].fuzzy or asks) then
      self:not_seen("a test of " .. fields[i].unknown .. ", known only to the shell")
    end
    if i < #fields and (text or ""):find "^%-[wOGugkN]$" then
      self:not_seen("a test of the permissions or times of a file (" .. text .. ")")
    end
    if text == "-ef" then self:not_seen "a test whether two files are the same (-ef)" end
    if text == "-nt" or text == "-ot" then self:not_seen("a test of the times of files (" .. text .. ")") end
  end
end
by_program.test, by_program["["], by_program["[["] = test, test, test

-- . FILE: read with the text around it (gathered before); here its file.
function by_program.source(self, fields, context)
  local field = fields[2]
  if not field then return end
  if field.unknown or expansion.is_loose(field) then
    return self:not_seen("the file that . reads (" .. (field.unknown or "a word") .. ")")
  end
  self:note_all(fields, 2, ".")
  for _, one in ipairs(field.choices) do
    if one.glob then self:not_seen("the file that . reads (" .. one.text .. ")") end
    if one.ours == "<(...)" then self:not_seen "what . reads from <(...)" end
    if is_stream(expansion.field(one.text)) then self:not_seen("what . reads from " .. one.text) end
    if not one.ours and not one.text:find("/", 1, true) then
      for folder in ((context.path or "") .. ":"):gmatch "([^:]*):" do
        if folder ~= "" then self:note(expansion.field(folder .. "/" .. one.text)) end
      end
    end
  end
end

function by_program.alias(self) self:not_seen "alias, which changes what later words mean" end
function by_program.compgen(self) self:not_seen "compgen" end
-- Options that leave words and patterns as they are.
local SHOPT <const> = { lastpipe = true, inherit_errexit = true, nocasematch = true, xpg_echo = true, errexit = true,
  pipefail = true, nounset = true, errtrace = true, xtrace = true, verbose = true }
function by_program.shopt(self, fields)
  for i = 2, #fields do
    local text = expansion.literal(fields[i])
    if not text or not text:find "^%-[supqo]+$" and not SHOPT[text] then
      self:not_seen("shopt " .. (text or "with a word known only to the shell")
        .. ", which changes the meaning of words and patterns")
    end
  end
end
function by_program.eval(self, fields)
  for i = 2, #fields do
    if not expansion.literal(fields[i]) then return self:not_seen "the arguments of eval, known only to the shell" end
  end
end

return program_arguments
