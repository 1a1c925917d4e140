-- features_test.lua -- what rille does, capability by capability, and the tests that
-- show it.
--
-- A row is { id, what a user sees, sentence, ... }: names of tests.  A row with a
-- sentence that no test below tests/ has fails.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"

local ROWS = {
  -- Steps
  { "A1", "a function becomes a step with one declaration", "a function becomes a step with one declaration" },
  { "A2", "a missing or wrong type is an error at definition or at the boundary, naming the port",
    "a missing input", "a wired output of another type",
    "a value that does not fit is an error at the boundary, naming the port" },
  { "A3", "node and step.output stand for the only output",
    "a node with one output stands for it, and step.output does in history",
    "a step with four outputs where one is needed" },
  { "A4", "several outputs in order; a wrong count of returns says what was expected",
    "several outputs are returned in declared order, and a wrong count is told" },
  { "A5", "step.fn runs the function: no rows, no files", "step.fn runs outside the engine and leaves nothing" },
  { "A6", "class style: the same spec, and keys that behave the same",
    "class style and functional style give one wiring", "an edit misses and a comment hits, as in the functional style",
    "an entrypoint without self hits what the function made",
    "what self holds is in the key: a value, a method; why names it",
    "a class without an entrypoint, when it is used" },
  { "A7", "parameters with defaults, types, ranges, enums; a change runs the step again and is kept with it",
    "a parameter that changes runs the step again, and is kept with it", "a parameter out of range",
    "a parameter that is near to a value of its enum" },
  { "A16",
    "a parameter that is read and not declared is told, by lint and at run time; all other uses see a plain table",
    "a parameter that is not declared", "parameters are a plain table: all of them, and what is near to none is nil",
    "that in a function which it is handed to" },
  { "A17", "what no step has made yet is no condition, no list and no number; what may be nil may be tested",
    "conditions on what is known, or may be nil, are no mistakes", "an output by number",
    "a variable that a loop changes later" },
  { "A18", "names of other tools, and arguments in another order, are answered with the right form",
    "names of arguments that tell nothing wrong are no mistakes", "a step in the place of its node",
    "two steps of one name",
    "definitions are made by a name and a table between parentheses, too" },
  { "A8", "a literal given to an input becomes an artifact; a node given to a parameter is an error",
    "a literal given to an input is an artifact of its own", "a node for a parameter" },
  { "A9", "the context is the last argument; outside a step rille.context() is an error",
    "the context is the last argument, and rille.context() is the same; outside a step it is an error" },
  { "A10", "history inside a step has all runs of the pipeline, the running one included and marked",
    "history in a step has all runs of the pipeline, the running one included",
    "history in a step that may be cached is refused" },
  { "A11", "output uri and materializer from the context: none, several without a name, unknown name are errors",
    "files put under ctx:output_uri become members of the output, and nothing else is returned for a folder",
    "output_uri: no output, several without a name, an unknown name",
    "output_materializer tells type and version; where the value decides it wants the value" },
  { "A12",
    "logs, prints and source of each step run are kept; what prints is seen in groups, and followed while it runs",
    "what a step prints and logs, and its source, are kept",
    "with two workers what each step prints stands in a group of its own",
    "log -f of a step shows what it prints as it does, and ends with the step",
    "a long log keeps its beginning and its end: a step with a command",
    "the file of a log stays small while it grows",
    "what a running step prints is in rille log, and after kill -9, too" },
  { "A13", "steps in any language: a port of any type becomes a file on the way, and the cache holds",
    "sklearn: a Python script trains on .npy files and its model goes on, through the cache",
    "why tells the word of the command, the environment and the lines of its script that changed",
    "an exit code fails the step with the command and the end of its output, once" },
  { "A14", "interfaces and unions are types of ports", "a step takes every class that its interface or union names",
    "a model's type takes the models of its battery alone" },
  { "A15", "positional wiring, nested calls and names give the same wiring",
    "inputs by position, nested calls and by name give one wiring" },
  { "A19", "a node without a name fills inputs by the names of its outputs, unpack gives the outputs in order",
    "wiring without names has the keys and the record of wiring written out",
    "a node in the table of a call fills the inputs that are called as its outputs are",
    "unpack gives the outputs in declared order", "two nodes for one input are named, with what to write" },

  -- Pipelines and runs
  { "B1", "slots: the recipe apart from its steps; missing, unknown, extra ones are errors at the user's line",
    "slots keep the recipe apart from its steps", "a slot that there is not", "a slot is given nothing" },
  { "B2", "class style connect: the same spec hash as functional", "class style and functional style give one wiring" },
  { "B3", "shuffled wiring gives the same hash",
    "the order in which nodes are defined does not change the wiring's hash" },
  { "B4", "run with other parameters, and compare: parameters, code, outputs, metrics",
    "diff compares outputs by what they are: cells, elements, columns, lines, sizes",
    "diff gives the changed line of code, what was read, and the wiring" },
  { "B5", "run names: by default, given, unique; a duplicate is refused before any step",
    "a run has a name of its own: by default, given, filled in, refused when it is taken" },
  { "B6", "a changed wiring is a new version and says so; old runs keep theirs",
    "a changed wiring is a new version, told at its first run",
    "a pipeline shows the versions of its wiring, and what changed" },
  { "B7", "unlisted runs; a pipeline is deleted: its runs stay, unlisted, its name is free",
    "unlisted runs are kept out of listings and of history, and found by name",
    "a deleted pipeline's runs stay, unlisted; its name is free and begins anew" },
  { "B8", "fan-out in a loop, fan-in as a list, after; an unknown id is an error",
    "a loop fans out, a list fans in, and after orders without data",
    "a map runs a step once per item, and gives a list in order", "gammas: one more candidate trains that one alone" },
  { "B9",
    "hooks on_failure and on_success, at a step and at its pipeline; an error in one is logged and changes nothing",
    "a pipeline's hooks are those of its steps that have none; an error in one changes nothing",
    "when all attempts fail the last one is the step's, and the hook is called once", "hook code is in no key" },
  { "B10", "retries with delay and backoff, timeouts, memory limits; every attempt is kept with its log",
    "a step that fails is tried again, every attempt is kept with its log", "a crash and a timeout are attempts too",
    "a program's handler of SIGTERM runs to its end wherever the program was started",
    "what a step started ends with it: first asked, then killed",
    "a step over its memory fails by name, and the next ones run" },
  { "B11", "failure modes: stop, fail fast, continue; what needs the failed step is skipped and says so",
    "stop_on_failure: no new steps, running ones finish", "fail_fast: running ones are stopped",
    "continue_on_failure: what does not need the failed step runs" },
  { "C9",
    "the local orchestrator runs steps in parallel workers; a crash is in the step's record; any -j gives the same",
    "a crash is in the step's record, with what it had logged; the others run",
    "what a step changes of what it captures, no other sees; its result is kept",
    "kill -9 of the parent ends its workers and what they started; the next run closes it and tidies up" },
  { "B12", "run again: finished steps are hits, also after kill -9",
    "after a failure the finished steps are hits, and what needed it is skipped",
    "kill -9 of a process with a run: its steps stay, it is interrupted, the next ones hit",
    "the value of a finished step can be had while its successor runs",
    "what ended before a hook is committed while the hook runs" },
  { "B14",
    "the console of a run: on a terminal, in a pipe, for programs; left clean; stopped and followed from another",
    "the console of a run tells store, name, every step, totals and where to look",
    "a run on a terminal has a live region while it runs and leaves its lines alone, at 60, 80 and 120 columns",
    "a terminal that changes its size keeps clean lines",
    "in a pipe there are plain lines without escapes and carriage returns",
    "Ctrl-C twice ends what runs, and the terminal is clean",
    "stop ends a run as Ctrl-C does, by name, by what it is the newest of, or as the only one",
    "--only runs the named steps; the others are hits or left out, and history says so",
    "--from runs the named steps and all below them anew, the rest as usual, and keeps the results" },
  { "B15", "pipeline inputs given at run: arrays and frames from memory and from files",
    "arrays from memory are inputs of a pipeline: artifacts, in the key by content",
    "--input gives a pipeline its inputs from files, for run and plan", "an input of a pipeline that is missing",
    "an input of a pipeline that there is not", "an input of a pipeline of another type" },
  { "B16", "an edit runs what it touches within a second", "an edit runs what it touches, told in one line",
    "a mistake in the script is told at its line, and watched until it is mended" },

  -- Artifacts, materializers, stores
  { "C1", "the built-in materializers keep the laws", "a table with everything",
    "a tree", "a linear regression" },
  { "C2", "a materializer in a script, chosen by class or by a node; code and version in the key",
    "a materializer of the script keeps its class; its code and version are in the key",
    "two materializers of one class need a choice, which a node may make",
    "the node's choice goes before the port's type, the step's field and the value's class",
    "an artifact is loaded as another type where there is a way",
    "a materializer's own views, another materializer, and the members as they are" },
  { "C3", "a type without a materializer is an error before the run; a value without one names step and output",
    "a type without a materializer is an error before the run, a value without one names step and output" },
  { "C4", "metadata and previews from materializers are shown", "metadata and preview of a materializer are shown",
    "previews of built-in types are made when saving, and shown",
    "digits: the model has 695 support vectors, kept in the script's own format" },
  { "C5", "artifact versions and names, tags, search; 10 comes after 9",
    "versions are reached by number, from the end and by tag; 10 comes after 9",
    "tags are put on and taken off, and a port's tags do not come back",
    "artifacts are listed by type, pipeline, time, name and text, page by page",
    "an artifact has versions in order, 10 after 9, and the name of its port",
    "equal content is one artifact; a name gets a version when the content changes" },
  { "C14", "results are taken out as CSV, JSON, JSON lines, .npy and text, which other programs read",
    "a frame is a file of each format, by the ending of its path or by --as",
    "in .npy a frame is a structured array, dates are datetime64[ms], missing ones NaT",
    "NumPy reads what is written", "pandas reads what is written",
    "what a format cannot hold is told with what the value is and what holds it" },
  { "C15", "JSON lines are read and written as frames and lists, value by value",
    "a frame is an object on each line, and the same frame when it is read",
    "a step that reads or writes JSON lines runs again when the file changed",
    "--input of JSON records or JSON lines is a frame, its columns in the order of the text" },
  { "C6", "a fresh project has exactly three components, with real paths",
    "a fresh project has exactly three components, with real paths" },

  -- Caching and lineage
  { "C13", "t.artifact hands a step the artifact itself, its metadata in the key",
    "the artifact itself comes, with its value, type and digest, and the step stays cacheable",
    "what the step that made it said of it is in the key" },
  { "D1", "second run: all cached, the same digests, no body ran",
    "a second run is all cached: the same digests, and no body ran" },
  { "D2", "swap a step: what is before it is cached, it and what follows run",
    "a step that is swapped runs, with what follows; what is before it is cached",
    "digits: another gamma trains and evaluates again, and does not load again",
    "digits: another trainer in its place runs, and what follows it; the digits are not loaded again" },
  { "D3", "off anywhere wins; on never overrides a step's own off",
    "off is off at the step, the pipeline, the run and the command line; on overrides none" },
  { "D4", "a cached step names the run that produced its result", "a cached step names the run that made its result",
    "a pipeline or step of another name that takes all from the cache names it" },
  { "D5",
    "graphs: squares and circles, the colours, dashed when cached; text, SVG, DOT, Mermaid, JSON, one offline page",
    "the SVG has a circle for each step, a square for each artifact, the colours and dashes",
    "cached steps are dashed and say where they are from; others are not",
    "each format is written, and -o takes it from the extension",
    "names of any kind leave the page without elements of theirs",
    "labels of a hundred nodes do not overlap" },
  { "D8", "drawing from code: run:graph(), rille.show; durations, what takes too long stands out",
    "run:graph(), pipeline:graph() and rille.show draw from code",
    "a step that takes much longer than it used to stands out" },
  { "D6", "lineage up and down, across runs",
    "lineage goes up to what a result was made from, and down to what came of it",
    "steps that made equal bytes are no ancestors and no descendants",
    "lineage goes down across runs and pipelines, equal runs as one",
    "text has a step a line, in columns, each once; long chains and many inputs are counted",
    "lineages of any depth and any number of ways cost each step once, and are not indented" },
  { "D7", "why, why not, diff and plan, down to the changed line",
    "why names the parameter, the captured value and the changed line",
    "plan says what would run and why, without running or writing",
    "plan estimates the time from past runs, for one job and for several",
    "why of a hit names the result, what was compared and what was read" },

  -- Configuration
  { "G1", "parameters by code, YAML and command line, with one precedence",
    "a run is set by a YAML file, below the command line and above the code",
    "config says of each value where it is from", "what the call gives is nearer than the file",
    "mistakes have a line, a column and what was meant" },

  -- Models and the end-to-end project
  { "E4", "metadata of an output from inside a step, kept through caching",
    "metadata of an output and logged parameters are kept with it, through the cache" },
  { "E5", "external artifacts by value, id, pipeline and name; 0, false and the empty text are values",
    "0, false and the empty text are values of an external artifact",
    "an external artifact by version, by id, by the name of its port, by output alone, and from history",
    "an artifact of another pipeline is an input; a later version of it is a miss, the same one a hit",
    "an external artifact of two things" },

  -- What the others have not
  { "H1", "helpers, modules, captured values are in the key without listing them",
    "helpers, modules and captured values are in the key without being listed" },
  { "H2", "files, folders, variables that a step read are dependencies, absent ones too",
    "files, missing files, folders and variables that a step read are dependencies",
    "a file that does not exist is a dependency, and its appearance a change" },
  { "H3", "why it ran, and why it was a hit, to the changed line",
    "why names the parameter, the captured value and the changed line",
    "why of a step behind one that made equal bytes says that it was cut off" },
  { "H4", "non-determinism is found: steps run again, bytes are compared, the impure call is named",
    "a run that is whole is said to be, and every step that runs again makes the same bytes",
    "a rerun that comes out otherwise names step, output, difference and cause: ",
    "the lines of lint name file, line, step and what to do; a step of no pipeline is looked at too",
    "random programs read no more than their fingerprints name" },
  { "H6", "arrays are mapped from step to step", "a large array is stored as it is, and the next step maps it" },
  { "H7", "artifacts are audited with sha256sum and lz4",
    "every object is audited with lz4 and sha256sum, an artifact with sha256sum -c",
    "a damaged object is found, is no hit, and heals when its step runs again" },
  { "H8", "loading an artifact never runs code", "loading an artifact runs no code: what is stored is data",
    "bytecode is refused by every loader" },
  { "H9", "nothing to unlock after kill -9",
    "kill -9 in a step: the next run says so and goes on, with nothing to unlock" },
  { "H10", "two runs that need the same result compute it once; a branch or a fan-out may depend on data",
    "of two processes one makes the result, the other waits, says for whom, and takes it",
    "the owner is killed: the other one notices, and makes the result itself",
    "an item in front, gone, or in another place runs no other item again",
    "a condition that is true runs one branch, one that is false the other" },
  { "H11", "a library of one header for C, a module for a stock Lua: the same digests",
    "through librille from a small C host", 'by require \\"rille\\" in a stock lua5.4' },
  { "N10", "an engine in a program loads many scripts, outlives their mistakes, and leaves the process to its host",
    "several_scripts_share_an_engine", "nothing_is_left_of_a_script_that_failed",
    "os_exit_ends_the_call_only", "nothing_reaches_the_streams_of_the_host",
    "structs_of_other_headers_are_taken_by_their_size", "the_library_calls_none_of_them" },
  { "N11", "an error of rille's own keeps its traceback wherever it happens; --scripts checks its folder",
    "an error of ours in what a hook calls is in the step's log, with its traceback",
    "--scripts says what is wrong with its folder" },
  { "H16", "what a name reaches is the same with the cache on and off",
    "what names reach is the same with the cache on and off, sequence ",
    "an unlisted run is reached by its own name, not by those of artifacts" },
  { "N2",
    "a text for the shell fails when a part of it fails, and SIGPIPE is no failure; what cannot be started says why",
    "a text fails when a part of it fails, and says which",
    "a part of a pipeline that is read no further has not failed",
    "a text with its parts marked is to bash the same commands",
    "a command of a Lua step that failed while the step went on is noted once, in the run and in the log",
    "no more descriptors: exit code 4 wherever they end, and what to do",
    "os.execute says the same of a script with Windows line ends" },
  { "N9", "null has one meaning: an absent field, rille.null in a list, the default of a parameter",
    "null in what a program writes: an absent field, and a place in a list",
    "null is the default of a parameter, wherever it is given",
    "what a step captures tells null from false, from the text and from nothing" },
  { "N12", "data is not rounded or misread in silence: large integers, files that are no CSV, frames through programs",
    "integers past 2^53 are not rounded: alone they are i64, beside missing ones text",
    "a file of another kind is refused by what it looks like, whole and in chunks",
    "a frame keeps its columns' types through a program that keeps its fields" },
  { "H17", "lineage by recorded wires, true also where contents coincide",
    "steps that made equal bytes are no ancestors and no descendants" },
  { "H19", "a run of which all is cached leaves one row",
    "a run of which all is cached writes its own row and no other" },
}

-- The text of every test that tests/run runs.
local function all_tests()
  local texts = {}
  local list <close> = assert(io.popen("find '" .. paths.root .. "/tests' -name '*_test.lua' -o -name '*_test.c'"))
  for path in list:lines() do
    if not path:find "features_test" then
      local f <close> = assert(io.open(path, "rb"))
      texts[#texts + 1] = f:read "a"
    end
  end
  return table.concat(texts)
end

local TESTS <const> = all_tests()

check.test("every capability has one row", function()
  local seen = {}
  for _, row in ipairs(ROWS) do
    check.ok(row[1]:match "^%u%d+$", row[1] .. " is no id")
    check.ok(not seen[row[1]], row[1] .. " has two rows")
    check.ok(#row >= 3, row[1] .. " names no test")
    seen[row[1]] = true
  end
end)

for _, row in ipairs(ROWS) do
  check.test(row[1] .. ": " .. row[2], function()
    for i = 3, #row do
      local sentence = row[i]
      local found = TESTS:find('"' .. sentence .. '"', 1, true) or TESTS:find("RUN(" .. sentence .. ")", 1, true)
      check.ok(found, 'there is no test "' .. sentence .. '"')
    end
  end)
end

check.done()
