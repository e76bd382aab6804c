/** What Data Science would refuse, found before anything is asked of it: limits of reference and what a container needs. */
import type { JobSpec } from "../spec/jobspec.ts";
import { isMountedLocation } from "./remote-paths.ts";
import type { Problem } from "../text/errors.ts";
import { longestName } from "./run-details.ts";
import { quoteShellWord } from "../text/shellwords.ts";

/** Limits of the service, in characters but for the command's bytes. */
export const serviceLimits = {
  environment: 20_000,
  arguments: 4_000,
  commandBytes: 2_048,
  blockStorageInGBs: 1_024,
  tagKey: 100,
  tagValue: 256,
  tags: 64,
} as const;

/** Every way in which a job spec asks for what Data Science does not do. */
export function checkJob(spec: JobSpec, name: string): readonly Problem[] {
  const { oci, environment, outputFolder } = spec;
  const given = oci.infrastructure ?? {};
  const { image, command = [], entrypoint = [], mounts = [], nodes, computeTarget, tags } = given;
  const problems: Problem[] = [];
  const complain = (key: string, message: string, remedy: string): void => void problems.push({ key, message, remedy });

  if (image === undefined && environment.conda === undefined) {
    complain(
      "infrastructure.image",
      "infrastructure.image is missing: which container does it run in?",
      "Name one, or an Oracle-managed environment by environment: {conda: <slug>}.",
    );
  }
  if (image !== undefined && !/:[^/]+$/.test(image)) {
    complain("infrastructure.image", "infrastructure.image has no tag, and OCI wants one.", "Write image:tag.");
  }
  if (image === undefined && entrypoint.length > 0) {
    complain("infrastructure.entrypoint", "infrastructure.entrypoint goes with an image.", "Remove it, or add image.");
  }
  const bytes = [...command, ...entrypoint].reduce((sum, word) => sum + Buffer.byteLength(word), 0);
  if (image !== undefined && bytes >= serviceLimits.commandBytes) {
    complain(
      "infrastructure.command",
      `infrastructure.command and entrypoint have ${bytes} bytes together, and OCI takes fewer than ${serviceLimits.commandBytes}.`,
      "Put what is long into the job file or into environment.variables.",
    );
  }
  const words = command.map(quoteShellWord).join(" ");
  if (image === undefined && words.length > serviceLimits.arguments) {
    complain(
      "infrastructure.command",
      `infrastructure.command has ${words.length} characters, and OCI takes at most ${serviceLimits.arguments}.`,
      "Put what is long into the job file or into environment.variables.",
    );
  }
  if (name.length > longestName) {
    complain("jobName", `jobName has more than ${longestName} characters.`, "Shorten it.");
  }
  if ((given.blockStorageInGBs ?? 0) > serviceLimits.blockStorageInGBs) {
    complain(
      "infrastructure.blockStorageInGBs",
      `infrastructure.blockStorageInGBs is above the ${serviceLimits.blockStorageInGBs} that OCI gives.`,
      "Lower it.",
    );
  }
  if (oci.logId !== undefined && oci.logGroupId === undefined) {
    complain("logId", "logId needs the log's group as well.", "Add logGroupId.");
  }
  if (nodes !== undefined && computeTarget !== undefined) {
    complain("infrastructure.nodes", "infrastructure has both nodes and a computeTarget.", "Keep one.");
  }
  const paths = mounts.map(({ path }) => path.replace(/\/+$/, ""));
  for (const [index, path] of paths.entries()) {
    if (paths.indexOf(path) < index) {
      complain(`infrastructure.mounts.${index}.path`, "Two mounts have the same path.", "Give each its own.");
    }
  }
  for (const [index, { mountTargetId }] of mounts.entries()) {
    if (mountTargetId !== undefined && given.subnetId === undefined) {
      complain(
        `infrastructure.mounts.${index}`,
        "A file system is mounted over custom networking only.",
        "Add infrastructure.subnetId, the subnet of its mount target.",
      );
    }
  }
  checkTags(tags?.freeform ?? {}, complain);
  if (outputFolder.kind === "http") {
    complain("outputFolder", "outputFolder is a URL, which nothing can be written to.", bucketRemedy);
  }
  if (outputFolder.kind === "file" && !isMountedLocation(outputFolder, oci.mountPaths)) {
    complain("outputFolder", "outputFolder lies on this machine, which a job run cannot reach.", bucketRemedy);
  }
  if (spec.work?.kind === "repository" && spec.work.git.local) {
    complain("git.url", "git.url is a repository on this machine, which a job run cannot reach.", "Name a remote one.");
  }
  if (spec.work === undefined) {
    complain("noteBook", "The job file names no work.", "Add a line such as noteBook: analysis.ipynb.");
  }
  return problems;
}

const bucketRemedy = "Name a bucket: oci://bucket@namespace/folder/${JOB_RUN_OCID}/.";

function checkTags(tags: Readonly<Record<string, string>>, complain: Complain): void {
  for (const [name, value] of Object.entries(tags)) {
    const key = `infrastructure.tags.freeform.${name}`;
    if (name.length > serviceLimits.tagKey) {
      complain(key, `A tag's name has more than ${serviceLimits.tagKey} characters.`, "Shorten it.");
    }
    if (value.length > serviceLimits.tagValue) {
      complain(key, `The tag ${name} has more than ${serviceLimits.tagValue} characters.`, "Shorten it.");
    }
  }
}

type Complain = (key: string, message: string, remedy: string) => void;

/** The variables of a run against what Data Science takes. */
export function checkEnvironment(environment: Readonly<Record<string, string>>): readonly Problem[] {
  const characters = Object.entries(environment).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (characters <= serviceLimits.environment) return [];
  return [
    {
      message: `The run's variables have ${characters} characters, and OCI takes at most ${serviceLimits.environment}.`,
      remedy: "Put what is long (parameters, settings) into the job file, which is uploaded.",
    },
  ];
}
