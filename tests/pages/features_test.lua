-- features.lua -- what rille does, capability by capability, and the test that
-- shows it.
--
-- A row is { id, what a user sees, file, sentence, ... }: pairs of a test file and
-- of a test's name in it.  A row whose file or sentence is not there fails.

package.path = "lua/?.lua;" .. package.path
local check = require "check"

local FEATURES <const> = "cases/features_test.lua"
local LIVE <const> = "cases/live_test.lua"
local UNDERSTAND <const> = "cases/understand_test.lua"
local ARTIFACTS <const> = "cases/artifacts_test.lua"
local MISTAKES <const> = "cases/mistakes_test.lua"
local FORMS <const> = "cases/forms_test.lua"
local LIMITS <const>, WORKERS <const> = "cases/limits_test.lua", "cases/workers_test.lua"

local ROWS = {
  -- Steps
  { "A1", "a function becomes a step with one declaration", FEATURES, "a function becomes a step with one declaration" },
  { "A2", "a missing or wrong type is an error at definition or at the boundary, naming the port",
    MISTAKES, "a missing input", MISTAKES, "a wired output of another type",
    FEATURES, "a value that does not fit is an error at the boundary, naming the port" },
  { "A3", "node and step.output stand for the only output", FEATURES, "a node with one output stands for it, and step.output does in history",
    MISTAKES, "a step with four outputs where one is needed" },
  { "A4", "several outputs in order; a wrong count of returns says what was expected",
    FEATURES, "several outputs are returned in declared order, and a wrong count is told" },
  { "A5", "step.fn runs the function: no rows, no files", FEATURES, "step.fn runs outside the engine and leaves nothing" },
  { "A6", "class style: the same spec, and keys that behave the same",
    FORMS, "class style and functional style give one wiring", FORMS, "an edit misses and a comment hits, as in the functional style",
    FORMS, "an entrypoint without self hits what the function made", FORMS, "what self holds is in the key: a value, a method; why names it",
    MISTAKES, "a class without an entrypoint, when it is used" },
  { "A7", "parameters with defaults, types, ranges, enums; a change runs the step again and is kept with it",
    FEATURES, "a parameter that changes runs the step again, and is kept with it", MISTAKES, "a parameter out of range",
    MISTAKES, "a parameter that is near to a value of its enum" },
  { "A16", "a parameter that is read and not declared is told, by lint and at run time; all other uses see a plain table",
    MISTAKES, "a parameter that is not declared", MISTAKES, "parameters are a plain table: all of them, and what is near to none is nil",
    "cases/lint_test.lua", "that in a function which it is handed to" },
  { "A17", "what no step has made yet is no condition, no list and no number; what may be nil may be tested",
    MISTAKES, "conditions on what is known, or may be nil, are no mistakes", MISTAKES, "an output by number", "lua/flow_test.lua", "a variable that a loop changes later" },
  { "A18", "names of other tools, and arguments in another order, are answered with the right form",
    MISTAKES, "names of arguments that tell nothing wrong are no mistakes", MISTAKES, "a step in the place of its node", MISTAKES, "two steps of one name",
    MISTAKES, "definitions are made by a name and a table between parentheses, too" },
  { "A8", "a literal given to an input becomes an artifact; a node given to a parameter is an error",
    FEATURES, "a literal given to an input is an artifact of its own", MISTAKES, "a node for a parameter" },
  { "A9", "the context is the last argument; outside a step rille.context() is an error",
    FEATURES, "the context is the last argument, and rille.context() is the same; outside a step it is an error" },
  { "A10", "history inside a step has all runs of the pipeline, the running one included and marked",
    FEATURES, "history in a step has all runs of the pipeline, the running one included",
    FEATURES, "history in a step that may be cached is refused" },
  { "A11", "output uri and materializer from the context: none, several without a name, unknown name are errors",
    FORMS, "files put under ctx:output_uri become members of the output, and nothing else is returned for a folder",
    FORMS, "output_uri: no output, several without a name, an unknown name",
    FORMS, "output_materializer tells type and version; where the value decides it wants the value" },
  { "A12", "logs, prints and source of each step run are kept; what prints is seen in groups, and followed while it runs",
    FEATURES, "what a step prints and logs, and its source, are kept", LIVE, "with two workers what each step prints stands in a group of its own",
    LIVE, "log -f of a step shows what it prints as it does, and ends with the step",
    "cases/step_log_test.lua", "a long log keeps its beginning and its end: a step with a command",
    "cases/step_log_test.lua", "the file of a log stays small while it grows",
    "cases/flush_test.lua", "what a running step prints is in rille log, and after kill -9, too" },
  { "A13", "steps in any language: a port of any type becomes a file on the way, and the cache holds",
    "examples.lua", "sklearn: a Python script trains on .npy files and its model goes on, through the cache",
    "cases/command_test.lua", "why tells the word of the command, the environment and the lines of its script that changed",
    "cases/command_test.lua", "an exit code fails the step with the command and the end of its output, once" },
  { "A14", "interfaces and unions are types of ports", FEATURES, "a step takes every class that its interface or union names",
    "lua/types_test.lua", "a model's type takes the models of its battery alone" },
  { "A15", "positional wiring, nested calls and names give the same wiring", FEATURES, "inputs by position, nested calls and by name give one wiring" },

  -- Pipelines and runs
  { "B1", "slots: the recipe apart from its steps; missing, unknown, extra ones are errors at the user's line",
    FEATURES, "slots keep the recipe apart from its steps", MISTAKES, "a slot that there is not", MISTAKES, "a slot is given nothing" },
  { "B2", "class style connect: the same spec hash as functional", FORMS, "class style and functional style give one wiring" },
  { "B3", "shuffled wiring gives the same hash", FEATURES, "the order in which nodes are defined does not change the wiring's hash" },
  { "B4", "run with other parameters, and compare: parameters, code, outputs, metrics", UNDERSTAND, "diff compares outputs by what they are: cells, elements, columns, lines, sizes",
    UNDERSTAND, "diff gives the changed line of code, what was read, and the wiring" },
  { "B5", "run names: by default, given, unique; a duplicate is refused before any step",
    FEATURES, "a run has a name of its own: by default, given, filled in, refused when it is taken" },
  { "B6", "a changed wiring is a new version and says so; old runs keep theirs", FEATURES, "a changed wiring is a new version, told at its first run",
    ARTIFACTS, "a pipeline shows the versions of its wiring, and what changed" },
  { "B7", "unlisted runs; a pipeline is deleted: its runs stay, unlisted, its name is free",
    ARTIFACTS, "unlisted runs are kept out of listings and of history, and found by name",
    ARTIFACTS, "a deleted pipeline's runs stay, unlisted; its name is free and begins anew" },
  { "B8", "fan-out in a loop, fan-in as a list, after; an unknown id is an error",
    FEATURES, "a loop fans out, a list fans in, and after orders without data",
    "cases/dynamic_test.lua", "a map runs a step once per item, and gives a list in order", "examples.lua", "gammas: one more candidate trains that one alone" },
  { "B9", "hooks on_failure and on_success, at a step and at its pipeline; an error in one is logged and changes nothing",
    LIMITS, "a pipeline's hooks are those of its steps that have none; an error in one changes nothing",
    LIMITS, "when all attempts fail the last one is the step's, and the hook is called once", LIMITS, "hook code is in no key" },
  { "B10", "retries with delay and backoff, timeouts, memory limits; every attempt is kept with its log",
    LIMITS, "a step that fails is tried again, every attempt is kept with its log", LIMITS, "a crash and a timeout are attempts too",
    "cases/stopping_test.lua", "a program's handler of SIGTERM runs to its end wherever the program was started",
    LIMITS, "what a step started ends with it: first asked, then killed", LIMITS, "a step over its memory fails by name, and the next ones run" },
  { "B11", "failure modes: stop, fail fast, continue; what needs the failed step is skipped and says so",
    LIMITS, "stop_on_failure: no new steps, running ones finish", LIMITS, "fail_fast: running ones are stopped",
    LIMITS, "continue_on_failure: what does not need the failed step runs" },
  { "C9", "the local orchestrator runs steps in parallel workers; a crash is in the step's record; any -j gives the same",
    WORKERS, "a crash is in the step's record, with what it had logged; the others run",
    WORKERS, "what a step changes of what it captures, no other sees; its result is kept",
    WORKERS, "kill -9 of the parent ends its workers and what they started; the next run closes it and tidies up" },
  { "B12", "run again: finished steps are hits, also after kill -9",
    FEATURES, "after a failure the finished steps are hits, and what needed it is skipped",
    "lua/meta_test.lua", "kill -9 of a process with a run: its steps stay, it is interrupted, the next ones hit",
    "cases/flush_test.lua", "the value of a finished step can be had while its successor runs",
    "cases/flush_test.lua", "what ended before a hook is committed while the hook runs" },
  { "B14", "the console of a run: on a terminal, in a pipe, for programs; left clean; stopped and followed from another",
    FEATURES, "the console of a run tells store, name, every step, totals and where to look",
    LIVE, "a run on a terminal has a live region while it runs and leaves its lines alone, at 60, 80 and 120 columns",
    LIVE, "a terminal that changes its size keeps clean lines", LIVE, "in a pipe there are plain lines without escapes and carriage returns",
    LIVE, "Ctrl-C twice ends what runs, and the terminal is clean",
    LIVE, "stop ends a run as Ctrl-C does, by name, by what it is the newest of, or as the only one",
    LIVE, "--only runs the named steps; the others are hits or left out, and history says so",
    LIVE, "--from runs the named steps and all below them anew, the rest as usual, and keeps the results" },
  { "B15", "pipeline inputs given at run: arrays and frames from memory and from files",
    FORMS, "arrays from memory are inputs of a pipeline: artifacts, in the key by content",
    FORMS, "--input gives a pipeline its inputs from files, for run and plan", MISTAKES, "an input of a pipeline that is missing",
    MISTAKES, "an input of a pipeline that there is not", MISTAKES, "an input of a pipeline of another type" },
  { "B16", "an edit runs what it touches within a second", "cases/watch_test.lua", "an edit runs what it touches, told in one line",
    "cases/watch_test.lua", "a mistake in the script is told at its line, and watched until it is mended" },

  -- Artifacts, materializers, stores
  { "C1", "the built-in materializers keep the laws", "laws/materializer_test.lua", "a table with everything",
    "laws/materializer_test.lua", "a tree", "laws/materializer_test.lua", "a linear regression" },
  { "C2", "a materializer in a script, chosen by class or by a node; code and version in the key",
    FEATURES, "a materializer of the script keeps its class; its code and version are in the key",
    FEATURES, "two materializers of one class need a choice, which a node may make",
    ARTIFACTS, "the node's choice goes before the port's type, the step's field and the value's class",
    ARTIFACTS, "an artifact is loaded as another type where there is a way",
    ARTIFACTS, "a materializer's own views, another materializer, and the members as they are" },
  { "C3", "a type without a materializer is an error before the run; a value without one names step and output",
    FEATURES, "a type without a materializer is an error before the run, a value without one names step and output" },
  { "C4", "metadata and previews from materializers are shown", FEATURES, "metadata and preview of a materializer are shown",
    ARTIFACTS, "previews of built-in types are made when saving, and shown",
    "examples.lua", "digits: the model has 695 support vectors, kept in the script's own format" },
  { "C5", "artifact versions and names, tags, search; 10 comes after 9",
    ARTIFACTS, "versions are reached by number, from the end and by tag; 10 comes after 9",
    ARTIFACTS, "tags are put on and taken off, and a port's tags do not come back",
    ARTIFACTS, "artifacts are listed by type, pipeline, time, name and text, page by page", FEATURES, "an artifact has versions in order, 10 after 9, and the name of its port",
    "lua/meta_test.lua", "equal content is one artifact; a name gets a version when the content changes" },
  { "C6", "a fresh project has exactly three components, with real paths", ARTIFACTS, "a fresh project has exactly three components, with real paths" },

  -- Caching and lineage
  { "C13", "t.artifact hands a step the artifact itself, its metadata in the key", "cases/artifact_port_test.lua",
    "the artifact itself comes, with its value, type and digest, and the step stays cacheable",
    "cases/artifact_port_test.lua", "what the step that made it said of it is in the key" },
  { "D1", "second run: all cached, the same digests, no body ran", FEATURES, "a second run is all cached: the same digests, and no body ran" },
  { "D2", "swap a step: what is before it is cached, it and what follows run",
    FEATURES, "a step that is swapped runs, with what follows; what is before it is cached",
    "examples.lua", "digits: another gamma trains and evaluates again, and does not load again",
    "examples.lua", "digits: another trainer in its place runs, and what follows it; the digits are not loaded again" },
  { "D3", "off anywhere wins; on never overrides a step's own off",
    FEATURES, "off is off at the step, the pipeline, the run and the command line; on overrides none" },
  { "D4", "a cached step names the run that produced its result", FEATURES, "a cached step names the run that made its result",
    ARTIFACTS, "a pipeline or step of another name that takes all from the cache names it" },
  { "D5", "graphs: squares and circles, the colours, dashed when cached; text, SVG, DOT, Mermaid, JSON, one offline page",
    "lua/draw_test.lua", "the SVG has a circle for each step, a square for each artifact, the colours and dashes",
    "cases/graph_test.lua", "cached steps are dashed and say where they are from; others are not",
    "cases/graph_test.lua", "each format is written, and -o takes it from the extension",
    "lua/draw_test.lua", "names of any kind leave the page without elements of theirs",
    "lua/draw_test.lua", "labels of a hundred nodes do not overlap" },
  { "D8", "drawing from code: run:graph(), rille.show; durations, what takes too long stands out",
    "cases/graph_test.lua", "run:graph(), pipeline:graph() and rille.show draw from code",
    "cases/graph_test.lua", "a step that takes much longer than it used to stands out" },
  { "D6", "lineage up and down, across runs", FEATURES, "lineage goes up to what a result was made from, and down to what came of it",
    "cases/lineage_test.lua", "steps that made equal bytes are no ancestors and no descendants",
    UNDERSTAND, "lineage goes down across runs and pipelines, equal runs as one",
    "cases/lineage_test.lua", "text has a step a line, in columns, each once; long chains and many inputs are counted",
    "lua/lineage_tree_test.lua", "lineages of any depth and any number of ways cost each step once, and are not indented" },
  { "D7", "why, why not, diff and plan, down to the changed line", FEATURES, "why names the parameter, the captured value and the changed line",
    FEATURES, "plan says what would run and why, without running or writing",
    UNDERSTAND, "plan estimates the time from past runs, for one job and for several",
    UNDERSTAND, "why of a hit names the result, what was compared and what was read" },

  -- Configuration
  { "G1", "parameters by code, YAML and command line, with one precedence", UNDERSTAND, "a run is set by a YAML file, below the command line and above the code",
    UNDERSTAND, "config says of each value where it is from", "lua/config_test.lua", "what the call gives is nearer than the file",
    "lua/config_test.lua", "mistakes have a line, a column and what was meant" },

  -- Models and the end-to-end project
  { "E4", "metadata of an output from inside a step, kept through caching",
    FORMS, "metadata of an output and logged parameters are kept with it, through the cache" },
  { "E5", "external artifacts by value, id, pipeline and name; 0, false and the empty text are values",
    FORMS, "0, false and the empty text are values of an external artifact",
    FORMS, "an external artifact by version, by id, by the name of its port, by output alone, and from history",
    FORMS, "an artifact of another pipeline is an input; a later version of it is a miss, the same one a hit",
    MISTAKES, "an external artifact of two things" },

  -- What the others have not
  { "H1", "helpers, modules, captured values are in the key without listing them",
    FEATURES, "helpers, modules and captured values are in the key without being listed" },
  { "H2", "files, folders, variables that a step read are dependencies, absent ones too",
    FEATURES, "files, missing files, folders and variables that a step read are dependencies",
    "lua/observe_test.lua", "a file that does not exist is a dependency, and its appearance a change" },
  { "H3", "why it ran, and why it was a hit, to the changed line", FEATURES, "why names the parameter, the captured value and the changed line",
    UNDERSTAND, "why of a step behind one that made equal bytes says that it was cut off" },
  { "H4", "non-determinism is found: steps run again, bytes are compared, the impure call is named",
    "cases/verify_test.lua", "a run that is whole is said to be, and every step that runs again makes the same bytes",
    "cases/verify_test.lua", "a rerun that comes out otherwise names step, output, difference and cause: ",
    "cases/lint_test.lua", "the lines of lint name file, line, step and what to do; a step of no pipeline is looked at too",
    "cases/audit_test.lua", "random programs read no more than their fingerprints name" },
  { "H6", "arrays are mapped from step to step", FEATURES, "a large array is stored as it is, and the next step maps it" },
  { "H7", "artifacts are audited with sha256sum and lz4", FEATURES, "every object is audited with lz4 and sha256sum, an artifact with sha256sum -c",
    FEATURES, "a damaged object is found, is no hit, and heals when its step runs again" },
  { "H8", "loading an artifact never runs code", FEATURES, "loading an artifact runs no code: what is stored is data",
    "lua/observe_test.lua", "bytecode is refused by every loader" },
  { "H9", "nothing to unlock after kill -9", FEATURES, "kill -9 in a step: the next run says so and goes on, with nothing to unlock" },
  { "H10", "two runs that need the same result compute it once; a branch or a fan-out may depend on data",
    "cases/flight_test.lua", "of two processes one makes the result, the other waits, says for whom, and takes it",
    "cases/flight_test.lua", "the owner is killed: the other one notices, and makes the result itself",
    "cases/dynamic_test.lua", "an item in front, gone, or in another place runs no other item again",
    "cases/dynamic_test.lua", "a condition that is true runs one branch, one that is false the other" },
  { "H11", "a library of one header for C, a module for a stock Lua: the same digests",
    "cases/tracer_test.lua", "through librille from a small C host", "cases/tracer_test.lua", 'by require \\"rille\\" in a stock lua5.4' },
  { "N10", "an engine in a program loads many scripts, outlives their mistakes, and leaves the process to its host",
    "embed/engine_test.c", "several_scripts_share_an_engine", "embed/engine_test.c", "nothing_is_left_of_a_script_that_failed",
    "embed/engine_test.c", "os_exit_ends_the_call_only", "embed/engine_test.c", "nothing_reaches_the_streams_of_the_host",
    "embed/engine_test.c", "structs_of_other_headers_are_taken_by_their_size", "embed/clash_test.c", "the_library_calls_none_of_them" },
  { "N11", "an error of rille's own keeps its traceback wherever it happens; --scripts checks its folder",
    "cases/fault_test.lua", "an error of ours in what a hook calls is in the step's log, with its traceback",
    "cases/fault_test.lua", "--scripts says what is wrong with its folder" },
  { "H16", "what a name reaches is the same with the cache on and off", "cases/names_test.lua", "what names reach is the same with the cache on and off, sequence ",
    "cases/names_test.lua", "an unlisted run is reached by its own name, not by those of artifacts" },
  { "N2", "a text for the shell fails when a part of it fails, and SIGPIPE is no failure; what cannot be started says why",
    "cases/command_test.lua", "a text fails when a part of it fails, and says which",
    "cases/command_test.lua", "a part of a pipeline that is read no further has not failed",
    "lua/strict_test.lua", "a text with its parts marked is to bash the same commands",
    "cases/command_test.lua", "a command of a Lua step that failed while the step went on is noted once, in the run and in the log",
    "cases/command_test.lua", "no more descriptors: exit code 4 wherever they end, and what to do",
    "cases/command_test.lua", "os.execute says the same of a script with Windows line ends" },
  { "N9", "null has one meaning: an absent field, rille.null in a list, the default of a parameter", "cases/null_test.lua",
    "null in what a program writes: an absent field, and a place in a list", "cases/null_test.lua", "null is the default of a parameter, wherever it is given",
    "cases/null_test.lua", "what a step captures tells null from false, from the text and from nothing" },
  { "N12", "data is not rounded or misread in silence: large integers, files that are no CSV, frames through programs", "lua/csv_test.lua",
    "integers past 2^53 are not rounded: alone they are i64, beside missing ones text", "lua/csv_test.lua",
    "a file of another kind is refused by what it looks like, whole and in chunks", "cases/command_test.lua",
    "a frame keeps its columns' types through a program that keeps its fields" },
  { "H17", "lineage by recorded wires, true also where contents coincide", "cases/lineage_test.lua",
    "steps that made equal bytes are no ancestors and no descendants" },
  { "H19", "a run of which all is cached leaves one row", "cases/names_test.lua", "a run of which all is cached writes its own row and no other" },
}

