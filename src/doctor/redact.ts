/**
 * What a report may show of the environment and of command lines: names always, values only where they are known to be
 * harmless. Whatever else could be a secret is masked in the whole report, wherever it comes from.
 */
import { existsSync } from "node:fs";
import { createMask } from "../text/mask/index.ts";
import type { Fact } from "./probe.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** Variables whose values say where a run is and hold no secret. */
const shownNames = new Set(
  `JOB_OCID JOB_RUN_OCID JOB_COMPARTMENT_OCID JOB_RUN_COMPARTMENT_OCID PROJECT_OCID
  PROJECT_COMPARTMENT_OCID TENANCY_OCID JOB_ARTIFACT_FILE_NAME JOB_RUN_ENTRYPOINT NODE_RANK NODE_COUNT
  OCI_RESOURCE_PRINCIPAL_VERSION OCI_RESOURCE_PRINCIPAL_REGION OCI_REGION OCI_CLI_REGION OCI_CLI_AUTH
  OCI_IAM_TYPE OCI_DEFAULT_REALM CONDA_ENV_TYPE CONDA_ENV_SLUG CONDA_ENV_REGION CONDA_PREFIX
  VIRTUAL_ENV PATH HOME PWD TMPDIR LANG LC_ALL TZ HOSTNAME JUPYTER_PATH OMP_NUM_THREADS
  CUDA_VISIBLE_DEVICES NVIDIA_VISIBLE_DEVICES NODE_VERSION PYTHON_VERSION NBJOB_IMAGE NBJOB_LOG_FORMAT
  NBJOB_LOG_LEVEL`.split(/\s+/),
);

/** Even of those: only what looks like an identifier, a number or paths. */
const plainValue = /^[\w./:,+@~-]{0,4096}$/;

/** A service's address, which holds no secret unless it names a user. */
const endpointName = /^NBJOB_OCI_(?:[A-Z]+_)?ENDPOINT$/;
const plainAddress = /^https?:\/\/[\w.:[\]-]+\/?$/;

/** Names that say that nobody should read their values. */
const secretName = /pass|secret|token|key|cred|auth|private|pem|rpst|cookie|session|signature/i;

/** Every variable by name, sorted; with its value only where that is known to be harmless. */
export function variables(env: Env): Fact {
  return Object.entries(env)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => ({ name, value: shown(name, value) ? value : value === "" ? "(empty)" : "(hidden)" }));
}

function shown(name: string, value: string): boolean {
  if (endpointName.test(name)) return plainAddress.test(value);
  return shownNames.has(name) && plainValue.test(value);
}

/**
 * The words of a command line without what could be a secret: the value of `name=value`, a word behind a secret's option,
 * a URL's query and password, a script, a word that looks like a key.
 */
export function commandWords(words: readonly string[]): readonly string[] {
  return words.map((word, position) => {
    const before = words[position - 1] ?? "";
    if (before.startsWith("-") && secretName.test(before) && !word.startsWith("-")) return "(hidden)";
    if (/\s/.test(word)) return `(${word.length} characters)`;
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(word)) return plainUrl(word);
    const [, name, value] = /^([^=]*)=(.*)$/s.exec(word) ?? [];
    if (name !== undefined) return value === "" ? word : `${name}=(hidden)`;
    return looksMade(word) ? `(${word.length} characters)` : word;
  });
}

/** Letters and digits as no name has them: a key, a token. */
function looksMade(word: string): boolean {
  return word.length >= 16 && !/^[-/.]|[/]/.test(word) && /\d/.test(word) && /[a-z]/i.test(word);
}

function plainUrl(word: string): string {
  return word
    .replace(/[?#].*$/s, "?…")
    .replace(/^([^/]*\/\/)[^/]*@(?=[^/]*$|[^/]*\/)/, (whole, scheme: string) =>
      scheme.toLowerCase() === "oci://" ? whole : `${scheme}…@`,
    )
    .replace(/\/p\/[^/]+(?=\/n\/)/, "/p/…");
}

/** What replaces, in all texts of a report, every value of the environment that could be a secret. */
export function maskOf(env: Env): (text: string) => string {
  const secrets = Object.entries(env).flatMap(([name, value = ""]) =>
    shown(name, value) || isPath(name, value) ? [] : partsOf(value).map((part) => ({ name, value: part })),
  );
  const mask = createMask(secrets);
  return (text) => mask.text(text);
}

export function masked(fact: Fact, mask: (text: string) => string): Fact {
  if (typeof fact === "string") return mask(fact);
  if (typeof fact !== "object" || fact === null) return fact;
  if (isList(fact)) return fact.map((item) => masked(item, mask));
  return Object.fromEntries(Object.entries(fact).map(([name, value]) => [name, masked(value, mask)]));
}

function isList(fact: Fact): fact is readonly Fact[] {
  return Array.isArray(fact);
}

/** Of an address with a password, the password and the user are secrets by themselves. */
function partsOf(value: string): readonly string[] {
  const [, user = ""] = /^[a-z][a-z0-9+.-]*:\/\/([^/@]+)@/i.exec(value) ?? [];
  return [value, user, ...user.split(":")].filter((part) => part !== "");
}

/** Where a variable names a file, its path is no secret; base64 may begin like one. */
function isPath(name: string, value: string): boolean {
  if (!/^[./~]\S*$/.test(value)) return false;
  return !secretName.test(name) || existsSync(value);
}
