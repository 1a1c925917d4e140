-- libraries: shared libraries that results depend on, as facts of steps.
--
-- What a model computes in its last bits is up to liblapack, libsvm and the like: a step that uses one has the fact
-- "library NAME".  Its value changes when the loader finds another file, or when a variable tells the BLAS which kernel
-- to use.  (The kernel that a BLAS chooses by the processor is in the fact "libm".)

local libm = require "rille.host.libm"
local observe = require "rille.host.observe"
local sys = require "rille.host.sys"

local libraries = {}

-- Identifies the file that the loader would take for a library, without loading it.
---@param name string "liblapack.so.3"
---@return string
function libraries.id(name)
  local _, id = sys.library(name)
  return (id or "none") .. (name:find "^lib[%a]*blas" and " " .. (os.getenv "OPENBLAS_CORETYPE" or "") or "")
end

-- The running step, if there is one, depends on these.
---@param names string[]
function libraries.note(names)
  if not observe.running() then return end
  for _, name in ipairs(names) do observe.fact("value", "library " .. name, libraries.id(name)) end
end

-- The running step, if there is one, depends on the mathematical library.
function libraries.note_math()
  if observe.running() then observe.fact("value", "libm", libm.name()) end
end

return libraries
