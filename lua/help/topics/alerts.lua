-- rille help alerts
return { order = 104, text = [[
Alerts: messages to people

In a step or a hook
  ctx.alerter:alert "text"
  ctx.alerter:alert("text", { title = "sales", level = "warning" })
    level is info, warning or error; in on_failure it is error without one

  train:with { on_failure = function(message, ctx)
    ctx.alerter:alert(message)
  end }

  pipeline "digits" { define = ...,
    on_end = function(run, ctx)        -- once for each run
      if run.status == "failed" then ctx.alerter:alert(run.name) end
    end }

Without an alerter nothing is sent, silently.  A step that alerts is not cached:
it would not alert when its result is taken from the cache.  So let a small step
of its own alert, with cache = false to say so (examples/alerts.lua).  Hooks may
alert at no such cost.

on_end(run, ctx) of a pipeline is called when the run has ended and is recorded:
completed, failed or stopped (Ctrl-C too), and when everything was cached.  run
is the run of the history (rille help history); ctx has run, params, pipeline,
stack, alerter and log.  What it prints is kept with the run (rille show RUN).
An error in it is reported and changes nothing.  After SIGTERM it has 2 s.

Alerters are components of a stack, which may have several (rille help stacks):

  rille alerter register chat --flavor webhook --set 'url=${env:CHAT_URL}'
  rille stack register told --alerter chat --active
  rille alerter test chat

console   prints a line with those of the run
file      appends a JSON object a line to .rille/alerts.jsonl (path=FILE)
command   runs a command of sh, which finds the alert in RILLE_ALERT_TEXT,
          _TITLE, _LEVEL, _RUN, _PIPELINE, _STEP and _STATUS:
            printf '%s' "$RILLE_ALERT_TEXT" | mail -s "$RILLE_ALERT_TITLE" me
          What it leaves in the background is ended with it.
webhook   posts {"text": TEXT} to a URL, as Slack, Mattermost, Teams and Google
          Chat take it; field=content for Discord.  token=${env:NAME} is sent as
          Authorization: Bearer.  Needs libcurl (rille integration list).
          A server that is busy or fails is asked again, after the pause that it
          asks for.  Texts are cut to 2,500 characters, at a line, and say how
          much is missing.
A run waits at most timeout=10 seconds for an alert by a command or a webhook,
and limit=30 for all of them.

The URL and the token come from environment variables only; they are in no
message, no log and no database.

When a run fails and nothing was alerted in it, every alerter of its stack says
so by itself: on=failure.  on=end reports every run, on=never none.  A run whose
process is killed (kill -9) alerts nobody, and has no on_end.

An alert that cannot be delivered never fails a run: it is reported once and
recorded with the run (rille show RUN, run.notes).
]] }
