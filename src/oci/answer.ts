/** A body, read once in one of these ways, or destroyed. */
export interface AnswerBody extends AsyncIterable<Uint8Array> {
  bytes(): Promise<Uint8Array>;
  text(): Promise<string>;
  dump(): Promise<void>;
  destroy(): unknown;
}

/** A service's answer, body still to come. Whoever gets it reads or destroys the body. */
export interface OciAnswer {
  readonly status: number;
  readonly body: AnswerBody;
  readonly header: (name: string) => string | undefined;
  readonly allHeaders: () => Headers;
}

type RawHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** The same, however the HTTP client has it. */
export function answerOf(status: number, headers: RawHeaders, body: AnswerBody): OciAnswer {
  return {
    status,
    body,
    header: (name) => {
      const value = headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
    allHeaders: () => headersOf(headers),
  };
}

function headersOf(raw: RawHeaders): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(raw)) {
    for (const each of [value ?? []].flat()) headers.append(name, each);
  }
  return headers;
}
