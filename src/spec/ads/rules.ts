/**
 * What each key of an ADS document becomes in a job file. The keys are those that ADS (oracle-ads 2.x) writes and reads:
 * a dotted path here is the job file's key; a `convert` gives the value another form; `ignore` is a record of ADS's own,
 * which asks for nothing; `refuse` is a sentence for what has no meaning here.
 */
import type { Node } from "../yaml/node.ts";
import { commandLine, conda, encoding, folderOutput, minutes, mounts, networking, textOf } from "./convert.ts";
import { variables } from "./environment.ts";

export type Rule =
  | { readonly to: string; readonly convert?: (node: Node) => Node | string }
  | { readonly keys: Rules }
  | { readonly ignore: true }
  | { readonly refuse: string };

export type Rules = Readonly<Record<string, Rule>>;

const ignore = { ignore: true } as const;

const common: Rules = {
  args: { to: "arguments" },
  env: { to: "environment.variables", convert: variables },
  conda: { to: "environment.conda", convert: conda },
  maximumRuntimeInMinutes: { to: "infrastructure.maximumRuntime", convert: minutes },
  freeformTags: { to: "infrastructure.tags.freeform" },
  definedTags: { to: "infrastructure.tags.defined" },
  freeform_tag: { to: "infrastructure.tags.freeform" },
};

const code: Rules = {
  scriptPathURI: { to: "artifact" },
  entrypoint: { to: "entrypoint" },
};

const project: Rules = {
  workingDir: { to: "workingDirectory" },
  pythonPath: { to: "pythonPath" },
  outputDir: { to: "outputs", convert: folderOutput },
  outputUri: { to: "outputFolder" },
  entryFunction: { refuse: "A function cannot be called; name a script that calls it." },
};

const folders = "Folders of code cannot be run yet.";

/** By the runtime's `type`; a text is why that type is refused. */
export const runtimes: Readonly<Record<string, Rules | string>> = {
  notebook: {
    ...common,
    notebookPathURI: { to: "noteBook" },
    notebookEncoding: { to: "", convert: encoding },
    excludeTags: { to: "notebookOptions.excludeTags" },
    outputUri: { to: "outputFolder" },
    outputURI: { to: "outputFolder" },
    source: { refuse: folders },
    entrypoint: { refuse: folders },
  },
  script: { ...common, ...code },
  python: { ...common, ...code, ...project },
  container: {
    ...common,
    scriptPathURI: { to: "artifact" },
    image: { to: "infrastructure.image" },
    imageDigest: { to: "infrastructure.imageDigest" },
    imageSignatureId: { to: "infrastructure.imageSignatureId" },
    entrypoint: { to: "infrastructure.entrypoint", convert: commandLine },
    cmd: { to: "infrastructure.command", convert: commandLine },
    replicas: { to: "infrastructure.nodes.replicas" },
  },
  gitPython: {
    ...common,
    ...project,
    url: { to: "git.url" },
    branch: { to: "git.branch" },
    commit: { to: "git.commit" },
    gitSecretId: { to: "git.sshKey" },
    entrypoint: { to: "entrypoint" },
    skipMetadataUpdate: ignore,
  },
  dataFlow: "Data Flow runs Spark applications, which are no job runs.",
  dataFlowNotebook: "Data Flow runs Spark applications, which are no job runs.",
  operator: "Operators of ADS cannot be run.",
  pyTorchDistributed: "PyTorch's distributed runtime cannot be run.",
};

const infrastructure: Rules = {
  displayName: { to: "jobName" },
  compartmentId: { to: "compartmentId" },
  projectId: { to: "projectId" },
  logGroupId: { to: "logGroupId" },
  logId: { to: "logId" },
  jobInfrastructureType: { to: "infrastructure.networking", convert: networking },
  jobType: ignore,
  id: ignore,
  shapeName: { to: "infrastructure.shape" },
  shapeConfigDetails: {
    keys: {
      ocpus: { to: "infrastructure.ocpus" },
      memoryInGBs: { to: "infrastructure.memoryInGBs" },
      cpuBaseline: { to: "infrastructure.cpuBaseline" },
    },
  },
  blockStorageSize: { to: "infrastructure.blockStorageInGBs" },
  subnetId: { to: "infrastructure.subnetId" },
  storageMount: { to: "infrastructure.mounts", convert: mounts },
  freeformTags: { to: "infrastructure.tags.freeform" },
  definedTags: { to: "infrastructure.tags.defined" },
};

/** The document, for a runtime of a given type. */
export function documentRules(runtime: Rules): Rules {
  return {
    kind: ignore,
    apiVersion: ignore,
    audit: ignore,
    spec: {
      keys: {
        id: ignore,
        // Given twice in many documents: the job's own name comes later here, and so wins over displayName.
        infrastructure: {
          keys: {
            kind: ignore,
            type: { to: "", convert: onlyDataScience },
            apiVersion: ignore,
            audit: ignore,
            spec: { keys: infrastructure },
          },
        },
        runtime: { keys: { kind: ignore, type: ignore, apiVersion: ignore, audit: ignore, spec: { keys: runtime } } },
        name: { to: "jobName" },
      },
    },
  };
}

function onlyDataScience(node: Node): Node | string {
  return textOf(node) === "dataScienceJob" ? node : "Only jobs of type dataScienceJob can be run.";
}
