-- rille init [DIR]: the starter, or a project made of a template (lua/template/).

local global_options = require "rille.project.global_options"
local json = require "rille.json"
local out = require "rille.show.out"
local project = require "rille.project"
local starter = require "rille.help.starter"
local sys = require "rille.host.sys"

local command = {
  name = "init", order = 100, synopsis = "init [DIR]",
  summary = "start a project, small or from a template",
  usage = "init [DIR] [--template NAME|DIR] [--template-with-defaults] [--set NAME=VALUE] [--force] [--templates] "
    .. "[--json]",
  max = 1,
  options = {
    ["--template"] = { value = "NAME|DIR", bare = "templates",
      words = function() return require("rille.template.init").names() end,
      text = "make the project of a template; without a name, list them" },
    ["--templates"] = { text = "list the templates that come with rille" },
    ["--template-with-defaults"] = { text = "ask nothing: what is not set keeps its default" },
    ["--set"] = { value = "NAME=VALUE", list = true, text = "answer a question of the template" },
    ["--force"] = { text = "overwrite files that are in the way" },
  },
  help = [[
rille init [DIR]
rille init [DIR] --template NAME|DIR [--template-with-defaults]
           [--set NAME=VALUE ...] [--force] [--json]
rille init --templates [--json]

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

With --template, the project comes from a template: one that rille has built in
(rille init --templates lists them), or a folder with a template.yaml of your
own (rille help templates).  Its questions are asked at the terminal: Enter
takes the default, ? explains a question, Ctrl-C stops and writes nothing.

  --template-with-defaults   ask nothing; what is not set keeps its default
  --set NAME=VALUE           the answer to a question; it is not asked
  --force                    overwrite files that are in the way; without it
                             their differences are shown, and nothing is written

The project is made in a folder of its own, its files are checked and its
scripts loaded by rille lint; then it moves to DIR.  If anything fails, DIR is
as it was.  The answers are in DIR/.rille-template.yaml.  Called again in such a
project, rille init takes the template and the answers from there: it updates
what the template makes differently now, and keeps files that you changed.

Exit codes: 0 success; 2 usage, or a file already exists; 3 a mistake in the
template; 4 the folder cannot be written; 130 stopped at a question.

  rille init weather && cd weather && rille run pipeline.lua && rille test
  rille init shop --template e2e_batch --set project_name='My shop'
]],
}

local function write(path, text)
  local file, message = io.open(path, "w")
  project.check(file, message, -3)
  local ok, why = file:write(text)
  local closed, also = file:close()
  if not ok or not closed then project.fail(path .. ": " .. (why or also), -3) end
end

-- The folder as the shell reads it.
local function quoted(dir)
  return dir:find "[^%w_./-]" and "'" .. dir:gsub("'", "'\\''") .. "'" or dir
end

-- The starter ------------------------------------------------------------------------------

local function write_starter(dir)
  local function path_of(file) return (dir == "." and "" or dir:gsub("/+$", "") .. "/") .. file.name end
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
  out.line("Run the pipeline with: %srille run pipeline.lua", dir == "." and "" or "cd " .. quoted(dir) .. " && ")
end

-- Templates --------------------------------------------------------------------------------

local function list_templates()
  local list = require("rille.template.init").list()
  if global_options.json then
    out.json { items = json.array(list), next = json.null }
    return
  end
  for _, one in ipairs(list) do
    out.line("%s  %s", one.name, one.summary)
    out.line("  %s", out.grey(string.format("rille init DIR --template %s", one.name)))
  end
end

local function of_template(args, dir, before)
  local report = require "rille.template.report"
  local result = require("rille.template.init").make { dir = dir, template = args.template, before = before,
    may_ask = not global_options.json, set = args.set or {}, defaults = args.template_with_defaults, force = args.force,
    given = { library = starter.library(), dir = quoted(dir) } }
  if global_options.json then report.json(dir, result) elseif not global_options.quiet then report.put(dir, result) end
end

-- Options that say something of a template alone.
local function check_starter(args)
  for _, name in ipairs { "set", "template_with_defaults", "force" } do
    if args[name] then
      out.usage("init: --%s is for templates; give --template NAME, of those that rille init --templates lists",
        (name:gsub("_", "-")))
    end
  end
end

function command.run(args)
  if args.templates then
    list_templates()
    return 0
  end
  local dir = (args[1] or "."):gsub("^%-", "./-")
  if dir == "" then out.usage "init: the name of the folder is empty" end
  project.check(sys.cwd())
  local kind = sys.stat(dir)
  if kind and kind ~= "folder" then out.usage("init: %s is not a folder", dir) end
  if not kind and sys.entry(dir) then out.usage("init: %s is a link to a folder that does not exist", dir) end
  local before = sys.stat(dir .. "/.rille-template.yaml") and require("rille.template.record").read(dir)
  if args.template or before then
    of_template(args, dir:gsub("(.)/+$", "%1"), before)
  else
    check_starter(args)
    write_starter(dir)
  end
  return 0
end

return command
