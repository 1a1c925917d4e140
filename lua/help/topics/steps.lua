-- rille help steps
return { order = 20, text = [[
Steps

A step is a function with a name and typed inputs, parameters and outputs.

  local rille = require "rille"
  local t = rille.types

  local scale = rille.step "scale" {
    doc     = "Multiply a vector.",
    inputs  = { t.vector "x" },
    params  = { by = t.number { default = 2, gt = 0 } },
    outputs = { t.vector "y" },
    run = function(x, p, ctx)
      ctx:log("by %g", p.by)
      return x * p.by
    end,
  }

run receives the inputs in declared order, then the parameters, then the
context; leave out trailing arguments that you do not need.  It returns the
outputs in declared order.  p is a plain table of the declared parameters.
Reading a name close to a declared one (p.gama) is an error at that line; any
other undeclared name gives nil, and rille lint reports it.  A function that
receives p may check for options that the step does not have: o.rate or 1, if
o.rate.  rille.step("scale", { ... }) is the same definition.

A step can also be a program in any language: rille help programs.

Fields: doc, inputs, params, outputs, run; cache (rille help cache); version, a
string or an integer that is part of the key; materializers; retries, timeout,
resources, on_failure, on_success (rille help limits).  A parameter is a type or
a plain default: { gamma = 0.1 } declares a number; t.secret is for passwords
and tokens (rille help secrets).

Calling a step
  inside define          adds the step to the pipeline (rille help pipelines)
  inside a running step  calls its function directly
  anywhere else          runs the step now, through the cache, and returns
                         artifacts: scale { x = array.from { 1, 2 } }:load()
  scale.fn(x, p)         calls the function; nothing is stored
Pass inputs and parameters by name in one table, or inputs by position, with an
optional last table of parameters: scale(x, { by = 3 }).  Inside define, a node
without a name fills the inputs named like its outputs: scale { data, by = 3 }
(rille help pipelines).

Options are kept apart from inputs: scale:with { id =, after =, cache =,
materializers =, retries =, timeout =, resources =, on_failure =, on_success =,
tracker =, stack =, PARAMETER = default } returns a copy of the step with these
options.

The context
  ctx.params  ctx.step.id  ctx.step.name  ctx.run.id  ctx.run.name
  ctx.tmpdir             a folder for this step run, removed afterwards; it also
                         holds the copies of t.file and t.dir inputs.  Return a
                         file in it as rille.file(path) for an output t.file, or
                         return its content: returning the path is an error
  ctx.stack              the components of the run's stack (rille help stacks)
  ctx.pipeline           the runs of this pipeline; needs cache = false
  ctx:log(fmt, ...)      writes a line to the log; print writes there too
  ctx:log_metric { accuracy = 0.9 }         numbers, kept with the step run
  ctx:log_metric({ loss = 0.3 }, { step = epoch })
                         the same with a step number: all values are kept;
                         rille show RUN/STEP and rille plot draw them
  ctx:log_params { depth = 3 }              choices that the step itself made
  ctx:log_metadata { source = "lab 3" }     plain data, kept with the step run
  ctx.tracker            the same log_metric, log_params, log_metadata: all that
                         is logged goes to experiment trackers, too (rille help
                         tracking)
  ctx.alerter:alert "text"                  a message to people (rille help
                         alerts); the step is not cached
  ctx:log_artifact_metadata([output,] { rows = 3 })
                         plain data, kept with the output, also on a hit
  ctx:output_uri([output])                  a folder for files of the output
  ctx:output_materializer(output, value)   { type, version } of the materializer
                         that will save the output; pass the value if the type
                         leaves the choice open
  rille.context()        returns ctx in functions that do not receive it; an
                         error outside a running step

The output's name is optional if the step has one output.

Files in ctx:output_uri() become members of the output's artifact:
  the step returns a value    the files are kept with it as staged/PATH; read
                              them with rille artifact get, or artifact:bytes
                              "staged/PATH"
  it returns nothing, t.dir   the folder is the value
  it returns nothing, t.file  the single file in it is the value
The files are part of the artifact's digest: different files, different
artifact.

Classes
  local Trainer = rille.Step:extend "trainer" {
    inputs = { t.matrix "X", t.vector "y" }, outputs = { t.svm "model" },
  }
  Trainer.folds = 5
  function Trainer:prepare(X) return X / self.folds end
  function Trainer:entrypoint(X, y, p, ctx)
    return svm.SVC.fit(self:prepare(X), y, p)
  end
Trainer is a step like any other: call it, configure it with :with, wire it.
self has everything that the script set in the class, and all of it is in the
key.  Without self, as in function Trainer.entrypoint(X, y, p, ctx), the body
has the same code, and so the same key, as run in the functional style.  With
self, the code and the key are different.  The wiring and its hash are the same
in all styles.
  local Deep = Trainer:extend "deep" { params = { depth = 3 } }
inherits fields, parameters (one by one), methods and body; override any of
them.  rille.steps.NAME looks up a step by name.

Every step receives fresh copies of its inputs from the store, so steps never
share a table by accident.  A mistake is reported at your line, before any step
runs where possible.
]] }