local texts = {}
local function text_of(file)
  if texts[file] == nil then
    local f = io.open(file, "rb")
    texts[file] = f and f:read "a" or false
    if f then f:close() end
  end
  return texts[file]
end

-- Is the file one that tests/run runs?
local function is_run(file)
  return file:find "^lua/[%w_]+_test%.lua$" or file:find "^laws/[%w_]+_test%.lua$" or file:find "^cases/[%w_]+_test%.lua$"
    or file:find "^embed/[%w_]+_test%.c$" or file == "examples.lua" or file == "readme.lua" or file == "layers.lua"
end

check.test("every capability has one row", function()
  local seen = {}
  for _, row in ipairs(ROWS) do
    check.ok(row[1]:match "^%u%d+$", row[1] .. " is no id")
    check.ok(not seen[row[1]], row[1] .. " has two rows")
    check.ok(#row >= 4 and #row % 2 == 0, row[1] .. " names no test")
    seen[row[1]] = true
  end
end)

for _, row in ipairs(ROWS) do
  check.test(row[1] .. ": " .. row[2], function()
    for i = 3, #row, 2 do
      local file, sentence = row[i], row[i + 1]
      local text = check.ok(text_of(file), file .. " is not there")
      check.ok(is_run(file), file .. " is not run by tests/run")
      local named = file:find "%.c$" and "RUN(" .. sentence .. ")" or '"' .. sentence .. '"'
      check.ok(text:find(named, 1, true), file .. ' has no test "' .. sentence .. '"')
    end
  end)
end

check.done()
