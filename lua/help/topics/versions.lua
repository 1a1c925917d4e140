-- rille help versions
return { order = 165, text = [[
Versions of code: which commit a run is of, and steps of past commits

Recorded
  A run whose script is in a git repository records the commit, the address of
  its remote, and whether there were uncommitted changes: rille show, and in
  --json "git":{"sha","dirty","remote"}.  Uncommitted means that tracked files
  differ from the commit, or that the run loaded code that is not in it; other
  untracked files, as data, do not count.  dirty is null where git is not
  installed, or took 2 s longer than the run (0.5 s when all was cached).
  The texts of all code that a run loaded are kept with it:
  rille show RUN/STEP --source shows them, committed or not; with uncommitted
  changes, --json has their digests in "git":{"sources"}.

    rille runs --where 'git.sha = e4d3808'
    rille runs --where 'git.dirty = true'

Pins
  A step has a pin, MODULE.STEP@COMMIT, when all files in the folder of its
  module are committed (ignored files aside); rille show RUN/STEP has it.  The
  last lines of a run name the first file that is in the way.  rille's own steps
  are recorded with its version, as in rille.map@0.1.0.

Steps of a commit
  local train = rille.at "steps.trainer@e4d3808"

  gives the module steps.trainer as it was in that commit: a commit, its first
  digits, a tag or a branch.  What the module requires, or loads with dofile and
  loadfile, comes from its folder in the same commit.  Code outside of that
  folder is refused, except for Lua's and rille's own modules.  Files that steps
  read are those on disk.

  The folder may have no uncommitted files.  Nothing is checked out: the files
  come from git's object store, and work tree and index stay as they are.
  Submodules, symbolic links and pointers of Git LFS are named, not loaded.
  Repositories of other users are refused as git does (safe.directory).

  Equal code has equal results: what steps.trainer computed when that commit was
  on disk is a hit.  A step that loads code of a commit while it runs is not
  cached; require it at the top of the module instead.

  Without git, or outside of a repository, the module comes from disk, and one
  line says so.  rille.at "rille.csv@0.1.0" asks for a version of rille: another
  one is reported, a newer one refused.

Scripts of a commit
  rille run --at e4d3808 digits.lua

  runs digits.lua as it was in that commit, with all modules of the repository
  that it requires.  The file need not exist any longer.  Data files and the
  programs of command steps are those on disk.
]] }
