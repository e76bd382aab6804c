import assert from "node:assert/strict";
import { after, before, beforeEach, suite, test } from "node:test";
import { jsonClient, type JsonAnswer, type JsonClient } from "../clients/json-client.ts";
import { startCloud, type Cloud } from "../cloud.ts";

suite("logging on the wire", () => {
  let cloud: Cloud;
  let call: JsonClient;
  let clock = 0;

  before(async () => {
    cloud = await startCloud({ now: () => Date.now() + clock });
    call = await jsonClient(cloud);
  });
  beforeEach(() => {
    Object.assign(cloud.logs.settings, { workMs: 0, minimumDelayMs: 0, maximumDelayMs: 0, searchMaximum: 100_000 });
  });
  after(() => cloud.close());

  const groups = "/20200531/logGroups";

  test("log groups and logs are made, changed and deleted by work requests", async () => {
    cloud.logs.settings.workMs = 60_000;
    const body = { compartmentId: cloud.compartment, displayName: "mine" };
    const made = await call("POST", groups, body);
    assert.deepEqual([made.status, made.json], [202, undefined]);
    const request = `/20200531/workRequests/${made.header("opc-work-request-id")}`;
    assert.equal((await call("GET", request)).json.status, "IN_PROGRESS");
    const find = async (): Promise<JsonAnswer["json"]> =>
      (await call("GET", `${groups}?compartmentId=${cloud.compartment}&displayName=mine`)).json;
    assert.equal((await find())[0].lifecycleState, "CREATING");
    clock += 60_000;
    const { json } = await call("GET", request);
    assert.deepEqual([json.status, json.resources[0].identifier], ["SUCCEEDED", (await find())[0].id]);
    assert.equal((await find())[0].lifecycleState, "ACTIVE");
    assert.equal((await call("POST", groups, body)).code, "Conflict");

    const group = `${groups}/${(await find())[0].id}`;
    assert.equal((await call("POST", `${group}/logs`, { displayName: "log" })).code, "InvalidParameter");
    assert.equal((await call("POST", `${group}/logs`, { displayName: "log", logType: "CUSTOM" })).status, 202);
    const { json: listed } = await call("GET", `${group}/logs?logType=CUSTOM`);
    const log = `${group}/logs/${listed[0].id}`;
    assert.equal((await call("PUT", log, { isEnabled: false })).status, 202);
    assert.equal((await call("GET", log)).json.isEnabled, false);
    assert.equal((await call("PUT", group, { description: "d" })).status, 202);
    assert.equal((await call("GET", group)).json.description, "d");
    assert.equal((await call("DELETE", group)).code, "Conflict");
    assert.equal((await call("DELETE", log)).status, 202);
    assert.equal((await call("DELETE", group)).status, 202);
    assert.equal((await call("GET", group)).code, "NotAuthorizedOrNotFound");
  });

  interface Result {
    readonly data: { readonly logContent: { readonly id: string; readonly data: { readonly message: string } } };
  }
  const source = "ocid1.datasciencejobrun.oc1.iad.a";
  let stream = "";

  const search = (query: string, more: object = {}, parameters = ""): Promise<JsonAnswer> => {
    const now = Date.now() + clock;
    const times = { timeStart: new Date(now - 3_600_000).toISOString(), timeEnd: new Date(now + 1000).toISOString() };
    return call("POST", `/20190909/search${parameters}`, { ...times, searchQuery: query, ...more });
  };
  const messages = ({ json }: JsonAnswer): readonly string[] =>
    json.results.map(({ data }: Result) => data.logContent.data.message);
  const newLog = (): ((message: string, from?: string) => void) => {
    const log = cloud.logs.createLog(cloud.logGroup, `log-${cloud.logs.now}-${Math.random()}`);
    stream = `"${cloud.compartment}/${cloud.logGroup}/${log.id}"`;
    return (message, from = source) => {
      clock += 1;
      cloud.logs.append(log.id, { message, source: from, type: "stdout", subject: "run" });
    };
  };

  test("a search finds what a source wrote, in either order", async () => {
    const write = newLog();
    for (const message of ["one", "two", "three"]) write(message);
    write("other", "ocid1.datasciencejobrun.oc1.iad.b");
    const mine = `search ${stream} | where source = '*${source}'`;
    assert.deepEqual(messages(await search(`${mine} | sort by datetime asc`)), ["one", "two", "three"]);
    const ads = mine.replace("search", "SEARCH").replace("where", "WHERE");
    assert.deepEqual(messages(await search(`${ads} | SORT BY datetime DESC`)), ["three", "two", "one"]);
    assert.deepEqual(messages(await search(`search ${stream} | where data.message = 't*' and source != '*b'`)), [
      "three",
      "two",
    ]);
    const nested = `search ${stream} | where not (source = '*a' or data.message = 'x')`;
    assert.deepEqual(messages(await search(nested)), ["other"]);
    const group = `search "${cloud.compartment}/${cloud.logGroup}" | where source = '*${source}'`;
    assert.equal(messages(await search(group)).length, 3);

    const { json } = await search(mine, { isReturnFieldInfo: true });
    const { logContent } = json.results[0].data;
    const keys = "data id oracle source specversion subject time type";
    assert.equal(Object.keys(logContent).toSorted().join(" "), keys);
    assert.equal(json.results[0].data.datetime, Date.parse(logContent.time));
    assert.equal(json.summary.fieldCount, json.fields.length);
  });

  test("the rules of searches are kept", async () => {
    newLog();
    const refused = async (answer: Promise<JsonAnswer>, what: RegExp): Promise<void> => {
      const { status, code, message } = await answer;
      assert.deepEqual([status, code], [400, "InvalidParameter"]);
      assert.match(message, what);
    };
    const all = `search ${stream}`;
    await refused(search(`${all} | where source = '${source}'`), /wildcard/);
    await refused(search(`${all} | where source = "*${source}"`), /single quotes/);
    await refused(search(`search 'x/y'`), /double quotes/);
    await refused(search(`${all} | where source`), /"=" or "!="/);
    await refused(search(`${all} | where source = '*a`), /single quotes/);
    await refused(search(`${all} | sort datetime`), /"by"/);
    await refused(search(`${all} more`), /the end/);
    await refused(search(all, {}, "?limit=1001"), /1000/);
    await refused(search(all, {}, "?page=AAAA"), /page token/);
    const time = (timeStart: string, timeEnd: string): Promise<JsonAnswer> => search(all, { timeStart, timeEnd });
    await refused(time("2026-01-01T00:00:00Z", "2026-01-15T00:00:00.001Z"), /14 days/);
    await refused(time("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.0004Z"), /1 millisecond/);
    await refused(search(all, { timeStart: "now" }), /timeStart must be a date/);
    const elsewhere = stream.replace(cloud.compartment, "ocid1.compartment.oc1..other");
    assert.equal((await search(`search ${elsewhere}`)).code, "NotAuthorizedOrNotFound");
    cloud.policy.deny({ permission: "LOG_CONTENT_READ" });
    assert.equal((await search(all)).code, "NotAuthorizedOrNotFound");
    cloud.policy.clear();
  });

  test("pages are of the moment of the first one; too much is refused", async () => {
    const write = newLog();
    for (let index = 0; index < 25; index++) write(String(index));
    const query = `search ${stream} | sort by datetime asc`;
    const found: string[] = [];
    let token: string | undefined = "";
    while (token !== undefined) {
      const page: string = token === "" ? "" : `&page=${encodeURIComponent(token)}`;
      const answer: JsonAnswer = await search(query, {}, `?limit=10${page}`);
      found.push(...messages(answer));
      token = answer.header("opc-next-page");
      write("late");
    }
    assert.deepEqual(
      found,
      Array.from({ length: 25 }, (_, index) => String(index)),
    );
    cloud.logs.settings.searchMaximum = 10;
    const { code, message } = await search(query);
    assert.equal(code, "InvalidParameter");
    assert.match(message, /search result is too large/);
  });

  test("records arrive late and out of order, none lost, the same for the same seed", async () => {
    const write = newLog();
    Object.assign(cloud.logs.settings, { minimumDelayMs: 1000, maximumDelayMs: 5000 });
    const written = Array.from({ length: 20 }, (_, index) => String(index));
    for (const message of written) write(message);
    const query = `search ${stream} | sort by datetime asc`;
    const seen = new Set<string>();
    const arrivals: string[] = [];
    for (let step = 0; step < 60; step++) {
      for (const message of messages(await search(query))) {
        if (!seen.has(message)) arrivals.push(message);
        seen.add(message);
      }
      clock += 100;
    }
    assert.equal(seen.size, 20);
    assert.notDeepEqual(arrivals, written);
    assert.deepEqual(messages(await search(query)), written);
  });
});
