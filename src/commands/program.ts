import type { ProgramText } from "./parse.ts";

/** What `nbjob --help` says around the list of commands. */
export const programText: Omit<ProgramText, "version"> = {
  name: "nbjob",
  description: "Run a Jupyter notebook, a script or a packaged project as a batch job.",
  footer: `
run is the default: "nbjob job.yaml" is "nbjob run job.yaml".
"nbjob help exit-codes" lists what the exit codes mean.`,
};
