export type { UnpackLimits } from "./archive/index.ts";
export { commandFor, type ArtifactFile, type Command, type MainClass } from "./command.ts";
export { isArchive, openArtifact, openFolder, type OpenArtifactOptions, type OpenedArtifact } from "./open.ts";
export { installRequirements, type RequirementsOptions } from "./requirements.ts";
export { runArtifact, type ArtifactResult, type RunArtifactOptions } from "./run.ts";
