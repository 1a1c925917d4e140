-- stores: the artifact stores of a project with stacks.
--
-- A run writes to the artifact store of its stack, and only results of that store are hits for it.  What is read of
-- past runs is looked for in the others, too.

local config = require "rille.stack.config"
local errors = require "rille.base.errors"
local layered_store = require "rille.stack.layered_store"
local options = require "rille.stack.options"
local project = require "rille.project"
local stack = require "rille.stack"

local stores = {}

local KIND <const> = "artifact_store"

-- A function that gives the artifact stores of the configuration but for the default one, opened when it is first
-- called, and one that closes them.  A store that cannot be opened is left out: nothing of it can be read.
local function others_of(made)
  local opened
  local function open_all()
    opened = {}
    for _, name in ipairs(config.names(made.components[KIND])) do
      if name ~= config.DEFAULT then
        local one = made.components[KIND][name]
        local ok, object = pcall(stack.open, { kind = KIND, name = name, flavor = one.flavor, options = one.options })
        if ok then opened[#opened + 1] = object
        else
          opened.missing = "its artifact store may be one that cannot be opened: " .. errors.text_of(object, name)
        end
      end
    end
  end
  local function others()
    if not opened then open_all() end
    return opened
  end
  local function close() for _, one in ipairs(opened or {}) do one:close() end end
  return others, close
end

-- The store of a project with stacks: the default one, which reads from all.
---@param own Store
---@param dir string the .rille folder
---@return Store
function stores.of_project(own, dir)
  local made = config.read(dir)
  local others, close = others_of(made)
  return layered_store.new(own, others, dir, close)
end

-- What opens the metadata of the project; nil: the usual.
---@param dir string the .rille folder
---@return (fun(dir: string, how: table): Meta?, string?, integer?)?
function stores.metadata_opener(dir)
  local made = config.read(dir)
  local part = stack.built(made, made.active):parts("metadata_store")[1]
  if part.name == config.DEFAULT then return nil end
  return function(at, how) return (stack.open(part, { dir = at, how = how })) end
end

-- Makes the artifact store of the stack that of the open project; returns a function that puts the one before back.
---@param of_run rille.stack
---@return fun()
function stores.enter(of_run)
  local part = of_run:parts(KIND)[1]
  local before = project.store
  if part.name == config.DEFAULT or not before then return function() end end
  local own = of_run:objects(KIND)[1].object
  if project.mode == "write" then own:use_memo(project.meta) end
  project.use_store(layered_store.new(own, function() return { before } end))
  return function() project.use_store(before) end
end

-- What tells the results of the stack's artifact store from those of others: its flavor and where it is, not its name
-- and no secrets; nil: the default store.
---@param of_run rille.stack
---@return string?
function stores.id(of_run)
  local part = of_run:parts(KIND)[1]
  if part.name == config.DEFAULT then return nil end
  local flavor, given = stack.flavor_of(part), {}
  local values = options.resolve(string.format('artifact store "%s"', part.name), flavor, part.options)
  for name in next, part.options do if not flavor.secrets[name] then given[name] = values[name] end end
  return part.flavor .. " " .. require("rille.json").pack(given)
end

return stores
