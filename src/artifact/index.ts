export { commandFor } from "./command.ts";
export { isArchive, openArtifact, openFolder, type OpenArtifactOptions, type OpenedArtifact } from "./open.ts";
export { installRequirements } from "./requirements.ts";
export { runArtifact, type ArtifactResult, type RunArtifactOptions } from "./run.ts";
