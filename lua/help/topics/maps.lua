-- rille help maps
return { order = 50, text = [[
Maps and branches: wiring that depends on data

  define = function(p)
    local files = list_files()                      -- t.list(t.string)
    local counts = count:map { path = files, encoding = "utf-8" }
    local all = sum { counts = counts }             -- t.list(t.integer)
    rille.when(all.many, {
      function() publish { total = all.total } end,
      otherwise = function() warn { total = all.total } end,
    })
  end

step:map { ... } runs the step once per item of a list that another step
returns: count[1], count[2], ...  An input is mapped if the items of its list
fit the port; all other inputs, and the parameters, are passed to every item.  A
list can be
  an output declared t.list(T)       another map, whose items pass on one by one
  a list in the script, of values and nodes
Several lists are combined item by item; if their lengths differ, the map fails.
Nodes without a name fill inputs as in other calls: train:map { d } maps the
lists among the outputs of d.  The result of a map is the list of the items'
outputs, in order: pass it to an input t.list(T), like a list of nodes, or to
another map.

Each item is cached by its content, not its position: adding an item at the
front runs only that item, and equal items run once.  An empty list gives an
empty list.  If one item fails, the map fails; the results of other items are
kept, and rille run -k keeps going with them.  With count:with { id = "lines"
}:map { ... } the items are lines[1], lines[2], ...

An item is a step like any other:
  rille show 'RUN/count[3]'    rille why 'count[3]'    rille log 'RUN/count[3]'
  run.steps["count[3]"].output   run.steps.count.items[3]
  run.steps.count.outputs.n      the list of their outputs, as artifacts
Until the list is known, the plan has one line, "one per item of list_files".

rille.when(condition, { function() ... end, otherwise = function() ... end })
runs one branch or the other.  The condition is an output t.boolean, or a node
whose only output is one.  The functions wire steps, as define does, and may
contain maps and other branches; otherwise is optional.  Steps of the branch not
taken are skipped: "condition was false (sum.many)".  A run with such skipped
steps still completes.

rille.when returns what its branches return, outputs of steps, for further
wiring:

  local model = rille.when(data.large, {
    function() return boost { data = data.rows } end,
    otherwise = function() return linear { data = data.rows } end,
    id = "model",                    -- its name in history; default: when_data
  })
  evaluate { model = model }

If the branch taken returns nothing, steps that need its result are skipped,
too.  To use a node from a branch outside the branch, return it.

The hash of the wiring covers maps and branches as written: a longer list does
not change the wiring.
]] }
