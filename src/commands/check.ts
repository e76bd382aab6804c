import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { check, failureOf, type CheckOptions, type Finding } from "../run/check/check.ts";
import type { RunHost } from "../run/host.ts";
import { RunMask } from "../run/secrets.ts";
import { exitCodeOfSignal, supervise } from "../run/supervise.ts";
import type { JobSpec } from "../spec/jobspec.ts";
import { unknownToNow } from "../spec/launchable.ts";
import { displayLocation } from "../storage/location.ts";
import { openStores, type Stores } from "../storage/stores.ts";
import { describeError } from "../text/describe.ts";
import { exitCodes, NbjobError } from "../text/errors.ts";
import { columns } from "../text/columns.ts";
import { oneLine } from "../text/one-line.ts";
import type { CommandContext, Invocation } from "./command.ts";
import { plainEnvironment } from "./environment.ts";
import { jobOf, namedJob } from "./job.ts";
import { text } from "./options.ts";

/**
 * `nbjob check [JOBFILE]`: everything that a run looks at before its work starts, told line by line or as JSON, and then
 * every problem as `run` would tell it, with its exit code.
 */
export async function checkCommand(invocation: Invocation, context: CommandContext): Promise<number> {
  const { cwd, log, signals, now, version } = context;
  const env = plainEnvironment(context.env);
  const offline = invocation.values["offline"] === true;
  const folder = text(invocation, "cwd");
  const stores = offline ? localStores(openStores({ env, log })) : openStores({ env, log });
  let mask = (line: string): string => line;
  try {
    const unknown = namedJob(invocation, context) === undefined ? {} : unknownToNow(env);
    const loaded = await load(invocation, { ...context, env: { ...unknown, ...env } }, stores, Object.keys(unknown));
    const findings = [loaded.finding];
    if (loaded.spec !== undefined) {
      const known = new RunMask(loaded.spec, { ...env, ...loaded.spec.environment.variables }, log);
      mask = (line) => known.text(line);
      const host = { log, stores, signals, now, version, env, tempFolder: tmpdir() };
      const where = folder === undefined ? {} : { cwd: resolve(cwd, folder) };
      findings.push(
        ...(await checkUntilStopped(loaded.spec, host, { ...where, offline, unknown: Object.keys(unknown) })),
      );
    }
    const failure = failureOf(findings);
    log.print(mask(invocation.values["json"] === true ? asJson(findings, failure, offline) : asText(findings)));
    if (failure !== undefined) throw failure;
    return 0;
  } finally {
    await stores.close();
  }
}

/** A signal ends it, and what it made on this machine is cleared away all the same. */
async function checkUntilStopped(spec: JobSpec, host: RunHost, options: CheckOptions): Promise<readonly Finding[]> {
  const supervision = supervise(host.signals, (signal) => host.log.warn(`${signal}: ending the check`));
  try {
    return await check(spec, host, options, supervision.stop);
  } catch (error) {
    if (supervision.cause?.kind !== "canceled") throw error;
    const { signal } = supervision.cause;
    throw new NbjobError("canceled", `The check was ended by ${signal}`, { exitCode: exitCodeOfSignal(signal) });
  } finally {
    supervision.dispose();
  }
}

async function load(
  invocation: Invocation,
  context: CommandContext,
  stores: Stores,
  unknown: readonly string[],
): Promise<{ readonly spec?: JobSpec; readonly finding: Finding }> {
  const base = { what: "job file", name: namedJob(invocation, context) ?? "", failures: [] };
  try {
    const spec = await jobOf(invocation, context, stores);
    const name = spec.jobFile === undefined ? base.name : displayLocation(spec.jobFile.location);
    const detail =
      spec.jobFile === undefined ? "none; the work is named in its place" : `valid, sha256 ${spec.jobFile.sha256}`;
    const written = JSON.stringify(spec, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
    const kept = unknown
      .filter((variable) => written.includes(`\${${variable}}`))
      .map((variable) => `; only a job run knows \${${variable}}, which stands for itself here`)
      .join("");
    return { spec, finding: { ...base, name, status: "ok", detail: `${detail}${kept}` } };
  } catch (error) {
    if (!(error instanceof NbjobError) || error.reason === "usage") throw error;
    return {
      finding: { ...base, status: "failed", detail: `${error.message}; nothing else was looked at`, failures: [error] },
    };
  }
}

/** Stores that refuse what is not on this machine: nothing is asked by mistake. */
function localStores(stores: Stores): Stores {
  return {
    close: () => stores.close(),
    store(location) {
      if (location.kind === "file") return stores.store(location);
      const shown = displayLocation(location);
      throw new NbjobError("usage", `${shown} lies on a service, and --offline asks none`, {
        location: shown,
        remedy: "Leave out --offline, or name a copy on this machine.",
      });
    },
  };
}

function asText(findings: readonly Finding[]): string {
  const words = { ok: "ok", failed: "FAILED", "not-checked": "not checked" } as const;
  const rows = findings.map(({ what, name, status, detail }) => [words[status], what, oneLine(name), oneLine(detail)]);
  const [failed, skipped] = (["failed", "not-checked"] as const).map(
    (status) => findings.filter((each) => each.status === status).length,
  );
  const verdict = failed === 0 ? "Nothing is wrong" : `${failed} ${failed === 1 ? "is" : "are"} wrong`;
  return [...columns(rows), `${verdict}; ${skipped} not checked; nothing was run.`].join("\n");
}

function asJson(findings: readonly Finding[], failure: unknown, offline: boolean): string {
  const problems = (failures: readonly unknown[]) =>
    failures.map((error) => ({
      reason: error instanceof NbjobError ? error.reason : "bug",
      lines: describeError(error),
    }));
  const known = failure instanceof NbjobError ? failure : undefined;
  const report = {
    schema: "nbjob.check/1",
    ok: failure === undefined,
    exitCode: failure === undefined ? 0 : (known?.exitCode ?? exitCodes.bug),
    reason: failure === undefined ? null : (known?.reason ?? "bug"),
    offline,
    checks: findings.map(({ failures, ...each }) => ({ ...each, problems: problems(failures) })),
  };
  return JSON.stringify(report, undefined, 2);
}
