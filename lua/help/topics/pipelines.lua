-- rille help pipelines
return { order = 40, text = [[
Pipelines

  local text = rille.pipeline "text" {
    params = { path = "a.txt" },
    define = function(p)
      local words = split_words { path = p.path }
      count(words)
    end,
  }
  local run = text:run { params = { path = "b.txt" } }
  print(run.steps.count.output:load())

define is ordinary Lua: calling a step adds a node and returns it; the node
represents the step's output.  If a node has several outputs, choose one by
name: data.X_train.  define cannot read values that are known only after a step
has run: a node is not a number, a list or a condition.  `if node then` and
`node == v` would always give the same answer, so they are errors: use
rille.when to branch.  You may test a variable that may be nil: local d = p.fast
and load() or nil.

Wiring by name: a node without a name in the table fills the inputs that have
the same names as its outputs.  Given an output "model" of train, and the
outputs X_train, X_test, y_train and y_test of load_digits:

  local d = load_digits()
  local m = train { d, gamma = 0.1 }      X_train = d.X_train, y_train = ...
  evaluate { d, m }                       model = m, X_test = d.X_test, ...
  evaluate { d, model = other }           an explicit name takes precedence
  train { d.X_train, y_train = labels }   one output of a node fills one input
  local X_train, X_test = d:unpack()      the outputs in declared order

Outputs that match no input are ignored.  A node that fills no input is an
error, and so are two nodes for the same input: write NAME = NODE.NAME to choose
one.  An input of the pipeline (inputs.X) fills the input X; the result of
rille.when takes the output's name if its branches agree on one.  If a step's
only input is a list, a table with nothing but nodes of the list's type is that
list: sum { a, b }.  Wiring and keys are the same as for the call with all names
written out.

  step:with { id = "train_2" } { ... }    a second call of a step needs an id
  t.list(T) inputs                        accept a list of nodes (fan-in)
  step:with { after = { node, "id" } }    order without data
  count(split_words { path = "x" })       calls can be nested
  step:map { x = list }                   one node per item of a list that a
                                          step returns: rille help maps
  rille.when(condition, { ... })          a branch on data: rille help maps

Slots separate a recipe from its steps:

  local recipe = rille.pipeline "digits" {
    slots = { "importer", "trainer" },
    define = function(p, s) s.trainer(s.importer()) end,
  }
  local digits = recipe { importer = load_digits, trainer = svc_trainer }

Inputs are passed to the run; define receives them after the parameters (and
after the steps of the slots):

  local score = rille.pipeline "score" {
    inputs = { t.matrix "X" },
    define = function(p, inputs) predict { X = inputs.X } end,
  }
  score:run { inputs = { X = array } }        rille run FILE --input X=x.npy

The value becomes an artifact, is checked against the input's type, and enters
the key by its content.  Wire the input in define like a node.

Steps in define and pipelines also accept existing artifacts as inputs:

  rille.external { pipeline = "train", artifact = "fit::model" }    the latest
  rille.external { pipeline = "train", artifact = "model", version = 3 }
  rille.external { model_artifact = "model", model = "digits",
    version = "production" }                  rille help models
  rille.external { id = "5c5e3ba8c2bd" }      from rille artifact list
  rille.external { value = v }                0, false and "" are valid values
  run.steps.fit.outputs.model                 from history

artifact is STEP::OUTPUT, the name that the port declares, or just OUTPUT if
only one step has it.  The latest artifact is the one from the pipeline's newest
run.  Every plan and every run looks it up; its content is in the key, so the
steps that use it run again when the version changes.  Lineage continues into
the run that produced it.

Classes:

  local Digits = rille.Pipeline:extend "digits" { params = { gamma = 0.1 } }
  function Digits:connect(p) train { gamma = p.gamma } end
  Digits:run {}

connect is define with self, the pipeline including whatever the script set in
it; the table of fields is optional.  Digits:extend "more" inherits fields and
methods.

Running
  p:run { params =, inputs =, run_name =, unlisted =, cache =, tags =,
          config =, jobs =, execution_mode =, resources =, stack =,
          openlineage =, raise = }
      returns the run.  It raises an error if the run fails, unless raise =
      false.  run_name may contain {n} {date} {time} {pipeline}; names are
      unique.  config = "F.yaml" sets what the call does not set, as does a
      table in its place, or a list of such, the later over the earlier (rille
      help config).  cache = false turns the cache off here, as it does in the
      pipeline or on the command line.
  p:plan { params =, inputs =, cache =, config =, stack = }
                                  { { id, step, status, reason }... }
  p:spec()                        { hash, nodes }: the wiring, without inputs

Each step starts as soon as its inputs are ready; several run at once (rille
help limits).  If a step fails, the steps that depend on it are skipped and the
run ends; rille run -k keeps going with independent steps.  The next run takes
the completed steps from the cache.  on_failure and on_success of a pipeline
apply to its steps; on_end = function(run, ctx) is called once for each run
(rille help alerts).
]] }
