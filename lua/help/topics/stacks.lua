-- rille help stacks
return { order = 172, text = [[
Stacks: where runs keep things, and who hears of them

A stack is a named choice of components:

  orchestrator        runs the steps                       every stack has
  artifact store      stores the bytes of artifacts        one of each of
  metadata store      records runs, steps and artifacts    these three
  experiment tracker  copies parameters and metrics elsewhere     one or more
  alerter             sends messages to people                    one or more
  model registry, model deployer, data validator                  one at most

A project has the stack "default": this machine, .rille/objects, .rille/meta.db.
It cannot be changed; others are made from it:

  rille artifact-store register team --flavor read-through \
        --set shared=/mnt/team --set publish=true
  rille stack copy default team
  rille stack update team --artifact-store team
  rille run digits.lua --stack team        this run alone
  rille stack set team                     every run from now on
  rille stack export team -o team.yaml     for another project:
  rille stack import team.yaml

The nearest counts: --stack NAME, :run { stack = "NAME" }, stack: NAME in YAML,
the active stack.  A run records its stack.  Stacks and components are in
.rille/config.yaml.

Flavors.  What a component can be, and its options: rille alerter flavors, rille
artifact-store flavors read-through.  A secret is never in the configuration:
its option is ${env:NAME}, read when a run opens the component.

The cache never crosses artifact stores: a result that is in one is not a hit
for a run that uses another.  Random numbers and digests are the same in all.
What is asked of past runs (show, artifact get, artifact:load()) is found in
every artifact store that can be opened.

  local         objects in a folder
  read-through  a folder here in front of a shared one: what is not here is read
                there and kept; publish=true writes to both
Model registry "local": versions of models in a folder that projects share.
Model deployer "local": servers on this machine (rille help deployments).

In scripts
  rille.stack.name                    "team"
  rille.stack.experiment_tracker      { kind, name, flavor, options }; a stack
                                      without one is an error, before step 1
  rille.stack.has "alerter"           true or false
  rille.stack.all "alerter"           a list of them
  rille.stack.open "model_registry"   its object, which has the methods below;
                                      close it yourself, if it has close.  A
                                      step that opens one is not cached
  ctx.stack                           the same in a step; what a step reads of
                                      it is part of what its result depends on
  step:with { tracker = "NAME" }      the trackers that hear of the step, a name
                                      or a list; false: none
  step:with { stack = "NAME" }        the trackers and alerters of that stack,
                                      which has the stores of the run's

A flavor of your own
  rille.flavor { kind = "alerter", name = "pager", summary = "beeps",
    options = { number = t.string, volume = t.integer { default = 3 } },
    secrets = { "number" },           -- only as ${env:NAME}
    open = function(options, env)     -- env.path "x": beside .rille
      return { alert = function(self, message)
        return page(options.number, message.text)      -- true, or nil and why
      end }
    end }

  rille alerter register night --flavor pager --script pager.lua \
        --set 'number=${env:PAGER}'

A script whose runs use the stack requires the module that has the flavor:
require "pager".

What the object of each kind does: artifact stores and metadata stores as in
host/store/interface.lua and host/meta/interface.lua of rille's source; a
tracker has run_begin(self, run), step_end(self, step, run), run_end(self, run),
each of which can be left out; an alerter alert(self, message, say).  rille
calls these, in the process that plans the run, not in the workers of steps; it
calls close(self) at the end of the run.  The others are for your code to open:
a model registry has publish(self, version), a model deployer deploy(self,
version, options), stop(self, id) and status(self, id), a data validator
validate(self, value, port), which returns true, or nil and why; the flavor
drift is one (rille help data-validator).

Trackers hear of cached steps too, with what they logged when they ran, and of a
run in which everything is cached.  An error in one never fails a run: it is
reported once, and the run goes on without it.
]] }
