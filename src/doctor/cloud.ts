/** Which credentials there are, and which services of OCI answer from here. */
import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute } from "node:path";
import { openAgent } from "../http/agent.ts";
import { networkFailure } from "../http/network-failure.ts";
import { findProfile } from "../oci/auth/user.ts";
import { OciConnection } from "../oci/connection.ts";
import { endpointOf, type Service } from "../oci/endpoints.ts";
import { regionOf } from "../oci/regions.ts";
import { limited, type Fact } from "./probe.ts";
import { messageOf } from "../text/message-of.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** How long one service may take to answer, in milliseconds. */
const patience = 4_000;

/** Services that a job may need. */
const services: readonly Service[] = ["objectstorage", "datascience", "secrets", "auth", "logging"];

/** What the platform gives a job run to prove itself by: each setting is a file, or the content itself, which is not shown. */
export async function resourcePrincipal(env: Env): Promise<Fact> {
  const names = Object.keys(env).filter((name) => name.startsWith("OCI_RESOURCE_PRINCIPAL_"));
  const settings = names.toSorted().map(async (name): Promise<Fact> => {
    const value = env[name] ?? "";
    if (!isAbsolute(value)) return { name, given: value === "" ? "empty" : "in the variable", file: null, bytes: null };
    const found = await stat(value).catch(() => undefined);
    return {
      name,
      given: found === undefined ? "like a path, where no file is" : "as a file",
      file: found === undefined ? null : value,
      bytes: found?.size ?? null,
    };
  });
  return { version: env["OCI_RESOURCE_PRINCIPAL_VERSION"] ?? null, settings: await Promise.all(settings) };
}

/** The credentials that would be used, the region, and what answers there. */
export async function cloud(env: Env, offline: boolean, signal: AbortSignal): Promise<Fact> {
  const set = env["OCI_CLI_REGION"] || env["OCI_REGION"];
  if (offline && !(await foundHere(env)))
    return {
      region: set ?? null,
      credentials: null,
      tried: ["Not looked for: that would ask the network."],
      endpoints: null,
    };
  const tried: string[] = [];
  const found = await limited(10_000, (limit) =>
    credentials(env, offline, tried, AbortSignal.any([signal, limit])),
  ).catch((error: unknown) => void tried.push(messageOf(error)));
  const region = set || (found?.region ?? env["OCI_RESOURCE_PRINCIPAL_REGION"]);
  return {
    region: region ?? null,
    credentials: found ?? null,
    tried,
    endpoints: offline ? null : await endpoints(env, region, signal),
  };
}

async function credentials(env: Env, offline: boolean, tried: string[], signal: AbortSignal): Promise<Found> {
  const note = (message: string): void => void tried.push(message);
  const connection = new OciConnection({ env, log: { debug: note, info: () => undefined, warn: note } });
  const giveUp = (): void => void connection.close();
  signal.addEventListener("abort", giveUp);
  try {
    const { description, principal, region, tenancy } = await connection.credentials();
    const whose = { description, principal, region: region?.id ?? null, tenancy: tenancy ?? null };
    return { ...whose, accepted: offline ? null : await accepted(connection, signal) };
  } finally {
    signal.removeEventListener("abort", giveUp);
    await connection.close();
  }
}

interface Found {
  readonly [name: string]: Fact;
  readonly region: string | null;
}

/** True where finding credentials asks nobody outside. */
async function foundHere(env: Env): Promise<boolean> {
  if (env["OCI_CLI_AUTH"] || env["OCI_IAM_TYPE"]) return false;
  if (env["OCI_RESOURCE_PRINCIPAL_VERSION"]) return env["OCI_RESOURCE_PRINCIPAL_VERSION"] === "2.2";
  const profile = await findProfile({ env, home: env["HOME"] || homedir() }).catch(() => undefined);
  return profile !== undefined && profile.values["authentication_type"] === undefined;
}

/** Asks for the tenancy's namespace: any principal may, and the answer shows that key, token and clock are right. */
async function accepted(connection: OciConnection, signal: AbortSignal): Promise<Fact> {
  try {
    const endpoint = await connection.endpoint("objectstorage");
    const limit = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
    const answer = await connection.send(endpoint, { method: "GET", target: "/n", signal: limit });
    const namespace: unknown = JSON.parse(await answer.body.text());
    const date = Date.parse(answer.header("date") ?? "");
    const aheadSeconds = Number.isNaN(date) ? null : Math.round((connection.clock.now() - date) / 1000);
    return { yes: true, namespace: typeof namespace === "string" ? namespace : null, clockAheadSeconds: aheadSeconds };
  } catch (error) {
    return { yes: false, why: messageOf(error) };
  }
}

/** Whether each service answers at all; any HTTP status is an answer. */
async function endpoints(env: Env, region: string | undefined, signal: AbortSignal): Promise<Fact> {
  const dispatcher = openAgent({ env, connections: 1, silenceMs: patience });
  const ask = async (service: Service): Promise<Fact> => {
    const began = performance.now();
    let address = "";
    try {
      address = endpointOf(service, region === undefined ? undefined : regionOf(region, env), env);
      const { origin, pathname } = new URL(address);
      const { statusCode, body } = await dispatcher.request({
        origin,
        path: pathname,
        method: "GET",
        signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
      });
      await body.dump();
      return { service, address, answers: true, status: statusCode, milliseconds: since(began), why: null };
    } catch (error) {
      return {
        service,
        address,
        answers: false,
        status: null,
        milliseconds: since(began),
        why: reasonOf(error, address),
      };
    }
  };
  try {
    return await Promise.all(services.map(ask));
  } finally {
    await dispatcher.destroy();
  }
}

function reasonOf(error: unknown, address: string): string {
  if (error instanceof Error && error.name === "TimeoutError") return `no answer within ${patience / 1000} s`;
  const told = address === "" ? error : networkFailure(error, address, new URL(address).host);
  return told instanceof Error ? told.message : String(told);
}

function since(began: number): number {
  return Math.round(performance.now() - began);
}
