-- repository_test: what is read of a repository's files is what git says.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local git_project = require "git_project"
local repository = require "rille.git.repository"

local test = git_project.test

local function real(p, name) return (p:sh("cd " .. (name or ".") .. " && pwd -P").out:gsub("\n", "")) end

test("the repository of a folder is the nearest one upward", function()
  local p <close> = git_project.new { ["a/b/x.lua"] = "" }
  check.eq(repository.find(p.dir .. "/a/b").root, real(p))
  p:sh "git init -q a"
  check.eq(repository.find(p.dir .. "/a/b").root, real(p, "a"))
  check.eq(repository.find "/", nil)
end)

test("the commit is that of a loose ref, of a packed one, and of a detached HEAD", function()
  local p <close> = git_project.new { ["x.lua"] = "" }
  local repo = repository.find(p.dir)
  check.eq(repository.head(repo), nil, "before the first commit")
  local sha = p:commit()
  check.eq(repository.head(repo), sha)
  p:git "branch other"
  p:git "pack-refs --all"
  check.eq(repository.head(repo), sha)
  local newer = p:commit()
  check.eq(repository.head(repo), newer)
  p:git("checkout -q --detach " .. sha)
  check.eq(repository.head(repo), sha)
end)

test("a work tree that git worktree added has its own commit and the common remote", function()
  local p <close> = git_project.new { ["x.lua"] = "" }
  p:commit()
  p:git "remote add origin https://host/x.git"
  p:git "worktree add -q -b side side"
  p:sh "cd side && git -c user.name=n -c user.email=e commit -q --allow-empty -m side"
  local repo = repository.find(p.dir .. "/side")
  check.eq(repo.root, real(p, "side"))
  check.eq(repository.head(repo), p:git "-C side rev-parse HEAD")
  check.eq(repository.remote(repo), "https://host/x.git")
end)

test("the remote is origin, else the first, without user and password", function()
  local p <close> = git_project.new {}
  local repo = repository.find(p.dir)
  check.eq(repository.remote(repo), nil)
  p:git "remote add away git@host:a/b.git"
  check.eq(repository.remote(repo), "git@host:a/b.git")
  p:git "remote add origin https://me:secret@host/x.git"
  check.eq(repository.remote(repo), "https://host/x.git")
  for url, shown in pairs { ["https://token@host/x.git?key=secret"] = "https://host/x.git",
    ["ssh://git:secret@host/x.git"] = "ssh://git@host/x.git", ["/srv/x.git"] = "/srv/x.git" } do
    p:git("remote set-url origin '" .. url .. "'")
    check.eq(repository.remote(repo), shown)
  end
end)

test("files that say something else are no commit and no repository", function()
  local p <close> = git_project.new { ["x.lua"] = "" }
  local repo = repository.find(p.dir)
  for _, text in ipairs { "", "ref: refs/heads/../../x\n", "ref: /etc/passwd\n", "rubbish\n", ("a"):rep(39) } do
    p:write(".git/HEAD", text)
    check.eq(repository.head(repo), nil, text)
  end
  p:sh "rm -rf .git"
  p:write(".git", "gitdir\n")
  check.eq(repository.find(p.dir), nil)
end)

check.done()
