/**
 * What nobody outside of a container can know, and every question of support begins with. Nothing in it is a secret:
 * variables are told by name, and whatever could be a value of theirs is masked in all of it.
 */
import { homedir } from "node:os";
import { findProgram } from "../process/command.ts";
import { installedKernels } from "../notebook/index.ts";
import { controlGroups } from "./cgroup.ts";
import { cloud, resourcePrincipal } from "./cloud.ts";
import { folders, mounted, mounts, remoteMounts } from "./folders.ts";
import { gpus } from "./gpu.ts";
import { limits, processes, system, user } from "./machine.ts";
import { runProbes, type Fact, type Probe } from "./probe.ts";
import { python } from "./python.ts";
import { commandWords, maskOf, masked, variables } from "./redact.ts";

export type { Fact } from "./probe.ts";

export interface DiagnoseOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly tempFolder: string;
  /** nbjob's own. */
  readonly version: string;
  /** Ask nobody outside of this machine. */
  readonly offline: boolean;
  readonly now: () => Date;
}

/** By section; a section whose probe failed is null. */
export interface Diagnosis {
  readonly schema: "nbjob.doctor/1";
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly offline: boolean;
  readonly sections: Readonly<Record<string, Fact>>;
  readonly failures: readonly { readonly section: string; readonly why: string }[];
}

/** Looks at everything at once. Never rejects, and is over within a quarter of a minute. */
export async function diagnose(options: DiagnoseOptions): Promise<Diagnosis> {
  const { env, now, offline } = options;
  const findings = await runProbes(probes(options));
  const mask = maskOf(env);
  const sections = Object.fromEntries(findings.map(({ name, found }) => [name, masked(found, mask)]));
  const failures = findings.flatMap(({ name, failure }) =>
    failure === null ? [] : [{ section: name, why: mask(failure) }],
  );
  return { schema: "nbjob.doctor/1", time: now().toISOString(), offline, sections, failures };
}

/** Where Data Science mounts what a job run is given. */
const dataScienceHome = "/home/datascience";

const usualFolders = ["/", "/tmp", "/var/tmp", "/dev/shm", dataScienceHome];

const programs = [
  "tini",
  "dumb-init",
  "python3",
  "java",
  "Rscript",
  "julia",
  "conda",
  "xz",
  "git",
  "ssh",
  "nvidia-smi",
];

function probes({ env, cwd, tempFolder, version, offline }: DiagnoseOptions): readonly Probe[] {
  const home = env["HOME"] || homedir();
  return [
    {
      name: "nbjob",
      look: async () => ({ version, node: process.version, executable: process.execPath, workingDirectory: cwd }),
    },
    { name: "system", look: () => system() },
    { name: "user", look: () => user(env) },
    { name: "processes", look: () => processes() },
    { name: "limits", look: () => limits() },
    { name: "controlGroup", look: () => controlGroups() },
    { name: "mounts", look: () => mounts() },
    {
      name: "folders",
      look: async () => folders([...usualFolders, tempFolder, home, cwd, ...(await remoteMounts())]),
    },
    { name: "dataScience", look: () => mounted(dataScienceHome) },
    { name: "environment", look: async () => variables(env) },
    { name: "resourcePrincipal", look: () => resourcePrincipal(env) },
    { name: "cloud", within: 16_000, look: (signal) => cloud(env, offline, signal) },
    { name: "kernels", look: () => kernels(env) },
    { name: "python", within: 12_000, look: (signal) => python(env, signal) },
    {
      name: "programs",
      look: async () => Object.fromEntries(programs.map((name) => [name, findProgram(name, env, cwd) ?? null])),
    },
    { name: "gpu", within: 10_000, look: (signal) => gpus(env, signal) },
  ];
}

async function kernels(env: Readonly<Record<string, string>>): Promise<Fact> {
  return (await installedKernels({ env })).map(({ name, displayName, language, argv, folder }) => ({
    name,
    displayName,
    language,
    argv: commandWords(argv),
    folder,
  }));
}
