import type { Problem } from "../../text/errors.ts";
import { assign } from "../assign.ts";
import { suggest } from "../suggest.ts";
import { type Entry, entryAt, isMap, type MapNode, type Node, nodeAt, type Path, pathText } from "../yaml/node.ts";
import { textOf } from "./convert.ts";
import { documentRules, type Rules, runtimes } from "./rules.ts";

export interface AdsJob {
  readonly root: MapNode;
  readonly problems: readonly Problem[];
  /** Keys of a job file not to be called missing: something that was refused may have stood for them. */
  readonly broken: readonly string[];
}

/** Whether a document is one of ADS's own (`kind: job`) rather than a job file. */
export function isAdsJob(root: MapNode): boolean {
  return textOf(entryAt(root, "kind")?.value) === "job";
}

/**
 * An ADS job document as the job file that means the same, its values still at their places in the document.
 * What it asks for and a job file cannot say is a problem.
 */
export function readAdsJob(document: MapNode): AdsJob {
  const problems: Problem[] = [];
  const broken = ["noteBook", "artifact", "git", "outputFolder"];
  const type = nodeAt(document, ["spec", "runtime", "type"]);
  const runtime = Object.hasOwn(runtimes, textOf(type) ?? "") ? runtimes[textOf(type) ?? ""] : undefined;
  const empty: MapNode = { kind: "map", entries: [], place: document.place };
  if (typeof runtime !== "object") {
    const known = Object.keys(runtimes).filter((name) => typeof runtimes[name] === "object");
    problems.push({
      ...(type ?? nodeAt(document, ["spec"]) ?? document).place,
      key: "spec.runtime.type",
      message: runtime ?? "spec.runtime.type is not a kind of runtime that can be run.",
      remedy: `The types that can be run are ${known.join(", ")}.`,
    });
    return { root: empty, problems, broken };
  }
  let root = empty;
  const convert = (node: MapNode, rules: Rules, above: Path): void => {
    for (const key of inOrder(node, rules)) one(key, rules, [...above, key.key]);
  };
  const one = (entry: Entry, rules: Rules, path: Path): void => {
    const rule = Object.hasOwn(rules, entry.key) ? rules[entry.key] : undefined;
    const key = pathText(path);
    if (rule === undefined) {
      problems.push({
        ...entry.place,
        key,
        message: `${key} is not a key of an ADS job that can be run.`,
        ...near(entry.key, rules),
      });
    } else if ("refuse" in rule) {
      problems.push({ ...entry.place, key, message: `${key}: ${rule.refuse}` });
    } else if ("keys" in rule) {
      if (isMap(entry.value)) convert(entry.value, rule.keys, path);
      else problems.push({ ...entry.value.place, key, message: `${key}: expected a map of keys.` });
    } else if ("to" in rule) {
      put(rule.convert === undefined ? entry.value : rule.convert(entry.value), rule.to, entry, key);
    }
  };
  const put = (value: Node | string, to: string, entry: Entry, key: string): void => {
    if (typeof value === "string") {
      problems.push({ ...entry.value.place, key, message: `${key}: ${value}` });
      return;
    }
    if (to === "") return;
    const assigned = assign(root, { path: to.split("."), node: value, place: entry.place });
    if ("root" in assigned) root = assigned.root;
  };
  convert(document, documentRules(runtime), []);
  return { root, problems, broken: problems.length > 0 ? broken : [] };
}

/** Entries in the order of their rules, so that of two that mean one key the later rule wins; unknown ones last. */
function inOrder(node: MapNode, rules: Rules): readonly Entry[] {
  const order = Object.keys(rules);
  const rank = (entry: Entry): number => (order.includes(entry.key) ? order.indexOf(entry.key) : order.length);
  return node.entries.toSorted((a, b) => rank(a) - rank(b));
}

function near(key: string, rules: Rules): { readonly remedy: string } {
  const meant = suggest(key, Object.keys(rules));
  return {
    remedy: meant === undefined ? `Its keys here are ${Object.keys(rules).join(", ")}.` : `Did you mean "${meant}"?`,
  };
}
