-- code_version_test: runs record the commit of their code, and steps are pinned to it.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local git_project = require "git_project"
local scratch = require "scratch"

local test = git_project.test

local MAIN <const> = scratch.HEAD .. [[
local train = require "steps.trainer"
local a = step "a" { outputs = { t.integer "n" }, run = function() return 1 end }
return pipeline "main" { define = function() train { n = a() } end }
]]
local TRAINER <const> = [[
local rille = require "rille"
local t = rille.types
return rille.step "train" { inputs = { t.integer "n" }, outputs = { t.integer "m" },
  run = function(n) return n + 1 end }
]]

local function project()
  return git_project.new { ["main.lua"] = MAIN, ["steps/trainer.lua"] = TRAINER, ["steps/more.lua"] = "return 1\n",
    ["data.csv"] = "a\n1\n" }
end

local function pins(p)
  local steps = p:newest()
  return (steps.a.pin or "none") .. " " .. (steps.train.pin or "none")
end

test("a run records its commit, whether the tree was clean, and the remote; a cached one too", function()
  local p <close> = project()
  p:git "remote add origin https://me:pw@host/x.git"
  local sha = p:commit()
  for _ = 1, 2 do
    p:ok "run main.lua -q"
    check.eq(p:json("show").git, { sha = sha, dirty = false, remote = "https://host/x.git" })
  end
  check.has(p:ok "show", "code        " .. sha:sub(1, 10) .. "  https://host/x.git\n")
  check.eq(p:ok [[-e 'local git = require "rille".pipelines.main.runs[-1].git print(git.sha, git.dirty, git.remote)']],
    sha .. "\tfalse\thttps://host/x.git\n")
  p:edit_file("steps/trainer.lua", "n + 1", "n + 2")
  p:ok "run main.lua -q"
  local git = p:json("show").git
  check.eq(git.dirty, true)
  local sum = p:sh "sha256sum steps/trainer.lua".out:match "^%x+"
  local kept
  for _, one in ipairs(git.sources) do if one.path == "steps/trainer.lua" then kept = one.digest end end
  check.eq(kept, sum)
  check.has(p:ok "show @-1/train --source", "n + 2")
  check.has(p:ok "show", "the code as it ran: rille show")
  check.has(p:ok "show", sha:sub(1, 10) .. ", with uncommitted changes (steps/trainer.lua)")
end)

test("runs are found by their commit and by uncommitted changes", function()
  local p <close> = project()
  local first = p:commit()
  p:ok "run main.lua -q --name one"
  local second = p:commit()
  p:ok "run main.lua -q --name two"
  p:edit_file("data.csv", "1", "2")
  p:ok "run main.lua -q --name three"
  local function found(where)
    local names = {}
    for i, run in ipairs(p:json("runs --where '" .. where .. "'").items) do names[i] = run.name end
    return table.concat(names, " ")
  end
  check.eq(found("git.sha = " .. first:sub(1, 7)), "one")
  check.eq(found("git.sha = " .. second), "three two")
  check.eq(found("git.sha != " .. first:sub(1, 12)), "three two")
  check.eq(found "git.dirty = true", "three")
  check.has(p:rille("runs --where 'git.sha > 12'").err, "expected = or != and 4 or more hexadecimal digits")
end)

test("untracked data does not make a tree dirty, untracked code that the run loads does", function()
  local p <close> = project()
  p:commit()
  p:write("more.csv", "1")
  p:ok "run main.lua -q"
  check.eq(p:json("show").git.dirty, false)
  p:write("helper.lua", "return 1")
  p:edit("local a =", 'require "helper"\nlocal a =')
  p:git "add main.lua"
  p:git "commit -qm main"
  p:ok "run main.lua -q"
  check.eq(p:json("show").git.dirty, true)
  p:write(".gitignore", "helper.lua\n")
  p:git "add .gitignore"
  p:git "commit -qm ignore"
  p:ok "run main.lua -q"
  check.eq(p:json("show").git.dirty, true)
  check.has(p:ok "show", "(helper.lua)")
end)

test("untracked code that a step loads while it runs counts, in a run and from the cache", function()
  local LATE <const> = scratch.HEAD .. [[
local s = step "s" { outputs = { t.integer "n" }, run = function() return %s end }
return pipeline "main" { define = function() s() end }
]]
  for code, file in pairs { ['(require "helper")'] = "helper.lua", ['dofile "helper.lua"'] = "helper.lua",
    ['(require "lib.helper")'] = "lib/helper.lua" } do
    local p <close> = git_project.new { ["main.lua"] = LATE:format(code) }
    p:commit()
    p:sh "mkdir lib"
    p:write(file, "return 1")
    for _, status in ipairs { "completed", "cached" } do
      p:ok "run main.lua -q"
      check.eq(p:statuses(), "s=" .. status)
      check.eq(p:json("show").git.dirty, true, code)
      check.has(p:ok "show", "(" .. file .. ")")
    end
  end
  local p <close> = git_project.new { ["main.lua"] = scratch.HEAD .. [[
local s = step "s" { outputs = { t.string "n" }, command = "sh make.sh > {outputs.n}" }
return pipeline "main" { define = function() s() end }
]] }
  p:commit()
  p:write("make.sh", "echo 1")
  p:ok "run main.lua -q"
  check.has(p:ok "show", "(make.sh)")
end)

