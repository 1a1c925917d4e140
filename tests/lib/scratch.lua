-- scratch.lua -- a project in a folder of its own, and rille run in it.
--
--   local project <close> = scratch.new()
--   project:write("main.lua", text)
--   local r = project:rille "run main.lua"        -- r.code, r.out, r.err
--   local out, err = project:ok "run main.lua"    -- the exit code has to be 0
--   local run = project:json "show p@-1"          -- what --json prints, decoded
--   project:edit("n = 1", "n = 2")                -- in main.lua
--
--   local project <close> = scratch.script('local s = step "s" { ... }')
--
-- The program is that of paths.lua.

local json = require "rille.json"
local paths = require "paths"

local scratch = {}

local Project = {}
Project.__index = Project

local function quoted(s) return "'" .. s:gsub("'", "'\\''") .. "'" end
scratch.quoted = quoted

-- The whole of a file, or nil.
function scratch.read(path)
  local f = io.open(path, "rb")
  if not f then return nil end
  local text = f:read "a"
  f:close()
  return text
end

local function output_of(command)
  local p = assert(io.popen(command))
  local text = p:read "a"
  p:close()
  return (text:gsub("\n$", ""))
end

function scratch.new()
  local dir = output_of "mktemp -d"
  assert(dir ~= "", "no temporary folder can be made")
  return setmetatable({ dir = dir }, Project)
end

-- What scripts of the tests begin with.
scratch.HEAD = [[
local rille = require "rille"
local step, pipeline, t = rille.step, rille.pipeline, rille.types
]]

-- A project whose main.lua is HEAD and the text; files = { [name] = text }.
function scratch.script(text, files)
  local project = scratch.new()
  project:write("main.lua", scratch.HEAD .. text)
  for name, content in pairs(files or {}) do project:write(name, content) end
  return project
end

function Project:path(name) return self.dir .. "/" .. name end
function Project:read(name) return scratch.read(self:path(name)) end

function Project:write(name, text)
  local f = assert(io.open(self:path(name), "wb"))
  f:write(text)
  f:close()
end

-- Runs a command of the shell in the folder; $RILLE is the program.
function Project:sh(command)
  local out, err = self.dir .. ".out", self.dir .. ".err"
  local _, kind, code = os.execute(string.format("cd %s && export RILLE=%s && { %s\n} >%s 2>%s", quoted(self.dir),
    quoted(paths.rille), command, out, err))
  return { code = kind == "signal" and 128 + code or code, out = scratch.read(out), err = scratch.read(err) }
end

-- Runs rille with these arguments (as the shell reads them).
function Project:rille(arguments) return self:sh('"$RILLE" ' .. arguments) end

-- The same; the exit code has to be `code` (0).
function Project:ok(arguments, code)
  local r = self:rille(arguments)
  if r.code ~= (code or 0) then error(string.format("%s: exit %d\n%s%s", arguments, r.code, r.err, r.out), 2) end
  return r.out, r.err
end

function Project:json(arguments) return json.decode((self:ok(arguments .. " --json"))) end

-- Replaces the first `from` of main.lua by `to`.
function Project:edit(from, to)
  local text = self:read "main.lua"
  local first, last = text:find(from, 1, true)
  if not first then error("main.lua has no " .. from, 2) end
  self:write("main.lua", text:sub(1, first - 1) .. to .. text:sub(last + 1))
end

-- The newest run of a pipeline (main): its steps by id, and the run.
function Project:newest(pipeline)
  local run = self:json("show " .. (pipeline or "main") .. "@-1")
  local steps = {}
  for _, one in ipairs(run.steps) do steps[one.id] = one end
  return steps, run
end

-- What became of the steps of that run: "a=ran b=cached".
function Project:statuses(pipeline)
  local _, run = self:newest(pipeline)
  local parts = {}
  for i, one in ipairs(run.steps) do parts[i] = one.id .. "=" .. one.status end
  return table.concat(parts, " ")
end

-- How the shell starts a stock lua5.4 that loads rille.so, or nil where there is none:
-- under AddressSanitizer its library has to be loaded first.
function scratch.stock_lua()
  local found = output_of "command -v lua5.4 || true"
  if found == "" then return nil end
  local sanitized = (os.getenv "B" or ""):find "asan"
  return (sanitized and "LD_PRELOAD=$(cc -print-file-name=libasan.so) ASAN_OPTIONS=detect_leaks=0 " or "")
    .. quoted(found)
end

local has_terminals

-- The program that runs a command on a pseudo-terminal (tests/lib/pty.c), quoted; where
-- the machine has no pseudo-terminals the test is skipped.
---@param check table
function scratch.pty(check)
  local pty = quoted(paths.build .. "/pty")
  if has_terminals == nil then
    has_terminals = os.execute(pty .. " 80 24 /dev/null -- true >/dev/null 2>&1") or false
  end
  if not has_terminals then check.cannot "there are no pseudo-terminals here (/dev/pts)" end
  return pty
end

function Project:__close()
  os.execute("rm -rf " .. quoted(self.dir) .. " " .. quoted(self.dir .. ".out") .. " " .. quoted(self.dir .. ".err"))
end

return scratch
