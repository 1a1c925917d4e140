-- .luarc_plugin.lua -- tells lua-language-server where the modules of rille are (3.9 and
-- later; it asks once whether the plugin is trusted).
--
--   rille.plan            lua/plan/plan.lua
--   rille.plan.estimate   lua/plan/estimate.lua
--   rille.frame.column    stdlib/frame/column.lua
--   check                 tests/lib/check.lua
--
-- rille.host.*, rille.array, rille.csv, rille.json and rille.yaml are C.

local FOLDERS <const> = { "lua/", "stdlib/", "", "tests/lib/" }

local function path_of(uri)
  return (uri:gsub("^file://", ""):gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

local function exists(path)
  local f = io.open(path)
  if f then f:close() end
  return f ~= nil
end

-- The files of the module `name`, as URIs; `uri` is that of the workspace.
---@param uri string
---@param name string
---@return string[]?
function ResolveRequire(uri, name)
  if name == "rille.face" then name = "rille" end       -- what the program itself calls it
  local path = name:gsub("^rille%.", ""):gsub("%.", "/")
  local last = path:match "[^/]+$"
  for _, folder in ipairs(FOLDERS) do
    for _, file in ipairs { folder .. path .. ".lua", folder .. path .. "/" .. last .. ".lua" } do
      if exists(path_of(uri) .. "/" .. file) then return { uri .. "/" .. file } end
    end
  end
end
