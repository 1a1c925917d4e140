-- secrets: the values of secret parameters that this process was given, and their marks.
--
-- A mark is what stands for a secret in graphs, keys, records and messages: "*** " and 32 hex digits of a hash of the
-- secret under a key of the project (HMAC-SHA256).  Equal secrets have equal marks; who has the database alone, and
-- not the key, cannot even try a guess.  The text of a mark is known only in processes that were given the secret, and
-- in their forks.
--
--     .rille/secret.key    32 random bytes in hex, which only the owner may read; made when a run first has a secret
--     .rille/secret.id     the beginning of a hash of that key, by which its loss is noticed
--
-- Loaded when a script defines a secret parameter; others find it with package.loaded, so that it costs them nothing.

local hash = require "rille.host.hash"
local json = require "rille.json"
local project = require "rille.project"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"

local secrets = {}

local HIDDEN <const> = "***"
local FORM <const> = "^%*%*%* %x+$"
local LENGTH <const> = 36           -- bytes of a mark
local SHORTEST <const> = 4          -- bytes of a text that is masked
local SHORTEST_LINE <const> = 8     -- bytes of a line that is masked, of a secret with several

local texts = {}                    -- by mark
local masked, is_masked = {}, {}    -- the texts that are masked, the longest first, and as a set
local keys = {}                     -- keys of projects by their folder, 32 bytes

-- The key --------------------------------------------------------------------------

local function key_file(dir) return dir .. "/secret.key" end

-- The key in the folder of a project; nil where it has none.
local function read_key(dir)
  local path = key_file(dir)
  local text, message, code = sys.read_file(path)
  if not text then
    if sys.stat(path) then project.fail(message, code) end
    return nil
  end
  local key = hash.unhex((text:gsub("%s+$", "")))
  if key then return key end
  project.fail(project.show_path(path) .. " is damaged: put a backup of it there, or remove it; without it steps "
    .. "with secrets run again", -12)
end

-- The key of this project.  Before a run makes the file, it is one of this process alone.
local function key_of_project()
  local dir = project.find()
  local key = keys[dir]
  if not key then
    key = read_key(dir) or project.check(sys.random())
    keys[dir] = key
  end
  return key
end

-- Tells when the key is another one than before.
local function check_identity(dir, key)
  local path, id = dir .. "/secret.id", hash.hex(hash.fields("I", "rille-secret-id/1", "k", key)):sub(1, 8)
  local before = sys.read_file(path)
  if before and before:match "%x+" == id then return end
  project.check(sys.write_file(path, id .. "\n"))
  if before then
    terminal.say("rille: ", project.show_path(key_file(dir)), " was lost or replaced; a new key is used, and steps ",
      "with secrets run again\n")
  end
end

-- A run begins that may have secrets: makes the key's file where it is missing.
function secrets.prepare()
  project.need "write"
  local dir = project.dir
  local key = read_key(dir)
  if not key then
    local own = keys[dir] or project.check(sys.random())
    project.check(sys.write_private(key_file(dir), hash.hex(own) .. "\n"))
    key = read_key(dir) or own
  end
  check_identity(dir, key)
  keys[dir] = key
end

-- Marks ----------------------------------------------------------------------------

-- Adds a text to those that are masked.
local function add_masked(text)
  if is_masked[text] then return end
  is_masked[text] = true
  masked[#masked + 1] = text
  table.sort(masked, function(a, b) if #a ~= #b then return #a > #b end return a < b end)
end

---@param v any
---@return boolean
function secrets.is_mark(v) return type(v) == "string" and #v == LENGTH and v:find(FORM) ~= nil end

-- The mark of a secret, which this process knows from here on.
---@param text string
---@return string mark
function secrets.mark(text)
  local mark = HIDDEN .. " " .. hash.hex(hash.hmac(key_of_project(), text)):sub(1, 32)
  if not texts[mark] then
    texts[mark] = text
    if #text >= SHORTEST then
      add_masked(text)
      -- as messages and JSON quote it
      add_masked(string.format("%q", text):sub(2, -2))
      add_masked((json.encode(text):sub(2, -2)))
    end
    if text:find "\n" then
      for line in text:gmatch "[^\r\n]+" do if #line >= SHORTEST_LINE then add_masked(line) end end
    end
  end
  return mark
end

-- The secret of a mark; nil where this process was not given it.
---@param mark string
---@return string?
function secrets.text(mark) return texts[mark] end

-- The mark under the project's key of today; nil where its secret is not known.
---@param mark string
---@return string?
function secrets.renewed(mark) return texts[mark] and secrets.mark(texts[mark]) end

-- Masks ----------------------------------------------------------------------------

local function plain_pattern(text) return (text:gsub("%W", "%%%0")) end

-- Are there texts to mask?
---@return boolean
function secrets.has_masks() return masked[1] ~= nil end

-- Has the text a secret in it?
---@param text string
---@return boolean
function secrets.shows(text)
  for _, one in ipairs(masked) do if text:find(one, 1, true) then return true end end
  return false
end

-- The text with *** in place of every secret of four bytes or more.
---@param text string
---@return string
function secrets.mask(text)
  for _, one in ipairs(masked) do
    if text:find(one, 1, true) then text = text:gsub(plain_pattern(one), HIDDEN) end
  end
  return text
end

-- A log whose middle is left out: what may be the halves of a secret is blotted out.  The length stays.
---@param text string
---@param head integer bytes before the gap
---@param at integer where the text after it begins
---@return string
function secrets.blotted(text, head, at)
  if not masked[1] then return text end
  local function stars(part) return ("*"):rep(#part) end
  return text:sub(1, head):gsub("[^\n]*$", stars, 1) .. text:sub(head + 1, at)
    .. text:sub(at + 1):gsub("^[^\n]*", stars, 1)
end

-- The log of code that ran in this process, masked: where its middle is left out, too (host/os/capped_log.c).
---@param log string
---@return string
function secrets.mask_log(log)
  if not masked[1] then return log end
  log = secrets.mask(log)
  local first, last = log:find "\n%[[%d,]+ bytes of this log omitted[^\n]*%]\n"
  return first and secrets.blotted(log, first - 1, last) or log
end

-- How the log of code that runs in this process is shown: as it comes, or, where secrets have to be taken out of it,
-- by show(log) at its end.
---@param echo boolean?
---@return boolean? echo, fun(log: string) show
function secrets.echo(echo)
  if not echo or not masked[1] then return echo, function() end end
  return false, function(log)
    if log ~= "" then terminal.say(terminal.log(secrets.mask_log(log), 2)) end
  end
end

local function masked_copy(v, copies)
  if type(v) == "string" then return secrets.mask(v) end
  if type(v) ~= "table" then return v end
  if copies[v] then return copies[v] end
  local copy, changed = setmetatable({}, debug.getmetatable(v)), false
  copies[v] = copy
  for k, x in next, v do
    local name, value = masked_copy(k, copies), masked_copy(x, copies)
    changed = changed or name ~= k or value ~= x
    rawset(copy, name, value)
  end
  if changed then return copy end
  copies[v] = v
  return v
end

-- A copy of data in which all texts are masked; the data itself where none is.
---@param v any
---@return any
function secrets.masked(v) return masked_copy(v, {}) end

return secrets
