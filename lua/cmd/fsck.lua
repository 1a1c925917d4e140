-- rille fsck: is everything that the metadata names there and whole?

local json = require "rille.json"
local format = require "rille.base.format"
local project = require "rille.project"
local global_options = require "rille.project.global_options"
local out = require "rille.show.out"
local sys = require "rille.host.sys"

local command = {
  name = "fsck", order = 500, synopsis = "fsck",
  summary = "check that the store is complete and intact",
  usage = "fsck [--json]",
  max = 0,
  help = [[
rille fsck [--json]

Checks the metadata, and that every object in it exists and matches its digest.
Unreferenced objects and temporary files are counted, but are not problems.  A
damaged object is never used: when a step needs it, the step that produced it
runs again and repairs it.  If no other step needs it, its own step is still a
hit; to repair it, use rille run FILE --no-cache.

  --json   {"problems":[TEXT...],"objects":N,"unreferenced":N,"temporary":N}

Exit codes: 0 success; 4 no store; 5 something is missing or damaged.

  rille fsck
  rille fsck --store /data/.rille --json
]],
}

-- What is wrong with the metadata.
local function check_metadata(problems)
  local lost = project.lost()
  if lost then problems[1] = lost end
  for _, check in ipairs { "check", "check_pages" } do
    local found, unable = project.meta[check](project.meta)
    for _, one in ipairs(found or { { message = unable } }) do problems[#problems + 1] = one.message end
  end
end

-- Verifies the objects that the metadata names: how many there are, and a set of them.
local function check_objects(problems)
  local count, wanted, unreadable = 0, project.meta:referenced()
  if not wanted then problems[#problems + 1] = unreadable end
  for digest, size in next, wanted or {} do
    count = count + 1
    local ok, message = project.store:verify(digest, size)
    if not ok then problems[#problems + 1] = message end
  end
  return count, wanted
end

-- How many objects are not in the set.
local function count_unreferenced(wanted, problems)
  local count = 0
  local each, walk, first, closing = project.store:objects()
  if not each then
    problems[#problems + 1] = walk        -- why they cannot be listed
    return count
  end
  local ok, message = pcall(function()
    for digest in each, walk, first, closing do if wanted and not wanted[digest] then count = count + 1 end end
  end)
  if not ok then problems[#problems + 1] = tostring(message) end
  return count
end

function command.run()
  project.need "read"
  local problems = {}
  check_metadata(problems)
  local objects, wanted = check_objects(problems)
  local unreferenced = count_unreferenced(wanted, problems)
  local temporary = #(sys.list(project.tmp_folder()) or {})
  if global_options.json then
    out.json { problems = json.array(problems), objects = objects, unreferenced = unreferenced, temporary = temporary }
    return #problems > 0 and 5 or 0
  end
  for _, text in ipairs(problems) do out.line("%s  %s", format.in_colour("red", "bad"), text) end
  out.line("%s checked, %s; %d unreferenced, %d temporary", format.plural(objects, "object"),
    format.plural(#problems, "problem"), unreferenced, temporary)
  if #problems > 0 then out.line "  a damaged object is repaired when its step runs again" end
  return #problems > 0 and 5 or 0
end

return command
