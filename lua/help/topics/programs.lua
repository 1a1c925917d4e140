-- rille help programs
return { order = 30, text = [[
Steps in any language

A step can be a program: give command instead of run.  Everything else is as for
other steps (rille help steps): with, plan, why, logs, the cache.

  local train = rille.step "train" {
    inputs  = { t.matrix "X", t.vector "y" },
    params  = { gamma = 0.1 },
    outputs = { t.file "model", t.vector "predicted" },
    command = { "python3", "train.py", "{inputs.X}", "{inputs.y}",
                "{params.gamma}", "{outputs.model}", "{outputs.predicted}" },
  }

command is a list of words, the program first, or a text for the shell:
  command = "sort {inputs.names} | uniq -c > {outputs.counts}"
A text runs in /bin/bash -e -o pipefail: the step fails if any part of it fails.
  shell = "sh"  runs the text as it is in /bin/sh: only the last command counts,
                and of a pipeline only its last part
Words may contain {inputs.NAME}, {params.NAME}, {outputs.NAME} and {tmpdir}, a
scratch folder.  In a text for the shell the values are quoted for you: write
the placeholders bare.  Inside quotes, backquotes or a here-document they are
refused.  {{inputs.X}} is the literal text {inputs.X}; {print $1} and ${HOME}
are left alone.

Each port is a file
  array, matrix, vector    .npy         boolean, integer,    .txt, one line
  frame                    .csv         number, enum
  table, list              .json        string               .txt, its bytes
  file, dir                as they are  bytes                .bin, its bytes
  models                   what their materializer saves: its file, or a folder
  other lists              a folder with 1.npy, 2.npy ...; inputs only
An input of several types is passed according to its value; an output must have
one type.  The step gets its own copies of the inputs.  Outputs are read from
the paths in {outputs.NAME}, according to their types.  stdout = "NAME" turns
the program's standard output into that output; everything else that the program
prints goes to the step's log.

A parameter is inserted into its word as text; a table as JSON, an array as the
path of a .npy file.

How it runs
  The program runs in the script's folder, without standard input and without a
  terminal.  It is looked up in PATH, or in the script's folder if its name
  contains a slash (./tool).  env = { LANG = "C", HOME = true } is the whole
  environment.  A value is a text, which may contain placeholders, or true to
  pass on rille's own value.  Without PATH, the shell looks in /usr/local/bin,
  /usr/bin, /bin and their sbin.

When a text fails
  nosuch | cat            fails, as does gunzip < cut.gz | sort | uniq -c
  cat nosuch | wc -l; x   fails before x; so does cd nosuch; rm -rf old
  n=$(false; echo 1)      fails; echo $(false) and export n=$(false) do not,
                          because bash checks only echo and export.  Write
                          n=$(false) first, then echo $n
  sort <(false); false &  do not fail: nothing waits for them.  Write to a file
                          first; after & use wait $!
  false || x; if false    do not fail: the text handles the failure
  yes | head -1           does not fail: SIGPIPE (exit code 141) of a part
                          before the last means that the reader had enough
  set +e +o pipefail      turns the checks off from there on
bash's own pipefail, which counts SIGPIPE as a failure (and also false after
if), applies in files that . reads, in texts of eval and trap, in backquotes
that contain backslashes, and in texts that use PIPESTATUS, $_ or a trap on ERR
or DEBUG, or that rille cannot parse.  A subshell, $(...) or a function fails
like the text itself.  In a Lua step, os.execute and io.popen run /bin/sh as in
plain Lua: check what they return.  If a command fails and its step continues, a
note says so once per step, in the run and at the end of the step's log.

A command whose words, text or variables exceed the limits of the system (128
KiB for one, about 2 MiB in all) cannot start: make the value an input, which is
passed as a file.  This, and running out of open files or processes, is exit
code 4.

What the step depends on: the command, env, parameters and inputs are in the
key.  rille observes the following when the step runs, and compares it before
reusing a result:
  the program, by its path, its bytes and whether it is executable; the
  interpreter in a #! line, and what that starts in turn (#!/usr/bin/env
  python3) every word that names a file, with parameters filled in (also after =
  or @ or an option, as in --file=x and -fx): whether it exists, is executable,
  is a link every word that names a folder, completely: names, kinds, links and
  bytes of all its contents, including hidden entries, .git and __pycache__;
  only the store is left out the script's folder, for programs that look there
  unasked: ls, find, tree, grep -r; its location, for pwd files named by
  variables in env; variables that env passes on depends = { "lib/*.py", "conf"
  }: more files, patterns and folders

rille parses texts for the shell, as the command or after sh -c and bash -c, as
the shell does: programs, files, patterns (even if nothing matches now),
redirections, here-documents, $(...), functions, loops, cd, eval, files that .
reads, and variables whose values come from the text or from env.  rille may
find more than one run of the text uses, but never less.  After env, timeout,
nice, nohup, setsid, stdbuf, time, exec, busybox and find -exec, the next
program counts as if it stood alone.  A file that > or >> writes is recorded: a
hit requires it to be unchanged.

A step is not cached if its words do not show what it reads.  A note says so
once, and rille lint before any run:
  words known only to the shell (cat $(list), cat "$line"), unless the program
  does not read them as files (echo, printf, test of texts)
  code in a word: python3 -c, perl -e, node -e, lua -e; awk and sed if the code
  reads or runs more (getline, system, r)
  programs that by their nature run others or read elsewhere: xargs, parallel,
  make, ninja, git, npm, ssh, curl, sudo, docker
  anything that differs each time or per machine: date, $RANDOM, hostname
  programs that show times and permissions of files: stat, ls -l, du, diff -u,
  tar -c
  programs that take names from a file: sort --files0-from, sha256sum -c, patch
  a folder outside the project
To cache such a step, declare what it reads with depends ({} if its words name
everything), pass the data as an input, or set cache = "always".

Beyond that, rille trusts programs: it does not see what a script file or a
binary reads by itself (imported modules, file names in its code, libraries, the
clock).  Declare those in depends, or set cache = false.  A file that a program
writes by itself is not written again when the result comes from the cache.  If
a tool fills an observed folder while the step runs (__pycache__), the folder
has changed, and the result is cached from the next run that leaves the folder
unchanged.  A result that contains the path of {inputs.X}, {outputs.X} or
{tmpdir} (wc prints it) differs each time and is not cached: wc < {inputs.X}
prints no path.

The step fails if the exit code is not 0, on a signal, and if an output is
missing or does not match its type; the error shows the command and the end of
its output.
]] }
