-- integrations: what rille uses when it is installed, and which Debian package brings it.
--
-- An integration is { name, summary, needs = { { package, lib? | program? } ... } }: those below, and a flavor of a
-- component that requires something.  lib is the name of a shared library, or a list of names of which one is enough.

local flavors = require "rille.stack.flavors"
local kinds = require "rille.stack.kinds"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"

local integrations = {}

---@class rille.integration
---@field name string
---@field summary string
---@field needs { package: string, lib: string|string[]|nil, program: string? }[]

---@type rille.integration[]
local OWN <const> = {
  { name = "blas", summary = "fast products of matrices",
    needs = { { package = "libopenblas0", lib = { "libopenblas.so.0", "libblas.so.3" } } } },
  { name = "git", summary = "the commit of a run, pins, rille run --at",
    needs = { { package = "git", program = "git" } } },
  { name = "http", summary = "rille.http: an HTTP server; rille serve",
    needs = { { package = "libmicrohttpd12", lib = "libmicrohttpd.so.12" } } },
  { name = "linear", summary = "rille.linear: linear models",
    needs = { { package = "liblinear4", lib = "liblinear.so.4" },
      { package = "liblapack3", lib = "liblapack.so.3" } } },
  { name = "pca", summary = "rille.pca: principal components",
    needs = { { package = "liblapack3", lib = "liblapack.so.3" } } },
  { name = "svm", summary = "rille.svm: support vector machines",
    needs = { { package = "libsvm3", lib = "libsvm.so.3" } } },
  { name = "xgboost", summary = "rille.xgboost: gradient boosted trees",
    needs = { { package = "libxgboost0", lib = "libxgboost.so.0" } } },
}

-- All integrations, by name; a flavor has the name of its kind and its own where two kinds have one of that name.
---@return rille.integration[]
function integrations.all()
  local list, seen = {}, {}
  for i, one in ipairs(OWN) do list[i], seen[one.name] = one, true end
  for _, kind in ipairs(kinds.list) do
    for _, name in ipairs(flavors.names(kind.name)) do
      local flavor = flavors.get(kind.name, name)
      if flavor.requires[1] then
        local own = seen[name] and kind.word .. "-" .. name or name
        seen[own] = true
        list[#list + 1] = { name = own, summary = string.format("%s flavor %s", kind.title, name),
          needs = flavor.requires }
      end
    end
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

-- The integrations of these names; all without names.  nil and a sentence for a name that there is not.
---@param names string[]
---@return rille.integration[]?, string?
function integrations.named(names)
  local all, by_name, known, list = integrations.all(), {}, {}, {}
  if not names[1] then return all end
  for i, one in ipairs(all) do by_name[one.name], known[i] = one, one.name end
  for i, name in ipairs(names) do
    if not by_name[name] then
      local hint = suggest.hint(name, known)
      return nil, string.format('there is no integration "%s"%s', name,
        hint ~= "" and hint or "; available: " .. table.concat(known, ", "))
    end
    list[i] = by_name[name]
  end
  return list
end

local function has_library(names)
  for _, name in ipairs(type(names) == "table" and names or { names }) do
    if package.loadlib(name, "*") then return true end
  end
  return false
end

local function has_program(name)
  for folder in (os.getenv "PATH" or "/usr/bin:/bin"):gmatch "[^:]+" do
    if sys.stat(folder .. "/" .. name) == "file" then return true end
  end
  return false
end

local function has_package(name)
  if not has_program "dpkg-query" then return false end
  local p <close> = io.popen(string.format("dpkg-query -W -f '${Status}' '%s' 2>/dev/null", name))
  return p ~= nil and (p:read "a" or ""):find "ok installed" ~= nil
end

-- May the name be that of a package?  It becomes a word of a command.
---@param name any
---@return boolean
function integrations.is_package(name) return type(name) == "string" and name:find "^[%w][%w%.+%-]*$" ~= nil end

---@param need { package: string, lib: string|string[]|nil, program: string? }
---@return boolean
function integrations.is_there(need)
  if need.lib then return has_library(need.lib) end
  if need.program then return has_program(need.program) end
  return integrations.is_package(need.package) and has_package(need.package)
end

-- The packages that integrations need, each once, sorted; with missing those alone that are not there.
---@param list rille.integration[]
---@param missing boolean?
---@return string[]
function integrations.packages(list, missing)
  local names, seen = {}, {}
  for _, one in ipairs(list) do
    for _, need in ipairs(one.needs) do
      if not seen[need.package] and not (missing and integrations.is_there(need)) then
        seen[need.package], names[#names + 1] = true, need.package
      end
    end
  end
  table.sort(names)
  return names
end

return integrations
