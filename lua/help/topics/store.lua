-- rille help store
return { order = 170, text = [[
The store: .rille, the state of a project

Which store is used: --store DIR, else the variable RILLE_STORE, else the
nearest .rille in the script's folder or above it (for a command without a
script, the working folder).  If there is none, the first run creates one next
to the script and says so.  A run that uses a store further up names it in its
last line.

  config.yaml         the version of the format, stacks (rille help stacks)
  .gitignore          keeps the folder out of git; written into a new store,
                      unless the folder already contains files
  meta.db             SQLite: runs, steps, artifacts, lineage, sources, logs
  meta.db-wal, -shm   its log, empty when no command is running, and an index of
                      the log
  objects/ab/cdef...  immutable; the name is the SHA-256 of the plain bytes,
                      stored as they are, or as one LZ4 frame (.lz4)
  secret.key  .id     of projects with secrets (rille help secrets)
  lock  runs/  tmp/   kernel locks, which end with their process, and temporary
                      files

An artifact is a list of members, each with a name, a digest and a size.
Members of up to 4096 bytes are in meta.db; larger ones, and all members of
files and folders, are in objects/.  Equal bytes are stored once.

Formats: numbers, tables and lists are value.json (sorted keys), strings
value.txt, bytes value.bin, arrays value.npy (NumPy); frames are frame.json with
one .npy or .json per column; models are their own dumps.  Files and folders are
kept as they are; names that are not plain UTF-8 use %XX, and folder.json lists
executable files, links and empty folders.  For a table that contains arrays,
frames, models or files, value.json has false in their places, parts.json lists
the path and type of each, and the members of part I are I/NAME; a list of such
values is similar.  Values that JSON lacks are objects whose key begins with $:
{"$number":"inf"}, {"$bytes":BASE64}.

Runs and readers share the store: readers see the state at which they began, and
neither waits for the other.  The log is moved into meta.db as each run ends.
Another program that keeps a transaction open on meta.db prevents this: then the
log grows until that program ends, and the next run empties it.

Checking a store with standard tools
  lz4 -dc .rille/objects/ab/cd....lz4 | sha256sum   prints abcd...
  sha256sum .rille/objects/ab/cd...                 prints abcd...
  rille artifact get NAME -o DIR; cd DIR; sha256sum -c SHA256SUMS
  rille artifact verify        every artifact against its digest
  rille fsck                   the metadata and all objects

Loading never runs code: a store contains only data.

Backups: copy the folder while no command is running.  meta.db alone is intact
and has every run that has ended, but lacks the objects and, if a command is
running or was killed, the contents of meta.db-wal.  To restore meta.db, put the
copy in place and move meta.db-wal away: rille refuses a log that belongs to
another meta.db, and never mixes the two.  The next run reports once what is
missing; fsck keeps reporting it.  Without meta.db, history starts over and the
objects stay.

A new version of rille brings the store of an older one up to date with its
first run; meta.db.vN.bak is a copy from before.  It refuses to while a run of
the older one is running.  From then on the older one refuses the store.

fsck finds every changed bit of meta.db, because its pages have checksums.  A
page written by another program has no valid checksum, and is reported too.

kill -9 is safe at any time: the next run marks the dead run as failed
(interrupted) and carries on; there is nothing to unlock.  The result of a step
is committed, and visible to other commands, within a second of the step's end,
whatever else is running (in a library: before the next step, if a second has
passed).  The next command removes what a dead process left in tmp/ and runs/.
]] }
