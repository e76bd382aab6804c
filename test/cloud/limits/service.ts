import { requiredQuery } from "../http/collection.ts";
import type { Exchange } from "../http/exchange.ts";
import { pageOf } from "../http/paging.ts";
import { notAuthorizedOrNotFound } from "../http/refusal.ts";
import type { Route, Service } from "../http/service.ts";
import type { Limit, Limits } from "./limits.ts";

/** Service limits, API 20190729. */
export function limitsService(limits: Limits): Service {
  const route = (operation: string, path: string, permission: string, handle: Route["handle"]): Route => ({
    operation,
    method: "GET",
    path: `/20190729${path}`,
    permissions: [permission],
    handle,
  });
  const page = async (exchange: Exchange, all: readonly unknown[]): Promise<void> => {
    requiredQuery(exchange, "compartmentId");
    const { items, headers } = pageOf(all, exchange.query, 1000);
    await exchange.reply(200, items, headers);
  };
  const ofService = (exchange: Exchange): readonly Limit[] => {
    const name = exchange.query.get("name");
    const all = limits.services().flatMap((service) => limits.list(service));
    const service = exchange.query.get("serviceName") ?? undefined;
    return all.filter((limit) => (service ?? limit.service) === limit.service && (name ?? limit.name) === limit.name);
  };
  return {
    name: "limits",
    denied: notAuthorizedOrNotFound,
    routes: [
      route("ListServices", "/services", "LIMITS_INSPECT", (exchange) =>
        page(
          exchange,
          limits.services().map((name) => ({ name, description: name, supportedSubscriptions: [] })),
        ),
      ),
      route("ListLimitDefinitions", "/limitDefinitions", "LIMITS_INSPECT", (exchange) =>
        page(exchange, ofService(exchange).map(definition)),
      ),
      route("ListLimitValues", "/limitValues", "LIMITS_INSPECT", async (exchange) => {
        requiredQuery(exchange, "serviceName");
        const values = ofService(exchange).map(({ name, value }) => ({
          name,
          scopeType: "REGION",
          availabilityDomain: null,
          value,
        }));
        await page(exchange, values);
      }),
      route(
        "GetResourceAvailability",
        "/services/{serviceName}/limits/{limitName}/resourceAvailability",
        "RESOURCE_AVAILABILITY_INSPECT",
        async (exchange) => {
          requiredQuery(exchange, "compartmentId");
          const limit = limits.get(exchange.parameter("serviceName"), exchange.parameter("limitName"));
          if (limit === undefined) throw notAuthorizedOrNotFound();
          const used = limit.used();
          const available = Math.max(0, Math.min(limit.value, limit.quota ?? limit.value) - used);
          await exchange.reply(200, {
            used,
            available,
            fractionalUsage: used,
            fractionalAvailability: available,
            effectiveQuotaValue: limit.quota ?? null,
          });
        },
      ),
    ],
  };
}

function definition({ name, service, description }: Limit): Readonly<Record<string, unknown>> {
  return {
    name,
    serviceName: service,
    description,
    scopeType: "REGION",
    areQuotasSupported: true,
    isResourceAvailabilitySupported: true,
    isDeprecated: false,
    isEligibleForLimitIncrease: true,
    isDynamic: false,
    externalLocationSupportedSubscriptions: [],
    supportedSubscriptions: [],
    supportedQuotaFamilies: [service],
  };
}
