-- rille help secrets
return { order = 45, text = [[
Secrets

A parameter of type t.secret is a text that a step needs and no record may have,
such as a password or a token:

  local fetch = rille.step "fetch" {
    params  = { token = t.secret, day = "2026-11-01" },
    outputs = { t.table "rows" },
    run = function(p) return download(p.day, p.token) end,
  }
  local report = rille.pipeline "report" {
    params = { token = t.secret },
    define = function(p) fetch { token = p.token } end,
  }

The step gets a plain string.  Everything else has a mark in its place, "***"
and a hash under a key of this project: keys, runs, artifacts' lineage, logs,
trackers, alerts, events.  Another secret is another key, so its steps run
again; the same secret is a hit.

Giving a secret
  RILLE_SECRET_TOKEN=...       the variable RILLE_SECRET_ and the parameter's
                               name in capitals; used if nothing else gives it
  token: ${env:API_TOKEN}      in the parameters of a YAML file (--config)
  p:run { params = { token = os.getenv "API_TOKEN" } }
  --set token=...              other users of the machine can read command lines
                               while the run lasts, and shells keep a history
A YAML file may have the text itself; then the file is what must be protected.
A secret has no default in code.  rille schedule add refuses --set of a secret.

In define, p.token is an object that stands for the secret: pass it to
parameters of type t.secret.  Joining it to a text, printing it, or passing it
to an input or another parameter is an error.  A list, any_of or enum cannot
have secrets in it; inputs and outputs cannot be secrets.

Commands: {params.token} works in words, in texts for the shell and in env.  A
text for the shell gets it in the variable rille_secret_token, so the text that
others see has only the variable's name; a word of a command is visible to them.

What a step prints, raises or logs is searched for its secrets: a text of four
or more bytes is replaced by *** (of several lines, also each line of eight or
more).  Encoded forms, such as base64, are not found.  In a stock Lua, print
writes to the program's own output, where nothing is replaced.

An output is stored as it is: rille notes that a small one contains a secret,
but cannot prevent it.  A step that reads a file whose name contains a secret is
not cached.  A string that a step captures is not a secret: its text is in the
record.

Running again
No run has its secrets, so rille verify --rerun, rille blame and p:run need them
again: set RILLE_SECRET_NAME for each, as the message says.

The key of the hashes is .rille/secret.key, which only its owner can read.  Who
has the database without it cannot test a guess.  Keep it if you move the
project.  If it is lost, rille says so and makes a new one, and steps with
secrets run once more.
]] }