test("code behind a link is the file that it leads to", function()
  local p <close> = git_project.new { ["main.lua"] = MAIN, ["real/trainer.lua"] = TRAINER }
  p:sh "ln -s real steps"
  local sha = p:commit()
  p:ok "run main.lua -q"
  check.eq(pins(p), "main.a@" .. sha .. " real.trainer.train@" .. sha)
  p:git "rm -q --cached real/trainer.lua"
  p:write(".gitignore", "real/\n")
  p:commit()
  p:ok "run main.lua -q"
  check.eq(p:json("show").git.dirty, true)
  local steps = p:newest()
  check.eq(steps.train.pin, nil)
end)

test("a script that runs steps one by one is told once what is not committed", function()
  local p <close> = git_project.new { ["main.lua"] = scratch.HEAD .. [[
local s = step "s" { params = { i = 0 }, outputs = { t.integer "n" }, run = function(p) return p.i end }
for i = 1, 3 do s { i = i } end
]] }
  p:commit()
  p:edit("1, 3", "1, 4")
  local _, err = p:ok "main.lua"
  check.eq(select(2, err:gsub("not committed: main.lua", "")), 1)
end)

test("a step is pinned when all files of its module's folder are committed, else the run says what is not", function()
  local p <close> = project()
  local sha = p:commit()
  local _, err = p:ok "run main.lua"
  check.ok(not err:find "not committed", err)
  check.eq(pins(p), "main.a@" .. sha .. " steps.trainer.train@" .. sha)
  check.has(p:ok "show @-1/train", "code        steps.trainer.train@" .. sha:sub(1, 10) .. "\n")
  p:edit("return 1 end", "return 2 end")
  _, err = p:ok "run main.lua"
  check.has(err, "\n  not committed: main.lua; steps of its folder are not pinned to a commit\n")
  check.eq(pins(p), "none steps.trainer.train@" .. sha)
  check.has(p:ok "show @-1/a", "code        main.lua is not committed; no pin\n")
  p:write("steps/new.lua", "return 1")
  p:ok "run main.lua"
  check.eq(pins(p), "none none")
end)

test("the engine's own steps are recorded with its version", function()
  local p <close> = git_project.new { ["main.lua"] = scratch.HEAD .. [[
local list = step "list" { outputs = { t.list(t.integer) "ns" }, run = function() return { 1, 2 } end }
local twice = step "twice" { inputs = { t.integer "n" }, outputs = { t.integer "m" }, run = function(n) return 2 * n end }
return pipeline "main" { define = function() twice:map { n = list() } end }
]] }
  p:commit()
  p:ok "run main.lua -q"
  local steps = p:newest()
  check.eq(steps.twice.kind, "map")
  check.eq(steps.twice.pin, "rille.map@" .. require "rille"._VERSION)
end)

test("without a repository, or without the program git, everything works and nothing is said", function()
  local p <close> = scratch.new()
  p:write("main.lua", MAIN)
  p:sh "mkdir steps"
  p:write("steps/trainer.lua", TRAINER)
  local _, err = p:ok "run main.lua"
  check.ok(not err:find "git" and not err:find "commit", err)
  check.eq(p:json("show").git, nil)
  local q <close> = project()
  local sha = q:commit()
  local r = q:sh "PATH=/none $RILLE run main.lua"
  check.eq(r.code, 0, r.err)
  check.ok(not r.err:find "git", r.err)
  check.eq(q:json("show").git, { sha = sha })
  check.has(q:ok "show", "not known whether all changes were committed")
end)

test("a git that is killed, fails or does not end leaves it open whether there are changes", function()
  local p <close> = project()
  local sha = p:commit()
  p:edit_file("data.csv", "1", "2")
  p:sh "mkdir bin"
  for answer, seconds in pairs { ["printf '# branch.oid " .. sha .. "\\0'; kill -9 $$"] = 3,
    ["printf '# branch.oid " .. sha .. "\\0'; exit 1"] = 3, ["exec sleep 77"] = 9 } do
    p:write("bin/git", "#!/bin/sh\n" .. answer .. "\n")
    p:sh "chmod +x bin/git"
    for _, option in ipairs { "--no-cache", "" } do
      local began = os.time()
      local r = p:sh("PATH=$PWD/bin:$PATH $RILLE run main.lua -q " .. option)
      check.eq(r.code, 0, r.err)
      check.ok(os.time() - began <= seconds, answer)
      check.eq(p:json("show").git, { sha = sha }, answer)
    end
  end
  check.eq(p:left_running "sleep 77", "")
end)

test("before the first commit there is nothing to record", function()
  local p <close> = project()
  p:ok "run main.lua"
  check.eq(p:json("show").git, nil)
end)

test("the repository of another user is refused as git does", function()
  local p <close> = project()
  p:commit()
  if p:sh("chown -R 4242 . && id -u").out ~= "0\n" then check.cannot "only root can give files away" end
  local store <close> = scratch.new()
  local r = p:sh("HOME=/none $RILLE run main.lua -q --store " .. store.dir)
  check.eq(r.code, 0, r.err)
  local run = require "rille.json".decode((p:ok("show --json --store " .. store.dir)))
  check.eq(run.status, "completed")
  check.eq(run.git, nil)
end)

test("a run that is killed has its commit, and the next command closes it", function()
  local p <close> = git_project.new { ["main.lua"] = scratch.HEAD .. [[
local s = step "s" { outputs = { t.integer "n" }, run = function() os.execute "touch begun; sleep 20" return 1 end }
return pipeline "main" { define = function() s() end }
]] }
  local sha = p:commit()
  local r = p:sh [[ "$RILLE" run main.lua -q & pid=$!; for i in $(seq 200); do [ -e begun ] && break; sleep 0.05; done
    kill -9 $pid; wait $pid; exit 0 ]]
  check.eq(r.code, 0)
  local run = p:json "show"
  check.eq(run.status, "failed")
  check.eq(run.git.sha, sha)
end)

check.done()
