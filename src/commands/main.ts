import { isSea } from "node:sea";
import { levels, logFormats, type Level, type LogFormat } from "../text/log.ts";
import { createLogger, type Logger } from "../text/logger.ts";
import { describeError } from "../text/describe.ts";
import { NbjobError, exitCodes } from "../text/errors.ts";
import { createLineSplitter } from "../text/lines.ts";
import { standardSinks } from "../text/sink.ts";
import { StatusLine } from "../text/status-line.ts";
import { commands, noCommands } from "./index.ts";
import { programText } from "./program.ts";

/**
 * Runs one command line and returns its exit code, when all that it printed has been written.
 * Failures end here: one clear sentence each, the stack only under --debug.
 */
export async function main(host: NodeJS.Process, version: string): Promise<number> {
  const words = host.argv.slice(2);
  const debug = words.includes("--debug");
  const sinks = standardSinks(host.stdout, host.stderr);
  const terminal = host.stderr.isTTY;
  const log = createLogger({
    ...sinks,
    format: logFormat(words, host.env),
    level: debug ? "debug" : logLevel(words, host.env),
    terminal,
    colours: wantsColours(terminal, host.env),
    ...(terminal && host.stdout.isTTY ? { status: new StatusLine(sinks.stderr, () => host.stderr.columns || 80) } : {}),
    now: () => new Date(),
    splitter: createLineSplitter,
  });
  const bug = (error: unknown): void => {
    report(log, error, debug);
    void log.flush().then(() => host.exit(exitCodes.bug));
  };
  host.on("uncaughtException", bug).on("unhandledRejection", bug);
  // Node's own listener would print its warnings past the log.
  host.removeAllListeners("warning").on("warning", (warning) => log.debug(`Node warns: ${warning.message}`));
  try {
    return await dispatch(words, host, log, version);
  } catch (error) {
    report(log, error, debug);
    return error instanceof NbjobError ? error.exitCode : exitCodes.bug;
  } finally {
    log.endWork();
    await log.flush();
  }
}

async function dispatch(words: readonly string[], host: NodeJS.Process, log: Logger, version: string): Promise<number> {
  const [first = ""] = words;
  const known = Object.hasOwn(noCommands, first) ? noCommands[first] : undefined;
  if (known !== undefined) throw new NbjobError("usage", known.message, { remedy: known.remedy });
  const { parse } = await import("./parse.ts");
  const parsed = await parse(words, commands, { ...programText, version });
  if (parsed.kind === "text") {
    log.print(parsed.text);
    return 0;
  }
  const run = await parsed.command.load();
  const cwd = workingFolder(host);
  const program = programOf(host);
  return run(parsed.invocation, { env: host.env, cwd, program, log, version, signals: host, now: () => new Date() });
}

function programOf({ execPath, execArgv, argv }: NodeJS.Process): readonly [string, ...string[]] {
  const [, script] = argv;
  return isSea() || script === undefined ? [execPath] : [execPath, ...execArgv, script];
}

function workingFolder(host: NodeJS.Process): string {
  try {
    return host.cwd();
  } catch (error) {
    throw new NbjobError("environment", "The folder that nbjob was started in is not there any more", {
      remedy: "Start it in another one.",
      cause: error,
    });
  }
}

function report(log: Logger, error: unknown, debug: boolean): void {
  log.endWork();
  for (const line of describeError(error)) log.error(line, reasonOf(error));
  if (debug && error instanceof Error && error.stack !== undefined) log.debug(error.stack);
  if (!(error instanceof NbjobError)) {
    log.error("This is a bug in nbjob. Please report it with the output of the same command under --debug.");
  }
}

function reasonOf(error: unknown): { reason: string } {
  return { reason: error instanceof NbjobError ? error.reason : "bug" };
}

/** As most programs take them: NO_COLOR against colours, FORCE_COLOR for them, else whether a terminal shows the log. */
function wantsColours(terminal: boolean, env: NodeJS.ProcessEnv): boolean {
  if (env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "") return false;
  if (env["FORCE_COLOR"] !== undefined && env["FORCE_COLOR"] !== "") return env["FORCE_COLOR"] !== "0";
  return terminal;
}

/** Read before the command line is parsed, so that even its mistakes are told in the format asked for. */
function optionOf(words: readonly string[], flag: string): string | undefined {
  const at = words.indexOf(flag);
  if (at >= 0) return words[at + 1];
  return words.find((word) => word.startsWith(`${flag}=`))?.slice(flag.length + 1);
}

function logFormat(words: readonly string[], env: NodeJS.ProcessEnv): LogFormat {
  const asked = optionOf(words, "--log-format") ?? env["NBJOB_LOG_FORMAT"];
  return logFormats.find((format) => format === asked) ?? "text";
}

function logLevel(words: readonly string[], env: NodeJS.ProcessEnv): Level {
  const asked = optionOf(words, "--log-level") ?? env["NBJOB_LOG_LEVEL"];
  return levels.find((level) => level === asked) ?? "info";
}
