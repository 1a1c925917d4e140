-- serve_program: how the server of a deployment is started: `rille serve MODEL@X --status FILE ...` as a process of its
-- own session, which has the lock of the deployment's folder as long as it lives.

local environment = require "rille.base.environment"
local errors = require "rille.base.errors"
local project = require "rille.project"
local spawn = require "rille.host.spawn"
local sys = require "rille.host.sys"

local serve_program = {}

local SEARCHED <const> = "/usr/local/bin:/usr/bin:/bin"

-- The program `rille`: this one, or in a library and a stock Lua the one in the PATH.
---@return string? path, string? why
function serve_program.path()
  local own = sys.realpath "/proc/self/exe"
  if own and own:match "[^/]*$" == "rille" then return own end
  local found = spawn.find("rille", os.getenv "PATH" or SEARCHED, "/")
  if found then return found end
  return nil, "the program rille is not in the PATH; a deployment is a process of it"
end

-- The words of its command line.
---@param record table of project/deployments.lua
---@param status string the file in which it says that it is ready
---@return string[]
function serve_program.words(record, status)
  local words = { "serve", record.which and record.model .. "@" .. record.which or record.model, "--host", record.host,
    "--port", tostring(record.port), "--status", status, "--store", project.dir or (project.find()) }
  if record.token_env then table.move({ "--token-env", record.token_env }, 1, 2, #words + 1, words) end
  if record.artifact then table.move({ "--artifact", record.artifact }, 1, 2, #words + 1, words) end
  if record.script then table.move({ "--script", record.script }, 1, 2, #words + 1, words) end
  return words
end

local function own_environment()
  local list = environment.list "RILLE_STORE="      -- it is no part of a run
  if not list[1] then
    for _, name in ipairs { "HOME", "PATH", "TMPDIR", "LANG" } do
      if os.getenv(name) then list[#list + 1] = name .. "=" .. os.getenv(name) end
    end
  end
  return list
end

-- The variables of this process, with the token as it is now.
local function environment_of(record)
  local list, name = own_environment(), record.token_env
  local token = name and os.getenv(name)
  if token then
    for i = #list, 1, -1 do if list[i]:sub(1, #name + 1) == name .. "=" then table.remove(list, i) end end
    list[#list + 1] = name .. "=" .. token
  end
  return list
end

-- Starts it.
---@param record table
---@param folder string of the deployment
---@param lock table of sys.lock_folder, which it has from now on
---@return table? handle, string? why
function serve_program.start(record, folder, lock)
  local path, why = record.program, nil
  if not path then path, why = serve_program.path() end
  if not path then return nil, why end
  local words, log = serve_program.words(record, folder .. "/status.json"), folder .. "/log"
  local f <close> = errors.need(io.open(log, "ab"))
  f:write(string.format("--- %s: rille %s\n", os.date "%Y-%m-%d %H:%M:%S", table.concat(words, " ")))
  f:close()
  return spawn.start { path = path, argv = { "rille", table.unpack(words) }, env = environment_of(record),
    cwd = project.folder(), out = log, apart = true, keep = lock }
end

return serve_program
