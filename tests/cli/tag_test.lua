-- rille tag: tags of runs and artifacts, put on by hand, from Lua and when a run starts.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local MAIN = [[
local s = step "s" { params = { n = 0 }, outputs = { t.integer "n" }, run = function(p) return p.n end }
return pipeline "main" { params = { n = 0 }, define = function(p) s { n = p.n } end }]]

local function project_with_runs()
  local p = scratch.script(MAIN)
  p:ok "run main.lua -q --name one --tag zeta --tag alpha"
  p:ok "run main.lua -q --name two --set n=1"
  return p
end

local function names(p, args)
  local list = {}
  for i, one in ipairs(p:json("runs " .. args).items) do list[i] = one.name end
  return table.concat(list, " ")
end

check.test("a run has the tags that it was started with and those put on later, in that order", function()
  local p <close> = project_with_runs()
  check.eq(p:ok "tag two best", "run two: added best\ntags: best\n")
  check.eq(p:ok "tag one middle alpha", "run one: added middle; alpha was already there\ntags: zeta, alpha, middle\n")
  check.eq(p:json("show one").tags, { "zeta", "alpha", "middle" })
  check.has(p:ok "show one", "\ntags        zeta, alpha, middle\n")
  check.has(p:ok "runs --columns tag", "zeta, alpha, middle")
  check.eq({ names(p, "--tag best"), names(p, "--tag alpha"), names(p, "--where 'tag != alpha'") },
    { "two", "one", "two" })
  check.eq({ names(p, "--tag alpha --tag zeta"), names(p, "--tag alpha --tag best") }, { "one", "" })
  check.eq(p:json("tag @-1 a b a"),
    { kind = "run", name = "two", changed = { "a", "b" }, tags = { "best", "a", "b" } })
end)

check.test("tags change no time and no order, and are recorded with their author", function()
  local p <close> = project_with_runs()
  local before = p:json("show one")
  local artifact = p:json "artifact list"
  p:ok "tag one best"
  p:ok "tag main::s::n best"
  local me = p:sh("id -un").out:gsub("%s", "")
  local after = p:json("show one")
  check.eq({ after.started, after.seconds, after.number }, { before.started, before.seconds, before.number })
  check.eq(p:json("artifact list").items[1].created, artifact.items[1].created)
  check.eq(names(p, ""), "two one")
  local done = p:sh [[sqlite3 .rille/meta.db "select kind, tag, added, coalesce(author, '-') from tagging order by id"]]
  check.eq(done.out,
    ("run|zeta|1|-\nrun|alpha|1|-\nrun|best|1|ann\nartifact|best|1|ann\n"):gsub("ann", me))
end)

check.test("a tag that nothing has is reported with what was probably meant", function()
  local p <close> = project_with_runs()
  check.eq(select(2, p:ok "runs --tag alhpa"), 'no run has the tag "alhpa"; did you mean "alpha"?\nno matching runs\n')
  check.eq(select(2, p:ok "runs --tag alpha --status failed"), "no matching runs\n")
  check.eq(select(2, p:ok "artifact list --tag alpha"), 'no artifact has the tag "alpha"\nno matching artifacts\n')
end)

check.test("an artifact is a name, with its version; a name of both kinds is the run", function()
  local p <close> = scratch.script((MAIN:gsub('t.integer "n"', '%0 { name = "both" }')))
  p:ok "run main.lua -q --name both"
  check.eq(p:ok "tag both@1 v", "both version 1: added v\ntags: v\n")
  check.eq(p:ok "tag both r", "run both: added r\ntags: r\n")
  check.eq(p:json("artifact list").items[1].tags, { "v" })
  check.eq(p:json("tag both@-1 w"), { kind = "artifact", name = "both", version = 1, changed = { "w" },
    tags = { "v", "w" } })
end)

check.test("what cannot be a tag, and what cannot have one, is refused with what to do", function()
  local p <close> = project_with_runs()
  local function refused(args, code) return select(2, p:ok("tag " .. args, code)) end
  check.eq(refused("one production", 2), 'rille: tag: "production" is a stage of model versions, not a tag; '
    .. "to move a version there: rille model promote MODEL production\n")
  check.eq(refused("one latest", 2), 'rille: tag: "latest" means the newest version and cannot be a tag\n')
  check.has(refused("main::s::n 'two words'", 2), "a tag must be a string without spaces, @ or commas")
  check.has(refused("one ''", 2), "a tag must be text without control characters")
  check.has(refused("one", 2), "usage: rille tag RUN|ARTIFACT|MODEL[@VERSION] TAG...")
  check.has(refused("onne best", 3), 'no run named \'onne\'; did you mean "one"?')
  check.has(refused("main best", 3), '"main" is a pipeline; for its newest run: main@-1')
  check.has(refused("main::s::n@9 best", 3), "artifact main::s::n has no version 9; the newest is 2")
  check.has(refused("one/s best", 3), "steps have no tags; tag the run (one)")
  check.has(select(2, p:ok("run main.lua --tag staging", 3)), '"staging" is a stage of model versions')
  check.eq(p:json("show one").tags, { "zeta", "alpha" }, "nothing was put on")
end)

check.test("a tag in a condition that nothing has is reported, as with --tag", function()
  local p <close> = project_with_runs()
  check.has(select(2, p:ok [[runs --where 'status = completed and tag = alfa']]),
    'no run has the tag "alfa"; available: alpha, zeta\nno matching runs\n')
  check.has(select(2, p:ok [[artifact list --where 'tag = "nothing"']]), 'no artifact has the tag "nothing"')
  check.has(select(2, p:ok "artifact list --pipeline mian"),
    'no runs of a pipeline named "mian"; did you mean "main"?\nno matching artifacts\n')
end)

check.test("Lua puts tags on runs and artifacts and takes them off", function()
  local p <close> = project_with_runs()
  p:write("ask.lua", [[
local run = require "rille".pipelines.main.runs[1]
print(#run.tags, run:tag("best", "zeta"), table.concat(run.tags, " "), run:untag "zeta", table.concat(run.tags, " "))
local artifact = run.steps.s.output
print(artifact:tag("x", "y"), artifact:untag("x", "z"), artifact.tags[1], #artifact.tags)
for _, f in ipairs { function() run:tag() end, function() run:tag "latest" end, function() run.tag "best" end,
  function() run:tag(7) end } do
  print((select(2, pcall(f))))
end]])
  local lines = {}
  for line in p:ok("-q ask.lua"):gmatch "[^\n]+" do lines[#lines + 1] = line end
  check.eq({ lines[1], lines[2] }, { "2\t1\tzeta alpha best\t1\talpha best", "2\t1\ty\t1" })
  check.has(lines[3], "run:tag: name a tag")
  check.has(lines[4], 'run:tag: "latest" means the newest version')
  check.has(lines[5], "run:tag")
  check.has(lines[6], "found 7")
end)

check.test("processes that tag at once lose no tag", function()
  local p <close> = project_with_runs()
  local parts = {}
  for i = 1, 8 do parts[i] = string.format('"$RILLE" -q tag one t%d & "$RILLE" -q tag one same & ', i) end
  check.eq(p:sh(table.concat(parts) .. "wait").err, "")
  check.eq(#p:json("show one").tags, 2 + 8 + 1)
  check.has(p:ok "fsck", " 0 problems")
end)

check.done()
