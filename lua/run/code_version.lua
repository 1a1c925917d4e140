-- code_version: which commit the code of a run is of, for the run's row and for `rille show`.
--
-- The row has, as JSON (run.git): {
--   sha, remote,                         of the repository that the script is in
--   dirty = true | false | nil           tracked files differ from the commit, or code that the run loaded is not in
--                                        it; nil: git could not tell, or not in time
--   why = path | nil                     the first such file, relative to the root of the repository
--   modules = { { name =, folder =, uncommitted = path | nil, steps = { names } | nil }, ... }   where the steps are
--                                        defined; steps = nil: all that no other module has.  uncommitted: the first
--                                        file in the module's folder that is not in the commit; sha: the module is of
--                                        that commit by itself (rille.at).  nodes: ids of those whose step has the name
--                                        of a step of another module
--   past = true | nil                    the script was taken from the commit (rille run --at)
-- }.  git works beside the run and is asked once for the code that a script loaded.  Without a repository nothing is
-- done but to look for one.

local graph = require "rille.graph"
local hash = require "rille.host.hash"
local json = require "rille.json"
local observe = require "rille.host.observe"
local pins = require "rille.git.pins"
local program = require "rille.project.program"
local project = require "rille.project"
local signals = require "rille.project.signals"
local sys = require "rille.host.sys"

local code_version = {}

local ID <const>, STEP <const> = graph.ID, graph.STEP

-- Seconds that a run waits for git at its end: one that ran steps, one that took all from the cache.
local PATIENCE <const>, PATIENCE_CACHED <const> = 2, 0.5
local LOOKED_AT <const> = 500       -- steps whose reads are looked at for code, at most

---@class rille.code_version
---@field repo rille.git.repository
---@field sha string? of HEAD, when the run began
---@field remote string?
---@field asked table? git, which has not answered yet
---@field state rille.git.state? its answer
---@field why string? there is no answer
---@field is_past boolean? the script is that of a commit, not of the work tree
local Version = { __name = "code version" }
Version.__index = Version

-- Begins to find out what the script is of; nil without a repository.
---@return rille.code_version?
function code_version.look()
  local repository = require "rille.git.repository"
  local repo = repository.find(project.folder())
  if not repo then return nil end
  local self = setmetatable({ repo = repo }, Version)
  if repository.is_own(repo) then self.sha, self.remote = repository.head(repo), repository.remote(repo) end
  self.asked, self.why = require("rille.git.work_tree").ask(repo.root)
  return self
end

-- The version of a script that is taken from a commit.
---@param repo rille.git.repository
---@param sha string
---@return rille.code_version
function code_version.of_commit(repo, sha)
  local remote = require("rille.git.repository").remote(repo)
  return setmetatable({ repo = repo, sha = sha, remote = remote, is_past = true,
    state = { commit = sha, changed = {}, loose = {} } }, Version)
end

local function is_stopped() return signals.received() ~= nil end

-- git's answer is there after this call, if it comes in time.
local function wait(self, seconds)
  if not self.asked then return end
  self.state, self.why = require("rille.git.work_tree").answer(self.asked, seconds, is_stopped)
  self.asked = nil
  if self.state then self.sha = self.state.commit or self.sha end
end

-- Paths --------------------------------------------------------------------------------------

