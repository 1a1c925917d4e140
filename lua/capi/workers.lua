-- workers: where the steps of a run with rille_run_options.jobs run: which rille program starts the workers, and what
-- it is to load (execute/program_pool.lua).

local failure = require "rille.capi.failure"
local program_pool = require "rille.execute.program_pool"
local project = require "rille.project"
local sys = require "rille.host.sys"

local workers = {}

local function is_program(path)
  local real = sys.realpath(path)
  local kind, executable = sys.entry(real or path)
  return kind == "file" and executable or false
end

-- Places of the program: beside the library in the folder of a build, below the PREFIX of one that is installed, in
-- the folders of PATH.
local function places()
  local home = sys.home()
  local list = home and { home .. "/rille", home .. "/../bin/rille", home .. "/../../bin/rille" } or {}
  for folder in (os.getenv "PATH" or ""):gmatch "[^:]+" do
    if folder:sub(1, 1) == "/" then list[#list + 1] = folder .. "/rille" end
  end
  return list, home
end

-- The path of the program.
---@param named string? as the host set it
---@return string
local function find(named)
  if named and is_program(named) then return named end
  if named then
    failure.raise(failure.NOT_FOUND, "jobs: there is no program %s; name that of rille: "
      .. 'rille_set(engine, "program", PATH)', named)
  end
  local list, home = places()
  for _, path in ipairs(list) do if is_program(path) then return path end end
  failure.raise(failure.NOT_FOUND, 'jobs: the rille program was not found near the library (%s) nor in the folders '
    .. 'of PATH; name it: rille_set(engine, "program", PATH)', home or "?")
end

-- The runner of a run.
---@param jobs integer
---@param given { program: string?, scripts: string[], base: string?, pipeline: string, search: table }
---@return fun(env: TaskEnv, job: rille.run.job): Runner
function workers.runner(jobs, given)
  local program = given.scripts[1] and find(given.program)
  return function(env, job)
    if job.stack then
      job.emit("notice", nil, "steps run in the host's thread: the run has a stack")
      return program_pool.new(env, job.plan, jobs)
    end
    if not program then return program_pool.new(env, job.plan, jobs) end
    local hello = { version = require "rille.base.version", store = project.dir, base = given.base,
      scripts = given.scripts, path = given.search.path, cpath = given.search.cpath, pipeline = given.pipeline }
    return program_pool.new(env, job.plan, jobs, { program = program, hello = hello })
  end
end

return workers
