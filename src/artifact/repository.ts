/**
 * Work that lies in a Git repository, fetched by the git that is installed: it knows every address, credential helper,
 * proxy and certificate that the image was set up with.
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { findProgram } from "../process/command.ts";
import { exitCodeOf, spawnGroup } from "../process/group.ts";
import { NbjobError, type Reason, shellExitCodes } from "../text/errors.ts";
import { Tail, usefulLine } from "./tail.ts";

export interface CloneOptions {
  /** As git takes it: https://…, ssh://…, git@host:path, a path. */
  readonly url: string;
  /** The address as messages may show it. */
  readonly shown: string;
  /** A commit, branch or tag; default the tip of the repository's own branch. */
  readonly revision: string | undefined;
  /** A folder: new or empty. */
  readonly into: string;
  /** An SSH private key, where the address needs one. */
  readonly sshKey: string | undefined;
  /** A private folder of the run's, for the key. */
  readonly privateFolder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** How often a host that does not answer is asked, and how long between. */
const pauses = [2000, 5000];

/**
 * Clones a repository with its history, as ADS does, and checks out what is asked for.
 * @returns the commit
 * @throws {NbjobError} `environment` without git, and as git says: `not-found`, `not-authorized`, `unreachable`
 */
export async function cloneRepository(options: CloneOptions): Promise<string> {
  const git = findProgram("git", options.env, options.into);
  if (git === undefined) {
    throw new NbjobError("environment", `Fetching ${options.shown} needs git, and there is none on PATH.`, {
      location: options.shown,
      exitCode: shellExitCodes.notFound,
      remedy: "Install it in the image: apt-get install git, and openssh-client for an address of SSH.",
    });
  }
  const keyFolder = join(options.privateFolder, "ssh");
  try {
    return await fetch(git, { ...options, env: await gitEnvironment(options, keyFolder) });
  } finally {
    // The key is nothing of the work's.
    await rm(keyFolder, { recursive: true, force: true });
  }
}

async function fetch(git: string, options: CloneOptions): Promise<string> {
  const { url, revision, into } = options;
  for (const pause of [...pauses, undefined]) {
    try {
      await run([git, "clone", "--quiet", "--no-checkout", "--", url, into], options);
      break;
    } catch (error) {
      if (pause === undefined || !(error instanceof NbjobError) || error.reason !== "unreachable") throw error;
      await wait(pause, undefined, { signal: options.signal });
    }
  }
  // The dashes say that it is no file's name.
  await run([git, "-C", into, "checkout", "--quiet", revision ?? "HEAD", "--"], options);
  return (await run([git, "-C", into, "rev-parse", "HEAD"], options)).trim();
}

async function gitEnvironment({ env, sshKey }: CloneOptions, folder: string): Promise<CloneOptions["env"]> {
  const base = { ...env, LC_ALL: "C", GIT_TERMINAL_PROMPT: "0" };
  if (sshKey === undefined) return base;
  await mkdir(folder, { mode: 0o700 });
  const key = join(folder, "key");
  // A key whose last line does not end is no key to ssh.
  await writeFile(key, `${sshKey.trimEnd()}\n`, { mode: 0o600 });
  // A host that nobody has vouched for is believed, as ADS does it, since a container knows none; one that is known to be
  // another is not.
  const known = [join(folder, "known_hosts"), "~/.ssh/known_hosts"].join(" ");
  const words = [
    "StrictHostKeyChecking=accept-new",
    `UserKnownHostsFile=${known}`,
    "IdentitiesOnly=yes",
    "BatchMode=yes",
  ];
  const options = [...words, "LogLevel=ERROR", "ConnectTimeout=30"].map((word) => `-o '${word}'`).join(" ");
  return { ...base, GIT_SSH_COMMAND: `ssh -i '${key}' ${options}` };
}

/** Runs git and returns what it prints. */
async function run(command: readonly [string, ...string[]], options: CloneOptions): Promise<string> {
  const printed = { stdout: new Tail(4096), stderr: new Tail(16_384) };
  const group = spawnGroup(command, {
    cwd: options.into,
    env: options.env,
    onOutput: (stream, chunk) => printed[stream].push(chunk),
    signal: options.signal,
  });
  const settled = await group.settled;
  options.signal.throwIfAborted();
  if (exitCodeOf(settled) === 0) return printed.stdout.text();
  throw failure(printed.stderr.text().replaceAll(options.url, options.shown), exitCodeOf(settled), options);
}

interface Kind {
  readonly says: RegExp;
  readonly reason: Reason;
  readonly remedy: string;
}

/** What git and ssh say, the first that fits. */
const kinds: readonly Kind[] = [
  {
    says: /cannot run ssh|error: cannot run/,
    reason: "environment",
    remedy: "Install an SSH client in the image: apt-get install openssh-client.",
  },
  {
    says: /dubious ownership/,
    reason: "environment",
    remedy:
      "It belongs to another user: run as that one, or have git trust it (git config --system --add safe.directory).",
  },
  {
    says: /No user exists for uid/,
    reason: "environment",
    remedy: "ssh needs a user with an entry in /etc/passwd: run as another user, or use an https address.",
  },
  {
    says: /Permission denied|could not read (Username|Password)|Authentication failed|Host key verification|HTTP 40[13]|error: 40[13]|terminal prompts disabled|error in libcrypto|invalid format/,
    reason: "not-authorized",
    remedy:
      "Name the vault secret that holds an SSH key (git.sshKey, GIT_SECRET_OCID) and an SSH address, or put a token into an https address from a variable.",
  },
  {
    says: /Could not resolve|Couldn't connect|Failed to connect|Connection (refused|timed out|reset|closed)|timed out|No route to host|Network is unreachable|unexpected disconnect|early EOF|RPC failed|error: 5\d\d/,
    reason: "unreachable",
    remedy: "Check the address, and that it can be reached from here.",
  },
  {
    says: /not found|does not exist|does not appear to be a git repository|did not match any|unknown revision|bad revision|not a tree|reference is not a tree|invalid reference|No such file/i,
    reason: "not-found",
    remedy: "Check the address, and the branch or commit.",
  },
];

function failure(said: string, code: number, { shown, revision }: CloneOptions): NbjobError {
  const kind = kinds.find(({ says }) => says.test(said));
  const lines = said.split("\n").filter((line) => line.trim() !== "");
  const telling =
    lines.find((line) => kind?.says.test(line)) ??
    lines.find((line) => line.startsWith("fatal: ")) ??
    usefulLine(said) ??
    `exit code ${code}`;
  const what = revision === undefined ? shown : `${shown} at ${revision}`;
  return new NbjobError(
    kind?.reason ?? "environment",
    `git cannot fetch ${what}: ${telling.trim().replace(/^(fatal|error): /, "")}`,
    { location: shown, ...(kind === undefined ? {} : { remedy: kind.remedy }) },
  );
}
