/** A REST task as it is stored, read into what running it needs. */
import { isRecord } from "../../http/exchange.ts";
import { textOf, type Body } from "../objects.ts";

export interface RestCall {
  readonly method: string;
  readonly url: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string | undefined;
}

export interface Polling {
  readonly call: RestCall;
  /** Polling goes on while it is true. */
  readonly condition: string | undefined;
  /** Milliseconds; undefined where it is not given. */
  readonly interval: number | undefined;
  readonly maximum: number | undefined;
}

export interface RestTask {
  readonly execute: RestCall;
  readonly poll: Polling | undefined;
  readonly cancel: RestCall | undefined;
  readonly successCondition: string;
  /** By name. */
  readonly expressions: Readonly<Record<string, string>>;
  /** Whose principal signs; undefined where nobody does. */
  readonly principal: "WORKSPACE" | "APPLICATION" | undefined;
  /** Parameters with their defaults, as text. */
  readonly parameters: Readonly<Record<string, string>>;
}

const defaultCondition = "SYS.RESPONSE_STATUS >= 200 AND SYS.RESPONSE_STATUS < 300";

/** Milliseconds in each unit of time that the API has. */
export const units: Readonly<Record<string, number>> = {
  SECONDS: 1000,
  MINUTES: 60_000,
  HOURS: 3_600_000,
  DAYS: 86_400_000,
};

export function readRestTask(body: Body): RestTask {
  const parameters = parametersOf(body);
  return {
    execute: callOf(body.executeRestCallConfig, parameters, "POST"),
    poll: pollingOf(body, parameters),
    cancel: isRecord(body.cancelRestCallConfig) ? callOf(body.cancelRestCallConfig, parameters, "DELETE") : undefined,
    successCondition: expressionOf(settingOf(body.opConfigValues, "successCondition"), parameters) ?? defaultCondition,
    expressions: expressionsOf(body.typedExpressions),
    principal: principalOf(body),
    parameters: defaultsOf(body),
  };
}

/** Parameters with their defaults, by name. */
export function defaultsOf(body: Body): Readonly<Record<string, string>> {
  return Object.fromEntries(
    recordsIn(body.parameters).map((parameter) => [String(parameter.name), asText(parameter.defaultValue)]),
  );
}

/** A parameter's value as it is put into texts. */
export function asText(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Values by parameter: what bindings say. */
export function bindingsOf(provider: unknown): Readonly<Record<string, string>> {
  if (!isRecord(provider) || !isRecord(provider.bindings)) return {};
  const entries = Object.entries(provider.bindings).filter(([, value]) => isRecord(value));
  return Object.fromEntries(
    entries.map(([name, value]) => [name, isRecord(value) ? asText(value.simpleValue ?? value.rootObjectValue) : ""]),
  );
}

function pollingOf(body: Body, parameters: ReadonlyMap<string, Body>): Polling | undefined {
  const config = body.pollRestCallConfig;
  if (!isRecord(config) || body.apiCallMode !== "ASYNC_GENERIC") return undefined;
  const duration = (name: string): number | undefined => {
    const amount = settingOf(config.configValues, name);
    const unit = settingOf(config.configValues, `${name}Unit`);
    const value = amount?.objectValue ?? amount?.intValue ?? amount?.stringValue;
    const milliseconds = Number(value) * (units[textOf(unit ?? {}, "stringValue") ?? "SECONDS"] ?? Number.NaN);
    return value === undefined || Number.isNaN(milliseconds) ? undefined : milliseconds;
  };
  return {
    call: callOf(config, parameters, "GET"),
    condition: expressionOf(settingOf(config.configValues, "pollCondition"), parameters),
    interval: duration("pollInterval"),
    maximum: duration("pollMaxDuration"),
  };
}

function callOf(config: unknown, parameters: ReadonlyMap<string, Body>, method: string): RestCall {
  if (!isRecord(config)) return { method, url: undefined, headers: {}, payload: undefined };
  const headers = isRecord(config.requestHeaders) ? config.requestHeaders : {};
  const payload = settingOf(config.configValues, "requestPayload");
  const reference = payload?.refValue;
  const data = isRecord(reference) ? settingOf(reference.configValues, "dataParam") : undefined;
  return {
    method: textOf(config, "methodType") ?? method,
    url: settingText(settingOf(config.configValues, "requestURL"), parameters),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)])),
    payload: settingText(data, parameters) ?? settingText(payload, parameters),
  };
}

/** A setting is a text, or names the parameter that has it. */
function settingText(setting: Body | undefined, parameters: ReadonlyMap<string, Body>): string | undefined {
  if (setting === undefined) return undefined;
  const parameter = parameters.get(textOf(setting, "parameterValue") ?? "");
  return parameter === undefined ? textOf(setting, "stringValue") : `\${${String(parameter.name)}}`;
}

function expressionOf(setting: Body | undefined, parameters: ReadonlyMap<string, Body>): string | undefined {
  const reference = setting?.refValue;
  return isRecord(reference) ? textOf(reference, "exprString") : settingText(setting, parameters);
}

function settingOf(configValues: unknown, name: string): Body | undefined {
  const values = isRecord(configValues) ? configValues.configParamValues : undefined;
  const setting = isRecord(values) ? values[name] : undefined;
  return isRecord(setting) ? setting : undefined;
}

function expressionsOf(list: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    recordsIn(list).map((expression) => [String(expression.name), textOf(expression, "expression") ?? ""]),
  );
}

function principalOf({ authConfig, authDetails }: Body): RestTask["principal"] {
  if (isRecord(authConfig) && authConfig.modelType === "OCI_RESOURCE_AUTH_CONFIG") {
    return authConfig.resourcePrincipalSource === "APPLICATION" ? "APPLICATION" : "WORKSPACE";
  }
  const old = isRecord(authDetails) && authDetails.modelType === "RESOURCE_PRINCIPAL_AUTH_DETAILS";
  return old && authConfig === undefined ? "WORKSPACE" : undefined;
}

/** By key, and by name where they have none. */
function parametersOf(body: Body): ReadonlyMap<string, Body> {
  return new Map(recordsIn(body.parameters).map((parameter) => [String(parameter.key ?? parameter.name), parameter]));
}

export function recordsIn(value: unknown): readonly Body[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
