-- git_project.lua -- a scratch project that is a git repository.
--
--   local p <close> = git_project.new { ["main.lua"] = text, ["steps/trainer.lua"] = text }
--   local sha = p:commit()                  -- all that is there
--   p:edit_file("steps/trainer.lua", "n + 1", "n + 2")
--   p:git "status --short"                  -- what git prints

local check = require "check"
local scratch = require "scratch"

local git_project = {}

-- Git as the tests use it: nothing of this machine's settings.
local GIT <const> = "GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null git -c user.name=n -c user.email=e@x "
  .. "-c commit.gpgsign=false -c init.defaultBranch=main -c protocol.file.allow=always "

function git_project.is_there() return os.execute "git --version >/dev/null 2>&1" or false end

-- A test that needs git.
function git_project.test(name, f)
  check.test(name, function()
    if not git_project.is_there() then check.cannot "git is not installed" end
    f()
  end)
end

local function git(self, words)
  local r = self:sh(GIT .. words)
  if r.code ~= 0 then error("git " .. words .. ": " .. r.err .. r.out, 2) end
  return (r.out:gsub("\n$", ""))
end

local function commit(self, message)
  git(self, "add -A")
  git(self, "commit -q --allow-empty -m " .. scratch.quoted(message or "change"))
  return git(self, "rev-parse HEAD")
end

local function put(self, name, text)
  local folder = name:match "^(.*)/"
  if folder then self:sh("mkdir -p " .. scratch.quoted(folder)) end
  self:write(name, text)
end

local function edit_file(self, name, from, to)
  local text = self:read(name)
  local first, last = text:find(from, 1, true)
  if not first then error(name .. " has no " .. from, 2) end
  self:write(name, text:sub(1, first - 1) .. to .. text:sub(last + 1))
end

-- Everything of the work tree and of git's own files that must not change, in a text.
local function state(self)
  return self:sh([[find . -path ./.rille -prune -o -type f -print0 | sort -z | xargs -0 sha256sum;
    find . -mindepth 1 -path ./.rille -prune -o -print0 | sort -z | xargs -0 stat -c '%n %A %s %Y']]).out
end

-- The programs with these words that still run in the project's folder, "" as soon as there are
-- none: a program whose caller was killed takes a moment to end, and more of it on a busy machine.
local function left_running(self, words)
  return self:sh("dir=$(pwd -P); words=" .. scratch.quoted(words) .. [[
;   for i in $(seq 100); do
      left=
      for pid in $(pgrep -f "$words"); do
        [ "$(readlink /proc/$pid/cwd)" = "$dir" ] && [ $pid != $$ ] && left="$left$(ps -o args= -p $pid)"
      done
      [ -z "$left" ] && exit
      sleep 0.1
    done
    echo "$left"]]).out
end

-- A repository with these files and nothing committed.
---@param files table<string, string>
function git_project.new(files)
  local p = scratch.new()
  p.git, p.commit, p.put, p.edit_file, p.state = git, commit, put, edit_file, state
  p.left_running = left_running
  p:git "init -q"
  for name, text in pairs(files) do put(p, name, text) end
  return p
end

return git_project
