/** Who sent a request, as its signature proves. */
export interface Principal {
  /** `user` signs with an API key, `session` with a user's token; the others are what runs inside the cloud. */
  readonly kind: "user" | "session" | "resource" | "instance" | "service" | "preauthenticated" | "anonymous";
  readonly id: string;
  readonly tenancy: string;
  /** What kind of resource it is, as policies name it: `datasciencejobrun`. */
  readonly type?: string;
  readonly compartment?: string;
}

export const anonymous: Principal = { kind: "anonymous", id: "", tenancy: "" };
