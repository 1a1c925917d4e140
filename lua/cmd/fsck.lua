-- rille fsck: is everything that the metadata names there and whole?

local json = require "rille.json"
local format = require "rille.base.format"
local project = require "rille.project"
local global_options = require "rille.project.global_options"
local out = require "rille.show.out"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"

local command = {
  name = "fsck", order = 220, synopsis = "fsck",
  summary = "is everything in the store there, and whole?",
  usage = "fsck [--json]",
  max = 0,
  help = [[
rille fsck [--json]

Checks the metadata, and that every object it names is there and has the bytes
that its name says.  Objects that nothing names and temporary files are counted;
they are no problem.  A damaged object is never used: when a step needs it, the
step that made it runs again and puts it right.  One that no step needs is still
a hit of its own step: rille run FILE --no-cache makes it anew.

  --json   {"problems":[TEXT...],"objects":N,"unreferenced":N,"temporary":N}

Exit codes: 0 fine; 4 no store; 5 something is missing or damaged.

  rille fsck
  rille fsck --store /data/.rille --json
]],
}

function command.run()
  project.need "read"
  local problems, checked = {}, 0
  local lost = project.lost()
  if lost then problems[1] = lost end
  for _, look in ipairs { "check", "check_pages" } do
    local found, unable = project.meta[look](project.meta)
    for _, one in ipairs(found or { { message = unable } }) do problems[#problems + 1] = one.message end
  end
  local wanted, unreadable = project.meta:referenced()
  if not wanted then problems[#problems + 1] = unreadable end
  for digest, size in next, wanted or {} do
    checked = checked + 1
    local ok, message = project.store:verify(digest, size)
    if not ok then problems[#problems + 1] = message end
  end
  local loose = 0
  local each, walk, first, closing = project.store:objects()
  if each then
    local ok, message = pcall(function()
      for digest in each, walk, first, closing do if wanted and not wanted[digest] then loose = loose + 1 end end
    end)
    if not ok then problems[#problems + 1] = tostring(message) end
  else
    problems[#problems + 1] = walk        -- why they cannot be listed
  end
  local stray = #(sys.list(project.tmp_folder()) or {})
  if global_options.json then
    out.json { problems = json.array(problems), objects = checked, unreferenced = loose, temporary = stray }
  else
    for _, text in ipairs(problems) do terminal.put(format.in_colour("red", "bad"), "  ", text, "\n") end
    terminal.put(string.format("%s checked, %s; %d unreferenced, %d temporary\n", format.plural(checked, "object"),
      format.plural(#problems, "problem"), loose, stray))
    if #problems > 0 then terminal.put("  a damaged object heals when its step runs again\n") end
  end
  return #problems > 0 and 5 or 0
end

return command
