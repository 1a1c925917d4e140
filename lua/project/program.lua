-- program: how this process was started, and the script that it runs.

local errors = require "rille.base.errors"

---@class rille.program
local program = {
  argv = nil,               ---@type string[]? the command line; nil in a library
  script = nil,             ---@type string? absolute path of the main script; nil for a text
  chunk = nil,              ---@type string? name of the main script's chunk
  is_main = false,          -- the main script was started as a program, not loaded for its pipelines
  observed = false,         -- the standard library is the one that rille observes
  hosted = false,           -- a program that embeds an engine (host/rille.h) opens and closes the store
  resume_command = nil,     ---@type string? the command that runs the script again
  exit_code = nil,          ---@type integer? of a script that ended well but reports a failure (a failed test)
  stop_reported = false,    -- the user was told that the last run was stopped
  has_run = false,          -- a step or a pipeline was run or planned
  ran = {},                 ---@type table<string, string> pipelines that the script ran by a call, and where
  has_tests = false,        -- the script ran tests
  completed = false,        -- the run completed, although a signal may have come
  code_version = nil,       ---@type rille.code_version|false|nil of the script (run/code_version.lua); nil: not asked
}

---@class rille.prompt_entries
---@field text fun(name: string): string? of an entry, "In[3]"
---@field source fun(stored: fun(digest: string): string?): table? all entries, as a source of a run

local entries               ---@type rille.prompt_entries? nil without a prompt

-- A session has the texts of its entries.
---@param given rille.prompt_entries
function program.set_entries(given) entries = given end

-- The text of an entry of the prompt.
---@param name string "In[3]"
---@return string?
function program.text(name) return entries and entries.text(name) end

-- What was entered at the prompt, as a source of a run; nil without a prompt.
---@param stored fun(digest: string): string? the text of a source of the store
---@return { path: string, digest: string, text: string }?
function program.entries_source(stored) return entries and entries.source(stored) end

local inspecting            -- name of the command that only inspects a script; else nil
local refused = false       -- the script wanted to run something while it was inspected

---@param argv string[]
function program.start(argv) program.argv = argv end

---@param path string? absolute
---@param chunk string
function program.set_script(path, chunk) program.script, program.chunk, program.code_version = path, chunk, nil end

---@param version rille.code_version|false false: the script is in no repository
function program.set_code_version(version) program.code_version = version end

---@param is_main boolean
function program.set_main(is_main) program.is_main = is_main end

function program.set_observed() program.observed = true end
function program.set_hosted() program.hosted = true end

---@param command string?
function program.set_resume_command(command) program.resume_command = command end

---@param code integer
function program.set_exit_code(code) program.exit_code = code end

---@param reported boolean
function program.set_stop_reported(reported) program.stop_reported = reported end

function program.set_has_run() program.has_run = true end

-- Notes where the script ran a pipeline by a call.
---@param pipeline string its name
---@param at string? "main.lua:9"
function program.set_ran(pipeline, at) program.ran[pipeline] = program.ran[pipeline] or at or "the script" end
function program.set_has_tests() program.has_tests = true end
function program.set_completed() program.completed = true end

-- Commands that only inspect a script (plan, lint, ...) run nothing that the script says.
---@param command string? its name; nil: the command runs pipelines
function program.inspect(command) inspecting, refused = command, command == nil and refused end

-- Raises where the script runs something although the command only inspects it.
---@param what string 'pipeline "x"'
function program.check_may_run(what)
  if not inspecting then return end
  refused = true
  errors.raise("rille %s only looks at the script, and here the script runs %s: put the call inside "
    .. "`if rille.main() then ... end`", inspecting, what)
end

-- Was something refused by check_may_run?
---@return boolean
function program.was_refused() return refused end

return program
