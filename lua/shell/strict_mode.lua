-- strict_mode: how a text runs in bash so that it fails when a part of it fails.
--
-- bash -e -o pipefail alone takes a part of a pipeline that SIGPIPE ends for a
-- failure (`yes | head -1`, `if zcat big | grep -q x`).  So each part before the last
-- becomes
--     ( rille_part && :; ( PART ) )
-- where rille_part sets a trap on the end of this subshell: 141, the end by SIGPIPE,
-- becomes 0, all else stays.  The inner subshell is what SIGPIPE reaches, so the outer
-- one lives to tell, and what PART says of -e and of traps stays its own affair.
-- `&& :` leaves $? as it was before the pipeline, and no failure of it counts.
--
-- A text that looks at the ends of parts itself (PIPESTATUS, traps on ERR, DEBUG), or
-- at $_, runs as it is, as do the texts of eval and of files that it reads: there
-- bash's own pipefail holds.
--
-- A trap on ERR notes which command failed, for the message of the step:
--     status, line, status of each part of the pipeline, then the command's text

local shell = require "rille.shell"

local strict_mode = {}

strict_mode.PROGRAM = "/bin/bash"
-- How the text runs, in the key: another number when the shell is given another text
-- for the same one.
strict_mode.MODE = "bash -e -o pipefail, 2"

local PART <const> = [[rille_part() { set -- "$?"; trap 'case $? in 141) exit 0;; esac' EXIT; return "$1"; }; ]]
local NOTE <const> = [[trap '{ builtin printf "%s " "$?" "$LINENO" "${PIPESTATUS[@]}"; ]]
  .. [[builtin printf "\n%s" "$BASH_COMMAND"; } >| "$rille_note"' ERR; ]]
-- -e holds in $(...), too; bash before 4.4 has no such option.
local INHERIT <const> = "shopt -s inherit_errexit 2>/dev/null || :; "
local RUN <const> = [[rille_note=$1 rille_text=$2; set --; eval "$rille_text"]]

local function has(text, word) return text:find("%f[%w_]" .. word .. "%f[^%w_]") ~= nil end

local function looks_itself(text)
  return has(text, "PIPESTATUS") or has(text, "ERR") or has(text, "DEBUG") or text:find "%$_%f[^%w_]"
    or text:find "%${_%f[^%w_]"
end

-- The text with every part before the last of a pipeline as told above.
---@param text string
---@param pipelines table[]
---@return string
local function with_parts(text, pipelines)
  local marks = {}
  for _, parts in ipairs(pipelines) do
    -- `time !` is that of the pipeline, and cannot stand in a part
    for i = parts[1].negated and 2 or 1, #parts - 1 do
      marks[#marks + 1] = { parts[i][1], " ( rille_part && :; ( ", 1 }
      marks[#marks + 1] = { parts[i][2], " ) ) ", 0 }
    end
  end
  -- at one place a part ends before the next begins; of two that begin there either
  -- may be the outer one
  table.sort(marks, function(a, b) if a[1] ~= b[1] then return a[1] < b[1] end return a[3] < b[3] end)
  local list, from = {}, 1
  for _, mark in ipairs(marks) do
    list[#list + 1] = text:sub(from, mark[1] - 1)
    list[#list + 1] = mark[2]
    from = mark[1]
  end
  list[#list + 1] = text:sub(from)
  return table.concat(list)
end

-- The words of bash for a text.  path: what is PATH where env gives none, or nil; note():
-- the file for the note of what failed.
---@param text string
---@param path string?
---@param note fun(): string
---@return string[] argv
function strict_mode.words(text, path, note)
  local commands, pipelines = shell.parse(text), shell.pipelines(text)
  local itself = looks_itself(text)
  local parts = pipelines and #pipelines > 0 and not itself
  local single = commands and #commands == 1 and not (pipelines and #pipelines > 0)
  local before = (path and "PATH=" .. path .. "; " or "") .. (single and "" or INHERIT) .. (parts and PART or "")
    .. (not single and not itself and NOTE or "")
  -- a command that is alone takes the place of bash
  if before == "" then return { strict_mode.PROGRAM, "-e", "-o", "pipefail", "-c", text, "bash" } end
  return { strict_mode.PROGRAM, "-e", "-o", "pipefail", "-c", before .. RUN, "bash", not single and note() or "",
    parts and with_parts(text, pipelines) or text }
end

-- The pipeline of the text with so many parts that stands at the line, when there is
-- one such alone.
local function pipeline_at(text, line, n)
  local found
  for _, one in ipairs(shell.pipelines(text) or {}) do
    local _, lines = text:sub(one[1][1], one[#one][2] - 1):gsub("\n", "")
    if #one == n and line >= one.line and line <= one.line + lines then
      if found then return nil end
      found = one
    end
  end
  return found
end

local function on_a_line(text) return (text:gsub("^%s+", ""):gsub("%s+$", ""):gsub("%s*\n%s*", " ")) end

-- What failed, in a phrase, by what the trap has noted; nil when that is not of the
-- end of the text.
---@param text string
---@param noted string
---@param code integer
---@return string?
function strict_mode.cause(text, noted, code)
  local ends, command = noted:match "^([%d ]+)\n(.*)$"
  local list = {}
  for n in (ends or ""):gmatch "%d+" do list[#list + 1] = math.tointeger(tonumber(n)) end
  if list[1] ~= code then return nil end
  local line = list[2]
  if #list == 3 then return string.format("in line %d: %s", line, on_a_line(command)) end
  local pipeline, failed = pipeline_at(text, line, #list - 2), {}
  for i = 3, #list do
    if list[i] ~= 0 then
      local part = pipeline and on_a_line(text:sub(pipeline[i - 2][1], pipeline[i - 2][2] - 1))
        or string.format("part %d of %d", i - 2, #list - 2)
      failed[#failed + 1] = string.format("%s ended with %d", part, list[i])
    end
  end
  local whole = pipeline and on_a_line(text:sub(pipeline[1][1], pipeline[#pipeline][2] - 1)) or "a pipeline"
  return string.format("in line %d: %s: %s", pipeline and pipeline.line or line, whole, table.concat(failed, ", "))
end

return strict_mode
