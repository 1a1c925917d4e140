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

define is ordinary Lua: calling a step in it adds a node, and gives the node,
which stands for its output.  A node with several outputs gives them by name:
data.X_train.  What is known only when a step has run cannot be read there: a
node is no number, no list and no condition.  `if node then` and `node == v`,
which would always decide the same, are errors: branch by rille.when.  What may
be nil may be tested, as in local d = p.fast and load() or nil.

Wiring by name: a node in a table fills the inputs that are called as its
outputs are.  With an output "model" of train, and X_train, X_test, y_train and
y_test of load_digits:

  local d = load_digits()
  local m = train { d, gamma = 0.1 }      X_train = d.X_train, y_train = ...
  evaluate { d, m }                       model = m, X_test = d.X_test, ...
  evaluate { d, model = other }           a name that is written wins
  train { d.X_train, y_train = labels }   an output of a node fills one input
  local X_train, X_test = d:unpack()      the outputs in declared order

Outputs that the step does not take are left out.  A node that fills no input is
an error, and so are two nodes for one input: write NAME = NODE.NAME for it.  An
input of the pipeline (inputs.X) fills the input X; what rille.when gives has
the output's name if its branches agree on it.  A table of nothing but nodes
that fit the list which the step's only input takes is that list: sum { a, b }.
The wiring and the keys are those of the call written out.

  step:with { id = "train_2" } { ... }    a second call of a step needs an id
  t.list(T) inputs                        take a list of nodes (fan-in)
  step:with { after = { node, "id" } }    order without data
  count(split_words { path = "x" })       calls nest
  step:map { x = list }                   a node per item of a list that a step
                                          makes: rille help maps
  rille.when(condition, { ... })          a branch on data: rille help maps

Slots keep the recipe apart from its steps:

  local recipe = rille.pipeline "digits" {
    slots = { "importer", "trainer" },
    define = function(p, s) s.trainer(s.importer()) end,
  }
  local digits = recipe { importer = load_digits, trainer = svc_trainer }

Inputs are given at the run, and come to define after the parameters (and the
slots' steps):

  local score = rille.pipeline "score" {
    inputs = { t.matrix "X" },
    define = function(p, inputs) predict { X = inputs.X } end,
  }
  score:run { inputs = { X = array } }        rille run FILE --input X=x.npy

A value becomes an artifact, checked by the type of the input and in the key by
its content.  What define gets stands for it, to be wired as a node is.

Artifacts from outside are inputs too, of steps in define and of pipelines:

  rille.external { pipeline = "train", artifact = "fit::model" }    the latest
  rille.external { pipeline = "train", artifact = "model", version = 3 }
  rille.external { id = "5c5e3ba8c2bd" }      of rille artifact list
  rille.external { value = v }                0, false and "" are values
  run.steps.fit.outputs.model                 from history

artifact is STEP::OUTPUT, the name that the port gives, or OUTPUT alone where
one step has it.  The latest is what the newest run of the pipeline had.  It is
looked up for each plan and run; the content of what is found is in the key, so
another version runs what takes it; lineage leads on to the run that had it.

Classes:

  local Digits = rille.Pipeline:extend "digits" { params = { gamma = 0.1 } }
  function Digits:connect(p) train { gamma = p.gamma } end
  Digits:run {}

connect is define with self, the pipeline with what the script set in it; the
fields may be left off.  Digits:extend "more" takes over fields and methods.

Running
  p:run { params =, inputs =, run_name =, unlisted =, cache =, tags =,
          config =, jobs =, execution_mode =, resources =, raise = }
      gives the run.  It raises when the run failed, unless raise = false.
      run_name may hold {n} {date} {time} {pipeline}; names are unique.
      config = "F.yaml" sets what the call does not (rille help config).
      cache = false here, at the pipeline or on the command line: off
      anywhere is off.
  p:plan { params =, inputs =, cache =, config = }
                                  { { id, step, status, reason }... }
  p:spec()                        { hash, nodes }: the wiring, without inputs

Steps run as soon as what they need is there, several at once (rille help
limits).  When one fails, those that need it are skipped and the run ends; rille
run -k goes on with the others.  Running again takes what was finished from the
cache.  on_failure and on_success of a pipeline are those of its steps.
]] }
