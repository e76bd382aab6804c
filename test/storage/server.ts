import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Log } from "../../src/text/log.ts";

export interface TestServer extends AsyncDisposable {
  /** `http://127.0.0.1:port`, without a slash. */
  readonly url: string;
  readonly port: number;
  /** Every request's method and target, in order. */
  readonly requests: readonly string[];
}

export interface ServerOptions {
  /** PEM of a key and its certificate: serve https. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** A real server on a free port of the loopback. */
export async function serve(handler: RequestListener, { tls }: ServerOptions = {}): Promise<TestServer> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    requests.push(`${request.method} ${request.url}`);
    handler(request, response);
  };
  const server: Server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A server that listens on a port has such an address.
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    port,
    requests,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A log that keeps what it is told. */
export function keptLog(): Pick<Log, "debug" | "info" | "warn"> & { readonly lines: string[] } {
  const lines: string[] = [];
  const keep = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  return { lines, debug: keep("debug"), info: keep("info"), warn: keep("warn") };
}

/** Tries again soon: for tests in which things go wrong. */
export const quickRetry = { totalMs: 10_000, baseMs: 4, capMs: 30, unreachedTries: 3 };
