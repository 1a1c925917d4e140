-- rille help test
return [[
rille test [FILE|DIR...] [--update] [-v] [--json]

Runs test files, each in a process of its own: those named, and the files
*_test.lua in the folders named and below (the working folder when none is).
A line tells the outcome of a file, and below it what failed and where.

  --update   keeps the values that testing.golden is given, in golden/ beside
             the test, instead of comparing with them
  -v         a line for every test
  --json     {"items":[...],"next":null}, each test with file, test, status
             (passed, failed, skipped), seconds and message

How to write them: rille help testing

Exit codes: 0 all passed; 1 a test failed; 2 usage.

  rille test
  rille test digits_test.lua -v
]]
