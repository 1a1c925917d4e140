-- rille help store
return { order = 170, text = [[
The store: .rille, the state of a project

Which one: --store DIR, else the variable RILLE_STORE, else the nearest .rille
upward from the script's folder (for a command without a script, from the
working folder).  When there is none, the first run makes one beside the script,
and says so.  A run whose store is further up names it in its last line.

  config.yaml         the format's version
  .gitignore          keeps the folder out of git; made with a new store, and a
                      folder that already holds files gets none
  meta.db             SQLite: runs, steps, artifacts, lineage, sources, logs
  meta.db-wal, -shm   its log, which is empty when no command is at work, and
                      an index of the log
  objects/ab/cdef...  immutable; the name is the SHA-256 of the plain bytes,
                      stored as they are, or as one LZ4 frame (.lz4)
  lock  runs/  tmp/   locks of the kernel, which end with their process; files
                      on their way

An artifact is a list of members, each a name, a digest and a size.  Members of
up to 4096 bytes live in meta.db, others, and those of files and folders, in
objects/.  Equal bytes are stored once.

Formats: numbers, tables and lists value.json (sorted keys), strings value.txt,
bytes value.bin, arrays value.npy (NumPy), frames frame.json with a .npy or
.json a column, a model its dump, files and folders as they are (names that are
no plain UTF-8 with %XX; executable files, links and empty folders are listed in
folder.json).  A table that holds arrays, frames, models or files has value.json
with false in their places, parts.json with the path and type of each, and the
members of part I as I/NAME; a list of such values is alike.  What JSON lacks is
an object with a key that begins with $: {"$number":"inf"}, {"$bytes":BASE64}.

Auditing with the tools at hand
  lz4 -dc .rille/objects/ab/cd....lz4 | sha256sum   prints abcd...
  sha256sum .rille/objects/ab/cd...                 prints abcd...
  rille artifact get NAME -o DIR; cd DIR; sha256sum -c SHA256SUMS
  rille artifact verify        every artifact against its digest
  rille fsck                   the metadata and all objects

Loading never runs code: there is nothing but data in a store.

Backups: copy the folder while no command is at work.  meta.db by itself is
intact and has every run that ended; it lacks the objects, and, when a command
was killed or is at work, what is in meta.db-wal.  To go back, put meta.db in
place and move meta.db-wal away: a log that belongs to another meta.db is
refused, never mixed in.  The next run says once what is missing, fsck says so
until then.  Without meta.db the history starts anew and the objects stay.

fsck finds every changed bit of meta.db: its pages carry check values.  A page
that another program wrote has none that fits, and is reported too.

kill -9 at any time: the next run closes the run that died as failed
(interrupted) and goes on; there is nothing to unlock.  A step's result is
committed, and seen by other commands, within a second of its end, whatever runs
then (in a library: before the next step, once a second has passed).  What a
dead process left in tmp/ and runs/ is removed by the next command.
]] }
