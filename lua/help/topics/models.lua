-- rille help models
return { order = 85, text = [=[
Models

A model is a name under which runs put versions of the artifacts that belong
together: the trained model, what preprocessed its data, its measurements.

  local digits = rille.model "digits" {
    description = "handwritten digits", license = "MIT", tags = { "demo" },
  }
  local train = rille.step "train" {
    inputs = { t.matrix "X", t.vector "y" },
    outputs = { t.classifier "model" { kind = "model" } },
    run = function(X, y) return svm.SVC.fit(X, y) end,
  }
  local evaluate = rille.step "evaluate" {
    inputs = { t.classifier "model", t.matrix "X", t.vector "y" },
    run = function(model, X, y, _, ctx)
      ctx:log_metric { accuracy = model:score(X, y) }
      ctx:promote(ctx.model, "production", { metric = "evaluate.accuracy" })
    end,
  }
  return rille.pipeline "training" { model = digits, define = ... }

A run that completes makes a version, 1, 2, ..., and links the outputs of all
its steps to it; a step with a `model` of its own links its outputs there.  A
run whose artifacts are those of the latest version shares that version,
computed or cached.  Failed and stopped runs, unlisted ones and those of some
steps (--only) make no version and link nothing.

Which version (fields of rille.model, and `model:` in YAML):
  new_version = true      a new one; version = "2.0" gives it a name too
  version = 3 | "v3"      the one with that number, its own name, in that
    | "2.0" | "staging"   stage, with that tag, or the newest: the run links
    | "latest"            its outputs to it.  If there is none, the run does
                          not begin
  neither                 a new one
Other fields: description, license, audience, use_cases and ethics describe the
model, tags and metadata the version.

Links: an output's kind is data, model or deployment.  In one version an
artifact replaces an earlier one of its name; { overwrite = false } on the port
keeps both, as artifacts.NAME["1"] and ["2"].

Stages: none, staging, production, archived, and those that the project lists
in .rille/config.yaml (stages: [canary]).  Each but none and archived has one
version; latest is not a stage but the newest version.  The stage that a step or
a hook asks for is given when the run is committed, and the version that had it
is archived:
  ctx:promote(ctx.model, "production")
     a new version alone; on a hit, too, if the run makes a new version
  ctx:promote(ctx.model, "production", { metric = "evaluate.accuracy" })
     if no version has the stage, or if this one's metric is as good as the
     other's and its artifacts differ; evaluated in every run.  With
     better = "lower" small numbers are good; NaN never wins; reason = "..." is
     for the history.  A version's metrics are those that its runs logged last
rille model history lists the moves; rille model promote NAME --back undoes one.

In a step ctx.model has model, number, name, stage and new: a hit is taken only
while they are the same.  A new version gets its number when the run has
completed; asking for it in a step is an error.  ctx.model:log_metadata { ... },
ctx.model:log_signature(X) (rille help serving) and ctx.model:link(artifact) are
repeated on a hit.  With cache = false the step may also read artifacts,
metadata, metrics, tags and runs; of a new version, the artifacts of the steps
before it.  ctx.model.versions["production"] is the version in that stage, or
nil.

An artifact of a version as an input, in this pipeline or another one; its
content is in the key, so the step runs again when the stage moves:
  predict { model = rille.external { model_artifact = "model",
    model = "digits", version = "production" } }     or tag = "golden"
Without model, it is the pipeline's own model.

rille model-registry publish copies versions to a folder that projects share,
rille model-registry import takes them; rille deploy serves one over HTTP (rille
help deployments).

In Lua:
  local versions = rille.models.digits.versions   [-1], [3], ["production"]
  local v = versions["production"]     nil if no version has the stage
  v.number v.name v.stage v.metadata v.tags v.metrics v.run v.runs
  v.signature   what its model is given when it is served (rille help serving)
  v.artifacts.model:load()             for name, artifact in v.artifacts:each()
  v:set_stage("staging", { force = true })     force archives the other version
  v:link(artifact, { name =, kind =, overwrite = })
  v:log_metadata { note = "checked" }          v:tag("golden")
  for v in versions:each { where = "metric.accuracy > 0.9" } do ... end
                    also stage, tag, since, sort, limit
  run.models        { { version = v, role =, asked = }, ... }: versions that
                    the run made, shared, used or read
]=] }
