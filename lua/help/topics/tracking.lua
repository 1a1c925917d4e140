-- rille help tracking
return { order = 102, text = [[
Tracking: metrics, curves and parameters of runs, here and in other tools

In a step or a hook of a step
  ctx:log_metric { accuracy = 0.93 }             numbers
  ctx:log_metric({ loss = l }, { step = epoch })  a curve: all values are kept
  ctx:log_params { depth = 3 }                   choices that the step made
  ctx:log_metadata { source = "lab 3" }          plain data
  ctx.tracker:log_metric and the like            the same

All of it is kept with the step run.  A cached step has what it logged when it
ran.  Of a metric with more than 1,000 values every second, fourth, ... is kept,
and the last one.

  rille show RUN/STEP              the curves of a step
  rille plot RUN METRIC            drawn together; -o F.svg writes an image
  rille runs --sort metric.acc     runs by a metric (rille help runs)
  rille diff RUN RUN               metrics and curves of two runs side by side
  run.steps.fit.series.loss        { steps, values, times } in a script

Experiment trackers copy this to other tools.  A stack may have several (rille
help stacks):

  rille experiment-tracker register lab --flavor mlflow
  rille stack register tracked --experiment-tracker lab --active
  rille run digits.lua

builtin       rille's own records: nothing is copied
mlflow        MLflow's file store in the folder mlruns (path=DIR), one run each;
              experiment=NAME in place of the pipeline's name.  Metrics and
              parameters of steps are STEP/NAME; the pipeline's parameters have
              their own names.  Models are copied as artifacts with a file
              MLmodel; artifacts=all copies every output, artifacts=none
              nothing.  A run is written when it ends.  To look at it:
                mlflow ui --backend-store-uri mlruns
              MLflow from version 3.13 on wants MLFLOW_ALLOW_FILE_STORE=true for
              that; mlflow migrate-filestore takes the files to a database.
              Characters that MLflow does not take in names become _xHH; the
              name as it was is in a tag rille.name.*
tensorboard   event files in tensorboard/RUN (path=DIR), while the run goes on
              and at its end; tags are STEP/METRIC.  To look at them:
                tensorboard --logdir tensorboard

Trackers hear of cached steps too.  step:with { tracker = "NAME" } chooses those
that hear of one step, tracker = false none.  An error in a tracker never fails
a run: it is reported once and recorded with the run (rille show RUN).

  rille experiment-tracker export RUN|PIPELINE...

writes past runs again, in place of what was written of them: when the folder
was moved (MLflow keeps absolute paths), for another tracker, or for a run that
was killed.  Tags that others gave a run of MLflow stay.  All steps are written,
also those with a tracker of their own or false.
]] }
