-- report: what rille init prints of a project that it made of a template (the result of template/init.lua).

local format = require "rille.base.format"
local json = require "rille.json"
local out = require "rille.show.out"

local report = {}

local COLOUR <const> = { created = "green", updated = "green", overwritten = "yellow" }
local MOST <const> = 12                 -- new files that are listed one by one

-- The entries as lines: { status, path, n }; new files of a folder are one line where there are many, n files.
local function lines_of(entries)
  local lines, of_folder, created, unchanged = {}, {}, 0, 0
  for _, entry in ipairs(entries) do if entry.status == "created" then created = created + 1 end end
  for _, entry in ipairs(entries) do
    local path, status = entry.file.path, entry.status
    local folder = created > MOST and status == "created" and path:match "^[^/]+/"
    if status == "unchanged" then unchanged = unchanged + 1
    elseif folder and of_folder[folder] then
      local line = of_folder[folder]
      line.path, line.n = folder, (line.n or 1) + 1
    else
      lines[#lines + 1] = { status = status, path = path }
      if folder then of_folder[folder] = lines[#lines] end
    end
  end
  return lines, unchanged
end

---@param dir string
---@param result table
function report.put(dir, result)
  local def = result.definition
  local function path_of(path) return (dir == "." and "" or dir .. "/") .. path end
  local function put(status, text)
    out.line("  %s  %s", format.in_colour(COLOUR[status] or "grey", string.format("%-11s", status)), text)
  end
  for _, path in ipairs(result.removed) do put("removed", path .. ", left by a rille init that was killed") end
  if result.version_before and result.version_before ~= def.version then
    put("template", string.format("%s, version %s instead of %s", def.name, def.version, result.version_before))
  end
  for _, name in ipairs(result.left_out) do
    put("left out", "the answer " .. name .. ", which the template asks no more")
  end
  local lines, unchanged = lines_of(result.entries)
  for _, line in ipairs(lines) do
    put(line.status, path_of(line.path) .. (line.n and "  " .. out.grey(format.plural(line.n, "file")) or ""))
  end
  if unchanged > 0 then put("unchanged", format.plural(unchanged, "file")) end
  for _, path in ipairs(result.left) do put("left", path_of(path) .. ", which the template no longer has") end
  if result.next then out.line("\n%s", (result.next:gsub("%s+$", ""))) end
end

-- The same for programs.
---@param dir string
---@param result table
function report.json(dir, result)
  local files = {}
  for i, entry in ipairs(result.entries) do files[i] = { path = entry.file.path, status = entry.status } end
  out.json { template = result.definition.name, version = result.definition.version, dir = dir,
    files = json.array(files), left = json.array(result.left) }
end

return report
