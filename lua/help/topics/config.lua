-- rille help config
return [[
rille config FILE [PIPELINE] [--config F.yaml] [--set NAME=VALUE] [-j N]
             [--no-cache] [--json]

What a run with these options would be given, and where each value is from: the
command line, a line of the YAML file, define, or a default in the code.  No
step runs, nothing is written.

A YAML file sets what a run takes (rille run FILE --config F.yaml, or in a
script p:run { config = "F.yaml" }, there relative to the script's folder):

  run_name: nightly-{n}
  enable_cache: true
  parameters: { gamma: 0.01 }               # of the pipeline
  steps:
    svc_trainer:                            # by its id in the pipeline
      parameters: { C: 10 }
      enable_cache: false
  settings: { jobs: 2, execution_mode: stop_on_failure }
  tags: [nightly]
  extra: { owner: data }                    # kept with the run

Nearest to the call wins: the command line (--set, --name, --tag, -j, -k), then
:run {}, then the YAML file, then what define gives and the defaults.  A value
replaces the one below it whole, tags too.  The cache alone is otherwise: off
anywhere is off, on overrides nothing.

Values are written as for --set and read as the declared type: a string
parameter takes 0.10 as the text.  ${env:NAME} is replaced by that variable,
within { } in quotes, "${env:NAME}"; one that is not set is an error.  A null
leaves the value as it is without the file (rille help null).
An unknown key is an error with its line.

  --config F.yaml  --set  -j  --no-cache   as in rille run
  --json   {"pipeline","items":[{"name","value","source","at","env"}],
           "next":null}; source is "command line", "yaml", "define" or
           "default", at FILE:LINE, env the variable that was used

Exit codes: 0 fine; 2 usage; 3 the script or the file is wrong.

  rille config digits.lua --config train.yaml
  rille config digits.lua --set gamma=0.01 --json
]]
