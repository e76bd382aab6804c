/**
 * Runs a node's work for real: a folder laid out as Data Science does it, the variables and the principal that a job run
 * has, and the image in Docker, the built program in its place, or the artifact in an environment of the service's.
 */
import { join } from "node:path";
import type { Policy } from "../../auth/policy.ts";
import type { ResourcePrincipal, ResourcePrincipalOptions } from "../../identity/resource.ts";
import type { DataScience } from "../data-science.ts";
import type { Execution, Outcome } from "../execution.ts";
import { ClusterFile, serviceVariables, type EnvironmentContext } from "./environment.ts";
import { dockerAnswers, dockerCommand, imageOf, programCommand } from "./image.ts";
import { makeLayout, removeLayout, type Layout } from "./layout.ts";
import { managedCommand } from "./managed.ts";
import { probe } from "./probe.ts";
import { runCommand, type Command } from "./process.ts";
import { defaultMachineSettings, type MachineSettings } from "./settings.ts";
import { Slots } from "./slots.ts";

export interface MachineContext {
  readonly dataScience: DataScience;
  readonly policy: Policy;
  readonly folder: string;
  readonly region: string;
  readonly url: () => string;
  readonly principal: (options: ResourcePrincipalOptions) => Promise<ResourcePrincipal>;
}

export class Machine {
  readonly settings: MachineSettings = { ...defaultMachineSettings };
  readonly #context: MachineContext;
  readonly #slots = new Slots(() => this.settings.machines);
  readonly #clusters = new Map<string, ClusterFile>();

  constructor(context: MachineContext) {
    this.#context = context;
  }

  async execute(execution: Execution): Promise<Outcome> {
    const release = await this.#slots.take(execution.signal);
    try {
      return await this.#execute(execution);
    } finally {
      release();
    }
  }

  async #execute(execution: Execution): Promise<Outcome> {
    const { dataScience, policy, principal: makePrincipal } = this.#context;
    const { node } = execution;
    const { run } = node;
    const job = dataScience.job(run.jobId);
    const { principal, env, rotate } = await makePrincipal({ id: run.id, type: "datasciencejobrun" });
    const image = imageOf(node);
    if (image !== undefined && !policy.permits(pull(principal))) {
      const details = `Job run failed: the image ${image.image} was not found, or the job run may not pull it.`;
      return { kind: "failure", details };
    }
    const { mounts } = run.effective;
    const { storage } = dataScience.options;
    const layout = await makeLayout(job.artifact, mounts, {
      storage,
      fileSystems: join(this.#context.folder, "filesystems"),
      unpack: image === undefined || this.settings.unpackArchives,
    });
    // Tokens last an hour, and runs longer.
    const rotation = setInterval(() => void rotate(), 20 * 60_000);
    try {
      const variables = { ...(await this.#variables(execution, layout)), ...env };
      const command = await this.#command(execution, layout, variables);
      if ("failure" in command) return { kind: "failure", details: command.failure };
      const outcome = await this.#supervise(execution, command);
      // Docker's own word for an image or a container that it cannot have.
      if (command.program !== "docker" || outcome.kind !== "exit" || outcome.code !== 125) return outcome;
      return { kind: "failure", details: `Job run failed: the image ${image?.image} cannot be started.` };
    } finally {
      clearInterval(rotation);
      await removeLayout(layout, mounts, storage);
    }
  }

  async #variables({ node }: Execution, layout: Layout): Promise<Readonly<Record<string, string>>> {
    const { dataScience, region, url, folder } = this.#context;
    const { account, regionKey } = dataScience.options;
    const { run } = node;
    const project = dataScience.projectById(run.details.projectId);
    const context: EnvironmentContext = { tenancy: account.tenancy, region, regionKey, url: url() };
    const cluster: Record<string, string> = {};
    if (node.group !== undefined) {
      const file = this.#clusters.get(run.id) ?? new ClusterFile(join(folder, "clusters", `${run.id}.json`));
      this.#clusters.set(run.id, file);
      await file.add(node.rank);
      cluster["CLUSTER_NODES_METADATA_FILE"] = file.path;
    }
    return {
      ...serviceVariables(node, dataScience.job(run.jobId), project, context),
      ...cluster,
      // Not of the service: where a process without a container finds what a container has at its own paths.
      CLOUD_ROOT: layout.root,
      ...this.settings.variables,
      ...node.configuration.environmentVariables,
    };
  }

  async #command(
    { node }: Execution,
    layout: Layout,
    variables: Readonly<Record<string, string>>,
  ): Promise<Command | { readonly failure: string }> {
    const image = imageOf(node);
    const { settings } = this;
    if (image === undefined) {
      return managedCommand(node, layout, this.#context.dataScience.options.storage, variables);
    }
    if (settings.docker && (await dockerAnswers())) return dockerCommand(node, image, layout, settings, variables);
    return programCommand(node, image, layout, settings, variables);
  }

  /** Runs a command beside its startup probe, which ends it where it fails too often. */
  async #supervise(execution: Execution, command: Command): Promise<Outcome> {
    const { graceMs, minuteMs } = this.#context.dataScience.settings;
    const { startupProbeDetails } = execution.node.configuration;
    if (!startupProbeDetails) return { kind: "exit", code: await runCommand(command, execution, graceMs) };
    const over = new AbortController();
    const unhealthy = new AbortController();
    const signal = AbortSignal.any([execution.signal, unhealthy.signal]);
    const watch = async (): Promise<void> => {
      if (!(await probe(startupProbeDetails, command, minuteMs / 60, over.signal))) unhealthy.abort();
    };
    const probing = watch();
    const code = await runCommand(command, { ...execution, signal }, graceMs);
    over.abort();
    await probing;
    if (unhealthy.signal.aborted) return { kind: "failure", details: "Job run failed: its startup probe failed." };
    return { kind: "exit", code };
  }
}

/** What a run's own principal must be allowed to do before there is a container. */
function pull(principal: ResourcePrincipal["principal"]): Parameters<Policy["permits"]>[0] {
  const operation = { service: "registry", operation: "PullImage", permissions: ["REPOSITORY_READ"] };
  return { ...operation, resource: {}, principal };
}
