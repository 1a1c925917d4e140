-- objects_test: files of commits, as git cat-file gives them.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local git_project = require "git_project"
local objects = require "rille.git.objects"

local test = git_project.test

test("files of a commit have the bytes that were committed", function()
  local odd = "a\0b\r\n\255 blob 3\n" .. ("x"):rep(200000)
  local p <close> = git_project.new { ["a/b c/x.lua"] = odd, ["empty.lua"] = "", ["y.lua"] = "1\n" }
  local sha = p:commit()
  p:write("y.lua", "2\n")
  local newer = p:commit()
  local reader <close> = objects.open(p.dir)
  check.eq(reader:text(sha, "a/b c/x.lua"), odd)
  check.eq(reader:text(sha, "empty.lua"), "")
  check.eq(reader:text(sha, "y.lua"), "1\n")
  check.eq(reader:text(newer, "y.lua"), "2\n")
  check.eq(reader:text(sha, "none.lua"), false)
  check.eq(reader:text(sha, "y.lua/x"), false)
  check.eq(reader:text(sha, "a/b c"), false)
  check.eq(reader:entry(sha, "a"), "folder")
end)

test("a commit has many names, and what is none is told", function()
  local p <close> = git_project.new { ["y.lua"] = "1\n" }
  local sha = p:commit()
  p:git "tag -a v1.0 -m one"
  p:git "branch side/a"
  local newer = p:commit()
  local reader <close> = objects.open(p.dir)
  for _, name in ipairs { sha, sha:sub(1, 7), "v1.0", "side/a", "HEAD~1", "main^" } do
    check.eq(reader:commit(name), sha, name)
  end
  check.eq(reader:commit "HEAD", newer)
  check.eq({ reader:commit "nosuch" }, { nil, "there is no such commit in this repository" })
  check.eq({ reader:commit "HEAD:y.lua" }, { nil, "this is not the name of a commit" })
  check.eq({ reader:commit "--help" }, { nil, "this is not the name of a commit" })
  check.eq({ reader:commit "a\nb" }, { nil, "this is not the name of a commit" })
  local tree = p:git "rev-parse HEAD^{tree}"
  check.ok(not reader:commit(tree))
  -- and it goes on working
  check.eq(reader:text(sha, "y.lua"), "1\n")
end)

test("digits that are the beginning of several commits are told", function()
  local p <close> = git_project.new {}
  local lines = {}
  for i = 1, 900 do
    lines[i] = string.format("commit refs/heads/b%d\ncommitter n <e@x> %d +0000\ndata 0\n\n", i, 1e9 + i)
  end
  p:write("import", table.concat(lines))
  p:git "fast-import --quiet < import"
  local seen, twice = {}, nil
  for sha in p:git("for-each-ref --format='%(objectname)'"):gmatch "%x+" do
    twice = seen[sha:sub(1, 4)] and sha:sub(1, 4) or twice
    seen[sha:sub(1, 4)] = true
  end
  check.ok(twice, "no two of 900 commits begin alike")
  local reader <close> = objects.open(p.dir)
  check.eq({ reader:commit(twice) },
    { nil, "more than one object begins with these digits: give more of them" })
  check.eq(reader:commit "b7", p:git "rev-parse b7")
end)

test("submodules, links and pointers of Git LFS are named", function()
  local other <close> = git_project.new { ["m.lua"] = "return 1" }
  other:commit()
  local p <close> = git_project.new { ["big.lua"] = "version https://git-lfs.github.com/spec/v1\noid sha256:"
    .. ("0"):rep(64) .. "\nsize 1\n", ["x.lua"] = "return 1" }
  p:sh "ln -s x.lua link.lua; ln -s . here"
  p:git("submodule add -q " .. other.dir .. " sub")
  local sha = p:commit()
  local reader <close> = objects.open(p.dir)
  check.eq({ reader:text(sha, "sub/m.lua") },
    { nil, "sub is a submodule: its files are not in this repository" })
  check.eq({ reader:text(sha, "big.lua") }, { nil, "big.lua is a pointer of Git LFS there, not code" })
  for path, at in pairs { ["link.lua"] = "link.lua", ["here/x.lua"] = "here" } do
    check.eq({ reader:text(sha, path) },
      { nil, at .. " is a symbolic link there, and links of a commit are not followed" })
  end
end)

test("a repository whose objects are damaged, or that is gone, is told and does not hang", function()
  local p <close> = git_project.new { ["x.lua"] = "return 1" }
  local sha = p:commit()
  local blob = p:git "rev-parse HEAD:x.lua"
  p:sh(string.format("chmod u+w .git/objects/%s/*; echo bad > .git/objects/%s/%s", blob:sub(1, 2), blob:sub(1, 2),
    blob:sub(3)))
  local reader <close> = objects.open(p.dir)
  local text, why = reader:text(sha, "x.lua")
  check.eq(text, nil)
  check.ok(#why > 0 and not why:find "\n", why)
  p:sh "rm -rf .git"
  local lost <close> = objects.open(p.dir)
  local found
  found, why = lost:commit(sha)
  check.eq(found, nil)
  check.has(why, "not a git repository")
end)

check.done()
