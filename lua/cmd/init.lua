-- rille init [DIR]

local out = require "rille.show.out"
local project = require "rille.project"
local starter = require "rille.help.starter"
local sys = require "rille.host.sys"

local command = {
  name = "init", order = 100, synopsis = "init [DIR]",
  summary = "start a project: a pipeline, its test, settings",
  usage = "init [DIR]",
  max = 1,
  help = [[
rille init [DIR]

Writes a small project into DIR (default: the working folder), creating the
folder if needed:

  pipeline.lua        a pipeline of two steps
  pipeline_test.lua   its tests, for rille test
  weather.csv         data for the pipeline
  .luarc.json         tells lua-language-server where rille's functions are
  stylua.toml         code style for the formatter StyLua
  .gitignore          keeps the store out of git

Nothing is overwritten.  Existing files among the last three are kept; if one of
the first three exists, nothing is written.

Exit codes: 0 success; 2 usage, or a file already exists; 4 the folder cannot be
written.

  rille init
  rille init weather && cd weather && rille run pipeline.lua && rille test
]],
}

local function write(path, text)
  local file, message = io.open(path, "w")
  project.check(file, message, -3)
  local ok, why = file:write(text)
  local closed, also = file:close()
  if not ok or not closed then project.fail(path .. ": " .. (why or also), -3) end
end

function command.run(args)
  local dir = (args[1] or "."):gsub("^%-", "./-")
  if dir == "" then out.usage "init: the name of the folder is empty" end
  project.check(sys.cwd())
  local function path_of(file) return (dir == "." and "" or dir:gsub("/+$", "") .. "/") .. file.name end
  local kind = sys.stat(dir)
  if kind and kind ~= "folder" then out.usage("init: %s is not a folder", dir) end
  local files = starter.files()
  for _, file in ipairs(files) do
    if file.ours and sys.stat(path_of(file)) then
      out.usage("init: %s already exists; nothing was written; choose another folder: rille init DIR", path_of(file))
    end
  end
  project.check(sys.mkdirs(dir))
  for _, file in ipairs(files) do
    local path = path_of(file)
    if sys.stat(path) then
      out.line("  kept     %s", path)
    else
      write(path, file.text)
      out.line("  created  %s", path)
    end
  end
  local shown = dir:find "[^%w_./-]" and "'" .. dir:gsub("'", "'\\''") .. "'" or dir
  out.line("Run the pipeline with: %srille run pipeline.lua", dir == "." and "" or "cd " .. shown .. " && ")
  return 0
end

return command
