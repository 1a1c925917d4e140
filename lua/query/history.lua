-- history: past runs as values.
--
--   rille.pipelines.NAME.runs[-1].steps.ID.outputs.NAME:load()
--
-- Everything is read when it is asked for; a listing fetches pages.  Inside a step the history may be read only
-- with cache = false.  An object that a step captured is in its key by its identity.  Where the step reads a field
-- that can change (the tags of an artifact), that is an observed fact, or makes the step impure.

local past_artifact = require "rille.query.past_artifact"
local past_pipeline = require "rille.query.past_pipeline"
local past_run = require "rille.query.past_run"
local past_step = require "rille.query.past_step"

past_step.find_runs_by(past_run.by_row)
past_artifact.find_makers_by { of_step_run = past_step.by_row, at = past_step.at }

return {
  Artifact = past_artifact.Artifact, Step = past_step.Step, Run = past_run.Run,

  artifact = past_artifact.artifact, artifact_of = past_artifact.artifact_of, bytes = past_artifact.bytes,
  handed = past_artifact.handed, is_unchanged = past_artifact.is_unchanged, need_artifact = past_artifact.need_artifact,
  tags = past_artifact.tags, tagged_row = past_artifact.tagged_row,

  artifacts = past_artifact.artifacts,

  attempts_of = past_step.attempts_of,
  find_run = past_run.find_run, find_with_step = past_run.find_with_step,
  newest_with = past_run.newest_with, run_of = past_run.run_of,
  pipeline = past_pipeline.pipeline, pipelines = past_pipeline.pipelines,
}
