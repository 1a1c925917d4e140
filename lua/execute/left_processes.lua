-- left_processes: sentences about processes that a step has started and left running.

local text_width = require "rille.base.text_width"

local left_processes = {}

local LONGEST <const> = 72         -- bytes of a name in a note

-- The command line of a process, short, and without what lua/shell/strict_mode.lua gives bash before
-- a text and around the parts of its pipelines.
---@param name string
---@return string
function left_processes.short_name(name)
  local text = name:match '^/bin/bash %-e %-o pipefail %-c .-eval "%$rille_text" bash %S* ?(.*)$'
  if text then
    local plain, parts = text:gsub(" %( rille_part && :; %( ", "")
    text = plain:gsub(" %) %) ", "", parts)
  end
  name = text and "bash -c " .. text or name:gsub("^/bin/bash %-e %-o pipefail %-c ", "bash -c ")
  return text_width.shorten(name, LONGEST)
end

-- "2 processes were still running when the step ended and were stopped: sleep 100, ..."
---@param n integer
---@param names string[] of the first of them
---@return string
function left_processes.text(n, names)
  local shown = {}
  for i, name in ipairs(names) do shown[i] = left_processes.short_name(name) end
  local more = n > #names and #names > 0 and string.format(" and %d more", n - #names) or ""
  local list = #names > 0 and ": " .. table.concat(shown, ", ") .. more or ""
  local form = n == 1 and "%d process was still running when the step ended and was stopped%s"
    or "%d processes were still running when the step ended and were stopped%s"
  return string.format(form, n, list)
end

-- Adds the sentence of an answer, answer.left, to its log and its notes.
---@param answer Answer
function left_processes.add_to(answer)
  local log, text = answer.log or "", answer.left
  if not text then return end
  answer.log = log .. (log ~= "" and log:sub(-1) ~= "\n" and "\n" or "") .. "[" .. text .. "]\n"
  -- whoever stops a run knows why they were killed
  if answer.stopped then return end
  answer.notes = answer.notes or {}
  table.insert(answer.notes, text)
end

return left_processes
