-- rille help history
return { order = 100, text = [[
History: past runs are values

  local runs = rille.pipelines.digits.runs      -- or rille.pipelines["digits"]
  runs[1]  runs[-1]  #runs                      -- the oldest, the newest, all
  for run in rille.pipelines.digits:each { status = "completed", limit = 5 } do
    print(run.name, run.steps.evaluator.outputs.best_acc:load())
  end                                           -- newest first
  rille.pipelines.digits:latest { status = "completed" }
  for name, pipeline in pairs(rille.pipelines) do ... end

A run     .id .name .pipeline .status .reason .started .seconds .parameters
          .tags .stack .script .number .extra .steps, :diff(other) (a table;
          rille help diff), :graph() (rille help graph)
A step    run.steps.ID or run.steps[1]: .id .name .status .reason .seconds
          .parameters .inputs .outputs .output (the only one) .metrics
          .series ({ loss = { steps, values } } of metrics that were logged
          more than once) .metadata .log .error .key .cached_from; of a map
          .items, and in .outputs lists (rille help maps)
An artifact   step.outputs.NAME: :load(), :load { as = "frame" } (rille help
          materializers), :bytes([member]), :tag("best"), :untag("best"), .id
          .digest .type .materializer .size .name .version .versions .tags .uri
          .metadata .preview .members .producer

A run that there is not (yet) is nil: runs[9], runs[-9]; runs[0] is an error.
Steps of a run, inputs and outputs have a last one: other indices are errors,
but for one past the end, which is nil for ipairs.

Statuses of a run: running completed failed stopped; of a step: completed
cached failed skipped stopped.

  rille.artifact "digits::svc_trainer::model"   -- or the beginning of a digest
  rille.artifact "digits::svc_trainer::model@3" -- or @-1, or @TAG

An artifact is named PIPELINE::STEP::OUTPUT, unless its port says name =.  The
latest version of a name is what the newest run had, computed or from the cache:
a run whose output differs from the latest version makes a new one, and equal
bytes in a row share one.  Failed and stopped runs count with what they had, in
the order in which runs end; steps that --only did not ask for do not count.

artifact.producer is the step of the run that had the version first, and
producer.inputs.NAME.producer the step that was wired to it.

Runs that are unlisted are not in runs, each and latest, and their artifacts
have no names: rille show finds such a run by its own.

run.steps[N] are in the order in which the first run of that wiring had them.

Inside a step, ctx.pipeline gives the runs of its own pipeline; runs[-1] is the
running one.  A step that reads history says cache = false.

Of the running run a step sees what the steps before it made: by name, by
NAME@-1, in .versions and in runs[-1].steps, whether they ran or were cached.
Steps come before it by a wire or by after; asking for what another one makes is
an error that says so.  What a step makes later in the run does not count: its
name leads to the version of an earlier run, as NAME@3 does in any case.  Hooks
(on_success, on_failure) come after their step, and see its outputs too.
]] }
