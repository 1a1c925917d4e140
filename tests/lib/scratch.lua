-- scratch.lua -- a project in a folder of its own, and rille run in it.
--
--   local project <close> = scratch.new()
--   project:write("main.lua", text)
--   local r = project:rille "run main.lua"        -- r.code, r.out, r.err
--
-- The program is that of paths.lua.

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
  local _, kind, code = os.execute(string.format("cd %s && export RILLE=%s && { %s\n} >%s 2>%s", quoted(self.dir), quoted(paths.rille), command, out, err))
  return { code = kind == "signal" and 128 + code or code, out = scratch.read(out), err = scratch.read(err) }
end

-- Runs rille with these arguments (as the shell reads them).
function Project:rille(arguments) return self:sh('"$RILLE" ' .. arguments) end

-- How the shell starts a stock lua5.4 that loads rille.so, or nil where there is none:
-- under AddressSanitizer its library has to be loaded first.
function scratch.stock_lua()
  local found = output_of "command -v lua5.4 || true"
  if found == "" then return nil end
  local sanitized = (os.getenv "B" or ""):find "asan"
  return (sanitized and "LD_PRELOAD=$(cc -print-file-name=libasan.so) ASAN_OPTIONS=detect_leaks=0 " or "") .. quoted(found)
end

local has_terminals

-- The program that runs a command on a pseudo-terminal (tests/lib/pty.c), quoted; where
-- the machine has no pseudo-terminals the test is skipped.
---@param check table
function scratch.pty(check)
  local pty = quoted(paths.build .. "/pty")
  if has_terminals == nil then has_terminals = os.execute(pty .. " 80 24 /dev/null -- true >/dev/null 2>&1") or false end
  if not has_terminals then check.cannot "there are no pseudo-terminals here (/dev/pts)" end
  return pty
end

function Project:__close()
  os.execute("rm -rf " .. quoted(self.dir) .. " " .. quoted(self.dir .. ".out") .. " " .. quoted(self.dir .. ".err"))
end

return scratch
