-- rille help materializers
return { order = 60, text = [[
Materializers: how values are saved and loaded

Built in: nil, boolean, integer, number, string, bytes, table, list, array,
frame, file, dir, svm, linear, tree, forest, neighbors, bayes, kmeans,
pca, xgboost, transformer, deployment.  For your own class:

  rille.materializer "point" {          -- makes the type t.point
    class   = Point,                    -- the metatable, or a list of them;
                                        -- or claims = function(v)
    version = 1,                        -- raise it when the format changes
    save = function(v, art)
      art:write("point.txt", v.x .. " " .. v.y)
      art:meta { norm = math.sqrt(v.x ^ 2 + v.y ^ 2) }
    end,
    load = function(art)                -- art.version: the format's version
      local x, y = art:read "point.txt":match "(%S+) (%S+)"
      return point(tonumber(x), tonumber(y))
    end,
    preview = function(v) return ("(%g, %g)"):format(v.x, v.y) end,
    signature = function(m) return { input = "array", width = m.n } end,
                                        -- of a model: what it is given when it
                                        -- is served (rille help serving)
    views = {                           -- other ways to load it
      table = function(art) return { art:read "point.txt" } end,
    },
  }

A table may contain values of any type that has a materializer, at any depth;
each is saved by its own materializer.  A step can thus return { mean = array,
model = m, columns = { "a", "b" } } for an output t.table.

save writes any number of members, load reads them:
  art:write(name, bytes)         art:read(name) -> bytes
  art:write_file(name, path)     art:extract(name, path)
  art:meta { name = value }      shown by rille show
  art:text(fmt, ...)             sets the preview, like a string returned by
                                 preview; computed when saving, not when showing

Loading runs the current code on stored bytes, never code from the store.  If
the materializer names a class, load must return a value of that class.

rille picks the materializer from the node's option, then the port's own type,
then the value's class, then the built-in ones.  If two cover one class, choose
one:
  step:with { materializers = M } or { materializers = { output = M } }
  outputs = { t.point "p" }              or by the port's type
The same field, materializers = ..., can be set on a step.  The artifact records
which materializer saved it, and the same one loads it.

artifact:load { as = "frame" } loads the artifact in another form: through one
of its views, through another materializer in the script that reads the same
members, or as "bytes" (its only member), "file" or "dir" (copies in a temporary
folder).  Built-in views:
  array   frame table list matrix vector     frame   array matrix table list
  table   frame                              list    array matrix vector frame
as is a name, a type (t.frame) or a materializer.

Loaded arrays are read-only, whatever their size: change a copy, a:copy().

The version and the code of save and load are part of the key of every step
whose ports can use the materializer: a change reruns those steps.  Views are
not in the key, because a step that loads an artifact itself is not cached.
]] }
