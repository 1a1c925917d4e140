-- report: what is told of tests and their results.
--
-- A result is { name, ok, message, trace, seconds, skipped }.  `rille test` asks for the results (report.to); of a
-- file that is run as a program the results are printed, and at its end their counts.

local format = require "rille.base.format"
local program = require "rille.project.program"
local project = require "rille.project"
local terminal = require "rille.base.terminal"

---@class rille.testing.result
---@field name string the sentence
---@field ok boolean
---@field message string? of a failure
---@field trace string[]? where in the test it failed, from inside out
---@field seconds number?
---@field skipped string? why

local report = {}

local COLOUR = { ok = "green", failed = "red", skipped = "yellow" }

-- "  ok       a sentence                     1.2 ms"
---@param word "ok"|"failed"|"skipped"
---@param text string
---@param seconds number?
---@return string
function report.line(word, text, seconds)
  local time = seconds and format.in_colour("grey", format.seconds(seconds)) or ""
  local line = string.format("  %s %-58s %s", format.in_colour(COLOUR[word], string.format("%-7s", word)), text, time)
  return (line:gsub(" +$", ""))
end

-- What a failed or skipped test says, as lines.
---@param result rille.testing.result
---@return string[]
function report.message_lines(result)
  local lines = {}
  if result.skipped then lines[1] = result.skipped end
  for line in (result.message or ""):gmatch "[^\n]+" do lines[#lines + 1] = line end
  local trace = result.trace or {}
  if #trace > 1 then
    lines[#lines + 1] = format.in_colour("grey", "called from " .. table.concat(trace, ", ", 2, math.min(#trace, 4)))
  end
  return lines
end

-- "3 passed, 1 failed, 1 skipped"
---@param n { passed: integer, failed: integer, skipped: integer }
---@return string
function report.count_text(n)
  local skipped = n.skipped > 0 and ", " .. n.skipped .. " skipped" or ""
  return string.format("%s passed, %s failed%s", format.count(n.passed), format.count(n.failed), skipped)
end

local counts = { passed = 0, failed = 0, skipped = 0 }
local listener              ---@type fun(result: rille.testing.result)?
local ends_with_counts = false

-- Results go to the listener from here on; nothing is printed.
---@param f fun(result: rille.testing.result)
function report.to(f) listener = f end

local function print_result(result)
  local word = result.skipped and "skipped" or result.ok and "ok" or "failed"
  terminal.put(report.line(word, result.name, result.seconds), "\n")
  for _, line in ipairs(report.message_lines(result)) do terminal.put("    ", line, "\n") end
end

---@param result rille.testing.result
function report.result(result)
  if listener then return listener(result) end
  local word = result.skipped and "skipped" or result.ok and "passed" or "failed"
  counts[word] = counts[word] + 1
  print_result(result)
  if word == "failed" then program.set_exit_code(1) end
  if ends_with_counts then return end
  ends_with_counts = true
  project.at_exit(function() terminal.put(report.count_text(counts), "\n") end)
end

return report
