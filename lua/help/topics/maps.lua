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

step:map { ... } runs the step once per item of a list that is known only when
the step that makes it has run: count[1], count[2], ...  An input is mapped when
the items of what it is given fit its port; whatever else it is given, and the
parameters, go to every item.  A list may be
  an output declared t.list(T)       another map: its items go on one by one
  a list in the script, of values and nodes
Several lists go together, first with first; lists that are not of one length
fail the map.  Nodes without a name fill inputs as in other calls:
train:map { d } maps the lists among the outputs of d.  What the items make is a
list, in their order: it goes into an input t.list(T), as a list of nodes does,
or into another map.

Each item is cached by its content, wherever it stands: an item more in front
runs that one alone, equal items run once.  An empty list gives an empty list.
A step that fails fails the map; the other items are kept, and rille run -k goes
on with them.  count:with { id = "lines" }:map { ... } names it lines[1], ...

An item is a step like any other:
  rille show 'RUN/count[3]'    rille why 'count[3]'    rille log 'RUN/count[3]'
  run.steps["count[3]"].output   run.steps.count.items[3]
  run.steps.count.outputs.n      the list of what they made, artifacts
Before the list is known the plan has one line, "one per item of list_files".

rille.when(condition, { function() ... end, otherwise = function() ... end })
runs one branch or the other.  The condition is an output t.boolean (or a node
whose only output is one); the functions wire steps, as define does, and may
hold maps and other branches; otherwise may be left off.  Steps of the branch
that is not taken are skipped: "condition was false (sum.many)".  A run with
skipped steps is completed.

rille.when gives what the branches return, outputs of steps, to be wired on:

  local model = rille.when(data.large, {
    function() return boost { data = data.rows } end,
    otherwise = function() return linear { data = data.rows } end,
    id = "model",                    -- its name in history, else when_data
  })
  evaluate { model = model }

Where the branch that is taken gives nothing, what needs it is skipped too.  A
node made in a branch is wired outside it only by returning it.

The wiring's hash is over the maps and branches as they are written: a longer
list is no new wiring.
]] }
