-- command: carries out the recipe of a command step (lua/script/command_recipe.lua).
--
-- Inputs become files in a folder of the step, the program runs in the project's base folder,
-- and the files at the paths of the outputs are read back.  Everything that the words of the
-- command name (lua/script/command_recipe_reads.lua) is observed (lua/shell/command_reads.lua).
-- Words that let a program read what no word names make the step impure, unless `depends`
-- says what that is.
--
-- A job is { recipe, params, values = the inputs, ctx, dir = its folder once made,
-- paths = { [kind.name] = path } }.

local left_processes = require "rille.execute.left_processes"
local command_reads = require "rille.shell.command_reads"
local command_template = require "rille.script.command_template"
local context = require "rille.execute.context"
local errors = require "rille.base.errors"
local port_file_form = require "rille.script.port_file_form"
local exec_refusal = require "rille.shell.exec_refusal"
local fingerprint = require "rille.host.fingerprint"
local format = require "rille.base.format"
local json = require "rille.json"
local observe = require "rille.host.observe"
local port_files = require "rille.execute.port_files"
local interrupt = require "rille.host.interrupt"
local worker_process = require "rille.host.worker_process"
local project = require "rille.project"
local command_recipe_reads = require "rille.script.command_recipe_reads"
local running = require "rille.project.running"
local spawn = require "rille.host.spawn"
local worker_shutdown = require "rille.execute.worker_shutdown"
local strict_mode = require "rille.shell.strict_mode"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"
local types = require "rille.script.types"
local line_of = require("rille.script.command_recipe").line

local command = {}

local SH <const> = "/bin/sh"
local TAIL <const>, TAIL_LINES <const> = 8192, 12      -- of the program's output in an error
local SHOWN_LINES <const> = 4                          -- of a long command in an error
local NO_ROOM <const> = -2                             -- ERR_NOMEM
local LINE_MAX <const> = 65536                         -- a longer line is logged in pieces

local function outside_folder()
  local dir = errors.need(sys.make_folder((os.getenv "TMPDIR" or "/tmp") .. "/rille-command-"))
  -- what it made may be read as long as the program runs
  project.at_exit(function() sys.remove(dir) end)
  return dir
end

local function folder(job, below)
  if not job.dir then
    job.dir = job.ctx and context.new_folder(job.ctx, "command") or outside_folder()
  end
  local path = below and job.dir .. "/" .. below or job.dir
  errors.need(sys.mkdirs(path))
  return path
end

local function find_port(list, name)
  for i, port in ipairs(list) do if port.name == name then return port, i end end
end

local place = {}

function place.inputs(job, name)
  local port, i = find_port(job.recipe.inputs, name)
  local ok, path = pcall(port_files.write, job.values[i], port.form or nil, folder(job, "in") .. "/" .. name)
  if not ok then error(string.format('input "%s": %s', name, tostring(path)), 0) end
  return path
end

function place.outputs(job, name)
  local port = find_port(job.recipe.outputs, name)
  return port_files.path(port.form, folder(job, "out") .. "/" .. name)
end

function place.params(job, name)
  local v = job.params[name]
  if v == nil then error(string.format('parameter "%s" is missing', name), 0) end
  if types.is_array(v) then return port_files.write(v, "npy", folder(job, "in") .. "/param-" .. name) end
  if type(v) == "table" then return json.encode(v) end
  return port_file_form.text(v)
end

function place.tmpdir(job) return folder(job, "tmp") end

-- The text in place of a placeholder, made once.
local function value_in(job)
  return function(kind, name)
    local key = name and kind .. "." .. name or kind
    local text = job.paths[key] or place[kind](job, name)
    job.paths[key] = text
    if text:find "%z" then error(string.format("{%s}: a zero byte cannot be passed to a program", key), 0) end
    return text
  end
end

local function is_secret(job, kind, name)
  return kind == "params" and job.recipe.secrets ~= nil and job.recipe.secrets[name] == true
end

-- A text for the shell, which others can see, has a variable in place of a secret.
local function secret_variable(name) return "rille_secret_" .. name end

