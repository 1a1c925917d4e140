-- rille help speed
return { order = 92, text = [[
Speed: what a run costs, and when another tool is quicker

Times of whole processes divided by those of ninja for the same work, medians
on one machine with two processors; doit, joblib and Snakemake while it had
other work, too.  Other machines have other figures (make bench, in the source
of rille, compares what is installed):

                           rille   make   doit  joblib  Snakemake
  1 step, unchanged          6.0    0.6    110     210        650
  a chain of 1,000, new      0.1    1.1    0.6     1.2          -
    unchanged                2.7    0.8     73     120          -
  10,000 steps, new          0.1    1.5    0.2     0.5          -
    unchanged                0.4     56     29      18          -
    one changed              0.5    8.7    8.5      12          -
  200 times /bin/true        0.8    1.0      -       -          -
  200 times sha256sum        1.1    1.0      -       -          -

rille records each run and its steps durably, and compares the code, the
parameters and the content of the inputs of a step.  make and ninja compare
times of files, ninja also commands.

Another tool is quicker
  ninja, make     for one or a few steps, and where nothing changed in a small
                  graph: they start in a millisecond or two, and write nothing.
                  rille starts Lua, opens its database, and waits for the disk
                  until the run is on it, as ninja does not.  For compiling
                  files, use them
  joblib          for functions of Python in one program: calling Python from a
                  step of rille starts Python each time (rille help programs)
  Snakemake       to share work among machines: it submits to clusters, and
                  rille runs on one machine
  numpy, pandas   for some operations on arrays and frames (rille help arrays)

rille is quicker
  where steps are functions: a step costs a message to a worker that is there,
  no new process, and values that are small no file
  where nothing changed in a large graph: an earlier run's result is taken over
  where what is computed again comes out as before: what follows is not run

What keeps a cached run quick
  A run in which every step was cached leaves a note of what it depended on: the
  code that defines the graph and its steps, the parameters, and the files that
  were read.  If all is as it was, the next run takes over its outcome without
  defining the graph or looking up its steps.  A graph is defined, and each step
  looked up, with -v, --json, --no-memo, --only, --from, --config, --input or
  --set STEP.NAME, on another stack than the default one, and for a pipeline
  that has inputs, maps or rille.when, or uses models or the history.  rille
  plan, why and verify always do so.  Nothing else differs: the same steps are
  listed, the same outputs have the same versions.
  A changed step costs the definition of the graph, itself and what follows.

What is slow
  A step of less than a tenth of a millisecond: it costs more to record than to
  run.  Let a step do more.
  A large result is hashed and written once (rille help materializers).
  Another program that keeps reading the store (rille help store).
]] }
