-- rille help steps
return [[
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

A step may be a program in any language: rille help programs.

Fields: doc, inputs, params, outputs, run; cache (rille help cache); version, a
string or an integer that is part of the key; materializers.  A parameter is a
type or a plain default: { gamma = 0.1 } is a number.

Calling a step
  inside define          adds it to the pipeline (rille help pipelines)
  in a running step      is a plain call of its function
  elsewhere              runs it now, through the cache, and gives artifacts:
                         scale { x = array.from { 1, 2 } }:load()
  scale.fn(x, p)         is its function; nothing is stored
Inputs and parameters go by name in one table, or inputs by position; a last
table may then carry the parameters: scale(x, { by = 3 }).

Options, never mixed with inputs: scale:with { id =, after =, cache =,
materializers =, PARAMETER = default } gives a step like it.

The context
  ctx.params  ctx.step.id  ctx.step.name  ctx.run.id  ctx.run.name
  ctx.tmpdir             a folder for this step run, removed after it
  ctx.pipeline           the runs of this pipeline; needs cache = false
  ctx:log(fmt, ...)      a line in the log; print goes there too
  ctx:log_metric { accuracy = 0.9 }         numbers, kept with the step run
  ctx:log_metadata { source = "lab 3" }     plain data, kept with it
  rille.context()        is ctx where it was not handed on; an error outside a
                         running step

Inputs are made anew from the store for every step: no table is shared by
accident.  A mistake is an error at your line, found before any step runs where
that is possible.
]]
