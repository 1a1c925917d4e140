-- rille help programs
return [[
Steps in any language

A step may be a program: command in place of run.  All else is as for other
steps (rille help steps): with, plan, why, logs, the cache.

  local train = rille.step "train" {
    inputs  = { t.matrix "X", t.vector "y" },
    params  = { gamma = 0.1 },
    outputs = { t.file "model", t.vector "predicted" },
    command = { "python3", "train.py", "{inputs.X}", "{inputs.y}",
                "{params.gamma}", "{outputs.model}", "{outputs.predicted}" },
  }

command is a list of words, the program first, or a text for the shell:
  command = "sort {inputs.names} | uniq -c > {outputs.counts}"
In its words stand {inputs.NAME}, {params.NAME}, {outputs.NAME} and {tmpdir}, a
folder for scratch.  In a text for the shell they come quoted: write them bare,
not in quotes, backquotes or a here-document, which are refused.
{{inputs.X}} is the text {inputs.X}; {print $1} and ${HOME} are left alone.

A port is a file
  array, matrix, vector    .npy         boolean, integer,    .txt, a line
  frame                    .csv         number, enum
  table, list              .json        string               .txt, its bytes
  file, dir                as they are  bytes                .bin, its bytes
  models                   what their materializer saves: its file, or a folder
  a list of others         a folder with 1.npy, 2.npy ...; for inputs only
A port of several types is given as its value is; no output has such a type.
Inputs are copies of the step's own.  Outputs are read back by their type from
where {outputs.NAME} led.  stdout = "NAME" makes an output of what the program
prints; the rest of what it prints is the step's log.

A parameter stands as text in its word; a table is JSON, an array a .npy file.

How it runs
  in the script's folder, with nothing on standard input and no terminal; it is
  looked for in PATH, with a slash (./tool) in the script's folder.
  env = { LANG = "C", HOME = true } is its whole environment: a text, in which
  placeholders may stand, or true for the value that rille has.  Without PATH
  the shell looks in /usr/local/bin, /usr/bin, /bin and their sbin.

What it depends on: the command, env, parameters and inputs are in the key.
Observed when it runs, and compared before a result is taken from the cache:
  the program, by its path and its bytes; the interpreter in a #! line
  every word that is a file, its parameters filled in (also behind = or an
  option, as in --file=x and -fx); a folder below the script's as a whole; in a
  text for the shell the programs, files and patterns of files that it names
  variables that env hands on
  depends = { "lib/*.py", "conf" }: more files, patterns and folders
What the program reads beyond that is not seen: modules that a script imports,
files that it names itself, libraries, the clock.  Say it in depends, give it
as an input, or say cache = false.  What it writes elsewhere than {outputs.NAME}
and {tmpdir} is not written again when the result comes from the cache.

An exit code other than 0, a signal or an output that is missing or is not what
its type wants fails the step, with the command and the end of its output.
]]
