-- rille help history
return { order = 100, text = [[
History: past runs are values

  local runs = rille.pipelines.digits.runs      -- or rille.pipelines["digits"]
  runs[1]  runs[-1]  #runs                      -- oldest, newest, count
  for run in rille.pipelines.digits:each { status = "completed", limit = 5 } do
    print(run.name, run.steps.evaluator.outputs.best_acc:load())
  end                                           -- newest first
  rille.pipelines.digits:each { tag = "best", since = "2d",
    where = "metric.acc > 0.9 and params.gamma < 1", sort = "metric.acc" }
  rille.artifacts:each { type = "svm", where = "metric.acc > 0.9" }
  rille.pipelines.digits:latest { status = "completed" }
  for name, pipeline in pairs(rille.pipelines) do ... end

A run     .id .name .pipeline .status .reason .started .seconds .parameters
          .tags .stack .script .git .number .extra .steps .notes, .metrics and
          .series of all its steps, :tag("best"), :untag("best") (rille help
          tag), :diff(other) (a table; rille help diff), :graph() (rille help
          graph)
A step    run.steps.ID or run.steps[1]: .id .name .status .reason .seconds
          .parameters .inputs .outputs .output (if there is only one) .metrics
          .series ({ loss = { steps, values, times } } for metrics logged more
          than once; times in ms since the step began) .metadata .log .error
          .key .cached_from; a map has .items, and lists in .outputs (rille help
          maps)
An artifact   step.outputs.NAME: :load(), :load { as = "frame" } (rille help
          materializers), :bytes([member]), :tag("best"), :untag("best"), .id
          .digest .type .materializer .size .name .version .versions .tags .uri
          .metadata .preview .members .producer

each takes the options of rille runs and rille artifact list: status (of runs),
tag, since, where, sort, limit; also unlisted for runs, and prefix, name,
search, type, pipeline, versions for artifacts.

A run that does not exist (yet) is nil: runs[9], runs[-9]; runs[0] is an error.
Steps, inputs and outputs of a run are complete lists: an index outside one is
an error, except for the index after the last, which is nil so that ipairs
stops.

Statuses of a run: running completed failed stopped; of a step: completed
cached failed skipped stopped.

  rille.artifact "digits::svc_trainer::model"   -- or the beginning of a digest
  rille.artifact "digits::svc_trainer::model@3" -- or @-1, or @TAG

An artifact is named PIPELINE::STEP::OUTPUT, unless its port sets name =.  The
latest version of a name is the output of the newest run, computed or cached: a
run whose output differs from the latest version adds a version, and consecutive
runs with equal bytes share one.  Failed and stopped runs count with the outputs
that they have, in the order in which the runs end; steps that --only leaves out
do not count.

artifact.producer is the step of the run that had the version first;
producer.inputs.NAME.producer is the step that was wired to that input, and
producer.run the run, from which its other steps and outputs are reached.

Unlisted runs are not in runs, each or latest, and their artifacts have no
names; rille show finds such a run by the run's name.

run.steps[N] follows the order of the first run with that wiring.

Inside a step, ctx.pipeline has the runs of the step's own pipeline; runs[-1] is
the current run.  A step that reads history must set cache = false.

In the current run, a step sees the outputs of the steps before it, whether they
ran or were cached: by name, by NAME@-1, in .versions and in runs[-1].steps.  A
step is before another through a wire or through after; asking for the output of
any other step is an error that says so.  Outputs that come later in the run do
not count: their names refer to the version of an earlier run, as NAME@3 always
does.  Hooks (on_success, on_failure) run after their step, and also see its
outputs.

rille repl --at RUN/STEP is the prompt at a step of a past run: its inputs are
variables, and step() runs it again (rille help repl).
]] }
