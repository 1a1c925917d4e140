-- canonical_code_test.lua -- the canonical form of code, over every Lua file here.
--
-- Re-spaced token by token (comments dropped or added, spaces and newlines at
-- random) a file has the same canonical form.  Edited at random it has another,
-- unless Lua compiles the edit to the very same bytes: the edits keep the number
-- of lines, so string.dump(f, true) is an independent judge of that.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local fp = require "rille.host.fingerprint"
local hash = require "rille.host.hash"

fp.setup(_G)

local MIN_FILES, EDITS, LONGEST = 60, 15, 200000

local seed = 20240611
local function random(n)
  seed = seed * 6364136223846793005 + 1442695040888963407
  return (seed >> 33) % n + 1
end

-- The text of the long bracket that opens at `at`, or nil.
local function long_bracket(text, at)
  local level = text:match("^%[(=*)%[", at)
  if not level then return nil end
  local _, last = text:find("]" .. level .. "]", at, true)
  return text:sub(at, last)
end

local function quoted(text, at)
  local quote, i = text:sub(at, at), at + 1
  while text:sub(i, i) ~= quote do
    i = i + (text:sub(i, i) == "\\" and 2 or 1)
  end
  return text:sub(at, i)
end

local function number(text, at)
  local exponent, i = text:find("^0[xX]", at) and "[pP]" or "[eE]", at
  while true do
    local _, last = text:find("^" .. exponent .. "[+-]?", i)
    if not last then _, last = text:find("^[%w_.]", i) end
    if not last then return text:sub(at, i - 1) end
    i = last + 1
  end
end

local operators = { "...", "<<", ">>", "//", "==", "~=", "<=", ">=", "::", ".." }