-- The path relative to the root of the repository; nil for one outside of it.
local function within(root, path)
  if root == "/" then return path:sub(2) end
  return path:sub(1, #root + 1) == root .. "/" and path:sub(#root + 2) or nil
end

-- The same of a source's name: relative to the base folder, or absolute.  A link counts as what it leads to, as in git;
-- nil also for what is not there.
local function path_of(self, name)
  local path = sys.realpath(project.resolve(name))
  return path and within(self.repo.root, path)
end

-- The file that a function's code is in, relative to the root; nil for code without a file in it.
local function file_of(self, source)
  if source:sub(1, 1) ~= "@" then return nil end
  local pin = pins.of(source)
  if pin then return pin.path, pin.sha end
  if source == program.chunk then return program.script and within(self.repo.root, program.script) end
  return path_of(self, source:sub(2))
end

local function folder_of(path) return path:match "^(.*)/[^/]*$" or "" end

-- steps/trainer.lua below the base folder is the module steps.trainer.
local function module_of(self, path)
  local base = within(self.repo.root, project.folder() .. "/") or ""
  if base ~= "" and path:sub(1, #base) == base then path = path:sub(#base + 1) end
  return (path:gsub("%.lua$", ""):gsub("/init$", ""):gsub("/", "."))
end

-- Modules ------------------------------------------------------------------------------------

-- The source of the code that says what a step does.
local function source_of(step)
  if step.command then return step.at and "@" .. step.at:gsub(":%d+$", "") or nil end
  return step.run and debug.getinfo(step.run, "S").source
end

-- The entry of the file that a source is in; false without one.
local function entry_of(self, entries, source)
  local file, sha = file_of(self, source)
  if not file then return false end
  local key = file .. "@" .. (sha or "")
  if not entries[key] then
    entries[key] = { file = file, sha = sha }
    entries[#entries + 1] = entries[key]
  end
  return entries[key]
end

-- Notes that a step of the name is of the entry; of the names that several entries have, the nodes count.
local function note(entry, names, id, name)
  local owner = names[name]
  if not owner then
    names[name] = entry
    entry[#entry + 1] = name
  elseif owner ~= entry then
    entry.nodes = entry.nodes or {}
    entry.nodes[#entry.nodes + 1] = id
  end
end

-- The files that the steps of a graph are defined in, in the order of these: { file, sha, nodes, name, ... }.
local function files_of(self, g)
  local entries, names, by_step, by_source = {}, {}, {}, {}
  for i = 1, #g.nodes do
    local node = g.nodes[i]
    local step = node[STEP]
    local entry = by_step[step]
    if entry == nil then
      local source = source_of(step)
      if source and by_source[source] == nil then by_source[source] = entry_of(self, entries, source) end
      entry = source and by_source[source] or false
      by_step[step] = entry
    end
    if entry then note(entry, names, node[ID], step.name) end
  end
  return entries
end

-- The first file that keeps the steps of a module from being pinned.
local function uncommitted(self, entry, folder)
  if entry.sha then return nil end
  local work_tree = require "rille.git.work_tree"
  return work_tree.is_loose(self.state, entry.file) and entry.file
    or work_tree.first_uncommitted(self.state, folder)
end

local function modules_of(self, g)
  local list, most = {}, nil
  for k, entry in ipairs(files_of(self, g)) do
    local folder = folder_of(entry.file)
    list[k] = { name = module_of(self, entry.file), folder = folder, sha = entry.sha, steps = { table.unpack(entry) },
      nodes = entry.nodes,
      uncommitted = uncommitted(self, entry, folder) }
    if not most or #entry > #list[most].steps then most = k end
  end
  if most then list[most].steps = nil end
  return list
end

-- Code in the work tree that no commit has -------------------------------------------------------

-- Endings of files of code.
local CODE <const> = {}
for ending in ("lua so py sh r R jl pl js"):gmatch "%a+" do CODE[ending] = true end

-- Is the file code by its name?
---@param path string
---@return boolean
function code_version.is_code(path) return CODE[path:match "%.(%w+)$"] or false end

-- The name, where it is that of code that is not tracked: the path relative to the root.
local function untracked(self, name)
  local path = name and path_of(self, name)
  return path and require("rille.git.work_tree").is_loose(self.state, path) and path or nil
end

-- May code be among what is not tracked?  A run's own store is not looked at.
local function may_hold_code(self)
  local store = project.dir and path_of(self, project.dir)
  for _, one in ipairs(self.state.loose) do
    if one.path ~= (store or "") .. "/" and (one.path:sub(-1) == "/" or code_version.is_code(one.path)) then
      return true
    end
  end
  return false
end

-- The first file of untracked code among what a step was seen to read.
local function in_reads(self, reads)
  for _, fact in ipairs(reads and observe.describe(reads) or {}) do
    local name = fact.kind == "module" and fact.path or fact.kind == "file" and code_version.is_code(fact.name)
      and fact.name
    local path = name and untracked(self, name)
    if path then return path end
  end
end

-- Steps that bring in code when they run.
local LOADERS <const> = { require = true, load = true, loadfile = true, dofile = true }

local function brings_code(step, spec)
  if step.command then return true end
  for _, name in ipairs(spec.info and spec.info.reaches or {}) do if LOADERS[name] then return true end end
  return false
end

local function in_steps(self, plan, reads_of)
  local known, n = {}, 0
  for i, node in ipairs(plan.graph.nodes) do
    local step = node[STEP]
    if known[step] == nil then known[step] = step.run ~= nil and brings_code(step, plan.world.spec(node)) end
    local reads = known[step] and n < LOOKED_AT and reads_of(i)
    n = reads and n + 1 or n
    local path = reads and in_reads(self, reads)
    if path then return path end
  end
end

-- The first file of code that the run loaded and that is not in the commit.
local function untracked_code(self, plan, reads_of)
  if self.is_past or not may_hold_code(self) then return nil end
  for _, one in ipairs(observe.sources()) do
    local path = untracked(self, one.path)
    if path then return path end
  end
  return in_steps(self, plan, reads_of)
end

-- The row ------------------------------------------------------------------------------------

-- What is known when a run begins, as JSON; nil for nothing.
---@return string?
function Version:at_begin()
  return self.sha and json.pack { sha = self.sha, remote = self.remote } or nil
end

-- What is known when it ends.
---@param plan table
---@param is_cached boolean the run took everything from the cache
---@param reads_of fun(position: integer): string? what a step was seen to read, packed
---@return string?
function Version:at_end(plan, is_cached, reads_of)
  wait(self, is_cached and PATIENCE_CACHED or PATIENCE)
  if not self.state then return self:at_begin() end
  if not self.sha then return nil end
  local flaw = self.state.changed[1] or untracked_code(self, plan, reads_of)
  self.modules = modules_of(self, plan.graph)
  return json.pack { sha = self.sha, remote = self.remote, dirty = flaw ~= nil, why = flaw,
    modules = self.modules, past = self.is_past }
end

-- All that the text of a run is made of, beside its steps and what they read: two runs with the same have the same
-- text.  nil where git has not answered.
---@return string?
function Version:basis()
  wait(self, PATIENCE_CACHED)
  if not self.state or self.is_past then return nil end
  local sources, loose = {}, {}
  local store = project.dir and path_of(self, project.dir)
  for _, one in ipairs(self.state.loose) do
    local is_own = store and one.path:sub(1, #store + 1) == store .. "/"
    if not is_own then loose[#loose + 1] = { one.path, one.ignored } end
  end
  for i, one in ipairs(observe.sources()) do
    sources[i] = { one.path, hash.hex(one.digest), sys.realpath(project.resolve(one.path)) }
  end
  return hash.hex(hash.sha256(json.pack { sha = self.sha, remote = self.remote, changed = self.state.changed,
    loose = loose, root = self.repo.root, base = project.folder(), script = program.script,
    sources = sources }))
end

-- The modules of the last run, for its console; of later runs of the script nil.
---@return table[]?
function Version:take_modules()
  local modules = not self.is_told and self.modules or nil
  self.is_told = self.is_told or modules ~= nil
  return modules
end

return code_version
