-- completing: what can stand at a place of a cell, and whether a cell is complete.
--
-- Front ends count characters, Lua counts bytes.

local completion = require "rille.repl.completion"
local entry = require "rille.repl.entry"
local json = require "rille.json"
local tokens = require "rille.repl.tokens"

local completing = {}

local INDENT <const> = "  "

-- The byte before the character with that number (from 0).
---@param text string
---@param at integer characters before the place
---@return integer bytes before it
function completing.bytes_before(text, at)
  local found = at > 0 and utf8.len(text) and utf8.offset(text, math.tointeger(at) + 1)
  return found and found - 1 or at > 0 and #text or 0
end

local function characters(text) return utf8.len(text) or #text end

-- The content of complete_reply.
---@param session Session
---@param code string
---@param cursor integer characters before it
---@return table
function completing.matches(session, code, cursor)
  local before = code:sub(1, completing.bytes_before(code, cursor))
  local found = table.pack(completion.of(session, before, #before))
  local first = found[2] and found[1] or #before + 1
  return { status = "ok", matches = json.array { table.unpack(found, 2, found.n) }, metadata = {},
    cursor_start = characters(before:sub(1, first - 1)), cursor_end = characters(before) }
end

local OPENS <const> = { ["function"] = 1, ["do"] = 1, ["then"] = 1, ["repeat"] = 1, ["end"] = -1, ["until"] = -1,
  ["elseif"] = -1, ["("] = 1, ["{"] = 1, [")"] = -1, ["}"] = -1 }

-- The blanks before the line that comes next: two for each block and bracket that is open.
local function indent_after(code)
  local depth = 0
  for _, token in ipairs(tokens.of(code)) do
    if token.kind == "keyword" or token.kind == "sign" then depth = depth + (OPENS[token.text] or 0) end
  end
  return INDENT:rep(math.max(0, depth))
end

-- The content of is_complete_reply.
---@param code string
---@return table
function completing.is_complete(code)
  if code:find "^%s*[.?]" then return { status = "complete" } end
  local kind, message = entry.kind(code, "=cell")
  if kind or require("rille.kernel.last_expression").find(code) then return { status = "complete" } end
  if message == "incomplete" then return { status = "incomplete", indent = indent_after(code) } end
  return { status = "invalid" }
end

return completing
