-- init: makes a project of a template.
--
--     template.yaml -> definition -> answers -> project (texts) -> syntax -> compare with what is there
--                                                                      |
--                                        staging folder <--------------+
--                                              |  lint
--                                        the project's folder (install)

local answers = require "rille.template.answers"
local compare = require "rille.template.compare"
local definition = require "rille.template.definition"
local inspection = require "rille.template.inspection"
local install = require "rille.template.install"
local out = require "rille.show.out"
local project = require "rille.template.project"
local questions = require "rille.template.questions"
local record = require "rille.template.record"
local signals = require "rille.project.signals"
local source = require "rille.template.source"
local staging = require "rille.template.staging"
local sys = require "rille.host.sys"
local text = require "rille.template.text"

local init = {}

---@class rille.template.request
---@field dir string
---@field template string? name or folder; nil: that of before
---@field before rille.template.record? of the project in dir
---@field set string[] of --set
---@field defaults boolean?
---@field force boolean?
---@field may_ask boolean
---@field given table<string, string> library, dir

local function check_stopped()
  if signals.received() then error({ exit = 130 }, 0) end
end

-- All answers, asked at the terminal where that is wanted and possible.
local function collect(def, request, before)
  local wishes = { set = answers.split(request.set), before = before and before.answers or {}, record = before,
    defaults = request.defaults, given = { template = def.name, rille_version = require "rille.base.version",
      year = before and before.year or os.date "%Y", library = request.given.library,
      dir = request.given.dir } }
  if request.defaults or not request.may_ask or not questions.can_ask() then return answers.collect(def, wishes) end
  local opened <close> = questions.open(def)
  wishes.ask = opened.ask
  return answers.collect(def, wishes)
end

-- Raises where files are in the way; shows what they have.
local function check_conflicts(dir, entries)
  local count, flaw = 0, nil
  for _, entry in ipairs(entries) do
    if entry.status == "conflict" then
      count, flaw = count + 1, flaw or entry.flaw
      compare.show((dir == "." and "" or dir .. "/") .. entry.file.path, entry)
    end
  end
  if count > 0 then
    out.usage("init: %s in the way; nothing was written; %s", count == 1 and "a file is" or count .. " files are",
      flaw and "choose another folder: rille init DIR" or "--force overwrites " .. (count == 1 and "it" or "them"))
  end
end

-- Makes the project's files in a staging folder, looks at them, and moves them.
---@return string[] removed staging folders that killed processes had left
local function write(def, dir, files, entries)
  local place = staging.place(dir)
  local removed = staging.sweep(place)
  local within <close> = signals.waiting_for "child"
  local stage <close> = staging.new(place)
  stage:write(files)
  check_stopped()
  inspection.lint(def, files, stage.project, function() return signals.received() ~= nil end)
  check_stopped()
  if sys.entry(dir) then install.into(stage, dir, entries) else install.as_new(stage, dir) end
  return removed
end

-- The template that is asked for, or that the project in dir was made of.
local function find(request)
  local before = request.before
  if request.template then return source.find(request.template) end
  if before.template:find "/" and sys.stat(before.template) ~= "folder" then
    out.usage("init: %s/%s says that the project was made of the template %s, which is not there; give --template DIR",
      request.dir, record.FILE, before.template)
  end
  return source.find(before.template)
end

-- Raises when the project would be made in its template, whose files it would then be.
local function check_apart(def, dir)
  local place = sys.realpath(dir) or sys.realpath(staging.place(dir)) or ""
  if def.place and (place .. "/"):sub(1, #def.place + 1) == def.place .. "/" then
    out.usage("init: %s is in the template %s; choose another folder: rille init DIR", dir, def.shown)
  end
end

-- Is it the template that the project was made of, maybe in another place?
local function is_same(before, def)
  return before and before.template:match "[^/]+$" == (def.place or def.name):match "[^/]+$"
end

-- Makes the project.  What is in dir stays as it is when anything fails.
---@param request rille.template.request
---@return table result { definition, values, entries, left, removed, version_before, next }
function init.make(request)
  local def = definition.read(find(request))
  check_apart(def, request.dir)
  local pieces, before = project.read(def), is_same(request.before, def) and request.before or nil
  local collected = collect(def, request, before)
  local files = project.render(def, pieces, collected.values)
  for _, file in ipairs(files) do
    if file.path == record.FILE then
      out.usage("init: template %s has a file %s, which rille writes", def.name, file.path)
    end
  end
  inspection.syntax(def, files)
  files[#files + 1] = { path = record.FILE, text = record.text(def, collected, files), executable = false }
  local entries = compare.files(request.dir, files, { keep = def.keep, before = before, force = request.force })
  check_conflicts(request.dir, entries)
  local removed = write(def, request.dir, files, entries)
  return { definition = def, values = collected.values, entries = entries,
    left = compare.left(request.dir, files, before), version_before = before and before.version,
    removed = removed, left_out = collected.left_out,
    next = def.next and text.render(def.next, collected.values) or nil }
end

-- The templates that come with rille: { { name, summary, version } ... }.
function init.list()
  local list = {}
  for i, name in ipairs(source.names()) do
    local def = definition.read(source.find(name))
    list[i] = { name = name, summary = def.summary, version = def.version, parameters = #def.parameters }
  end
  return list
end

init.names = source.names

return init
