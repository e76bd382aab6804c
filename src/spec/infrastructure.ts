import { toText } from "./plain.ts";
import { parseDuration } from "./quantity.ts";
import type { InfrastructureDocument } from "./schema/infrastructure.ts";
import { type Node, nodeAt, type Path } from "./yaml/node.ts";

type Rewritten = "entrypoint" | "command" | "maximumRuntime" | "startupProbe" | "tags";

/** `infrastructure:` of a job file, its texts as written (`1.10` stays that), its durations in milliseconds. */
export interface InfrastructureSpec extends Omit<InfrastructureDocument, Rewritten> {
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly maximumRuntime?: number;
  readonly startupProbe?: {
    readonly command: readonly string[];
    readonly period?: number;
    readonly failureThreshold?: number;
    readonly initialDelay?: number;
  };
  readonly tags?: {
    readonly freeform?: Readonly<Record<string, string>>;
    readonly defined?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };
}

export function readInfrastructure(given: InfrastructureDocument, root: Node): InfrastructureSpec {
  const { entrypoint, command, maximumRuntime, startupProbe, tags, ...rest } = given;
  const at = (...path: Path): Node | undefined => nodeAt(root, ["infrastructure", ...path]);
  const list = (values: readonly unknown[], ...path: Path): readonly string[] =>
    values.map((_, index) => toText(at(...path, index)));
  const map = (values: object, ...path: Path): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.keys(values).map((key) => [key, toText(at(...path, key))]));
  return {
    ...rest,
    ...(entrypoint === undefined ? {} : { entrypoint: list(entrypoint, "entrypoint") }),
    ...(command === undefined ? {} : { command: list(command, "command") }),
    ...duration("maximumRuntime", maximumRuntime),
    ...(startupProbe === undefined
      ? {}
      : {
          startupProbe: {
            command: list(startupProbe.command, "startupProbe", "command"),
            ...duration("period", startupProbe.period),
            ...(startupProbe.failureThreshold === undefined ? {} : { failureThreshold: startupProbe.failureThreshold }),
            ...duration("initialDelay", startupProbe.initialDelay),
          },
        }),
    ...(tags === undefined
      ? {}
      : {
          tags: {
            ...(tags.freeform === undefined ? {} : { freeform: map(tags.freeform, "tags", "freeform") }),
            ...(tags.defined === undefined
              ? {}
              : {
                  defined: Object.fromEntries(
                    Object.entries(tags.defined).map(([space, values]) => [
                      space,
                      map(values, "tags", "defined", space),
                    ]),
                  ),
                }),
          },
        }),
  };
}

function duration<Key extends string>(key: Key, value: string | number | undefined): { readonly [K in Key]?: number } {
  const milliseconds = value === undefined ? undefined : parseDuration(value);
  // A computed key widens to string.
  return (milliseconds === undefined ? {} : { [key]: milliseconds }) as { readonly [K in Key]?: number };
}
