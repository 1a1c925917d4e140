-- kernelspec: the folder by which Jupyter finds the kernel: kernel.json and a logo.
--
--     JUPYTER_DATA_DIR, XDG_DATA_HOME/jupyter or ~/.local/share/jupyter    of a user
--     PREFIX/share/jupyter                                                 of an installation
--       kernels/NAME/{kernel.json, logo-svg.svg}

local json = require "rille.json"
local project = require "rille.project"
local sys = require "rille.host.sys"

local kernelspec = {}

local LOGO <const> = [[
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">
  <rect width="64" height="64" rx="12" fill="#22577A"/>
  <g fill="none" stroke="#BFD7B5" stroke-width="4"><path d="M18 18 L46 32 M18 46 L46 32"/></g>
  <g fill="#FFFFFF"><circle cx="18" cy="18" r="8"/><circle cx="18" cy="46" r="8"/></g>
  <circle cx="46" cy="32" r="8" fill="#FFB100"/>
</svg>
]]

-- The folder of Jupyter's data.
---@param prefix string? nil: the user's
---@return string
local function data_folder(prefix)
  if prefix then return prefix:gsub("/+$", "") .. "/share/jupyter" end
  local given = os.getenv "JUPYTER_DATA_DIR"
  if given and given ~= "" then return given end
  local data, home = os.getenv "XDG_DATA_HOME", os.getenv "HOME"
  if data and data ~= "" then return data .. "/jupyter" end
  if not home or home == "" then
    error({ usage = "kernel: HOME is not set; say where with --prefix DIR" }, 0)
  end
  return home .. "/.local/share/jupyter"
end

---@param prefix string?
---@param name string
---@return string
function kernelspec.folder(prefix, name) return data_folder(prefix) .. "/kernels/" .. name end

-- Writes the folder and returns it.
---@param prefix string?
---@param name string
---@return string
function kernelspec.write(prefix, name)
  local folder = kernelspec.folder(prefix, name)
  local program = project.check(sys.realpath "/proc/self/exe")
  local spec = { argv = json.array { program, "kernel", "--connection", "{connection_file}" },
    display_name = name == "rille" and "rille (Lua)" or name .. " (rille)", language = "lua",
    interrupt_mode = "signal", metadata = { debugger = false } }
  project.check(sys.mkdirs(folder))
  project.check(sys.write_file(folder .. "/kernel.json", json.encode(spec) .. "\n"))
  project.check(sys.write_file(folder .. "/logo-svg.svg", LOGO))
  return folder
end

-- Is the folder one of kernelspec.write?
local function is_ours(folder)
  local text = sys.read_file(folder .. "/kernel.json")
  local ok, spec = pcall(json.decode, text or "")
  return ok and type(spec) == "table" and type(spec.argv) == "table" and spec.argv[2] == "kernel"
    and spec.argv[3] == "--connection"
end

-- Removes the folder and returns it; nil where there is none of rille's.
---@param prefix string?
---@param name string
---@return string?
function kernelspec.remove(prefix, name)
  local folder = kernelspec.folder(prefix, name)
  if not is_ours(folder) then return nil end
  project.check(sys.remove(folder))
  return folder
end

return kernelspec
