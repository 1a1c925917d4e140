-- rille help script
return { order = 10, in_index = false, text = [[
rille FILE [ARGS]        run the script FILE as a program
rille -e CODE [ARGS]     run CODE
rille [-] [ARGS]         run the script on standard input

The script gets ARGS as ... and in the table arg, as with lua.  Put options of
rille before FILE; everything after it goes to the script.

  --store DIR   the store to use (rille help store)
  -q            show only failures and the script's own output
  --json        write run events to standard output, one JSON object per line
  -j N          at most N steps at once (rille help limits)

Relative paths in a script start from the folder of FILE, whatever the working
folder: require "x" finds x.lua and x/init.lua there, io.open, csv.read and
rille.file open files there, and programs started with io.popen or os.execute
run there.  With -e and standard input, paths start from the working folder.

require searches the script's folder first, then its folder lua_modules
(including the layout of luarocks --tree lua_modules), then wherever lua5.4
searches: LUA_PATH_5_4 or LUA_PATH, or else the system's folders; LUA_CPATH for
C modules.  Libraries installed for lua5.4 are therefore found.  A step runs
again when a module that it uses changes, or when a module earlier on the path
is added.

rille.main() is true when the script was started as a program, and false when it
was loaded by require, rille run or rille plan.  One file can thus be both a
program and a definition:

  if rille.main() then digits:run {} end
  return digits

rille plan, lint, graph, config, types and verify only inspect a script: if it
runs a pipeline or a step without checking rille.main(), they fail with an
error, and nothing runs.  rille run and rille watch run it.

Using a name that a module or a value of rille lacks is an error that suggests
the right one; rawget(module, "name") tests for a name without an error.  Call
methods with a colon, f:head(2), and functions of modules with a dot,
csv.read(path).

Output of a step goes to its log and to standard error; standard output is for
results.  The first Ctrl-C lets running steps finish and then stops the run; the
second terminates them (rille help stopping).

Exit codes: 0 success; 1 a run failed; 2 usage; 3 script error; 4 the store
is; 130 or 143 stopped by a signal.  os.exit gives any other.

  rille examples/hello.lua
  rille -e 'print(require("rille.array").eye(3))'
]] }
