import type { Command } from "./command.ts";
import { overrideOptions } from "./options.ts";

const policiesHelp = `Statements and dynamic groups of IAM for what the job file uses: its job runs, whoever launches, its scheduler. What it
does not say stands between angle brackets; in Terraform it is a variable.

Examples:
  nbjob policies jobs/hello.yaml --group data-scientists
  nbjob policies job.yaml --compartment ocid1.compartment.oc1..aaaa --terraform > policies.tf`;

/** What administrators of OCI are asked for. */
export const policiesCommands: readonly Command[] = [
  {
    name: "policies",
    summary: "print the IAM statements and dynamic groups that a job file needs on OCI",
    operands: "[jobfile]",
    options: [
      ...overrideOptions,
      { flags: "--broad", description: "whole families of resources, as Oracle's posts have it" },
      { flags: "--group <name>", description: "the group that launches" },
      { flags: "--compartment <ocid>", description: "of everything whose compartment the job file does not say" },
      { flags: "--name <name>", description: "begins the names of what is made; default nbjob" },
      { flags: "--json", description: "as JSON" },
      { flags: "--terraform", description: "as Terraform" },
    ],
    help: policiesHelp,
    load: async () => (await import("./policies.ts")).policiesCommand,
  },
];
