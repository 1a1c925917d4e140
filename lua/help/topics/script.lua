-- rille help script
return { order = 10, in_index = false, text = [[
rille FILE [ARGS]        run the script FILE as a program
rille -e CODE [ARGS]     run CODE
rille [-] [ARGS]         run what comes on standard input

The script gets ARGS as ... and in the table arg, as from lua.  Options of rille
stand before FILE; what follows it belongs to the script.

  --store DIR   the store to use (rille help store)
  -q            nothing but failures and what the script prints
  --json        the events of a run, one JSON object a line, on standard output
  -j N          at most N steps at once (rille help limits)

Relative paths in a script start from the folder of FILE, whatever the working
folder is: require "x" finds x.lua and x/init.lua there, io.open, csv.read and
rille.file open files there, and what a step starts by io.popen or os.execute
begins there.  With -e and standard input they start from the working folder.

require looks in the script's folder first, then in its folder lua_modules (also
as luarocks --tree lua_modules fills it), then where lua5.4 looks: LUA_PATH_5_4
or LUA_PATH, else the folders of the system; LUA_CPATH for modules in C.  So
libraries that are installed for lua5.4 are found.  A step runs again when a
module that it uses changes, or when one earlier on the path is added.

rille.main() is true in a script that was started as a program, and false when
it is loaded by require, rille run or rille plan.  So one file is both a program
and a definition:

  if rille.main() then digits:run {} end
  return digits

rille plan, lint, graph, config, types and verify only look at a script: where
it runs a pipeline or a step without asking rille.main() they end with an error,
and nothing is run.  rille run and rille watch run it.

A name that a module or a value of rille does not have is an error that says
what was probably meant; rawget(module, "name") asks without one.  Methods are
called with a colon, f:head(2), functions of modules with a dot, csv.read(path).

What a step prints goes to its log and to standard error; standard output is
for results.  One Ctrl-C lets the running step end and stops the run, a second
one ends the step, too (rille help stopping).

Exit codes: 0 success; 1 a run failed; 2 usage; 3 script error; 4 the store
is; 130 or 143 stopped by a signal.  os.exit gives any other.

  rille examples/hello.lua
  rille -e 'print(require("rille.array").eye(3))'
]] }
