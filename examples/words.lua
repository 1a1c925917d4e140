-- words: steps that are programs: sh, tr, sort and awk.
--
-- A program receives a string as a file.  What the program writes to {outputs.NAME}, or
-- prints, is read back according to its type.  The programs and their scripts are
-- dependencies: if you change a word of a command, that step runs again.

local rille = require "rille"
local t = rille.types

local count = rille.step "count" {
  doc     = "How often each word occurs, as a table in CSV.",
  inputs  = { t.string "text" },
  outputs = { t.frame "counts" },
  command = [[
    echo word,n > {outputs.counts}
    tr -cs a-z '\n' < {inputs.text} | LC_ALL=C sort | uniq -c | awk '{ print $2 "," $1 }' >> {outputs.counts}
  ]],
}

local longest = rille.step "longest" {
  inputs  = { t.frame "counts" },
  params  = { least = 2 },
  outputs = { t.string "word" },
  command = { "awk", "-F,", "-v", "least={params.least}",
    "NR > 1 && $2 >= least && length($1) > length(w) { w = $1 } END { printf \"%s\", w }",
    "{inputs.counts}" },
  stdout  = "word",
}

local words = rille.pipeline "words" {
  params = { least = 2 },
  define = function(p)
    longest { counts = count { text = "a rose is a rose is a rose, and roses are red" }, least = p.least }
  end,
}

if rille.main() then
  local run = words:run {}
  print(run.steps.count.output:load())
  print("the longest word that occurs twice: " .. run.steps.longest.output:load())
end
return words
