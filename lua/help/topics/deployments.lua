-- rille help deployments
return { order = 87, text = [=[
Deployments: models that are served, and steps that use them

A deployment is a version of a model that a server of its own answers for.  It
goes on when the run, the command or the terminal that started it ends.

  rille deploy start digits@production --port 8080
  rille deploy list | status NAME | logs NAME | restart NAME | stop NAME

In a pipeline with a model, a step asks for one:
  local deploy = rille.step "deploy" {
    inputs = { t.classifier "model" },
    outputs = { t.deployment "served" { kind = "deployment" } },
    run = function(_, _, ctx)
      return ctx:deploy(ctx.model, { name = "digits", port = 8080 })
    end,
  }
Options: name (default: the model's name), port (default: one that is free),
host (default: 127.0.0.1), token_env (the variable with the bearer token; needed
for other hosts) and artifact (which linked model, where a version has several).

The server starts when the run is committed, and serves the version that the run
made or shared, by its number.  The step is cached like any other: on a hit the
server is left alone if it runs as asked, else it is started again.  Another
version under the same name takes the place of the one before, on the same port;
between the two nothing answers for a moment.  If the new one does not start,
the one before is started again.  A failed start is reported at the end of the
run and recorded with it; the run is completed all the same.  Failed runs,
unlisted ones and those of some steps (--only) deploy nothing.

In another pipeline the deployment is an input, by its artifact or by its name:
  predict { served = rille.external { model_artifact = "served",
    model = "digits", version = "production" }, ... }
  predict { served = require("rille.deployment").named "digits", ... }

  local predict = rille.step "predict" {
    inputs = { t.deployment "served", t.classifier "model", t.frame "rows" },
    outputs = { t.table "labels" },
    run = function(served, model, rows, _, ctx)
      local labels, why = served:predict(rows)
      if not labels then
        ctx:log("predicted in memory: %s", why)
        labels = model:predict(rows)
      end
      return labels
    end,
  }

  d.name d.model             what was asked for
  d.alive                    does its server run?
  d.url d.version d.stage    of what it serves; nil while it does not run
  d:predict(rows)            rows: a frame, a matrix or a list of rows.
                             predictions, answer | nil and why not.  As of a
                             model in memory they are a vector; of a list of
                             rows, a list.  answer has version, and with
                             { proba = true } probabilities and classes
  d:predict_or(f, rows)      the same; if nothing answers it logs why and gives
                             f(rows).  answer.by is "deployment" or "memory"

  d:stop()                   ends its server; not in a step

A step that asks is a hit only while the answer is the same: after another
version is served, or none, it runs again.

A deployer is a component of the stack, too: rille model-deployer register here
--flavor local --set port=8080.  Without one deployments run on this machine.

What belongs to a deployment is in .rille/deployments/NAME: record.json, its log
and a lock that its server holds, so a server that was killed is never taken for
a running one.  Nothing starts a server again by itself: after a restart of the
machine rille deploy list says "died" and why; rille deploy restart NAME, or a
run of the pipeline, starts it as it was.
]=] }