local function environment(job, value)
  local list, path = {}, nil
  for name in next, job.recipe.shell and job.recipe.secrets or {} do
    list[#list + 1] = secret_variable(name) .. "=" .. value("params", name)
  end
  for _, one in ipairs(job.recipe.env) do
    local name, parts = one[1], one[2]
    local text
    if parts == true then text = observe.env(name) else text = command_template.fill(parts, value) end
    if text then list[#list + 1] = name .. "=" .. text end
    if name == "PATH" then path = text end
  end
  return list, path
end

-- The text of a parameter that is one, for a word that may be a file by it.
local function param_text(job)
  return function(kind, name)
    local v = kind == "params" and job.params[name]
    if is_secret(job, kind, name) then return "secret" end        -- no file is looked for under its name
    return (type(v) == "string" or type(v) == "number") and port_file_form.text(v) or nil
  end
end

-- Observes all that can be seen of what the command uses.
local function observe_uses(job, path, again)
  local recipe, text = job.recipe, param_text(job)
  local account = command_recipe_reads.of(recipe, text, command_recipe_reads.variables(recipe, text))
  if recipe.shell then command_reads.program(recipe.strict and strict_mode.PROGRAM or SH) end
  for i, one in ipairs(account.programs) do
    -- program_of finds the first of a list of words
    if recipe.shell or i > 1 then
      command_reads.program(one[1], one[2] or path or command_reads.SHELL_PATH, one[2] or path)
    end
  end
  for _, one in ipairs(account.words) do command_reads.argument(one, again, account.dirs) end
  for i = 2, #account.dirs do command_reads.folder(account.dirs[i]) end
  for _, one in ipairs(account.writes) do command_reads.writing(one[1], one.adds) end
  for _, one in ipairs(recipe.env) do
    if one[2] ~= true and one[1] ~= "PATH" then
      command_reads.variable(command_template.fill(one[2], function(...) return text(...) or "" end), again)
    end
  end
  if account.folder then command_reads.place() end
  if recipe.declared then return end
  for _, what in ipairs(account.unseen) do observe.impure(what .. " (declare what it reads with depends = { ... })") end
end

-- The shell of the job, and its words for the text.
local function shell_of(job, text, path)
  if not job.recipe.strict then return SH, { SH, "-c", text } end
  command_recipe_reads.need_bash ""
  job.text = text
  return strict_mode.PROGRAM, strict_mode.words(text, not path and command_reads.SHELL_PATH or nil, function()
    job.note = folder(job) .. "/note"
    return job.note
  end)
end

-- The program of the job and its words.
local function program_of(job, value, path, again)
  local recipe, argv = job.recipe, {}
  observe_uses(job, path, again)
  if recipe.shell then
    local text = command_template.fill(recipe.shell, function(kind, name)
      if is_secret(job, kind, name) then return '"$' .. secret_variable(name) .. '"' end
      return command_template.quote(value(kind, name))
    end)
    return shell_of(job, text, path)
  end
  for i, parts in ipairs(recipe.words) do argv[i] = command_template.fill(parts, value) end
  local first = recipe.words[1]
  local program = command_reads.program(argv[1], nil, path)
  if not program then
    local searched = command_reads.shown_path(os.getenv "PATH" or "")
    error(string.format('there is no program "%s" in PATH (%s)', argv[1], searched), 0)
  end
  if type(first[1]) == "table" and first[1][1] == "inputs" then spawn.executable(program) end
  argv[1] = program
  return program, argv
end

local function note_depends(recipe, again)
  for _, pattern in ipairs(recipe.depends) do
    if command_reads.files(pattern, again) == 0 then
      error(string.format('depends: there is no file "%s"', pattern), 0)
    end
  end
end

local function log(text)
  if observe.running() then observe.log(text) else terminal.say(terminal.log(text, 2)) end
end

-- Seconds: to end after SIGTERM, to end without it, between two looks.
local KILL_DELAY <const>, LINGER <const>, PAUSE <const> = 2, 0.1, 0.01

-- In a process that also does other work: ends what the program left running of its group.
local function end_group(handle, drain)
  local began, asked = sys.mono(), false
  while true do
    local n, name = handle:left()
    local gone = sys.mono() - began
    if n == 0 or gone > LINGER + KILL_DELAY then return end
    if interrupt.reason() then return handle:kill(9) end
    if gone > LINGER and not asked then
      asked = true
      handle:kill(15)
      local form = n == 1 and "[%d process was still running when the program ended and was stopped: %s%s]\n"
        or "[%d processes were still running when the program ended and were stopped: %s%s]\n"
      log(string.format(form, n, left_processes.short_name(name), n > 1 and string.format(" and %d more", n - 1) or ""))
    end
    drain()
    assert(worker_process.wait({}, PAUSE))
  end
end

-- Logs what the program writes, in whole lines as they come, and ends what it left running; returns the
-- end of its output.
local function follow(handle)
  local tail, pending, size = "", {}, 0         -- the pieces of a line that is not whole, their bytes
  local function put(text)
    pending[#pending + 1] = text
    log(table.concat(pending))
    pending, size = {}, 0
  end
  local function hear(text)
    tail = (#text < TAIL and tail .. text or text):sub(-TAIL)
    local lines, rest
    if text:find("\n", 1, true) then lines, rest = text:match "^(.*\n)([^\n]*)$" end
    if lines then put(lines) end
    rest = rest or text
    if rest ~= "" then pending[#pending + 1], size = rest, size + #rest end
    if size > LINE_MAX then put "" end
  end
  local function drain()
    local text = handle:read(0)
    while text do
      hear(text)
      text = handle:read(0)
    end
  end
  local text
  repeat
    text = handle:read()
    if text then hear(text) end
  until text == nil
  if not worker_shutdown.end_left(drain) then end_group(handle, drain) end
  drain()
  if size > 0 then put "\n" end
  return tail
end

-- The command for an error: paths of ports stay as they are written.
local function shown_line(job)
  return line_of(job.recipe, function(kind, name)
    local v = kind == "params" and job.params[name]
    if v == nil or v == false or type(v) == "table" or type(v) == "userdata" or is_secret(job, kind, name) then
      return command_template.spell { kind, name }
    end
    return port_file_form.text(v)
  end)
end

local HINTS = {
  [126] = "the program was found but cannot be started: is it executable?",
  [127] = "the shell finds no such program; the environment has only what env names: pass "
    .. "yours on with env = { PATH = true }",
}

local function error_text(job, tail, fmt, ...)
  local text = { string.format(fmt, ...) }
  for line in shown_line(job):gmatch "[^\n]+" do
    text[#text + 1] = #text <= SHOWN_LINES and "  " .. line or "  ..."
    if #text > SHOWN_LINES + 1 then break end
  end
  -- the first line is not whole
  if #tail == TAIL then tail = tail:match "\n(.*[^\n].*)$" or tail end
  local lines = format.last_lines(tail, TAIL_LINES)
  if #lines > 0 then
    text[#text + 1] = "the end of its output:"
    for _, line in ipairs(lines) do text[#text + 1] = "  " .. line end
  end
  return table.concat(text, "\n")
end

local function fail(...) error(error_text(...), 0) end

-- Raises, as the program was not started; that the system has no more of something is no mistake of the
-- script.
local function fail_to_start(job, program, message, code)
  local what = "the command cannot be started: " .. message
  if code == NO_ROOM then project.fail(error_text(job, "", "%s", what), code) end
  local why = exec_refusal.why(program)
  fail(job, "", "%s%s", what, why and "\n" .. why or "")
end

-- Why a program of the text cannot be started, as far as its file shows it; or nil.
local function why_unstarted(job)
  local value = param_text(job)
  local env, path = command_recipe_reads.variables(job.recipe, value)
  for _, one in ipairs(command_recipe_reads.of(job.recipe, value, env, path).programs) do
    local found = one[1]:find("/", 1, true) and one[1]
      or command_reads.find(one[1], one[2] or path or command_reads.SHELL_PATH)
    local why = found and exec_refusal.why(found)
    if why then return why end
  end
end

local SIGNALS = { [1] = "HUP", [2] = "INT", [3] = "QUIT", [4] = "ILL", [6] = "ABRT", [8] = "FPE", [9] = "KILL",
  [11] = "SEGV", [13] = "PIPE", [14] = "ALRM", [15] = "TERM" }

local function check_end(job, tail, code, signal)
  if code == 0 then return end
  if signal == 0 then
    fail(job, tail, "the exit status of the command is unknown: the host program reaps child processes (SIGCHLD)")
  elseif signal then
    local name = SIGNALS[signal]
    fail(job, tail, "the command was terminated by signal %d%s", signal, name and " (SIG" .. name .. ")" or "")
  end
  local hint = (code == 126 or code == 127) and why_unstarted(job) or (job.recipe.shell or code == 126) and HINTS[code]
  if code == 126 and tail:find "Argument list too long" then
    project.fail(error_text(job, tail, "a program in the text gets more than the system can "
      .. "pass; use a file, or the program's standard input"), NO_ROOM)
  end
  local noted = job.note and sys.read_file(job.note)
  local cause = noted and strict_mode.cause(job.text, noted, code)
  fail(job, tail, "the command ended with exit code %d%s%s", code, cause and ", " .. cause or "",
    hint and " (" .. hint .. ")" or "")
end

local function read_outputs(job, tail)
  local results, texts = {}, port_files.texts(job.values)
  for i, port in ipairs(job.recipe.outputs) do
    local ok, v = pcall(port_files.read, port, job.paths["outputs." .. port.name], texts)
    if not ok then fail(job, tail, 'output "%s": %s', port.name, tostring(v)) end
    results[i] = v
  end
  return table.unpack(results, 1, #job.recipe.outputs)
end

local function run_job(job)
  local value, again = value_in(job), {}
  local env, path = environment(job, value)
  note_depends(job.recipe, again)
  local program, argv = program_of(job, value, path, again)
  for _, port in ipairs(job.recipe.outputs) do value("outputs", port.name) end
  if job.recipe.secrets then context.set_unrecorded(job.ctx, require("rille.execute.secret_words").why(job)) end
  local out = job.recipe.stdout
  local held <close> = worker_shutdown.hold "held"
  local handle <close>, message, code = spawn.start { path = program, argv = argv, env = env, cwd = project.folder(),
    group = not held, out = out and job.paths["outputs." .. out] or nil }
  if not handle then fail_to_start(job, program, message, code) end
  local tail = follow(handle)
  local signal
  code, signal = handle:finish()
  if worker_shutdown.was_asked_to_end() then error("stopped", 0) end
  for _, name in ipairs(again) do command_reads.again(name) end
  check_end(job, tail, code, signal)
  return read_outputs(job, tail)
end

local function carry_out(recipe, ...)
  local args, n = table.pack(...), #recipe.inputs
  local job = { recipe = recipe, values = args, params = args[n + 1] or {}, ctx = running.context(), paths = {} }
  return run_job(job)
end
command.carry_out = carry_out

-- The function of every command step captures carry_out: in keys it stands under the name
-- that it had when this module was called rille.command.
fingerprint.intrinsic(carry_out, "rille.command.carry_out")

return command
