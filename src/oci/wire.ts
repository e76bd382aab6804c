/**
 * A model of the OCI SDK as it stands on the wire: JSON, where dates are text (RFC 3339) and
 * members of an enum their own text.
 * The SDK's packages are used for their types alone. Their clients would make nbjob three times as large and take 0.2 s to load.
 */
export type Wire<T> = T extends Date
  ? string
  : T extends string
    ? `${T}`
    : T extends readonly (infer Item)[]
      ? readonly Wire<Item>[]
      : T extends object
        ? { readonly [Key in keyof T]: Wire<T[Key]> }
        : T;
