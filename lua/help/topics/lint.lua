-- rille help lint
return [[
rille lint FILE [PIPELINE] [--set NAME=VALUE] [--strict] [--json]

Tells what will keep the steps of a script from being cached, or from running,
with file and line.  FILE is loaded and its pipelines are built, with their
defaults or what --set says; no step runs and nothing is written.  With PIPELINE
only its steps are looked at.

Errors, which a run would end in
  a captured value that cannot be hashed (an open file, a coroutine)
  a step that sets a captured variable or a global
  history that is read without cache = false
  a parameter that is read and not declared, with a name near to a declared one
  a condition on a node, in define: if good then, good == true (rille.when);
  in a function that define calls it is a warning

Warnings
  what is impure: the clock, programs, standard input, ctx.run
  commands that read what no word of theirs names: xargs, make, code in a word,
  words that only the shell knows (rille help programs); depends says it
  what cannot be seen through, so that the step is never cached: _G, load,
  debug, require of a computed name, C that rille does not know
  equal steps that draw random numbers, and so draw the same
  inputs and parameters that the step never uses
  parameters that it reads and that are not declared
  the name of a type, in quotes, as the default of a parameter
  two pipelines of one name, of which the last is run
  files of a fixed name that are read and are not there

A step that says cache = false or cache = "always" has said what it wants.  Lint
looks at the code as it stands: a call that is never reached is told too.

A script that runs something as it is loaded ends lint there, with 3; what it
has defined by then is looked at.

  --strict  warnings alone exit with 5 too: for a check before a commit
  --json    {"items":[{"step","at","level","what","hint"}...],"next":null}

Exit codes: 0 no error (there may be warnings); 2 usage; 3 the script cannot be
loaded; 5 it found an error, or with --strict anything.

  rille lint digits.lua
  rille lint digits.lua digits --json
]]