local function operator(text, at)
  for _, op in ipairs(operators) do
    if text:sub(at, at + #op - 1) == op then return op end
  end
  return text:sub(at, at)
end

-- text -> { { kind, text, at }, ... }; kind is name, number, string or operator
local function tokens_of(text)
  local list, at = {}, 1
  while true do
    at = text:find("%S", at)
    if not at then return list end
    local c, token, kind = text:sub(at, at), nil, nil
    if text:find("^%-%-", at) then
      local comment = long_bracket(text, at + 2)
      at = at + (comment and #comment + 2 or #text:match("^[^\n]*", at))
    else
      if c:find "[%a_]" then kind, token = "name", text:match("^[%w_]+", at)
      elseif text:find("^%.?%d", at) then kind, token = "number", number(text, at)
      elseif c == '"' or c == "'" then kind, token = "string", quoted(text, at)
      elseif text:find("^%[=*%[", at) then kind, token = "string", long_bracket(text, at)
      else kind, token = "operator", operator(text, at) end
      list[#list + 1] = { kind = kind, text = token, at = at }
      at = at + #token
    end
  end
end

local spaces = { " ", "\n", "\t", "  ", "\n\n  ", " --[[ a comment ]] ", " -- to the end\n", "\r\n",
  " --[==[\n]]\n]==] " }

local function respaced(tokens)
  local out = {}
  for i, t in ipairs(tokens) do out[i] = t.text .. spaces[random(#spaces)] end
  return table.concat(out)
end

local swaps = {
  ["+"] = "-", ["-"] = "+", ["*"] = "/", ["/"] = "*", ["//"] = "%", ["%"] = "//", ["<"] = "<=", ["<="] = "<",
  [">"] = ">=", [">="] = ">", ["=="] = "~=", ["~="] = "==", ["&"] = "|", ["|"] = "&", ["<<"] = ">>", [">>"] = "<<",
  ["and"] = "or", ["or"] = "and", ["true"] = "false", ["false"] = "true", [".."] = "+",
}

-- What a removed piece leaves: its newlines.
local function newlines(text) return " " .. text:gsub("[^\n]", "") .. " " end

-- Each returns another text of the token, and the number of tokens it replaces.
local edits = {
  function(t)
    return t.kind == "number"
      and (math.tointeger(t.text) and ("%d"):format(math.tointeger(t.text) + 1) or "(" .. t.text .. "+1)")
  end,
  function(t) return t.kind == "string" and t.text:find "^[\"']" and t.text:sub(1, 1) .. "x" .. t.text:sub(2) end,
  function(t) return swaps[t.text] end,
  function(t) return t.kind == "name" and t.text .. "_" end,
  function() return "", random(12) end,
}

-- The text with one edit that compiles, or nil after some attempts.
local function edited(text, tokens)
  for _ = 1, 40 do
    local i = random(#tokens)
    local t = tokens[i]
    local new, count = edits[random(#edits)](t)
    if new then
      local last = tokens[math.min(#tokens, i + (count or 1) - 1)]
      local after = last.at + #last.text
      if new == "" then new = newlines(text:sub(t.at, after - 1)) end
      local changed = text:sub(1, t.at - 1) .. new .. text:sub(after)
      local f = load(changed, "=edited", "t")
      if f then return f, changed end
    end
  end
end

local function canonical(f) return check.ok(fp.walk(f)).leaves[1].digest end

local function files()
  local seen, list = {}, {}
  local find = io.popen "find / -xdev -name '*.lua' -type f -not -path '/proc/*' 2>/dev/null | sort"
  for path in find:lines() do
    local file = io.open(path, "rb")
    local text = file and file:read "a" or ""
    if file then file:close() end
    text = text:gsub("^#[^\n]*", "")
    local id = hash.sha256(text)
    if not seen[id] and #text <= LONGEST
      and load(text, "=file", "t") then list[#list + 1] = { path = path, text = text } end
    seen[id] = true
  end
  find:close()
  return list
end

-- A dump says of each captured variable whether it is <const>, which is for the
-- compiler alone: two texts that compile alike without their <const> behave alike.
local function without_const(text) return string.dump(load(text:gsub("<%s*const%s*>", ""), "=file", "t"), true) end

local list = files()
local count = { respaced = 0, moved = 0, edits = 0, changed = 0, same = 0, functions = 0 }

check.test("there are enough files to speak of", function()
  check.ok(#list >= MIN_FILES,
    ("%d distinct Lua files, want %d: install lua-penlight lua-busted lua-ldoc lua-socket"):format(#list, MIN_FILES))
end)

check.test("a re-spaced file has the same canonical form", function()
  for _, file in ipairs(list) do
    file.tokens = tokens_of(file.text)
    local f = load(file.text, "=file", "t")
    local g, message = load(respaced(file.tokens), "=file", "t")
    if not g then error(file.path .. ": the tokenizer is wrong: " .. message) end
    file.digest, file.dump = canonical(f), string.dump(f, true)
    check.ok(canonical(g) == file.digest, file.path .. " differs when re-spaced")
    count.respaced = count.respaced + 1
    if string.dump(g, true) ~= file.dump then count.moved = count.moved + 1 end
  end
end)

check.test("an edited file has another canonical form, or compiles to the same bytes", function()
  for _, file in ipairs(list) do
    for _ = 1, #file.tokens > 0 and EDITS or 0 do
      local f, text = edited(file.text, file.tokens)
      if f then
        local differs, compiled = canonical(f) ~= file.digest, string.dump(f, true) ~= file.dump
        count.edits = count.edits + 1
        count.changed = count.changed + (differs and 1 or 0)
        if compiled and not differs then compiled = without_const(text) ~= without_const(file.text) end
        if differs ~= compiled then
          error(file.path .. " edited, canonical form differs: " .. tostring(differs) .. "\n" .. text)
        end
      end
    end
  end
  check.ok(count.changed > count.edits * 0.8, "most edits change something")
end)

io.stderr:write(("dump_property: %d files re-spaced (%d with other line numbers in the dump), %d edits, of which "
  .. "%d changed the code\n")
  :format(count.respaced, count.moved, count.edits, count.changed))
check.done()
