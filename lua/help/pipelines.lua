-- rille help pipelines
return [[
Pipelines

  local text = rille.pipeline "text" {
    params = { path = "a.txt" },
    define = function(p)
      local words = split_words { path = p.path }
      count(words)
    end,
  }
  local run = text:run { params = { path = "b.txt" } }
  print(run.steps.count.output:load())

define is ordinary Lua: calling a step in it adds a node, and gives the node,
which stands for its output.  A node with several outputs gives them by name:
data.X_train.  What is known only when a step has run cannot be read there.

  step:with { id = "train_2" } { ... }    a second call of a step needs an id
  t.list(T) inputs                        take a list of nodes (fan-in)
  step:with { after = { node, "id" } }    order without data
  count(split_words { path = "x" })       calls nest

Slots keep the recipe apart from its steps:

  local recipe = rille.pipeline "digits" {
    slots = { "importer", "trainer" },
    define = function(p, s) s.trainer(s.importer()) end,
  }
  local digits = recipe { importer = load_digits, trainer = svc_trainer }

Running
  p:run { params =, run_name =, unlisted =, cache =, tags =, config =,
          raise = }
      gives the run.  It raises when the run failed, unless raise = false.
      run_name may hold {n} {date} {time} {pipeline}; names are unique.
      config = "F.yaml" sets what the call does not (rille help config).
      cache = false here, at the pipeline or on the command line: off
      anywhere is off.
  p:plan { params =, cache =, config = }
                                   { { id, step, status, reason }... }
  p:spec()                        { hash, nodes }: the wiring

Steps run one after the other, each as soon as what it needs is there.  When one
fails, those that need it are skipped and the run ends; rille run -k goes on
with the others.  Running again takes what was finished from the cache.
]]
