import type { Policies } from "./statement.ts";
import { blanksIn, plain } from "./words.ts";

/** For people: each statement below a line that says why. */
export function asText({ name, dynamicGroups, statements }: Policies): string {
  const groups = dynamicGroups.flatMap((group) => [
    `# Dynamic group ${group.name}: ${group.why}`,
    plain(group.rule),
    "",
  ]);
  const lines = statements.flatMap((statement) => [`# ${statement.why}`, plain(statement.words)]);
  return [...groups, `# Policy ${name}, in the root compartment or in one above all that it names.`, "", ...lines].join(
    "\n",
  );
}

export function asJson({ name, dynamicGroups, statements }: Policies): string {
  const blanks = blanksIn([...dynamicGroups.map(({ rule }) => rule), ...statements.map(({ words }) => words)]);
  const report = {
    schema: "nbjob.policies/1",
    name,
    dynamicGroups: dynamicGroups.map((group) => ({
      name: group.name,
      matchingRule: plain(group.rule),
      why: group.why,
    })),
    statements: statements.map((statement) => ({ statement: plain(statement.words), why: statement.why })),
    placeholders: blanks.map(({ what }) => `<${what}>`),
  };
  return JSON.stringify(report, undefined, 2);
}
