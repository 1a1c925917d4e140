-- work_tree_test: what differs from the commit, as git tells it, and nothing is written for it.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local git_project = require "git_project"
local work_tree = require "rille.git.work_tree"

local test = git_project.test

local function state_of(p, below) return work_tree.answer(assert(work_tree.ask(p.dir, below)), 20) end

test("changed, staged, untracked and ignored files are told apart", function()
  local p <close> = git_project.new { ["a.lua"] = "1", ["b.lua"] = "1", ["gone.lua"] = "1", ["d/c.lua"] = "1",
    [".gitignore"] = "out/\n*.tmp\n" }
  local sha = p:commit()
  local state = state_of(p)
  check.eq(state, { commit = sha, changed = {}, loose = {} })
  p:write("a.lua", "2")
  p:write("b.lua", "2")
  p:git "add b.lua"
  p:sh "rm gone.lua; mkdir -p out new; echo > out/x; echo > new/y; echo > 'd/é \"q\".lua'; echo > d/z.tmp"
  state = state_of(p)
  check.eq(state.changed, { "a.lua", "b.lua", "gone.lua" })
  table.sort(state.loose, function(a, b) return a.path < b.path end)
  check.eq(state.loose, { { path = "d/z.tmp", ignored = true }, { path = 'd/é "q".lua', ignored = false },
    { path = "new/", ignored = false }, { path = "out/", ignored = true } })
  check.eq(work_tree.is_loose(state, "new/y"), true)
  check.eq(work_tree.is_loose(state, "out/deep/x.lua"), true)
  check.eq(work_tree.is_loose(state, "a.lua"), false)
  check.eq(work_tree.first_uncommitted(state, "d"), 'd/é "q".lua')
  check.eq(work_tree.first_uncommitted(state, "new/deep"), "new/")
  check.eq(work_tree.first_uncommitted(state, "out"), nil)
  check.eq(work_tree.first_uncommitted(state, ""), "a.lua")
  check.eq(#state_of(p, "d").changed, 0)
end)

test("the folder of a store is ignored before its .gitignore is written, too", function()
  local p <close> = git_project.new { ["a.lua"] = "1", ["d/b.lua"] = "1" }
  p:commit()
  p:sh "mkdir .rille d/.rille; echo > .rille/lock; echo > d/.rille/lock"
  local state = state_of(p)
  check.eq(state.loose, { { path = ".rille/", ignored = true }, { path = "d/.rille/", ignored = true } })
  check.eq({ work_tree.first_uncommitted(state, ""), work_tree.first_uncommitted(state, "d") }, {})
  p:sh "mkdir d/new.rille; echo > d/new.rille/x"
  check.eq(work_tree.first_uncommitted(state_of(p), "d"), "d/new.rille/")
end)

test("looking writes nothing, not even git's own notes about unchanged files", function()
  local p <close> = git_project.new { ["a.lua"] = "1" }
  p:commit()
  p:sh "touch -d '2001-01-01' a.lua"
  local before = p:state()
  check.eq(state_of(p).changed, {})
  check.eq(p:state(), before)
end)

test("variables of git do not lead to another repository", function()
  local p <close> = git_project.new { ["a.lua"] = "1", ["main.lua"] = [[
local rille = require "rille"
local s = rille.step "s" { outputs = { rille.types.integer "n" }, run = function() return 1 end }
return rille.pipeline "main" { define = function() s() end }]] }
  local sha = p:commit()
  local other <close> = git_project.new { ["b.lua"] = "1" }
  other:commit()
  local r = p:sh(string.format("GIT_DIR=%s/.git GIT_WORK_TREE=%s GIT_INDEX_FILE=%s/.git/index $RILLE run main.lua -q",
    other.dir, other.dir, other.dir))
  check.eq(r.code, 0, r.err)
  check.eq(p:json("show").git, { sha = sha, dirty = false })
end)

test("no program of the repository is run in place of git", function()
  local p <close> = git_project.new { ["main.lua"] = [[
local rille = require "rille"
local s = rille.step "s" { outputs = { rille.types.integer "n" }, run = function() return 1 end }
return rille.pipeline "main" { define = function() s() end }]], git = "#!/bin/sh\ntouch ran\n" }
  p:sh "chmod +x git; printf '#!/bin/sh\ntouch ran\n' > watch; chmod +x watch"
  p:commit()
  p:git "config core.fsmonitor ./watch"
  for _, path in ipairs { ".", ":", ".:$PATH" } do
    check.eq(p:sh("PATH=" .. path .. " $RILLE run main.lua -q").code, 0)
  end
  check.eq(p:read "ran", nil)
end)

test("what git says when it fails is the reason", function()
  local p <close> = git_project.new { ["a.lua"] = "1" }
  p:commit()
  p:sh "rm -rf .git/objects"
  local state, why = state_of(p)
  check.eq(state, nil)
  check.has(why, "not a git repository")
end)

check.done()
