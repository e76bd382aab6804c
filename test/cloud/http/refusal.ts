/** An answer that says no, as the services write it: a status, `{"code", "message"}` and perhaps headers. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** What every service but Object Storage says of a thing that is not there, or that the caller may not see. */
export function notAuthorizedOrNotFound(): Refusal {
  return new Refusal(
    404,
    "NotAuthorizedOrNotFound",
    "Authorization failed or requested resource not found. Verify that the resource exists and that a policy allows the request.",
  );
}

/** A request that the service cannot read. */
export function invalidParameter(message: string): Refusal {
  return new Refusal(400, "InvalidParameter", message);
}

/** The service's answer to a signature, a date or a token that does not convince it. */
export function notAuthenticated(
  message = "The required information to complete authentication was not provided or was incorrect.",
): Refusal {
  return new Refusal(401, "NotAuthenticated", message);
}
