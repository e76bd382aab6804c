export { commandFor, type ArtifactFile, type Command } from "./command.ts";
export { runArtifact, type ArtifactResult, type RunArtifactOptions } from "./run.ts";
