/**
 * argv → command, and the only place that ends the process: by setting `process.exitCode` and letting output drain,
 * since whatever a pipe has not taken when `process.exit()` is called is lost.
 */
declare const NBJOB_VERSION: string | undefined;
const version = typeof NBJOB_VERSION === "undefined" ? "0.0.0-development" : NBJOB_VERSION;

// The launchers give Node a compile cache for this program; it is none of the work's business.
if (process.env["NBJOB_COMPILE_CACHE"] !== undefined) {
  if (process.env["NODE_COMPILE_CACHE"] === process.env["NBJOB_COMPILE_CACHE"])
    delete process.env["NODE_COMPILE_CACHE"];
  delete process.env["NBJOB_COMPILE_CACHE"];
}

const [first] = process.argv.slice(2);
if (first === "--version" || first === "-V") {
  // A reader that has gone is no failure.
  process.stdout.on("error", () => undefined).write(`${version}\n`);
} else void answer();

async function answer(): Promise<void> {
  const { main } = await import("./commands/main.ts");
  process.exitCode = await main(process, version);
  // Only where something was left open that would keep the process waiting for ever: everything is written by now.
  setTimeout(() => process.exit(), 3000).unref();
}
