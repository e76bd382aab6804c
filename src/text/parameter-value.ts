import type { WholeFloat } from "./whole-float.ts";

/** A value of a parameter as YAML gives it: JSON's types, and big integers, whole floats, dates and non-finite numbers. */
export type ParameterValue =
  | null
  | boolean
  | number
  | bigint
  | WholeFloat
  | string
  | Date
  | readonly ParameterValue[]
  | { readonly [key: string]: ParameterValue };
