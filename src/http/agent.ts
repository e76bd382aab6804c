import { Agent, type Dispatcher, EnvHttpProxyAgent } from "undici";

export interface AgentOptions {
  /** Where HTTPS_PROXY, HTTP_PROXY and NO_PROXY are looked up, in capitals or not. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Most connections to one server. @default 64 */
  readonly connections?: number;
  /** How long a server may stay silent, in milliseconds. @default 60,000 */
  readonly silenceMs?: number;
}

export const defaultSilenceMs = 60_000;

/** Kept-alive connections, straight or through the proxies that the environment names. */
export function openAgent(options: AgentOptions): Dispatcher {
  const { env, connections = 64, silenceMs = defaultSilenceMs } = options;
  const common = {
    connections,
    headersTimeout: silenceMs,
    bodyTimeout: silenceMs,
    connectTimeout: 10_000,
    keepAliveTimeout: 20_000,
    // A server's hint is cut by this much, so that we do not send on a connection that it is just closing.
    keepAliveTimeoutThreshold: 2_000,
    pipelining: 1,
  };
  // Lower case wins, as with curl: it cannot be set by an HTTP request to a CGI program.
  const lookUp = (name: string): string => env[name.toLowerCase()] || env[name] || "";
  const httpProxy = lookUp("HTTP_PROXY") || lookUp("ALL_PROXY");
  const httpsProxy = lookUp("HTTPS_PROXY") || lookUp("ALL_PROXY");
  if (httpProxy === "" && httpsProxy === "") return new Agent(common);
  return new EnvHttpProxyAgent({
    ...common,
    httpProxy: withScheme(httpProxy),
    httpsProxy: withScheme(httpsProxy),
    noProxy: lookUp("NO_PROXY"),
    // Plain HTTP is asked of the proxy itself: many refuse to tunnel to port 80.
    proxyTunnel: false,
  });
}

function withScheme(proxy: string): string {
  return proxy === "" || proxy.includes("://") ? proxy : `http://${proxy}`;
}
