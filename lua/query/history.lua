-- history: past runs as values.
--
--   rille.pipelines.NAME.runs[-1].steps.ID.outputs.NAME:load()
--
-- Everything is read when it is asked for; a listing fetches pages.  Inside a step the history may be read only
-- with cache = false.  An object that a step captured is in its key by its identity.  Where the step reads a field
-- that can change (the tags of an artifact), that is an observed fact, or makes the step impure.

local artifacts = require "rille.query.artifacts"
local pipelines = require "rille.query.pipelines"
local runs = require "rille.query.runs"
local step_runs = require "rille.query.step_runs"

artifacts.find_makers_by { of_step_run = step_runs.by_row, at = step_runs.at }

return {
  Artifact = artifacts.Artifact, Step = step_runs.Step, Run = runs.Run,

  artifact = artifacts.artifact, artifact_of = artifacts.artifact_of, bytes = artifacts.bytes,
  handed = artifacts.handed, is_unchanged = artifacts.is_unchanged, need_artifact = artifacts.need_artifact,
  tags = artifacts.tags,

  attempts_of = step_runs.attempts_of,
  find_run = runs.find_run, newest_with = runs.newest_with, run_of = runs.run_of,
  pipeline = pipelines.pipeline, pipelines = pipelines.pipelines,
}
