import { type Grant, whereOf } from "../oci/grants.ts";
import { type Blank, type Words, words } from "./words.ts";

export interface Statement {
  readonly words: Words;
  /** One sentence. */
  readonly why: string;
}

export interface DynamicGroup {
  readonly name: string;
  readonly rule: Words;
  readonly why: string;
}

/** Everything that a job file needs of IAM. */
export interface Policies {
  readonly name: string;
  readonly dynamicGroups: readonly DynamicGroup[];
  readonly statements: readonly Statement[];
}

/** What the job file does not say, and the command line may. */
export interface PolicyOptions {
  /** Begins the names of what is made. */
  readonly name: string;
  /** Of those who launch. */
  readonly group: string | undefined;
  /** Of everything whose compartment the job file does not say. */
  readonly compartment: string | undefined;
  /** As the posts that nbjob began with have it: whole families, to any user that is a job run. */
  readonly broad: boolean;
}

/** Who is allowed something: the words before `to`, and what must hold of the request. */
export interface Subject {
  readonly words: Words;
  readonly conditions: readonly Words[];
}

/** Where: a compartment by OCID, or the tenancy. */
export type Scope = Words;

export function inCompartment(ocid: string | undefined, what: string): Scope {
  if (ocid === undefined) return words`compartment id ${{ what }}`;
  return ocid.startsWith("ocid1.tenancy.") ? words`tenancy` : words`compartment id ${ocid}`;
}

export function statement(
  subject: Subject,
  { action, conditions }: Pick<Grant, "action" | "conditions">,
  scope: Scope,
  why: string,
): Statement {
  return { words: words`Allow ${subject.words} to ${action} in ${scope}${where(subject.conditions, conditions)}`, why };
}

function where(ofSubject: readonly Words[], ofGrant: readonly string[]): Words {
  const [first, ...more] = ofSubject;
  if (first === undefined) return words`${whereOf(ofGrant)}`;
  const rest: readonly Words[] = [...more, ...ofGrant.map((condition) => [condition])];
  if (rest.length === 0) return words` where ${first}`;
  return words` where ALL {${[first, ...rest].flatMap((one, index) => (index === 0 ? one : [", ", ...one]))}}`;
}

export function dynamicGroup(name: string): Subject {
  return { words: words`dynamic-group ${name}`, conditions: [] };
}

/** A group's name is quoted where it holds more than letters, digits and the like. */
export function group(name: string | Blank): Subject {
  const safe = typeof name !== "string" || /^[\w.@-]+$/.test(name);
  return { words: safe ? words`group ${name}` : words`group '${name}'`, conditions: [] };
}

/** Whatever OCI calls a principal of that type: a job run, a Data Integration workspace. */
export function anyPrincipal(type: string, id?: string | Blank): Subject {
  const ofType = words`request.principal.type='${type}'`;
  return {
    words: words`any-user`,
    conditions: id === undefined ? [ofType] : [ofType, words`request.principal.id='${id}'`],
  };
}
