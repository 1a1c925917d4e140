-- The texts that people read (make strings): plain English, without phrases that were found odd.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local strings = require "strings"

-- Phrases that stood in texts once.  What is better is beside them.
local ODD <const> = {
  { "when it is mended", "fix the error, then resume with: COMMAND" },
  { "wait and see", "undecided" },
  { "it depends on what", "depends on the output of X" },
  { "if what waits runs", "at most T" },
  { "by the median of", "estimate: median of earlier runs" },
  { "nothing to say", "no problems found" },
  { "read again, all whole", "verified, all intact" },
  { "all whole", "all intact" },
  { "all 1 step cached", "1 step, cached" },
  { "came out as before", "inputs unchanged" },
  { "it is cut off", "early cutoff" },
  { "it was cut off", "early cutoff" },
  { "more: the same with", "next page: --cursor 3" },
  { "no run fits", "no matching runs" },
  { "no artifact fits", "no matching artifacts" },
  { "no run is called", "no run named X" },
  { "no artifact is called", "no artifact named X" },
  { "it is no artifact", "no artifact has that name" },
  { "more than 0, found", "must be greater than 0, got -1" },
  { "is a array", "is an array" },
  { "key was made before", "same key as RUN/STEP" },
  { "not kept for reuse", "not cacheable" },
  { "go on with what does not need it", "keep going with independent steps" },
  { "step begins any more", "no new steps start" },
  { "what runs finishes", "running steps finish" },
  { "without a look at the cache", "ignoring the cache" },
  { "tell what runs", "show running steps, elapsed time, progress and ETA" },
  { "is killed is told", "a run whose process was killed is reported" },
  { "the runs there have been", "list runs" },
  { "Reckoning", "Arithmetic" },
  { "Looking  ", "Inspecting" },
  { "Making  ", "Creating" },
  { "Ctrl-C ends it", "Ctrl-C to stop" },
  { "one line a second", "further steps are summarised once a second" },
  { "to end what runs", "terminating running steps" },
  { "end what runs", "end running steps" },
  { "keeps their values", "their materializers" },
  { "the step says cache", "declared cache = false" },
  { "where they may", "if permitted" },
  { "nothing removes old objects", "no garbage collection yet" },
  { "is no ", "is not a" },
  { "are no ", "are not" },
  { " anew", "again, from scratch" },
  { "is told", "is reported" },
  { "tells of", "shows" },
  { "hands on", "passes on" },
  { "is handed", "is passed" },
  { "cut off in", "is truncated" },
  { "file is cut off", "is truncated" },
  { "nobody holds", "is not locked" },
  { "whole list", "a list" },
  { "no step begins", "no new steps start" },
  { "what runs is stopped", "running steps are terminated" },
  { "mend", "fix, repair" },
  { "one after the other", "one at a time" },
  { "Where there", "If there" },
  { "is a string, found", "must be a string, found" },
  { "is a function, found", "must be a function, found" },
  { "is a list of strings, found", "must be a list of strings, found" },
  { "is a table, found", "must be a table, found" },
  { "is a number, found", "must be a number, found" },
  { "only the shell knows", "known only to the shell" },
  { "is cut off?", "is truncated?" },
  { "no run of a pipeline", "no runs of a pipeline named X" },
  { "looked at", "checked" },
  { "is put right", "is repaired" },
  { "run it by", "run it with" },
  { "load it by", "load it with" },
}

local found = strings.collect()

check.test("the listing has the texts of programs, commands, topics, batteries, pages and README.md", function()
  check.ok(#found > 2000, #found .. " texts")
  local files = {}
  for _, one in ipairs(found) do files[one.file] = true end
  for _, name in ipairs { "README.md", "host/main.c", "lua/cmd/run.lua", "lua/help/topics/cache.lua",
    "lua/show/console_lines.lua", "lua/show/draw/page.html", "stdlib/csv/csv_args.c",
    "materializers/dir.lua" } do
    check.ok(files[name], name)
  end
end)

check.test("a text of several literals is one, and what is put between them is a mark", function()
  local texts = {}
  for _, one in ipairs(found) do texts[one.file .. ": " .. one.text] = true end
  check.ok(texts['lua/query/did_you_mean.lua: "%s" is a pipeline; for its newest run: %s@-1'])
  check.ok(texts["lua/show/progress.lua: %d h %02d min left"])
  check.ok(texts["host/base/err.c: too many open files; raise the limit (ulimit -n), or close files that are not used"])
  check.ok(texts["lua/cmd/run.lua: -k and --fail-fast exclude each other: give one"])
end)

check.test("no text has a phrase that was found odd", function()
  local wrong = {}
  for _, one in ipairs(found) do
    local text = one.text:gsub("%s+", function(blank) return #blank > 1 and not blank:find "\n" and blank or " " end)
    text = text:gsub("[Tt]here is no ", ""):gsub("[Tt]here are no ", ""):gsub("is no longer", "")
    for _, odd in ipairs(ODD) do
      if text:find(odd[1], 1, true) then
        wrong[#wrong + 1] = string.format("%s:%d: %q; better: %s", one.file, one.line, odd[1], odd[2])
      end
    end
  end
  check.eq(table.concat(wrong, "\n"), "")
end)

check.done()
