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

run takes the inputs in declared order, then the parameters, then the context;
trailing ones may be left off.  It returns the outputs in declared order.
p is a plain table of the declared parameters.  To read a name that is near to a
declared one (p.gama) is an error where it is read; any other name gives nil,
and rille lint names it.  A function that p is handed to may look for options
that the step does not have: o.rate or 1, if o.rate.
rille.step("scale", { ... }) is the same definition.

A step may be a program in any language: rille help programs.

Fields: doc, inputs, params, outputs, run; cache (rille help cache); version, a
string or an integer that is part of the key; materializers; retries, timeout,
resources, on_failure, on_success (rille help limits).  A parameter is a type or
a plain default: { gamma = 0.1 } is a number.

Calling a step
  inside define          adds it to the pipeline (rille help pipelines)
  in a running step      is a plain call of its function
  elsewhere              runs it now, through the cache, and gives artifacts:
                         scale { x = array.from { 1, 2 } }:load()
  scale.fn(x, p)         is its function; nothing is stored
Inputs and parameters go by name in one table, or inputs by position; a last
table may then carry the parameters: scale(x, { by = 3 }).  Inside define a node
without a name fills the inputs that are called as its outputs are:
scale { data, by = 3 } (rille help pipelines).

Options, never mixed with inputs: scale:with { id =, after =, cache =,
materializers =, retries =, timeout =, resources =, on_failure =, on_success =,
PARAMETER = default } gives a step like it.

The context
  ctx.params  ctx.step.id  ctx.step.name  ctx.run.id  ctx.run.name
  ctx.tmpdir             a folder for this step run, removed after it; the
                         copies of t.file and t.dir inputs are in it, too.
                         Return what is there (rille.file(path) for t.file,
                         or its content): its path as a result is an error
  ctx.pipeline           the runs of this pipeline; needs cache = false
  ctx:log(fmt, ...)      a line in the log; print goes there too
  ctx:log_metric { accuracy = 0.9 }         numbers, kept with the step run
  ctx:log_metric({ loss = 0.3 }, epoch)     the same at a step: all values are
                         kept; rille show RUN/STEP and rille plot draw them
  ctx:log_params { depth = 3 }              what the step chose itself
  ctx:log_metadata { source = "lab 3" }     plain data, kept with it
  ctx:log_artifact_metadata([output,] { rows = 3 })
                         plain data, kept with the output; hits have it too
  ctx:output_uri([output])                  a folder for files of the output
  ctx:output_materializer(output, value)     { type, version } of what will
                         save it; value where the type leaves that open
  rille.context()        is ctx where it was not handed on; an error outside a
                         running step

The output's name may be left off where there is one output.

Files put into ctx:output_uri() become members of the output's artifact:
  the step returns a value    they are kept beside it, as staged/PATH; see
                              rille artifact get, artifact:bytes "staged/PATH"
  it returns nothing, t.dir   the folder is the value
  it returns nothing, t.file  the one file in it is the value
They are part of the artifact's digest, so other files are another artifact.

Classes
  local Trainer = rille.Step:extend "trainer" {
    inputs = { t.matrix "X", t.vector "y" }, outputs = { t.svm "model" },
  }
  Trainer.folds = 5
  function Trainer:prepare(X) return X / self.folds end
  function Trainer:entrypoint(X, y, p, ctx)
    return svm.SVC.fit(self:prepare(X), y, p)
  end
Trainer is a step like any other: call it, :with it, wire it.  self has what the
script set in the class, and all of that is in the key.  Without self, written
function Trainer.entrypoint(X, y, p, ctx), the body is the same code as run in
the functional style and has the same key; with self the code is another one,
and so is the key.  Wiring and its hash are the same in all styles.
  local Deep = Trainer:extend "deep" { params = { depth = 3 } }
takes over fields, params one by one, methods and body; each may be changed.
rille.steps.NAME finds a step by its name.

Inputs are made anew from the store for every step: no table is shared by
accident.  A mistake is an error at your line, found before any step runs where
that is possible.
]] }
