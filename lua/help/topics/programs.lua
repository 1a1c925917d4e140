-- rille help programs
return { order = 30, text = [[
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
A text runs in /bin/bash -e -o pipefail: the step fails when a part of it fails.
  shell = "sh"  has /bin/sh run it as it is: only the end of the last command
                counts, and of a pipeline only its last part
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

When a text fails
  nosuch | cat            fails, as does gunzip < cut.gz | sort | uniq -c
  cat nosuch | wc -l; x   fails before x; so does cd nosuch; rm -rf old
  n=$(false; echo 1)      fails; echo $(false) and export n=$(false) do not:
                          bash looks at the end of echo alone.  Write n=$(false)
                          first, and echo $n behind it
  sort <(false); false &  do not: nobody waits for them.  Write to a file first;
                          behind & say wait $!
  false || x; if false    do not: the text asks for the failure
  yes | head -1           does not: a part before the last that SIGPIPE ends
                          (exit code 141) was read as far as one wanted
  set +e +o pipefail      turn it off from there on
bash's own pipefail, to which SIGPIPE is a failure (and false behind if), holds
in files that . reads, in texts of eval and trap, in backquotes with backslashes
in them, and in a text that uses PIPESTATUS, $_ or a trap on ERR or DEBUG, or
that rille cannot read.  A subshell, $(...) and a function fail like the text.
os.execute and io.popen in a Lua step run /bin/sh as Lua has them: the step has
to look at what they return.  Of a command that failed while its step went on a
note tells, once a step, in the run and at the end of the step's log.

A command whose words, text or variables are longer than the system hands on
(128 KiB in one, about 2 MiB in all) cannot be started: make the value an input,
which is a file.  That, and no more open files or processes, is exit code 4.

What it depends on: the command, env, parameters and inputs are in the key.
Observed when it runs, and compared before a result is taken from the cache:
  the program, by its path, its bytes and whether it can be executed; the
  interpreter in a #! line, and what that one starts (#!/usr/bin/env python3)
  every word that is a file, its parameters filled in (also behind = or @ or an
  option, as in --file=x and -fx), whether it is there, executable, a link
  a folder that is a word, as a whole: names, kinds, links and bytes of all in
  it, hidden entries, .git and __pycache__ included; only the store is left out
  the folder of the script, for programs that look there without a word: ls,
  find, tree, grep -r; where it is, for pwd
  files that variables of env name; variables that env hands on
  depends = { "lib/*.py", "conf" }: more files, patterns and folders

Texts for the shell, as the command or behind sh -c and bash -c, are read as the
shell reads them: programs, files, patterns (also those that stand for nothing
now), redirections, here-documents, $(...), functions, loops, cd, eval, files
that . reads, and variables whose values stand in the text or in env.  More may
be found than one run of the text uses, never less.  Behind env, timeout, nice,
nohup, setsid, stdbuf, time, exec, busybox and find -exec the next program is
understood as if it stood alone.  A file that > or >> writes is recorded: a hit
needs it to be as the step left it.

Not cached, as a note says once, and rille lint before any run, is a step whose
words do not tell what it reads:
  words that only the shell knows (cat $(list), cat "$line"), unless the program
  takes them for no file (echo, printf, test of texts)
  code in a word: python3 -c, perl -e, node -e, lua -e; awk and sed when theirs
  reads or runs more (getline, system, r)
  programs that run others or read elsewhere by their nature: xargs, parallel,
  make, ninja, git, npm, ssh, curl, sudo, docker
  what is different each time or on each machine: date, $RANDOM, hostname
  what tells of the times and rights of files: stat, ls -l, du, diff -u, tar -c
  what takes names from a file: sort --files0-from, sha256sum -c, patch
  a folder outside the project
Say what it reads by depends, with {} for no more than its words name, and it is
cached; or give it as an input; or insist with cache = "always".

Beyond that a program is trusted: what a script in a file or a binary reads by
itself (modules that it imports, names in its code, libraries, the clock) is not
seen.  Say it in depends, or set cache = false.  A file that a program writes by
itself is not written again when the result comes from the cache.  A folder that
tools fill while the step runs (__pycache__) has changed then: the result is
kept from the next run on that leaves it alone.
A result in which the path of {inputs.X}, {outputs.X} or {tmpdir} stands (wc
prints it) is another each time and is not cached: wc < {inputs.X} prints none.

An exit code other than 0, a signal or an output that is missing or is not what
its type wants fails the step, with the command and the end of its output.
]] }
